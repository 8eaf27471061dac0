"""Which of several recordings counts: the newest, until the applicant chooses another."""

from __future__ import annotations

import uuid
from typing import Any

from django.test import Client

from interviews.actions import answering, uploading
from interviews.models import Answer, Event, Interview, Rendition, Take
from tests.engines import Hears, work_through
from tests.people import World
from tests.recorder import refused


def _two(world: World) -> tuple[Take, Take]:
    older, newer = Take.objects.filter(interview=world.interview, question=world.questions[0]).order_by("number")
    return older, newer


def _counting(world: World) -> uuid.UUID:
    return Answer.objects.get(interview=world.interview, question=world.questions[0]).take_id


def _choose(browser: Client, world: World, take: uuid.UUID) -> Any:
    return browser.post(f"/interview/{world.interview.pk}/takes/{take}/choose/")


def test_the_newest_counts_until_another_is_chosen(answered_twice: World, bo: Client) -> None:
    older, newer = _two(answered_twice)
    assert _counting(answered_twice) == newer.pk
    reply = bo.post(f"/interview/{answered_twice.interview.pk}/takes/{older.pk}/choose/")
    assert (reply.status_code, reply.json()) == (200, {"take": str(older.pk)})
    assert _counting(answered_twice) == older.pk


def test_a_repeat_changes_nothing_and_tells_nobody(answered_twice: World, bo: Client) -> None:
    older, _newer = _two(answered_twice)
    for _ in range(3):
        assert _choose(bo, answered_twice, older.pk).status_code == 200
    assert Event.objects.filter(kind="answer.chosen").count() == 1


def test_the_chosen_one_is_what_is_transcribed_and_assessed(answered_twice: World, bo: Client) -> None:
    older, newer = _two(answered_twice)
    work_through(answered_twice.interview)
    _choose(bo, answered_twice, older.pk)
    answering.submit(Interview.objects.get(pk=answered_twice.interview.pk))
    hears = Hears()
    work_through(answered_twice.interview, hears)
    assert hears.heard == [Rendition.objects.get(take=older).sound]
    assert Answer.objects.get(take=older).assessments.exists()
    assert not Answer.objects.filter(take=newer).exists()


def test_only_a_complete_recording_of_ones_own_can_be_chosen(answered_twice: World, bo: Client) -> None:
    begun = uploading.begin(answered_twice.interview, answered_twice.questions[1].pk, uploading.Sender("video/webm"))
    for take in (begun.take_id, uuid.uuid4()):
        refused(_choose(bo, answered_twice, take), 403, "not_allowed")


def test_after_submitting_nothing_can_be_chosen(answered_twice: World, bo: Client) -> None:
    older, newer = _two(answered_twice)
    answering.submit(answered_twice.interview)
    refused(_choose(bo, answered_twice, older.pk), 409, "wrong_state")
    assert _counting(answered_twice) == newer.pk
