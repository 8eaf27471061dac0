"""From the pieces in which Gemini replies to assessments, whichever library brought the pieces."""

from __future__ import annotations

import re
import time
from collections.abc import Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Any

from interviews.engines.analysis.base import AnswerAssessment, AnswerBrief
from interviews.engines.analysis.stream import AssessmentReader
from interviews.engines.errors import EngineError, Permanent, RetryLater, UnusableOutput
from interviews.engines.keeping import Keeping, Usage
from interviews.engines.refusals import refusal, seconds_to_wait

ENGINE = "Gemini"
NOT_AN_ANSWER = "Gemini sent something that is not an answer"

_DECLINED = "Gemini declined to assess this interview: its safety filter objects to the words in it"

# Gemini API reference, "FinishReason"; every other reason, known or new, is reported by the sentence below.
_FINISHED: dict[str, EngineError] = {
    "SAFETY": Permanent(_DECLINED),
    "PROHIBITED_CONTENT": Permanent(_DECLINED),
    "BLOCKLIST": Permanent(_DECLINED),
    "SPII": Permanent("Gemini declined to assess this interview: it saw sensitive personal data in it"),
    "LANGUAGE": Permanent("Gemini does not support the language of this interview"),
    "RECITATION": UnusableOutput("Gemini stopped: its answer came too close to a published text"),
    "MAX_TOKENS": UnusableOutput("Gemini stopped: its answer reached the longest length it may have"),
}
_FINISHED_OTHERWISE = UnusableOutput("Gemini stopped before its answer was complete, and did not say why")


@dataclass(frozen=True, slots=True)
class Piece:
    text: str = ""
    blocked: bool = False  # the prompt itself was refused
    finish_reason: str | None = None  # "STOP" and so on; None: there is more to come
    usage: Usage | None = None  # of the call so far


def assessments(
    pieces: Generator[Piece], answers: Sequence[AnswerBrief], keep: Keeping, *, deadline: float
) -> Iterator[AnswerAssessment]:
    """Yields each assessment as soon as it is complete; each piece is kept before it is read.

    `deadline`: seconds for the whole reply, looked at
    with every piece; a silent connection is ended by the library's own timeout."""
    reader = AssessmentReader(answers, ENGINE)
    finish_reason: str | None = None
    until = time.monotonic() + deadline
    usage: Usage | None = None
    try:
        with closing(pieces):
            for piece in pieces:
                usage = piece.usage or usage
                if piece.blocked:
                    raise Permanent(_DECLINED)
                if piece.text:
                    keep(piece.text)
                yield from reader.feed(piece.text)
                finish_reason = piece.finish_reason or finish_reason
                if time.monotonic() > until and not reader.complete:
                    raise RetryLater("Gemini took too long over its answer")
    finally:
        if usage is not None:
            keep.used(usage)
    if reader.complete:
        return
    if finish_reason is None or finish_reason == "STOP":
        reader.finish(whole=finish_reason is not None or not reader.begun)
        return
    stopped = _FINISHED.get(finish_reason, _FINISHED_OTHERWISE)
    raise type(stopped)(stopped.message)


def recalled(reply: str, answers: Sequence[AnswerBrief]) -> Iterator[AnswerAssessment]:
    """What a kept reply, whole or cut short, says of these answers."""
    yield from AssessmentReader(answers, ENGINE).feed(reply)


def refused(status: Any, details: Any, retry_after: str | None) -> EngineError:
    """The error for an HTTP status from Gemini. `details`: the error's body, whole or only its list of details.

    Sources: google.rpc.ErrorInfo and google.rpc.RetryInfo. A wrong key is a 400 there, told apart by its reason.
    """
    wait = seconds_to_wait(retry_after)
    for detail in _details(details):
        if detail.get("reason") == "API_KEY_INVALID":
            status = 401
        delay = re.fullmatch(r"(\d+(?:\.\d+)?)s", str(detail.get("retryDelay")))
        if wait is None and delay:
            wait = seconds_to_wait(delay[1])
    return refusal(ENGINE, int(status) if isinstance(status, int) else None, retry_after=wait)


def _details(details: Any) -> Iterator[dict[str, Any]]:
    if isinstance(details, dict):
        error = details.get("error", details)
        details = error.get("details") if isinstance(error, dict) else None
    if isinstance(details, list | tuple):
        yield from (detail for detail in details if isinstance(detail, dict))
