"""One question of a submitted interview is asked again, and nothing else can be changed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from interviews.actions import answering, uploading
from interviews.actions.choosing import choose
from interviews.actions.finishing import finish_take
from interviews.actions.needs import accommodate
from interviews.actions.refusals import NotAllowed, WrongState
from interviews.actions.reopening import ask_again, reopen
from interviews.actions.writing import keep, save_draft
from interviews.models import Accommodation, Answer, Interview, Message, Receipt, Redo, Take
from interviews.processing import jobs
from interviews.tasks import WORK
from tests.engines import work_through
from tests.mailbox import Mailbox, words
from tests.people import World
from tests.reopened import give_back, interview_of, page_of, record, twice_at_once


class TestOneAnswerAgain:
    def _ask(self, world: World, question: int = 0, reason: str = "There is no sound.") -> None:
        ask_again(world.interview, world.questions[question], reason, 7, actor=world.ada)

    def test_the_page_says_plainly_what_is_asked_and_why(self, scored: World, ada: Client, bo: Client) -> None:
        sent = {"act": "redo", "question": scored.questions[1].pk, "reason": "The <sound> is missing."}
        assert b"Links to pass on" in give_back(ada, scored, **sent).content
        page = bo.get(page_of(scored)).content.decode()
        assert "Please answer question 2 again." in page
        assert "Why: The &lt;sound&gt; is missing." in page
        assert page_of(scored, "receipts/1.txt") in page
        one = ada.get(f"/hr-dashboard/invitations/{scored.position.pk}/{scored.interview.pk}/").content.decode()
        assert "The &lt;sound&gt; is missing." in one and "not answered again yet" in one

    def test_the_same_link_still_opens(self, scored: World) -> None:
        self._ask(scored)
        browser = Client()
        assert browser.post(page_of(scored, "open/"), {"token": scored.token}).status_code == 302
        assert b"Please answer question 1 again." in browser.get(page_of(scored)).content

    def test_one_more_take_of_that_question_alone(self, answered_twice: World, speech: bytes) -> None:
        """Two recordings were allowed, and were made."""
        self._ask(answered_twice)
        record(answered_twice, 0, speech)
        with pytest.raises(NotAllowed, match="All recordings allowed"):
            record(answered_twice, 0, speech)
        record(answered_twice, 1, speech)
        with pytest.raises(NotAllowed, match="All recordings allowed"):
            record(answered_twice, 1, speech)

    def test_the_earlier_take_stays_and_the_newest_counts_unless_another_is_chosen(
        self, scored: World, speech: bytes
    ) -> None:
        earlier = Answer.objects.get(question=scored.questions[0]).take
        self._ask(scored)
        record(scored, 0, speech)
        answer = Answer.objects.get(question=scored.questions[0])
        assert answer.take_id != earlier.pk and Take.objects.filter(pk=earlier.pk).exists()
        assert Redo.objects.get().done_at is not None
        choose(interview_of(scored), earlier.pk)
        answer.refresh_from_db()
        assert answer.take_id == earlier.pk

    def test_after_the_submit_nothing_else_can_be_changed(
        self, answered_twice: World, speech: bytes, bo: Client
    ) -> None:
        accommodate(Accommodation(interview=answered_twice.interview, written=True))
        answering.submit(answered_twice.interview)
        work_through(answered_twice.interview)
        self._ask(answered_twice, question=1)
        interview, first = interview_of(answered_twice), answered_twice.questions[0]
        older = Take.objects.filter(question=first).earliest("number")
        refused: list[Callable[[], object]] = [
            lambda: uploading.begin(interview, first.pk, uploading.Sender("video/webm")),
            lambda: uploading.begin(interview, uploading.PRACTICE, uploading.Sender("video/webm")),
            lambda: choose(interview, older.pk),
            lambda: save_draft(interview, first.pk, "words", 0),
            lambda: keep(interview, first.pk, 0),
        ]
        for act in refused:
            with pytest.raises(WrongState, match="Only question 2 can be answered again"):
                act()
        page = bo.get(page_of(answered_twice)).content.decode()
        assert page.count("Stays as you submitted it.") == 3 and "isClosed&quot;: true" in page
        record(answered_twice, 1, speech)
        assert bo.post(page_of(answered_twice, "submit/")).status_code == 302
        work_through(answered_twice.interview)
        assert interview_of(answered_twice).state == Interview.State.SCORED

    def test_a_take_begun_before_the_submit_becomes_no_answer(self, answered: World, speech: bytes) -> None:
        begun = uploading.begin(answered.interview, answered.questions[0].pk, uploading.Sender("video/webm"))
        uploading.append(begun.pk, 0, [speech])
        answering.submit(answered.interview)
        self._ask(answered, question=1)
        from_before = Answer.objects.get(question=answered.questions[0]).take_id
        with pytest.raises(WrongState, match="Only question 2"):
            uploading.go_on(interview_of(answered), begun.take_id, uploading.Sender("video/webm"))
        assert Answer.objects.get(question=answered.questions[0]).take_id == from_before
        answering.submit(interview_of(answered))
        work_through(answered.interview)

    def test_a_written_answer_is_an_answer_again(self, answered: World) -> None:
        accommodate(Accommodation(interview=answered.interview, written=True))
        self._ask(answered)
        save_draft(interview_of(answered), answered.questions[0].pk, "In writing.", 0)
        keep(interview_of(answered), answered.questions[0].pk, 1)
        assert Redo.objects.get().done_at is not None

    def test_a_recording_begun_before_it_was_asked_for_is_not_what_was_asked_for(
        self, answered: World, speech: bytes
    ) -> None:
        begun = uploading.begin(
            answered.interview, answered.questions[0].pk, uploading.Sender("video/webm"), len(speech)
        )
        self._ask(answered)
        uploading.append(begun.pk, 0, [speech])
        assert finish_take(begun.take_id).takes_left == 1
        assert Redo.objects.get().done_at is None

    def test_what_is_submitted_without_it_can_be_asked_for_anew(self, scored: World, speech: bytes) -> None:
        self._ask(scored)
        answering.submit(interview_of(scored))
        work_through(scored.interview)
        assert interview_of(scored).state == Interview.State.SCORED, "the applicant keeps what was there"
        self._ask(scored, reason="Please do.")
        assert Redo.objects.get().reason == "Please do."
        record(scored, 0, speech)
        answering.submit(interview_of(scored))
        assert Receipt.objects.count() == 3
        work_through(scored.interview)

    def test_two_clicks_at_once_ask_once(self, scored: World, mails: None) -> None:
        assert twice_at_once(lambda: self._ask(scored)) == [False, True]
        assert Redo.objects.count() == 1
        assert Message.objects.filter(kind=Message.Kind.REDO).count() == 1

    def test_a_second_question_joins_the_first(self, scored: World) -> None:
        self._ask(scored, 0)
        self._ask(scored, 1)
        with pytest.raises(WrongState, match="Only question 1, 2"):
            uploading.begin(interview_of(scored), scored.questions[2].pk, uploading.Sender("video/webm"))

    def test_reopening_the_whole_lifts_the_limit(self, scored: World, speech: bytes) -> None:
        self._ask(scored, 0)
        reopen(scored.interview, 7, actor=scored.ada)
        record(scored, 2, speech)
        assert not Redo.objects.filter(alone=True).exists()

    def test_more_time_is_never_less(self, answered: World) -> None:
        Interview.objects.update(deadline=timezone.now() + timedelta(days=30))
        deadline = interview_of(answered).deadline
        self._ask(answered)
        assert interview_of(answered).deadline == deadline

    def test_without_a_reason_nothing_is_asked(self, scored: World, ada: Client) -> None:
        for reason in ("", "  "):
            reply = give_back(ada, scored, act="redo", question=scored.questions[0].pk, reason=reason)
            assert reply.status_code == 400 and b"Say why" in reply.content
        assert not Redo.objects.exists()

    def test_a_question_of_another_set_is_not_found(self, scored: World, ada: Client) -> None:
        for question in (0, 10**6, ""):
            assert give_back(ada, scored, act="redo", question=question, reason="No sound.").status_code == 404
        assert not Redo.objects.exists()

    def test_what_has_no_answer_yet_is_not_asked_for_again(self, world: World, ada: Client) -> None:
        sent = {"act": "redo", "question": world.questions[0].pk, "reason": "No sound."}
        assert b"There is no answer to question 1 yet" in give_back(ada, world, **sent).content

    def test_the_mail_says_which_and_why(self, scored: World, mails: None, settings: Settings) -> None:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        self._ask(scored, 1)
        with Mailbox() as box:
            settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_USE_TLS = "127.0.0.1", box.port, False
            jobs.run(Message.objects.get(kind=Message.Kind.REDO).jobs.get().pk, WORK)
        told = words(box.mails[0])
        assert "Question 2: Question number 2?" in told and "Why: There is no sound." in told
        assert f"https://interviews.example.com/interview/{scored.interview.pk}/#" in told
