"""The environment is read here and nowhere else; settings.py makes Django's settings of it.

Any variable `NAME` may also be given as `NAME_FILE`, the path of a file that holds it. A value that cannot be read, or
a combination that cannot work, refuses to start and names the variable.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

from django.core.exceptions import ImproperlyConfigured
from environs import FileAwareEnv

_SEE = "See the table of variables in README.md."


@contextmanager
def reading() -> Iterator[FileAwareEnv]:
    try:
        yield FileAwareEnv()
    except ValueError as error:  # EnvError is one; a NAME_FILE that cannot be read is a plain one
        raise ImproperlyConfigured(f"{error} {_SEE}") from error


def refuse(variable: str, why: str) -> NoReturn:
    raise ImproperlyConfigured(f"{variable}: {why} {_SEE}")


def refuse_unless_address(variable: str, value: str) -> None:
    if value and not value.startswith(("http://", "https://")):
        refuse(variable, "must begin with http:// or https://.")
