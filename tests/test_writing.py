"""Answers that are written: saved while they are typed, never overwritten unseen, assessed like any other."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from interviews.actions import answering
from interviews.actions.needs import accommodate
from interviews.actions.writing import MOST_CHARACTERS, words_of
from interviews.models import Accommodation, Answer, Assessment, Draft, Event, Interview, Job, Take
from interviews.queries import reviews
from interviews.queries.operations import reconcile
from tests.engines import Hears, work_through
from tests.people import World, show_at_once
from tests.recorder import refused

TEXT = "We planned the database migration with a rollback.\n\nThen we measured the result for six weeks."


@pytest.fixture
def writer(world: World, bo: Client) -> Client:
    answering.consent(world.interview, ai=True)
    world.interview.refresh_from_db()
    accommodate(Accommodation(interview=world.interview, written=True))
    return bo


def _address(world: World, question: int = 0) -> str:
    return f"/interview/{world.interview.pk}/texts/{world.questions[question].pk}/"


def _put(browser: Client, world: World, text: str, version: int, question: int = 0) -> Any:
    body = json.dumps({"text": text, "version": version})
    return browser.put(_address(world, question), body, content_type="application/json")


def _keep(browser: Client, world: World, version: int, question: int = 0) -> Any:
    return browser.post(
        f"{_address(world, question)}keep/", json.dumps({"version": version}), content_type="application/json"
    )


def _write(browser: Client, world: World, question: int = 0) -> None:
    assert _put(browser, world, TEXT, 0, question).json() == {"version": 1}
    assert _keep(browser, world, 1, question).status_code == 200


def test_each_change_is_saved_and_a_repeat_changes_nothing(world: World, writer: Client) -> None:
    assert _put(writer, world, "We", 0).json() == {"version": 1}
    assert _put(writer, world, "We planned", 1).json() == {"version": 2}
    for _ in range(2):  # its reply was lost
        assert _put(writer, world, "We planned", 1).json() == {"version": 2}
    assert Draft.objects.get().text == "We planned"
    assert b"We planned" in writer.get(f"/interview/{world.interview.pk}/").content


def test_a_text_made_from_an_older_one_overwrites_nothing(world: World, writer: Client) -> None:
    _put(writer, world, "from the telephone", 0)
    reply = _put(writer, world, "from the computer", 0)
    assert "Choose which text" in refused(reply, 409, "changed_elsewhere")
    assert (reply.json()["text"], reply.json()["version"]) == ("from the telephone", 1)
    assert Draft.objects.get().text == "from the telephone"
    assert _put(writer, world, "from the computer", 1).json() == {"version": 2}
    refused(_keep(writer, world, 1), 409, "changed_elsewhere")


def test_a_kept_text_is_the_answer(world: World, writer: Client) -> None:
    _write(writer, world)
    take = Answer.objects.get(question=world.questions[0]).take
    assert (take.text, take.bytes, take.state) == (TEXT, len(TEXT.encode()), Take.State.FINISHED)
    assert not Job.objects.exists(), "there is nothing to transcribe"
    for _ in range(2):
        assert _keep(writer, world, 1).json()["take"] == str(take.pk)
    assert (Take.objects.count(), Event.objects.filter(kind="answer.recorded").count()) == (1, 1)


def test_a_changed_text_replaces_the_kept_one_and_costs_no_recording(world: World, writer: Client) -> None:
    for version in range(5):
        _put(writer, world, f"{TEXT} {version}", version)
        _keep(writer, world, version + 1)
    assert Answer.objects.get().take.text == f"{TEXT} 4"
    assert b'"takesLeft": 2' in writer.get(f"/interview/{world.interview.pk}/").content.replace(b"&quot;", b'"')


def test_it_is_assessed_without_being_transcribed(world: World, writer: Client) -> None:
    for question in range(3):
        _write(writer, world, question)
    assert writer.post(f"/interview/{world.interview.pk}/submit/").status_code == 302
    assert b"16 words" in writer.get(f"/interview/{world.interview.pk}/").content
    hears = Hears()
    work_through(world.interview, hears)
    assert hears.heard == []
    assert Interview.objects.get().state == Interview.State.SCORED
    assert Assessment.objects.filter(level=4).count() == 6
    assert reconcile() == 0


def test_a_reviewer_reads_it_and_its_quotes_lead_to_the_text(world: World, writer: Client, ada: Client) -> None:
    for question in range(3):
        _write(writer, world, question)
    answering.submit(Interview.objects.get())
    work_through(world.interview)
    show_at_once(world.position)
    page = ada.get(f"/hr-dashboard/results/{world.interview.pk}/review/").content.decode()
    assert "Written answer" in page
    assert "Written by the applicant" in page
    assert 'data-first-word="0"' in page
    for nothing in ("data-seek", "data-start=", "<video"):
        assert nothing not in page
    assert "Twice" not in page
    assert reviews.answers(world.interview, revealed=False)[0].is_written
    take = Take.objects.first()
    assert take is not None
    assert ada.get(f"/hr-dashboard/results/{world.interview.pk}/takes/{take.pk}/media/").status_code == 404


def test_paragraphs_survive() -> None:
    assert "".join(word["text"] + " " for word in words_of(TEXT)).replace(" ", "") == (TEXT + " ").replace(" ", "")
    assert [word["text"] for word in words_of(" one  two \n\n three\n")] == ["one", "two \n\n", "three"]


@pytest.mark.parametrize("text", ["", " \n "])
def test_nothing_is_not_an_answer(world: World, writer: Client, text: str) -> None:
    _put(writer, world, "x", 0)
    _put(writer, world, text, 1)
    refused(_keep(writer, world, 2), 409, "wrong_state")


def test_too_long_is_said_and_what_was_saved_stays(world: World, writer: Client) -> None:
    _put(writer, world, "as it was", 0)
    refused(_put(writer, world, "x" * (MOST_CHARACTERS + 1), 1), 413, "too_large")
    assert Draft.objects.get().text == "as it was"


@pytest.mark.parametrize(
    "body",
    ["", "[]", "{}", '{"text": 1, "version": 0}', '{"text": "x", "version": -1}', '{"text": "x\\u0000", "version": 0}'],
)
def test_what_is_not_understood_is_refused(world: World, writer: Client, body: str) -> None:
    refused(writer.put(_address(world), body, content_type="application/json"), 400, "malformed")


def test_only_where_it_is_arranged(world: World, bo: Client) -> None:
    answering.consent(world.interview, ai=True)
    refused(_put(bo, world, "x", 0), 403, "not_allowed")
    assert not Draft.objects.exists()


def test_what_was_begun_may_be_finished_when_it_is_no_longer_arranged(world: World, writer: Client) -> None:
    _put(writer, world, "We", 0)
    accommodate(Accommodation(interview=world.interview, written=False))
    assert _put(writer, world, TEXT, 1).status_code == 200
    assert _keep(writer, world, 2).status_code == 200
    refused(_put(writer, world, "x", 0, question=1), 403, "not_allowed")


def test_what_was_begun_before_the_deadline_may_be_finished_after_it(world: World, writer: Client) -> None:
    _put(writer, world, "We", 0)
    Draft.objects.update(created_at=timezone.now() - timedelta(minutes=5))
    Interview.objects.update(deadline=timezone.now() - timedelta(minutes=1))
    assert _put(writer, world, TEXT, 1).status_code == 200
    assert _keep(writer, world, 2).status_code == 200
    refused(_put(writer, world, "x", 0, question=1), 409, "wrong_state")


def test_after_submitting_nothing_is_written(submitted: World, bo: Client) -> None:
    refused(_put(bo, submitted, "x", 0), 409, "wrong_state")
