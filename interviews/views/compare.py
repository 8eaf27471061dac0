"""Applicants of one position beside each other, by question; also without names and pictures."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from interviews import access, topics
from interviews.actions import auditing
from interviews.events import head
from interviews.models import Rendition
from interviews.models.audit import Action
from interviews.queries import beside
from interviews.queries.beside import ChoiceView, QuestionView
from interviews.queries.live import LiveView
from interviews.views.sending import Stored, send

FEWEST, MOST = 2, 5
"""Applicants side by side."""
A_PAGE = 10
"""Answers to one question."""


@require_safe
@login_required
@never_cache
def compare(request: HttpRequest, position_id: int) -> HttpResponse:
    """`with`: who, by id or by the key of the anonymous mode; `question`: one number; `anonymous`: 1."""
    position = get_object_or_404(access.visible_positions(request.user), pk=position_id)
    reader = access.staff(request.user)
    anonymous = request.GET.get("anonymous") == "1"
    # The number before the rows: what happens in between comes twice, never not at all.
    after, as_of = head(), timezone.now()
    choices = beside.choices(position, reader, anonymous=anonymous)
    asked = beside.questions(position)
    chosen, problem = _chosen(request.GET.getlist("with"), choices)
    question, wrong = _question(request.GET.get("question", ""), asked)
    problem = problem or wrong or _too_few_or_many(chosen, question)
    if not problem and {str(it.key) for it in chosen} != set(request.GET.getlist("with")):
        return redirect(f"{request.path}?{_query(chosen, question, anonymous)}")  # no id of an interview stays behind
    listed = Paginator(chosen or (choices if question else []), A_PAGE if question else MOST)
    page = listed.get_page(request.GET.get("page"))
    shown = list(page.object_list) if not problem else []
    columns = beside.columns(
        position, shown, reader, anonymous=anonymous, question=question.number if question else None
    )
    followed = [topic for it in columns for topic in topics.of_review(it.review.row.id, it.sight)]
    context: dict[str, Any] = {
        "position": position,
        "coordinates": access.coordinates(reader, position),
        "anonymous": anonymous,
        "as_of": as_of,
        "choices": choices,
        "chosen": {it.key for it in chosen},
        "questions": asked,
        "question": question,
        "columns": columns,
        "rows": [
            (it, [(column, column.cells.get(it.number)) for column in columns])
            for it in asked
            if question in (None, it)
        ],
        "page": page,
        "others": _query(chosen, question, anonymous),
        "problem": problem,
        "most": MOST,
        "fewest": FEWEST,
        "live": LiveView(followed, after) if columns and not anonymous else None,
    }
    if columns:
        auditing.seen(Action.COMPARED, reader, position.pk, *(it.review.row.id for it in columns))
    return render(request, "hr/compare.html", context, status=400 if problem else 200)


@require_safe
@login_required
@never_cache
def sound(request: HttpRequest, position_id: int, alias: uuid.UUID, number: int) -> HttpResponseBase:
    """The sound of one answer, without its picture, by the reader's own key for its applicant."""
    position = get_object_or_404(access.visible_positions(request.user), pk=position_id)
    choices = beside.choices(position, access.staff(request.user), anonymous=True)
    interview = next((it.interview for it in choices if it.alias == alias), None)
    if interview is None:
        raise Http404
    answered = {"take__answer__interview": interview, "take__answer__question__number": number}
    rendition = get_object_or_404(beside.with_sound(Rendition.objects.select_related("take")), **answered)
    auditing.seen(Action.RECORDING_PLAYED, access.staff(request.user), position.pk, interview, subject=rendition.take)
    return send(request, Stored(rendition.sound, f"{rendition.version.hex}-sound", "audio/wav"))


def _chosen(given: Sequence[str], choices: Sequence[ChoiceView]) -> tuple[list[ChoiceView], str]:
    """In the order of the list, and what is wrong with what was asked for."""
    known = {str(key) for it in choices for key in (it.interview, it.alias)}
    chosen = [it for it in choices if not {str(it.interview), str(it.alias)}.isdisjoint(given)]
    if set(given) <= known:
        return chosen, ""
    return chosen, _("Somebody in this address has not handed in an interview of this position. Choose from the list.")


def _question(given: str, asked: Sequence[QuestionView]) -> tuple[QuestionView | None, str]:
    found = next((it for it in asked if str(it.number) == given), None)
    return found, _("There is no such question here. Choose one from the list.") if given and not found else ""


def _too_few_or_many(chosen: Sequence[ChoiceView], question: QuestionView | None) -> str:
    if question is not None or not chosen or FEWEST <= len(chosen) <= MOST:
        return ""
    if len(chosen) < FEWEST:
        return _("Choose at least two applicants, or one question.")
    return _("Choose at most %(most)s applicants, or one question for all of them.") % {"most": MOST}


def _query(chosen: Sequence[ChoiceView], question: QuestionView | None, anonymous: bool) -> str:
    """Of the same page, without the number of its part."""
    pairs = [("with", str(it.key)) for it in chosen]
    pairs += [("question", str(question.number))] if question else []
    return urlencode([*pairs, *([("anonymous", "1")] if anonymous else [])])
