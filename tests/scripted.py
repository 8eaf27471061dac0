"""A language model in this process: what it replies is up to a function, what is made of it is the product's."""

from __future__ import annotations

import json
from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import Any

from interviews.engines.analysis.model import LanguageModel
from interviews.engines.analysis.prompt import INSUFFICIENT, Prompt
from interviews.engines.analysis.reply import Piece
from interviews.engines.keeping import Usage
from tests.fakes.gemini import read_request


@dataclass(frozen=True, slots=True)
class Question:
    """One criterion of one answer, as a model finds it in the prompt. `call` counts from 0."""

    call: int
    answer_id: str
    criterion_id: str
    words: list[str]


Judgement = tuple[str, list[tuple[str, int, int]]]
"""A level and quotes, each (text, first word, last word)."""


class Scripted(LanguageModel):
    """`judge` says what it thinks of each criterion. `reply` writes the text, from the elements made of that."""

    name = "scripted"
    label = "made for tests"

    def __init__(
        self,
        judge: Callable[[Question], Judgement],
        *,
        samples: int = 1,
        grades_canary: bool = False,
        reply: Callable[[int, list[dict[str, Any]]], str] = lambda call, elements: json.dumps(elements),
    ) -> None:
        super().__init__("test-1", samples=samples, deadline=60)
        self.judge, self.grades_canary, self.reply = judge, grades_canary, reply
        self.prompts: list[Prompt] = []

    def check(self) -> None:
        pass

    def _pieces(self, prompt: Prompt) -> Generator[Piece]:
        call = len(self.prompts)
        self.prompts.append(prompt)
        return self._written(call, prompt)

    def _written(self, call: int, prompt: Prompt) -> Generator[Piece]:
        request = {
            "systemInstruction": {"parts": [{"text": prompt.instructions}]},
            "contents": [{"parts": [{"text": prompt.transcripts}]}],
        }
        elements = [
            {
                "answer_id": asked["answer_id"],
                "criteria": [self._entry(call, prompt, asked, it, words) for it in asked["criteria"]],
            }
            for asked, words in read_request(request)
        ]
        text = self.reply(call, elements)
        for start in range(0, len(text), 5_000):
            yield Piece(text[start : start + 5_000], usage=Usage(len(prompt.transcripts), start))
        yield Piece(finish_reason="STOP", usage=Usage(len(prompt.transcripts), len(text)))

    def _entry(
        self, call: int, prompt: Prompt, asked: dict[str, Any], criterion: dict[str, Any], words: list[str]
    ) -> dict[str, Any]:
        criterion_id = criterion["criterion_id"]
        level, quotes = self.judge(Question(call, asked["answer_id"], criterion_id, words))
        if criterion_id == prompt.canary and not self.grades_canary:
            level, quotes = INSUFFICIENT, []
        evidence = [{"quote": text, "first_word": first, "last_word": last} for text, first, last in quotes]
        return {"criterion_id": criterion_id, "evidence": evidence, "reason": "Because.", "level": level}
