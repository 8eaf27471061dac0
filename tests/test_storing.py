"""Finished recordings live in the bucket: moved by rows, verified before the copy here goes, and played as before."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.db import connection
from django.db.models.functions import Now
from django.test import AsyncClient, Client
from pytest_django import Settings

from interviews.actions.rendering import make_again
from interviews.engines.errors import Busy
from interviews.models import Job, Position, Question, Rendition, StoredFile, Take, Transcript
from interviews.models.storage import key_of
from interviews.processing import jobs, storing, takes
from interviews.processing.bucket import bucket
from interviews.processing.storing import File, store
from interviews.queries.operations import reconcile
from interviews.views import logos
from interviews.views.sending import PIECE
from tests.buckets import S3, Liar
from tests.engines import Assesses, Hears, due, work, work_through
from tests.people import World, sent

LONG_AGO = timedelta(days=30)


@pytest.fixture
def s3(s3: S3, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[S3]:
    """And a site that uses it."""
    use(settings, s3.variables)
    monkeypatch.setattr(storing, "READERS_LEAVE_SECONDS", 0.0)
    yield s3
    bucket.cache_clear()


def use(settings: Settings, variables: dict[str, str]) -> None:
    for name, value in variables.items():
        setattr(settings, name, value)
    bucket.cache_clear()


def settled(take: Take | None = None) -> None:
    """As if it had ended long enough ago."""
    ended = Take.objects.filter(finished_at__isnull=False)
    (ended.filter(pk=take.pk) if take else ended).update(finished_at=Now() - LONG_AGO)


def moved(world: World) -> list[Job]:
    """All that is due to be moved is, as far as it goes: what became of the jobs."""
    settled()
    opened = storing.due()
    for pk in opened:
        assert jobs.run(pk, {Job.Kind.STORE: store}) == []
    return list(Job.objects.filter(pk__in=opened).order_by("pk"))


def on_disk(settings: Settings) -> set[str]:
    folder = Path(settings.MEDIA_DIR)
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture
def scored(submitted: World) -> World:
    work_through(submitted.interview, Hears(), Assesses())
    return submitted


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


@pytest.fixture
def stored(scored: World, s3: S3) -> World:
    moved(scored)
    return scored


class TestPlaying:
    async def test_ranges_come_from_the_bucket_as_they_came_from_the_disk(self, stored: World, speech: bytes) -> None:
        reader, address = await _reader(stored)
        for header, expected in (("bytes=10-19", speech[10:20]), ("bytes=-5", speech[-5:]), ("bytes=0-", speech)):
            reply = await reader.get(address, headers={"Range": header})
            assert (reply.status_code, await _body(reply)) == (206, expected)
            assert reply["Content-Length"] == str(len(expected))
            assert reply["Content-Range"].endswith(f"/{len(speech)}")
            assert reply["Cache-Control"] == "private, no-store" and reply["Content-Type"] == "video/webm"
        assert (await reader.get(address, headers={"Range": "bytes=99999999-"})).status_code == 416
        whole = await reader.get(address)
        assert (whole.status_code, await _body(whole)) == (200, speech)
        nothing = await reader.head(address)
        assert (nothing.status_code, nothing["Content-Length"], nothing.content) == (200, str(len(speech)), b"")

    async def test_more_than_a_piece_comes_in_pieces(self, world: World, s3: S3, settings: Settings) -> None:
        path = Path(settings.MEDIA_DIR) / "prompts" / "large"
        path.parent.mkdir(parents=True)
        path.write_bytes(content := hashlib.sha256(b"some").digest() * (5 * PIECE // 64))
        await Question.objects.filter(pk=world.questions[0].pk).aupdate(
            prompt="prompts/large", prompt_type="video/webm"
        )
        await sync_to_async(storing.tidy)()
        assert not path.exists()
        browser = AsyncClient()
        await browser.post(f"/interview/{world.interview.pk}/open/", {"token": world.token})
        address = f"/interview/{world.interview.pk}/questions/{world.questions[0].pk}/prompt/"
        assert await _body(await browser.get(address)) == content
        part = await browser.get(address, headers={"Range": "bytes=100-"})
        assert await _body(part) == content[100 : 100 + PIECE]

    async def test_access_is_asked_each_time(self, stored: World) -> None:
        _ada, address = await _reader(stored)
        stranger = AsyncClient()
        await stranger.aforce_login(stored.cy)
        assert (await stranger.get(address)).status_code == 404
        assert (await AsyncClient().get(address)).status_code == 302


class TestComingBack:
    def test_a_recording_is_made_ready_again_from_the_bucket(
        self, stored: World, s3: S3, settings: Settings, speech: bytes
    ) -> None:
        take = Take.objects.earliest("created_at")
        old = Rendition.objects.get(take=take)
        assert make_again(take)
        work_through(stored.interview)
        new = Rendition.objects.get(take=take)
        assert new.version != old.version
        assert take.path.read_bytes() == speech
        assert not new.findings["is_damaged"]

        moved(stored)
        storing.tidy()
        assert on_disk(settings) == set()
        assert {key_of(new.playable), key_of(take.path)} <= s3.names()
        assert not [key for key in s3.names() if str(old.version) in key]
        assert s3.names() == set(StoredFile.objects.values_list("pk", flat=True))

    def test_a_recording_is_transcribed_again_from_the_bucket(self, stored: World) -> None:
        take = Take.objects.earliest("created_at")
        Transcript.objects.filter(take=take).delete()
        job = Job.objects.create(kind=Job.Kind.TRANSCRIBE, interview=stored.interview, take=take)
        sizes: list[int] = []
        jobs.run(job.pk, work(Hears(first=lambda sound: sizes.append(sound.stat().st_size))))
        assert Transcript.objects.filter(take=take).exists()
        assert sizes == [StoredFile.objects.get(pk=key_of(Rendition.objects.get(take=take).sound)).bytes]
        take.refresh_from_db()
        assert take.stored_at is None  # so that the copy goes again
        work_through(stored.interview)

    def test_what_comes_back_is_what_was_sent_or_does_not_count(
        self, stored: World, s3: S3, settings: Settings
    ) -> None:
        take = Take.objects.earliest("created_at")
        s3.replace(key_of(take.path), b"something else")
        with pytest.raises(Busy, match="other bytes"):
            storing.bring_back(take, [take.path])
        assert on_disk(settings) == set()

    def test_what_is_nowhere_is_waited_for(self, stored: World, s3: S3) -> None:
        take = Take.objects.earliest("created_at")
        s3.client().delete_object(Bucket=bucket().name, Key=key_of(take.path))
        make_again(take)
        [job] = due(stored.interview)
        jobs.run(job, work())
        waits = Job.objects.get(pk=job)
        assert (waits.state, waits.attempt) == (Job.State.QUEUED, 0)
        assert "not there" in waits.problem
        waits.delete()


class TestDeleting:
    def test_with_a_take_its_files_leave_the_bucket(self, stored: World, s3: S3) -> None:
        take = Take.objects.earliest("created_at")
        mine = {key for key in s3.names() if str(take.pk) in key}
        assert len(mine) == 4
        others = s3.names() - mine
        take.answer.delete()
        takes.forget([take])
        assert s3.names() == others | mine  # not in the transaction, which must not wait for it
        storing.tidy()
        assert s3.names() == others
        assert set(StoredFile.objects.values_list("pk", flat=True)) == others

    def test_with_what_a_take_is_made_of_its_files_leave_too(self, stored: World, s3: S3) -> None:
        take = Take.objects.earliest("created_at")
        take.segments.all().delete()
        storing.tidy()
        assert len([key for key in s3.names() if str(take.pk) in key]) == 3
        Rendition.objects.filter(take=take).delete()
        storing.tidy()
        assert not [key for key in s3.names() if str(take.pk) in key]
        assert len(s3.names()) == 2 * 4

    def test_all_of_an_interview_can_be_removed_at_once(self, stored: World, s3: S3, settings: Settings) -> None:
        with pytest.raises(Busy):
            use(settings, {"S3_ENDPOINT_URL": "http://127.0.0.1:9"})
            storing.remove(stored.interview.pk)
        use(settings, s3.variables)
        storing.remove(stored.interview.pk)
        assert s3.names() == set()
        assert not StoredFile.objects.exists()

    def test_what_is_still_arriving_when_its_take_goes_is_deleted_once_it_came(
        self, scored: World, s3: S3, settings: Settings
    ) -> None:
        take = Take.objects.earliest("created_at")
        key = key_of(take.path)
        StoredFile.objects.create(pk=key, segment=take.segments.get(), bytes=1, sha256="0" * 64)
        take.answer.delete()
        takes.forget([take])
        storing.tidy()
        assert StoredFile.objects.filter(pk=key).exists()  # a worker that lost its lease may still be sending
        s3.replace(key, b"late")
        storing.tidy()
        assert s3.names() == set()
        StoredFile.objects.update(began_at=Now() - LONG_AGO)
        storing.tidy()
        assert not StoredFile.objects.exists()

    def test_a_take_that_goes_while_it_is_moved_leaves_nothing(self, scored: World, s3: S3, settings: Settings) -> None:
        settled()
        [pk, *_others] = storing.due()
        take = Take.objects.get(jobs=pk)

        def erase() -> None:
            gone = Take.objects.filter(pk=take.pk)
            if gone.exists():
                take.answer.delete()
                takes.forget(gone)
            connection.close()

        with Liar(s3) as liar:
            use(settings, {"S3_ENDPOINT_URL": liar.address})
            liar.before_put = erase
            assert jobs.run(pk, {Job.Kind.STORE: store}) == []
            assert s3.names()  # it had begun to send
            storing.tidy()
        assert s3.names() == set()
        assert not [key for key in on_disk(settings) if str(take.pk) in key]


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


async def _reader(world: World) -> tuple[AsyncClient, str]:
    reader = AsyncClient()
    await reader.aforce_login(world.ada)
    take = await Take.objects.filter(interview=world.interview).aearliest("created_at")
    return reader, f"/hr-dashboard/results/{take.interview_id}/takes/{take.pk}/originals/1/"


async def _body(reply: Any) -> bytes:
    return b"".join([piece async for piece in reply])
