"""The receipt: everything that was handed in, the same for ever; and the applicant's ways out."""

from __future__ import annotations

import hashlib
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from interviews.actions import answering
from interviews.actions.withdrawing import ask_for_erasure, withdraw
from interviews.models import Applicant, Event, Interview, Job, Message, Position, Receipt, Take
from interviews.processing import jobs
from interviews.processing.advance import stalled
from interviews.queries.stages import rows
from interviews.tasks import WORK
from tests.engines import work_through
from tests.mailbox import Mailbox, words
from tests.people import World


def _at(world: World, last: str = "") -> str:
    return f"/interview/{world.interview.pk}/{last}"


class TestReceipt:
    def test_it_lists_every_answer_and_what_happens_next(self, submitted: World, bo: Client, speech: bytes) -> None:
        reply = bo.get(_at(submitted, "receipt.txt"))
        text = reply.content.decode()
        assert reply["Content-Disposition"] == f'attachment; filename="receipt-{submitted.interview.receipt_code}.txt"'
        assert submitted.interview.receipt_code in text
        for question in submitted.questions:
            assert f"{question.number}. {question.text}" in text
        assert text.count(hashlib.sha256(speech).hexdigest()) == 3
        assert text.count(f"{len(speech)} bytes") == 3
        reply_by = Receipt.objects.get().submitted_at + timedelta(days=14)
        assert f"Example Ltd means to answer you by {reply_by:%A}" in text
        assert "Withdraw or delete" in text
        page = bo.get(_at(submitted)).content.decode()
        assert page.count(hashlib.sha256(speech).hexdigest()) == 6  # shown, and to be copied
        assert _at(submitted, "receipt.txt") in page

    def test_it_is_the_same_byte_for_byte_after_anything_that_hr_does(self, submitted: World, bo: Client) -> None:
        before = bo.get(_at(submitted, "receipt.txt")).content
        Position.objects.update(title="Renamed", host="Other Ltd", contact="other@example.com", reply_days=1)
        Applicant.objects.update(name="Renamed", email="other@example.com")
        Interview.objects.update(deadline=timezone.now() - timedelta(days=99), time_zone="Asia/Tokyo")
        work_through(submitted.interview)
        submitted.interview.answers.all().delete()
        answering.submit(Interview.objects.get())
        assert bo.get(_at(submitted, "receipt.txt")).content == before
        assert Receipt.objects.count() == 1

    def test_it_tells_of_no_machine_that_was_not_agreed_to(self, answered: World, bo: Client) -> None:
        Interview.objects.update(ai_consent=False)
        bo.post(_at(answered, "submit/"))
        text = bo.get(_at(answered, "receipt.txt")).content.decode()
        assert "turned into text" not in text and "The people who decide watch your answers" in text

    def test_lengths_are_those_of_the_page(self, answered: World, bo: Client) -> None:
        Take.objects.update(seconds=4.6)
        bo.post(_at(answered, "submit/"))
        assert bo.get(_at(answered, "receipt.txt")).content.decode().count("4 seconds") == 3  # the page says 0:04

    def test_times_are_the_applicants_own(self, answered: World, client: Client) -> None:
        client.post(_at(answered, "open/"), {"token": answered.token, "zone": "Asia/Kolkata"})
        answering.submit(Interview.objects.get())
        assert client.get(_at(answered, "receipt.txt")).content.decode().count("(Asia/Kolkata)") == 5

    @pytest.mark.parametrize("zone", ["", "Mars/Olympus", "../etc/passwd", "x" * 500])
    def test_what_is_no_zone_is_told_in_utc(self, answered: World, client: Client, zone: str) -> None:
        assert client.post(_at(answered, "open/"), {"token": answered.token, "zone": zone}).status_code == 302
        answering.submit(Interview.objects.get())
        assert "(UTC)" in client.get(_at(answered, "receipt.txt")).content.decode()

    def test_before_the_submit_there_is_none(self, answered: World, bo: Client) -> None:
        assert bo.get(_at(answered, "receipt.txt")).status_code == 302

    def test_it_is_mailed_and_the_page_says_so_only_then(self, answered: World, bo: Client, settings: Settings) -> None:
        settings.SENDS_MAIL, settings.SITE_URL = True, "https://interviews.example.com"
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        with Mailbox() as box:
            settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_USE_TLS = "127.0.0.1", box.port, False
            bo.post(_at(answered, "submit/"))
            assert b"It was mailed" not in bo.get(_at(answered)).content
            jobs.run(Message.objects.get().jobs.get().pk, WORK)
        assert b"It was mailed to bo@example.com" in bo.get(_at(answered)).content
        told = words(box.mails[0]).replace("\r\n", "\n")
        text = bo.get(_at(answered, "receipt.txt")).content.decode()
        assert all(line in told for line in text.splitlines())


class TestWithdrawing:
    def test_it_leaves_consideration_and_hr_sees_it(self, submitted: World, bo: Client, ada: Client) -> None:
        assert bo.post(_at(submitted, "withdraw/"), {"act": "withdraw"}).status_code == 302
        assert b"Withdrawn by the applicant" in ada.get("/hr-dashboard/results/").content
        assert b"You withdrew" in bo.get(_at(submitted)).content
        work_through(submitted.interview)
        assert not Job.objects.filter(kind=Job.Kind.ASSESS).exists()
        assert not stalled()

    def test_the_receipt_stays_until_it_is_erased(self, submitted: World, bo: Client) -> None:
        before = bo.get(_at(submitted, "receipt.txt")).content
        bo.post(_at(submitted, "withdraw/"), {"act": "erase"})
        assert bo.get(_at(submitted, "receipt.txt")).content == before

    def test_twice_is_once(self, submitted: World) -> None:
        for _ in range(2):
            withdraw(submitted.interview)
            ask_for_erasure(submitted.interview)
        kinds = list(Event.objects.values_list("kind", flat=True))
        assert (kinds.count("interview.withdrawn"), kinds.count("erasure.asked")) == (1, 1)

    def test_who_withdrew_midway_records_nothing_more(self, answered: World, bo: Client) -> None:
        withdraw(answered.interview)
        assert bo.get(_at(answered))["Location"] == _at(answered, "withdraw/")
        assert bo.post(_at(answered, "submit/")).status_code == 409
        assert [row.stage for row in rows(Interview.objects.all())] == ["withdrawn"]

    def test_another_word_changes_nothing(self, submitted: World, bo: Client) -> None:
        bo.post(_at(submitted, "withdraw/"), {"act": "shred"})
        assert Interview.objects.get().withdrawn_at is None
