"""Finished recordings move to the bucket by rows, and are verified there before the copy here goes."""

from __future__ import annotations

import hashlib
import uuid
from pathlib import Path

import pytest
from django.db.models.functions import Now
from django.test import Client
from pytest_django import Settings

from interviews.actions.rendering import make_again
from interviews.models import Job, Position, Question, StoredFile, Take
from interviews.models.storage import key_of
from interviews.processing import jobs, storing
from interviews.processing.storing import File, store
from interviews.queries.operations import reconcile
from interviews.views import logos
from tests.buckets import S3, Liar
from tests.people import World, sent
from tests.storing import moved, on_disk, s3, settled, use

__all__ = ["s3"]  # a fixture


class TestMoving:
    def test_what_is_finished_goes_whole_and_nothing_of_it_stays(
        self, scored: World, s3: S3, settings: Settings
    ) -> None:
        before = {key: (Path(settings.MEDIA_DIR) / key).read_bytes() for key in on_disk(settings)}
        assert len(before) == 3 * 4  # original, playable, poster, sound

        assert [job.state for job in moved(scored)] == [Job.State.DONE] * 3

        assert on_disk(settings) == set()
        assert {key: s3.content(key) for key in s3.names()} == before
        for row in StoredFile.objects.all():
            assert (row.bytes, row.sha256) == (len(before[row.key]), hashlib.sha256(before[row.key]).hexdigest())
            assert row.stored_at is not None and (row.segment or row.rendition)
        assert not Take.objects.filter(stored_at=None).exists()
        assert storing.due() == []

    def test_only_the_bytes_that_count_are_moved(self, scored: World, s3: S3, speech: bytes) -> None:
        take = Take.objects.earliest("created_at")
        with take.path.open("ab") as file:
            file.write(b"half of a piece that was not acknowledged")
        moved(scored)
        assert s3.content(key_of(take.path)) == speech

    def test_a_large_file_goes_in_parts(self, s3: S3, settings: Settings, transactional_db: None) -> None:
        path = Path(settings.MEDIA_DIR) / "prompts" / "large"
        path.parent.mkdir(parents=True)
        path.write_bytes(hashlib.sha256(b"some").digest() * (33 * 32 * 1024))
        storing.keep(File(path))
        assert s3.parts("prompts/large") == 3
        row = StoredFile.objects.get()
        assert (row.bytes, row.sha256) == (path.stat().st_size, hashlib.sha256(path.read_bytes()).hexdigest())

    def test_nothing_moves_that_is_arriving_fresh_in_hand_or_for_practice(
        self, answered: World, s3: S3, speech: bytes
    ) -> None:
        assert storing.due() == []  # fresh
        first, second, third = Take.objects.order_by("created_at")
        settled(first)
        assert storing.due() == []  # transcribed from this disk first
        Job.objects.all().delete()
        make_again(second)
        answered.interview.takes.filter(pk=third.pk).update(stored_at=Now())
        sent(answered.interview, answered.questions[2], speech)
        practice = Take.objects.create(
            interview=answered.interview, number=1, state=Take.State.FINISHED, bytes=1, finished_at=first.created_at
        )
        practice.segments.create(number=1, mime_type="video/webm", received=1)
        settled()
        opened = Job.objects.filter(pk__in=storing.due())
        assert [job.take_id for job in opened] == [first.pk]
        assert storing.due() == []  # it is open

    def test_without_a_bucket_nothing_is_due_and_nothing_asked(self, scored: World, settings: Settings) -> None:
        settled()
        assert (storing.due(), Job.objects.filter(kind=Job.Kind.STORE).count()) == ([], 0)
        storing.tidy()

    def test_a_few_at_a_time(self, scored: World, s3: S3, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(storing, "AT_ONCE", 2)
        settled()
        assert len(storing.due()) == 2
        assert storing.due() == []

    def test_what_waits_to_be_moved_holds_up_nothing(self, scored: World, ada: Client, s3: S3) -> None:
        settled()
        storing.due()
        page = ada.get(f"/hr-dashboard/results/{scored.interview.pk}/review/").content.decode()
        assert "Assessed" in page and "trying again" not in page
        assert reconcile() == 0


class TestVerifying:
    def test_nothing_goes_from_here_before_the_bucket_gave_it_back_whole(
        self, scored: World, s3: S3, settings: Settings
    ) -> None:
        before = on_disk(settings)
        with Liar(s3) as liar:
            use(settings, {"S3_ENDPOINT_URL": liar.address})
            liar.lies = True
            for job in moved(scored):
                assert (job.state, job.attempt) == (Job.State.QUEUED, 0)
                assert job.problem == "The bucket has other bytes than it was sent"
            assert on_disk(settings) == before
            assert not StoredFile.objects.filter(stored_at__isnull=False).exists()

            liar.lies = False
            Job.objects.filter(kind=Job.Kind.STORE).update(run_after=Now())
            for pk in Job.objects.filter(kind=Job.Kind.STORE).values_list("pk", flat=True):
                jobs.run(pk, {Job.Kind.STORE: store})
            assert on_disk(settings) == set()
            assert s3.names() == before

    def test_a_file_that_rotted_here_stays_here_and_a_person_is_told(
        self, scored: World, s3: S3, settings: Settings
    ) -> None:
        take = Take.objects.earliest("created_at")
        take.path.write_bytes(bytes(take.segments.get().received))
        states = {job.take_id: job for job in moved(scored)}
        assert states.pop(take.pk).state == Job.State.PARKED
        assert [job.state for job in states.values()] == [Job.State.DONE] * 2
        assert key_of(take.path) in on_disk(settings)
        assert key_of(take.path) not in s3.names()

    def test_a_bucket_that_is_away_costs_no_attempt_and_nobody_notices(
        self, scored: World, settings: Settings, s3: S3, ada: Client
    ) -> None:
        use(settings, {"S3_ENDPOINT_URL": "http://127.0.0.1:9"})
        for job in moved(scored):
            assert (job.state, job.attempt) == (Job.State.QUEUED, 0)
            assert "cannot be used: it does not answer" in job.problem
        take = Take.objects.earliest("created_at")
        address = f"/hr-dashboard/results/{take.interview_id}/takes/{take.pk}/originals/1/"
        assert ada.get(address, headers={"Range": "bytes=0-9"}).status_code == 206

    def test_a_worker_that_lost_its_lease_drops_nothing(self, scored: World, s3: S3, settings: Settings) -> None:
        settled()
        job = Job.objects.get(pk=storing.due()[0])
        before = on_disk(settings)

        def is_late(claim: jobs.Claim) -> list[int]:
            Job.objects.filter(pk=job.pk).update(lease_token=uuid.uuid4())
            return store(claim)

        assert jobs.run(job.pk, {Job.Kind.STORE: is_late}) == []
        assert on_disk(settings) == before
        assert not StoredFile.objects.filter(stored_at__isnull=False).exists()


class TestWhatBelongsToNoTake:
    def test_prompts_captions_and_logos_move_too(self, world: World, s3: S3, settings: Settings, speech: bytes) -> None:
        folder = Path(settings.MEDIA_DIR) / "prompts"
        folder.mkdir(parents=True)
        (folder / "a").write_bytes(speech)
        (folder / "b").write_bytes(b"WEBVTT\n")
        (folder / "left behind by a draft").write_bytes(b"x")
        asked = Question.objects.filter(pk=world.questions[0].pk)
        asked.update(prompt="prompts/a", captions="prompts/b", prompt_type="video/webm")
        logo = logos.keep(b"\x89PNG made up")
        Position.objects.filter(pk=world.position.pk).update(logo=logo)
        storing.tidy()
        assert s3.names() == {"prompts/a", "prompts/b", f"logos/{logo}.png"}
        assert on_disk(settings) == {"prompts/left behind by a draft"}
        assert s3.content("prompts/a") == speech
        storing.tidy()
        assert s3.names() == {"prompts/a", "prompts/b", f"logos/{logo}.png"}

    def test_one_of_them_that_nothing_names_any_more_goes(self, world: World, s3: S3, settings: Settings) -> None:
        replaced, shown = logos.keep(b"\x89PNG one"), logos.keep(b"\x89PNG another")
        Position.objects.filter(pk=world.position.pk).update(logo=replaced)
        storing.tidy()
        Position.objects.filter(pk=world.position.pk).update(logo=shown)
        storing.tidy()
        assert s3.names() == {f"logos/{it}.png" for it in (replaced, shown)}
        storing.tidy()
        assert s3.names() == {f"logos/{shown}.png"} == set(StoredFile.objects.values_list("pk", flat=True))
