"""Chance that is the same each time."""

from __future__ import annotations

import random


def seeded(seed: int | str) -> random.Random:
    return random.Random(seed)  # noqa: S311 - to be repeatable; nothing secret is made of it
