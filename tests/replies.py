"""What a model is asked and may reply: as agreed, damaged, and what stands in it to the letter."""

from __future__ import annotations

import json
import random
import re
from contextlib import suppress
from typing import Any

from interviews.engines.analysis.base import AnswerBrief, CriterionBrief


def criterion(name: str) -> CriterionBrief:
    return CriterionBrief(name, f"Criterion {name}", "what to look for", ("one", "two", "three", "four", "five"))


ASKED = (
    AnswerBrief("7", "Why {this} job?", ("because", "of", "the", "people"), (criterion("31"), criterion("32"))),
    AnswerBrief("8", "And [then]?", ("it", "was", "fine"), (criterion("31"),)),
)


CANARY = {"criterion_id": "900", "evidence": [], "reason": "No number.", "level": "insufficient_evidence"}
GOOD: list[dict[str, Any]] = [
    {
        "answer_id": "8",
        "criteria": [{"criterion_id": "31", "evidence": [], "reason": "", "level": "insufficient_evidence"}, CANARY],
    },
    {
        "answer_id": "7",
        "criteria": [
            {
                "criterion_id": "32",
                "evidence": [
                    {"quote": "because of the people", "first_word": 0, "last_word": 3},
                    {"quote": 'a "quoted" }{ ][ word, \\ für 👍', "first_word": 2, "last_word": 2},
                ],
                "reason": "Says why,\nin two lines",
                "level": "4",
            },
            {
                "criterion_id": "31",
                "evidence": [{"quote": "of the people", "first_word": 1, "last_word": 3}],
                "reason": "…",
                "level": "1",
            },
            CANARY,
        ],
    },
]
REPLIES = [
    json.dumps(GOOD),
    json.dumps(GOOD, ensure_ascii=False, separators=(",", ":")),
    "\r\n " + json.dumps(GOOD, indent=2) + "\n\n",
]


ALPHABET = '{}[]",:\\ 0123456789abceflnrstuN.-é\0'


def damaged(rng: random.Random) -> str:
    """A reply that went wrong: by a few characters, or in one of the ways that a model goes wrong as a whole."""
    elements: list[Any] = json.loads(REPLIES[0])
    match rng.randrange(10):
        case 0:  # truncated
            return REPLIES[0][: rng.randrange(len(REPLIES[0]))]
        case 1:  # foreign ids
            elements[rng.randrange(2)]["answer_id"] = rng.choice(["9", "70", "", "31", 7, None])
            rng.choice(rng.choice(elements)["criteria"])["criterion_id"] = rng.choice(["33", "", "7", 31, None, "9000"])
        case 2:  # duplicated and reordered
            elements = [rng.choice(elements) for _ in range(rng.randint(1, 5))]
            for element in elements:
                rng.shuffle(element["criteria"])
        case 3:  # nested
            for _ in range(rng.randint(1, 6)):
                elements = rng.choice([[elements], [{"answer_id": "7", "criteria": elements}], elements])
        case 4:  # out of range
            entry = rng.choice(rng.choice(elements)["criteria"][:1])
            entry["level"] = rng.choice(
                ["0", "6", "55", "-1", "4.5", "NaN", "five", "V", 10**30, -1, None, [], {}, True, "5 "]
            )
        case 5:  # huge
            rng.choice(elements)["criteria"][0]["reason"] = "x" * rng.choice([2_001, 9_999, 50_000])
        case 6:  # no JSON of ours
            return rng.choice(
                ["I cannot help with that.", "```json\n", "<html>", "null", "5", '"5"', "{}", "[5]", "[[]]"]
            ) + (REPLIES[0] if rng.random() < 0.5 else "")
        case _:
            text = list(REPLIES[0])
            for _ in range(rng.randint(1, 4)):
                at = rng.randrange(len(text))
                match rng.randrange(4):
                    case 0:
                        text[at] = rng.choice(ALPHABET)
                    case 1:
                        text.insert(at, rng.choice(ALPHABET))
                    case 2:
                        del text[at : at + rng.randint(1, 40)]
                    case _:
                        text[at:at] = text[at : at + rng.randint(1, 200)]
                text = text or ["["]
            return "".join(text)
    return json.dumps(elements)


def written(text: str) -> set[tuple[str, str, str]]:
    """Answer, criterion and level of each element that stands in the text, found without our reader."""
    found = set()
    for start in (match.start() for match in re.finditer(r'\{"answer_id"', text)):
        with suppress(ValueError, TypeError, LookupError, AttributeError):
            element, _ = json.JSONDecoder().raw_decode(text[start:])
            for entry in element["criteria"]:
                found.add((element["answer_id"], entry["criterion_id"], entry["level"]))
    return found
