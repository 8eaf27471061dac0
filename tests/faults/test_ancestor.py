"""The nine ways in which the system that this one replaces lost an interview, or said something untrue about it.

Each was seen there in a run; each is a test here, in the order of that list.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from functools import partial

import pytest
from django.apps import apps
from django.db.models.functions import Now
from django.test import Client
from huey.contrib.djhuey import HUEY

from interviews.actions import answering
from interviews.engines.analysis.base import AnswerBrief, CriterionAssessment, CriterionBrief
from interviews.engines.analysis.gemini import Gemini
from interviews.engines.errors import Permanent
from interviews.engines.transcription.deepgram import Deepgram
from interviews.models import Assessment, Decision, Interview, Job, ProviderHealth, Result, Transcript
from interviews.processing import jobs
from interviews.processing.analysis import assess
from interviews.processing.transcription import transcribe
from interviews.tasks import sweep
from tests.engines import Assesses, Hears, due, with_quote, work, work_through
from tests.fakes.deepgram import FakeDeepgram
from tests.fakes.gemini import FakeGemini
from tests.fakes.wire import Behaviour
from tests.people import World, record_answer, show_at_once

WorkOff = Callable[[], int]
OVERLOADED = Behaviour("status", status=503)


@pytest.fixture
def real(deepgram: FakeDeepgram, gemini: FakeGemini) -> dict[str, jobs.Work]:
    return work() | {
        Job.Kind.TRANSCRIBE: partial(transcribe, engine=Deepgram("made-up", base_url=deepgram.base_url)),
        Job.Kind.ASSESS: partial(assess, engine=Gemini("made-up", "fake-1", base_url=gemini.base_url)),
    }


@contextmanager
def _queue_away(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    def refuse(*args: object, **kwargs: object) -> None:
        raise ConnectionError("Connection refused")

    with monkeypatch.context() as broken:
        broken.setattr(HUEY.storage, "enqueue", refuse)
        yield


def _run_due(world: World, real: dict[str, jobs.Work], rounds: int = 1) -> None:
    """What is due, as often, whatever it was told to wait."""
    for _ in range(rounds):
        Job.objects.filter(state=Job.State.QUEUED).update(run_after=Now())
        for pk in due(world.interview):
            jobs.run(pk, real)


def _listed(browser: Client) -> str:
    page = browser.get("/hr-dashboard/results/").content.decode()
    assert "Bo Berg" in page, "HR does not see the interview at all"
    return page


def _has_no_score() -> bool:
    return not Assessment.objects.exists() and not Result.objects.filter(score__isnull=False).exists()


def test_1_submitting_without_an_answer_is_refused(world: World, bo: Client) -> None:
    answering.consent(world.interview, ai=True)
    reply = bo.post(f"/interview/{world.interview.pk}/submit/")
    assert reply.status_code == 409
    assert b"there is no answer yet to question 1, 2, 3." in reply.content
    assert Interview.objects.get().state == Interview.State.STARTED
    assert not Job.objects.exists()


def test_2_a_submit_whose_hint_is_lost_still_ends_in_a_result(
    answered: World, bo: Client, monkeypatch: pytest.MonkeyPatch, work_off: WorkOff
) -> None:
    work_through(answered.interview)
    with _queue_away(monkeypatch):
        assert bo.post(f"/interview/{answered.interview.pk}/submit/").status_code == 302
    assert answered.interview.receipt_code.encode() in bo.get(f"/interview/{answered.interview.pk}/").content
    HUEY.storage.flush_all()
    sweep()
    work_off()
    assert Result.objects.count() == 1


def test_3_with_the_queue_away_from_the_first_recording_on_nothing_is_lost(
    world: World, bo: Client, speech: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = f"/interview/{world.interview.pk}/"
    with _queue_away(monkeypatch):
        answering.consent(world.interview, ai=True)
        world.interview.refresh_from_db()
        for question in world.questions:
            record_answer(world.interview, question, speech, hashlib.sha256(speech).hexdigest())
        for _ in range(2):
            assert bo.post(f"{address}submit/").status_code == 302
        sweep()
    assert len(HUEY) == 0
    sweep()
    assert len(HUEY) == 3
    work_through(world.interview)
    assert Interview.objects.get().state == Interview.State.SCORED
    assert Result.objects.count() == 1


def test_4_a_passing_error_is_tried_again_and_ends_scored(
    submitted: World, deepgram: FakeDeepgram, gemini: FakeGemini, real: dict[str, jobs.Work]
) -> None:
    deepgram.next(OVERLOADED)
    gemini.next(OVERLOADED)
    _run_due(submitted, real)
    assert sorted(Job.objects.values_list("attempt", "state")) == [(1, "done"), (1, "done"), (1, "queued")]
    assert Interview.objects.get().state == Interview.State.SUBMITTED
    _run_due(submitted, real, rounds=3)
    assert Interview.objects.get().state == Interview.State.SCORED
    assert Result.objects.get().score is not None
    # The three recordings hold the same sound: what was paid for once serves all of them.
    assert (len(deepgram.requests), len(gemini.requests)) == (1 + 1, 1 + 1)


def test_5_a_technical_failure_is_neither_a_decision_nor_a_score(submitted: World, ada: Client) -> None:
    """With a fault of ours at every attempt of every job."""

    def broken(claim: jobs.Claim) -> list[int]:
        raise RuntimeError("ours")

    _run_due(submitted, dict.fromkeys(work(), broken), rounds=jobs.ATTEMPTS)
    assert {job.state for job in Job.objects.filter(kind=Job.Kind.TRANSCRIBE)} == {Job.State.PARKED}
    assert _has_no_score()
    page = _listed(ada)
    assert "Needs you: an unexpected fault on our side; given up after 8 attempts" in page
    rows = page[page.index('id="rows"') : page.index("</tbody>")].lower()
    for judgement in ("reject", "failed", "not passed", r"(?<!\d)0\.0"):  # which is not the seconds of a moment
        assert not re.search(judgement, rows), judgement


def test_6_no_score_is_invented_while_the_language_model_is_away(
    submitted: World, ada: Client, gemini: FakeGemini, real: dict[str, jobs.Work]
) -> None:
    work_through(submitted.interview, assesses=Assesses(error=RuntimeError("not yet")))
    gemini.default = OVERLOADED
    _run_due(submitted, real, rounds=20)
    assert _has_no_score()
    assert not Result.objects.exists()
    page = _listed(ada)
    assert "Assessed 0 of 3 · trying again: Gemini is overloaded" in page
    assert "Gemini has been failing" in page
    gemini.default = Behaviour("status", status=429, retry_after="5")
    ProviderHealth.objects.update(next_try_at=Now())
    _run_due(submitted, real)
    assert _has_no_score()
    gemini.default = Behaviour()
    ProviderHealth.objects.update(next_try_at=Now())
    _run_due(submitted, real)
    assert Result.objects.get().score is not None


@pytest.mark.parametrize(
    "fault, words",
    [
        (OVERLOADED, "Transcribed 0 of 3 · trying again: Deepgram is overloaded"),
        (Behaviour("status", status=401), "Needs you: Deepgram refused the key"),
    ],
)
def test_7_without_a_transcript_there_is_no_score_but_a_reason(
    submitted: World, ada: Client, deepgram: FakeDeepgram, real: dict[str, jobs.Work], fault: Behaviour, words: str
) -> None:
    deepgram.default = fault
    _run_due(submitted, real, rounds=10)
    assert not Transcript.objects.exists()
    assert _has_no_score()
    assert words in _listed(ada)
    show_at_once(submitted.position)
    review = ada.get(f"/hr-dashboard/results/{submitted.interview.pk}/review/").content.decode()
    assert "No score yet" in review or "no answer could be transcribed" in review


def test_8_whoever_scores_low_or_not_at_all_is_in_the_list(submitted: World, ada: Client) -> None:
    def lowest(answer: AnswerBrief, criterion: CriterionBrief) -> CriterionAssessment:
        return CriterionAssessment(criterion.id, 1, "It names no plan.", with_quote(answer, criterion).quotes)

    work_through(submitted.interview, assesses=Assesses(lowest))
    show_at_once(submitted.position)
    assert Result.objects.get().score == Decimal(1)
    assert "1.0" in _listed(ada)
    Result.objects.update(score=None, unscored_reason="no speech was heard in any answer")
    assert "Not scored: no speech was heard in any answer" in _listed(ada)


def test_9_nothing_that_the_machine_does_is_a_decision(submitted: World) -> None:
    """There, a person's "reject" overwrote what the machine had said, and so the two never disagreed.

    Here a decision is a row of its own, which a person adds with a reason. No column beside it can hold one, and where
    an interview stands does not depend on its score.
    """
    models = [model for model in apps.get_app_config("interviews").get_models() if model is not Decision]
    columns = [field.name for model in models for field in model._meta.fields if field.related_model is not Decision]
    assert [
        name for name in columns for word in ("decision", "decided", "passed", "reject", "hired") if word in name
    ] == []
    assert set(Interview.State) == {"invited", "started", "submitted", "scored"}
    work_through(submitted.interview, Hears(), Assesses(error=Permanent("refused")))
    states = {Interview.objects.get().state}
    for job in Job.objects.filter(state=Job.State.PARKED):
        jobs.resume(job.pk)
    work_through(submitted.interview)
    after = Interview.objects.get()
    assert (states, after.state) == ({Interview.State.SUBMITTED}, Interview.State.SCORED)
    suggested = list(Assessment.objects.values_list("pk", "level", "reason"))
    answering.submit(after)
    sweep()
    assert not Decision.objects.exists()
    assert list(Assessment.objects.values_list("pk", "level", "reason")) == suggested
