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


class EngineError(Exception):
    """`message` is one sentence without a full stop, fit for HR: no keys, no transcript, no raw reply."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class RetryLater(EngineError):
    """`retry_after`: seconds that the provider asked us to wait, or None where it named none."""

    def __init__(self, message: str, *, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class Busy(RetryLater):
    """Waiting for room is not a failed try."""


class Permanent(EngineError):
    pass


class CanaryChanged(Permanent):
    """No level of the whole run may stand, whether it came before this or is kept from an earlier try.

    Asking again by itself would be trying until it passes; a person decides.
    """


class UnusableOutput(EngineError):
    pass
