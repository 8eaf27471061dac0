"""The operators' view. What changes a state goes through `interviews.actions`; history is read-only."""

from interviews.admin import history, interviews, needs, positions, rubrics, work

__all__ = ["history", "interviews", "needs", "positions", "rubrics", "work"]
