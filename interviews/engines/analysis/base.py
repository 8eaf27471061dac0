"""What an analysis engine takes and gives.

An engine suggests levels; it never totals, ranks or decides. Every id it returns is checked against what it
was asked, and every quote against the transcript (`interviews.scoring.evidence`), before anything is
stored.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from interviews.engines.keeping import Keeping


@dataclass(frozen=True, slots=True)
class CriterionBrief:
    id: str
    name: str
    look_for: str
    levels: tuple[str, str, str, str, str]  # behavioural anchors of levels 1 to 5


@dataclass(frozen=True, slots=True)
class AnswerBrief:
    id: str
    question: str
    words: tuple[str, ...]  # the transcript, word by word; positions are the numbers that quotes refer to
    criteria: tuple[CriterionBrief, ...]


@dataclass(frozen=True, slots=True)
class Quote:
    text: str  # claimed to be verbatim
    first_word: int  # claimed position of its first word in AnswerBrief.words
    last_word: int  # inclusive


@dataclass(frozen=True, slots=True)
class CriterionAssessment:
    criterion_id: str
    level: int | None  # 1 to 5, or None: insufficient evidence
    reason: str
    quotes: tuple[Quote, ...]


@dataclass(frozen=True, slots=True)
class AnswerAssessment:
    answer_id: str
    criteria: tuple[CriterionAssessment, ...]


class Analyser(Protocol):
    name: str  # stable identifier, stored beside every assessment: "gemini", "gemini-legacy", "local"
    label: str  # what people read beside a level
    model: str
    version: str  # of the prompt or the procedure: another one may answer the same question otherwise
    prompt_sha256: str  # of the prompt's words without what is filled in; "" where there is no prompt

    def assess(self, answers: Sequence[AnswerBrief], keep: Keeping) -> Iterator[AnswerAssessment]:
        """One call for the whole interview. Yields each answer as soon as it is complete, in any order.

        An engine that is paid for gives every piece of the reply to `keep` before it reads it.

        Well-formed elements only; one that is not raises UnusableOutput after the good ones before it were
        yielded. Raises `interviews.engines.errors.EngineError`, also in the middle of the iteration.
        """
        ...

    def check(self) -> None:
        """Asks whether the engine can be used: its key is accepted. Costs nothing. Raises EngineError."""
        ...

    def read(self, answers: Sequence[AnswerBrief], reply: str) -> Iterator[AnswerAssessment]:
        """The assessments that a kept reply holds, without another call. It may be cut short.

        `answers` are all that the reply may speak of. Raises UnusableOutput after the good ones.
        """
        ...
