"""A worker dies while it makes a recording ready to play: another one finishes, and leaves nothing of the first."""

from __future__ import annotations

import hashlib
import signal
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db.models.functions import Now

from interviews.actions import answering
from interviews.events import Kind
from interviews.models import Event, Job, Rendition, Transcript
from interviews.models.renditions import renditions_of
from tests.fakes.deepgram import FakeDeepgram
from tests.people import World, record_answer
from tests.processes import Process, wait_until


@pytest.mark.parametrize("place", ["claimed", "received", "writing", "ended"])
def test_a_worker_that_dies_is_followed_by_one_that_finishes(
    world: World, worker: Callable[..., Process], deepgram: FakeDeepgram, speech: bytes, place: str
) -> None:
    answering.consent(world.interview, ai=True)
    world.interview.refresh_from_db()
    record_answer(world.interview, world.questions[0], speech, hashlib.sha256(speech).hexdigest())
    Job.objects.update(hinted_at=None)

    dying = worker(CRASH_AT=f"render.{place}").child
    assert dying is not None
    wait_until(lambda: dying.poll() is not None, f"the worker comes past {place}")
    assert dying.poll() == -signal.SIGKILL
    past = Now() - timedelta(seconds=1)
    Job.objects.filter(state=Job.State.RUNNING).update(lease_until=past, hinted_at=None)
    Job.objects.filter(state=Job.State.QUEUED).update(run_after=past, hinted_at=None)
    finishing = worker()
    wait_until(Transcript.objects.exists, "the answer is transcribed")
    finishing.stop()

    rendition = Rendition.objects.get()
    assert [folder.name for folder in renditions_of(rendition.take).iterdir()] == [str(rendition.version)]
    assert sorted(path.name for path in rendition.folder.iterdir()) == ["playable", "poster.jpg", "sound.wav"]
    assert Event.objects.filter(kind=Kind.PREPARED).count() == 1
    assert [request.digest for request in deepgram.requests] == [rendition.sound_sha256]
