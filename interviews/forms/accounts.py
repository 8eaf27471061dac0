"""Who signs in, and what they change of their own account. Each password typed is counted as a try."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django import forms
from django.contrib.auth.forms import AuthenticationForm, PasswordChangeForm
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy

from interviews.actions import guessing
from interviews.actions.refusals import TooMany


class SignIn(AuthenticationForm):
    """`address`: where the request came from."""

    def __init__(self, *args: Any, address: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._address = address

    def clean(self) -> dict[str, Any]:
        name, password = self.cleaned_data.get("username"), self.cleaned_data.get("password")
        if not name or not password:
            return self.cleaned_data
        with _counted(name, self._address):
            return super().clean()


class NewPassword(PasswordChangeForm):
    def __init__(self, *args: Any, address: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._address = address

    def clean_old_password(self) -> str:
        with _counted(self.user.get_username(), self._address):
            return super().clean_old_password()


@contextmanager
def _counted(name: str, address: str) -> Iterator[None]:
    """Inside, a password is looked at. Raises ValidationError where it was wrong too often."""
    try:
        tried = guessing.try_password(name, address)
    except TooMany as refused:
        raise ValidationError(refused.message, code=refused.code) from refused
    try:
        yield
    except ValidationError:
        guessing.was_wrong(tried)
        raise
    guessing.was_right(tried)


class Code(forms.Form):
    code = forms.CharField(
        max_length=64, error_messages={"required": gettext_lazy("Type the code that your app shows now.")}
    )
