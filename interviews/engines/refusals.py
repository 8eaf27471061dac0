"""HTTP refusals in our three words. Every provider's status codes and waiting times go through here."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from interviews.engines.errors import Busy, EngineError, FaultKind, Permanent, RetryLater, UnusableOutput

_LONGEST_WAIT = 24 * 60 * 60.0  # seconds; a provider that asks for more is not believed

_PERMANENT = {
    400: "{provider} refused the request as invalid",
    401: "{provider} refused the key",
    402: "The account at {provider} has no credit left",
    403: "{provider} refused the key",
    404: "{provider} does not know the model or the address that was asked for",
    413: "{provider} refused the recording or the transcripts as too large",
    415: "{provider} cannot read this kind of recording",
}
_FAULTS = {
    401: FaultKind.KEY,
    402: FaultKind.CREDIT,
    403: FaultKind.KEY,
    404: FaultKind.MODEL,
    413: FaultKind.TOO_LARGE,
    415: FaultKind.UNREADABLE,
}
_LATER = {
    408: "{provider} did not get the whole request in time",
    503: "{provider} is overloaded",
    504: "{provider} did not finish in time",
}
_LATER_TOO = {409, 425, 499}  # a conflict, too early, given up: nothing that is wrong with the request itself


def refusal(provider: str, status: int | None, *, retry_after: float | None = None) -> EngineError:
    """The error for an HTTP status that is no success. `retry_after`: in seconds, if it was named."""
    if status == 429:
        return Busy(f"{provider} asked us to slow down", retry_after=retry_after)
    if status in _LATER:
        return RetryLater(_LATER[status].format(provider=provider), retry_after=retry_after)
    if status in _LATER_TOO or (status is not None and 500 <= status < 600):
        return RetryLater(f"{provider} failed on its side (status {status})", retry_after=retry_after)
    if status in _PERMANENT:
        return Permanent(_PERMANENT[status].format(provider=provider), fault=_FAULTS.get(status))
    if status is not None and 400 <= status < 500:
        return Permanent(f"{provider} refused the request (status {status})")
    return UnusableOutput(f"{provider} sent something that is not an answer")


def seconds_to_wait(retry_after: str | None, *, now: datetime | None = None) -> float | None:
    """A Retry-After header, in seconds from `now`: it may hold seconds ("120") or a date (RFC 9110, 10.2.3).

    None when there is none or it makes no sense; never below 0 nor above a day.
    """
    if not retry_after:
        return None
    text = retry_after.strip()
    try:
        seconds = float(text)
    except ValueError:
        try:
            date = parsedate_to_datetime(text)
        except ValueError:
            return None
        if date.tzinfo is None:
            date = date.replace(tzinfo=UTC)
        seconds = max(0.0, (date - (now or datetime.now(UTC))).total_seconds())
    if not math.isfinite(seconds) or seconds < 0:
        return None
    return min(seconds, _LONGEST_WAIT)
