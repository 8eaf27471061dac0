"""Both Gemini transports against the same faults."""

from __future__ import annotations

import traceback
from collections.abc import Iterator
from dataclasses import replace

import pytest

from interviews.engines.analysis.base import Analyser, AnswerAssessment, AnswerBrief
from interviews.engines.analysis.gemini import Gemini
from interviews.engines.analysis.gemini_legacy import GeminiLegacy
from interviews.engines.catalogue import ANALYSERS
from interviews.engines.errors import Busy, CanaryChanged, EngineError, Permanent, RetryLater, UnusableOutput
from interviews.engines.keeping import Usage
from interviews.scoring.evidence import NO_EVIDENCE, find
from interviews.scoring.samples import agreed
from tests.criteria import OWNERSHIP, PLANNING, SMALL_TALK
from tests.engines import Books
from tests.fakes.deepgram import SPOKEN
from tests.fakes.gemini import FakeGemini
from tests.fakes.wire import Behaviour, Steps

KEY = "gm-secret-f00d"


ANSWERS = (
    AnswerBrief("7", "Tell us about a decision.", tuple(SPOKEN[0].split()), (OWNERSHIP, PLANNING)),
    AnswerBrief("8", "Tell us about a conflict.", tuple(SPOKEN[3].split()), (OWNERSHIP,)),
    AnswerBrief("9", "How do you work?", tuple(SPOKEN[2].split()), (SMALL_TALK, OWNERSHIP)),
)


@pytest.fixture
def fake() -> Iterator[FakeGemini]:
    with FakeGemini(key=KEY) as fake:
        yield fake


both = pytest.mark.parametrize("transport", [Gemini, GeminiLegacy], ids=["google-genai", "google-generativeai"])


def failure(engine: Analyser) -> tuple[list[AnswerAssessment], EngineError]:
    arrived: list[AnswerAssessment] = []
    with pytest.raises(EngineError) as caught:
        for assessment in engine.assess(ANSWERS, Books()):
            arrived.append(assessment)
    said = caught.value.message
    shown = "".join(traceback.format_exception(caught.value))
    assert said and not said.endswith(".") and "{" not in said and "<" not in said
    for secret in (KEY, "billing database", "colleagues disagreed", "fake refusal", "<html>"):
        assert secret not in said
        assert secret not in shown
    return arrived, caught.value


@both
def test_each_answer_and_criterion_comes_back_with_quotes_that_are_there(
    fake: FakeGemini, transport: type[Gemini | GeminiLegacy]
) -> None:
    assessments = list(transport(KEY, "fake-1", base_url=fake.base_url).assess(ANSWERS, Books()))
    assert {a.answer_id: [c.criterion_id for c in a.criteria] for a in assessments} == {
        "7": ["31", "32"],
        "8": ["31"],
        "9": ["33", "31"],
    }
    words = {answer.id: answer.words for answer in ANSWERS}
    for assessment in assessments:
        for criterion in assessment.criteria:
            assert criterion.level in range(1, 6)
            [quote] = criterion.quotes
            place = (quote.first_word, quote.last_word)
            assert find(quote.text, words[assessment.answer_id], *place) == place
    assert len(fake.requests) == 1


@both
def test_an_answer_is_there_as_soon_as_it_is_complete(fake: FakeGemini, transport: type[Gemini | GeminiLegacy]) -> None:
    fake.stopping = steps = Steps()
    arriving = transport(KEY, "m", base_url=fake.base_url, timeout=30).assess(ANSWERS, Books())
    for number, answer in enumerate(ANSWERS, start=1):
        steps.allow(3 * number)  # its own pieces, and not one of the next
        assert next(arriving).answer_id == answer.id
    assert list(arriving) == []


@both
def test_nothing_asked_is_nothing_sent(fake: FakeGemini, transport: type[Gemini | GeminiLegacy]) -> None:
    assert list(transport(KEY, "m", base_url=fake.base_url).assess((), Books())) == []
    assert fake.requests == []


@both
def test_words_of_other_scripts_and_broken_words_travel_unharmed(
    fake: FakeGemini, transport: type[Gemini | GeminiLegacy]
) -> None:
    spoken = 'Ich hab’s für „Łódź“ übersetzt – 我 们 \\n [3] "quoted" 👍🏽 {braces} <<< und dann war es gut'
    words = tuple(spoken.split())
    [assessment] = transport(KEY, "m", base_url=fake.base_url).assess([replace(ANSWERS[1], words=words)], Books())
    [criterion] = assessment.criteria
    [quote] = criterion.quotes
    assert quote.text == " ".join(words[quote.first_word : quote.last_word + 1])


FAULTS: list[tuple[Behaviour, type[EngineError], float | None, str]] = [
    (Behaviour("status", status=400), Permanent, None, "invalid"),
    (
        Behaviour("status", status=400, body='{"error": {"code": 400, "details": [{"reason": "API_KEY_INVALID"}]}}'),
        Permanent,
        None,
        "refused the key",
    ),
    (Behaviour("status", status=401), Permanent, None, "refused the key"),
    (Behaviour("status", status=402), Permanent, None, "no credit"),
    (Behaviour("status", status=403), Permanent, None, "refused the key"),
    (Behaviour("status", status=404), Permanent, None, "does not know the model"),
    (Behaviour("status", status=413), Permanent, None, "too large"),
    (Behaviour("status", status=408), RetryLater, None, "in time"),
    (Behaviour("status", status=409), RetryLater, None, "409"),
    (Behaviour("status", status=429, body='{"error": {"code": 429}}'), Busy, None, "slow down"),
    (Behaviour("status", status=429), Busy, 7.0, "slow down"),  # named in the body
    (Behaviour("status", status=429, retry_after="21"), Busy, 21.0, "slow down"),
    (Behaviour("status", status=429, retry_after="Wed, 21 Oct 2015 07:28:00 GMT"), Busy, 0.0, "slow down"),
    (Behaviour("status", status=500), RetryLater, None, "500"),
    (Behaviour("status", status=502), RetryLater, None, "502"),
    (Behaviour("status", status=503, retry_after="3"), RetryLater, 3.0, "overloaded"),
    (Behaviour("drop"), RetryLater, None, "connection"),
    (Behaviour("html"), UnusableOutput, None, "not an answer"),
    (Behaviour("empty"), UnusableOutput, None, "empty"),
    (Behaviour("bad_json"), UnusableOutput, None, "middle"),
    (Behaviour("foreign_json"), UnusableOutput, None, "not a list"),
    (Behaviour("reply", body="I cannot help with that."), UnusableOutput, None, "not a list"),
    (Behaviour("reply", body="```json\n[]\n```"), UnusableOutput, None, "not a list"),
    (Behaviour("reply", body=""), UnusableOutput, None, "empty"),
    (Behaviour("reply", body="[]"), UnusableOutput, None, "leaves out 3 of 3"),
    (Behaviour("blocked"), Permanent, None, "declined"),
]


FAULTS_HALFWAY: list[tuple[Behaviour, type[EngineError], str]] = [
    (Behaviour("safety"), Permanent, "declined"),
    (Behaviour("max_tokens"), UnusableOutput, "longest length"),
    (Behaviour("recitation"), UnusableOutput, "published"),
    (Behaviour("cut"), RetryLater, "connection"),
    (Behaviour("error_midstream"), RetryLater, ""),
]


@both
@pytest.mark.parametrize("behaviour, kind, retry_after, words", FAULTS, ids=lambda value: getattr(value, "kind", None))
def test_each_failure_is_classed_once_and_never_tried_again(
    fake: FakeGemini,
    transport: type[Gemini | GeminiLegacy],
    behaviour: Behaviour,
    kind: type[EngineError],
    retry_after: float | None,
    words: str,
) -> None:
    fake.default = behaviour
    arrived, error = failure(transport(KEY, "m", base_url=fake.base_url, timeout=5))
    assert type(error) is kind
    assert words in error.message
    assert getattr(error, "retry_after", None) == retry_after
    assert arrived == []
    # google-auth, below the older library, asks twice more after a 401, in case that a token had run out.
    assert len(fake.requests) == (3 if transport is GeminiLegacy and behaviour.status == 401 else 1)


@both
@pytest.mark.parametrize("behaviour, kind, words", FAULTS_HALFWAY, ids=lambda value: getattr(value, "kind", None))
def test_what_was_complete_before_the_failure_is_kept(
    fake: FakeGemini, transport: type[Gemini | GeminiLegacy], behaviour: Behaviour, kind: type[EngineError], words: str
) -> None:
    fake.next(behaviour)
    arrived, error = failure(transport(KEY, "m", base_url=fake.base_url, timeout=5))
    assert type(error) is kind
    assert words in error.message
    assert [assessment.answer_id for assessment in arrived] in (["7"], ["7", "8"])
    assert len(fake.requests) == 1


@both
@pytest.mark.parametrize("kind", ["leave_one_out", "malformed"])
def test_what_is_missing_or_malformed_is_asked_for_once_more_and_nothing_else(
    fake: FakeGemini, transport: type[Gemini | GeminiLegacy], kind: str
) -> None:
    fake.next(Behaviour(kind))
    books = Books()
    assessments = list(transport(KEY, "m", base_url=fake.base_url).assess(ANSWERS, books))
    assert [assessment.answer_id for assessment in assessments] == ["8", "9", "7"]
    assert all(criterion.level for assessment in assessments for criterion in assessment.criteria)
    assert fake.asked == [["7", "8", "9"], ["7"]]
    assert (len(books.kept), books.calls) == (2, 2)


@both
def test_a_level_for_the_canary_voids_the_run_and_what_was_kept_of_it(
    fake: FakeGemini, transport: type[Gemini | GeminiLegacy]
) -> None:
    fake.next(Behaviour("canary"))
    engine, books = transport(KEY, "m", base_url=fake.base_url), Books()
    with pytest.raises(CanaryChanged, match="nobody can have said"):
        list(engine.assess(ANSWERS, books))
    with pytest.raises(CanaryChanged):
        list(engine.assess([], books))  # a crash does not make it forgotten
    assert (len(fake.requests), len(books.kept)) == (1, 1)
    books.run = "2"
    assert len(list(engine.assess(ANSWERS, books))) == 3  # a person had it asked again
    assert fake.asked == [["7", "8", "9"]] * 2


@both
def test_tokens_are_reported_once_for_each_call(fake: FakeGemini, transport: type[Gemini | GeminiLegacy]) -> None:
    books = Books()
    fake.next(Behaviour("invent"), Behaviour())
    list(transport(KEY, "m", base_url=fake.base_url).assess(ANSWERS, books))
    assert books.usage == [Usage(900, 300)] * 2
    fake.next(Behaviour("blocked"))
    with pytest.raises(Permanent):
        list(transport(KEY, "m", base_url=fake.base_url).assess(ANSWERS, books := Books()))
    assert books.usage == [Usage(900, 300)]
    fake.next(Behaviour("status", status=503))
    with pytest.raises(RetryLater):
        list(transport(KEY, "m", base_url=fake.base_url).assess(ANSWERS, books := Books()))
    assert books.usage == []


@both
def test_three_samples_are_three_calls_side_by_side_and_an_answer_is_complete_with_the_last(
    fake: FakeGemini, transport: type[Gemini | GeminiLegacy]
) -> None:
    fake.stopping = steps = Steps()
    books, arrived = Books(), []
    steps.allow(3)  # the first answer in each of them; one after the other they would wait for ever
    for assessment in transport(KEY, "m", base_url=fake.base_url, timeout=30, samples=3).assess(ANSWERS, books):
        arrived.append(fake.sent_whole)
        steps.allow(9)
        for criterion in assessment.criteria:
            assert criterion.samples == (criterion.level,) * 3 and agreed(criterion.samples).spread == 0
    assert (len(fake.requests), len(books.kept), books.calls) == (3, 3, 1)
    assert arrived[0] == 0 and len(arrived) == len(ANSWERS)
    assert books.usage == [Usage(900, 300)] * 3


@both
def test_of_three_samples_one_that_fails_costs_only_itself(
    fake: FakeGemini, transport: type[Gemini | GeminiLegacy]
) -> None:
    fake.next(Behaviour("cut"), Behaviour(), Behaviour())
    engine, books = transport(KEY, "m", base_url=fake.base_url, timeout=5, samples=3), Books()
    with pytest.raises(RetryLater):
        list(engine.assess(ANSWERS, books))
    assert len(books.kept) == 3
    assert {assessment.answer_id for assessment in engine.assess(ANSWERS, books)} == {"7", "8", "9"}
    assert [len(asked) for asked in fake.asked] == [3, 3, 3, 1]


@both
def test_a_silent_gemini_is_given_up_on(fake: FakeGemini, transport: type[Gemini | GeminiLegacy]) -> None:
    fake.next(Behaviour("hang"))
    arrived, error = failure(transport(KEY, "m", base_url=fake.base_url, timeout=0.4))
    assert (arrived, type(error)) == ([], RetryLater)


@both
def test_an_endless_gemini_is_given_up_on(fake: FakeGemini, transport: type[Gemini | GeminiLegacy]) -> None:
    fake.analysis_seconds = 9
    _, error = failure(transport(KEY, "m", base_url=fake.base_url, timeout=5, deadline=1))
    assert (type(error), error.message) == (RetryLater, "Gemini took too long over its answer")
    assert fake.sent_whole == 0


@both
def test_nobody_at_the_address(transport: type[Gemini | GeminiLegacy]) -> None:
    _, error = failure(transport(KEY, "m", base_url="http://127.0.0.1:9", timeout=5))
    assert type(error) is RetryLater


@both
def test_a_quote_that_nobody_said_costs_the_level(fake: FakeGemini, transport: type[Gemini | GeminiLegacy]) -> None:
    fake.default = Behaviour("invent")
    assessments = list(transport(KEY, "m", base_url=fake.base_url).assess(ANSWERS, Books()))
    assert len(assessments) == 3
    for assessment in assessments:
        for criterion in assessment.criteria:
            assert (criterion.level, criterion.reason, criterion.quotes) == (None, NO_EVIDENCE, ())
            assert criterion.refused == 2  # in the repair too
    assert len(fake.requests) == 2


@both
def test_people_read_what_the_catalogue_says(transport: type[Gemini | GeminiLegacy]) -> None:
    info = ANALYSERS[transport.name]
    assert transport.label == info.label
    assert info.path == f"{transport.__module__}.{transport.__qualname__}"
