"""What is written in an address or on a button, read; and what is wrong with a form, in one sentence."""

from __future__ import annotations

from uuid import UUID

from django import forms

from interviews.actions.refusals import Refused


def read_id(text: str) -> UUID | None:
    """None where it is no id, which no row has either."""
    try:
        return UUID(text)
    except ValueError:
        return None


def read_number(text: str) -> int | None:
    """The number of a row; None where it is none, which no row has either."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else None


def read_button(text: str) -> tuple[str, int]:
    """What a button of a draft says: "save", or "up:2" for the third part as it was drawn; -1 where it names none."""
    name, _colon, place = text.partition(":")
    return name, int(place) if place.isdecimal() and len(place) < 4 else -1


def first_problem(form: forms.Form) -> Refused:
    """Of a form that is not valid: the first thing that is wrong."""
    return Refused(str(next(iter(form.errors.values()))[0]))
