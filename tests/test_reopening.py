"""A submitted interview given back: all of it, or one question. Nothing that was handed in or paid for is lost."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from datetime import timedelta
from threading import Barrier, Thread
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from interviews.actions import answering, uploading
from interviews.actions.choosing import choose
from interviews.actions.finishing import finish_take
from interviews.actions.invitations import revoke
from interviews.actions.needs import accommodate
from interviews.actions.refusals import NotAllowed, WrongState
from interviews.actions.reopening import ask_again, reopen
from interviews.actions.withdrawing import withdraw
from interviews.actions.writing import keep, save_draft
from interviews.engines.analysis.base import AnswerBrief, CriterionAssessment, CriterionBrief
from interviews.engines.errors import Permanent
from interviews.models import (
    Accommodation,
    Answer,
    Assessment,
    AssessmentRun,
    Event,
    Interview,
    Job,
    JobAttempt,
    Message,
    Position,
    Receipt,
    Redo,
    Result,
    Take,
)
from interviews.processing import jobs
from interviews.queries.operations import reconcile
from interviews.queries.reviews import answers as reviewed
from interviews.queries.stages import rows
from interviews.tasks import WORK, sweep
from tests.engines import Assesses, Hears, make_ready, with_quote, work, work_through
from tests.mailbox import Mailbox, words
from tests.people import World, join_team, record_answer


def _interview(world: World) -> Interview:
    return Interview.objects.get(pk=world.interview.pk)


def _page(world: World, last: str = "") -> str:
    return f"/interview/{world.interview.pk}/{last}"


def _give_back(browser: Client, world: World, **sent: Any) -> Any:
    address = f"/hr-dashboard/invitations/{world.position.pk}/{world.interview.pk}/give-back/"
    return browser.post(address, {"days": "7", **sent}, follow=True)


def _record(world: World, question: int, media: bytes) -> None:
    record_answer(_interview(world), world.questions[question], media, hashlib.sha256(media).hexdigest())


def _stage(world: World) -> str:
    return rows(Interview.objects.filter(pk=world.interview.pk))[0].stage


def _at_once(act: Callable[[], object], error: type[Exception] = WrongState) -> list[bool]:
    """Whether each of two that began together came through."""
    start, through = Barrier(2), []

    def run() -> None:
        start.wait()
        try:
            act()
            through.append(True)
        except error:
            through.append(False)
        finally:
            connection.close()

    threads = [Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(through)


@pytest.fixture
def scored(submitted: World) -> World:
    work_through(submitted.interview)
    assert _interview(submitted).state == Interview.State.SCORED
    return submitted


@pytest.fixture
def mails(settings: Settings) -> Iterator[None]:
    settings.SENDS_MAIL, settings.SITE_URL = True, "https://interviews.example.com"
    yield
    Job.objects.filter(kind=Job.Kind.MAIL).delete()


class TestReopening:
    def test_it_is_open_again_with_the_days_that_were_chosen(self, scored: World, ada: Client) -> None:
        page = _give_back(ada, scored, act="reopen", days="3").content.decode()
        now = _interview(scored)
        assert (now.state, now.submitted_at) == (Interview.State.STARTED, None)
        assert abs(now.deadline - timezone.now() - timedelta(days=3)) < timedelta(minutes=1)
        assert f"/interview/{now.pk}/#" in page, "without mail, a link to pass on"
        assert _stage(scored) == "reopened"
        event = Event.objects.latest("number")
        assert (event.kind, event.actor) == ("interview.reopened", scored.ada)

    def test_the_applicant_is_told_by_mail(self, scored: World, ada: Client, mails: None, settings: Settings) -> None:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        page = _give_back(ada, scored, act="reopen").content.decode()
        assert "the mail to the applicant is on its way" in page and "#" not in page.partition("<main")[2]
        with Mailbox() as box:
            settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_USE_TLS = "127.0.0.1", box.port, False
            jobs.run(Message.objects.get(kind=Message.Kind.REOPENED).jobs.get().pk, WORK)
        assert "is open again" in str(box.mails[0]["Subject"])
        token = words(box.mails[0]).partition("#")[2].split()[0]
        assert Client().post(_page(scored, "open/"), {"token": token}).status_code == 302

    def test_a_mail_that_comes_after_the_new_submit_is_not_sent(self, scored: World, mails: None) -> None:
        reopen(scored.interview, 7, actor=scored.ada)
        answering.submit(_interview(scored))
        message = Message.objects.get(kind=Message.Kind.REOPENED)
        jobs.run(message.jobs.get().pk, WORK)
        message.refresh_from_db()
        assert (message.state, message.problem) == (Message.State.DROPPED, "the interview was submitted first")
        work_through(scored.interview)

    def test_two_clicks_at_once_reopen_once(self, scored: World) -> None:
        assert _at_once(lambda: reopen(scored.interview, 7, actor=scored.ada)) == [False, True]
        assert Event.objects.filter(kind="interview.reopened").count() == 1

    def test_what_is_not_submitted_is_left_alone_in_words(self, answered: World, ada: Client) -> None:
        deadline = _interview(answered).deadline
        assert b"It is not submitted" in _give_back(ada, answered, act="reopen").content
        assert _interview(answered).deadline == deadline

    def test_who_withdrew_is_left_alone(self, scored: World, ada: Client) -> None:
        withdraw(scored.interview)
        for act in ("reopen", "redo"):
            sent = {"act": act, "question": scored.questions[0].pk, "reason": "No sound."}
            assert b"The applicant withdrew." in _give_back(ada, scored, **sent).content
        assert _interview(scored).is_submitted

    @pytest.mark.parametrize("days", ["", "0", "366", "x"])
    def test_days_that_cannot_be_are_refused_at_their_field(self, scored: World, ada: Client, days: str) -> None:
        reply = _give_back(ada, scored, act="reopen", days=days)
        assert reply.status_code == 400 and b"days-error" in reply.content
        assert _interview(scored).is_submitted

    def test_who_may_not_invite_finds_nothing(self, scored: World, ada: Client, cy: Client) -> None:
        join_team(scored.position, scored.ada)
        for browser in (ada, cy):
            assert _give_back(browser, scored, act="reopen").status_code == 404
        assert _interview(scored).is_submitted


class TestReceipts:
    def test_the_old_one_stays_and_the_new_submit_writes_a_second(
        self, scored: World, bo: Client, speech: bytes
    ) -> None:
        before = bo.get(_page(scored, "receipt.txt")).content
        reopen(scored.interview, 7, actor=scored.ada)
        page = bo.get(_page(scored)).content.decode()
        assert "Your interview is open again." in page and _page(scored, "receipts/1.txt") in page
        assert bo.get(_page(scored, "receipts/1.txt")).content == before
        assert bo.get(_page(scored, "receipt.txt")).content == before
        Position.objects.update(host="Other Ltd")
        _record(scored, 0, speech)
        assert bo.post(_page(scored, "submit/")).status_code == 302
        assert Receipt.objects.count() == 2
        assert bo.get(_page(scored, "receipts/1.txt")).content == before
        newest = bo.get(_page(scored, "receipts/2.txt")).content
        assert newest == bo.get(_page(scored, "receipt.txt")).content != before
        page = bo.get(_page(scored)).content.decode()
        assert "Receipts from before:" in page and _page(scored, "receipts/1.txt") in page

    def test_it_is_reached_when_the_new_time_is_over_too(self, scored: World, bo: Client) -> None:
        reopen(scored.interview, 7, actor=scored.ada)
        Interview.objects.update(deadline=timezone.now() - timedelta(days=9))
        page = bo.get(_page(scored))
        assert page.status_code == 410 and _page(scored, "receipts/1.txt").encode() in page.content
        assert bo.get(_page(scored, "receipts/1.txt")).content.startswith(b"RECEIPT")

    def test_who_does_nothing_more_keeps_what_was_submitted(self, scored: World, bo: Client) -> None:
        ask_again(scored.interview, scored.questions[0], "No sound.", 7, actor=scored.ada)
        Interview.objects.update(deadline=timezone.now() - timedelta(hours=23))
        sweep()
        assert _interview(scored).state == Interview.State.STARTED, "what was begun may still arrive"
        Interview.objects.update(deadline=timezone.now() - timedelta(hours=25))
        sweep()
        sweep()
        engine = Assesses()
        work_through(scored.interview, assesses=engine)
        assert (_interview(scored).state, engine.asked) == (Interview.State.SCORED, [])
        assert Receipt.objects.count() == 2
        assert b"We have your interview" in bo.get(_page(scored)).content

    def test_who_never_submitted_is_not_submitted_by_the_clock(self, answered: World) -> None:
        Interview.objects.update(deadline=timezone.now() - timedelta(days=9))
        sweep()
        assert _interview(answered).state == Interview.State.STARTED

    def test_the_link_to_it_cannot_be_withdrawn(self, scored: World, bo: Client) -> None:
        reopen(scored.interview, 7, actor=scored.ada)
        with pytest.raises(WrongState, match="keeps the link to the receipt"):
            revoke(scored.interview)
        assert bo.get(_page(scored, "receipt.txt")).status_code == 200

    @pytest.mark.parametrize("number", [0, 2, 10**12])
    def test_one_that_is_not_there_leads_to_the_interview(self, submitted: World, bo: Client, number: int) -> None:
        assert bo.get(_page(submitted, f"receipts/{number}.txt")).status_code == 302


class TestAssessment:
    def test_what_was_assessed_stays_until_the_new_submit(self, scored: World, speech: bytes) -> None:
        reopen(scored.interview, 7, actor=scored.ada)
        assert Result.objects.count() == 1 and Assessment.objects.count() == 6
        _record(scored, 0, speech)
        work_through(scored.interview, Hears("Other words about a migration and its plan"))
        assert Assessment.objects.count() == 6
        first, second = reviewed(_interview(scored), revealed=True)[:2]
        assert {it.state for it in first.criteria} == {"waiting"}, "it was another recording"
        assert {it.state for it in second.criteria} == {"assessed"}

    def test_changed_answers_are_assessed_again_and_the_others_not_paid_for_again(
        self, scored: World, speech: bytes
    ) -> None:
        reopen(scored.interview, 7, actor=scored.ada)
        _record(scored, 0, speech)
        answering.submit(_interview(scored))
        assert [row.score for row in rows(Interview.objects.all())] == [None], "it is of what was handed in before"
        engine = Assesses()
        work_through(scored.interview, Hears("Other words about a migration and its plan"), engine)
        assert engine.asked == [[str(Answer.objects.get(question=scored.questions[0]).pk)]]
        old, new = AssessmentRun.objects.order_by("number")
        assert (old.assessments.count(), new.assessments.count()) == (6, 6)
        assert new.assessments.exclude(copied_from=None).count() == 4
        assert _interview(scored).state == Interview.State.SCORED
        assert reconcile() == 0

    def test_levels_of_a_replaced_recording_count_no_more_where_the_new_one_gets_no_transcript(
        self, scored: World, speech: bytes
    ) -> None:
        reopen(scored.interview, 7, actor=scored.ada)
        _record(scored, 0, speech)
        Job.objects.filter(state=Job.State.QUEUED).update(state=Job.State.PARKED, problem="it cannot be read")
        answering.submit(_interview(scored))
        work_through(scored.interview)
        run = AssessmentRun.objects.latest("number")
        assert (run.number, run.result.levels, run.result.criteria) == (2, 4, 6)

    def test_nothing_is_paid_for_where_nothing_changed(self, scored: World) -> None:
        reopen(scored.interview, 7, actor=scored.ada)
        answering.submit(_interview(scored))
        engine = Assesses()
        work_through(scored.interview, assesses=engine)
        assert engine.asked == []
        assert _interview(scored).state == Interview.State.SCORED

    def test_going_back_to_the_earlier_recording_costs_nothing(self, scored: World, speech: bytes) -> None:
        earlier = Answer.objects.get(question=scored.questions[0]).take
        reopen(scored.interview, 7, actor=scored.ada)
        _record(scored, 0, speech)
        choose(_interview(scored), earlier.pk)
        answering.submit(_interview(scored))
        engine = Assesses()
        work_through(scored.interview, assesses=engine)
        assert engine.asked == []

    def test_a_submit_that_no_worker_looked_at_is_found_by_the_sweep(self, scored: World) -> None:
        reopen(scored.interview, 7, actor=scored.ada)
        answering.submit(_interview(scored))
        Job.objects.filter(kind=Job.Kind.ASSESS).exclude(state=Job.State.DONE).delete()
        assert reconcile() == 1
        sweep()
        assert reconcile() == 0

    @pytest.mark.parametrize("after", [0, 1, 3])
    def test_a_worker_that_is_assessing_writes_nothing_more(self, submitted: World, after: int) -> None:
        """Reopened while the engine is at its answer number `after`; 3: after its last one."""
        done = 0

        def level(answer: AnswerBrief, criterion: CriterionBrief) -> CriterionAssessment:
            nonlocal done
            if done == after * 2:
                reopen(submitted.interview, 7, actor=submitted.ada)
            done += 1
            return with_quote(answer, criterion)

        class Ends(Assesses):
            def assess(self, *given: Any) -> Any:
                yield from super().assess(*given)
                if after == 3:
                    reopen(submitted.interview, 7, actor=submitted.ada)

        for pk in Job.objects.filter(state=Job.State.QUEUED).values_list("pk", flat=True):
            jobs.run(pk, work())
        jobs.run(Job.objects.get(kind=Job.Kind.ASSESS).pk, work(assesses=Ends(level)))
        assert _interview(submitted).state == Interview.State.STARTED
        assert Assessment.objects.count() == after * 2 and not Result.objects.exists()
        job = Job.objects.get(kind=Job.Kind.ASSESS)
        assert (job.state, job.attempts.get().outcome) == (Job.State.DROPPED, JobAttempt.Outcome.DROPPED)
        sweep()
        assert jobs.run(job.pk, work()) == [], "nobody takes it up again"
        answering.submit(_interview(submitted))
        engine = Assesses()
        work_through(submitted.interview, assesses=engine)
        assert sum(map(len, engine.asked)) == 3 - after
        assert _interview(submitted).state == Interview.State.SCORED

    def test_a_worker_and_a_recruiter_at_the_same_moment_leave_one_of_two_states(self, submitted: World) -> None:
        for pk in Job.objects.filter(state=Job.State.QUEUED).values_list("pk", flat=True):
            jobs.run(pk, work())
        job = Job.objects.get(kind=Job.Kind.ASSESS)
        start = Barrier(2)

        def work_on() -> None:
            start.wait()
            jobs.run(job.pk, work())
            connection.close()

        worker = Thread(target=work_on)
        worker.start()
        start.wait()
        reopen(submitted.interview, 7, actor=submitted.ada)
        worker.join()
        job.refresh_from_db()
        assert _interview(submitted).state == Interview.State.STARTED
        assert job.state in (Job.State.DONE, Job.State.DROPPED)
        assert Result.objects.exists() == (job.state == Job.State.DONE)

    def test_a_parked_assessment_does_not_stand_in_the_way(self, submitted: World) -> None:
        work_through(submitted.interview, assesses=Assesses(error=Permanent("the key was refused")))
        assert Job.objects.get(kind=Job.Kind.ASSESS).state == Job.State.PARKED
        reopen(submitted.interview, 7, actor=submitted.ada)
        assert _stage(submitted) == "reopened"
        answering.submit(_interview(submitted))
        work_through(submitted.interview)
        assert _interview(submitted).state == Interview.State.SCORED


class TestOneAnswerAgain:
    def _ask(self, world: World, question: int = 0, reason: str = "There is no sound.") -> None:
        ask_again(world.interview, world.questions[question], reason, 7, actor=world.ada)

    def test_the_page_says_plainly_what_is_asked_and_why(self, scored: World, ada: Client, bo: Client) -> None:
        sent = {"act": "redo", "question": scored.questions[1].pk, "reason": "The <sound> is missing."}
        assert b"Links to pass on" in _give_back(ada, scored, **sent).content
        page = bo.get(_page(scored)).content.decode()
        assert "Please answer question 2 again." in page
        assert "Why: The &lt;sound&gt; is missing." in page
        assert _page(scored, "receipts/1.txt") in page
        one = ada.get(f"/hr-dashboard/invitations/{scored.position.pk}/{scored.interview.pk}/").content.decode()
        assert "The &lt;sound&gt; is missing." in one and "not answered again yet" in one

    def test_the_same_link_still_opens(self, scored: World) -> None:
        self._ask(scored)
        browser = Client()
        assert browser.post(_page(scored, "open/"), {"token": scored.token}).status_code == 302
        assert b"Please answer question 1 again." in browser.get(_page(scored)).content

    def test_one_more_take_of_that_question_alone(self, answered_twice: World, speech: bytes) -> None:
        """Two recordings were allowed, and were made."""
        self._ask(answered_twice)
        _record(answered_twice, 0, speech)
        with pytest.raises(NotAllowed, match="All recordings allowed"):
            _record(answered_twice, 0, speech)
        _record(answered_twice, 1, speech)
        with pytest.raises(NotAllowed, match="All recordings allowed"):
            _record(answered_twice, 1, speech)

    def test_the_earlier_take_stays_and_the_newest_counts_unless_another_is_chosen(
        self, scored: World, speech: bytes
    ) -> None:
        earlier = Answer.objects.get(question=scored.questions[0]).take
        self._ask(scored)
        _record(scored, 0, speech)
        answer = Answer.objects.get(question=scored.questions[0])
        assert answer.take_id != earlier.pk and Take.objects.filter(pk=earlier.pk).exists()
        assert Redo.objects.get().done_at is not None
        choose(_interview(scored), earlier.pk)
        answer.refresh_from_db()
        assert answer.take_id == earlier.pk

    def test_after_the_submit_nothing_else_can_be_changed(
        self, answered_twice: World, speech: bytes, bo: Client
    ) -> None:
        accommodate(Accommodation(interview=answered_twice.interview, written=True))
        answering.submit(answered_twice.interview)
        work_through(answered_twice.interview)
        self._ask(answered_twice, question=1)
        interview, first = _interview(answered_twice), answered_twice.questions[0]
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
        page = bo.get(_page(answered_twice)).content.decode()
        assert page.count("Stays as you submitted it.") == 3 and "isClosed&quot;: true" in page
        _record(answered_twice, 1, speech)
        assert bo.post(_page(answered_twice, "submit/")).status_code == 302
        work_through(answered_twice.interview)
        assert _interview(answered_twice).state == Interview.State.SCORED

    def test_a_take_begun_before_the_submit_becomes_no_answer(self, answered: World, speech: bytes) -> None:
        begun = uploading.begin(answered.interview, answered.questions[0].pk, uploading.Sender("video/webm"))
        uploading.append(begun.pk, 0, [speech])
        answering.submit(answered.interview)
        self._ask(answered, question=1)
        from_before = Answer.objects.get(question=answered.questions[0]).take_id
        with pytest.raises(WrongState, match="Only question 2"):
            uploading.go_on(_interview(answered), begun.take_id, uploading.Sender("video/webm"))
        assert Answer.objects.get(question=answered.questions[0]).take_id == from_before
        answering.submit(_interview(answered))
        work_through(answered.interview)

    def test_a_written_answer_is_an_answer_again(self, answered: World) -> None:
        accommodate(Accommodation(interview=answered.interview, written=True))
        self._ask(answered)
        save_draft(_interview(answered), answered.questions[0].pk, "In writing.", 0)
        keep(_interview(answered), answered.questions[0].pk, 1)
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
        answering.submit(_interview(scored))
        work_through(scored.interview)
        assert _interview(scored).state == Interview.State.SCORED, "the applicant keeps what was there"
        self._ask(scored, reason="Please do.")
        assert Redo.objects.get().reason == "Please do."
        _record(scored, 0, speech)
        answering.submit(_interview(scored))
        assert Receipt.objects.count() == 3
        work_through(scored.interview)

    def test_two_clicks_at_once_ask_once(self, scored: World, mails: None) -> None:
        assert _at_once(lambda: self._ask(scored)) == [False, True]
        assert Redo.objects.count() == 1
        assert Message.objects.filter(kind=Message.Kind.REDO).count() == 1

    def test_a_second_question_joins_the_first(self, scored: World) -> None:
        self._ask(scored, 0)
        self._ask(scored, 1)
        with pytest.raises(WrongState, match="Only question 1, 2"):
            uploading.begin(_interview(scored), scored.questions[2].pk, uploading.Sender("video/webm"))

    def test_reopening_the_whole_lifts_the_limit(self, scored: World, speech: bytes) -> None:
        self._ask(scored, 0)
        reopen(scored.interview, 7, actor=scored.ada)
        _record(scored, 2, speech)
        assert not Redo.objects.filter(alone=True).exists()

    def test_more_time_is_never_less(self, answered: World) -> None:
        Interview.objects.update(deadline=timezone.now() + timedelta(days=30))
        deadline = _interview(answered).deadline
        self._ask(answered)
        assert _interview(answered).deadline == deadline

    def test_without_a_reason_nothing_is_asked(self, scored: World, ada: Client) -> None:
        for reason in ("", "  "):
            reply = _give_back(ada, scored, act="redo", question=scored.questions[0].pk, reason=reason)
            assert reply.status_code == 400 and b"Say why" in reply.content
        assert not Redo.objects.exists()

    def test_a_question_of_another_set_is_not_found(self, scored: World, ada: Client) -> None:
        for question in (0, 10**6, ""):
            assert _give_back(ada, scored, act="redo", question=question, reason="No sound.").status_code == 404
        assert not Redo.objects.exists()

    def test_what_has_no_answer_yet_is_not_asked_for_again(self, world: World, ada: Client) -> None:
        sent = {"act": "redo", "question": world.questions[0].pk, "reason": "No sound."}
        assert b"There is no answer to question 1 yet" in _give_back(ada, world, **sent).content

    def test_the_mail_says_which_and_why(self, scored: World, mails: None, settings: Settings) -> None:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        self._ask(scored, 1)
        with Mailbox() as box:
            settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_USE_TLS = "127.0.0.1", box.port, False
            jobs.run(Message.objects.get(kind=Message.Kind.REDO).jobs.get().pk, WORK)
        told = words(box.mails[0])
        assert "Question 2: Question number 2?" in told and "Why: There is no sound." in told
        assert f"https://interviews.example.com/interview/{scored.interview.pk}/#" in told


def test_a_transcription_under_way_goes_on_and_assesses_nothing(submitted: World, speech: bytes) -> None:
    reopen(submitted.interview, 7, actor=submitted.ada)
    _record(submitted, 0, speech)
    make_ready(submitted.interview)
    work_through(submitted.interview)
    assert not Job.objects.filter(kind=Job.Kind.ASSESS).exists()
