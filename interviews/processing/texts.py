"""The words of mail: ours, or what a position wrote instead, with placeholders in braces."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.template.loader import render_to_string
from django.utils import translation

from interviews.models import MailText, Message, Position

KINDS = tuple(kind for kind in Message.Kind if kind not in (Message.Kind.REDO, Message.Kind.DECISION))
"""What can be written anew. A mail about single answers lists them, and stays ours; one of a decision is written anew
each time."""
ONLY_IN_BODY = frozenset({"link", "receipt"})
_ALWAYS = ("name", "position", "host", "contact", "site")
_MORE = {
    Message.Kind.INVITATION: ("deadline",),
    Message.Kind.REMINDER: ("deadline",),
    Message.Kind.EXTENDED: ("deadline",),
    Message.Kind.NOT_EXTENDED: ("deadline",),
    Message.Kind.MOVED: ("deadline",),
    Message.Kind.REOPENED: ("deadline",),
    Message.Kind.RECEIPT: ("code", "receipt"),
}
WITHOUT_LINK = frozenset({Message.Kind.CLOSED})


@dataclass(frozen=True, slots=True)
class Words:
    """`subject` is one line."""

    subject: str
    body: str


def placeholders(kind: str) -> tuple[str, ...]:
    link = () if kind in WITHOUT_LINK else ("link",)
    return (*_ALWAYS, *_MORE.get(Message.Kind(kind), ()), *link)


def needed(kind: str) -> tuple[str, ...]:
    """Without which the text is of no use."""
    return tuple(it for it in placeholders(kind) if it in ONLY_IN_BODY)


def unknown(text: str, known: Iterable[str]) -> list[str]:
    """What stands in braces and is none of these, each once."""
    allowed = {f"{{{it}}}" for it in known}
    return list(dict.fromkeys(it for it in re.findall(r"\{[^{}\n]*\}|[{}]", text) if it not in allowed))


def ours(kind: str, language: str) -> Words:
    """Our own words, with placeholders."""
    context = {
        "applicant": {"name": "{name}"},
        "position": {"title": "{position}", "host": "{host}", "contact": "{contact}"},
        "receipt": {"name": "{name}", "position": "{position}", "code": "{code}", "text": "{receipt}"},
        "deadline": "{deadline}",
        "link": "{link}",
        "site_name": "{site}",
    }
    with translation.override(language):
        return drawn(kind, context)


def drawn(kind: str, context: Mapping[str, object]) -> Words:
    subject, _newline, body = render_to_string(f"emails/{kind}.txt", dict(context)).strip().partition("\n")
    # A header is one line, whatever a title holds.
    return Words(" ".join(subject.split()), body.strip() + "\n")


def written(position: Position, kind: str) -> Words | None:
    """What the position wrote itself; None: nothing, and ours are used."""
    found = MailText.objects.filter(position=position, kind=kind).first()
    return Words(found.subject, found.body) if found else None


def filled(words: Words, values: Mapping[str, str]) -> Words:
    """With what the placeholders stand for. What comes in with a value is not looked into again."""

    def fill(text: str) -> str:
        return re.sub(r"\{(\w+)\}", lambda found: values.get(found[1], found[0]), text)

    return Words(" ".join(fill(words.subject).split()), fill(words.body).strip() + "\n")
