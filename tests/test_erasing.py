"""Erasing: nothing of a person is left anywhere, what is counted stays, and there is a certificate to show for it."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings as product
from django.core import mail
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from interviews import tasks
from interviews.actions.holding import lift_hold, place_hold
from interviews.actions.invitations import invite
from interviews.actions.refusals import Refused, WrongState
from interviews.actions.withdrawing import ask_for_erasure, call_erasure_back, erase_applicant, withdraw
from interviews.events import Kind
from interviews.models import (
    Answer,
    Applicant,
    AssessmentRun,
    Erasure,
    Event,
    Interview,
    Job,
    Message,
    Review,
    ShareLink,
    Take,
    Transcript,
)
from interviews.processing import erased, erasing, forgetting, jobs
from interviews.processing.advance import stalled
from interviews.queries import agreement, insight
from interviews.queries.erasures import digest
from interviews.queries.operations import reconcile
from interviews.queries.retention import ERASURE_GRACE
from interviews.tasks import WORK
from tests import canaries
from tests.addresses import Subject, addresses
from tests.engines import work_through
from tests.people import World, content, everything, review

DAY = timedelta(days=1)
OF_A_PERSON = {Applicant, Interview, Take, Answer, Message, Transcript, ShareLink, AssessmentRun, Review}


def erase_now(interview: Interview) -> None:
    """The grace is over, and a worker does it."""
    Interview.objects.filter(pk=interview.pk).update(
        erasure_asked_at=timezone.now() - ERASURE_GRACE - timedelta(seconds=1)
    )
    opened, _more = erasing.open_those_due(timezone.now())
    for job in opened:
        jobs.run(job, WORK)


def _at(world: World, last: str = "") -> str:
    return f"/interview/{world.interview.pk}/{last}"


@pytest.fixture
def planted(submitted: World, settings: Settings, tmp_path: Path) -> World:
    settings.SENDS_MAIL, settings.SITE_URL = True, "https://interviews.example.com"
    settings.EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    settings.EMAIL_FILE_PATH = str(tmp_path / "mail")
    canaries.plant(submitted)
    return submitted


class TestNothingIsLeft:
    def test_no_store_holds_a_canary_after_it(self, planted: World, tmp_path: Path) -> None:
        files = [tmp_path, Path(product.DATA_DIR)]
        database = Path(connection.settings_dict["NAME"])
        assert len(set(canaries.found_in_rows())) > 15
        assert any("mail" in str(path) for path in (tmp_path / "mail").iterdir())
        assert list(canaries.found_in_files(tmp_path))
        ask_for_erasure(planted.interview)
        erase_now(planted.interview)
        assert set(canaries.found_in_rows()) == set()
        assert set(canaries.found_in_queue()) == set()
        assert set(canaries.found_in_files(*files, database.parent)) == set()
        assert not any(path.is_file() for path in Path(product.MEDIA_DIR).rglob("*"))

    def test_every_table_with_words_of_an_interview_is_thought_of(self, planted: World) -> None:
        """A table that is new and points at an interview needs words planted, or to be named here with a reason."""
        kept = {
            "Interview": "states and times",
            "Erasure": "the certificate",
            "Hold": "its reason is without names",
            "Event": "kinds and times",
            "ExtensionRequest": "states and times",
            "Result": "numbers",
            "RunQuestion": "ids",
            "Charge": "numbers",
            "Reassessment": "of a position",
            "Link": "a hash: it leads to the certificate",
            "Review": "states and times",
            "ShareVisit": "times",
            "Hidden": "ids",
            "Delivery": "ids and times",
            "JobAttempt": "goes with its job",
            "Piece": "goes with its segment",
            "Answer": "ids",
            "Rendition": "numbers",
            "Segment": "goes with its recording",
            "Arrival": "digests",
            "Receipt": "has the name, by the submit",
        }
        said = {it.split(":")[0].removeprefix("interviews_") for it in canaries.found_in_rows()}
        from_interview = {
            model.__name__
            for model in apps.get_app_config("interviews").get_models()
            if any(field.related_model in OF_A_PERSON for field in model._meta.get_fields() if field.many_to_one)
        }
        assert {it for it in from_interview if it.lower() not in said} - kept.keys() == set()

    def test_mail_of_others_stays_in_its_folder(self, planted: World, tmp_path: Path) -> None:
        other = tmp_path / "mail" / "another.log"
        other.write_text("Message-ID: <somebody-else@interviews.example.com>")
        ask_for_erasure(planted.interview)
        erase_now(planted.interview)
        assert list((tmp_path / "mail").iterdir()) == [other]

    def test_another_interview_of_the_same_person_is_not_touched(self, submitted: World) -> None:
        other, _token = invite(submitted.interview.applicant, submitted.question_set)
        ask_for_erasure(submitted.interview)
        erase_now(submitted.interview)
        assert Interview.objects.get(pk=other.pk).applicant.email == "bo@example.com"
        assert Interview.objects.get(pk=submitted.interview.pk).applicant.email == ""
        ask_for_erasure(other)
        erase_now(other)
        assert canaries.everybody() == {submitted.interview.receipt_code, other.receipt_code}

    def test_what_is_made_of_a_recording_by_a_straggler_goes_too(self, submitted: World) -> None:
        ask_for_erasure(submitted.interview)
        erase_now(submitted.interview)
        for folder in forgetting.folders_of(submitted.interview.pk):
            folder.mkdir(parents=True)
            (folder / "late").write_bytes(b"picture")
        erasing.remove_stragglers(timezone.now())
        assert not any(folder.exists() for folder in forgetting.folders_of(submitted.interview.pk))

    def test_who_comes_back_with_a_backup_is_erased_again(self, submitted: World) -> None:
        before = Interview.objects.values().get()
        ask_for_erasure(submitted.interview)
        erase_now(submitted.interview)
        (Path(product.DATA_DIR) / "erased" / ".listing").touch()
        Erasure.objects.all().delete()
        was = {name: value for name, value in before.items() if name != "applicant_id"}
        Interview.objects.update(**was, applicant=Applicant.objects.create(name="Bo Berg", email="bo@example.com"))
        (job,), _more = erasing.open_those_due(timezone.now())
        jobs.run(job, WORK)
        assert canaries.everybody() == {submitted.interview.receipt_code}

    def test_it_is_noted_beside_the_backups_too_where_there_are_any(
        self, submitted: World, settings: Settings, tmp_path: Path
    ) -> None:
        settings.DATA_DIR, settings.BACKUP_DIR = tmp_path, tmp_path / "backups"
        erased.remember(submitted.interview.pk)
        assert not settings.BACKUP_DIR.exists(), "made by the first backup, for nobody else to read"
        settings.BACKUP_DIR.mkdir()
        ask_for_erasure(submitted.interview)
        erase_now(submitted.interview)
        noted = settings.BACKUP_DIR / "erased" / str(submitted.interview.pk)
        assert noted.exists() and noted.parent.stat().st_mode & 0o77 == 0
        erased.forget(submitted.interview.pk)
        assert not noted.exists() and not erased.is_known()
        noted.parent.rmdir()
        noted.parent.touch()  # it cannot be noted in what is no folder
        erased.remember(submitted.interview.pk)
        assert erased.is_known()

    def test_what_a_worker_did_not_come_to_note_is_noted_by_the_next(self, submitted: World) -> None:
        ask_for_erasure(submitted.interview)
        erase_now(submitted.interview)
        erased.forget(submitted.interview.pk)
        erasing.remove_stragglers(timezone.now())
        assert (Path(product.DATA_DIR) / "erased" / str(submitted.interview.pk)).exists()

    def test_a_mail_that_is_on_its_way_is_waited_for(self, submitted: World, settings: Settings) -> None:
        settings.SENDS_MAIL = True
        ask_for_erasure(submitted.interview)
        Job.objects.filter(kind=Job.Kind.MAIL).update(state=Job.State.RUNNING, lease_token=uuid.uuid4())
        erase_now(submitted.interview)
        waiting = Job.objects.get(kind=Job.Kind.ERASE)
        assert (waiting.state, waiting.attempt, Interview.objects.get().erased_at) == ("queued", 0, None)
        assert list(forgetting.folders_of(submitted.interview.pk)[0].iterdir())
        Job.objects.filter(kind=Job.Kind.MAIL).update(state=Job.State.DONE, lease_token=None)
        Job.objects.filter(pk=waiting.pk).update(run_after=timezone.now() - DAY)
        jobs.run(waiting.pk, WORK)
        assert Interview.objects.get().erased_at is not None


class TestWhatIsCountedStays:
    def test_funnel_agreement_and_costs_are_the_same_after_it(self, submitted: World) -> None:
        work_through(submitted.interview)
        review(submitted.interview, submitted.ada)
        before = insight.of(submitted.position), agreement.of(submitted.position, submitted.ada)
        assert before[1].with_machine
        ask_for_erasure(submitted.interview)
        erase_now(submitted.interview)
        assert (insight.of(submitted.position), agreement.of(submitted.position, submitted.ada)) == before

    def test_events_stay_with_their_numbers(self, submitted: World) -> None:
        before = list(Event.objects.values_list("number", "kind"))
        ask_for_erasure(submitted.interview)
        erase_now(submitted.interview)
        after = list(Event.objects.values_list("number", "kind"))
        assert after[: len(before)] == before
        assert [kind for _number, kind in after[len(before) :]] == [Kind.WITHDRAWN, Kind.ERASURE_ASKED, Kind.ERASED]

    def test_nothing_is_begun_with_it_any_more(self, submitted: World) -> None:
        ask_for_erasure(submitted.interview)
        erase_now(submitted.interview)
        assert not stalled()
        assert reconcile() == 0
        assert set(Job.objects.values_list("kind", "state")) == {("erase", "done")}

    def test_the_database_itself_holds_that_an_erased_interview_keeps_nothing(self, submitted: World) -> None:
        with pytest.raises(IntegrityError), transaction.atomic():
            Interview.objects.filter(pk=submitted.interview.pk).update(erased_at=timezone.now())


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
        bo.post(_at(submitted, "withdraw/"), {"act": "erase"})
        assert b"Everything is going to be erased" in bo.get(_at(submitted, "withdraw/")).content
        bo.post(_at(submitted, "withdraw/"), {"act": "keep"})
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
        browser.post(_at(submitted, "withdraw/"), {"act": "keep"})
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
            reply = bo.post(_at(submitted, "withdraw/"), {"act": "keep"})
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


class TestCertificate:
    def test_the_applicant_reads_and_downloads_it_by_the_same_link(self, submitted: World, bo: Client) -> None:
        bo.post(_at(submitted, "withdraw/"), {"act": "erase"})
        assert bo.get(_at(submitted, "certificate.txt"))["Location"] == _at(submitted, "withdraw/")
        erase_now(submitted.interview)
        assert bo.get(_at(submitted))["Location"] == _at(submitted, "withdraw/")
        page = bo.get(_at(submitted, "withdraw/")).content.decode()
        text = bo.get(_at(submitted, "certificate.txt")).content.decode()
        erasure = Erasure.objects.get()
        assert _at(submitted, "certificate.txt") in page
        assert submitted.interview.receipt_code in text
        assert erasure.sha256 in text and erasure.sha256 == digest(erasure.facts)
        assert "Recordings, in parts as they were received: 3" in text
        assert "Bo Berg" not in page + text

    def test_a_new_browser_opens_it_with_the_old_link(self, submitted: World, client: Client) -> None:
        ask_for_erasure(submitted.interview)
        erase_now(submitted.interview)
        client.post(_at(submitted, "open/"), {"token": submitted.token})
        assert client.get(_at(submitted, "certificate.txt")).status_code == 200

    def test_the_team_and_administrators_see_it(self, submitted: World, ada: Client, admin_client: Client) -> None:
        ask_for_erasure(submitted.interview)
        erase_now(submitted.interview)
        review = ada.get(f"/hr-dashboard/results/{submitted.interview.pk}/review/").content.decode()
        assert submitted.interview.receipt_code in review and "The applicant asked for it" in review
        assert "Erased on" in ada.get("/hr-dashboard/results/").content.decode()
        assert Erasure.objects.get().sha256 in admin_client.get("/admin/interviews/erasure/").content.decode()
        assert admin_client.get(reverse("certificate", args=[submitted.interview.pk])).status_code == 200

    def test_it_says_what_was_taken_out_before(self, planted: World) -> None:
        ask_for_erasure(planted.interview)
        erase_now(planted.interview)
        told = Erasure.objects.get().facts
        assert (len(told["exports"]), told["shares"], told["because"]) == (2, 1, "asked")

    def test_no_page_of_an_erased_interview_fails_or_tells(
        self, submitted: World, bo: Client, admin_client: Client
    ) -> None:
        everything(submitted)
        ask_for_erasure(submitted.interview)
        erase_now(submitted.interview)
        looked_at = 0
        for address in addresses(Subject(submitted.position, submitted.interview)):
            if not address.is_owned:
                continue
            for browser in (bo, admin_client):
                reply = browser.get(address.path)
                assert reply.status_code < 500, address.path
                text = content(reply)
                assert b"Bo Berg" not in text and b"bo@example.com" not in text, address.path
                looked_at += 1
        assert looked_at > 60


class TestHold:
    def test_it_stops_what_was_asked_for_until_it_is_lifted(self, submitted: World, bo: Client) -> None:
        ask_for_erasure(submitted.interview)
        erasing.open_those_due(timezone.now() + 2 * DAY)
        place_hold(submitted.interview, "a claim before the labour court", by=submitted.ada)
        assert erasing.open_those_due(timezone.now() + 9999 * DAY) == ([], False)
        page = bo.get(_at(submitted, "withdraw/")).content.decode()
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
