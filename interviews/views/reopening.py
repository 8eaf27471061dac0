"""Giving one interview back to its applicant: all of it, or one question."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from interviews import access
from interviews.actions import reopening
from interviews.actions.refusals import Refused
from interviews.forms.coordinators import GivingBack
from interviews.models import Position, Question
from interviews.views.invitations import for_coordinator, links_page, of_position, one_page


@require_POST
@for_coordinator
def give_back(request: HttpRequest, position: Position, interview_id: uuid.UUID) -> HttpResponse:
    interview = get_object_or_404(of_position(position), pk=interview_id)
    form = GivingBack(request.POST)
    if not form.is_valid():
        return one_page(request, position, interview, form, 400)
    chosen, actor = form.cleaned_data, access.staff(request.user)
    try:
        if chosen["act"] == "reopen":
            token = reopening.reopen(interview, chosen["days"], actor=actor)
        else:
            asked = Question.objects.filter(question_set=interview.question_set_id)
            question = get_object_or_404(asked, pk=chosen["question"])
            token = reopening.ask_again(interview, question, chosen["reason"], chosen["days"], actor=actor)
    except Refused as problem:
        messages.warning(request, problem.message)
        return redirect("invitation", position.pk, interview.pk)
    if token:
        return links_page(request, position, [(interview, token)])
    messages.success(request, _("Done; the mail to the applicant is on its way."))
    return redirect("invitation", position.pk, interview.pk)
