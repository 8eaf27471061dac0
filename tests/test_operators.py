"""Operators act, auditors only look, and who recruits sets an interview going; nobody else."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Group
from django.test import Client

from interviews.actions import operating
from interviews.models import Interview, Job, Pause
from interviews.operators import AUDITORS, OPERATORS, make_groups
from interviews.standings import Verdict, standings
from interviews.topics import OPERATIONS, Following, of_why
from interviews.topics import WORK as WORK_TOPIC
from tests.engines import work_through
from tests.operating import JOBS, PAGE, act, member, parked, states
from tests.people import World, join_team


@pytest.fixture
def operator(world: World) -> Client:
    return member(OPERATORS)


@pytest.fixture
def auditor(world: World) -> Client:
    return member(AUDITORS)


class TestWhoMay:
    def test_an_auditor_sees_all_of_it_and_changes_nothing(self, submitted: World, auditor: Client) -> None:
        job = parked(submitted)
        before = states()
        page = auditor.get(JOBS).content.decode()
        assert "retry_selected" not in page and "the key was refused" in page
        for what in ("retry", "cancel", "pause", "unpause"):
            act(auditor, what, job)
        for path in ("pauses/", "undo/"):
            assert auditor.post(f"{JOBS}{path}", {"subject": "mail", "act": "pause"}).status_code == 403
        board = auditor.get(PAGE)
        assert board.status_code == 200 and "Pause it" not in board.content.decode()
        why = auditor.get(f"/admin/interviews/interview/{submitted.interview.pk}/why/").content.decode()
        assert "An operator can press" in why and 'name="press"' not in why
        auditor.post(f"/admin/interviews/interview/{submitted.interview.pk}/why/", {"press": f"retry {job.pk}"})
        assert states() == before and not Pause.objects.exists()

    def test_an_operator_does(self, submitted: World, operator: Client) -> None:
        job = parked(submitted)
        address = f"/admin/interviews/interview/{submitted.interview.pk}/why/"
        assert "A worker began" in operator.get(address).content.decode()
        operator.post(address, {"press": f"retry {job.pk}"})
        work_through(submitted.interview)
        assert Interview.objects.get().state == Interview.State.SCORED

    def test_who_recruits_sets_an_interview_going_and_not_the_site(self, submitted: World, ada: Client) -> None:
        job = parked(submitted)
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
        job = parked(submitted)
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
        mine = of_why(submitted.interview.pk, "0" * 16)
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
        assert not {it for it in given if not it.startswith("view_")}
        assert not given & {"view_accommodation", "view_extensionrequest", "view_selfreport"}
        operating = set(Group.objects.get(name=OPERATORS).permissions.values_list("codename", flat=True))
        assert (operating - given, given - operating) == ({"change_job"}, {"view_auditentry"})
        group.permissions.clear()
        make_groups()
        assert not group.permissions.exists()
