"""What can be taken back, and for how long."""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum

TAKEN_BACK_WITHIN = timedelta(minutes=10)


class Act(StrEnum):
    """What somebody has done."""

    HIDE = "hide"
    SHOW = "show"
    VIEW = "view"
    DECIDE = "decide"
    REMIND = "remind"
    EXTEND = "extend"
    REVOKE = "revoke"
    END_SHARE = "end-share"
