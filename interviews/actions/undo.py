"""For how long what somebody did can be taken back."""

from __future__ import annotations

from datetime import timedelta

TAKEN_BACK_WITHIN = timedelta(minutes=10)
