"""What connects this site with other programs."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from interviews.actions.tokens import DAYS_AT_MOST
from interviews.models import Position, Scope, Telling
from interviews.models.webhooks import URL_LENGTH
from interviews.processing.outward import NotAllowed, place
from interviews.queries.reasons import told


class NewToken(forms.Form):
    name = forms.CharField(
        max_length=100, error_messages={"required": gettext_lazy("Say which program it is for, to know it again.")}
    )
    scopes = forms.MultipleChoiceField(
        choices=Scope.choices, error_messages={"required": gettext_lazy("Tick at least one thing that it may be for.")}
    )
    days = forms.IntegerField(min_value=1, max_value=DAYS_AT_MOST, initial=90)


class NewEndpoint(forms.Form):
    """`position` may be left out by whoever may have the whole site told."""

    url = forms.CharField(
        max_length=URL_LENGTH, error_messages={"required": gettext_lazy("Write the address that is to be told.")}
    )
    kinds = forms.MultipleChoiceField(
        choices=Telling.choices, error_messages={"required": gettext_lazy("Tick at least one thing to be told.")}
    )

    def __init__(self, *args: Any, positions: QuerySet[Position], whole_site: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["position"] = forms.ModelChoiceField(
            positions,
            required=not whole_site,
            error_messages=dict.fromkeys(("required", "invalid_choice"), gettext_lazy("Choose a position.")),
        )

    def clean_url(self) -> str:
        """What it leads to is looked at when something is sent: names may mean something else by then."""
        url: str = self.cleaned_data["url"]
        try:
            is_secure = place(url).is_secure
        except NotAllowed as problem:
            raise forms.ValidationError(_("This cannot be told: %(why)s.") % {"why": told(problem.message)}) from None
        if not is_secure and not settings.WEBHOOK_NETWORKS:
            raise forms.ValidationError(_("The address must begin with https://."))
        return url
