"""What is said of an interview, and what is to be read again."""

from __future__ import annotations

import uuid
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from interviews.actions.noting import Noted
from interviews.actions.reviewing import Rated
from interviews.forms.reading import first_problem
from interviews.models import Decision, Question, RubricVersion
from interviews.queries.reassessing import ChoiceView


class RatingForm(forms.Form):
    """`level` is a number, or "none" for "cannot tell"."""

    answer = forms.IntegerField()
    criterion = forms.IntegerField()
    level = forms.ChoiceField(
        choices=[(str(level), level) for level in range(1, 6)] + [("none", "none")],
        error_messages={"required": gettext_lazy("Choose a level, or “Cannot tell from this answer”.")},
    )
    note = forms.CharField(required=False, max_length=5000)
    reason = forms.CharField(required=False, max_length=5000)

    def rated(self) -> Rated:
        """Raises Refused with the first thing that is wrong."""
        if not self.is_valid():
            raise first_problem(self)
        level = self.cleaned_data["level"]
        return Rated(
            self.cleaned_data["answer"],
            self.cleaned_data["criterion"],
            None if level == "none" else int(level),
            self.cleaned_data["note"],
            self.cleaned_data["reason"],
        )


class DecisionForm(forms.Form):
    outcome = forms.ChoiceField(
        choices=Decision.Outcome.choices,
        error_messages={"required": gettext_lazy("Choose one: advance, hold or reject.")},
    )
    reason = forms.CharField(required=False, max_length=5000)

    def decided(self) -> tuple[Decision.Outcome, str]:
        """Outcome and reason. Raises Refused with the first thing that is wrong."""
        if not self.is_valid():
            raise first_problem(self)
        return Decision.Outcome(self.cleaned_data["outcome"]), self.cleaned_data["reason"]


class NoteForm(forms.Form):
    """Without an id where no script made one: a new note. `act`: "" saves it."""

    act = forms.ChoiceField(choices=[("delete", "delete"), ("restore", "restore")], required=False)
    note = forms.UUIDField(required=False)
    take = forms.UUIDField(required=False)
    second = forms.IntegerField(required=False, min_value=0, max_value=86_400)
    text = forms.CharField(required=False, max_length=5000)
    version = forms.IntegerField(required=False, min_value=0)

    def noted(self) -> tuple[str, Noted]:
        """What to do, and with what. Raises Refused with the first thing that is wrong."""
        if not self.is_valid():
            raise first_problem(self)
        sent = self.cleaned_data
        note_id, take_id = sent["note"] or uuid.uuid4(), sent["take"] or uuid.UUID(int=0)
        return sent["act"], Noted(note_id, take_id, sent["second"], sent["text"], sent["version"] or 0)


class Reassessing(forms.Form):
    """With a field for each question, whose value is the version of the rubric to read against.

    `pick`: a button of one that was asked for before says what to do, and with which.
    """

    act = forms.ChoiceField(choices=[(name, name) for name in ("estimate", "start")], required=False)
    pick = forms.RegexField(r"^(pause|resume|stop) [0-9]{1,9}$", required=False)

    def __init__(self, *args: Any, choices: list[ChoiceView], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for choice in choices:
            offered = [(str(version.pk), str(version)) for version in choice.versions]
            self.fields[f"rubric-{choice.question_id}"] = forms.ChoiceField(choices=offered, required=False)

    def rubrics(self) -> dict[Question, RubricVersion]:
        """Those that were chosen."""
        chosen = {
            int(name.removeprefix("rubric-")): int(version)
            for name, version in self.cleaned_data.items()
            if name.startswith("rubric-") and version
        }
        versions = RubricVersion.objects.in_bulk(chosen.values())
        questions = Question.objects.in_bulk(chosen)
        return {questions[question]: versions[version] for question, version in chosen.items()}
