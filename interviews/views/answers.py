"""What the recording page's script asks for besides uploads."""

from __future__ import annotations

import uuid

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_POST

from interviews.actions.choosing import choose as choose_take
from interviews.models import Interview
from interviews.views.tus import for_recorder


@require_POST
@for_recorder
def choose(request: HttpRequest, interview: Interview, take_id: uuid.UUID) -> HttpResponse:
    answer = choose_take(interview, take_id)
    return JsonResponse({"take": str(answer.take_id)}, headers={"Cache-Control": "no-store"})
