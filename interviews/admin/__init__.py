"""The operators' view. What changes a state goes through `interviews.actions`; history is read-only."""

from interviews.admin import (
    accounts,
    audit,
    history,
    integrations,
    interviews,
    needs,
    notices,
    positions,
    privacy,
    rubrics,
    work,
)

__all__ = [
    "accounts",
    "audit",
    "history",
    "integrations",
    "interviews",
    "needs",
    "notices",
    "positions",
    "privacy",
    "rubrics",
    "work",
]
