"""Where a person reads an interview, rates it, and decides. Also without scripts: then each click is a form."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Any

from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from interviews import access, topics
from interviews.actions import auditing, reviewing
from interviews.actions.refusals import Refused
from interviews.actions.undo import Act
from interviews.forms.reviewers import DecisionForm, RatingForm
from interviews.models import Decision, Interview, Membership, Review
from interviews.models.audit import Action
from interviews.queries import operations, ratings, reviews, sharing, stages, telling, waiting
from interviews.queries import story as stories
from interviews.queries.erasures import certificate
from interviews.queries.live import LiveView
from interviews.queries.notes import notes_of
from interviews.queries.operations import NowView
from interviews.queries.reveals import sight
from interviews.views.undoing import offered, remember

if TYPE_CHECKING:
    from interviews.queries.facts import Counted

Page = Callable[..., HttpResponse]


def for_viewer(page: Page) -> Page:
    """The page gets the interview and who is asking; who may not see it does not learn that it is there."""

    @wraps(page)
    @login_required
    @never_cache
    def view(request: HttpRequest, interview_id: uuid.UUID) -> HttpResponse:
        interview = get_object_or_404(access.visible_interviews(request.user), pk=interview_id)
        if interview.erased_at is not None:
            return _erased(request, interview)
        return page(request, interview, access.staff(request.user))

    return view


def for_reviewer(page: Page) -> Page:
    """The same, where viewers read and nothing else."""

    @wraps(page)
    def view(request: HttpRequest, interview: Interview, reviewer: User) -> HttpResponse:
        if request.method == "POST" and not access.may_judge(reviewer, interview):
            raise PermissionDenied
        return page(request, interview, reviewer)

    return for_viewer(view)


@require_safe
@login_required
@never_cache
def review(request: HttpRequest, interview_id: uuid.UUID) -> HttpResponse:
    now = operations.now()
    interview = get_object_or_404(access.visible(stages.counted(), request.user), pk=interview_id)
    if interview.erased_at is not None:
        return _erased(request, interview)
    return _review(request, now, interview, access.staff(request.user))


@require_POST
@for_reviewer
def rate(request: HttpRequest, interview: Interview, reviewer: User) -> HttpResponse:
    """JSON, where that is asked for: {"rated", "total"}, or {"error", "message"}."""
    try:
        reviewing.rate(interview, reviewer, RatingForm(request.POST).rated())
    except Refused as refused:
        return refuse(request, interview, reviewer, refused)
    if not by_script(request):
        return redirect("review", interview.pk)
    own = ratings.own(interview, reviewer)
    return JsonResponse({"rated": own.rated, "total": own.total})


@require_POST
@for_reviewer
def finish(request: HttpRequest, interview: Interview, reviewer: User) -> HttpResponse:
    try:
        reviewing.finish(interview, reviewer)
    except Refused as refused:
        return refuse(request, interview, reviewer, refused)
    return JsonResponse({}) if by_script(request) else redirect("review", interview.pk)


@require_POST
@for_reviewer
def decide(request: HttpRequest, interview: Interview, reviewer: User) -> HttpResponse:
    before = interview.decisions.first()
    try:
        decision = reviewing.decide(interview, reviewer, *DecisionForm(request.POST).decided())
    except Refused as refused:
        return refuse(request, interview, reviewer, refused)
    page = reverse("review", args=[interview.pk])
    if decision != before:
        words = _("Decided: %(outcome)s. No mail tells the applicant by itself.")
        remember(request, Act.DECIDE, [decision.pk], words, page, outcome=decision.get_outcome_display())
    return redirect(page)


@require_safe
@login_required
@never_cache
def next_to_review(request: HttpRequest) -> HttpResponse:
    """To the interview that waits for this reviewer behind `after` (an id), or a page that says there is none."""
    found = waiting.next_for(access.staff(request.user), access.judged_interviews(request.user), _after(request))
    return render(request, "hr/nothing_to_review.html") if found is None else redirect("review", found)


def _after(request: HttpRequest) -> uuid.UUID | None:
    try:
        return uuid.UUID(request.GET.get("after", ""))
    except ValueError:
        return None


def _erased(request: HttpRequest, interview: Interview) -> HttpResponse:
    """There is nothing left to be reviewed: the certificate in its place."""
    context = {"interview": interview, "position": interview.position, "certificate": certificate(interview)}
    return render(request, "hr/erased.html", context, status=409 if request.method == "POST" else 200)


def _stage(interview: Interview, is_done: bool, judges: bool) -> str:
    """Of one's own review: what can be filled in on the page, by which its parts are kept or replaced."""
    if not judges:
        return "watching"
    if not interview.is_submitted or interview.withdrawn_at is not None:
        return "closed"
    return "done" if is_done else "open"


def by_script(request: HttpRequest) -> bool:
    return request.get_preferred_type(["text/html", "application/json"]) == "application/json"


def refuse(request: HttpRequest, interview: Interview, reviewer: User, refused: Refused) -> HttpResponse:
    if by_script(request):
        return JsonResponse({"error": refused.code, "message": refused.message}, status=refused.status)
    return _review(request, operations.now(), stages.with_counts_of([interview.pk]).get(), reviewer, refused)


def _review(
    request: HttpRequest, now: NowView, interview: Counted, reviewer: User, refused: Refused | None = None
) -> HttpResponse:
    """Refused: with what was typed, so that nothing is lost."""
    everybodys = ratings.reviews_of([interview])
    mine = ratings.mine(everybodys[interview.pk], reviewer)
    seen = sight(interview.position.rate_first, mine is not None and mine.state == Review.State.DONE)
    revealed = {interview.pk} if seen.levels else set()
    said = reviews.read([interview], revealed)
    [shown] = reviews.of_each([interview], said, revealed)
    role = access.role_in(interview.position, reviewer)
    judges = role in access.JUDGES
    if judges and mine is None:
        reviewing.look_at(interview, reviewer)
    rated = ratings.rated_of([interview], said, everybodys, reviewer)[interview.pk]
    own, compared = rated.own, {it.id: it for it in rated.compared}
    shares = sharing.of(interview)
    comments = sharing.comments(interview) if shares and seen.ratings else []
    typed: dict[str, Any] = request.POST.dict() if refused else {}
    context = {
        "interview": interview,
        "position": interview.position,
        "applicant": interview.applicant,
        "review": shown,
        "row": shown.row,
        "answers": [(answer, own.to_rate.get(answer.number, []), compared.get(answer.id)) for answer in shown.answers],
        "own": own,
        "stage": _stage(interview, own.is_done, judges),
        "outcomes": Decision.Outcome.choices,
        "typed": {**typed, "place": f"{typed.get('answer')}-{typed.get('criterion')}"},
        "problem": refused.message if refused else "",
        "telling": telling.of(next(iter(interview.all_decisions), None)),
        "shares": shares,
        "share_comments": comments if seen.ratings else None,
        "coordinates": role == Membership.Role.RECRUITER,
        "outages": now.outages,
        "undo": offered(request),
        "notes": notes_of(interview, said, only_by=None if seen.levels else reviewer.pk),
        "story": stories.story(interview.pk, revealed=seen.levels),
        "live": LiveView(
            [
                *topics.of_review(interview.pk, seen),
                topics.of_role(interview.pk, judges),
                topics.of_reader(interview.pk, reviewer),
                topics.OPERATIONS,
            ],
            now.after,
        ),
    }
    auditing.seen(Action.REVIEW_SEEN, reviewer, interview.position.pk, interview.pk)
    return render(request, "hr/review.html", context, status=refused.status if refused else 200)
