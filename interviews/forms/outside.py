"""What goes out: with whom an interview is shared, and what an applicant is told of a decision."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from interviews.actions.sharing import DAYS_AT_MOST, Outsider


class Sharing(forms.Form):
    name = forms.CharField(
        max_length=100,
        error_messages={"required": gettext_lazy("Say who it is for: the name stands over picture and page.")},
    )
    email = forms.EmailField(required=False)
    days = forms.IntegerField(min_value=1, max_value=DAYS_AT_MOST)
    shows_levels = forms.BooleanField(required=False)

    def outsider(self) -> Outsider:
        return Outsider(self.cleaned_data["name"], self.cleaned_data["email"])


class Telling(forms.Form):
    """`decision`: the one that it is about. Looked over, the words are sent as they were shown."""

    act = forms.ChoiceField(choices=[(name, name) for name in ("look", "change", "send", "call-back", "try-again")])
    decision = forms.IntegerField(required=False)
    subject = forms.CharField(max_length=200, required=False)
    body = forms.CharField(max_length=10_000, required=False, strip=False)

    def clean_body(self) -> str:
        return str(self.cleaned_data["body"]).replace("\r\n", "\n")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("act") in ("look", "send"):
            for name, sentence in (("subject", _("Write a subject.")), ("body", _("Write the mail."))):
                if not str(cleaned.get(name) or "").strip() and name not in self.errors:
                    self.add_error(name, sentence)
        return cleaned
