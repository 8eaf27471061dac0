"""What somebody from outside sees by a link: one interview, watermarked. Each address asks again whether it is good."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from interviews import access, topics
from interviews.actions import sharing as acts
from interviews.actions.refusals import ChangedElsewhere, Refused
from interviews.events import head
from interviews.forms import bodies
from interviews.forms.applicants import OpenLink
from interviews.models import Answer, Rendition, ShareLink, ShareVisit
from interviews.queries import sharing
from interviews.queries.live import LiveView
from interviews.views.applicants import link_problem, posted_to
from interviews.views.media import original, playable, poster
from interviews.views.sending import send

Page = Callable[..., HttpResponseBase]
MARKS = 24
"""How often the name stands over the page."""
NO_STORE = {"Cache-Control": "no-store"}


def for_outsider(page: Page) -> Page:
    """The page gets the link that this session opened; without one, the way to open it is shown."""

    @wraps(page)
    @never_cache
    def view(request: HttpRequest, share_id: uuid.UUID, **rest: Any) -> HttpResponseBase:
        try:
            link = access.share(request.session, share_id)
        except access.LinkProblem as problem:
            if request.method == "PUT":
                return _not_saved("ended", f"{problem.title}. {problem.message}", problem.status)
            return link_problem(request, problem)
        if link is None:
            if request.method == "PUT":
                return _not_saved("not_open", _("Not saved: open your link again."), 403)
            status = 200 if request.method in ("GET", "HEAD") and not rest else 403
            return render(request, "shared/open.html", {"share_id": share_id}, status=status)
        return page(request, link, **rest)

    return view


@posted_to("shared")
@never_cache
def open_link(request: HttpRequest, share_id: uuid.UUID) -> HttpResponse:
    form = OpenLink(request.POST)
    try:
        link = access.open_share(request.session, share_id, form.cleaned_data["token"] if form.is_valid() else "")
    except access.LinkProblem as problem:
        return link_problem(request, problem)
    acts.visited(link, ShareVisit.Kind.OPENED)
    return redirect("shared", share_id)


@require_safe
@for_outsider
def shared(request: HttpRequest, link: ShareLink) -> HttpResponse:
    acts.visited(link, ShareVisit.Kind.SEEN)
    # The number before the rows: what happens in between comes twice, never not at all.
    after = head()
    own = sharing.own_comments(link)
    context = {
        "link": link,
        "interview": link.interview,
        "position": link.interview.position,
        "answers": [(answer, own.get(answer.number)) for answer in sharing.answers(link)],
        "most_characters": acts.MOST_CHARACTERS,
        "marks": range(MARKS),
        "now": timezone.now(),
        "live": LiveView([f"{topics.SHARED}:{link.pk}"], after),
    }
    return render(request, "shared/interview.html", context)


@require_safe
@for_outsider
def shared_media(request: HttpRequest, link: ShareLink, number: int) -> HttpResponseBase:
    answer = _answer(link, number)
    rendition = Rendition.objects.filter(take=answer.take).exclude(mime_type="").first()
    acts.visited(link, ShareVisit.Kind.PLAYED, answer)
    if rendition is not None:
        return send(request, playable(rendition))
    return send(request, original(get_object_or_404(answer.take.segments, number=1)))


@require_safe
@for_outsider
def shared_poster(request: HttpRequest, link: ShareLink, number: int) -> HttpResponseBase:
    return send(request, poster(get_object_or_404(Rendition, take=_answer(link, number).take, has_poster=True)))


@require_http_methods(["PUT"])
@for_outsider
def shared_comment(request: HttpRequest, link: ShareLink, number: int) -> HttpResponse:
    """PUT {"text", "version"} -> {"version"}; 409 {"text", "version"} where another text is stored by now."""
    try:
        written = bodies.draft(request)
        stored = acts.comment(link, _answer(link, number), written.text, written.version)
    except ChangedElsewhere as changed:
        body = {"error": changed.code, "message": changed.message, "text": changed.text, "version": changed.version}
        return JsonResponse(body, status=changed.status, headers=NO_STORE)
    except Refused as refused:
        return _not_saved(refused.code, refused.message, refused.status)
    return JsonResponse({"version": stored.version}, headers=NO_STORE)


def _not_saved(code: str, message: str, status: int) -> JsonResponse:
    return JsonResponse({"error": code, "message": message}, status=status, headers=NO_STORE)


def _answer(link: ShareLink, number: int) -> Answer:
    answers = Answer.objects.filter(interview=link.interview_id).select_related("take")
    return get_object_or_404(answers, question__number=number)
