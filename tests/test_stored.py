"""What lives in the bucket is played as before, comes back where it is read, and goes when its row goes."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.db import connection
from django.db.models.functions import Now
from django.test import AsyncClient
from pytest_django import Settings

from interviews.actions.rendering import make_again
from interviews.engines.errors import Busy
from interviews.models import Job, Question, Rendition, StoredFile, Take, Transcript
from interviews.models.storage import key_of
from interviews.processing import jobs, storing, takes
from interviews.processing.bucket import bucket
from interviews.processing.storing import store
from interviews.views.sending import PIECE
from tests.buckets import S3, Liar
from tests.engines import Hears, due, work, work_through
from tests.people import World
from tests.storing import LONG_AGO, moved, on_disk, s3, settled, use

__all__ = ["s3"]  # a fixture


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


async def _reader(world: World) -> tuple[AsyncClient, str]:
    reader = AsyncClient()
    await reader.aforce_login(world.ada)
    take = await Take.objects.filter(interview=world.interview).aearliest("created_at")
    return reader, f"/hr-dashboard/results/{take.interview_id}/takes/{take.pk}/originals/1/"


async def _body(reply: Any) -> bytes:
    return b"".join([piece async for piece in reply])
