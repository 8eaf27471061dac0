"""One reply of Gemini's, from the pieces in which it arrives, whichever library brought them."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from interviews.engines.analysis.base import AnswerAssessment, AnswerBrief
from interviews.engines.analysis.call import Call
from interviews.engines.analysis.stream import AssessmentReader, Fault
from interviews.engines.errors import EngineError, FaultKind, Permanent, RetryLater, UnusableOutput
from interviews.engines.keeping import Keeping, Usage
from interviews.engines.refusals import refusal, seconds_to_wait
from interviews.marks import gettext_noop

ENGINE = "Gemini"
NOT_AN_ANSWER = gettext_noop("Gemini sent something that is not an answer")

_DECLINED = gettext_noop("Gemini declined to assess this interview: its safety filter objects to the words in it")

# Gemini API reference, "FinishReason"; every other reason, known or new, is reported by the sentence below.
_FINISHED: dict[str, EngineError] = {
    "SAFETY": Permanent(_DECLINED, fault=FaultKind.DECLINED),
    "PROHIBITED_CONTENT": Permanent(_DECLINED, fault=FaultKind.DECLINED),
    "BLOCKLIST": Permanent(_DECLINED, fault=FaultKind.DECLINED),
    "SPII": Permanent(
        gettext_noop("Gemini declined to assess this interview: it saw sensitive personal data in it"),
        fault=FaultKind.DECLINED,
    ),
    "LANGUAGE": Permanent(
        gettext_noop("Gemini does not support the language of this interview"), fault=FaultKind.LANGUAGE
    ),
    "RECITATION": UnusableOutput(gettext_noop("Gemini stopped: its answer came too close to a published text")),
    "MAX_TOKENS": UnusableOutput(gettext_noop("Gemini stopped: its answer reached the longest length it may have")),
}
_FINISHED_OTHERWISE = UnusableOutput(gettext_noop("Gemini stopped before its answer was complete, and did not say why"))


LEFT_OUT = "it was left out"


@dataclass(frozen=True, slots=True)
class Piece:
    text: str = ""
    blocked: bool = False  # the prompt itself was refused
    finish_reason: str | None = None  # "STOP" and so on; None: there is more to come
    usage: Usage | None = None  # of the call so far


class Reply:
    """Take its pieces in order, then `end` it. Each piece is kept before it is read.

    `deadline`: seconds for the whole reply, looked at with every piece; a silent connection is ended by the library's
    own timeout.
    """

    def __init__(self, call: Call, answers: Sequence[AnswerBrief], keeping: Keeping, *, deadline: float) -> None:
        self.call = call
        self.usage: Usage | None = None
        self._keeping = keeping
        self._reader = AssessmentReader(answers, ENGINE, call.canary)
        self._finish_reason: str | None = None
        self._until = time.monotonic() + deadline

    @property
    def reply_id(self) -> int | None:
        return self._keeping.reply_id

    def take(self, piece: Piece) -> Iterator[AnswerAssessment | Fault]:
        self.usage = piece.usage or self.usage
        if piece.blocked:
            raise Permanent(_DECLINED, fault=FaultKind.DECLINED)
        if piece.text:
            self._keeping(piece.text if self.reply_id is not None else f"{self.call.heading()}{piece.text}")
        yield from self._reader.feed(piece.text)
        self._finish_reason = piece.finish_reason or self._finish_reason
        if time.monotonic() > self._until and not self._reader.complete:
            raise RetryLater(gettext_noop("Gemini took too long over its answer"))

    def end(self) -> Iterator[Fault]:
        """The answers that a list which has ended leaves out. Raises where there is no such list."""
        if self._reader.complete:
            return
        if self._finish_reason not in (None, "STOP"):
            stopped = _FINISHED.get(self._finish_reason or "", _FINISHED_OTHERWISE)
            raise type(stopped)(stopped.message, fault=stopped.fault)
        self._reader.finish(whole=self._finish_reason is not None or not self._reader.begun)
        for answer_id in self._reader.missing:
            yield Fault(answer_id, LEFT_OUT)


def recalled(call: Call, answers: Sequence[AnswerBrief], text: str) -> Iterator[AnswerAssessment | Fault]:
    """What a kept reply, whole or cut short, says of these answers, all that the call was about and that are known."""
    reader = AssessmentReader(answers, ENGINE, call.canary)
    yield from reader.feed(text)
    if reader.closed:
        for answer_id in reader.missing:
            yield Fault(answer_id, LEFT_OUT)


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
