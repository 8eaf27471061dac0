"""The address of a list of interviews, and what is done with those that are ticked in it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from interviews.actions.undo import Act
from interviews.forms.reading import first_problem, read_id
from interviews.models import Decision
from interviews.models.positions import EXTERNAL_LENGTH
from interviews.queries.invitations import INVITED
from interviews.queries.listing import STAGES, UNDECIDED, Wanted
from interviews.queries.orders import ORDERS, Place, read_place

COLUMNS = ("position", "stage", "waits", "score", "decision", "arrived", "changed")
MORE_DAYS = 7
OTHER_PAGES = ("after", "before")


def _choices(*values: str) -> list[tuple[str, str]]:
    return [(value, value) for value in values]


class Paging(forms.Form):
    """Words that are looked for in a list, and the place where a page of it begins or ends. What is left empty, or is
    not understood, filters nothing."""

    q = forms.CharField(required=False, max_length=200)
    after = forms.CharField(required=False, max_length=300)
    before = forms.CharField(required=False, max_length=300)

    def wanted(self) -> Wanted:
        self.is_valid()
        return Wanted(words=self.cleaned_data.get("q", ""), hidden=None)

    def place(self, name: str) -> Place | None:
        """`after` or `before`: where the page begins or ends."""
        text = self.cleaned_data.get(name, "")
        return read_place(text, self.wanted().sort) if text else None

    def not_understood(self) -> list[str]:
        """The names of what was left out."""
        wrong = [name for name in OTHER_PAGES if self.cleaned_data.get(name) and self.place(name) is None]
        return [*self.errors, *wrong]


class Looking(Paging):
    """In the list of interviews."""

    external_id = forms.CharField(required=False, max_length=EXTERNAL_LENGTH)
    position = forms.IntegerField(required=False)
    stage = forms.ChoiceField(required=False, choices=_choices(*STAGES))
    decision = forms.ChoiceField(required=False, choices=_choices(UNDECIDED, *Decision.Outcome.values))
    waits = forms.BooleanField(required=False)
    needs = forms.BooleanField(required=False)
    since = forms.DateField(required=False, input_formats=["%Y-%m-%d"])
    until = forms.DateField(required=False, input_formats=["%Y-%m-%d"])
    hidden = forms.BooleanField(required=False)
    sort = forms.ChoiceField(required=False, choices=_choices(*ORDERS))

    def wanted(self) -> Wanted:
        self.is_valid()
        found: Mapping[str, Any] = self.cleaned_data
        return Wanted(
            words=found.get("q", ""),
            external_id=found.get("external_id", ""),
            position=found.get("position"),
            stage=found.get("stage", ""),
            decision=found.get("decision", ""),
            waits_for_me=found.get("waits", False),
            needs_person=found.get("needs", False),
            since=found.get("since"),
            until=found.get("until"),
            hidden=found.get("hidden", False),
            sort=found.get("sort") or "arrived",
        )


class LookingForInvited(Paging):
    """In the list of invitations to a position."""

    show = forms.ChoiceField(required=False, choices=_choices(*INVITED))

    def kind(self) -> str:
        """One of `INVITED`, or "": all."""
        self.is_valid()
        return str(self.cleaned_data.get("show", ""))


def query_of(asked: QueryDict, form: type[Paging] = Looking) -> str:
    """The query string of the same list, from its beginning: what can be saved, shared and compared."""
    kept = asked.copy()
    for name in [it for it in kept if it not in form.base_fields or it in OTHER_PAGES or not kept[it]]:
        del kept[name]
    return "&".join(sorted(kept.urlencode().split("&"))) if kept else ""


def address(path: str, query: str, name: str = "", place: str = "") -> str:
    """Of the list at this path; with a name of `OTHER_PAGES`, of the page that begins or ends at this place."""
    parts = [part for part in (query, urlencode({name: place}) if name else "") if part]
    return path + ("?" + "&".join(parts) if parts else "")


def read_ids(texts: Collection[str]) -> list[UUID]:
    """What is no id is left out."""
    return [found for found in map(read_id, texts) if found is not None]


class Acting(forms.Form):
    """`days`: how many more, where more time is given; elsewhere it does not matter what it is."""

    act = forms.ChoiceField(choices=_choices(*Decision.Outcome.values, Act.REMIND, Act.EXTEND, Act.HIDE, Act.SHOW))
    reason = forms.CharField(required=False, max_length=5000)
    days = forms.IntegerField(required=False, min_value=1, max_value=365)

    def clean_days(self) -> int:
        return self.cleaned_data["days"] or MORE_DAYS

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("act") != Act.EXTEND:
            self.errors.pop("days", None)
        return cleaned


class SavingView(forms.Form):
    name = forms.CharField(
        max_length=60, error_messages={"required": gettext_lazy("Give the view a name, to find it again.")}
    )

    def named(self) -> str:
        """Raises Refused with what is wrong."""
        if not self.is_valid():
            raise first_problem(self)
        return str(self.cleaned_data["name"])


def sort_words() -> dict[str, str]:
    return {
        "arrived": _("Arrival, newest first"),
        "changed": _("Last change, newest first"),
        "name": _("Name"),
        "score": _("Score, where it is shown to you"),
    }


def stage_words() -> dict[str, str]:
    return {
        "invited": _("Invited, not begun"),
        "recording": _("Being recorded"),
        "working": _("Handed in, being worked on"),
        "ready": _("Ready to be watched"),
        "withdrawn": _("Withdrawn by the applicant"),
        "revoked": _("Invitation withdrawn"),
        "erased": _("Erased"),
    }


def invited_words() -> dict[str, str]:
    return {
        "": _("All"),
        "open": _("Not submitted"),
        "submitted": _("Submitted"),
        "undelivered": _("Mail not delivered"),
    }


def column_words() -> dict[str, str]:
    return {
        "position": _("Position"),
        "stage": _("Stage"),
        "waits": _("Waits for"),
        "score": _("Suggested score"),
        "decision": _("Decision"),
        "arrived": _("Arrived"),
        "changed": _("Last change"),
    }
