"""What an analysis engine takes and gives.

An engine suggests levels; it never totals, ranks or decides. Every id it returns is checked against what it
was asked, and every quote against the transcript (`interviews.scoring.evidence`), before anything is
stored.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from interviews.engines.keeping import Ledger


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
    level: int | None  # 1 to 5, or None: insufficient evidence, and `reason` says why
    reason: str
    quotes: tuple[Quote, ...]
    samples: tuple[
        int | None, ...
    ] = ()  # what each sample gave, once its own quotes were looked up; () where it gave one
    refused: int = 0  # quotes that are not in the transcript, or are no evidence, in all samples
    reply: int | None = None  # the kept reply that `reason` and `quotes` are from; None where none was kept


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
    samples: int  # how often each answer is judged, 1 or 3

    def assess(self, answers: Sequence[AnswerBrief], ledger: Ledger) -> Iterator[AnswerAssessment]:
        """What was kept before, then a call for the rest. Yields each answer once, when it is complete, in any order.

        `answers` are those still to be assessed; the kept replies may speak of others too. An engine that is paid for
        gives every piece of a reply to the ledger before it reads it.

        Raises `interviews.engines.errors.EngineError`, also in the middle of the iteration; what was yielded before
        stands, except on CanaryChanged.
        """
        ...

    def check(self) -> None:
        """Asks whether the engine can be used: its key is accepted. Costs nothing. Raises EngineError."""
        ...
