"""The operators' view. What changes a state goes through `interviews.actions`; history is read-only."""

from interviews.admin import audit, history, interviews, needs, notices, positions, rubrics

__all__ = ["audit", "history", "interviews", "needs", "notices", "positions", "rubrics"]
