"""A name, a sentence, tokens and keys go through everything, with faults on the way, and come out nowhere.

A whole site as it runs for people, once in each mode. Whatever it writes or tells of itself is looked through: its
logs, its numbers, what a Sentry server and a collector of traces are sent, the pages of its refusals, its addresses,
the rows of its jobs and its queue.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from tests.probes import METRICS_TOKEN
from tests.story import NAME, Story

OF_PEOPLE = ("zeisig", "canaria", "mailcanary", "vermilion", "heron", "notecanary")
"""In lower case: parts of the words of the story, as a refusal or a traceback may quote them."""
OF_MACHINES = ("keycanary", METRICS_TOKEN, "databasecanary")


@pytest.fixture(scope="module", params=["embedded", "services"])
def story(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, speech: bytes) -> Iterator[Story]:
    with ExitStack() as stack:
        told = Story(tmp_path_factory.mktemp("canary"), request.param, stack)
        told.interview = told.handed_in(told.invited(), speech)
        told.reviewed(told.interview)
        told.broken(told.interview)
        told.told()
    yield told  # stopped: what is told at the end is told too


def test_it_went_through_everything(story: Story) -> None:
    """Or there would be nothing to leak."""
    shown = re.sub(r"<[^>]*>", " ", story.review)
    assert NAME in shown and {"Vermilion", "herons", "vermilionmeter"} <= set(re.findall(r"\w+", shown))
    log = story.log()
    assert log.count("Traceback (most recent call last)") >= 4
    for sign in ("IntegrityError", "Internal Server Error", "parked" if "parked" in log else "waits", "Not Found"):
        assert sign in log, sign
    refused = {status for status, _page in story.applicant.refusals + story.hr.refusals + story.outsider.refusals}
    assert {404, 409, 500} <= refused, refused
    assert len(story.hr.addresses) > 50
    assert story.numbers.count("greenroom_") > 50 and "METRICS_TOKEN is needed" in story.numbers


def test_not_one_of_it_comes_out_anywhere(story: Story) -> None:
    looked_for = [*OF_PEOPLE, *(it.lower() for it in OF_MACHINES), *(it.lower() for it in story.tokens)]
    assert len(looked_for) > 18 and all(len(it) > 4 for it in looked_for)
    leaks = [
        f"{secret} in {place}: {text[max(0, at - 300) : at + 200]}"
        for place, text in story.everything().items()
        for secret in looked_for
        if (at := text.lower().find(secret)) >= 0
    ]
    assert leaks == []


def test_sentry_is_told_of_each_fault_with_its_ids_its_code_and_nothing_else(story: Story) -> None:
    events = story.sentry.events()
    note = next(it for it in events if it["logger"] == "django.request")
    assert note["exception"]["values"][-1]["type"] == "IntegrityError"
    assert note["tags"].keys() == {"request", "interview"} and note["tags"]["interview"] == story.interview
    assert note["logentry"]["formatted"].startswith("Internal Server Error: /hr-dashboard/results/")
    frames = note["exception"]["values"][-1]["stacktrace"]["frames"]
    assert any(frame.get("context_line", "").strip() for frame in frames)
    assert not [frame for frame in frames if "vars" in frame]
    of_jobs = [it["tags"] for it in events if "failed on a fault of ours" in it["logentry"]["formatted"]]
    assert {frozenset(tags) for tags in of_jobs} == {frozenset({"job", "interview"})}
    assert story.interview in {tags["interview"] for tags in of_jobs}
    for event in events:
        assert not event.keys() & {"request", "user", "breadcrumbs", "extra", "contexts", "modules", "threads"}


def test_traces_have_the_calls_of_providers_within_their_jobs(story: Story) -> None:
    spans = story.collector.spans()
    of_name = {span["name"]: span for span in spans}
    assert of_name["call deepgram"]["within"] == "job transcribe"
    assert of_name["call gemini"]["within"] == "job assess"
    assert story.interview in {span.get("greenroom.interview") for span in spans if span["name"] == "job assess"}
    submit = of_name["POST /interview/<uuid:interview_id>/submit/"]
    assert submit["http.response.status_code"] in (200, 302)
    assert submit["greenroom.interview"] == story.interview and len(submit["greenroom.request"]) == 32
    failed = {span["status"] for span in spans if span["name"].startswith("call ")}
    assert "RetryLater" in failed


def test_every_line_of_a_job_or_a_request_names_it(story: Story) -> None:
    of_jobs = [line for line in story.lines() if line["logger"] == "interviews.processing.jobs"]
    of_requests = [line for line in story.lines() if line["logger"].startswith(("django.request", "project.requests"))]
    if story.redis is None:
        assert story.log().count(f", interview {story.interview}]") > 10
        return
    assert len(of_jobs) > 10 and len(of_requests) > 10
    assert not [line for line in of_jobs if "job_id" not in line]
    of_none = "(webhook)"  # another machine is told that it is tried out
    assert not [line for line in of_jobs if "interview_id" not in line and of_none not in line["message"]]
    assert not [line for line in of_requests if "request_id" not in line]
