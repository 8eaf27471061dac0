"""Who transcribes and who assesses, and what that may cost."""

from __future__ import annotations

from decimal import Decimal

from project.environment import reading, refuse, refuse_unless_address
from project.prices import unpriced

with reading() as env:
    DEEPGRAM_API_KEY = env.str("DEEPGRAM_API_KEY", "")
    DEEPGRAM_BASE_URL = env.str("DEEPGRAM_BASE_URL", "")
    DEEPGRAM_MODEL = env.str("DEEPGRAM_MODEL", "nova-3")
    GEMINI_API_KEY = env.str("GEMINI_API_KEY", "")
    GEMINI_BASE_URL = env.str("GEMINI_BASE_URL", "")
    GEMINI_MODEL = env.str("GEMINI_MODEL", "gemini-3.8-flash")
    TRANSCRIPTION_ENGINE = env.str("TRANSCRIPTION_ENGINE", "") or ("deepgram" if DEEPGRAM_API_KEY else "local")
    ANALYSIS_ENGINE = env.str("ANALYSIS_ENGINE", "") or ("gemini" if GEMINI_API_KEY else "local")
    ANALYSIS_SAMPLES = env.int("ANALYSIS_SAMPLES", 1)
    GEMINI_PRICE_INPUT = env.decimal("GEMINI_PRICE_INPUT", None)
    GEMINI_PRICE_OUTPUT = env.decimal("GEMINI_PRICE_OUTPUT", None)
    DEEPGRAM_PRICE_MINUTE = env.decimal("DEEPGRAM_PRICE_MINUTE", None)
    AI_BUDGET = env.decimal("AI_BUDGET", None)

refuse_unless_address("DEEPGRAM_BASE_URL", DEEPGRAM_BASE_URL)
refuse_unless_address("GEMINI_BASE_URL", GEMINI_BASE_URL)
_HERE = {"local": "-", "none": "-"}  # need no key
for _variable, _value, _choices in (
    ("TRANSCRIPTION_ENGINE", TRANSCRIPTION_ENGINE, {"deepgram": DEEPGRAM_API_KEY, **_HERE}),
    ("ANALYSIS_ENGINE", ANALYSIS_ENGINE, {**dict.fromkeys(("gemini", "gemini-legacy"), GEMINI_API_KEY), **_HERE}),
):
    if _value not in _choices:
        refuse(_variable, f'is "{_value}"; it may be {" or ".join(_choices)}.')
    if not _choices[_value]:
        refuse(_variable, f'is "{_value}", but its key ({_value.split("-")[0].upper()}_API_KEY) is missing.')
if ANALYSIS_SAMPLES not in (1, 3):
    refuse("ANALYSIS_SAMPLES", f"is {ANALYSIS_SAMPLES}; it may be 1 or 3: two can only disagree.")
if TRANSCRIPTION_ENGINE == "none" and ANALYSIS_ENGINE != "none":
    refuse("ANALYSIS_ENGINE", 'must be "none" too where TRANSCRIPTION_ENGINE is: there are no words to assess.')

_prices: dict[str, Decimal | None] = {
    "GEMINI_PRICE_INPUT": GEMINI_PRICE_INPUT,
    "GEMINI_PRICE_OUTPUT": GEMINI_PRICE_OUTPUT,
    "DEEPGRAM_PRICE_MINUTE": DEEPGRAM_PRICE_MINUTE,
}
for _variable, _price in {**_prices, "AI_BUDGET": AI_BUDGET}.items():
    if _price is not None and not (_price.is_finite() and _price >= 0):
        refuse(_variable, "must be 0 or more, in US dollars.")
UNPRICED = unpriced(TRANSCRIPTION_ENGINE, ANALYSIS_ENGINE, _prices)
"""Prices that are not known and that a budget would need."""
if AI_BUDGET is not None and UNPRICED:
    refuse("AI_BUDGET", f"cannot be kept without prices: set {' and '.join(UNPRICED)}, or leave the budget out.")
