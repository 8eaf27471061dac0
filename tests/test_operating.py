"""What operators do with the work: set going, cancelled, paused, and taken back."""

from __future__ import annotations

from datetime import timedelta

import pytest
from bs4 import BeautifulSoup
from django.contrib.auth.models import User
from django.db import connection
from django.db.models.functions import Now
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import Settings

from interviews.actions import operating, webhooks
from interviews.actions.invitations import mail
from interviews.actions.refusals import WrongState
from interviews.models import Event, Interview, Job, JobAttempt, Message, Pause, Result, Telling
from interviews.operators import OPERATORS
from interviews.processing import jobs
from interviews.processing.due import overdue
from interviews.queries import operations, stages
from interviews.tasks import WORK
from tests.engines import Hears, due, work_through
from tests.engines import work as works
from tests.operating import JOBS, PAGE, act, member, parked, states, undo
from tests.people import World


@pytest.fixture
def operator(world: World) -> Client:
    return member(OPERATORS)


class TestUndo:
    """Each act in bulk, and as it was before."""

    def test_what_was_set_going_is_parked_again(self, submitted: World, operator: Client) -> None:
        job = parked(submitted)
        before = states()
        assert "1 of 1 jobs were set going." in act(operator, "retry", job)
        assert Job.objects.get(pk=job.pk).state == Job.State.QUEUED
        assert "1 taken back." in undo(operator)
        assert states() == before
        assert "0 taken back." in undo(operator)

    def test_it_leads_back_to_the_list_as_it_was_filtered(self, submitted: World, operator: Client) -> None:
        job = parked(submitted)
        listed = f"{JOBS}?kind__exact=assess&q=refused"
        sent = {"action": "retry_selected", "_selected_action": [str(job.pk)]}
        page = BeautifulSoup(operator.post(listed, sent, follow=True).content, "html.parser")
        form = page.select_one("form.undo")
        assert form is not None
        assert operator.post(str(form["action"])).headers["location"] == listed

    def test_a_retry_that_a_worker_has_begun_is_not_taken_back(self, submitted: World, operator: Client) -> None:
        job = parked(submitted)
        act(operator, "retry", job)
        work_through(submitted.interview)
        page = undo(operator)
        assert "0 taken back." in page and "With 1 it was too late" in page
        assert Interview.objects.get().state == Interview.State.SCORED

    def test_what_waits_for_its_next_try_is_tried_now_and_waits_again(self, submitted: World, operator: Client) -> None:
        later = timezone.now() + timedelta(minutes=9)
        Job.objects.filter(state=Job.State.QUEUED).update(run_after=later)
        waiting = list(Job.objects.filter(state=Job.State.QUEUED))
        assert "3 of 3 jobs were set going." in act(operator, "retry", *waiting)
        assert not Job.objects.filter(run_after__gt=Now()).exists()
        undo(operator)
        assert set(Job.objects.filter(state=Job.State.QUEUED).values_list("run_after", flat=True)) == {later}

    def test_what_was_cancelled_goes_on(self, submitted: World, operator: Client) -> None:
        chosen = list(Job.objects.filter(state=Job.State.QUEUED)[:2])
        assert "2 of 2 jobs were cancelled." in act(operator, "cancel", *chosen)
        assert {Job.objects.get(pk=job.pk).problem for job in chosen} == {"cancelled by operators"}
        assert "Needs you: cancelled by operators" in stages.rows(Interview.objects.all())[0].stage_words
        undo(operator)
        work_through(submitted.interview)
        assert Result.objects.get().levels == 6

    def test_what_is_to_be_told_to_other_machines_is_moved_like_all_else(self, world: World, operator: Client) -> None:
        """It is of no interview."""
        url = "https://hooks.example.com/"
        webhooks.try_out(webhooks.make_endpoint(world.position, url, Telling.values, world.ada))
        job = Job.objects.get(kind=Job.Kind.WEBHOOK)
        for what, words in (
            ("cancel", "1 of 1 jobs were cancelled."),
            ("retry", "1 of 1 jobs were set going."),
            ("pause", "1 of 1 jobs were paused."),
            ("unpause", "1 of 1 jobs are not paused any more."),
        ):
            assert words in act(operator, what, job)
        assert Job.objects.get().state == Job.State.QUEUED
        act(operator, "cancel", job)
        assert "1 taken back." in undo(operator)
        row = BeautifulSoup(operator.get(JOBS).content, "html.parser").select_one(".field-why")
        assert row is not None and row.text == "–" and row.a is None

    def test_work_that_has_gone_meanwhile_is_left_out(self, submitted: World, operator: Client) -> None:
        endpoint = webhooks.make_endpoint(
            submitted.position, "https://hooks.example.com/", Telling.values, submitted.ada
        )
        webhooks.try_out(endpoint)
        told = Job.objects.get(kind=Job.Kind.WEBHOOK)
        act(operator, "pause", told, Job.objects.filter(interview__isnull=False, state=Job.State.QUEUED)[0])
        webhooks.remove(endpoint, submitted.ada)
        assert "1 taken back." in undo(operator)
        assert operating.act("retry", [told.pk], submitted.ada) == []

    def test_what_is_cancelled_under_a_workers_hands_is_not_taken_from_it(self, submitted: World) -> None:
        job = Job.objects.filter(state=Job.State.QUEUED).earliest("pk")

        def cancelled_meanwhile(_sound: object) -> None:
            assert operating.act("cancel", [job.pk], submitted.ada)

        jobs.run(job.pk, works(Hears(first=cancelled_meanwhile)))
        job.refresh_from_db()
        assert (job.state, job.problem) == (Job.State.PARKED, "cancelled by ada")
        assert not hasattr(job.take, "transcript")
        assert JobAttempt.objects.get(job=job).outcome == JobAttempt.Outcome.DROPPED

    def test_a_mail_is_called_back_and_sent_after_all(self, world: World, operator: Client, settings: Settings) -> None:
        settings.SENDS_MAIL = True
        settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
        mail(world.interview, Message.Kind.INVITATION)
        job = Job.objects.get(kind=Job.Kind.MAIL)
        act(operator, "cancel", job)
        assert jobs.run(job.pk, WORK) == []
        assert Message.objects.get().state == Message.State.DROPPED
        undo(operator)
        jobs.run(job.pk, WORK)
        assert Message.objects.get().state == Message.State.SENT

    def test_a_pause_ends_and_begins_again(self, submitted: World, operator: Client) -> None:
        job = Job.objects.filter(state=Job.State.QUEUED).earliest("pk")
        act(operator, "pause", job)
        assert Pause.objects.get().job == job
        assert "paused by an operator" in stages.rows(Interview.objects.all())[0].stage_words
        undo(operator)
        assert not Pause.objects.exists()
        act(operator, "pause", job)
        act(operator, "unpause", job)
        assert not Pause.objects.exists()
        undo(operator)
        assert Pause.objects.get().job == job

    def test_after_ten_minutes_nothing_is_offered_to_be_taken_back(self, submitted: World, operator: Client) -> None:
        assert "Undo" in act(operator, "pause", Job.objects.latest("pk"))
        session = operator.session
        session["undo-of-jobs"] = {**session["undo-of-jobs"], "until": timezone.now().timestamp() - 1}
        session.save()
        assert "Undo" not in operator.get(JOBS).content.decode()

    def test_each_act_is_an_event_with_its_actor(self, submitted: World, operator: Client) -> None:
        job = Job.objects.filter(state=Job.State.QUEUED).earliest("pk")
        for what in ("pause", "unpause", "cancel", "retry"):
            act(operator, what, job)
        by = User.objects.get(username="operators")
        kinds = Event.objects.filter(actor=by).order_by("number").values_list("kind", flat=True)
        assert list(kinds) == ["work.paused", "work.unpaused", "job.parked", "job.resumed"]


class TestPauses:
    @pytest.mark.parametrize("engine", ["", "deepgram"])
    def test_no_worker_claims_what_is_paused_and_the_sweep_is_silent(
        self, submitted: World, engine: str, settings: Settings
    ) -> None:
        settings.TRANSCRIPTION_ENGINE = "deepgram"
        made = operating.pause_kind(Job.Kind.TRANSCRIBE, engine, submitted.ada)
        Job.objects.update(hinted_at=None)
        heard_now = Hears()
        for pk in due(submitted.interview):
            assert jobs.run(pk, works(heard_now)) == []
        assert (heard_now.heard, overdue(), JobAttempt.objects.filter(job__kind="transcribe").count()) == ([], [], 0)
        with pytest.raises(WrongState):
            operating.pause_kind(Job.Kind.TRANSCRIBE, engine, submitted.ada)
        operating.unpause_kind(made.pk, submitted.ada)
        assert overdue() == due(submitted.interview)
        work_through(submitted.interview, heard_now)
        assert Result.objects.get().levels == 6

    def test_a_pause_of_another_engine_or_kind_holds_up_nothing(self, submitted: World) -> None:
        operating.pause_kind(Job.Kind.TRANSCRIBE, "deepgram", submitted.ada)  # this site works with another
        operating.pause_kind(Job.Kind.MAIL, "", submitted.ada)
        work_through(submitted.interview)
        assert Result.objects.get().levels == 6

    def test_a_pause_costs_a_claim_no_statement(self, submitted: World) -> None:
        from_pause = operating.pause_kind(Job.Kind.MAIL, "", submitted.ada)
        first, second, _third = due(submitted.interview)
        counted = [_statements(first)]
        operating.unpause_kind(from_pause.pk, submitted.ada)
        counted.append(_statements(second))
        assert counted[0] == counted[1]

    def test_everybody_who_hires_reads_that_work_is_paused(self, submitted: World, ada: Client) -> None:
        operating.pause_kind(Job.Kind.ASSESS, "", submitted.ada)
        assert "Paused by an operator: Assess an interview" in ada.get("/hr-dashboard/").content.decode()
        assert [(it.provider, it.paused) for it in operations.outages()] == [("Assess an interview", True)]

    def test_an_operator_pauses_on_the_page_of_the_work(self, submitted: World, operator: Client) -> None:
        operator.post(f"{JOBS}pauses/", {"subject": "transcribe", "act": "pause"})
        assert (Pause.objects.get().kind, Pause.objects.get().by) == (
            "transcribe",
            User.objects.get(username="operators"),
        )
        assert "paused by operators" in operator.get(PAGE).content.decode()
        operator.post(f"{JOBS}pauses/", {"subject": "transcribe", "act": "unpause"})
        operator.post(f"{JOBS}pauses/", {"subject": "everything", "act": "pause"})
        assert not Pause.objects.exists()


def _statements(job_id: int) -> int:
    with CaptureQueriesContext(connection) as captured:
        jobs.run(job_id, works())
    return len(captured)
