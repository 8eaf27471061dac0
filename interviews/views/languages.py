"""The buttons for a language. Pages follow it by Django's cookie; where an applicant chose it, so does their mail."""

from __future__ import annotations

from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.urls import Resolver404, resolve
from django.views.i18n import set_language

from interviews import access
from interviews.actions.invitations import mail_in
from interviews.models import Interview

APPLICANTS_PAGES = "interview/"


def choose(request: HttpRequest) -> HttpResponseBase:
    language = request.POST.get("language", "")
    interview = _interview(request)
    if interview is not None and language in dict(settings.LANGUAGES):
        mail_in(interview, language)
    return set_language(request)


def _interview(request: HttpRequest) -> Interview | None:
    """Whose applicant pressed the button; None on all other pages."""
    try:
        page = resolve(urlsplit(request.POST.get("next", "")).path)
        if not page.route.startswith(APPLICANTS_PAGES):
            return None
        return access.applicants_interview(request.session, page.kwargs["interview_id"], late_too=True)
    except (ValueError, Resolver404, access.LinkProblem):
        return None
