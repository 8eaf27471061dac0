"""What HR plays, and what is transcribed, is made of what arrived; whatever goes wrong with it, the answer stays."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import pytest
from bs4 import BeautifulSoup, Tag
from django.test import Client

from interviews.actions import answering
from interviews.actions.rendering import make_again
from interviews.engines.transcription.deepgram import Deepgram
from interviews.events import Kind
from interviews.media.errors import MediaError, Passing
from interviews.media.making import Made, Original, make
from interviews.models import Event, Interview, Job, ProviderReply, Rendition, Take, Transcript
from interviews.models.renditions import renditions_of
from interviews.processing import jobs, ledger
from interviews.processing.rendering import render
from interviews.processing.transcription import transcribe
from tests.engines import Assesses, Hears, due, work, work_through
from tests.fakes.deepgram import FakeDeepgram
from tests.people import World, record_answer, record_in_parts
from tests.recordings import numbers, pitch, pitch_of, recording


@pytest.fixture
def recorded(world: World, speech: bytes) -> Take:
    """Bo's answer to the first question, and nothing is made of it yet."""
    answering.consent(world.interview, ai=True)
    world.interview.refresh_from_db()
    record_answer(world.interview, world.questions[0], speech, hashlib.sha256(speech).hexdigest())
    return Take.objects.get()


@pytest.fixture
def interrupted(world: World, tmp_path: Path) -> Take:
    """Two seconds, then the tab was closed; two more after it was opened again."""
    answering.consent(world.interview, ai=True)
    world.interview.refresh_from_db()
    parts = (recording(tmp_path / "first.webm", 2), recording(tmp_path / "second.webm", 2, 2))
    return record_in_parts(world.interview, world.questions[0], *(part.read_bytes() for part in parts))


def player(browser: Client, take: Take) -> Tag:
    page = browser.get(f"/hr-dashboard/results/{take.interview_id}/review/")
    return BeautifulSoup(page.content, "html.parser").select(".player")[0]


def video(browser: Client, take: Take) -> dict[str, str]:
    found = player(browser, take).find("video")
    return {name: str(value) for name, value in found.attrs.items()} if found else {}


def test_it_is_made_before_it_is_transcribed(recorded: Take) -> None:
    [first] = due(recorded.interview)
    assert Job.objects.get(pk=first).kind == Job.Kind.RENDER

    [second] = jobs.run(first, work())

    assert Job.objects.get(pk=second).kind == Job.Kind.TRANSCRIBE
    assert Event.objects.filter(kind=Kind.PREPARED, answer=recorded.answer).count() == 1
    rendition = Rendition.objects.get(take=recorded)
    assert (rendition.mime_type, rendition.has_poster, rendition.problem) == ("video/webm", True, "")
    assert rendition.seconds == pytest.approx(recorded.seconds, abs=0.1)


def test_hr_plays_the_original_until_it_is_made_and_then_what_was_made(
    recorded: Take, ada: Client, speech: bytes
) -> None:
    before = video(ada, recorded)
    assert "poster" not in before
    assert ada.get(before["src"], headers={"Range": "bytes=0-99"}).content == speech[:100]

    jobs.run(due(recorded.interview)[0], work())

    after = video(ada, recorded)
    rendition = Rendition.objects.get()
    reply = ada.get(after["src"], headers={"Range": "bytes=100-199"})
    assert (reply.status_code, reply["Content-Type"]) == (206, "video/webm")
    assert reply.content == rendition.playable.read_bytes()[100:200]
    assert ada.get(after["poster"], headers={"Range": "bytes=0-1"}).content == b"\xff\xd8"
    links = [str(link["href"]) for link in player(ada, recorded).find_all("a")]
    assert [ada.get(link, headers={"Range": "bytes=0-99"}).content for link in links] == [speech[:100]]


def test_an_interrupted_answer_is_one_recording_with_true_times(interrupted: Take, ada: Client, bo: Client) -> None:
    heard: list[dict[float, int]] = []
    moments = (0.5, 1.5, 2.5, 3.5)
    hears = Hears(first=lambda sound: heard.append({at: pitch(sound, at) for at in moments}))

    work_through(interrupted.interview, hears)

    assert heard == [{at: pitch_of(at) for at in moments}]  # so the times of words are those of what is played
    rendition = Rendition.objects.get()
    assert [(at, shown) for at, shown in numbers(rendition.playable) if abs(at * 10 - shown) > 1] == []
    assert "The recording was interrupted and went on at 0:02." in player(ada, interrupted).get_text()
    assert len(player(ada, interrupted).find_all("a")) == 2
    own = bo.get(f"/interview/{interrupted.interview_id}/takes/{interrupted.pk}/media/", headers={"Range": "bytes=0-"})
    assert own.content == rendition.playable.read_bytes()


def test_an_engine_is_given_the_sound_and_nothing_else(recorded: Take) -> None:
    with FakeDeepgram() as deepgram:
        engine = Deepgram("made-up", base_url=deepgram.base_url)
        everything = work() | {Job.Kind.TRANSCRIBE: partial(transcribe, engine=engine)}
        [second] = jobs.run(due(recorded.interview)[0], everything)
        jobs.run(second, everything)
        [request] = deepgram.requests

    rendition = Rendition.objects.get()
    sound = rendition.sound.read_bytes()
    assert sound.startswith(b"RIFF") and b"webm" not in sound[:100]
    assert request.headers["content-type"] == "audio/wav"
    assert request.digest == rendition.sound_sha256 == hashlib.sha256(sound).hexdigest()
    assert ProviderReply.objects.get().request_hash == ledger.request_hash("deepgram", engine.model, request.digest)


def test_made_again_the_new_takes_the_place_of_the_old(recorded: Take, ada: Client) -> None:
    work_through(recorded.interview)
    old = Rendition.objects.get()
    written = Transcript.objects.get().created_at

    assert make_again(recorded)
    assert not make_again(recorded)  # it is under way
    assert video(ada, recorded)["src"].endswith(f"{old.version}/")
    work_through(recorded.interview)

    new = Rendition.objects.get()
    assert new.version != old.version
    assert [folder.name for folder in renditions_of(recorded).iterdir()] == [str(new.version)]
    assert Transcript.objects.get().created_at == written


def test_what_was_recorded_again_is_not_made(recorded: Take, world: World, speech: bytes) -> None:
    [stale] = due(recorded.interview)
    record_answer(world.interview, world.questions[0], speech, hashlib.sha256(speech).hexdigest())

    jobs.run(stale, work())

    assert Job.objects.get(pk=stale).state == Job.State.DONE
    assert not Rendition.objects.filter(take=recorded).exists()


def _unreadable(take: Take) -> None:
    take.path.write_bytes(bytes(take.segments.get().received))


def _flipped(take: Take) -> None:
    content = bytearray(take.path.read_bytes())
    content[len(content) // 2] ^= 0xFF
    take.path.write_bytes(content)


def test_a_file_that_rotted_on_disk_is_told(recorded: Take, ada: Client) -> None:
    _flipped(recorded)
    work_through(recorded.interview)
    assert "it was damaged on this machine" in player(ada, recorded).get_text()


def test_what_can_never_be_made_is_said_and_holds_up_nothing_else(submitted: World, ada: Client) -> None:
    take = Take.objects.get(question=submitted.questions[0])
    Rendition.objects.filter(take=take).delete()
    Job.objects.filter(take=take).delete()
    _unreadable(take)
    make_again(take)

    work_through(submitted.interview, Hears(), Assesses())

    job = Job.objects.get(take=take)
    assert (job.kind, job.state) == (Job.Kind.RENDER, Job.State.PARKED)
    shown = player(ada, take).get_text()
    assert "It is played as it was received" in shown and "not a video or audio recording" in shown
    assert Interview.objects.get(pk=submitted.interview.pk).state == Interview.State.SCORED
    assert Transcript.objects.count() == 2
    assert list(renditions_of(take).iterdir()) == []
    assert ada.get(video(ada, take)["src"], headers={"Range": "bytes=0-9"}).status_code == 206


@pytest.mark.parametrize(
    ("error", "state"),
    [(Passing("The disk is full."), Job.State.QUEUED), (MediaError("It is broken."), Job.State.PARKED)],
)
def test_failures_are_classed_once(recorded: Take, error: MediaError, state: str) -> None:
    def fails(originals: Sequence[Original], folder: Path) -> Made:
        raise error

    jobs.run(due(recorded.interview)[0], work() | {Job.Kind.RENDER: partial(render, maker=fails)})

    job = Job.objects.get()
    assert (job.state, job.problem) == (state, error.message.rstrip("."))
    assert recorded.path.is_file()


def test_a_missing_original_is_waited_for(recorded: Take) -> None:
    kept = recorded.path.rename(recorded.path.with_suffix(".away"))
    [job] = due(recorded.interview)
    jobs.run(job, work())
    assert Job.objects.get(pk=job).state == Job.State.QUEUED

    kept.rename(recorded.path)
    work_through(recorded.interview)
    assert Transcript.objects.exists()


def test_without_sound_there_is_a_picture_and_a_reason(recorded: Take, ada: Client) -> None:
    def mute(originals: Sequence[Original], folder: Path) -> Made:
        made = make(originals, folder)
        made.has_sound = False
        return made

    work_done: dict[str, Callable[[jobs.Claim], list[int]]] = work() | {Job.Kind.RENDER: partial(render, maker=mute)}
    [second] = jobs.run(due(recorded.interview)[0], work_done)
    jobs.run(second, work_done)

    assert Job.objects.get(pk=second).state == Job.State.PARKED
    page = ada.get(f"/hr-dashboard/results/{recorded.interview_id}/review/").content.decode()
    assert "There is no sound in this recording that can be decoded" in page
    assert video(ada, recorded)["poster"]
