from __future__ import annotations

import uuid

from django.db import transaction
from django.db.models import F
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import path
from django.utils import timezone

from interviews.events import Event, Head, Kind
from interviews.models import Interview, Job, Receipt, Redo

ANSWER = {
    "question": "What did you do, and what came of it?",
    "words": 0,
    "seconds": 61.5,
    "bytes": 60_000,
    "digests": ["0" * 64],
    "received_at": "2026-01-01T00:00:00+00:00",
}
FACTS = {
    "code": "ABCD-EFGH",
    "name": "A person",
    "position": "A position",
    "host": "An organisation",
    "contact": "somebody@example.org",
    "zone": "Europe/Berlin",
    "reply_by": "2026-01-15T00:00:00+00:00",
    "answers": [{"number": number, **ANSWER} for number in (1, 2, 3)],
}


def submit(request: HttpRequest, interview_id: uuid.UUID) -> HttpResponse:
    now = timezone.now()
    with transaction.atomic():
        moved = Interview.objects.filter(pk=interview_id, state=Interview.State.STARTED).update(
            state=Interview.State.SUBMITTED, submitted_at=now
        )
        if moved:
            Redo.objects.filter(interview=interview_id, alone=True).update(alone=False)
            Receipt.objects.create(interview_id=interview_id, submitted_at=now, facts=FACTS)
            Job.objects.create(kind=Job.Kind.ASSESS, interview_id=interview_id)
            Head.objects.filter(pk=1).update(number=F("number") + 1)
            number = Head.objects.values_list("number", flat=True).get()
            Event.objects.create(number=number, kind=Kind.SUBMITTED, interview_id=interview_id)
    return HttpResponseRedirect("/") if moved else HttpResponse(status=409)


urlpatterns = [path("interview/<uuid:interview_id>/submit/", submit)]
