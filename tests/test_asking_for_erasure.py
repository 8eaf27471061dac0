"""Erasing is asked for, called back within a day or held up."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from interviews import tasks
from interviews.actions.holding import lift_hold, place_hold
from interviews.actions.refusals import Refused, WrongState
from interviews.actions.withdrawing import ask_for_erasure, call_erasure_back, erase_applicant, withdraw
from interviews.events import Kind
from interviews.models import Applicant, Erasure, Event, Interview, Job, Message
from interviews.processing import erasing, jobs
from interviews.queries.retention import ERASURE_GRACE
from interviews.tasks import WORK
from tests import canaries
from tests.engines import work_through
from tests.erasing import DAY, erase_now, page_of
from tests.people import World


class TestGrace:
    def test_it_leaves_consideration_at_once_and_is_erased_a_day_later(self, submitted: World, ada: Client) -> None:
        ask_for_erasure(submitted.interview)
        now = timezone.now()
        assert Interview.objects.get().withdrawn_at is not None
        assert erasing.open_those_due(now + ERASURE_GRACE - timedelta(minutes=1)) == ([], False)
        assert b"Withdrawn, is to be erased" in ada.get("/hr-dashboard/results/").content
        opened, _more = erasing.open_those_due(now + ERASURE_GRACE + timedelta(minutes=1))
        assert len(opened) == 1
        assert erasing.open_those_due(now + 2 * ERASURE_GRACE) == ([], False)

    def test_the_sweep_finds_it_and_a_worker_does_it(
        self, submitted: World, monkeypatch: pytest.MonkeyPatch, work_off: Callable[[], int]
    ) -> None:
        monkeypatch.setattr(tasks, "_looked_for_what_is_over", float("-inf"))
        ask_for_erasure(submitted.interview)
        Interview.objects.update(erasure_asked_at=timezone.now() - 2 * DAY)
        tasks.sweep()
        work_off()
        assert Interview.objects.get().erased_at is not None

    def test_called_back_it_is_as_it_was(self, submitted: World, bo: Client) -> None:
        bo.post(page_of(submitted, "withdraw/"), {"act": "erase"})
        assert b"Everything is going to be erased" in bo.get(page_of(submitted, "withdraw/")).content
        bo.post(page_of(submitted, "withdraw/"), {"act": "keep"})
        interview = Interview.objects.get()
        assert (interview.withdrawn_at, interview.erasure_asked_at) == (None, None)
        assert erasing.open_those_due(timezone.now() + 9 * DAY) == ([], False)
        work_through(interview)
        assert Interview.objects.get().state == Interview.State.SCORED

    def test_who_had_withdrawn_before_stays_withdrawn(self, submitted: World) -> None:
        withdraw(submitted.interview)
        ask_for_erasure(submitted.interview)
        call_erasure_back(submitted.interview)
        assert Interview.objects.get().withdrawn_at is not None

    def test_a_mail_tells_and_its_link_calls_it_back(self, submitted: World, settings: Settings) -> None:
        settings.SENDS_MAIL, settings.SITE_URL = True, "https://interviews.example.com"
        settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
        ask_for_erasure(submitted.interview)
        jobs.run(Message.objects.get(kind=Message.Kind.ERASURE).jobs.get().pk, WORK)
        told = str(mail.outbox[0].body)
        found = re.search(r"(/interview/\S+/)#(\w+)", told)
        assert "will be erased in 24 hours" in told and found
        browser = Client()
        browser.post(f"{found[1]}open/", {"token": found[2]})
        browser.post(page_of(submitted, "withdraw/"), {"act": "keep"})
        assert Interview.objects.get().erasure_asked_at is None

    def test_a_mail_that_comes_after_it_was_called_back_is_not_sent(self, submitted: World, settings: Settings) -> None:
        settings.SENDS_MAIL = True
        ask_for_erasure(submitted.interview)
        call_erasure_back(submitted.interview)
        jobs.run(Message.objects.get(kind=Message.Kind.ERASURE).jobs.get().pk, WORK)
        assert Message.objects.get(kind=Message.Kind.ERASURE).state == Message.State.DROPPED

    def test_a_job_that_waits_is_called_back_with_it(self, submitted: World) -> None:
        ask_for_erasure(submitted.interview)
        opened, _more = erasing.open_those_due(timezone.now() + 2 * DAY)
        call_erasure_back(submitted.interview)
        assert jobs.run(opened[0], WORK) == []
        assert Interview.objects.get().erased_at is None

    def test_what_a_worker_has_begun_or_done_is_too_late(self, submitted: World, bo: Client) -> None:
        ask_for_erasure(submitted.interview)
        Interview.objects.update(erasure_asked_at=timezone.now() - 2 * DAY)
        (job,), _more = erasing.open_those_due(timezone.now())

        def meanwhile(claim: jobs.Claim) -> list[int]:
            reply = bo.post(page_of(submitted, "withdraw/"), {"act": "keep"})
            assert (reply.status_code, b"cannot be stopped any more" in reply.content) == (409, True)
            return erasing.erase(claim)

        jobs.run(job, {**WORK, Job.Kind.ERASE: meanwhile})
        with pytest.raises(WrongState):
            call_erasure_back(submitted.interview)
        assert Interview.objects.get().erased_at is not None

    def test_asked_twice_is_once(self, submitted: World) -> None:
        for _ in range(2):
            ask_for_erasure(submitted.interview)
        kinds = list(Event.objects.values_list("kind", flat=True))
        assert (kinds.count(Kind.WITHDRAWN), kinds.count(Kind.ERASURE_ASKED)) == (1, 1)

    def test_done_twice_is_once(self, submitted: World) -> None:
        ask_for_erasure(submitted.interview)
        erase_now(submitted.interview)
        before = Erasure.objects.get().sha256
        again = Job.objects.create(kind=Job.Kind.ERASE, interview=submitted.interview)
        jobs.run(again.pk, WORK)
        assert Erasure.objects.get().sha256 == before
        assert Event.objects.filter(kind=Kind.ERASED).count() == 1


class TestHold:
    def test_it_stops_what_was_asked_for_until_it_is_lifted(self, submitted: World, bo: Client) -> None:
        ask_for_erasure(submitted.interview)
        erasing.open_those_due(timezone.now() + 2 * DAY)
        place_hold(submitted.interview, "a claim before the labour court", by=submitted.ada)
        assert erasing.open_those_due(timezone.now() + 9999 * DAY) == ([], False)
        page = bo.get(page_of(submitted, "withdraw/")).content.decode()
        assert "has a legal duty to keep this interview for now" in page
        assert "labour court" not in page
        lift_hold(submitted.interview, by=submitted.ada)
        assert len(erasing.open_those_due(timezone.now() + 2 * DAY)[0]) == 1

    def test_it_needs_a_reason_and_something_to_keep(self, submitted: World) -> None:
        with pytest.raises(Refused):
            place_hold(submitted.interview, " ", by=submitted.ada)
        place_hold(submitted.interview, "a claim", by=submitted.ada)
        with pytest.raises(WrongState):
            place_hold(submitted.interview, "another", by=submitted.ada)
        lift_hold(submitted.interview, by=submitted.ada)
        ask_for_erasure(submitted.interview)
        erase_now(submitted.interview)
        with pytest.raises(WrongState):
            place_hold(submitted.interview, "too late", by=submitted.ada)

    def test_it_is_refused_while_a_worker_erases(self, submitted: World) -> None:
        ask_for_erasure(submitted.interview)
        Interview.objects.update(erasure_asked_at=timezone.now() - 2 * DAY)
        (job,), _more = erasing.open_those_due(timezone.now())

        def meanwhile(claim: jobs.Claim) -> list[int]:
            with pytest.raises(WrongState):
                place_hold(submitted.interview, "a claim", by=submitted.ada)
            return erasing.erase(claim)

        jobs.run(job, {**WORK, Job.Kind.ERASE: meanwhile})
        assert Interview.objects.get().erased_at is not None

    def test_an_administrator_places_and_lifts_it(self, submitted: World, admin_client: Client) -> None:
        form = {"interview": str(submitted.interview.pk), "reason": "a claim"}
        assert admin_client.post("/admin/interviews/hold/add/", form).status_code == 302
        hold = submitted.interview.holds.get()
        assert (hold.reason, hold.placed_by and hold.placed_by.is_superuser) == ("a claim", True)
        admin_client.post("/admin/interviews/hold/", {"action": "lift_selected", "_selected_action": [hold.pk]})
        assert submitted.interview.holds.get().lifted_at is not None


class TestAdministrators:
    def test_they_erase_a_person_instead_of_deleting(self, submitted: World, admin_client: Client) -> None:
        bo = submitted.interview.applicant
        act = {"action": "erase_selected", "_selected_action": [bo.pk]}
        admin_client.post("/admin/interviews/applicant/", act)
        erase_now(submitted.interview)
        assert Erasure.objects.get().because == Erasure.Because.DECIDED
        assert canaries.everybody() == {submitted.interview.receipt_code}
        assert admin_client.get(f"/admin/interviews/applicant/{Applicant.objects.get().pk}/delete/").status_code == 403

    def test_who_has_no_interview_is_gone_at_once(self, world: World) -> None:
        eve = Applicant.objects.create(name="Eve", email="eve@example.com")
        erase_applicant(eve, actor=None)
        assert canaries.everybody() == {"Bo Berg"}
