"""Every address of the site, out of its own registry, with the ids of rows that are there.

A new address is found by its name in `urls.py`. What its arguments stand for is found by their names: `take_id` is the
id of a Take. Where that is not so, VALUES says what it is; what stands nowhere fails with a sentence.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from itertools import product
from typing import Any

from django.apps import apps
from django.contrib.auth.models import User
from django.db.models import ForeignKey, Model, Q, QuerySet
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.urls.resolvers import RegexPattern, RoutePattern

from interviews.models import Applicant, Interview, Position, PublicLink, Rendition, RubricVersion
from interviews.processing import texts
from interviews.queries.aliases import aliases
from interviews.urls import urlpatterns

OURS = frozenset(entry.name for entry in urlpatterns)
HR = "hr-dashboard/"
API = "api/v1/"
MODELS: dict[str, type[Model]] = {"link": PublicLink, "version": RubricVersion}
"""What `link_id` and `version_id` are ids of; all others bear the name of their model."""


@dataclass(frozen=True, slots=True)
class Subject:
    """Whose rows are put into addresses."""

    position: Position
    interview: Interview | None = None


@dataclass(frozen=True, slots=True)
class Address:
    name: str
    path: str
    route: str
    is_owned: bool
    """Whether an argument belongs to a position or an interview: then it is nothing to anybody else."""
    elsewhere: str
    """The same with ids of which there are no rows."""

    @property
    def is_hr(self) -> bool:
        return self.route.startswith(HR)

    @property
    def is_api(self) -> bool:
        """For programs: no session counts there, only a token."""
        return self.route.startswith(API)


def _aliases(subject: Subject) -> list[uuid.UUID]:
    """What each who may see the position knows its applicant by."""
    readers = User.objects.filter(Q(memberships__position=subject.position) | Q(is_superuser=True)).distinct()
    known = [subject.interview.pk] if subject.interview else []
    return [it.key for reader in readers for it in aliases(subject.position, known, reader).values()]


VALUES: dict[str, Callable[[Subject], Iterable[Any]]] = {
    "number": lambda subject: [1],
    "alias": _aliases,
    "rest": lambda subject: ["nothing"],
    "file_format": lambda subject: ["csv", "json", "pdf", "html"],
    "kind": lambda subject: [kind.value for kind in texts.KINDS],
    "logo": lambda subject: Position.objects.filter(pk=subject.position.pk, logo__isnull=False).values_list(
        "logo", flat=True
    ),
    "version": lambda subject: rows(Rendition, subject).values_list("version", flat=True),
    "app_label": lambda subject: ["interviews", "auth"],
    "content_type_id": lambda subject: [1],
}
"""Arguments that are no ids."""
OWNED_TOO = {"version", "alias"}
"""Of these, those that belong to an interview. A logo is for whoever has its address."""
HELD_BY: dict[type[Model], str] = {Applicant: "interviews"}
"""Which interviews point at it, where it points at none itself."""


def addresses(subject: Subject) -> Iterator[Address]:
    """With each argument each row of its kind that is the subject's, or everybody's where it belongs to no position.

    In the admin, whose pages are alike, the first and the last row of each kind.
    """
    for name, route, arguments in named():
        for values in product(*(_values(name, argument, subject) for argument in arguments)):
            filled = dict(zip(arguments, values, strict=True))
            elsewhere = {key: _nothing(value) if _is_owned(key) else value for key, value in filled.items()}
            yield Address(
                name, reverse(name, kwargs=filled), route, filled != elsewhere, reverse(name, kwargs=elsewhere)
            )


def named() -> Iterator[tuple[str, str, list[str]]]:
    """Name, route and arguments of each. Those without a name only lead on."""
    return _named(get_resolver().url_patterns)


def _named(entries: Collection[Any], spaces: tuple[str, ...] = ()) -> Iterator[tuple[str, str, list[str]]]:
    for entry in entries:
        if isinstance(entry, URLResolver):
            yield from _named(entry.url_patterns, (*spaces, entry.namespace) if entry.namespace else spaces)
        elif isinstance(entry, URLPattern) and entry.name:
            pattern = entry.pattern
            assert isinstance(pattern, RoutePattern | RegexPattern)
            regex = isinstance(pattern, RegexPattern)
            arguments = list(pattern.regex.groupindex if regex else pattern.converters)
            yield ":".join([*spaces, entry.name]), str(pattern), arguments


def _values(name: str, argument: str, subject: Subject) -> list[Any]:
    if argument in VALUES:
        return list(VALUES[argument](subject))
    if name.startswith("admin:"):
        admins = _admins_model(name)
        found = list(admins._default_manager.order_by("pk").values_list("pk", flat=True)) if admins else [1]
        return list(dict.fromkeys([*found[:1], *found[-1:]]))
    model = model_of(argument)
    assert model is not None, (
        f"what does <{argument}> of the address {name!r} stand for? It is not the id of a model of that name: "
        "say in VALUES or MODELS of tests/addresses.py what it is."
    )
    return list(rows(model, subject).values_list("pk", flat=True))


def model_of(argument: str) -> type[Model] | None:
    """`take_id`: Take; `share_id`: Share, or ShareLink."""
    name = argument.removesuffix("_id")
    ours = {model.__name__.lower(): model for model in apps.get_app_config("interviews").get_models()}
    named = name.replace("_", "")
    return MODELS.get(name) or ours.get(named) or ours.get(f"{named}link")


def _admins_model(name: str) -> type[Model] | None:
    """`admin:interviews_take_change`"""
    words = name.removeprefix("admin:").split("_")
    try:
        return apps.get_model(words[0], words[1])
    except (LookupError, IndexError):
        return None


def rows(model: type[Model], subject: Subject) -> QuerySet[Any]:
    """Those that belong to the subject; all where this kind belongs to no position and no interview."""
    found = model._default_manager.order_by("pk")
    way = _way(model)
    if way is None:
        return found
    owner = subject.interview if way.owner is Interview else subject.position
    return found.filter(**{way.lookup: owner.pk}) if owner else found.none()


@dataclass(frozen=True, slots=True)
class _Way:
    lookup: str
    owner: type[Model]


def _way(model: type[Model]) -> _Way | None:
    """By which foreign keys a model leads to its interview, or else its position; the shortest."""
    if model in (Interview, Position):
        return _Way("pk", model)
    if model in HELD_BY:
        return _Way(HELD_BY[model], Interview)
    for owner in (Interview, Position):
        seen, now = {model}, [("", model)]
        while now:
            steps = [(f"{way}{field.name}", field.related_model) for way, at in now for field in _keys(at)]
            for way, reached in steps:
                if reached is owner:
                    return _Way(way, owner)
            now = [(f"{way}__", reached) for way, reached in steps if reached not in seen]
            seen |= {reached for _way, reached in now}
    return None


def _keys(model: type[Model]) -> list[Any]:
    return [it for it in model._meta.get_fields() if isinstance(it, ForeignKey) and it.related_model is not model]


def _is_owned(argument: str) -> bool:
    if argument in OWNED_TOO:
        return True
    model = model_of(argument) if argument.endswith("_id") and argument not in VALUES else None
    return model is not None and _way(model) is not None


def _nothing(value: Any) -> Any:
    return uuid.uuid4() if isinstance(value, uuid.UUID) else 10**9
