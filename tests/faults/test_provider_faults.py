"""Each way in which a provider may fail, through the real job: what HR reads, what becomes of the job, what it cost.

Afterwards the provider is well again, and everything ends scored.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import Decimal
from functools import partial

import pytest
from django.db.models.functions import Now
from django.utils import timezone

from interviews.engines.analysis.gemini import Gemini
from interviews.engines.analysis.gemini_legacy import GeminiLegacy
from interviews.engines.transcription.deepgram import Deepgram
from interviews.models import Answer, Assessment, Interview, Job, ProviderHealth, Result, Transcript
from interviews.processing import jobs
from interviews.processing.analysis import assess
from interviews.processing.transcription import transcribe
from interviews.queries import stages
from tests.engines import Hears, due, work
from tests.fakes.deepgram import SPOKEN, FakeDeepgram
from tests.fakes.gemini import FakeGemini
from tests.fakes.wire import Behaviour
from tests.people import World, show_at_once

WAITS, PARKED, DONE = Job.State.QUEUED, Job.State.PARKED, Job.State.DONE
FIRST_BACKOFF = 4.0
SILENT_SECONDS, PATIENT_SECONDS = 0.5, 60.0
"""What an engine waits for a provider that never answers, and for all others, however busy this machine is."""
SCORE = Decimal("1.67")
"""What the stand-in's levels come to for these answers, whenever and in however many calls they were given."""


@dataclass(frozen=True)
class Cell:
    """`wait`: seconds that the provider asked for. `spent`: attempts. `failures`: what the breaker counts.
    `assessed`: answers that were complete before the fault, and are kept."""

    when: Behaviour
    words: str
    state: Job.State = WAITS
    spent: int = 1
    failures: int = 0
    wait: float = 0
    assessed: int = 0


def _status(status: int, after: str | None = None, body: str | None = None) -> Behaviour:
    return Behaviour("status", status=status, retry_after=after, body=body)


def _cells(table: Iterable[Cell]) -> pytest.MarkDecorator:
    names = [f"{cell.when.kind}-{cell.when.status}" if cell.when.kind == "status" else cell.when.kind for cell in table]
    return pytest.mark.parametrize("cell", table, ids=names)


AGAIN = "Transcribed 2 of 3 · trying again: "
NO_TRANSCRIPTION = AGAIN + "Deepgram sent something that is not a transcription"
DEEPGRAM = [
    Cell(Behaviour("slow", seconds=0.2), "Assessed 0 of 3", DONE),
    Cell(Behaviour("hang"), AGAIN + "Deepgram did not answer in time", failures=1),
    Cell(_status(400), "Needs you: Deepgram could not read the sound of this recording", PARKED),
    Cell(_status(400, body="{}"), "Needs you: Deepgram refused the request as invalid", PARKED),
    Cell(_status(401), "Needs you: Deepgram refused the key", PARKED),
    Cell(_status(402), "Needs you: The account at Deepgram has no credit left", PARKED),
    Cell(_status(403), "Needs you: Deepgram refused the key", PARKED),
    Cell(_status(404), "Needs you: Deepgram does not know the model or the address that was asked for", PARKED),
    Cell(_status(413), "Needs you: Deepgram refused the recording or the transcripts as too large", PARKED),
    Cell(_status(429, "17"), AGAIN + "Deepgram asked us to slow down", spent=0, wait=17),
    Cell(_status(429), AGAIN + "Deepgram asked us to slow down", spent=0),
    Cell(_status(500), AGAIN + "Deepgram failed on its side (status 500)", failures=1),
    Cell(_status(502), AGAIN + "Deepgram failed on its side (status 502)", failures=1),
    Cell(_status(503, "33"), AGAIN + "Deepgram is overloaded", failures=1, wait=33),
    Cell(Behaviour("drop"), AGAIN + "The connection to Deepgram was lost", failures=1),
    Cell(Behaviour("cut"), AGAIN + "The connection to Deepgram was lost", failures=1),
    Cell(Behaviour("html"), AGAIN + "Deepgram sent something that is not an answer"),
    Cell(Behaviour("bad_json"), AGAIN + "Deepgram sent something that is not an answer"),
    Cell(Behaviour("foreign_json"), NO_TRANSCRIPTION),
    Cell(Behaviour("empty"), NO_TRANSCRIPTION),
]


def _later(words: str, done: int = 0) -> str:
    return f"Assessed {done} of 3 · trying again: {words}"


DECLINED = "Not scored yet: Gemini declined to assess this interview: its safety filter objects to the words in it"
GEMINI = [
    Cell(Behaviour("ok"), "Scored", DONE, assessed=3),
    Cell(Behaviour("slow", seconds=0.2), "Scored", DONE, assessed=3),
    Cell(_status(400), "Not scored yet: Gemini refused the request as invalid", PARKED),
    Cell(_status(401), "Not scored yet: Gemini refused the key", PARKED),
    Cell(_status(402), "Not scored yet: The account at Gemini has no credit left", PARKED),
    Cell(_status(403), "Not scored yet: Gemini refused the key", PARKED),
    Cell(_status(404), "Not scored yet: Gemini does not know the model or the address that was asked for", PARKED),
    Cell(_status(413), "Not scored yet: Gemini refused the recording or the transcripts as too large", PARKED),
    Cell(_status(429, "17"), _later("Gemini asked us to slow down"), spent=0, wait=17),
    Cell(_status(429), _later("Gemini asked us to slow down"), spent=0, wait=7),  # named in the body
    Cell(_status(500), _later("Gemini failed on its side (status 500)"), failures=1),
    Cell(_status(502), _later("Gemini failed on its side (status 502)"), failures=1),
    Cell(_status(503, "33"), _later("Gemini is overloaded"), failures=1, wait=33),
    Cell(Behaviour("html"), _later("Gemini sent something that is not an answer")),
    Cell(Behaviour("bad_json"), _later("The answer of Gemini ends in the middle")),
    Cell(Behaviour("foreign_json"), _later("The answer of Gemini is not a list of assessments")),
    Cell(Behaviour("empty"), _later("The answer of Gemini is empty")),
    Cell(Behaviour("blocked"), DECLINED, PARKED),
    Cell(Behaviour("safety"), DECLINED, PARKED, assessed=1),
    Cell(
        Behaviour("max_tokens"),
        _later("Gemini stopped: its answer reached the longest length it may have", 1),
        assessed=1,
    ),
    Cell(
        Behaviour("recitation"), _later("Gemini stopped: its answer came too close to a published text", 1), assessed=1
    ),
    Cell(Behaviour("leave_one_out"), "Scored", DONE, assessed=3),
    Cell(Behaviour("invent"), "Not scored: no answer held enough evidence for a level", DONE, assessed=3),
]
LOST = "The connection to Gemini was lost"
BY_TRANSPORT = {
    Gemini: [
        Cell(Behaviour("hang"), _later("Gemini did not answer in time"), failures=1),
        Cell(Behaviour("drop"), _later(LOST), failures=1),
        Cell(Behaviour("cut"), _later(LOST, 2), failures=1, assessed=2),
        Cell(Behaviour("error_midstream"), _later("Gemini is overloaded", 2), failures=1, assessed=2),
    ],
    GeminiLegacy: [
        Cell(Behaviour("hang"), _later(LOST + ", or it did not answer in time"), failures=1),
        Cell(Behaviour("drop"), _later(LOST + ", or it did not answer in time"), failures=1),
        Cell(Behaviour("cut"), _later(LOST + ", or it did not answer in time", 2), failures=1, assessed=2),
        Cell(Behaviour("error_midstream"), _later(LOST + " in the middle of its answer", 2), failures=1, assessed=2),
    ],
}
"""What each library lets us know."""


@_cells(DEEPGRAM)
def test_deepgram(submitted: World, deepgram: FakeDeepgram, cell: Cell) -> None:
    first, *others = due(submitted.interview)
    for pk in others:
        jobs.run(pk, work(Hears(SPOKEN[0])))

    def real(timeout: float) -> dict[str, jobs.Work]:
        engine = Deepgram("made-up", base_url=deepgram.base_url, timeout=timeout)
        return work() | {Job.Kind.TRANSCRIBE: partial(transcribe, engine=engine)}

    _runs_into(cell, deepgram, first, real)
    assert Transcript.objects.count() == (3 if cell.state == DONE else 2)
    assert not Assessment.objects.exists()
    _is_well_again(deepgram, real)
    assert (Transcript.objects.count(), Result.objects.get().score) == (3, Decimal(4))


@_cells(GEMINI + BY_TRANSPORT[Gemini])
def test_gemini(submitted: World, gemini: FakeGemini, cell: Cell) -> None:
    _assessments(submitted, gemini, cell, partial(Gemini, "made-up", "fake-1", gemini.base_url))


@_cells(GEMINI + BY_TRANSPORT[GeminiLegacy])
def test_gemini_over_its_older_library(submitted: World, gemini: FakeGemini, cell: Cell) -> None:
    _assessments(submitted, gemini, cell, partial(GeminiLegacy, "made-up", "fake-1", gemini.base_url))


def _assessments(world: World, fake: FakeGemini, cell: Cell, made: Callable[..., Gemini | GeminiLegacy]) -> None:
    show_at_once(world.position)
    for pk in due(world.interview):
        jobs.run(pk, work(Hears(SPOKEN[0])))
    [job] = due(world.interview)

    def real(timeout: float) -> dict[str, jobs.Work]:
        return work() | {Job.Kind.ASSESS: partial(assess, engine=made(timeout=timeout))}

    _runs_into(cell, fake, job, real)
    assert Assessment.objects.count() == cell.assessed * 2
    assert all(assessment.quotes for assessment in Assessment.objects.filter(level__isnull=False))
    assert Result.objects.exists() == (cell.state == DONE), "a failure became a result"
    _is_well_again(fake, real)
    assert Result.objects.get().score == (None if cell.when.kind == "invent" else SCORE)
    assert Answer.objects.filter(assessments__isnull=False).distinct().count() == 3


Real = Callable[[float], dict[str, jobs.Work]]
"""What works by an engine that waits for so many seconds."""


def _runs_into(cell: Cell, fake: FakeDeepgram | FakeGemini, job_id: int, real: Real) -> None:
    fake.default = cell.when
    works = real(SILENT_SECONDS if cell.when.kind == "hang" else PATIENT_SECONDS)
    before = timezone.now()
    jobs.run(job_id, works)
    after = timezone.now()
    job = Job.objects.get(pk=job_id)
    assert _stage_words() == cell.words
    assert (job.state, job.attempt) == (cell.state, cell.spent)
    if job.state == WAITS:
        earliest, latest = (job.run_after - after).total_seconds(), (job.run_after - before).total_seconds()
        assert cell.wait <= latest and earliest <= cell.wait + FIRST_BACKOFF
    if cell.wait:
        asked = len(fake.requests)
        jobs.run(job_id, works)
        assert len(fake.requests) == asked, "it did not wait"
    attempt = job.attempts.latest("pk")
    assert attempt.outcome == {WAITS: "delayed", PARKED: "parked", DONE: "done"}[cell.state]
    assert (attempt.problem in cell.words) and bool(attempt.problem) == (cell.state != DONE)
    health = ProviderHealth.objects.first()
    assert (health.failures if health else 0) == cell.failures


def _is_well_again(fake: FakeDeepgram | FakeGemini, real: Real) -> None:
    fake.default = Behaviour()
    for job in Job.objects.filter(state=PARKED):
        jobs.resume(job.pk)
    Job.objects.filter(state=WAITS).update(run_after=Now())
    works = real(PATIENT_SECONDS)
    left = list(Job.objects.filter(state=WAITS).order_by("pk").values_list("pk", flat=True))
    while left:
        left += jobs.run(left.pop(0), works)
    assert Interview.objects.get().state == Interview.State.SCORED
    assert not Job.objects.exclude(state=DONE).exists()
    health = ProviderHealth.objects.first()
    assert health is None or health.failures == 0


def _stage_words() -> str:
    return stages.rows(Interview.objects.all())[0].stage_words
