"""Fragments that stand on pages and are sent live: drawn once for all pages that show them."""

from __future__ import annotations

from collections.abc import Hashable
from functools import lru_cache

from django.conf import settings
from django.template.loader import render_to_string
from django.utils.translation import get_language

KEPT = 6144
"""Fragments, the longest (rows of the list) of about 3 KB."""


def drawn(template: str, **shown: Hashable) -> str:
    """In the language of this page."""
    return _drawn(template, tuple(shown.items()), get_language() or settings.LANGUAGE_CODE)


@lru_cache(KEPT)
def _drawn(template: str, shown: tuple[tuple[str, Hashable], ...], language: str) -> str:
    """Of the same values, always the same."""
    return render_to_string(template, dict(shown))
