"""What goes wrong in Twisted's reactor, as lines of our log: it would print it itself, with all its words."""

from __future__ import annotations

import logging
import warnings
from typing import TYPE_CHECKING, Any, cast

from twisted.logger import globalLogBeginner

if TYPE_CHECKING:
    from twisted.logger import ILogObserver

logger = logging.getLogger(__name__)


def log_here() -> None:
    shown = warnings.showwarning
    globalLogBeginner.beginLoggingTo([cast("ILogObserver", _tell)], redirectStandardIO=False)
    warnings.showwarning = shown  # Twisted has taken it for itself


def _tell(event: dict[str, Any]) -> None:
    failure = event.get("log_failure") or event.get("failure")  # of its newer and its older way of logging
    if failure is not None:
        found = (failure.type, failure.value, failure.getTracebackObject())
        logger.error("a fault in the server's reactor", exc_info=found)
