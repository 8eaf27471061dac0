"""Pages reached by an invitation link."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from functools import wraps
from typing import Any

from csp.decorators import csp_update
from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST
from django_permissions_policy.decorators import permissions_policy_override

from interviews import access
from interviews.actions import answering, guessing
from interviews.actions.invitations import seen_in
from interviews.actions.refusals import Refused
from interviews.actions.writing import MOST_CHARACTERS
from interviews.events import head
from interviews.forms.applicants import Consent, OpenLink
from interviews.forms.devices import device_of
from interviews.models import Interview, Message, Notice
from interviews.models.redos import open_alone
from interviews.queries import applicants, machines, notices
from interviews.queries.explanations import given
from interviews.queries.live import LiveView
from interviews.queries.receipts import earlier, newest
from interviews.queries.redos import again
from interviews.queries.retention import media_days
from interviews.queries.rubrics import looked_for
from interviews.queries.takes import Unfinished, unfinished
from interviews.queries.terms import terms
from interviews.sessions import address_of

Page = Callable[..., HttpResponseBase]
MAY_RECORD = permissions_policy_override({**settings.PERMISSIONS_POLICY, "camera": "self", "microphone": "self"})


def for_applicant(page: Page) -> Page:
    """The page gets the interview that this session's link opened; without one, the way to open it is shown."""

    return _for_applicant(page, late_too=False)


def for_applicant_even_late(page: Page) -> Page:
    """Also after the deadline."""
    return _for_applicant(page, late_too=True)


def for_applicant_for_ever(page: Page) -> Page:
    """Also after all else was erased."""
    return _for_applicant(page, late_too=True, outlives_erasure=True)


def _for_applicant(page: Page, *, late_too: bool, outlives_erasure: bool = False) -> Page:
    @wraps(page)
    @never_cache
    def view(request: HttpRequest, interview_id: uuid.UUID, **rest: Any) -> HttpResponseBase:
        try:
            interview = access.applicants_interview(request.session, interview_id, late_too=late_too)
        except access.LinkProblem as problem:
            return link_problem(request, problem)
        if interview is None:
            status = 200 if request.method == "GET" else 403
            return render(request, "applicant/open.html", {"interview_id": interview_id}, status=status)
        if interview.erased_at is not None and not outlives_erasure:
            return redirect("interview-withdraw", interview.pk)
        return page(request, interview, **rest)

    return view


def posted_to(shown: str) -> Callable[[Page], Page]:
    """For addresses that only take forms: who comes by the address bar is led to the page of this name."""

    def decorate(page: Page) -> Page:
        @wraps(page)
        def view(request: HttpRequest, **address: Any) -> HttpResponseBase:
            if request.method in ("GET", "HEAD"):
                return redirect(shown, *address.values())
            return require_POST(page)(request, **address)

        return view

    return decorate


posted = posted_to("interview")


def link_problem(request: HttpRequest, problem: access.LinkProblem) -> HttpResponse:
    if problem.status == 404:
        try:
            guessing.was_wrong_link(address_of(request))
        except Refused as refused:
            problem = access.LinkProblem(refused.status, problem.title, refused.message, problem.next_step)
    context: dict[str, Any] = {"title": problem.title, "message": problem.message, "next_step": problem.next_step}
    context["ended_at"], context["position"] = problem.ended_at, problem.position
    context["may_pass"] = problem.status != 404 and problem.expired is None
    if problem.expired is not None:
        context["live"] = LiveView([f"applicant:{problem.expired.pk}"], head())
        context["terms"] = terms(problem.expired)
        context["again"] = again(problem.expired)
    return render(request, "applicant/problem.html", context, status=problem.status)


@posted
@never_cache
def open_link(request: HttpRequest, interview_id: uuid.UUID) -> HttpResponse:
    form = OpenLink(request.POST)
    try:
        if not form.is_valid():
            raise access.unknown_link()
        access.open_link(request.session, interview_id, form.cleaned_data["token"])
        seen_in(interview_id, form.cleaned_data["zone"])
    except access.LinkProblem as problem:
        return link_problem(request, problem)
    return redirect("interview", interview_id)


@require_GET
@for_applicant
def interview(request: HttpRequest, interview: Interview) -> HttpResponseBase:
    if interview.is_submitted:
        return _received(request, interview)
    if interview.withdrawn_at is not None:
        return redirect("interview-withdraw", interview.pk)
    if interview.state == Interview.State.STARTED:
        return _studio(request, interview)
    return _welcome(request, interview)


@posted
@for_applicant
def consent(request: HttpRequest, interview: Interview) -> HttpResponse:
    asks_for_ai = machines.asks_for_ai()
    notice = notices.shown(Notice.Place.INTERVIEW)
    form = Consent(request.POST, asks_for_ai=asks_for_ai, notice=notice)
    if not form.is_valid():
        problem = " ".join(str(message) for messages in form.errors.values() for message in messages)
        return _welcome(request, interview, problem, 400)
    ai = form.cleaned_data["ai"] if asks_for_ai else None
    device, language = device_of(request.headers), get_language() or ""
    answering.consent(interview, ai=ai, device=device, notice=notice, language=language)
    return redirect("interview", interview.pk)


@posted
@for_applicant
def submit(request: HttpRequest, interview: Interview) -> HttpResponseBase:
    try:
        answering.submit(interview)
    except Refused as refused:
        if interview.state == Interview.State.INVITED:
            return _welcome(request, interview, refused.message, refused.status)
        return _studio(request, interview, refused)
    return redirect("interview", interview.pk)


def _welcome(request: HttpRequest, interview: Interview, problem: str = "", status: int = 200) -> HttpResponse:
    live = LiveView([f"applicant:{interview.pk}"], head())
    asked = applicants.questions(interview)
    transcription, analysis = applicants.engine_views()
    context = {
        "interview": interview,
        "position": interview.position,
        "questions": asked,
        "minutes": applicants.minutes(asked),
        "looked_for": looked_for(interview.question_set),
        "media_days": media_days(interview.position),
        "transcription": transcription,
        "analysis": analysis,
        "chosen": {name: request.POST.get(name, "") for name in ("agree", "ai")},
        "terms": terms(interview),
        "notice": notices.shown(Notice.Place.INTERVIEW),
        "live": live,
        "problem": problem,
    }
    return render(request, "applicant/welcome.html", context, status=status)


def _studio(request: HttpRequest, interview: Interview, refused: Refused | None = None) -> HttpResponseBase:
    live = LiveView([f"applicant:{interview.pk}"], head())
    context = {
        "interview": interview,
        "position": interview.position,
        "questions": applicants.questions(interview),
        "practice": applicants.practice(interview),
        "terms": terms(interview),
        "again": again(interview),
        "live": live,
        "grace": applicants.SENTENCE_SECONDS,
        "most_characters": MOST_CHARACTERS,
        "slice_bytes": settings.SLICE_BYTES,
        "max_take_bytes": settings.MAX_TAKE_BYTES,
        "unfinished": _unfinished(interview),
        "problem": refused.message if refused else "",
    }

    @csp_update({"media-src": ["blob:"]})  # what was recorded a moment ago is played from the browser's memory
    @MAY_RECORD
    def page(request: HttpRequest) -> HttpResponse:
        return render(request, "applicant/studio.html", context, status=refused.status if refused else 200)

    return page(request)


def _unfinished(interview: Interview) -> list[Unfinished]:
    """Those that can be gone on with."""
    alone = open_alone(interview)
    return [take for take in unfinished(interview) if not alone or take["question"] in alone]


def _mailed(interview: Interview) -> Message | None:
    """The mail with the receipt, once a mail server has taken it."""
    if settings.EMAIL_FILE_PATH:
        return None
    return Message.objects.filter(interview=interview, kind=Message.Kind.RECEIPT, state=Message.State.SENT).first()


def _received(request: HttpRequest, interview: Interview) -> HttpResponse:
    # The number before the rows: what happens in between comes twice, never not at all.
    live = LiveView([f"applicant:{interview.pk}"], head())
    interview.refresh_from_db(fields=["state", "submitted_at", "withdrawn_at", "ai_consent"])
    receipt = newest(interview)
    context = {
        "interview": interview,
        "position": interview.position,
        "mailed": _mailed(interview),
        "receipt": receipt,
        "earlier": earlier(interview),
        "is_transcribed": machines.is_transcribed(interview),
        "progress": applicants.progress(interview),
        "explained": given(interview),
        "live": live,
    }
    return render(request, "applicant/received.html", context)
