"""An error as it may be written down: what it is, where it came from, and only such words as cannot be anybody's.

The message of an error often quotes what it was about. PostgreSQL names the row that it refuses, Django the value that
does not fit, a parser the text that it was given: a name, an address, a sentence of somebody's answer.
"""

from __future__ import annotations

import traceback
from collections.abc import Iterator

import redis
from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError, DataError
from django.template import TemplateDoesNotExist, TemplateSyntaxError

from interviews.engines.errors import EngineError
from interviews.media.errors import MediaError

OURS = (EngineError, MediaError, ImproperlyConfigured)
"""Sentences of our own."""
OF_PROGRAMS = (
    AttributeError,
    ImportError,
    NameError,
    NotImplementedError,
    RecursionError,
    TemplateDoesNotExist,
    TemplateSyntaxError,
    redis.ConnectionError,
    redis.TimeoutError,
)
"""Names of what was not found, or could not be reached."""


def words_of(error: BaseException) -> str:
    """Its message where that can hold nothing of a person; else ""."""
    if isinstance(error, OURS + OF_PROGRAMS):
        return _first_line(error)
    if isinstance(error, DatabaseError) and not isinstance(error, DataError):
        return _first_line(error)  # PostgreSQL's first line names tables and rules; values come on the next ones
    if isinstance(error, OSError):
        return error.strerror or ""  # not str(): a mail server's refusal is an OSError, and names whom it refused
    return ""


def _first_line(error: BaseException) -> str:
    return next(iter(str(error).strip().splitlines()), "")


def chain(error: BaseException) -> Iterator[BaseException]:
    """What caused it first, the error itself last."""
    found: list[BaseException] = []
    at: BaseException | None = error
    while at is not None and at not in found:
        found.append(at)
        at = at.__cause__ or (None if at.__suppress_context__ else at.__context__)
    for one in reversed(found):
        if isinstance(one, BaseExceptionGroup):
            for member in one.exceptions:
                yield from chain(member)
        yield one


def written(error: BaseException) -> str:
    """As a traceback, with the lines of code; each message as far as `words_of` lets it through."""
    return "\n".join(_one(each) for each in chain(error))


def _one(error: BaseException) -> str:
    kind, words = type(error), words_of(error)
    name = kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"
    lines = "".join(traceback.format_tb(error.__traceback__))
    return f"Traceback (most recent call last):\n{lines}{name}{': ' if words else ''}{words}"
