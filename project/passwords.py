"""Which passwords are refused besides those that everybody has."""

from __future__ import annotations

import re

from django.conf import settings
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

OF_THIS_PLACE = ("greenroom", "interview", "recruiting", "recruiter", "applicant", "password", "admin", "welcome")
LEFT_AT_LEAST = 8


class NotOfThisPlace:
    """A validator: what is left without words that anybody here would try first must still be long enough."""

    def validate(self, password: str, user: User | None = None) -> None:
        words = {*OF_THIS_PLACE, settings.SITE_NAME.casefold(), *settings.ALLOWED_HOSTS} - {""}
        left = password.casefold()
        for word in sorted(words, key=len, reverse=True):
            left = left.replace(word, "")
        if len(re.sub(r"\d{1,4}$", "", left)) < LEFT_AT_LEAST and left != password.casefold():
            raise ValidationError(self.get_help_text(), code="of_this_place")

    def get_help_text(self) -> str:
        return _("Your password can’t be little more than a word that anybody here would try first.")
