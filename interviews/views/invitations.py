"""Pages of recruiters: inviting, and what is done with an invitation afterwards."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import Any, TypeVar

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from interviews import access, lists, topics
from interviews.actions import invitations as acts
from interviews.actions.refusals import Refusals, Refused
from interviews.actions.undo import Act
from interviews.events import head
from interviews.forms.coordinators import Acting, GivingBack, Inviting
from interviews.forms.listing import LookingForInvited, address, invited_words, query_of, read_ids
from interviews.models import Interview, Position
from interviews.processing.links import link_path
from interviews.queries import invitations, listing, redos
from interviews.queries.live import LiveView
from interviews.views import many
from interviews.views.paged import paged, told
from interviews.views.undoing import offered, remember

Page = Callable[..., HttpResponse]
Outcome = TypeVar("Outcome")


def for_coordinator(page: Page) -> Page:
    """The page gets the position and who is asking; whoever may not invite to it does not learn that it is there."""

    @wraps(page)
    @login_required
    @never_cache
    def view(request: HttpRequest, position_id: int, **rest: Any) -> HttpResponse:
        position = get_object_or_404(access.coordinated_positions(request.user), pk=position_id)
        return page(request, position, **rest)

    return view


@require_safe
@login_required
@never_cache
def positions(request: HttpRequest) -> HttpResponse:
    after = head()  # before the counts: what happens in between is counted again
    seen = access.visible_positions(request.user).values_list("pk", flat=True)
    context = {
        "live": LiveView(topics.of_positions(seen), after),
        "positions": invitations.positions(access.coordinated_positions(request.user)),
    }
    return render(request, "hr/invitations/positions.html", context)


@require_safe
@for_coordinator
def listed(request: HttpRequest, position: Position) -> HttpResponse:
    after = head()
    looking = LookingForInvited(request.GET)
    page = listing.page(
        invitations.those(of_position(position), looking.kind()),
        access.staff(request.user),
        looking.wanted(),
        after=looking.place("after"),
        before=looking.place("before"),
    )
    context = {
        **paged(request, looking, page, reverse("position-invitations-news", args=[position.pk])),
        "position": position,
        "coordinates": True,
        "rows": invitations.rows_of(page.ids),
        "kind": looking.kind(),
        "kinds": _kinds(request),
        "sends_mail": settings.SENDS_MAIL,
        "undo": offered(request),
        "live": LiveView([f"invitations:{position.pk}"], after),
    }
    return render(request, "hr/invitations/list.html", context)


@require_safe
@for_coordinator
def news(request: HttpRequest, position: Position) -> HttpResponse:
    looking = LookingForInvited(request.GET)
    return told(request, access.staff(request.user), looking, invitations.those(of_position(position), looking.kind()))


@require_safe
@for_coordinator
def one(request: HttpRequest, position: Position, interview_id: uuid.UUID) -> HttpResponse:
    interview = get_object_or_404(of_position(position), pk=interview_id)
    return one_page(request, position, interview, GivingBack(initial={"days": position.invitation_days}))


@require_http_methods(["GET", "HEAD", "POST"])
@for_coordinator
def invite(request: HttpRequest, position: Position) -> HttpResponse:
    if request.method != "POST":
        return _invite_page(request, position, Inviting(initial=_initial(position)))
    form = Inviting(request.POST, request.FILES)
    if not form.is_valid():
        return _invite_page(request, position, form, status=400)
    standing = invitations.already_invited(position)
    try:
        text = form.cleaned_data["people"]
        if form.cleaned_data["file"]:
            uploaded = lists.text_of(form.cleaned_data["file"].read(lists.BYTES_AT_MOST + 1))
            text = "\n".join(filter(None, [text, *map(str, lists.read(uploaded, {}))]))
        lines = lists.read(text, standing)
    except lists.Unreadable as problem:
        form.add_error("file", problem.message)
        return _invite_page(request, position, form, status=400)
    good = [acts.Person(line.name, line.email) for line in lines if not line.problem]
    seen = hashlib.sha256(text.encode()).hexdigest()
    # Only what was shown is done: who changed the list since is shown it again.
    if form.cleaned_data["seen"] == seen and good and len(lines) <= lists.PEOPLE_AT_MOST:
        return _invited(request, position, good, form.cleaned_data)
    again = Inviting(initial={**form.cleaned_data, "people": text, "seen": seen, "file": None})
    return _invite_page(request, position, again, lines, len(good))


@require_POST
@for_coordinator
def act(request: HttpRequest, position: Position) -> HttpResponse:
    """Something done with all that are ticked. Leads back to the list as the address of this one filters it."""
    page = reverse("position-invitations", args=[position.pk])
    form = Acting(request.POST)
    chosen = list(of_position(position).filter(pk__in=read_ids(request.POST.getlist("interview"))))
    if "days" in form.errors:
        messages.warning(request, _("Nothing was done: between 1 and 365 days can be given."))
    elif not form.is_valid() or not chosen:
        messages.warning(request, _("Nothing was done: tick at least one person, then choose what to do."))
    if not form.is_valid() or not chosen:
        return redirect(f"{page}?{request.GET.urlencode()}" if request.GET else page)
    name, days = form.cleaned_data["act"], form.cleaned_data["days"]
    user = access.staff(request.user)
    if "back" in request.POST:
        page = reverse("invitation", args=[position.pk, chosen[0].pk])
    if name == "links" and (links := _new_links(request, user, chosen)):
        return links_page(request, position, links)
    if name == "remind":
        many.remind(request, user, chosen, page)
    elif name == "extend":
        many.extend(request, user, chosen, days, page)
    elif name == "resend":
        _resend(request, user, chosen)
    elif name == "revoke":
        _revoke(request, user, chosen, page)
    return redirect(f"{page}?{request.GET.urlencode()}" if request.GET else page)


def one_page(
    request: HttpRequest, position: Position, interview: Interview, form: GivingBack, status: int = 200
) -> HttpResponse:
    # The number before the rows: what happens in between comes twice, never not at all.
    after = head()
    context = {
        "position": position,
        "row": invitations.of(interview.pk),
        "redos": redos.every(interview.pk),
        "history": invitations.history(interview.pk),
        "giving_back": redos.giving_back(interview),
        "form": form,
        "sends_mail": settings.SENDS_MAIL,
        "undo": offered(request),
        "live": LiveView([f"invitation:{interview.pk}"], after),
    }
    return render(request, "hr/invitations/one.html", context, status=status)


def _kinds(request: HttpRequest) -> list[tuple[str, str, str]]:
    """Each with its words, and the address of the same list of these alone."""
    kinds = []
    for kind, words in invited_words().items():
        asked = request.GET.copy()
        asked["show"] = kind
        kinds.append((kind, words, address(request.path, query_of(asked, LookingForInvited))))
    return kinds


def _new_links(request: HttpRequest, user: User, chosen: list[Interview]) -> list[tuple[Interview, str]]:
    """Each with the token of a new link."""
    made, refused = _each(chosen, lambda it: acts.new_link(it, actor=user))
    many.tell(request, many.named(chosen, refused))
    return made


def _resend(request: HttpRequest, user: User, chosen: list[Interview]) -> None:
    sent, refused = _each(chosen, lambda it: acts.resend(it, actor=user))
    words = ngettext("%d invitation is on its way again.", "%d invitations are on their way again.", len(sent))
    if sent:
        messages.success(request, words % len(sent))
    many.tell(request, many.named(chosen, refused))


def _each(
    chosen: list[Interview], act: Callable[[Interview], Outcome]
) -> tuple[list[tuple[Interview, Outcome]], Refusals]:
    """What came of it, and with whom it could not be done."""
    done: list[tuple[Interview, Outcome]] = []
    refused: Refusals = {}
    for interview in chosen:
        try:
            done.append((interview, act(interview)))
        except Refused as problem:
            refused[interview.pk] = problem
    return done, refused


def _revoke(request: HttpRequest, user: User, chosen: list[Interview], page: str) -> None:
    ended, refused = acts.revoke_all([it.pk for it in chosen], actor=user)
    words = ngettext(
        "%(count)s invitation was withdrawn: its links have ended, and what was recorded is kept. No mail says so.",
        "%(count)s invitations were withdrawn: their links have ended, and what was recorded is kept. No mail says so.",
        len(ended),
    )
    if ended:
        remember(request, Act.REVOKE, [[str(pk), at.isoformat()] for pk, at in ended.items()], words, page)
    many.tell(request, many.named(chosen, refused))


def _invited(
    request: HttpRequest, position: Position, people: list[acts.Person], chosen: dict[str, Any]
) -> HttpResponse:
    by_mail = chosen["by_mail"] and settings.SENDS_MAIL
    days_end = timezone.now() + timedelta(days=chosen["days"])
    terms = acts.Terms(days_end, by_mail=by_mail, reminds=chosen["reminds"])
    try:
        made = acts.invite_people(position, people, terms, access.staff(request.user))
    except Refused as problem:
        messages.warning(request, problem.message)
        return redirect("position-invitations", position.pk)
    if not by_mail:
        return links_page(request, position, made)
    words = ngettext(
        "%d person is invited; the mail is on its way.", "%d people are invited; mails are on their way.", len(made)
    )
    messages.success(request, words % len(made))
    return redirect("position-invitations", position.pk)


def links_page(request: HttpRequest, position: Position, made: list[tuple[Interview, str]]) -> HttpResponse:
    links = [(it.applicant, request.build_absolute_uri(link_path(it, token))) for it, token in made]
    return render(request, "hr/invitations/links.html", {"position": position, "links": links})


def _invite_page(
    request: HttpRequest,
    position: Position,
    form: Inviting,
    lines: list[lists.Line] | None = None,
    good: int = 0,
    status: int = 200,
) -> HttpResponse:
    context = {
        "position": position,
        "form": form,
        "lines": lines and sorted(lines, key=lambda it: not it.problem),  # what needs somebody first
        "good": good,
        "bad": len(lines or []) - good,
        "too_many": len(lines or []) > lists.PEOPLE_AT_MOST,
        "at_most": lists.PEOPLE_AT_MOST,
        "sends_mail": settings.SENDS_MAIL,
        "mail_folder": settings.EMAIL_FILE_PATH,
        "is_published": position.question_sets.filter(published_at__isnull=False).exists(),
        "is_open": position.state == Position.State.OPEN,
        "ends_at": None if position.is_over else position.deadline,
    }
    return render(request, "hr/invitations/invite.html", context, status=status)


def _initial(position: Position) -> dict[str, Any]:
    return {"days": position.invitation_days, "by_mail": settings.SENDS_MAIL, "reminds": settings.SENDS_MAIL}


def of_position(position: Position) -> Any:
    return Interview.objects.filter(question_set__position=position).select_related(
        "applicant", "question_set__position"
    )
