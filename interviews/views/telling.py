"""Where somebody writes, looks over and sends what an applicant is told of a decision."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.models import User
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from interviews import access, topics
from interviews.actions import telling as acts
from interviews.actions.refusals import Refused
from interviews.events import head
from interviews.forms.outside import Telling
from interviews.models import Decision, Interview
from interviews.queries import telling
from interviews.queries.live import LiveView
from interviews.queries.telling import Words
from interviews.views.reviewing import for_reviewer


@require_http_methods(["GET", "HEAD", "POST"])
@for_reviewer
def tell(request: HttpRequest, interview: Interview, reviewer: User) -> HttpResponse:
    """For those who may invite. Looking over fills the blanks in; what was shown is what is sent."""
    if not access.coordinates(reviewer, interview):
        raise Http404
    form = Telling(request.POST) if request.method == "POST" else None
    try:
        decision = acts.must_be_tellable(interview)
        if form is None:
            return _page(request, interview, decision, telling.draft(decision.outcome, interview.mail_language))
        if not form.is_valid():
            return _page(request, interview, decision, _typed(form), form=form, status=400)
        return _act(request, interview, decision, reviewer, form)
    except Refused as refused:
        return _page(request, interview, None, _typed(form), problem=refused.message, status=refused.status)


def _act(request: HttpRequest, interview: Interview, decision: Decision, actor: User, form: Telling) -> HttpResponse:
    act, typed = form.cleaned_data["act"], _typed(form)
    if act == "look":
        blanks = telling.blanks(interview)
        try:
            shown = Words(acts.filled(typed.subject, blanks), acts.filled(typed.body, blanks))
        except Refused as refused:
            return _page(request, interview, decision, typed, problem=refused.message, status=refused.status)
        return _page(request, interview, decision, typed, shown=shown)
    if act == "change":
        return _page(request, interview, decision, typed)
    if act == "send":
        acts.tell(interview, form.cleaned_data["decision"] or 0, typed.subject, typed.body, by=actor)
        messages.success(request, _("It is sent in a minute. Until then you can call it back."))
    elif act == "call-back":
        acts.call_back(interview, by=actor)
        messages.success(request, _("Called back: nothing was sent."))
    else:
        acts.try_again(interview, by=actor)
    return redirect("review", interview.pk) if request.POST.get("back") == "review" else redirect("tell", interview.pk)


def _typed(form: Telling | None) -> Words:
    if form is None:
        return Words("", "")
    data: Any = form.data
    return Words(" ".join(data.get("subject", "").split()), data.get("body", "").replace("\r\n", "\n"))


def _page(
    request: HttpRequest,
    interview: Interview,
    decision: Decision | None,
    typed: Words,
    *,
    shown: Words | None = None,
    form: Telling | None = None,
    problem: str = "",
    status: int = 200,
) -> HttpResponse:
    after = head()
    context = {
        "interview": interview,
        "position": interview.position,
        "applicant": interview.applicant,
        "decision": decision,
        "typed": typed,
        "shown": shown,
        "errors": form.errors if form is not None else {},
        "problem": problem,
        "blanks": [f"{{{name}}}" for name in telling.blanks(interview)],
        "telling": telling.of(interview.decisions.first()),
        "sends_mail": settings.SENDS_MAIL,
        "seconds": int(acts.CALLED_BACK_WITHIN.total_seconds()),
        "live": LiveView(topics.of_review(interview.pk, access.seen_by(access.staff(request.user), interview)), after),
    }
    return render(request, "hr/tell.html", context, status=status)
