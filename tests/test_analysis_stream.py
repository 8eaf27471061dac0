"""A model's reply is read piece by piece, and nothing gets through that is not exactly what was asked for."""

from __future__ import annotations

import json
from typing import Any

import pytest

from interviews.engines.analysis.base import AnswerAssessment
from interviews.engines.analysis.stream import MAX_ELEMENT, AssessmentReader, Fault
from interviews.engines.errors import CanaryChanged, EngineError, RetryLater, UnusableOutput
from tests.chance import seeded
from tests.replies import ASKED, CANARY, GOOD, REPLIES, damaged, written


def heard(*pieces: str, whole: bool = True) -> list[AnswerAssessment | Fault]:
    reader = AssessmentReader(ASKED, "Gemini", "900")
    elements = [element for piece in pieces for element in reader.feed(piece)]
    reader.finish(whole=whole)
    return elements + [Fault(answer, "left out") for answer in reader.missing]


def read(*pieces: str) -> list[AnswerAssessment]:
    elements = heard(*pieces)
    assert not any(isinstance(element, Fault) for element in elements)
    return [element for element in elements if isinstance(element, AnswerAssessment)]


def test_values_arrive_as_they_were_written() -> None:
    short, long = read(REPLIES[0])
    assert (short.answer_id, short.criteria[0].level, short.criteria[0].quotes) == ("8", None, ())
    assert [(c.criterion_id, c.level, len(c.quotes)) for c in long.criteria] == [("32", 4, 2), ("31", 1, 1)]
    assert long.criteria[0].quotes[1].text == 'a "quoted" }{ ][ word, \\ für 👍'
    assert (long.criteria[1].quotes[0].first_word, long.criteria[1].quotes[0].last_word) == (1, 3)


@pytest.mark.parametrize("reply", REPLIES)
def test_every_split_gives_the_same(reply: str) -> None:
    expected = read(reply)
    assert len(expected) == 2
    for at in range(len(reply) + 1):
        assert read(reply[:at], reply[at:]) == expected
    for size in (1, 2, 3, 7, 64):
        assert read(*(reply[i : i + size] for i in range(0, len(reply), size))) == expected


@pytest.mark.parametrize("reply", REPLIES)
def test_each_element_is_there_with_its_closing_brace_and_a_cut_loses_only_the_rest(reply: str) -> None:
    first = reply.index('"answer_id"', reply.index('"answer_id"') + 1)
    closing = [reply.rindex("}", 0, first) + 1, reply.rindex("}") + 1]
    for end in range(len(reply) + 1):
        reader = AssessmentReader(ASKED, "Gemini", "900")
        arrived = [assessment.answer_id for assessment in reader.feed(reply[:end])]
        assert arrived == ["8", "7"][: sum(end >= brace for brace in closing)]
        if len(arrived) == 2:
            reader.finish(whole=False)
            assert not reader.missing
            continue
        with pytest.raises(RetryLater):
            reader.finish(whole=False)
        with pytest.raises(UnusableOutput, match=r"empty|ends in the middle"):
            reader.finish()


def changed(path: list[Any], value: Any) -> str:
    reply = json.loads(REPLIES[0])
    inner = reply
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = value
    return json.dumps(reply)


QUOTE = [1, "criteria", 0, "evidence", 0]
FAULTY = [
    changed([0, "answer_id"], "9"),
    changed([0, "answer_id"], "7"),  # twice
    changed([0, "answer_id"], 8),
    changed([0, "answer_id"], None),
    changed([0, "extra"], 1),
    changed([0, "criteria"], []),
    changed([0, "criteria"], {}),
    changed([0, "criteria"], GOOD[1]["criteria"]),
    changed([0, "criteria", 0, "criterion_id"], "32"),
    changed([1, "criteria", 0, "criterion_id"], "31"),  # twice
    changed([1, "criteria", 0], "4"),
    changed([1, "criteria", 0, "overall"], "5"),
    *(
        changed([1, "criteria", 0, "level"], level)
        for level in (4, 4.0, "0", "6", "4.5", "five", "", None, True, ["4"])
    ),
    changed([1, "criteria", 0, "reason"], None),
    changed([1, "criteria", 0, "reason"], "x" * 2_001),
    changed([1, "criteria", 0, "reason"], "nul \0 byte"),
    changed([1, "criteria", 0, "reason"], "half a pair \ud800"),
    changed([1, "criteria", 0, "evidence"], "because of the people"),
    changed([1, "criteria", 0, "evidence"], [GOOD[1]["criteria"][0]["evidence"][0]] * 21),
    changed([*QUOTE, "quote"], 3),
    changed([*QUOTE, "quote"], "x" * 2_001),
    *(changed([*QUOTE, "first_word"], at) for at in (-1, 1.0, "1", None, True, 10**7)),
    changed([*QUOTE, "last_word"], [3]),
    json.dumps(GOOD[:1]),
    json.dumps([GOOD[0], {**GOOD[1], "answer_id": "77"}]),
    json.dumps([GOOD[0], {"overall": "5"}]),
    json.dumps([GOOD[0], GOOD[1]["criteria"][0]]),
    json.dumps([GOOD[0], {**GOOD[1], "criteria": GOOD[1]["criteria"][:2]}]),  # without its canary
    json.dumps([GOOD[0], {**GOOD[1], "criteria": [*GOOD[1]["criteria"], CANARY]}]),
]
UNREADABLE = [
    changed([*QUOTE, "first_word"], float("nan")),
    changed([*QUOTE, "last_word"], float("inf")),
    REPLIES[0].replace('"level": "4"', '"level": "2", "level": "4"'),
    REPLIES[0].replace('"level": "4"', '"level": ' + "9" * 5_000),
    REPLIES[0].replace('"level": "4"', '"level": ' + "[" * 100_000 + "]" * 100_000),
    REPLIES[0].replace('"reason": ""', '"reason": "\t"'),
    REPLIES[0].replace("}, {", "} {"),
    REPLIES[0].replace("}, {", "},, {"),
    REPLIES[0][:-1] + ",]",
    REPLIES[0] + "]",
    REPLIES[0] + " and good luck",
    "[" + REPLIES[0] + "]",
    "{" + REPLIES[0][1:],
    json.dumps({"answers": GOOD}),
    json.dumps(GOOD[0]),
    "[]",
    "[1, 2]",
    "null",
    "NaN",
    "[NaN]",
    "",
    " \n",
    "[" * 100_000,
    "<html></html>",
    "﻿" + REPLIES[0],
]


def test_an_element_that_never_ends_is_not_waited_for() -> None:
    begun = REPLIES[0][: REPLIES[0].index('"reason": ""') + 11]
    with pytest.raises(UnusableOutput, match="out of all proportion"):
        heard(begun, *["x" * 1_000] * (MAX_ELEMENT // 1_000))


def in_two_ways(reply: str) -> tuple[list[str], list[str]]:
    return [reply], [reply[i : i + 997] for i in range(0, len(reply), 997)]


@pytest.mark.parametrize("reply", UNREADABLE, ids=lambda reply: reply[:24])
def test_what_is_no_list_of_elements_is_unusable_whole_or_in_pieces(reply: str) -> None:
    for pieces in in_two_ways(reply):
        with pytest.raises(UnusableOutput) as caught:
            heard(*pieces)
        assert caught.value.message.startswith("The answer of Gemini ")
        assert "because" not in caught.value.message


@pytest.mark.parametrize("reply", FAULTY, ids=lambda reply: reply[:24])
def test_an_element_that_is_not_as_agreed_is_a_fault_of_its_own(reply: str) -> None:
    good = {repr(assessment) for assessment in read(REPLIES[0])}
    for pieces in in_two_ways(reply):
        elements = heard(*pieces)
        faults = [element for element in elements if isinstance(element, Fault)]
        assert faults
        assert {fault.answer_id for fault in faults} <= {"7", "8", None}
        assert {repr(element) for element in elements if element not in faults} < good
        assert "because" not in repr(faults)


@pytest.mark.parametrize("at", [0, 1])
@pytest.mark.parametrize("level", ["1", "5", 3])
def test_a_level_for_the_canary_voids_everything_from_any_element(at: int, level: object) -> None:
    reply = json.loads(REPLIES[0])
    reply[at]["criteria"][-1]["level"] = level
    for change in (lambda element: None, lambda element: element.pop("answer_id"), lambda element: element.update(x=1)):
        change(reply[at])
        reader = AssessmentReader(ASKED, "Gemini", "900")
        with pytest.raises(CanaryChanged, match="a person must judge"):
            list(reader.feed(json.dumps(reply)))


def test_the_good_elements_before_and_after_a_bad_one_are_kept() -> None:
    bad, good = heard(changed([0, "criteria", 0, "level"], "6"))
    assert bad == Fault("8", "it names a level that does not exist")
    assert isinstance(good, AnswerAssessment) and good.answer_id == "7"


def test_the_second_element_of_an_answer_changes_nothing() -> None:
    first, twice, last = heard(json.dumps([GOOD[0], {**GOOD[0], "criteria": GOOD[1]["criteria"]}, GOOD[1]]))
    assert [isinstance(element, AnswerAssessment) for element in (first, twice, last)] == [True, False, True]


def test_ten_thousand_damaged_replies_give_no_level_that_was_not_written() -> None:
    rng = seeded(1)
    criteria = {answer.id: sorted(c.id for c in answer.criteria) for answer in ASKED}
    whole = refused = 0
    for _ in range(10_000):
        text = damaged(rng)
        reader = AssessmentReader(ASKED, "Gemini", "900")
        arrived: list[AnswerAssessment] = []
        faults: list[Fault] = []
        try:
            for piece in (text[:200], text[200:]):
                for element in reader.feed(piece):
                    if isinstance(element, AnswerAssessment):
                        arrived.append(element)
                    else:
                        faults.append(element)
            reader.finish()
        except EngineError:
            refused += 1
        else:
            whole += not faults and not reader.missing
        assert len({assessment.answer_id for assessment in arrived}) == len(arrived)
        for assessment in arrived:
            assert sorted(c.criterion_id for c in assessment.criteria) == criteria[assessment.answer_id]
            for c in assessment.criteria:
                assert c.level is None or c.level in range(1, 6)
                assert c.level is None or (assessment.answer_id, c.criterion_id, str(c.level)) in written(text)
    assert whole > 200  # damage inside a sentence is none to us, nor is another order
    assert refused > 3_000
