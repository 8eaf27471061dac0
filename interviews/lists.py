"""Lists of people, as somebody pasted them or a spreadsheet saved them, and what is wrong with each line."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext as _

PEOPLE_AT_MOST = 500
BYTES_AT_MOST = 1024 * 1024
NAME_LENGTH = 200
EMAIL_LENGTH = 254
EMAIL_HEADINGS = {"email", "e-mail", "mail", "email address", "e-mail address", "mail address"}
NAME_HEADINGS = (
    {"name", "full name", "applicant", "candidate"},
    {"first name", "firstname", "given name"},
    {"last name", "lastname", "surname", "family name"},
)


class Unreadable(Exception):
    """`message` is for the person who sent the file."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


@dataclass(frozen=True, slots=True)
class Line:
    """One person. `problem` is empty where the line can be used."""

    number: int
    name: str
    email: str
    problem: str = ""

    def __str__(self) -> str:
        return f"{self.name} <{self.email}>" if self.email else self.name


def text_of(data: bytes) -> str:
    """The text of an uploaded file. Raises Unreadable."""
    if len(data) > BYTES_AT_MOST:
        raise Unreadable(_("This file is larger than 1 MB. Split it, or paste the people below."))
    if data.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        raise Unreadable(_("This is a spreadsheet. Save it as CSV in the program that made it, and choose that file."))
    for encoding in ("utf-16",) if data.startswith((b"\xff\xfe", b"\xfe\xff")) else ("utf-8-sig", "cp1252"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    raise Unreadable(_("This file is not text. Save the list as CSV, and choose that file."))


def read(text: str, invited: Mapping[str, str]) -> list[Line]:
    """Understands `Name <mail>`, `mail`, `name, mail` (in either order; tabs and semicolons too) and CSV with headings.

    `invited`: by address in small letters, what to say of somebody who is invited already. Raises Unreadable.
    """
    try:
        return checked(_people(text), invited)
    except csv.Error:  # a cell of more than 128 KB
        raise Unreadable(_("This is not a list of people: one of its lines is far too long.")) from None


def checked(lines: Iterable[Line], invited: Mapping[str, str]) -> list[Line]:
    """Each with its problem."""
    found: list[Line] = []
    seen: dict[str, int] = {}
    for line in lines:
        if len(found) > PEOPLE_AT_MOST:
            break
        key = line.email.lower()
        problem = _problem(line)
        if not problem and key in seen:
            problem = _("Stands in line %(number)s already.") % {"number": seen[key]}
        if not problem:
            problem = invited.get(key, "")
            seen[key] = line.number
        found.append(replace(line, problem=problem))
    return found


def _problem(line: Line) -> str:
    if not line.email:
        return _("There is no e-mail address in this line.")
    try:
        validate_email(line.email)
    except ValidationError:
        return _("This is not a complete e-mail address.")
    if len(line.email) > EMAIL_LENGTH:
        return _("This e-mail address is too long.")
    if len(line.name) > NAME_LENGTH:
        return _("This name is too long: at most %(length)s letters.") % {"length": NAME_LENGTH}
    return ""


def _people(text: str) -> Iterator[Line]:
    lines = text.splitlines()
    first = next((line for line in lines if line.strip()), "")
    headings = [cell.lower() for cell in _cells(first)]
    if EMAIL_HEADINGS.intersection(headings):
        yield from _table(text, _delimiter(first))
        return
    for number, line in enumerate(lines, start=1):
        for part in re.split(r"(?<=>)\s*[;,]", line):
            if part.strip():
                yield from _loose(number, part)


def _table(text: str, delimiter: str) -> Iterator[Line]:
    reader = csv.reader(io.StringIO(text.strip()), delimiter=delimiter)
    headings = [cell.strip().lower() for cell in next(reader)]
    mail_at = next(at for at, heading in enumerate(headings) if heading in EMAIL_HEADINGS)
    names_at = [at for wanted in NAME_HEADINGS for at, heading in enumerate(headings) if heading in wanted]
    for cells in reader:
        if any(cell.strip() for cell in cells):
            cells += [""] * (len(headings) - len(cells))
            name = " ".join(cells[at] for at in names_at)
            yield _line(reader.line_num, name, cells[mail_at])


def _loose(number: int, text: str) -> Iterator[Line]:
    found = re.fullmatch(r"(.*?)<([^<>]*)>\W*", text.strip())
    if found:
        yield _line(number, found[1], found[2])
        return
    cells = _cells(text)
    mails = [cell for cell in cells if "@" in cell]
    if len(mails) > 1 and len(mails) == len(cells):
        yield from (_line(number, "", mail) for mail in mails)
        return
    # What has no letter is no name: a telephone number, say.
    names = [cell for cell in cells if cell not in mails[:1] and re.search(r"[^\W\d_]", cell)]
    yield _line(number, " ".join(names), mails[0] if mails else "")


def _line(number: int, name: str, email: str) -> Line:
    email = email.strip().removeprefix("mailto:")
    name = " ".join(name.replace("<", " ").replace(">", " ").split()).strip("\"' ")
    return Line(number, name or email.partition("@")[0], email)


def _cells(line: str) -> list[str]:
    cells: Iterable[str] = next(csv.reader([line], delimiter=_delimiter(line), skipinitialspace=True), [])
    return [cell.strip() for cell in cells if cell.strip()]


def _delimiter(line: str) -> str:
    return next((mark for mark in "\t;," if mark in line), ",")
