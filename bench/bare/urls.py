from __future__ import annotations

import uuid

from django.db import transaction
from django.db.models import F
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import path
from django.utils import timezone

from interviews.events import Event, Head, Kind
from interviews.models import Interview, Job


def submit(request: HttpRequest, interview_id: uuid.UUID) -> HttpResponse:
    with transaction.atomic():
        moved = Interview.objects.filter(pk=interview_id, state=Interview.State.STARTED).update(
            state=Interview.State.SUBMITTED, submitted_at=timezone.now()
        )
        if moved:
            Job.objects.create(kind=Job.Kind.ASSESS, interview_id=interview_id)
            Head.objects.filter(pk=1).update(number=F("number") + 1)
            number = Head.objects.values_list("number", flat=True).get()
            Event.objects.create(number=number, kind=Kind.SUBMITTED, interview_id=interview_id)
    return HttpResponseRedirect("/") if moved else HttpResponse(status=409)


urlpatterns = [path("interview/<uuid:interview_id>/submit/", submit)]
