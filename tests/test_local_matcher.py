"""The analysis engine that needs no provider."""

from __future__ import annotations

from dataclasses import replace

from interviews.engines.analysis.base import AnswerAssessment, AnswerBrief, CriterionBrief
from interviews.engines.analysis.local import Local
from interviews.scoring.evidence import find
from tests.chance import seeded
from tests.criteria import OWNERSHIP, PLANNING, SMALL_TALK
from tests.engines import Books
from tests.fakes.deepgram import SPOKEN

NOISY = (
    "we move the billing service from one big server to a cluster of smaller services and i'll let the migration first "
    "i wrote down the risks with my colleagues and then we moved one customer at a time so that nobody would lose and "
    "employers the decision was mine and the result was that the invoices were on time for the customers again"
)


def local(words: str, *criteria: CriterionBrief) -> AnswerAssessment:
    [assessment] = Local().assess([AnswerBrief("1", "?", tuple(words.split()), criteria)], Books())
    return assessment


def test_the_built_in_matcher_gives_varied_levels_and_genuine_quotes() -> None:
    levels = set()
    for spoken in (*SPOKEN, NOISY):
        words = spoken.split()
        for criterion in local(spoken, OWNERSHIP, PLANNING, SMALL_TALK).criteria:
            levels.add(criterion.level)
            assert (criterion.level is None) == (not criterion.quotes)
            for quote in criterion.quotes:
                assert find(quote.text, words, quote.first_word, quote.last_word) == (
                    quote.first_word,
                    quote.last_word,
                )
                assert 8 <= quote.last_word - quote.first_word + 1 <= 40
            spans = [range(quote.first_word, quote.last_word + 1) for quote in criterion.quotes]
            assert len(set().union(*spans)) == sum(map(len, spans))
    assert levels >= {None, 1, 3, 5} or len(levels) >= 4


def test_more_of_what_is_sought_is_a_higher_level() -> None:
    strong, weak = local(NOISY, OWNERSHIP).criteria[0], local(SPOKEN[4], OWNERSHIP).criteria[0]
    assert strong.level is not None and strong.level >= 4
    assert weak.level is None or weak.level < strong.level
    assert "risk" in strong.reason and "not found" in strong.reason


def test_other_peoples_vocabulary_is_no_evidence() -> None:
    [criterion] = local(SPOKEN[2], replace(PLANNING, look_for="kubernetes, terraform, observability")).criteria
    assert (criterion.level, criterion.quotes) == (None, ())


def test_a_few_words_are_too_few() -> None:
    [criterion] = local("the risk was mine and the decision too", OWNERSHIP).criteria
    assert (criterion.level, criterion.reason) == (None, "Only 8 words: too few to go by")


def test_same_words_same_levels_in_any_order_and_with_any_filler() -> None:
    rng = seeded(5)
    before = {c.criterion_id: c.level for c in local(NOISY, OWNERSHIP, PLANNING, SMALL_TALK).criteria}
    filled = " ".join(word + rng.choice(["", "", " um", " you know", " like"]) for word in NOISY.split())
    after = {c.criterion_id: c.level for c in local(filled, SMALL_TALK, PLANNING, OWNERSHIP).criteria}
    assert before == after


def test_the_matcher_copes_with_odd_rubrics_and_no_words() -> None:
    empty = replace(OWNERSHIP, look_for="", levels=("", "", "", "", ""))
    assert local("", OWNERSHIP).criteria[0].level is None
    assert local(NOISY, empty).criteria[0].level is None
    assert local("… " * 40, OWNERSHIP).criteria[0].level is None
