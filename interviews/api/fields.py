"""Kinds of values that are sent: what each may be, in OpenAPI's words and in those that a refusal gives."""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import date, datetime
from typing import Annotated, Literal

from django.conf import settings
from pydantic import AfterValidator, AwareDatetime, BeforeValidator, Field
from pydantic_core import PydanticCustomError

from interviews.lists import EMAIL_LENGTH
from interviews.models import Decision, Position
from interviews.models.positions import EXTERNAL_LENGTH


def _without_null(text: str) -> str:
    if "\0" in text:
        raise PydanticCustomError("null_character", "It holds a null character, which no text may.")
    return text


def _not_blank(text: str) -> str:
    if not text.strip():
        raise PydanticCustomError("blank", "It is empty.")
    return text.strip()


def _whole(value: object) -> object:
    """JSON does not tell 7 from 7.0; addresses hold digits, and nothing else that Python would take for a number."""
    if isinstance(value, str) and not (value.isascii() and value.isdecimal()):
        raise PydanticCustomError("not_whole", "It is not a whole number.")
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _written_day(value: object) -> object:
    if isinstance(value, str) and not re.fullmatch(r"\d{4}-\d\d-\d\d", value, re.ASCII):
        raise PydanticCustomError("not_a_day", "Write a day as 2026-11-27.")
    return value


def _written_moment(value: object) -> object:
    """By RFC 3339, which a date of Python's own is read from as well."""
    if isinstance(value, str):
        with suppress(ValueError):
            return datetime.fromisoformat(value)
    raise PydanticCustomError("not_a_moment", "Write a moment as 2026-11-27T18:00:00Z.")


Text = Annotated[str, AfterValidator(_without_null)]
Filled = Annotated[Text, AfterValidator(_not_blank), Field(min_length=1)]
ExternalId = Annotated[Text, Field(max_length=EXTERNAL_LENGTH)]
Whole = Annotated[int, BeforeValidator(_whole)]
Number = Annotated[Whole, Field(ge=1, le=2**31 - 1)]
Days = Annotated[Whole, Field(ge=1, le=365)]
Day = Annotated[date, BeforeValidator(_written_day)]
Moment = Annotated[AwareDatetime, BeforeValidator(_written_moment)]
Email = Annotated[Filled, Field(max_length=EMAIL_LENGTH, json_schema_extra={"format": "email"})]
Language = Annotated[
    Text,
    Field(
        description="What applicants are mailed in until, on their own pages, they agree in another or choose one.",
        json_schema_extra={"enum": [code for code, _name in settings.LANGUAGES]},
    ),
]
State = Literal["draft", "open", "closed"]
Outcome = Literal["advance", "hold", "reject"]
assert set(Position.State.values) == {"draft", "open", "closed"}  # noqa: S101 - the document is made of these
assert set(Decision.Outcome.values) == {"advance", "hold", "reject"}  # noqa: S101 - of these, too
