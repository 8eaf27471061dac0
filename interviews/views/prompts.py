"""What asks a question besides its text: a video or sound, and its captions. For those who were invited."""

from __future__ import annotations

from pathlib import Path

from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from interviews.models import Interview, Question
from interviews.views.applicants import for_applicant
from interviews.views.sending import Stored, send


@require_safe
@for_applicant
def prompt(request: HttpRequest, interview: Interview, question_id: int) -> HttpResponseBase:
    question = _question(interview, question_id)
    if not question.prompt:
        raise Http404
    return send(request, Stored(Path(question.prompt.path), question.prompt.name, question.prompt_type))


@require_safe
@for_applicant
def captions(request: HttpRequest, interview: Interview, question_id: int) -> HttpResponseBase:
    question = _question(interview, question_id)
    if not question.captions:
        raise Http404
    return send(request, Stored(Path(question.captions.path), question.captions.name, "text/vtt; charset=utf-8"))


def _question(interview: Interview, question_id: int) -> Question:
    return get_object_or_404(Question, pk=question_id, question_set=interview.question_set_id)
