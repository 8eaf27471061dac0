"""The operators' view. What changes a state goes through `interviews.actions`; history is read-only."""

from interviews.admin import history, integrations, interviews, needs, positions, rubrics

__all__ = ["history", "integrations", "interviews", "needs", "positions", "rubrics"]
