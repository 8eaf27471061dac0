"""What operators see of the work, and what they do with it: set going, cancelled, paused, and taken back. Auditors only
look; and nobody else."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from django.contrib.auth.models import Group, User
from django.db import connection
from django.db.models.functions import Now
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import Settings

from interviews.actions import operating, webhooks
from interviews.actions.invitations import mail
from interviews.actions.refusals import WrongState
from interviews.demo.seed import Access
from interviews.engines.errors import Permanent, RetryLater
from interviews.models import (
    Charge,
    Event,
    Interview,
    Job,
    JobAttempt,
    Message,
    Pause,
    ProviderHealth,
    Result,
    Telling,
    Worker,
)
from interviews.operators import AUDITORS, OPERATORS, make_groups
from interviews.processing import jobs, leases
from interviews.processing.due import overdue
from interviews.queries import operations, stages
from interviews.queries.work import QueueView, work
from interviews.standings import Verdict, standings
from interviews.tasks import WORK
from interviews.topics import OPERATIONS, Following, of_why
from interviews.topics import WORK as WORK_TOPIC
from tests.engines import Assesses, Hears, due, work_through
from tests.engines import work as works
from tests.people import World, join_team, show_at_once
from tests.processes import Site
from tests.test_sockets import Visitor, heard, where

JOBS = "/admin/interviews/job/"
PAGE = f"{JOBS}work/"


def _member(group: str) -> Client:
    make_groups()
    person = User.objects.create_user(group.lower(), f"{group}@example.com", "-", is_staff=True)
    person.groups.add(Group.objects.get(name=group))
    browser = Client()
    browser.force_login(person)
    return browser


@pytest.fixture
def operator(world: World) -> Client:
    return _member(OPERATORS)


@pytest.fixture
def auditor(world: World) -> Client:
    return _member(AUDITORS)


def _act(browser: Client, what: str, *chosen: Job) -> str:
    sent = {"action": f"{what}_selected", "_selected_action": [str(job.pk) for job in chosen]}
    return browser.post(JOBS, sent, follow=True).content.decode()


def _undo(browser: Client) -> str:
    return browser.post(f"{JOBS}undo/", follow=True).content.decode()


def _parked(world: World) -> Job:
    """The assessment, of which nothing became."""
    work_through(world.interview, assesses=Assesses(error=Permanent("the key was refused")))
    return Job.objects.get(kind=Job.Kind.ASSESS, state=Job.State.PARKED)


def _states() -> list[tuple[str, str, str]]:
    return list(Job.objects.order_by("pk").values_list("kind", "state", "problem"))


class TestUndo:
    """Each act in bulk, and as it was before."""

    def test_what_was_set_going_is_parked_again(self, submitted: World, operator: Client) -> None:
        job = _parked(submitted)
        before = _states()
        assert "1 of 1 jobs were set going." in _act(operator, "retry", job)
        assert Job.objects.get(pk=job.pk).state == Job.State.QUEUED
        assert "1 taken back." in _undo(operator)
        assert _states() == before
        assert "0 taken back." in _undo(operator)

    def test_a_retry_that_a_worker_has_begun_is_not_taken_back(self, submitted: World, operator: Client) -> None:
        job = _parked(submitted)
        _act(operator, "retry", job)
        work_through(submitted.interview)
        page = _undo(operator)
        assert "0 taken back." in page and "With 1 it was too late" in page
        assert Interview.objects.get().state == Interview.State.SCORED

    def test_what_waits_for_its_next_try_is_tried_now_and_waits_again(self, submitted: World, operator: Client) -> None:
        later = timezone.now() + timedelta(minutes=9)
        Job.objects.filter(state=Job.State.QUEUED).update(run_after=later)
        waiting = list(Job.objects.filter(state=Job.State.QUEUED))
        assert "3 of 3 jobs were set going." in _act(operator, "retry", *waiting)
        assert not Job.objects.filter(run_after__gt=Now()).exists()
        _undo(operator)
        assert set(Job.objects.filter(state=Job.State.QUEUED).values_list("run_after", flat=True)) == {later}

    def test_what_was_cancelled_goes_on(self, submitted: World, operator: Client) -> None:
        chosen = list(Job.objects.filter(state=Job.State.QUEUED)[:2])
        assert "2 of 2 jobs were cancelled." in _act(operator, "cancel", *chosen)
        assert {Job.objects.get(pk=job.pk).problem for job in chosen} == {"cancelled by operators"}
        assert "Needs you: cancelled by operators" in stages.rows(Interview.objects.all())[0].stage_words
        _undo(operator)
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
            assert words in _act(operator, what, job)
        assert Job.objects.get().state == Job.State.QUEUED
        _act(operator, "cancel", job)
        assert "1 taken back." in _undo(operator)
        row = BeautifulSoup(operator.get(JOBS).content, "html.parser").select_one(".field-why")
        assert row is not None and row.text == "–" and row.a is None

    def test_work_that_has_gone_meanwhile_is_left_out(self, submitted: World, operator: Client) -> None:
        endpoint = webhooks.make_endpoint(
            submitted.position, "https://hooks.example.com/", Telling.values, submitted.ada
        )
        webhooks.try_out(endpoint)
        told = Job.objects.get(kind=Job.Kind.WEBHOOK)
        _act(operator, "pause", told, Job.objects.filter(interview__isnull=False, state=Job.State.QUEUED)[0])
        webhooks.remove(endpoint)
        assert "1 taken back." in _undo(operator)
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
        _act(operator, "cancel", job)
        assert jobs.run(job.pk, WORK) == []
        assert Message.objects.get().state == Message.State.DROPPED
        _undo(operator)
        jobs.run(job.pk, WORK)
        assert Message.objects.get().state == Message.State.SENT

    def test_a_pause_ends_and_begins_again(self, submitted: World, operator: Client) -> None:
        job = Job.objects.filter(state=Job.State.QUEUED).earliest("pk")
        _act(operator, "pause", job)
        assert Pause.objects.get().job == job
        assert "paused by an operator" in stages.rows(Interview.objects.all())[0].stage_words
        _undo(operator)
        assert not Pause.objects.exists()
        _act(operator, "pause", job)
        _act(operator, "unpause", job)
        assert not Pause.objects.exists()
        _undo(operator)
        assert Pause.objects.get().job == job

    def test_after_ten_minutes_nothing_is_offered_to_be_taken_back(self, submitted: World, operator: Client) -> None:
        assert "Undo" in _act(operator, "pause", Job.objects.latest("pk"))
        session = operator.session
        session["undo-of-jobs"] = {**session["undo-of-jobs"], "until": timezone.now().timestamp() - 1}
        session.save()
        assert "Undo" not in operator.get(JOBS).content.decode()

    def test_each_act_is_an_event_with_its_actor(self, submitted: World, operator: Client) -> None:
        job = Job.objects.filter(state=Job.State.QUEUED).earliest("pk")
        for what in ("pause", "unpause", "cancel", "retry"):
            _act(operator, what, job)
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


class TestWhoMay:
    def test_an_auditor_sees_all_of_it_and_changes_nothing(self, submitted: World, auditor: Client) -> None:
        job = _parked(submitted)
        before = _states()
        page = auditor.get(JOBS).content.decode()
        assert "retry_selected" not in page and "the key was refused" in page
        for what in ("retry", "cancel", "pause", "unpause"):
            _act(auditor, what, job)
        for path in ("pauses/", "undo/"):
            assert auditor.post(f"{JOBS}{path}", {"subject": "mail", "act": "pause"}).status_code == 403
        board = auditor.get(PAGE)
        assert board.status_code == 200 and "Pause it" not in board.content.decode()
        why = auditor.get(f"/admin/interviews/interview/{submitted.interview.pk}/why/").content.decode()
        assert "An operator can press" in why and 'name="press"' not in why
        auditor.post(f"/admin/interviews/interview/{submitted.interview.pk}/why/", {"press": f"retry {job.pk}"})
        assert _states() == before and not Pause.objects.exists()

    def test_an_operator_does(self, submitted: World, operator: Client) -> None:
        job = _parked(submitted)
        address = f"/admin/interviews/interview/{submitted.interview.pk}/why/"
        assert "A worker began" in operator.get(address).content.decode()
        operator.post(address, {"press": f"retry {job.pk}"})
        work_through(submitted.interview)
        assert Interview.objects.get().state == Interview.State.SCORED

    def test_who_recruits_sets_an_interview_going_and_not_the_site(self, submitted: World, ada: Client) -> None:
        job = _parked(submitted)
        address = f"/hr-dashboard/results/{submitted.interview.pk}/why/"
        page = ada.get(address).content.decode()
        assert "the key was refused" in page and "A worker began" not in page
        ada.post(address, {"press": f"retry {job.pk}"})
        assert Job.objects.get(pk=job.pk).state == Job.State.QUEUED
        made = operating.pause_kind(Job.Kind.ASSESS, "", submitted.ada)
        assert "An operator can press" in ada.get(address).content.decode()
        ada.post(address, {"press": f"unpause-kind {made.pk}"})
        assert Pause.objects.count() == 1

    def test_who_only_reads_presses_nothing(self, submitted: World, ada: Client) -> None:
        job = _parked(submitted)
        join_team(submitted.position, submitted.ada)
        address = f"/hr-dashboard/results/{submitted.interview.pk}/why/"
        assert 'name="press"' not in ada.get(address).content.decode()
        ada.post(address, {"press": f"retry {job.pk}"})
        assert Job.objects.get(pk=job.pk).state == Job.State.PARKED

    def test_what_is_not_offered_cannot_be_pressed(self, submitted: World, operator: Client) -> None:
        address = f"/admin/interviews/interview/{submitted.interview.pk}/why/"
        for key in ("", "retry", "retry 1 2", "make-again x", "unpause-kind 1", "nothing"):
            assert "Nothing was done" in operator.post(address, {"press": key}, follow=True).content.decode()

    def test_others_have_none_of_it(self, submitted: World, ada: Client, cy: Client) -> None:
        for browser in (ada, cy, Client()):
            for path in (PAGE, JOBS, f"/admin/interviews/interview/{submitted.interview.pk}/why/"):
                assert browser.get(path).status_code == 302, path
        assert cy.get(f"/hr-dashboard/results/{submitted.interview.pk}/why/").status_code == 404

    def test_topics(self, submitted: World, operator: Client, auditor: Client, ada: Client, cy: Client) -> None:
        mine = of_why(submitted.interview.pk)
        for browser, follows in (
            (operator, {WORK_TOPIC, OPERATIONS, mine}),
            (auditor, {WORK_TOPIC, OPERATIONS, mine}),
            (ada, {OPERATIONS, mine}),
            (cy, {OPERATIONS}),
            (Client(), set()),
        ):
            key = browser.session.session_key or ""
            asked = {topic: Following(key, frozenset({topic})) for topic in (WORK_TOPIC, OPERATIONS, mine)}
            verdicts = standings(asked.values())
            assert {topic for topic, it in asked.items() if verdicts[it] is Verdict.WELCOME} == follows

    def test_the_groups_are_made_once_and_left_as_somebody_made_them(self, world: World) -> None:
        make_groups()
        group = Group.objects.get(name=AUDITORS)
        given = set(group.permissions.values_list("codename", flat=True))
        assert {"view_job", "view_interview"} <= given
        assert not {it for it in given if not it.startswith("view_")} | (given & {"view_accommodation"})
        assert set(Group.objects.get(name=OPERATORS).permissions.values_list("codename", flat=True)) - given == {
            "change_job"
        }
        group.permissions.clear()
        make_groups()
        assert not group.permissions.exists()


class TestBoard:
    def test_it_counts_what_waits_runs_and_is_parked(self, submitted: World) -> None:
        first, second, third = Job.objects.filter(state=Job.State.QUEUED).order_by("pk")
        jobs.run(first.pk, works(Hears(first=_raising(Permanent("no sound")))))
        jobs.run(second.pk, works(Hears(first=_raising(RetryLater("busy")))))
        long_ago = timezone.now() - timedelta(minutes=7)
        Job.objects.filter(pk=third.pk).update(run_after=long_ago)
        found = {kind.kind: kind for kind in work(QueueView(0)).kinds}[Job.Kind.TRANSCRIBE]
        assert (found.waiting, found.running, found.later, found.parked) == (1, 0, 1, 1)
        assert (found.oldest, found.done, found.failed) == (long_ago, 0, 2)
        assert [(it.problem, it.count) for it in work(QueueView(0)).problems] == [("no sound", 1)]
        assert not work(QueueView(0)).is_well

    def test_it_tells_who_is_alive(self, world: World) -> None:
        leases.pulse()
        Worker.objects.create(name="gone:1", seen_at=timezone.now() - timedelta(minutes=5))
        assert {it.name: it.is_silent for it in work(QueueView(0)).workers} == {
            leases.worker_name(): False,
            "gone:1": True,
        }
        assert work(QueueView(0)).has_worker and work(QueueView(0)).is_well
        Worker.objects.update(seen_at=timezone.now() - timedelta(minutes=5))
        assert not work(QueueView(0)).has_worker

    def test_it_tells_how_providers_are_and_what_today_costs(self, submitted: World, settings: Settings) -> None:
        settings.ANALYSIS_ENGINE, settings.AI_BUDGET = "gemini", Decimal(10)
        ProviderHealth.objects.create(engine="gemini", failures=5, next_try_at=Now(), failing_since=Now())
        for cost, days in ((Decimal("0.5"), 0), (None, 0), (Decimal(2), 2)):
            charge = Charge.objects.create(position=submitted.position, engine="gemini", model="m", cost=cost)
            Charge.objects.filter(pk=charge.pk).update(at=timezone.now() - timedelta(days=days))
        found = {it.engine: it for it in work(QueueView(0)).providers}["gemini"]
        assert (found.company, found.state, found.calls, found.cost, found.unknown) == (
            "Gemini",
            "out",
            2,
            Decimal("0.5"),
            1,
        )
        assert (work(QueueView(0)).spent_today, work(QueueView(0)).budget) == (Decimal("0.5"), Decimal(10))

    def test_it_says_that_the_queue_is_away(self, world: World) -> None:
        assert not work(QueueView(None)).is_well and work(QueueView(0)).queue.hints == 0

    def test_filters_find_by_fault_and_by_pause(self, submitted: World, operator: Client) -> None:
        job = _parked(submitted)
        for query, count in (("fault=refused", 1), ("fault=key", 0), ("paused=yes", 0), ("paused=no", 4)):
            page = operator.get(f"{JOBS}?{query}")
            assert page.context["cl"].result_count == count, query
        operating.act("retry", [job.pk], submitted.ada)
        operating.act("pause", [job.pk], submitted.ada)
        assert operator.get(f"{JOBS}?paused=yes").context["cl"].result_count == 1

    def test_no_level_is_told_in_the_story(self, submitted: World, operator: Client) -> None:
        work_through(submitted.interview)
        address = f"/admin/interviews/interview/{submitted.interview.pk}/why/"
        page = operator.get(address).content.decode()
        assert "The machine is done." in page
        assert "It is scored" not in page and "4.00" not in page
        show_at_once(submitted.position)
        assert "It is scored: nothing holds it up." in operator.get(address).content.decode()

    def test_the_story_begins_with_the_first_byte(self, submitted: World, operator: Client) -> None:
        work_through(submitted.interview)
        page = operator.get(f"/admin/interviews/interview/{submitted.interview.pk}/why/")
        sections = BeautifulSoup(page.content, "html.parser").select(".why-journey")
        assert len(sections) == 1 + 3
        said = re.sub(r"\s+", " ", sections[1].get_text(" ", strip=True))
        told = ["its first byte arrived", "all of it arrived", "Made ready to play", "A worker began", "Transcribed"]
        assert [said.index(words) for words in told] == sorted(said.index(words) for words in told)

    def test_in_german_the_page_of_who_hires_is_german(self, submitted: World, ada: Client) -> None:
        page = ada.get(
            f"/hr-dashboard/results/{submitted.interview.pk}/why/", headers={"accept-language": "de"}
        ).content.decode()
        assert "Warum ist das nicht bewertet?" in page and "Nächster Schritt:" in page


def _raising(error: Exception) -> Callable[[Path], object]:
    def first(_sound: Path) -> None:
        raise error

    return first


@pytest.fixture
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with Site(tmp_path_factory.mktemp("site")) as running:
        yield running


def test_the_open_page_is_told_without_being_asked(site: Site) -> None:
    """Also of what has no event: a worker's sign of life."""
    demo = Access(**json.loads(site.demo_text))
    admin = Visitor(site)
    admin.sign_in("admin", demo.admin_password)
    topics, after = where(admin.get(PAGE))
    with admin.socket() as socket:
        socket.send(json.dumps({"topics": topics, "after": after}))
        frames = [heard(socket) for _ in range(3)]
        told = [frame["html"] for frame in frames if 'data-replace="work"' in frame.get("html", "")]
        assert told and "last sign of life" in told[0]
        admin.post(f"{JOBS}pauses/", PAGE, subject="mail", act="pause")
        html = ""
        while "paused by admin" not in html:
            html = heard(socket).get("html", "")


SILENCED = """
from datetime import timedelta
from django.utils import timezone
from interviews.models import Worker
Worker.objects.update(seen_at=timezone.now() - timedelta(minutes=5))
"""


def test_the_page_that_says_why_is_read_again_when_the_last_worker_goes_silent(site: Site) -> None:
    """Nothing happened to the interview, and no event tells of it."""
    demo = Access(**json.loads(site.demo_text))
    admin = Visitor(site)
    admin.sign_in("admin", demo.admin_password)
    review = re.search(r"/hr-dashboard/results/[0-9a-f-]+/", admin.get("/hr-dashboard/results/"))
    assert review is not None
    topics, after = where(admin.get(f"{review[0]}why/"))
    with admin.socket() as socket:
        socket.send(json.dumps({"topics": topics, "after": after}))
        assert heard(socket).get("last") is not None
        time.sleep(2.5)  # it has seen that there is a worker
        site.manage("shell", "-v0", "-c", SILENCED)
        assert heard(socket) == {"reload": True}
