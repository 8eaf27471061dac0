"""Where transcripts are corrected: by applicants, their own, and by the people of the team."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from interviews import access, topics
from interviews.actions import auditing
from interviews.actions.correcting import MOST_CHARACTERS, correct
from interviews.actions.refusals import ChangedElsewhere, Refused, WrongState
from interviews.events import head
from interviews.forms.applicants import Correcting
from interviews.models import Answer, Interview
from interviews.models.audit import Action
from interviews.queries import applicants, corrections
from interviews.queries.live import LiveView
from interviews.queries.players import player
from interviews.views.applicants import for_applicant_even_late


@require_http_methods(["GET", "POST"])
@for_applicant_even_late
def own(request: HttpRequest, interview: Interview) -> HttpResponse:
    if not interview.is_submitted:
        return redirect("interview", interview.pk)
    live = LiveView([f"applicant:{interview.pk}"], head())
    interview.refresh_from_db()  # after the number: what happens in between is sent
    typed, status = _typed(request, interview, None)
    if status == 302:
        return redirect("own-transcripts", interview.pk)
    context = {
        "interview": interview,
        "progress": applicants.progress(interview),
        "answers": corrections.correctable(interview),
        "until": corrections.applicant_may_correct_until(interview),
        "may_correct": corrections.applicant_may_correct(interview),
        "most_characters": MOST_CHARACTERS,
        "live": live,
        **typed,
    }
    return render(request, "applicant/transcripts.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@never_cache
def one(request: HttpRequest, interview_id: uuid.UUID, take_id: uuid.UUID) -> HttpResponse:
    interview = get_object_or_404(access.visible_interviews(request.user), pk=interview_id)
    read_with = Answer.objects.select_related("question", "take__transcript", "take__rendition")
    answers = read_with.prefetch_related("take__segments", "take__transcript__corrections__actor")
    answer = get_object_or_404(answers, interview=interview, take=take_id)
    judges = access.may_judge(request.user, interview)
    if request.method == "POST" and not judges:
        raise PermissionDenied
    typed, status = _typed(request, interview, access.staff(request.user))
    if status == 302:
        return redirect("transcript", interview.pk, take_id)
    context = {
        "interview": interview,
        "position": interview.position,
        "applicant": interview.applicant,
        "answer": corrections.view(answer),
        "player": player(answer.take, answer.question.number, []),
        "most_characters": MOST_CHARACTERS,
        "judges": judges,
        "live": LiveView(
            [
                *topics.of_review(interview.pk, access.seen_by(request.user, interview)),
                topics.of_role(interview.pk, judges),
            ],
            head(),
        ),
        **typed,
    }
    reader, position = access.staff(request.user), interview.position.pk
    auditing.seen(Action.TRANSCRIPT_SEEN, reader, position, interview.pk, subject=answer.take)
    return render(request, "hr/transcript.html", context, status=status)


def _typed(request: HttpRequest, interview: Interview, actor: User | None) -> tuple[dict[str, Any], int]:
    """What a form that was refused is shown with, so that nothing typed is lost; 302 where it was kept."""
    if request.method != "POST":
        return {}, 200
    form = Correcting(request.POST)
    stored: dict[str, Any] = {}
    try:
        if not form.is_valid():
            raise WrongState(_("This page was not understood. Load it again."))
        wanted = form.cleaned_data
        if correct(interview, wanted["take"], wanted["text"], wanted["version"], actor) is None:
            messages.info(request, _("Nothing was changed: the transcript says that already."))
        else:
            messages.success(request, _("Saved. The answer is assessed again with these words, if AI assesses it."))
        return {}, 302
    except ChangedElsewhere as problem:
        refused: Refused = problem
        stored = {"stored": problem.text, "stored_version": problem.version}
    except Refused as problem:
        refused = problem
    typed = {"problem": refused.message, "typed": request.POST.get("text", ""), "typed_take": request.POST.get("take")}
    return typed | stored, refused.status
