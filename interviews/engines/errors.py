"""How an engine may fail. Each provider's own errors are classed into these once, at the engine's edge.
They are raised `from None`: what a library says of an error may quote the reply, and so the transcript.

EngineError
 ├── RetryLater      the same call may succeed later (timeout, 5xx, connection lost)
 │    └── Busy       nothing was wrong with the call, there is no room for it now (429, a known outage)
 ├── Permanent       the same call will never succeed (bad key, refused input, no speech to work with)
 │    └── CanaryChanged  the reply grades what nobody can answer: all of the run is void, also what came before
 └── UnusableOutput  the provider answered, but with something that is not an answer
"""

from __future__ import annotations

from enum import StrEnum


class FaultKind(StrEnum):
    """What was wrong, for programs: people read the message. Kept with the job, so that its next step can be named."""

    KEY = "key"
    CREDIT = "credit"
    MODEL = "model"
    REFUSED = "refused"
    TOO_LARGE = "too_large"
    UNREADABLE = "unreadable"  # the recording, or its sound
    SILENT = "silent"  # there is no sound in it
    LANGUAGE = "language"
    DECLINED = "declined"  # by a safety filter
    CANARY = "canary"
    CONSENT = "consent"
    BUSY = "busy"
    AWAY = "away"
    OUTPUT = "output"
    BUDGET = "budget"
    FILE = "file"  # of ours, that could not be read or written
    SOUND = "sound"  # what was made of the recording is gone
    DATABASE = "database"
    CRASHED = "crashed"
    CANCELLED = "cancelled"
    OURS = "ours"


class EngineError(Exception):
    """`message` is one sentence without a full stop, fit for HR: no keys, no transcript, no raw reply."""

    fault = FaultKind.OURS

    def __init__(self, message: str, *, fault: FaultKind | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.fault = fault or type(self).fault


class RetryLater(EngineError):
    """`retry_after`: seconds that the provider asked us to wait, or None where it named none."""

    fault = FaultKind.AWAY

    def __init__(self, message: str, *, retry_after: float | None = None, fault: FaultKind | None = None) -> None:
        super().__init__(message, fault=fault)
        self.retry_after = retry_after


class Busy(RetryLater):
    """Waiting for room is not a failed try."""

    fault = FaultKind.BUSY


class Permanent(EngineError):
    fault = FaultKind.REFUSED


class CanaryChanged(Permanent):
    """No level of the whole run may stand, whether it came before this or is kept from an earlier try.

    Asking again by itself would be trying until it passes; a person decides.
    """

    fault = FaultKind.CANARY


class UnusableOutput(EngineError):
    fault = FaultKind.OUTPUT
