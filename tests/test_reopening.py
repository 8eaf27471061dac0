"""A submitted interview is given back whole, and what was handed in before stays."""

from __future__ import annotations

from datetime import timedelta

import pytest
from bs4 import BeautifulSoup
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from interviews.actions import answering
from interviews.actions.invitations import revoke
from interviews.actions.refusals import WrongState
from interviews.actions.reopening import ask_again, reopen
from interviews.actions.withdrawing import withdraw
from interviews.models import Answer, Event, Interview, Message, Position, Receipt, Transcript
from interviews.processing import jobs
from interviews.tasks import WORK, sweep
from tests.engines import Assesses, work_through
from tests.mailbox import Mailbox, words
from tests.people import World, join_team
from tests.reopened import give_back, interview_of, page_of, record, stage_of, twice_at_once


class TestReopening:
    def test_it_is_open_again_with_the_days_that_were_chosen(self, scored: World, ada: Client) -> None:
        page = give_back(ada, scored, act="reopen", days="3").content.decode()
        now = interview_of(scored)
        assert (now.state, now.submitted_at) == (Interview.State.STARTED, None)
        assert abs(now.deadline - timezone.now() - timedelta(days=3)) < timedelta(minutes=1)
        assert f"/interview/{now.pk}/#" in page, "without mail, a link to pass on"
        assert stage_of(scored) == "reopened"
        event = Event.objects.latest("number")
        assert (event.kind, event.actor) == ("interview.reopened", scored.ada)

    def test_the_applicant_is_told_by_mail(self, scored: World, ada: Client, mails: None, settings: Settings) -> None:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        page = give_back(ada, scored, act="reopen").content.decode()
        assert "the mail to the applicant is on its way" in page and "#" not in page.partition("<main")[2]
        with Mailbox() as box:
            settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_USE_TLS = "127.0.0.1", box.port, False
            jobs.run(Message.objects.get(kind=Message.Kind.REOPENED).jobs.get().pk, WORK)
        assert "is open again" in str(box.mails[0]["Subject"])
        token = words(box.mails[0]).partition("#")[2].split()[0]
        assert Client().post(page_of(scored, "open/"), {"token": token}).status_code == 302

    def test_a_mail_that_comes_after_the_new_submit_is_not_sent(self, scored: World, mails: None) -> None:
        reopen(scored.interview, 7, actor=scored.ada)
        answering.submit(interview_of(scored))
        message = Message.objects.get(kind=Message.Kind.REOPENED)
        jobs.run(message.jobs.get().pk, WORK)
        message.refresh_from_db()
        assert (message.state, message.problem) == (Message.State.DROPPED, "the interview was submitted first")
        work_through(scored.interview)

    def test_two_clicks_at_once_reopen_once(self, scored: World) -> None:
        assert twice_at_once(lambda: reopen(scored.interview, 7, actor=scored.ada)) == [False, True]
        assert Event.objects.filter(kind="interview.reopened").count() == 1

    def test_what_is_not_submitted_is_left_alone_in_words(self, answered: World, ada: Client) -> None:
        deadline = interview_of(answered).deadline
        assert b"It is not submitted" in give_back(ada, answered, act="reopen").content
        assert interview_of(answered).deadline == deadline

    def test_who_withdrew_is_left_alone(self, scored: World, ada: Client) -> None:
        withdraw(scored.interview)
        for act in ("reopen", "redo"):
            sent = {"act": act, "question": scored.questions[0].pk, "reason": "No sound."}
            assert b"The applicant withdrew." in give_back(ada, scored, **sent).content
        assert interview_of(scored).is_submitted

    @pytest.mark.parametrize("days", ["", "0", "366", "x"])
    def test_days_that_cannot_be_are_refused_at_their_field(self, scored: World, ada: Client, days: str) -> None:
        reply = give_back(ada, scored, act="reopen", days=days)
        assert reply.status_code == 400 and b"days-error" in reply.content
        assert interview_of(scored).is_submitted

    def test_who_may_not_invite_finds_nothing(self, scored: World, ada: Client, cy: Client) -> None:
        join_team(scored.position, scored.ada)
        for browser in (ada, cy):
            assert give_back(browser, scored, act="reopen").status_code == 404
        assert interview_of(scored).is_submitted


class TestOffering:
    """What is offered to recruiters on the page of one invitation."""

    AGAIN, WHOLE = "Ask for one answer again", "Reopen the whole interview"

    def _page(self, world: World, ada: Client) -> str:
        address = f"/hr-dashboard/invitations/{world.position.pk}/{world.interview.pk}/"
        return ada.get(address).content.decode()

    def test_nothing_can_be_asked_of_somebody_again_who_was_only_invited(self, world: World, ada: Client) -> None:
        page = self._page(world, ada)
        assert self.AGAIN not in page and self.WHOLE not in page

    def test_before_the_submit_what_is_answered_and_not_asked_for_already(self, answered: World, ada: Client) -> None:
        first, *others = answered.questions
        Answer.objects.get(question=others[-1]).delete()
        ask_again(answered.interview, first, "No sound.", 7, actor=answered.ada)
        page = self._page(answered, ada)
        assert self.AGAIN in page and self.WHOLE not in page
        chosen = [it["value"] for it in BeautifulSoup(page, "html.parser").select("#question option")]
        assert chosen == [str(it.pk) for it in others[:-1]]

    def test_after_the_submit_every_answer_or_the_whole(self, submitted: World, ada: Client) -> None:
        page = self._page(submitted, ada)
        assert page.count("<option") == len(submitted.questions) and self.WHOLE in page

    def test_what_was_reopened_whole_cannot_be_reopened_once_more(self, scored: World, ada: Client) -> None:
        ask_again(scored.interview, scored.questions[0], "No sound.", 7, actor=scored.ada)
        assert self.WHOLE in self._page(scored, ada), "one answer alone is open"
        reopen(interview_of(scored), 7, actor=scored.ada)
        assert self.WHOLE not in self._page(scored, ada)

    def test_nothing_once_the_recordings_are_deleted_or_the_applicant_is_gone(self, scored: World, ada: Client) -> None:
        for gone in ("media_erased_at", "withdrawn_at"):
            Interview.objects.update(**{gone: timezone.now()})
            page = self._page(scored, ada)
            assert self.AGAIN not in page and self.WHOLE not in page, gone
            Interview.objects.update(**{gone: None})

    def test_nor_does_the_page_that_says_why_offer_it_then(self, scored: World, ada: Client) -> None:
        Transcript.objects.update(words=[])
        address = f"/hr-dashboard/results/{scored.interview.pk}/why/"
        assert b'value="ask-again' in ada.get(address).content
        Interview.objects.update(media_erased_at=timezone.now())
        assert b'value="ask-again' not in ada.get(address).content


class TestReceipts:
    def test_the_old_one_stays_and_the_new_submit_writes_a_second(
        self, scored: World, bo: Client, speech: bytes
    ) -> None:
        before = bo.get(page_of(scored, "receipt.txt")).content
        reopen(scored.interview, 7, actor=scored.ada)
        page = bo.get(page_of(scored)).content.decode()
        assert "Your interview is open again." in page and page_of(scored, "receipts/1.txt") in page
        assert bo.get(page_of(scored, "receipts/1.txt")).content == before
        assert bo.get(page_of(scored, "receipt.txt")).content == before
        Position.objects.update(host="Other Ltd")
        record(scored, 0, speech)
        assert bo.post(page_of(scored, "submit/")).status_code == 302
        assert Receipt.objects.count() == 2
        assert bo.get(page_of(scored, "receipts/1.txt")).content == before
        newest = bo.get(page_of(scored, "receipts/2.txt")).content
        assert newest == bo.get(page_of(scored, "receipt.txt")).content != before
        page = bo.get(page_of(scored)).content.decode()
        assert "Receipts from before:" in page and page_of(scored, "receipts/1.txt") in page

    def test_it_is_reached_when_the_new_time_is_over_too(self, scored: World, bo: Client) -> None:
        reopen(scored.interview, 7, actor=scored.ada)
        Interview.objects.update(deadline=timezone.now() - timedelta(days=9))
        page = bo.get(page_of(scored))
        assert page.status_code == 410 and page_of(scored, "receipts/1.txt").encode() in page.content
        assert bo.get(page_of(scored, "receipts/1.txt")).content.startswith(b"RECEIPT")

    def test_who_does_nothing_more_keeps_what_was_submitted(self, scored: World, bo: Client) -> None:
        ask_again(scored.interview, scored.questions[0], "No sound.", 7, actor=scored.ada)
        Interview.objects.update(deadline=timezone.now() - timedelta(hours=23))
        sweep()
        assert interview_of(scored).state == Interview.State.STARTED, "what was begun may still arrive"
        Interview.objects.update(deadline=timezone.now() - timedelta(hours=25))
        sweep()
        sweep()
        engine = Assesses()
        work_through(scored.interview, assesses=engine)
        assert (interview_of(scored).state, engine.asked) == (Interview.State.SCORED, [])
        assert Receipt.objects.count() == 2
        assert b"We have your interview" in bo.get(page_of(scored)).content

    def test_who_never_submitted_is_not_submitted_by_the_clock(self, answered: World) -> None:
        Interview.objects.update(deadline=timezone.now() - timedelta(days=9))
        sweep()
        assert interview_of(answered).state == Interview.State.STARTED

    def test_the_link_to_it_cannot_be_withdrawn(self, scored: World, bo: Client) -> None:
        reopen(scored.interview, 7, actor=scored.ada)
        with pytest.raises(WrongState, match="keeps the link to the receipt"):
            revoke(scored.interview)
        assert bo.get(page_of(scored, "receipt.txt")).status_code == 200

    @pytest.mark.parametrize("number", [0, 2, 10**12])
    def test_one_that_is_not_there_leads_to_the_interview(self, submitted: World, bo: Client, number: int) -> None:
        assert bo.get(page_of(submitted, f"receipts/{number}.txt")).status_code == 302
