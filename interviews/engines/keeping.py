"""How an engine hands over what it was paid for, before anything can go wrong with reading it."""

from __future__ import annotations

from collections.abc import Callable

Keep = Callable[[str], None]
"""Stores the next piece of a reply, for good, and returns. The pieces of one reply come in order."""
