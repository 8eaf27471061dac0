"""Where the team shares one interview with somebody from outside, and ends that again."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.models import User
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from interviews import access, topics
from interviews.actions import sharing as acts
from interviews.actions.refusals import Refused
from interviews.actions.undo import Act
from interviews.events import head
from interviews.forms.outside import Sharing
from interviews.forms.reading import read_id
from interviews.models import Interview, ShareLink
from interviews.processing.links import share_path
from interviews.queries import sharing
from interviews.queries.live import LiveView
from interviews.views.reviewing import for_reviewer
from interviews.views.undoing import offered, remember

DAYS = 14


@require_http_methods(["GET", "HEAD", "POST"])
@for_reviewer
def share(request: HttpRequest, interview: Interview, reviewer: User) -> HttpResponse:
    if not access.coordinates(reviewer, interview):
        raise Http404
    if request.method != "POST":
        return _page(request, interview, reviewer, Sharing(initial={"days": DAYS}))
    form = Sharing(request.POST)
    if not form.is_valid():
        return _page(request, interview, reviewer, form, status=400)
    chosen = form.cleaned_data
    try:
        made, token = acts.share(
            interview, form.outsider(), chosen["days"], shows_levels=chosen["shows_levels"], by=reviewer
        )
    except Refused as refused:
        return _page(request, interview, reviewer, form, refused.message, refused.status)
    address = request.build_absolute_uri(share_path(made, token))
    return render(request, "hr/share_made.html", {"interview": interview, "link": made, "address": address})


@require_POST
@for_reviewer
def end_share(request: HttpRequest, interview: Interview, reviewer: User) -> HttpResponse:
    if not access.coordinates(reviewer, interview):
        raise Http404
    link = get_object_or_404(ShareLink, pk=read_id(request.POST.get("share", "")), interview=interview)
    page = reverse("share", args=[interview.pk])
    if acts.end_share(link, by=reviewer):
        words = _("Ended. Whoever had it open sees nothing more; their comments are kept.")
        remember(request, Act.END_SHARE, [link.pk], words, page)
    else:
        messages.info(request, _("It had ended before."))
    return redirect(page)


def _page(
    request: HttpRequest, interview: Interview, reviewer: User, form: Sharing, problem: str = "", status: int = 200
) -> HttpResponse:
    after = head()
    seen = access.seen_by(reviewer, interview)
    context = {
        "interview": interview,
        "form": form,
        "problem": problem,
        "may_show_levels": seen.levels,
        "days_at_most": acts.DAYS_AT_MOST,
        "shares": sharing.of(interview),
        "coordinates": True,
        "undo": offered(request),
        "live": LiveView(topics.of_review(interview.pk, seen), after),
    }
    return render(request, "hr/share.html", context, status=status)
