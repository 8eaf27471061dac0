"""Applicants say something of themselves, change it, and take it back.

No event tells of it: those who review read events.
"""

from __future__ import annotations

from uuid import UUID

from django.utils.translation import gettext as _

from interviews.actions.refusals import WrongState
from interviews.models import Interview, Notice, SelfReport
from interviews.queries.self_reports import is_asked, key_of


def report(interview: Interview, sex: str, ethnicity: str, notice: Notice | None) -> None:
    """Raises WrongState where nothing is asked."""
    if not is_asked(interview):
        raise WrongState(_("These questions are not asked here."))
    said = {"sex": sex, "ethnicity": ethnicity, "notice": notice}
    SelfReport.objects.update_or_create(pk=key_of(interview.pk), defaults=said)


def forget(interview: UUID) -> None:
    """At the applicant's wish, at any time; and with all else of theirs when it is erased."""
    SelfReport.objects.filter(pk=key_of(interview)).delete()
