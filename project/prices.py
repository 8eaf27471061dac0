"""Which prices a site has to know before it can keep a budget."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal


def unpriced(transcription: str, analysis: str, prices: Mapping[str, Decimal | None]) -> list[str]:
    """By the engines in use: the variables of prices that are not known."""
    needed = ["DEEPGRAM_PRICE_MINUTE"] if transcription == "deepgram" else []
    needed += ["GEMINI_PRICE_INPUT", "GEMINI_PRICE_OUTPUT"] if analysis.startswith("gemini") else []
    return [name for name in needed if prices[name] is None]
