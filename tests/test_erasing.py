"""Erasing: nothing of a person is left anywhere, what is counted stays, and there is a certificate to show for it."""

from __future__ import annotations

import uuid
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings as product
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from interviews.actions.invitations import invite
from interviews.actions.withdrawing import ask_for_erasure
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
from interviews.tasks import WORK
from tests import canaries
from tests.addresses import Subject, addresses
from tests.engines import work_through
from tests.erasing import DAY, erase_now, page_of
from tests.people import World, content, everything, review

OF_A_PERSON = {Applicant, Interview, Take, Answer, Message, Transcript, ShareLink, AssessmentRun, Review}


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


class TestCertificate:
    def test_the_applicant_reads_and_downloads_it_by_the_same_link(self, submitted: World, bo: Client) -> None:
        bo.post(page_of(submitted, "withdraw/"), {"act": "erase"})
        assert bo.get(page_of(submitted, "certificate.txt"))["Location"] == page_of(submitted, "withdraw/")
        erase_now(submitted.interview)
        assert bo.get(page_of(submitted))["Location"] == page_of(submitted, "withdraw/")
        page = bo.get(page_of(submitted, "withdraw/")).content.decode()
        text = bo.get(page_of(submitted, "certificate.txt")).content.decode()
        erasure = Erasure.objects.get()
        assert page_of(submitted, "certificate.txt") in page
        assert submitted.interview.receipt_code in text
        assert erasure.sha256 in text and erasure.sha256 == digest(erasure.facts)
        assert "Recordings, in parts as they were received: 3" in text
        assert "Bo Berg" not in page + text

    def test_a_new_browser_opens_it_with_the_old_link(self, submitted: World, client: Client) -> None:
        ask_for_erasure(submitted.interview)
        erase_now(submitted.interview)
        client.post(page_of(submitted, "open/"), {"token": submitted.token, "zone": "Europe/Berlin"})  # as browsers do
        assert client.get(page_of(submitted, "certificate.txt")).status_code == 200

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
