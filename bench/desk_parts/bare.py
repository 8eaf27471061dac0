"""The least that the pages of a desk could be: one indexed query of the same rows, and the plainest template.

Each view reads as many rows as the product's page shows, with their applicant and position, by the index that serves
the question best, and draws a table of six plain cells a row. What then lacks to the bytes of the product's page
(`bytes` in the address) is put behind it as one comment. No session, no rights, no stages, no scores, nothing live.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template import Context, Engine
from django.urls import path

from interviews.models import Answer, Interview
from interviews.queries.listing import PAGE_ROWS

ROWS = Engine().from_string(
    "<!doctype html><table>{% for it in rows %}<tr id='{{ it.pk }}'><th><a href='/{{ it.pk }}/'>{{ it.applicant.name }}"
    "</a></th><td>{{ it.question_set.position.title }}</td><td>{{ it.state }}</td><td>{{ it.deadline }}</td>"
    "<td>{{ it.submitted_at }}</td><td>{{ it.created_at }}</td></tr>{% endfor %}</table>"
)
ONE = Engine().from_string(
    "<!doctype html><h1>{{ one.applicant.name }}</h1>{% for it in answers %}<p>{{ it.question.text }}</p>"
    "<p>{% for word in it.take.transcript.words %}{{ word.text }} {% endfor %}</p>{% endfor %}"
)


def _rows(request: HttpRequest, interviews: QuerySet[Interview]) -> HttpResponse:
    rows = interviews.select_related("applicant", "question_set__position").order_by("-created_at", "-pk")[:PAGE_ROWS]
    return _filled(request, ROWS.render(Context({"rows": rows})))


def _filled(request: HttpRequest, html: str) -> HttpResponse:
    lacks = int(request.GET["bytes"]) - len(html.encode()) - len("<!---->")
    return HttpResponse(f"{html}<!--{'-' * max(0, lacks)}-->")


def listed(request: HttpRequest) -> HttpResponse:
    return _rows(request, Interview.objects.all())


def filtered(request: HttpRequest) -> HttpResponse:
    chosen = Interview.objects.filter(question_set=int(request.GET["question_set"]), state=Interview.State.SCORED)
    return _rows(request, chosen)


def searched(request: HttpRequest) -> HttpResponse:
    return _rows(request, Interview.objects.filter(applicant__words__word__prefix=request.GET["q"]))


def further(request: HttpRequest) -> HttpResponse:
    return _rows(request, Interview.objects.filter(created_at__lt=datetime.fromisoformat(request.GET["than"])))


def opened(request: HttpRequest, interview_id: UUID) -> HttpResponse:
    one = Interview.objects.select_related("applicant", "question_set__position").get(pk=interview_id)
    answers = Answer.objects.filter(interview=one).select_related("question", "take__transcript")
    return _filled(request, ONE.render(Context({"one": one, "answers": answers})))


urlpatterns = [
    path("list/", listed),
    path("filter/", filtered),
    path("search/", searched),
    path("next/", further),
    path("open/<uuid:interview_id>/", opened),
]
