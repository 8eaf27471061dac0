"""What becomes of everybody when a position is closed."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from interviews.actions.closing import Closing, Outcome, Rest
from interviews.forms.rubrics import Paragraphs
from interviews.models import Decision
from interviews.queries.closing import Ends

ENDS, FINISH = "ends", "finish"
_CHOOSE = {"required": gettext_lazy("Choose an outcome for this group.")}
_WHY = {"required": gettext_lazy("Say why. The reason stays with each decision.")}
OUTCOMES = [(it.value, it.label) for it in (Decision.Outcome.ADVANCE, Decision.Outcome.REJECT)]


class ClosingForm(forms.Form):
    """Has fields for those groups alone in which there is somebody."""

    seen = forms.CharField(max_length=64)

    def __init__(self, *args: Any, ends: Ends, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, group in (("undecided", ends.undecided), ("held", ends.held)):
            if group:
                self.fields[name] = forms.ChoiceField(choices=OUTCOMES, error_messages=_CHOOSE)
                self.fields[f"{name}_reason"] = Paragraphs(max_length=5000, error_messages=_WHY)
                self.fields[f"{name}_tells"] = forms.BooleanField(required=False, initial=True)
        if ends.unfinished:
            self.fields["unfinished"] = forms.ChoiceField(
                choices=[(ENDS, ENDS), (FINISH, FINISH)],
                error_messages={"required": gettext_lazy("Choose what becomes of these people.")},
            )
            self.fields["unfinished_tells"] = forms.BooleanField(required=False, initial=True)

    def closing(self) -> Closing:
        chosen = self.cleaned_data
        rest = None
        if "unfinished" in chosen:
            rest = Rest(ends=chosen["unfinished"] == ENDS, tells=chosen["unfinished_tells"])
        return Closing(chosen["seen"], self._outcome("undecided"), self._outcome("held"), rest)

    def _outcome(self, name: str) -> Outcome | None:
        chosen = self.cleaned_data
        if name not in chosen:
            return None
        return Outcome(Decision.Outcome(chosen[name]), chosen[f"{name}_reason"], chosen[f"{name}_tells"])
