"""Whom recruiters invite, and what they arrange."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from interviews.actions.invitations import hold_open, must_take_answers
from interviews.actions.refusals import WrongState
from interviews.models import Accommodation, Interview, QuestionSet


class Arrangement(forms.ModelForm[Accommodation]):
    extra_takes = forms.IntegerField(min_value=0, max_value=20, label=gettext_lazy("More recordings per question"))

    class Meta:
        model = Accommodation
        fields = ("time_percent", "extra_takes", "audio_only", "written", "captions")


class Invitation(forms.ModelForm[Interview]):
    """Of the admin, in the transaction that invites."""

    class Meta:
        model = Interview
        fields = ("applicant", "question_set", "deadline")

    def clean_question_set(self) -> QuestionSet:
        chosen: QuestionSet = self.cleaned_data["question_set"]
        try:
            must_take_answers(hold_open(chosen.position_id))
        except WrongState as refused:
            raise forms.ValidationError(refused.message) from None
        return chosen


class Inviting(forms.Form):
    """`seen`: the digest of the list that was shown before it is invited."""

    people = forms.CharField(required=False)
    file = forms.FileField(required=False)
    days = forms.IntegerField(min_value=1, max_value=365)
    by_mail = forms.BooleanField(required=False)
    reminds = forms.BooleanField(required=False)
    seen = forms.CharField(required=False)


class Acting(forms.Form):
    act = forms.ChoiceField(choices=[(name, name) for name in ("remind", "resend", "links", "extend", "revoke")])
    days = forms.IntegerField(min_value=1, max_value=365, initial=7)


class GivingBack(forms.Form):
    """A submitted interview, or one question of it with the reason that the applicant reads."""

    act = forms.ChoiceField(choices=[("reopen", "reopen"), ("redo", "redo")])
    days = forms.IntegerField(min_value=1, max_value=365)
    question = forms.IntegerField(required=False)
    reason = forms.CharField(max_length=500, required=False)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("act") == "redo" and not cleaned.get("reason") and "reason" not in self.errors:
            self.add_error("reason", _("Say why: the applicant reads it, and can do better this time."))
        return cleaned


class PublicLinkForm(forms.Form):
    label = forms.CharField(
        max_length=100, error_messages={"required": gettext_lazy("Say where it will hang, to know it again later.")}
    )
