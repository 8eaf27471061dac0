"""Criteria of a rubric, as engines are asked about them."""

from __future__ import annotations

from dataclasses import replace

from interviews.engines.analysis.base import CriterionBrief

OWNERSHIP = CriterionBrief(
    id="31",
    name="Ownership",
    look_for="Names a concrete situation, the risk, the decision they took, the people, the result for customers",
    levels=(
        "Speaks in general terms only",
        "Names a situation but no part of their own",
        "Describes what they did and how it ended",
        "Describes the decision, its risk and its result",
        "Weighs risks and alternatives, measures the result, says what they learned",
    ),
)
PLANNING = replace(OWNERSHIP, id="32", name="Planning", look_for="plan, order of steps, tests, rollback, deadline")
SMALL_TALK = replace(OWNERSHIP, id="33", name="Cooperation", look_for="communication, team, help, problem, together")
