"""What applicants say of themselves, and of whom the figures are asked."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from interviews.models import Position, SelfReport

USUAL_DAYS = 365


class AboutYou(forms.Form):
    """Each may stay empty: prefers not to say."""

    sex = forms.ChoiceField(choices=[*SelfReport.Sex.choices, ("", "")], required=False)
    ethnicity = forms.ChoiceField(choices=[*SelfReport.Ethnicity.choices, ("", "")], required=False)


class Asked(forms.Form):
    """Without a choice: all positions, and the last year."""

    position = forms.ModelChoiceField(
        Position.objects.all(),
        required=False,
        label=gettext_lazy("Position"),
        empty_label=gettext_lazy("All positions"),
    )
    begin = forms.DateField(
        label=gettext_lazy("Submitted from"), widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
    )
    end = forms.DateField(label=gettext_lazy("to"), widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}))

    def __init__(self, query: Any) -> None:
        today = timezone.now().date()
        usual = {"begin": f"{today - timedelta(days=USUAL_DAYS)}", "end": f"{today}"}
        super().__init__({**usual, **{name: query[name] for name in query if query[name]}})

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        begin, end = cleaned.get("begin"), cleaned.get("end")
        if begin and end and begin > end:
            raise forms.ValidationError(_("The first day is after the last one."))
        return cleaned
