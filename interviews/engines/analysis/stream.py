"""A model's reply, read while it is still being written.

Each element of the array is taken as soon as its closing brace has arrived, checked against what was asked,
and handed on. Nothing is guessed: an element that is not exactly of the agreed shape is a Fault, a text that is not
a list of elements is UnusableOutput, and a level for the canary is CanaryChanged.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

from interviews.engines.analysis.base import AnswerAssessment, AnswerBrief, CriterionAssessment, Quote
from interviews.engines.analysis.prompt import INSUFFICIENT, LEVELS
from interviews.engines.errors import CanaryChanged, RetryLater, UnusableOutput
from interviews.marks import gettext_noop

MAX_ELEMENT = 200_000  # characters of one element
MAX_REASON = 2_000
MAX_QUOTE = 2_000
MAX_QUOTES = 20  # per criterion
MAX_POSITION = 1_000_000

CANARY_CHANGED = (
    "{engine} gave a level for something that nobody can have said: it did not grade by evidence, none of this run "
    "stands, and a person must judge"
)
_GRADES = frozenset(LEVELS) - {INSUFFICIENT}

_LEVEL = {name: int(name) if name.isdigit() else None for name in LEVELS}


@dataclass(frozen=True, slots=True)
class Fault:
    """An element that cannot be used. `answer_id` is None where it names none that is still missing."""

    answer_id: str | None
    what: str  # "it is not of the agreed shape": continues a sentence, and holds nothing that was said


class _Malformed(Exception):
    """An element is not of the agreed shape; the reply around it goes on."""


class AssessmentReader:
    """Feed it pieces of text in order; when the stream has ended, call `finish`. Messages name the `engine`.

    `canary`: the id of a criterion that each answer is asked about besides its own, and that nobody can meet.
    """

    def __init__(self, answers: Sequence[AnswerBrief], engine: str, canary: str) -> None:
        self._engine = engine
        self._canary = canary
        self._seen = 0
        self._asked = {answer.id: answer for answer in answers}
        self._missing = dict(self._asked)
        self._decoder = json.JSONDecoder(parse_constant=self._constant, object_pairs_hook=self._object)
        self._text = ""
        self._expected = "["  # the characters that may come next, white space aside

    @property
    def begun(self) -> bool:
        return self._expected != "[" or bool(self._text)

    @property
    def complete(self) -> bool:
        return not self._missing

    @property
    def closed(self) -> bool:
        """The list has ended, and there was something in it."""
        return not self._expected and self._seen > 0

    @property
    def missing(self) -> list[str]:
        return list(self._missing)

    def feed(self, text: str) -> Iterator[AnswerAssessment | Fault]:
        """What this piece completes. Raises UnusableOutput or CanaryChanged, after what stood before it."""
        self._text += text
        while True:
            self._text = self._text.lstrip(" \t\r\n")
            if not self._text:
                return
            if self._text[0] not in self._expected or not self._expected:
                self._unusable(gettext_noop("is not a list of assessments"))
            match self._text[0]:
                case "[":
                    self._step("{]")
                case ",":
                    self._step("{")
                case "]":
                    self._step("")
                case _:
                    if "}" not in text:
                        return self._refuse_endless()
                    element = self._element()
                    if element is None:
                        return self._refuse_endless()
                    self._expected = ",]"
                    self._seen += 1
                    yield self._taken(element)

    def finish(self, *, whole: bool = True) -> None:
        """Raises UnusableOutput when answers are missing; RetryLater where the stream was cut (not `whole`).

        A list that has ended leaves its gaps to `missing`.
        """
        if self.complete or self.closed:
            return
        if not whole:
            raise RetryLater(f"The connection to {self._engine} was lost in the middle of its answer")
        if not self.begun:
            self._unusable(gettext_noop("is empty"))
        if self._expected:
            self._unusable(gettext_noop("ends in the middle"))
        self._unusable(f"leaves out {len(self._missing)} of {len(self._asked)} answers")

    def _step(self, expected: str) -> None:
        self._text = self._text[1:]
        self._expected = expected

    def _element(self) -> Any:
        """The object at the start of the text, or None while its closing brace has not arrived."""
        try:
            element, end = self._decoder.raw_decode(self._text)
        except json.JSONDecodeError:
            return None  # or it never becomes one; then the end of the stream says so
        except (ValueError, RecursionError):  # an integer of thousands of digits; brackets within brackets
            self._unusable(gettext_noop("contains values out of all proportion"))
        self._text = self._text[end:]
        return element

    def _refuse_endless(self) -> None:
        if len(self._text) > MAX_ELEMENT:
            self._unusable(gettext_noop("contains values out of all proportion"))

    def _taken(self, element: dict[str, Any]) -> AnswerAssessment | Fault:
        answer_id = element.get("answer_id")
        answer = self._missing.get(answer_id) if isinstance(answer_id, str) else None
        self._look_at_canary(element)
        if answer is None:
            return Fault(None, "it names an answer twice, or one that was not asked about")
        del self._missing[answer.id]
        try:
            return self._assessment(answer, element)
        except _Malformed as malformed:
            return Fault(answer.id, str(malformed))

    def _look_at_canary(self, element: dict[str, Any]) -> None:
        """First of all, and in elements that are otherwise of no use too."""
        entries = element.get("criteria")
        for entry in entries if isinstance(entries, list) else ():
            if (
                isinstance(entry, dict)
                and entry.get("criterion_id") == self._canary
                and str(entry.get("level")) in _GRADES
            ):
                raise CanaryChanged(CANARY_CHANGED.format(engine=self._engine))

    def _assessment(self, answer: AnswerBrief, element: dict[str, Any]) -> AnswerAssessment:
        self._only(element, "answer_id", "criteria")
        entries = self._list(element["criteria"], len(answer.criteria) + 1)
        criteria = [self._criterion(entry) for entry in entries]
        named = sorted(criterion.criterion_id for criterion in criteria)
        if named != sorted([*(criterion.id for criterion in answer.criteria), self._canary]):
            raise _Malformed("it does not name each criterion of the answer exactly once")
        return AnswerAssessment(answer.id, tuple(it for it in criteria if it.criterion_id != self._canary))

    def _criterion(self, entry: Any) -> CriterionAssessment:
        self._only(entry, "criterion_id", "evidence", "reason", "level")
        level = entry["level"]
        if not isinstance(level, str) or level not in _LEVEL:
            raise _Malformed("it names a level that does not exist")
        return CriterionAssessment(
            criterion_id=self._string(entry["criterion_id"], 1_000),
            level=_LEVEL[level],
            reason=self._string(entry["reason"], MAX_REASON),
            quotes=tuple(self._quote(quote) for quote in self._list(entry["evidence"], MAX_QUOTES)),
        )

    def _quote(self, quote: Any) -> Quote:
        self._only(quote, "quote", "first_word", "last_word")
        return Quote(
            text=self._string(quote["quote"], MAX_QUOTE),
            first_word=self._position(quote["first_word"]),
            last_word=self._position(quote["last_word"]),
        )

    def _only(self, value: Any, *keys: str) -> None:
        if not isinstance(value, dict) or value.keys() != set(keys):
            raise _Malformed("it is not of the agreed shape")

    def _list(self, value: Any, most: int) -> list[Any]:
        if not isinstance(value, list) or len(value) > most:
            raise _Malformed("it is not of the agreed shape")
        return value

    def _string(self, value: Any, most: int) -> str:
        if not isinstance(value, str) or len(value) > most:
            raise _Malformed("it is not of the agreed shape")
        # Neither fits into a database: PostgreSQL refuses NUL, and half a surrogate pair has no UTF-8.
        if "\0" in value or any("\ud800" <= char <= "\udfff" for char in value):
            raise _Malformed("it contains characters that are none")
        return value.strip()

    def _position(self, value: Any) -> int:
        # A model miscounts; where a quote really stands is found later. Only nonsense is refused here.
        if type(value) is not int or not 0 <= value <= MAX_POSITION:
            raise _Malformed("it is not of the agreed shape")
        return value

    def _constant(self, name: str) -> NoReturn:
        self._unusable(gettext_noop("contains a number that is none"))

    def _object(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        members = dict(pairs)
        if len(members) != len(pairs):
            self._unusable(gettext_noop("says the same thing twice"))
        return members

    def _unusable(self, what: str) -> NoReturn:
        raise UnusableOutput(f"The answer of {self._engine} {what}")
