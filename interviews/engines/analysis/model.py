"""What all language models have in common, whichever library carries the words."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Generator, Iterator, Sequence

from interviews.engines.analysis.base import AnswerAssessment, AnswerBrief
from interviews.engines.analysis.prompt import PROMPT_SHA256, PROMPT_VERSION, Prompt
from interviews.engines.analysis.reply import Piece
from interviews.engines.analysis.sampling import assessments
from interviews.engines.keeping import Ledger


class LanguageModel(ABC):
    """`deadline`: seconds for one call. No failed call is retried here: the job that called us owns the retries."""

    version = PROMPT_VERSION
    prompt_sha256 = PROMPT_SHA256

    def __init__(self, model: str, *, samples: int, deadline: float) -> None:
        self.model = model
        self.samples = samples
        self._deadline = deadline

    def assess(self, answers: Sequence[AnswerBrief], ledger: Ledger) -> Iterator[AnswerAssessment]:
        return assessments(answers, ledger, self._pieces, samples=self.samples, deadline=self._deadline)

    @abstractmethod
    def _pieces(self, prompt: Prompt) -> Generator[Piece]:
        """Calls, and gives the pieces of the reply as they arrive. Raises EngineError."""
