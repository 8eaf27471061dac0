"""Where somebody comes by a public link, and gets an invitation of their own."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from interviews import access
from interviews.actions import joining
from interviews.actions.invitations import Person, questions_of
from interviews.actions.refusals import Refused, WrongState
from interviews.forms.applicants import Joining, OpenLink
from interviews.models import Interview, Position, PublicLink
from interviews.processing.links import link_path
from interviews.views.applicants import link_problem, posted_to
from interviews.views.qr import qr


@posted_to("join")
@never_cache
def open_link(request: HttpRequest, link_id: uuid.UUID) -> HttpResponse:
    form = OpenLink(request.POST)
    try:
        access.open_public_link(request.session, link_id, form.cleaned_data["token"] if form.is_valid() else "")
    except access.LinkProblem as problem:
        return link_problem(request, problem)
    return redirect("join", link_id)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def join(request: HttpRequest, link_id: uuid.UUID) -> HttpResponse:
    try:
        link = access.public_link(request.session, link_id)
    except access.LinkProblem as problem:
        return link_problem(request, problem)
    if link is None:
        return render(request, "join/open.html", {"link_id": link_id}, status=403 if request.method == "POST" else 200)
    try:
        questions_of(link.position)
    except WrongState:
        return link_problem(request, _not_yet(link))
    if request.method != "POST":
        return _form(request, link, Joining(initial={"form": uuid.uuid4()}))
    form = Joining(request.POST)
    if not form.is_valid():
        return _form(request, link, form, status=400)
    who = Person(form.cleaned_data["name"], form.cleaned_data["email"])
    try:
        visitor, language = request.session[access.VISITOR], get_language() or ""
        joined = joining.join(link, who, visitor, form.cleaned_data["form"], language)
    except Refused as refused:
        return _form(request, link, form, refused.message, refused.status)
    if joined.interview is None or joined.token is None:
        context = {"link": link, "email": who.email, "mails": joining.MAILS_PER_ADDRESS_AND_DAY}
        return render(request, "join/mailed.html", context)
    return _straight_in(request, link, joined.interview, joined.token)


def _straight_in(request: HttpRequest, link: PublicLink, interview: Interview, token: str) -> HttpResponse:
    """The way back is shown here, once: nobody mails it."""
    access.open_link(request.session, interview.pk, token)
    address = request.build_absolute_uri(link_path(interview, token))
    context = {"link": link, "interview": interview, "address": address, "qr": qr(address)}
    return render(request, "join/ready.html", context)


def _form(request: HttpRequest, link: PublicLink, form: Joining, problem: str = "", status: int = 200) -> HttpResponse:
    context = {"link": link, "position": link.position, "form": form, "problem": problem}
    return render(request, "join/join.html", {**context, "sends_mail": settings.SENDS_MAIL}, status=status)


def _not_yet(link: PublicLink) -> access.LinkProblem:
    if link.position.state == Position.State.CLOSED:
        return access.ended(
            link.position,
            _("This position is closed"),
            _("Nobody is invited to it any more. If you have an invitation of your own, that one stays good."),
        )
    if link.position.is_over:
        return access.ended(
            link.position,
            _("This position no longer takes answers"),
            _("If you have an invitation of your own and were given more time, that one stays good."),
            ended_at=link.position.deadline,
        )
    return access.LinkProblem(
        409,
        _("There are no questions yet"),
        _("The interview for %(position)s is still being prepared.") % {"position": link.position},
        _("Come back later with the same link, or ask %(host)s: %(contact)s.")
        % {"host": link.position.host, "contact": link.position.contact},
        position=link.position,
    )
