"""Whatever is said, sent or set up ends in an outcome that is stated in words, never in a number made up for it."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import pytest
from django.db import transaction
from django.utils import timezone

from interviews.engines.analysis.base import AnswerBrief, CriterionAssessment, CriterionBrief, Quote
from interviews.engines.analysis.gemini import Gemini
from interviews.engines.analysis.local import Local
from interviews.engines.transcription.deepgram import Deepgram
from interviews.models import (
    Answer,
    Applicant,
    Assessment,
    Criterion,
    Interview,
    Job,
    Question,
    QuestionSet,
    Result,
    Take,
    Transcript,
)
from interviews.processing import jobs
from interviews.processing.advance import advance, locked
from interviews.processing.analysis import assess
from interviews.processing.transcription import transcribe
from interviews.queries import stages
from interviews.scoring.evidence import NO_EVIDENCE
from tests.engines import SPOKEN, Assesses, Hears, due, work
from tests.fakes.deepgram import FakeDeepgram
from tests.fakes.gemini import FakeGemini
from tests.fakes.wire import Behaviour
from tests.people import World, make_rubric, show_at_once

POLISH = (
    "Zaplanowaliśmy migrację bazy danych z możliwością wycofania zmian i przez sześć tygodni mierzyliśmy wynik, "
    "bo wcześniej nikt nie wiedział, czy nowa wersja będzie działać szybciej niż poprzednia"
)


@pytest.fixture
def gemini() -> Iterator[FakeGemini]:
    with FakeGemini() as fake:
        fake.in_one_piece = True
        yield fake


def _by_gemini(gemini: FakeGemini, words: str) -> dict[str, jobs.Work]:
    engine = Gemini("made-up", "fake-1", base_url=gemini.base_url)
    return work(Hears(words)) | {Job.Kind.ASSESS: partial(assess, engine=engine)}


def _outcome(interview: Interview, real: dict[str, jobs.Work]) -> stages.RowView:
    """Where it stands when all that is due was tried once."""
    ids = due(interview)
    while ids:
        ids += jobs.run(ids.pop(0), real)
    show_at_once(interview.position)
    [row] = stages.rows(Interview.objects.filter(pk=interview.pk))
    return row


def _is_unscored(row: stages.RowView, words: str) -> None:
    assert row.score is None
    assert words in row.stage_words
    assert row.stage in ("parked", "unscored")
    assert not Assessment.objects.exclude(level=None).exists()
    assert not Result.objects.exclude(score=None).exists()


def test_a_prompt_that_is_blocked(submitted: World, gemini: FakeGemini) -> None:
    gemini.default = Behaviour("blocked")
    row = _outcome(submitted.interview, _by_gemini(gemini, SPOKEN))
    _is_unscored(row, "Not scored yet: Gemini declined to assess this interview")


def test_an_answer_that_is_stopped_by_a_safety_filter(submitted: World, gemini: FakeGemini) -> None:
    gemini.default = Behaviour("safety")
    row = _outcome(submitted.interview, _by_gemini(gemini, SPOKEN))
    assert row.score is None and "its safety filter objects" in row.stage_words


def test_nobody_says_anything(submitted: World, gemini: FakeGemini) -> None:
    row = _outcome(submitted.interview, _by_gemini(gemini, ""))
    _is_unscored(row, "Not scored: no speech was heard in any answer")
    assert gemini.requests == []


@pytest.mark.parametrize("words", ["Yes.", "…", "no no no"])
def test_an_answer_of_a_word(submitted: World, gemini: FakeGemini, words: str) -> None:
    _is_unscored(_outcome(submitted.interview, _by_gemini(gemini, words)), "no answer held enough evidence for a level")


def test_a_model_that_levels_a_word_all_the_same(submitted: World) -> None:
    def obliging(answer: AnswerBrief, criterion: CriterionBrief) -> CriterionAssessment:
        return CriterionAssessment(criterion.id, 5, "Convincing.", (Quote("Yes.", 0, 0),))

    row = _outcome(submitted.interview, work(Hears("Yes."), Assesses(obliging)))
    _is_unscored(row, "no answer held enough evidence for a level")
    assert set(Assessment.objects.values_list("reason", flat=True)) == {NO_EVIDENCE}


class TestOtherLanguage:
    def test_levels_rest_on_the_words_that_were_said(self, submitted: World, gemini: FakeGemini) -> None:
        row = _outcome(submitted.interview, _by_gemini(gemini, POLISH))
        assert row.stage == "scored"
        for assessment in Assessment.objects.exclude(level=None):
            assert all(quote["text"] in POLISH for quote in assessment.quotes)

    def test_a_quote_in_translation_is_none(self, submitted: World) -> None:
        def translates(answer: AnswerBrief, criterion: CriterionBrief) -> CriterionAssessment:
            quote = Quote("We planned the database migration with a rollback", 0, 7)
            return CriterionAssessment(criterion.id, 4, "It names a plan.", (quote,))

        row = _outcome(submitted.interview, work(Hears(POLISH), Assesses(translates)))
        _is_unscored(row, "no answer held enough evidence for a level")

    def test_the_built_in_matcher_finds_none_of_its_words(self, submitted: World) -> None:
        row = _outcome(submitted.interview, work(Hears(POLISH)) | {Job.Kind.ASSESS: partial(assess, engine=Local())})
        _is_unscored(row, "no answer held enough evidence for a level")

    def test_a_language_that_cannot_be_told(self, submitted: World) -> None:
        with FakeDeepgram() as deepgram:
            deepgram.default = Behaviour("status", status=400, body='{"err_code":"x","err_msg":"unknown language"}')
            engine = Deepgram("made-up", base_url=deepgram.base_url)
            real = work() | {Job.Kind.TRANSCRIBE: partial(transcribe, engine=engine)}
            row = _outcome(submitted.interview, real)
        assert row.score is None and row.stage == "parked" and row.stage_words.startswith("Needs you: Deepgram ")


def test_a_rubric_without_weight(submitted: World) -> None:
    """It cannot be published; past that, it gives no score."""
    Criterion.objects.update(weight=0)
    row = _outcome(submitted.interview, work())
    assert (row.stage, row.score) == ("unscored", None)
    assert "the criteria that could be assessed all have weight zero" in row.stage_words


@pytest.fixture
def two_hundred(world: World) -> Interview:
    """An interview of 200 written answers, which is more than anybody will ask."""
    question_set = QuestionSet.objects.create(position=world.position, version=9)
    rubric = make_rubric("For all of them")
    bo = Applicant.objects.create(name="Bo Berg", email="bo@example.com")
    now = timezone.now()
    interview = Interview.objects.create(
        applicant=bo,
        question_set=question_set,
        deadline=now,
        state=Interview.State.SUBMITTED,
        consented_at=now,
        submitted_at=now,
        ai_consent=True,
        ai_consent_version="1",
    )
    for number in range(1, 201):
        question = Question.objects.create(
            question_set=question_set, number=number, text=f"Question {number}?", rubric=rubric
        )
        text = f"{SPOKEN} for the {number}th time"
        take = Take.objects.create(
            interview=interview,
            question=question,
            number=1,
            state=Take.State.FINISHED,
            text=text,
            bytes=len(text),
            sha256="0" * 64,
            finished_at=now,
        )
        words = [{"text": word, "start": 0.0, "end": 0.0, "confidence": None} for word in text.split()]
        Transcript.objects.create(take=take, words=words, language="", engine="written", model="")
        Answer.objects.create(interview=interview, question=question, take=take)
    with transaction.atomic():
        advance(locked(interview.pk))
    return interview


def test_two_hundred_answers_in_one_call(two_hundred: Interview, gemini: FakeGemini) -> None:
    row = _outcome(two_hundred, _by_gemini(gemini, ""))
    assert (row.stage, row.criteria, len(gemini.asked)) == ("scored", 400, 1)
    assert Assessment.objects.count() == 400
    for assessment in Assessment.objects.exclude(level=None):
        assert assessment.quotes


def test_two_hundred_answers_that_are_more_than_a_reply_may_hold(two_hundred: Interview, gemini: FakeGemini) -> None:
    """What came is kept, each try asks for the rest, and in the end it is said what is missing."""
    gemini.in_one_piece = False
    gemini.default = Behaviour("max_tokens")
    real = _by_gemini(gemini, "")
    for _ in range(jobs.ATTEMPTS):
        row = _outcome(two_hundred, real)
        Job.objects.filter(state=Job.State.QUEUED).update(run_after="2000-01-01T00:00:00Z")
    asked = [len(ids) for ids in gemini.asked]
    assert asked == sorted(asked, reverse=True) and asked[0] == 200 and asked[-1] < 10
    assert (row.stage, row.score) == ("parked", None)
    assert row.stage_words.startswith("Not scored yet: Gemini stopped: its answer reached the longest length")
