"""The questions of a position: a draft is written and published, what is published is followed by a new draft."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from interviews import access
from interviews.actions import positions as acts
from interviews.actions.refusals import Refused
from interviews.forms.questions import AskedForms, QuestionSetForm, rubric_choices
from interviews.forms.reading import read_button
from interviews.models import Position, Question, QuestionSet
from interviews.views.invitations import for_coordinator

ADVISED = 5


@require_http_methods(["GET", "HEAD", "POST"])
@for_coordinator
def questions(request: HttpRequest, position: Position) -> HttpResponse:
    draft = position.question_sets.filter(published_at__isnull=True).order_by("-version").first()
    if request.method == "POST" and request.POST.get("act") == "next":
        return _next(request, position)
    if draft is None:
        return _published_page(request, position)
    return _saved(request, position, draft) if request.method == "POST" else _page(request, position, draft)


def _next(request: HttpRequest, position: Position) -> HttpResponse:
    draft, is_new = acts.next_draft(position)
    if is_new and draft.questions.exists():
        messages.success(
            request, _("This is a draft with the same questions. Who was invited before keeps the old ones.")
        )
    return redirect("position-questions", position.pk)


def _saved(request: HttpRequest, position: Position, draft: QuestionSet) -> HttpResponse:
    choices = rubric_choices(draft.questions.values_list("rubric", flat=True))
    form = QuestionSetForm(request.POST)
    asked = AskedForms(request.POST, prefix="asked", form_kwargs={"rubrics": choices, "empty_permitted": False})
    if not all([form.is_valid(), asked.is_valid()]):
        return _page(request, position, draft, form, asked, status=400)
    act, place = read_button(request.POST.get("act", ""))
    kept, at = _in_order(asked, act, place)
    try:
        acts.save_questions(draft, form.cleaned_data["edits"], form.cleaned_data["practice"], kept)
    except Refused as refused:
        draft.refresh_from_db()
        return _page(request, position, draft, form, asked, conflict=refused.message, status=refused.status)
    if act == "publish":
        return _published(request, position, draft)
    messages.success(request, _("The draft is saved."))
    address = reverse("position-questions", args=[position.pk])
    if act == "add":
        return redirect(f"{address}?add=1#question-{len(kept) + 1}")
    return redirect(f"{address}#question-{at + 1}" if at is not None else address)


def _in_order(asked: Any, act: str, place: int) -> tuple[list[acts.Asked], int | None]:
    """Those that stay, in the order of their places, with one moved where that was asked; and where that is now."""
    forms = [(number, form) for number, form in enumerate(asked) if not form.is_removed()]
    forms.sort(key=lambda it: (it[1].cleaned_data.get("place") or 0, it[0]))
    at = next((now for now, (number, _form) in enumerate(forms) if number == place), None)
    if at is not None and act in ("up", "down"):
        moved = forms.pop(at)
        at = max(0, at - 1) if act == "up" else min(len(forms), at + 1)
        forms.insert(at, moved)
    return [form.asked() for _number, form in forms], at


def _published(request: HttpRequest, position: Position, draft: QuestionSet) -> HttpResponse:
    try:
        acts.publish(draft, actor=access.staff(request.user))
    except Refused as refused:
        draft.refresh_from_db()
        return _page(request, position, draft, problem=refused.message, status=400)
    messages.success(request, _("Published: whoever is invited from now on is asked these questions."))
    if draft.questions.count() > ADVISED:
        messages.warning(request, _("There are more than five questions: with each more, more applicants give up."))
    return redirect("position", position.pk)


def _published_page(request: HttpRequest, position: Position) -> HttpResponse:
    published = position.question_sets.filter(published_at__isnull=False).order_by("-version").first()
    asked = Question.objects.filter(question_set=published).select_related("rubric__rubric") if published else []
    context = {"position": position, "published": published, "asked": asked}
    return render(request, "hr/positions/published.html", context)


def _page(
    request: HttpRequest,
    position: Position,
    draft: QuestionSet,
    form: QuestionSetForm | None = None,
    asked: Any = None,
    *,
    status: int = 200,
    **context: Any,
) -> HttpResponse:
    """As it is stored, or as it was typed."""
    stored = list(draft.questions.select_related("rubric__rubric"))
    if asked is None:
        form = QuestionSetForm(initial={"practice": draft.practice})
        initial: list[dict[str, Any]] = [
            {
                "id": it.pk,
                "place": it.number,
                "text": it.text,
                "rubric": str(it.rubric_id or ""),
                "think_seconds": it.think_seconds,
                "answer_seconds": it.answer_seconds,
                "takes": it.takes,
            }
            for it in stored
        ]
        if (not stored or request.GET.get("add")) and len(stored) < acts.QUESTIONS_AT_MOST:
            initial.append({"place": len(stored) + 1})
        choices = rubric_choices(it.rubric_id for it in stored)
        asked = AskedForms(prefix="asked", initial=initial, form_kwargs={"rubrics": choices, "empty_permitted": False})
    context |= {
        "position": position,
        "draft": draft,
        "form": form,
        "asked": asked,
        "with_video": {it.pk for it in stored if it.prompt},
        "is_full": len(asked.forms) >= acts.QUESTIONS_AT_MOST,
        "is_first": not QuestionSet.objects.filter(position=position, published_at__isnull=False).exists(),
    }
    return render(request, "hr/positions/questions.html", context, status=status)
