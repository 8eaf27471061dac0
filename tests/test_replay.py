"""Every stored level can be derived again from what was kept, and whatever was altered since is noticed."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import partial
from hashlib import sha256
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db.models import Value
from django.db.models.functions import Replace

from interviews.actions import answering
from interviews.actions.assessing import assess_again
from interviews.actions.choosing import choose
from interviews.actions.reopening import reopen
from interviews.engines.analysis.gemini import Gemini
from interviews.engines.analysis.local import Local
from interviews.engines.transcription.deepgram import Deepgram
from interviews.models import (
    Answer,
    Assessment,
    AssessmentRun,
    Criterion,
    Interview,
    Job,
    ProviderReply,
    Result,
    Transcript,
)
from interviews.processing import jobs
from interviews.processing.analysis import assess
from interviews.processing.transcription import transcribe
from tests.engines import Hears, due, work, work_through
from tests.fakes.deepgram import SPOKEN, FakeDeepgram
from tests.fakes.gemini import FakeGemini
from tests.fakes.wire import Behaviour
from tests.people import World, make_rubric, record_answer


def _work_off(world: World, real: dict[str, jobs.Work]) -> None:
    ids = due(world.interview)
    while ids:
        ids += jobs.run(ids.pop(0), real)


@pytest.fixture
def providers() -> Iterator[dict[str, jobs.Work]]:
    """Deepgram and Gemini, on the wire until the fixture ends."""
    with FakeDeepgram() as deepgram, FakeGemini() as gemini:
        yield work() | {
            Job.Kind.TRANSCRIBE: partial(transcribe, engine=Deepgram("made-up", base_url=deepgram.base_url)),
            Job.Kind.ASSESS: partial(assess, engine=Gemini("made-up", "fake-1", base_url=gemini.base_url)),
        }


@pytest.fixture
def scored(submitted: World, providers: dict[str, jobs.Work]) -> World:
    """Transcribed and assessed by the fakes, twice: the second time one question by another rubric."""
    _work_off(submitted, providers)
    assess_again(submitted.interview, {submitted.questions[0]: make_rubric("Migrations", number=2)}, submitted.ada)
    _work_off(submitted, providers)
    return submitted


def _replayed(*arguments: str) -> str:
    """What the command says; a differing interview ends it with status 1."""
    out = StringIO()
    status: object = None
    try:
        call_command("replay", *arguments, stdout=out, no_color=True)
    except SystemExit as ended:
        status = ended.code
    assert status == (1 if "DIFFERS" in out.getvalue() else None)
    return out.getvalue()


def test_everything_that_the_providers_made_is_derived_again_without_them(scored: World) -> None:
    pk = scored.interview.pk
    assert AssessmentRun.objects.count() == 2 and Assessment.objects.filter(copied_from=None).count() == 8
    assert Assessment.objects.exclude(level=None).count() > 6
    assert _replayed("--all") == f"ok      {pk} 3 transcripts, 2 runs, 12 assessments\n"
    assert _replayed(str(pk)) == _replayed("--all")


@pytest.mark.parametrize("goes_back", [False, True])
def test_a_run_of_a_recording_that_counts_no_more_is_derived_again(
    scored: World, providers: dict[str, jobs.Work], speech: bytes, goes_back: bool
) -> None:
    earlier = Answer.objects.get(interview=scored.interview, question=scored.questions[0]).take
    for given in [[speech], []] if goes_back else [[speech]]:
        reopen(Interview.objects.get(), 7, actor=scored.ada)
        for media in given:
            record_answer(Interview.objects.get(), scored.questions[0], media, sha256(media).hexdigest())
        if not given:
            choose(Interview.objects.get(), earlier.pk)
        work_on = providers | {Job.Kind.TRANSCRIBE: partial(transcribe, engine=Hears("Other words. " + SPOKEN[0]))}
        _work_off(scored, work_on)
        answering.submit(Interview.objects.get())
        _work_off(scored, work_on)
    read = Assessment.objects.filter(answer__question=scored.questions[0])
    assert len(set(read.values_list("transcript_sha256"))) == 2
    assert _replayed("--all").startswith("ok ")


def test_what_was_made_on_this_machine_is_derived_again(submitted: World) -> None:
    real = work(Hears(first=lambda sound: None)) | {Job.Kind.ASSESS: partial(assess, engine=Local())}
    _work_off(submitted, real)
    assert Assessment.objects.exclude(level=None).exists()
    assert _replayed("--all").startswith("ok ")


def _first() -> Assessment:
    return Assessment.objects.filter(copied_from=None).exclude(level=None).earliest("pk")


def _level() -> None:
    it = _first()
    it.level = 1 + (it.level or 0) % 5
    it.save()


def _quote() -> None:
    it = _first()
    it.quotes[0]["last_word"] -= 1
    it.save()


def _spare_quote() -> None:
    it = _first()
    it.quotes.append(it.quotes[0])
    it.save()


def _words() -> None:
    it = Transcript.objects.earliest("pk")
    it.words[3]["text"] += "x"
    it.save()


def _seconds() -> None:
    it = Transcript.objects.earliest("pk")
    it.words[3]["start"] += 1
    it.save()


def _reply() -> None:
    ProviderReply.objects.filter(engine="gemini").update(
        reply=Replace("reply", Value("The quoted words"), Value("Some quoted words"))
    )


def _heard() -> None:
    ProviderReply.objects.filter(engine="deepgram").update(reply=Replace("reply", Value('"start"'), Value('"begin"')))


def _score() -> None:
    Result.objects.filter(run__number=1).update(score="4.99")


def _weights() -> None:
    """So that only what was given the lowest level counts."""
    lowest = Assessment.objects.exclude(level=None).order_by("level")[0]
    Criterion.objects.exclude(pk=lowest.criterion_id).update(weight=0)
    Result.objects.update(score=5)


ALTERED: dict[str, tuple[Callable[[], object], str]] = {
    "level": (_level, "level is"),
    "quote": (_quote, "quotes is another than derived"),
    "quote added": (_spare_quote, "quotes is another than derived"),
    "reason": (lambda: Assessment.objects.filter(pk=_first().pk).update(reason="Nice."), "reason is another"),
    "samples": (lambda: Assessment.objects.filter(pk=_first().pk).update(samples=[1, 5]), "samples is [1, 5]"),
    "copy": (lambda: Assessment.objects.exclude(copied_from=None).update(reason="Nice."), "what it was copied from"),
    "assessment gone": (
        lambda: Assessment.objects.filter(run__number=2).latest("pk").delete(),
        "criteria of its rubric",
    ),
    "answer gone": (lambda: Assessment.objects.filter(run__number=2, copied_from=None).delete(), "is not assessed"),
    "word": (_words, "the words that were read are in none of its transcripts"),
    "second": (_seconds, "gives other words"),
    "language": (lambda: Transcript.objects.update(language="pl"), "gives another language"),
    "reply": (_reply, "reason is another than derived"),
    "reply cut": (lambda: ProviderReply.objects.filter(engine="gemini").update(reply="["), "does not say it"),
    "reply gone": (lambda: ProviderReply.objects.filter(engine="gemini").delete(), "was read from is gone"),
    "reply of sound": (_heard, "cannot be read"),
    "score": (_score, "score is 4.99"),
    "weight": (_weights, "result: score"),
}


@pytest.mark.parametrize("what", ALTERED)
def test_what_was_altered_is_noticed(scored: World, what: str) -> None:
    assert _replayed("--all").startswith("ok ")
    alter, words = ALTERED[what]
    alter()
    said = _replayed("--all")
    assert said.startswith("DIFFERS")
    assert words in said


@pytest.fixture
def gemini() -> Iterator[FakeGemini]:
    with FakeGemini() as fake:
        yield fake


def _assessed(world: World, gemini: FakeGemini, samples: int) -> AssessmentRun:
    engine = Gemini("made-up", "fake-1", base_url=gemini.base_url, samples=samples)
    _work_off(world, work(Hears(SPOKEN[0])) | {Job.Kind.ASSESS: partial(assess, engine=engine)})
    return AssessmentRun.objects.get(state=AssessmentRun.State.DONE)


def test_three_samples_are_derived_from_the_three_replies(submitted: World, gemini: FakeGemini) -> None:
    run = _assessed(submitted, gemini, samples=3)
    assert run.samples == 3
    assert {len(it.samples) for it in run.assessments.all()} == {3}
    assert _replayed("--all").startswith("ok ")
    Assessment.objects.filter(pk=_first().pk).update(samples=[2, 2, 2])
    assert "samples is [2, 2, 2]" in _replayed("--all")


def test_a_sample_that_is_gone_or_altered_is_noticed(submitted: World, gemini: FakeGemini) -> None:
    _assessed(submitted, gemini, samples=3)
    # All three say the same, so the first speaks for them; asked at once, it may be the last that is kept.
    named = Assessment.objects.values("reply")
    other = ProviderReply.objects.filter(engine="gemini").exclude(pk__in=named).latest("pk")
    ProviderReply.objects.filter(pk=other.pk).update(reply=re.sub(r'"level": "[2-5]"', '"level": "1"', other.reply))
    assert "samples is" in _replayed("--all")
    other.delete()
    assert "what was kept does not say it" in _replayed("--all")


def test_that_the_reply_which_was_read_is_gone_is_noticed(submitted: World, gemini: FakeGemini) -> None:
    _assessed(submitted, gemini, samples=3)
    ProviderReply.objects.filter(pk__in=Assessment.objects.values("reply")).delete()
    assert "the reply that it was read from is gone" in _replayed("--all")


@pytest.mark.parametrize("fault", ["malformed", "invent"])
def test_a_repair_is_derived_from_its_reply(submitted: World, gemini: FakeGemini, fault: str) -> None:
    gemini.next(Behaviour(fault))
    run = _assessed(submitted, gemini, samples=1)
    assert ProviderReply.objects.filter(engine="gemini").count() == 2
    assert run.assessments.filter(level=None).count() == 0
    assert run.assessments.filter(refused__gt=0).exists() == (fault == "invent")
    assert _replayed("--all").startswith("ok ")
    ProviderReply.objects.filter(engine="gemini").latest("pk").delete()
    assert "DIFFERS" in _replayed("--all")


def test_a_repair_that_brought_nothing_is_derived_too(submitted: World, gemini: FakeGemini) -> None:
    gemini.next(Behaviour("invent"), Behaviour("empty"))
    run = _assessed(submitted, gemini, samples=1)
    assert not run.assessments.exclude(level=None).exists()
    assert _replayed("--all").startswith("ok ")


def test_what_was_too_short_to_ask_about_is_derived_without_a_reply(submitted: World, gemini: FakeGemini) -> None:
    engine = Gemini("made-up", "fake-1", base_url=gemini.base_url)
    _work_off(submitted, work(Hears("Too short.")) | {Job.Kind.ASSESS: partial(assess, engine=engine)})
    assert gemini.asked == [] and Assessment.objects.filter(reply=None).count() == 6
    assert _replayed("--all").startswith("ok ")


def test_a_run_whose_canary_changed_must_be_discarded(submitted: World, gemini: FakeGemini) -> None:
    gemini.next(Behaviour("canary"))
    engine = Gemini("made-up", "fake-1", base_url=gemini.base_url)
    _work_off(submitted, work(Hears(SPOKEN[0])) | {Job.Kind.ASSESS: partial(assess, engine=engine)})
    discarded, other = AssessmentRun.objects.order_by("number")
    assert discarded.assessments.exists()
    assert _replayed("--all").startswith("ok ")
    other.delete()
    AssessmentRun.objects.filter(pk=discarded.pk).update(state=AssessmentRun.State.RUNNING)
    assert "gave a level for what nobody can have said" in _replayed("--all")


def test_an_engine_that_this_version_does_not_have_is_said(submitted: World) -> None:
    work_through(submitted.interview)
    assert "engine assesses is none of this version's" in _replayed("--all")


@pytest.mark.parametrize("arguments", [[], ["--all", "0d9b2a0e-0000-4000-8000-000000000000"]])
def test_what_is_not_there_cannot_be_replayed(world: World, arguments: list[str]) -> None:
    with pytest.raises(CommandError):
        call_command("replay", *arguments)
    with pytest.raises(CommandError, match="There is no interview"):
        call_command("replay", "0d9b2a0e-0000-4000-8000-000000000000")
