"""The operators' view. What changes a state goes through `interviews.actions`; history is read-only."""

from interviews.admin import accounts, history, interviews, needs, positions, rubrics

__all__ = ["accounts", "history", "interviews", "needs", "positions", "rubrics"]
