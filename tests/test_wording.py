"""Which words of a rubric are refused, which are asked about, and which mean something else."""

from __future__ import annotations

import pytest

from interviews.scoring.wording import asked_about, refused
from interviews.starters import STARTERS


@pytest.mark.parametrize(
    "text, words",
    [
        ("Speaks without an accent.", ["accent"]),
        ("A warm Tone of Voice, and eye contact", ["Tone of Voice", "eye contact"]),
        ("Sounds very confident when naming the cause", ["Sounds very confident"]),
        ("Their voice does not shake", ["Their voice"]),
        ("Friendly facial expressions", ["facial"]),
        ("Kein Akzent, klare Aussprache; hält Blickkontakt", ["Akzent", "Aussprache", "Blickkontakt"]),
        ("wirkt begeistert", ["wirkt begeistert"]),
    ],
)
def test_what_can_only_be_about_sound_or_looks_is_refused(text: str, words: list[str]) -> None:
    assert refused(text) == words
    assert asked_about(text) == []


@pytest.mark.parametrize(
    "text, words",
    [
        ("Gave customers a voice in the decision", ["voice"]),
        ("Handles an emotional customer", ["emotional"]),
        ("Names what the enthusiasm of the team led to", ["enthusiasm"]),
        ("Explains the grammar of the query language", ["grammar"]),
        ("Nimmt Gefühle anderer ernst", ["Gefühle"]),
    ],
)
def test_what_may_be_is_asked_about(text: str, words: list[str]) -> None:
    assert asked_about(text) == words
    assert refused(text) == []


@pytest.mark.parametrize(
    "text",
    [
        "Looks for the cause, and faces the problem in the face of a deadline",
        "Chose an accent colour that can be told apart",
        "Compared the invoices, stated the intonements of the contract and the stimmigen Zahlen",
        "The numbers agree: sie stimmen überein, in Tonnen",
    ],
)
def test_words_that_mean_something_else_pass(text: str) -> None:
    assert refused(text) == asked_about(text) == []


@pytest.mark.parametrize("starter", STARTERS, ids=lambda starter: starter.slug)
def test_the_rubrics_to_start_from_pass_and_describe_five_different_levels(starter: object) -> None:
    assert starter in STARTERS
    for criterion in next(it for it in STARTERS if it == starter).criteria:
        text = "\n".join((criterion.name, criterion.look_for, *criterion.levels))
        assert refused(text) == asked_about(text) == []
        assert len({level.strip() for level in criterion.levels if level.strip()}) == 5
        assert criterion.weight > 0
