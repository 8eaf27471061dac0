"""More time and other conditions: asked for without a reason, arranged at any moment, and nobody else's business."""

from __future__ import annotations

import hashlib
from dataclasses import fields
from datetime import timedelta

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from interviews.actions import answering, uploading
from interviews.actions.needs import accommodate, answer_extension, ask_for_accommodation, ask_for_time
from interviews.actions.refusals import WrongState
from interviews.actions.withdrawing import withdraw
from interviews.engines.analysis.base import AnswerBrief
from interviews.events import CONFIDENTIAL, head
from interviews.models import Accommodation, Answer, Event, ExtensionRequest, Interview, Job, Message, Take
from interviews.processing import jobs
from interviews.queries.applicants import questions
from interviews.tasks import WORK
from realtime import feed
from tests.engines import Assesses, Hears, work_through
from tests.people import World, record_answer


def _page(world: World, rest: str = "") -> str:
    return f"/interview/{world.interview.pk}/{rest}"


def _interview(world: World) -> Interview:
    return Interview.objects.get(pk=world.interview.pk)


def _ends(world: World, delta: timedelta) -> None:
    Interview.objects.filter(pk=world.interview.pk).update(deadline=timezone.now() + delta)


class TestMoreTime:
    def test_one_click_asks_and_one_click_grants(
        self, world: World, bo: Client, ada: Client, settings: Settings
    ) -> None:
        settings.SENDS_MAIL = True
        before = world.interview.deadline
        assert bo.post(_page(world, "needs/time/")).status_code == 302
        assert b"You asked for more time" in bo.get(_page(world, "needs/")).content
        results = ada.get("/hr-dashboard/results/").content
        assert b"Asks for more time." in results
        assert b"Give a week more" in results
        ada.post(f"/hr-dashboard/results/{world.interview.pk}/extension/", {"answer": "grant"})
        assert _interview(world).deadline == before + timedelta(days=7)
        assert b"were given it" in bo.get(_page(world, "needs/")).content
        assert b"Asks for more time." not in ada.get("/hr-dashboard/results/").content
        assert Event.objects.filter(kind="extension.granted", actor=world.ada).count() == 1
        assert Message.objects.get().kind == Message.Kind.EXTENDED

    def test_declining_is_told_and_it_can_be_asked_again(
        self, world: World, bo: Client, ada: Client, settings: Settings
    ) -> None:
        settings.SENDS_MAIL = True
        bo.post(_page(world, "needs/time/"))
        ada.post(f"/hr-dashboard/results/{world.interview.pk}/extension/", {"answer": "decline"})
        page = bo.get(_page(world, "needs/")).content
        assert b"was declined" in page
        assert b"jobs@example.com" in page
        assert _interview(world).deadline == world.interview.deadline
        jobs.run(Job.objects.get(kind=Job.Kind.MAIL).pk, WORK)
        assert "It was not given." in mail.outbox[0].body
        assert "jobs@example.com" in mail.outbox[0].body
        bo.post(_page(world, "needs/time/"))
        assert b"Asks for more time." in ada.get("/hr-dashboard/results/").content

    def test_asking_twice_is_asking_once_and_two_answers_are_one(self, world: World, bo: Client) -> None:
        for _ in range(2):
            bo.post(_page(world, "needs/time/"))
        assert ExtensionRequest.objects.count() == 1
        answer_extension(world.interview, granted=True)
        answer_extension(world.interview, granted=True)
        answer_extension(world.interview, granted=False)
        assert _interview(world).deadline == world.interview.deadline + timedelta(days=7)
        assert ExtensionRequest.objects.get().state == ExtensionRequest.State.GRANTED

    def test_time_that_was_asked_for_moves_a_reminder_that_is_still_to_come(
        self, world: World, bo: Client, settings: Settings
    ) -> None:
        settings.SENDS_MAIL = True
        deadline = world.interview.deadline
        Interview.objects.update(remind_at=deadline - timedelta(days=2))
        bo.post(_page(world, "needs/time/"))
        answer_extension(world.interview, granted=True)
        assert _interview(world).remind_at == deadline + timedelta(days=5)

    def test_who_comes_too_late_can_still_ask(self, world: World, client: Client) -> None:
        _ends(world, timedelta(days=-3))
        reply = client.post(_page(world, "open/"), {"token": world.token})
        assert reply.status_code == 410
        assert b"has expired" in reply.content
        assert b"Ask for more time" in reply.content
        assert client.post(_page(world, "needs/time/")).status_code == 302
        assert client.get(_page(world)).status_code == 410
        answer_extension(world.interview, granted=True)
        assert client.get(_page(world)).status_code == 200
        assert _interview(world).deadline > timezone.now() + timedelta(days=6)

    def test_who_withdrew_has_nothing_left_to_arrange(self, world: World, bo: Client) -> None:
        withdraw(world.interview)
        reply = bo.post(_page(world, "needs/time/"))
        assert reply.status_code == 409 and b"You withdrew this interview" in reply.content
        assert bo.get(_page(world, "needs/"))["Location"] == _page(world)
        assert not ExtensionRequest.objects.exists()

    def test_without_mail_none_is_queued_with_the_answer(self, world: World, bo: Client) -> None:
        bo.post(_page(world, "needs/time/"))
        answer_extension(world.interview, granted=False)
        assert ExtensionRequest.objects.get().state == ExtensionRequest.State.DECLINED
        assert not Job.objects.exists() and not Message.objects.exists()

    def test_after_submitting_there_is_nothing_to_extend(self, submitted: World, bo: Client) -> None:
        assert bo.post(_page(submitted, "needs/time/")).status_code == 409
        assert bo.get(_page(submitted, "needs/"))["Location"] == _page(submitted)
        assert not ExtensionRequest.objects.exists()


class TestGrace:
    def test_what_was_begun_before_the_deadline_can_be_submitted_after_it(self, answered: World, bo: Client) -> None:
        _ends(answered, timedelta(seconds=1))
        Take.objects.update(created_at=timezone.now() - timedelta(minutes=5))
        _ends(answered, timedelta(seconds=-1))
        page = bo.get(_page(answered))
        assert page.status_code == 200
        assert b"The deadline has passed" in page.content
        assert bo.post(_page(answered, "submit/")).status_code == 302
        assert _interview(answered).is_submitted

    def test_the_grace_ends(self, answered: World, bo: Client) -> None:
        Take.objects.update(created_at=timezone.now() - timedelta(days=2))
        _ends(answered, timedelta(hours=-23))
        assert b"can be submitted until" in bo.get(_page(answered, "needs/")).content
        _ends(answered, timedelta(hours=-25))
        reply = bo.get(_page(answered))
        assert reply.status_code == 410 and b"can be submitted until" not in reply.content
        assert b"Nothing can be recorded or submitted any more." in reply.content
        assert bo.post(_page(answered, "submit/")).status_code == 410
        assert not _interview(answered).is_submitted

    def test_it_is_not_for_what_was_not_begun(self, world: World, bo: Client) -> None:
        answering.consent(world.interview, ai=True)
        _ends(world, timedelta(seconds=-1))
        assert bo.get(_page(world)).status_code == 410

    def test_nothing_new_is_begun_in_it(self, answered: World) -> None:
        Take.objects.update(created_at=timezone.now() - timedelta(minutes=5))
        _ends(answered, timedelta(seconds=-1))
        with pytest.raises(WrongState, match="deadline has passed"):
            uploading.begin(_interview(answered), answered.questions[0].pk, uploading.Sender("video/webm"))


class TestAccommodations:
    def test_asked_for_without_a_reason_and_arranged(self, world: World, bo: Client, kim: Client) -> None:
        reply = bo.post(_page(world, "needs/conditions/"), {"wishes": ["time", "text"], "note": "By Friday, please"})
        assert reply.status_code == 302
        page = kim.get("/hr-dashboard/accommodations/").content
        assert b"Bo Berg" in page
        assert b"Writing my answers instead of speaking" in page
        assert b"By Friday, please" in page
        kim.post(
            f"/hr-dashboard/accommodations/{world.interview.pk}/",
            {"time_percent": "200", "extra_takes": "2", "written": "on"},
        )
        first = questions(_interview(world))[0]
        assert (first.think_seconds, first.answer_seconds, first.takes_left) == (120, 240, 4)
        page = bo.get(_page(world, "needs/")).content
        for words in (b"Twice the time", b"2 more recordings", b"You may write your answers"):
            assert words in page

    def test_something_must_be_ticked_and_what_was_typed_stays(self, world: World, bo: Client) -> None:
        reply = bo.post(_page(world, "needs/conditions/"), {"note": "a quiet hour"})
        assert reply.status_code == 400
        assert b"Please tick what would help you." in reply.content
        assert b"a quiet hour" in reply.content
        assert not Accommodation.objects.exists()

    def test_no_limit_is_no_limit(self, world: World) -> None:
        accommodate(Accommodation(interview=world.interview, time_percent=Accommodation.Time.UNLIMITED))
        first = questions(world.interview)[0]
        assert (first.think_seconds, first.answer_seconds, first.expected_seconds) == (0, 0, 180)

    def test_more_recordings_are_allowed_in_the_middle(self, answered_twice: World, speech: bytes) -> None:
        interview, question = answered_twice.interview, answered_twice.questions[0]
        digest = hashlib.sha256(speech).hexdigest()
        with pytest.raises(Exception, match="have been made"):
            record_answer(interview, question, speech, digest)
        accommodate(Accommodation(interview=interview, extra_takes=1))
        record_answer(interview, question, speech, digest)
        assert Answer.objects.get(interview=interview, question=question).take.number == 3

    def test_after_submitting_nothing_is_asked_for(self, submitted: World, bo: Client) -> None:
        assert bo.post(_page(submitted, "needs/conditions/"), {"wishes": ["time"]}).status_code == 409

    def test_only_who_may_arrange_is_shown_and_may_change(self, world: World, ada: Client, cy: Client) -> None:
        ask_for_accommodation(world.interview, ["time"], "")
        for browser in (ada, cy):
            assert browser.get("/hr-dashboard/accommodations/").status_code == 403
            assert b"Conditions" not in browser.get("/hr-dashboard/results/").content
            address = f"/hr-dashboard/accommodations/{world.interview.pk}/"
            assert browser.post(address, {"time_percent": "200", "extra_takes": "0"}).status_code == 403
        assert Accommodation.objects.get().time_percent == 100

    def test_reviewers_and_engines_never_learn_of_it(self, answered: World, ada: Client) -> None:
        """Ada's pages and her feed are the same, byte for byte; so is what the engines are given."""
        topics = [f"position:{answered.position.pk}", f"interview:{answered.interview.pk}"]
        addresses = ["/hr-dashboard/results/", f"/hr-dashboard/results/{answered.interview.pk}/review/"]
        pages = [ada.get(address).content for address in addresses]
        number = head()
        ask_for_accommodation(answered.interview, ["time", "takes"], "nobody's business")
        accommodate(Accommodation(interview=answered.interview, time_percent=300, extra_takes=3))
        news = feed.since(number)
        assert news is not None
        assert news.html(topics) == ""
        assert {event.kind for event in Event.objects.filter(number__gt=number)} == CONFIDENTIAL
        for address, page in zip(addresses, pages, strict=True):
            assert _without_numbers(ada.get(address).content) == _without_numbers(page)
        answering.submit(answered.interview)
        hears, assesses = Hears(), Assesses()
        work_through(answered.interview, hears, assesses)
        assert len(assesses.asked) == 1
        assert {field.name for field in fields(AnswerBrief)} == {"id", "question", "words", "criteria"}
        for page in (ada.get(address).content for address in addresses):
            for word in (b"accommodat", b"Accommodat", b"Three times", b"nobody"):
                assert word not in page


def _without_numbers(page: bytes) -> bytes:
    """Without where it stands in the feed, and the token against forged forms."""
    lines = page.splitlines()
    return b"\n".join(line for line in lines if b"data-after" not in line and b"csrfmiddlewaretoken" not in line)


def test_an_applicants_open_page_shows_what_is_arranged(answered: World) -> None:
    number = head()
    accommodate(Accommodation(interview=answered.interview, time_percent=150))
    ask_for_time(answered.interview)
    news = feed.since(number)
    assert news is not None
    html = news.html([f"applicant:{answered.interview.pk}"])
    assert "Half as much again" in html
    assert "You asked for more time" in html
