"""Colours that can be read: contrast as WCAG 2.2 defines it, and a colour moved until there is enough of it."""

from __future__ import annotations

import re

ENOUGH = 4.5
"""Of text against its background, by WCAG 2.2, 1.4.3 (level AA)."""
LIGHT, DARK = "#eaefec", "#202a25"
"""The least favourable backgrounds of our pages, light and dark: `--sunken` of the style sheet."""
OURS = "#0b6b4b"
"""`--accent` of the style sheet, on light pages: what a picker begins with."""
BLACK, WHITE = "#000000", "#ffffff"
_STEPS = 64


def parsed(text: str) -> str | None:
    """As #rrggbb in small letters; None where it is no colour of that kind."""
    found = re.fullmatch(r"#?([0-9a-f]{6})", text.strip().lower(), re.ASCII)
    return f"#{found[1]}" if found else None


def contrast(one: str, other: str) -> float:
    """From 1 to 21, of two colours as #rrggbb."""
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def legible(colour: str, background: str) -> str:
    """The colour itself where it can be read on the background, or the nearest on its way to black or white."""
    towards = BLACK if _luminance(background) > _luminance(DARK) * 2 else WHITE
    tried = (_mixed(colour, towards, step / _STEPS) for step in range(_STEPS + 1))
    return next(it for it in tried if contrast(it, background) >= ENOUGH)


def _luminance(colour: str) -> float:
    """Relative luminance by WCAG 2.2, 0 to 1."""
    red, green, blue = (_linear(channel / 255) for channel in _channels(colour))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4


def _mixed(colour: str, other: str, part: float) -> str:
    pairs = zip(_channels(colour), _channels(other), strict=True)
    return "#" + "".join(f"{round(one + (two - one) * part):02x}" for one, two in pairs)


def _channels(colour: str) -> list[int]:
    return [int(colour[place : place + 2], 16) for place in (1, 3, 5)]
