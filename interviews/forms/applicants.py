"""What applicants send, and those who are about to be."""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from interviews.models import Accommodation, Notice


class OpenLink(forms.Form):
    token = forms.CharField(max_length=200)
    zone = forms.CharField(required=False)


class Consent(forms.Form):
    agree = forms.BooleanField(
        error_messages={
            "required": gettext_lazy("Please tick the box to agree, or close this page: nothing was recorded.")
        }
    )
    ai = forms.TypedChoiceField(
        choices=[("yes", "yes"), ("no", "no")],
        coerce=lambda value: value == "yes",
        empty_value=None,
        error_messages={
            "required": gettext_lazy("Please choose whether AI may read your answers. Either choice is fine.")
        },
    )

    notice = forms.CharField(required=False)

    def __init__(self, *args: Any, asks_for_ai: bool, notice: Notice | None, **kwargs: Any) -> None:
        """`notice`: the one that is shown now."""
        super().__init__(*args, **kwargs)
        self.fields["ai"].required = asks_for_ai
        self._notice = str(notice.pk) if notice else ""

    def clean_notice(self) -> None:
        if self.cleaned_data["notice"] != self._notice:
            raise forms.ValidationError(_("What you are told on this page was changed. Please read it again."))


class Correcting(forms.Form):
    take = forms.UUIDField()
    text = forms.CharField(required=False, strip=False)
    version = forms.IntegerField(min_value=1, max_value=2**31 - 1)


class Wishes(forms.Form):
    """No reason is asked for."""

    wishes = forms.MultipleChoiceField(
        choices=Accommodation.Wish.choices,
        error_messages={"required": gettext_lazy("Please tick what would help you.")},
    )
    note = forms.CharField(max_length=500, required=False)


class Joining(forms.Form):
    """`form`: the page's own number; sent again, it is the same arrival."""

    name = forms.CharField(max_length=100, error_messages={"required": gettext_lazy("Please give your name.")})
    email = forms.EmailField(
        max_length=254,
        error_messages={
            "required": gettext_lazy("Please give your e-mail address."),
            "invalid": gettext_lazy("This is not a complete e-mail address."),
        },
    )
    form = forms.UUIDField()

    def clean_name(self) -> str:
        name = " ".join(self.cleaned_data["name"].split())
        # It stands in mail to an address that anybody can type here.
        if re.search(r"[<>@/\:\d]|www\.", name, re.IGNORECASE):
            raise forms.ValidationError(_("A name has letters only: no address, no digits."))
        return name
