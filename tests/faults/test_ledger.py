"""What was paid for is kept before it is read, and read again instead of paid for again."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path

import pytest
from django.db import connection
from django.db.models.functions import Now

from interviews.actions.invitations import invite
from interviews.engines.analysis.base import AnswerAssessment, AnswerBrief
from interviews.engines.analysis.gemini import Gemini
from interviews.engines.keeping import Ledger
from interviews.engines.transcription.base import Transcription
from interviews.engines.transcription.deepgram import Deepgram
from interviews.models import Answer, Applicant, Assessment, Job, ProviderReply, Rendition, Result, Transcript
from interviews.processing import jobs, ledger
from interviews.processing.analysis import assess
from interviews.processing.transcription import transcribe
from tests.engines import Hears, due, work
from tests.fakes.deepgram import SPOKEN, FakeDeepgram
from tests.fakes.gemini import FakeGemini
from tests.fakes.wire import Behaviour
from tests.people import World


class Stumbles(Deepgram):
    """Our own reading fails once, after the reply was kept."""

    stumbled = False

    def read(self, reply: str) -> Transcription:
        if not self.stumbled:
            self.stumbled = True
            raise RuntimeError("a fault of ours")
        return super().read(reply)


class StumblesOver(Gemini):
    """Our own reading fails once, with the whole reply kept."""

    stumbled = False

    def assess(self, answers: Sequence[AnswerBrief], ledger: Ledger) -> Iterator[AnswerAssessment]:
        everything = list(super().assess(answers, ledger))
        if not self.stumbled:
            self.stumbled = True
            raise RuntimeError("a fault of ours")
        yield from everything


def _hearing(engine: Deepgram) -> dict[str, jobs.Work]:
    return work() | {Job.Kind.TRANSCRIBE: partial(transcribe, engine=engine)}


def _assessing(engine: Gemini) -> dict[str, jobs.Work]:
    return work() | {Job.Kind.ASSESS: partial(assess, engine=engine)}


def _again(pk: int, real: dict[str, jobs.Work]) -> None:
    Job.objects.filter(pk=pk, state=Job.State.QUEUED).update(run_after=Now())
    jobs.run(pk, real)


@pytest.fixture
def assessment(submitted: World) -> int:
    """The assessment that is due; every answer is transcribed."""
    for pk in due(submitted.interview):
        jobs.run(pk, work(Hears(SPOKEN[0])))
    [pk] = due(submitted.interview)
    return pk


@pytest.fixture
def real(gemini: FakeGemini) -> Gemini:
    return Gemini("made-up", "fake-1", base_url=gemini.base_url, timeout=60)


class TestTranscription:
    def test_a_kept_reply_is_read_and_not_paid_for_again(self, answered: World, deepgram: FakeDeepgram) -> None:
        pk = due(answered.interview)[0]
        hearing = _hearing(Stumbles("made-up", base_url=deepgram.base_url))
        jobs.run(pk, hearing)
        assert not Transcript.objects.exists()
        _again(pk, hearing)
        assert Transcript.objects.get().text in SPOKEN
        assert len(deepgram.requests) == ProviderReply.objects.count() == 1

    @pytest.mark.parametrize("useless", ["foreign_json", "empty"])
    def test_a_useless_reply_is_kept_and_passed_over(
        self, answered: World, deepgram: FakeDeepgram, useless: str
    ) -> None:
        pk = due(answered.interview)[0]
        hearing = _hearing(Deepgram("made-up", base_url=deepgram.base_url))
        deepgram.next(Behaviour(useless))
        jobs.run(pk, hearing)
        assert (ProviderReply.objects.count(), Transcript.objects.count()) == (1, 0)
        _again(pk, hearing)
        assert (len(deepgram.requests), ProviderReply.objects.count(), Transcript.objects.count()) == (2, 2, 1)

    def test_another_model_or_another_recording_is_another_request(
        self, answered: World, deepgram: FakeDeepgram
    ) -> None:
        pk = due(answered.interview)[0]
        jobs.run(pk, _hearing(Stumbles("made-up", base_url=deepgram.base_url)))
        _again(pk, _hearing(Deepgram("made-up", base_url=deepgram.base_url, model="nova-4")))
        assert len(deepgram.requests) == 2
        assert ProviderReply.objects.values("request_hash").distinct().count() == 2
        shas = [ledger.request_hash("deepgram", "nova-3", sha256) for sha256 in ("a" * 64, "b" * 64)]
        assert shas[0] != shas[1]


class TestAssessment:
    def test_a_kept_reply_is_read_and_not_paid_for_again(self, assessment: int, gemini: FakeGemini) -> None:
        assessing = _assessing(StumblesOver("made-up", "fake-1", base_url=gemini.base_url))
        jobs.run(assessment, assessing)
        assert not Assessment.objects.exists()
        _again(assessment, assessing)
        assert Result.objects.get().levels == 6
        assert len(gemini.requests) == 1

    @pytest.mark.parametrize("kind", ["cut", "error_midstream"])
    def test_what_a_broken_stream_brought_is_kept_and_only_the_rest_is_asked_for(
        self, assessment: int, gemini: FakeGemini, real: Gemini, kind: str
    ) -> None:
        ids = [str(pk) for pk in Answer.objects.order_by("question__number").values_list("pk", flat=True)]
        gemini.next(Behaviour(kind))
        jobs.run(assessment, _assessing(real))
        assert set(Assessment.objects.values_list("answer", flat=True)) == {int(pk) for pk in ids[:2]}
        before = set(Assessment.objects.values_list("pk", "created_at"))
        _again(assessment, _assessing(real))
        assert gemini.asked == [ids, ids[2:]]
        assert before < set(Assessment.objects.values_list("pk", "created_at")), "what was there was written anew"
        assert Result.objects.get().levels == 6

    def test_answers_that_arrived_but_were_not_stored_are_read_from_the_ledger(
        self, assessment: int, gemini: FakeGemini, real: Gemini
    ) -> None:
        """As after a crash between two answers: two are in the ledger, none is among the assessments."""
        ids = [str(pk) for pk in Answer.objects.order_by("question__number").values_list("pk", flat=True)]
        gemini.next(Behaviour("cut"))
        jobs.run(assessment, _assessing(real))
        Assessment.objects.all().delete()
        _again(assessment, _assessing(real))
        assert gemini.asked == [ids, ids[2:]]
        assert Assessment.objects.count() == 6

    @pytest.mark.parametrize(
        "change",
        [
            lambda engine: setattr(engine, "model", "fake-2"),
            lambda engine: setattr(engine, "version", "another"),
            lambda engine: Transcript.objects.update(words=Transcript.objects.all()[0].words[:-1]),
        ],
        ids=["model", "prompt", "transcript"],
    )
    def test_another_model_prompt_or_transcript_is_another_request(
        self, assessment: int, gemini: FakeGemini, change: Callable[[Gemini], object]
    ) -> None:
        engine = StumblesOver("made-up", "fake-1", base_url=gemini.base_url)
        jobs.run(assessment, _assessing(engine))
        change(engine)
        _again(assessment, _assessing(engine))
        assert len(gemini.requests) == 2
        assert ProviderReply.objects.values("request_hash").distinct().count() == 2

    @pytest.mark.parametrize("useless", ["bad_json", "foreign_json"])
    def test_a_useless_reply_is_kept_and_passed_over(
        self, assessment: int, gemini: FakeGemini, real: Gemini, useless: str
    ) -> None:
        gemini.next(Behaviour(useless))
        jobs.run(assessment, _assessing(real))
        _again(assessment, _assessing(real))
        assert (len(gemini.requests), ProviderReply.objects.count()) == (2, 2)
        assert Result.objects.get().levels == 6

    def test_the_reply_is_kept_word_for_word_in_order(self, assessment: int, gemini: FakeGemini, real: Gemini) -> None:
        jobs.run(assessment, _assessing(real))
        reply = ProviderReply.objects.get()
        briefs = [str(pk) for pk in Answer.objects.order_by("question__number").values_list("pk", flat=True)]
        assert [reply.reply.find(f'"answer_id": "{pk}"') > 0 for pk in briefs] == [True] * 3
        _heading, words = reply.reply.split("\n", 1)
        assert words[0] + words[-1] == "[]"


def test_engines_on_this_machine_keep_nothing(submitted: World, work_off: Callable[[], int]) -> None:
    work_off()
    assert Result.objects.exists()
    assert not ProviderReply.objects.exists()


def test_no_connection_is_held_between_the_pieces(submitted: World, tmp_path: Path) -> None:
    keep = ledger.Keeper("assess", submitted.interview.pk, "gemini", "0" * 64)
    for piece in ("one", " two", " three"):
        keep(piece)
        assert connection.connection is None
    assert ProviderReply.objects.get().reply == "one two three"


def test_what_was_kept_for_one_interview_is_not_read_for_another(world: World) -> None:
    other, _token = invite(Applicant.objects.create(name="Dee Dahl", email="d@example.com"), world.question_set)
    ledger.Keeper("assess", other.pk, "gemini", "0" * 64)("theirs")
    ledger.Keeper("assess", world.interview.pk, "gemini", "0" * 64)("ours")
    assert [kept.text for kept in ledger.replies(world.interview.pk, "0" * 64)] == ["ours"]


def test_a_missing_recording_is_not_held_against_the_provider(answered: World, deepgram: FakeDeepgram) -> None:
    for pk in due(answered.interview):
        Rendition.objects.get(take__jobs=pk).sound.unlink()
        jobs.run(pk, _hearing(Deepgram("made-up", base_url=deepgram.base_url)))
    assert deepgram.requests == []
    assert {job.problem for job in Job.objects.all()} == {"The sound of the recording could not be opened"}
