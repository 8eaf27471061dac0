"""The least that the pages of a desk could be: the same rows by indexed queries, and the plainest template.

A list is one query: as many rows as the product's page shows, with their applicant and position, in the same order by
the index that serves the question best, drawn as a table of six plain cells a row. One interview is a query for each
table whose rows the review shows: seven, with its answers and their words, what is looked for in each, what was
suggested, reviewed and decided, and what happened. What then lacks to the bytes of the product's page (`bytes` in the
address) is put behind it as one comment. No session, no rights, no stages, no scores, no forms, nothing live.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template import Context, Engine
from django.urls import path

from interviews.events import Event
from interviews.models import Answer, Assessment, Criterion, Decision, Interview, Review
from interviews.queries.listing import PAGE_ROWS

ROWS = Engine().from_string(
    "<!doctype html><table>{% for it in rows %}<tr id='{{ it.pk }}'><th><a href='/{{ it.pk }}/'>{{ it.applicant.name }}"
    "</a></th><td>{{ it.question_set.position.title }}</td><td>{{ it.state }}</td><td>{{ it.deadline }}</td>"
    "<td>{{ it.submitted_at }}</td><td>{{ it.created_at }}</td></tr>{% endfor %}</table>"
)
ONE = Engine().from_string(
    "<!doctype html><h1>{{ one.applicant.name }}</h1><p>{{ one.question_set.position.title }} {{ one.state }}</p>"
    "{% for it in answers %}<h2>{{ it.question.text }}</h2>"
    "<p>{% for word in it.take.transcript.words %}{{ word.text }} {% endfor %}</p>{% endfor %}"
    "{% for it in criteria %}<h3>{{ it.name }} {{ it.weight }}</h3><p>{{ it.look_for }}</p>"
    "<ol>{% for level in it.levels %}<li>{{ level }}</li>{% endfor %}</ol>{% endfor %}"
    "{% for it in assessments %}<p>{{ it.level }} {{ it.reason }}</p>"
    "{% for quote in it.quotes %}<q>{{ quote.text }}</q>{% endfor %}{% endfor %}"
    "{% for it in reviews %}<p>{{ it.reviewer.username }} {{ it.state }}</p>{% endfor %}"
    "{% for it in decisions %}<p>{{ it.outcome }} {{ it.reason }} {{ it.by.username }} {{ it.at }}</p>{% endfor %}"
    "{% for it in events %}<p>{{ it.kind }} {{ it.at }}</p>{% endfor %}"
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


def nothing(request: HttpRequest) -> HttpResponse:
    return _filled(request, "")


def opened(request: HttpRequest, interview_id: UUID) -> HttpResponse:
    one = Interview.objects.select_related("applicant", "question_set__position").get(pk=interview_id)
    rows = {
        "one": one,
        "answers": Answer.objects.filter(interview=one).select_related("question", "take__transcript"),
        "criteria": Criterion.objects.filter(version__questions__question_set=one.question_set_id),
        "assessments": Assessment.objects.filter(run__interview=one),
        "reviews": Review.objects.filter(interview=one).select_related("reviewer"),
        "decisions": Decision.objects.filter(interview=one).select_related("by"),
        "events": Event.objects.filter(interview=one).order_by("-number"),
    }
    return _filled(request, ONE.render(Context(rows)))


urlpatterns = [
    path("nothing/", nothing),
    path("list/", listed),
    path("filter/", filtered),
    path("search/", searched),
    path("next/", further),
    path("open/<uuid:interview_id>/", opened),
]
