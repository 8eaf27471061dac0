"""Drafts of rubrics."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from interviews.actions.rubrics import CRITERIA_AT_MOST
from interviews.starters import STARTERS, Starter


class Paragraphs(forms.CharField):
    """As typed, with plain line breaks: browsers send two characters for each."""

    def to_python(self, value: Any) -> str:
        return (super().to_python(value) or "").replace("\r\n", "\n")


class NewRubric(forms.Form):
    name = forms.CharField(
        max_length=100, error_messages={"required": gettext_lazy("Give it a name that colleagues recognise.")}
    )
    start = forms.ChoiceField(required=False, choices=[("", ""), *((it.slug, it.name) for it in STARTERS)])

    def starter(self) -> Starter | None:
        return next((it for it in STARTERS if it.slug == self.cleaned_data["start"]), None)


class RubricForm(forms.Form):
    """`edits`: how often the draft had been saved when the page was opened."""

    name = forms.CharField(
        max_length=100, error_messages={"required": gettext_lazy("Give it a name that colleagues recognise.")}
    )
    about = Paragraphs(max_length=2000, required=False)
    edits = forms.IntegerField(min_value=0, max_value=2**31 - 1)


class CriterionForm(forms.Form):
    """Of a draft: texts may be empty until it is published. `place` orders them."""

    place = forms.IntegerField(required=False, min_value=0, max_value=999)
    name = forms.CharField(max_length=100, required=False)
    look_for = Paragraphs(max_length=2000, required=False)
    weight = forms.IntegerField(
        min_value=0,
        max_value=100,
        error_messages={
            "required": gettext_lazy("A whole number from 0 to 100; 0 does not count."),
            "invalid": gettext_lazy("A whole number from 0 to 100; 0 does not count."),
            "min_value": gettext_lazy("A whole number from 0 to 100; 0 does not count."),
            "max_value": gettext_lazy("A whole number from 0 to 100; 0 does not count."),
        },
    )
    level_1 = Paragraphs(max_length=2000, required=False)
    level_2 = Paragraphs(max_length=2000, required=False)
    level_3 = Paragraphs(max_length=2000, required=False)
    level_4 = Paragraphs(max_length=2000, required=False)
    level_5 = Paragraphs(max_length=2000, required=False)
    remove = forms.BooleanField(required=False)

    def levels(self) -> list[forms.BoundField]:
        return [self[f"level_{level}"] for level in range(1, 6)]


CriteriaForms = forms.formset_factory(
    CriterionForm, extra=0, max_num=CRITERIA_AT_MOST, absolute_max=CRITERIA_AT_MOST, validate_max=True
)
