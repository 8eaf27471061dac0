"""The practice question goes the real way, and nobody but the applicant ever sees it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from interviews.actions import answering
from interviews.events import head
from interviews.models import Answer, Interview, Job, QuestionSet, Take
from interviews.processing.takes import sweep_takes
from interviews.queries import applicants, operations
from interviews.queries.takes import unfinished
from tests.people import World
from tests.recorder import Recorder, refused, stored

PRACTICE = 0


def _practise(recorder: Recorder, media: bytes) -> Take:
    upload = str(recorder.create(question=PRACTICE)["Location"])
    assert recorder.slice(upload, 0, media).status_code == 204
    assert recorder.finish(upload).status_code == 200
    return stored(upload).take


def _watch(browser: Client, world: World, take: Take) -> Any:
    return browser.get(f"/interview/{world.interview.pk}/takes/{take.pk}/media/")


def test_it_goes_the_real_way_and_can_be_watched(recorder: Recorder, world: World, bo: Client, speech: bytes) -> None:
    take = _practise(recorder, speech)
    assert (take.state, take.bytes, take.question) == (Take.State.FINISHED, len(speech), None)
    assert _watch(bo, world, take).status_code == 200


def test_nobody_else_sees_it_and_nothing_is_done_with_it(
    recorder: Recorder, world: World, ada: Client, speech: bytes
) -> None:
    number, row = head(), ada.get("/hr-dashboard/results/").content.count(b"Recorded 0 of 3")
    take = _practise(recorder, speech)
    assert head() == number
    assert not Job.objects.exists()
    assert not Answer.objects.exists()
    assert ada.get("/hr-dashboard/results/").content.count(b"Recorded 0 of 3") == row > 0
    root = Client()
    root.force_login(User.objects.create_superuser("root", "root@example.com", "-"))
    for browser in (ada, root):
        address = f"/hr-dashboard/results/{world.interview.pk}/takes/{take.pk}/media/"
        assert browser.get(address).status_code == 404
        assert str(take.pk).encode() not in browser.get(f"/hr-dashboard/results/{world.interview.pk}/review/").content
    assert str(take.pk).encode() not in root.get("/admin/interviews/take/").content
    assert unfinished(world.interview) == []
    assert operations.reconcile() == 0


def test_it_costs_no_recording_and_may_be_repeated(recorder: Recorder, world: World, speech: bytes) -> None:
    takes = [_practise(recorder, speech) for _ in range(4)]
    assert list(Take.objects.all()) == takes[-1:]
    assert [question.takes_left for question in applicants.questions(world.interview)] == [2, 2, 2]


def test_it_is_deleted_when_the_questions_begin(recorder: Recorder, world: World, bo: Client, speech: bytes) -> None:
    take = _practise(recorder, speech)
    path = take.path
    assert path.is_file()
    assert bo.post(f"/interview/{world.interview.pk}/practice/end/").status_code == 204
    assert not Take.objects.exists()
    assert not path.parent.exists()
    assert _watch(bo, world, take).status_code == 404


def test_it_is_deleted_soon_after_the_submit(answered: World, bo: Client, speech: bytes) -> None:
    recorder = Recorder(bo, answered)
    path = _practise(recorder, speech).path
    answering.submit(Interview.objects.get())
    sweep_takes()
    assert not Take.objects.filter(question=None).exists()
    assert not path.exists()


def test_who_closes_the_page_leaves_nothing_behind(recorder: Recorder, world: World, speech: bytes) -> None:
    path = _practise(recorder, speech).path
    sweep_takes()
    assert Take.objects.count() == 1
    Take.objects.update(created_at=timezone.now() - timedelta(minutes=61))
    sweep_takes()
    assert not Take.objects.exists()
    assert not path.exists()


def test_where_it_is_switched_off_there_is_none(recorder: Recorder, world: World, bo: Client) -> None:
    QuestionSet.objects.filter(pk=world.question_set.pk).update(practice=False)
    assert b"practice question" not in bo.get(f"/interview/{world.interview.pk}/").content
    refused(recorder.create(question=PRACTICE), 403, "not_allowed")


def test_it_cannot_be_chosen_as_an_answer(recorder: Recorder, world: World, bo: Client, speech: bytes) -> None:
    take = _practise(recorder, speech)
    refused(bo.post(f"/interview/{world.interview.pk}/takes/{take.pk}/choose/"), 403, "not_allowed")
