"""What is decided is told by a mail that a person wrote: exactly as shown, once, after a minute to think again."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from email.message import EmailMessage
from typing import Any

import pytest
from bs4 import BeautifulSoup
from bs4.element import Tag
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from interviews.actions.refusals import Refused
from interviews.actions.reopening import reopen
from interviews.actions.reviewing import decide
from interviews.actions.telling import CALLED_BACK_WITHIN, call_back, filled, tell
from interviews.actions.withdrawing import withdraw
from interviews.events import head
from interviews.models import Decision, Event, Interview, Job, Link, Message
from interviews.processing import jobs
from interviews.queries import telling
from interviews.tasks import WORK, sweep
from realtime import feed
from tests.engines import work_through
from tests.mailbox import Mailbox, use, words
from tests.people import World, join_team, review


@pytest.fixture
def mailbox(settings: Settings) -> Iterator[Mailbox]:
    with Mailbox() as box:
        use(settings, box.port)
        yield box


@pytest.fixture
def decided(submitted: World) -> World:
    work_through(submitted.interview)
    review(submitted.interview, submitted.ada)
    decide(submitted.interview, submitted.ada, Decision.Outcome.REJECT, "canary-reason")
    submitted.interview.refresh_from_db()
    return submitted


def _address(world: World) -> str:
    return f"/hr-dashboard/results/{world.interview.pk}/mail/"


def _form(browser: Client, world: World) -> dict[str, str]:
    """What is in the fields of the page."""
    page = BeautifulSoup(browser.get(_address(world)).content, "html.parser")
    subject, body = page.select_one("#subject"), page.select_one("#body")
    assert isinstance(subject, Tag) and isinstance(body, Tag)
    return {"subject": str(subject["value"]), "body": body.text.removeprefix("\n")}


def _sent(reply: Any) -> dict[str, str]:
    """What the form with the button "Send" sends."""
    button = BeautifulSoup(reply.content, "html.parser").select_one("button[value=send]")
    assert isinstance(button, Tag)
    form = button.find_parent("form")
    assert isinstance(form, Tag)
    fields = {str(it["name"]): str(it["value"]) for it in form.select("input[name][value]")}
    area = form.select_one("textarea")
    assert isinstance(area, Tag)
    return {**fields, "body": area.text.removeprefix("\n").replace("\n", "\r\n"), "act": "send"}


def _send_due(message: Message) -> Message:
    Job.objects.filter(message=message, state=Job.State.QUEUED).update(run_after=timezone.now() - timedelta(seconds=1))
    for job in Job.objects.filter(message=message, state=Job.State.QUEUED):
        jobs.run(job.pk, WORK)
    message.refresh_from_db()
    return message


def _tell(world: World, body: str = "Hello Bo,\nno.\n") -> Message:
    return tell(world.interview, Decision.objects.latest("pk").pk, "About your interview", body, by=world.ada)


def _said(mail: EmailMessage) -> str:
    return words(mail).replace("\r\n", "\n")


def _shown(browser: Client, world: World) -> str:
    page = BeautifulSoup(browser.get(f"/hr-dashboard/results/{world.interview.pk}/review/").content, "html.parser")
    found = page.find(id="telling")
    assert isinstance(found, Tag)
    return " ".join(found.text.split())


def test_what_was_shown_is_sent_word_for_word(decided: World, ada: Client, mailbox: Mailbox) -> None:
    assert "was not written to" in _shown(ada, decided)
    typed = _form(ada, decided)
    assert "{name}" in typed["body"] and "not to go on" in typed["body"]
    reply = ada.post(_address(decided), {**typed, "body": typed["body"] + "\nAll the <best>.\n", "act": "look"})
    page = reply.content.decode()
    shown = BeautifulSoup(page, "html.parser").select_one(".mail-shown")
    assert isinstance(shown, Tag)
    assert "Hello Bo Berg," in shown.text and "Backend engineer" in shown.text and "All the <best>." in shown.text
    assert "bo@example.com" in page and "jobs@example.com" in page
    assert not Message.objects.filter(kind="decision").exists(), "looking over sends nothing"
    assert ada.post(_address(decided), _sent(reply)).status_code == 302
    message = Message.objects.get(kind="decision")
    job = Job.objects.get(message=message)
    assert timedelta(seconds=50) < job.run_after - timezone.now() <= CALLED_BACK_WITHIN
    assert "to be sent" in _shown(ada, decided) and "Call it back" in _shown(ada, decided)
    assert not jobs.run(job.pk, WORK) and not mailbox.mails, "not before its time"
    links = Link.objects.count()
    assert _send_due(message).state == Message.State.SENT
    [mail] = mailbox.mails
    assert (mail["To"], mail["Reply-To"]) == ("bo@example.com", "jobs@example.com")
    assert (mail["Subject"], _said(mail)) == ("Your interview for Backend engineer", shown.text)
    assert "canary-reason" not in words(mail)
    assert Link.objects.count() == links
    assert "The mail server took the mail" in _shown(ada, decided)


@pytest.mark.parametrize("outcome", Decision.Outcome)
def test_each_outcome_has_words_to_begin_with_whose_blanks_are_known(outcome: Decision.Outcome, world: World) -> None:
    draft = telling.draft(outcome, "en")
    blanks = telling.blanks(world.interview)
    for text in (draft.subject, draft.body):
        assert "Bo Berg" in filled(text + "{name}", blanks) and not re.search(r"\{\w+\}", filled(text, blanks))
    assert "\n\n" in draft.body


def test_an_unknown_blank_is_named_and_what_was_typed_stays(decided: World, ada: Client, mailbox: Mailbox) -> None:
    reply = ada.post(_address(decided), {"subject": "Hi {nmae}", "body": "Hello {name}", "act": "look"})
    assert reply.status_code == 400
    assert "in the place of {nmae}" in reply.content.decode()
    assert 'value="Hi {nmae}"' in reply.content.decode() and "Hello {name}" in reply.content.decode()
    empty = ada.post(_address(decided), {"subject": "", "body": "kept words", "act": "look"})
    assert (empty.status_code, b"Write a subject." in empty.content, b"kept words" in empty.content) == (
        400,
        True,
        True,
    )


class TestCallingBack:
    def test_within_the_minute_nothing_is_sent(self, decided: World, ada: Client, mailbox: Mailbox) -> None:
        message = _tell(decided)
        reply = ada.post(_address(decided), {"act": "call-back", "back": "review"})
        assert (reply.status_code, reply["Location"]) == (302, f"/hr-dashboard/results/{decided.interview.pk}/review/")
        assert b"Called back: nothing was sent." in ada.get(reply["Location"]).content
        assert _send_due(message).state == Message.State.DROPPED
        assert not mailbox.mails
        assert "called back by ada" in _shown(ada, decided) and "Write to the applicant" in _shown(ada, decided)
        assert _send_due(_tell(decided, "Another.\n")).state == Message.State.SENT, "it may be written anew"

    def test_what_is_sent_cannot_be_called_back(self, decided: World, ada: Client, mailbox: Mailbox) -> None:
        _send_due(_tell(decided))
        reply = ada.post(_address(decided), {"act": "call-back"})
        assert (reply.status_code, b"too late" in reply.content) == (409, True)
        assert Message.objects.get(kind="decision").state == Message.State.SENT

    def test_what_a_worker_holds_cannot_be_called_back(self, decided: World, mailbox: Mailbox) -> None:
        message = _tell(decided)
        job = Job.objects.get(message=message)
        Job.objects.filter(pk=job.pk).update(run_after=timezone.now())

        def meanwhile(claim: jobs.Claim) -> list[int]:
            with pytest.raises(Refused, match="too late"):
                call_back(decided.interview, by=decided.ada)
            return WORK[Job.Kind.MAIL](claim)

        jobs.run(job.pk, {Job.Kind.MAIL: meanwhile})
        message.refresh_from_db()
        assert (message.state, len(mailbox.mails)) == (Message.State.SENT, 1)


class TestNeverTwice:
    def test_the_same_sent_twice_is_one_mail(self, decided: World, ada: Client, mailbox: Mailbox) -> None:
        sent = _sent(ada.post(_address(decided), {**_form(ada, decided), "act": "look"}))
        for _ in range(2):
            assert ada.post(_address(decided), sent).status_code == 302
        assert Message.objects.filter(kind="decision").count() == 1

    def test_other_words_for_what_was_told_are_refused(self, decided: World, mailbox: Mailbox) -> None:
        message = _tell(decided)
        with pytest.raises(Refused, match="nobody is told twice"):
            _tell(decided, "Other words.\n")
        _send_due(message)
        with pytest.raises(Refused, match="nobody is told twice"):
            _tell(decided, "Other words.\n")
        assert len(mailbox.mails) == 1

    def test_the_database_holds_it_too(self, decided: World, mailbox: Mailbox) -> None:
        message = _tell(decided)
        with pytest.raises(IntegrityError), transaction.atomic():
            Message.objects.create(
                interview=decided.interview,
                kind="decision",
                to="x@example.com",
                decision=message.decision,
                subject="x",
                body="x",
            )

    def test_a_later_decision_is_told_anew_and_the_earlier_mail_is_dropped(
        self, decided: World, ada: Client, mailbox: Mailbox
    ) -> None:
        earlier = _tell(decided)
        sent = _sent(ada.post(_address(decided), {"subject": "s", "body": "b", "act": "look"}))
        decide(decided.interview, decided.ada, Decision.Outcome.ADVANCE, "after all")
        reply = ada.post(_address(decided), sent)
        assert (reply.status_code, b"decided anew meanwhile" in reply.content) == (409, True)
        assert _send_due(earlier).problem == "it was decided anew first"
        assert _send_due(_tell(decided)).state == Message.State.SENT
        assert len(mailbox.mails) == 1


class TestDelivery:
    def test_a_refusal_is_shown_with_its_reason_and_may_be_tried_again(
        self, decided: World, ada: Client, mailbox: Mailbox
    ) -> None:
        mailbox.to_recipient = lambda address: "550 no such user"
        _send_due(_tell(decided))
        shown = _shown(ada, decided)
        assert "could not be sent: the mail server refused it: 550 no such user" in shown and "Try again" in shown
        mailbox.to_recipient = lambda address: "250 OK"
        assert ada.post(_address(decided), {"act": "try-again"}).status_code == 302
        assert ada.post(_address(decided), {"act": "try-again"}).status_code == 409
        again = Message.objects.filter(kind="decision", state=Message.State.QUEUED).get()
        assert _send_due(again).state == Message.State.SENT
        assert [_said(mail) for mail in mailbox.mails] == ["Hello Bo,\nno.\n"]

    def test_what_the_server_does_not_take_yet_is_shown_as_waiting(
        self, decided: World, ada: Client, mailbox: Mailbox
    ) -> None:
        mailbox.to_recipient = lambda address: "451 come back"
        message = _send_due(_tell(decided))
        assert "trying again: the mail server does not take it yet" in _shown(ada, decided)
        mailbox.to_recipient = lambda address: "250 OK"
        assert _send_due(message).state == Message.State.SENT

    def test_the_sweep_sends_what_is_due_without_a_hint(self, decided: World, mailbox: Mailbox, work_off: Any) -> None:
        message = _tell(decided)
        sweep()
        work_off()
        assert not mailbox.mails
        past = timezone.now() - CALLED_BACK_WITHIN
        Job.objects.filter(message=message).update(run_after=timezone.now() - timedelta(seconds=1), hinted_at=past)
        sweep()
        work_off()
        message.refresh_from_db()
        assert message.state == Message.State.SENT

    @pytest.mark.parametrize("change", ["withdraws", "is reopened"])
    def test_what_became_pointless_is_not_sent(self, decided: World, mailbox: Mailbox, change: str) -> None:
        message = _tell(decided)
        if change == "withdraws":
            withdraw(decided.interview)
        else:
            reopen(decided.interview, 7, actor=decided.ada)
        assert _send_due(message).state == Message.State.DROPPED
        assert not [mail for mail in mailbox.mails if mail["Subject"] == "About your interview"]

    def test_the_review_page_follows(self, decided: World, mailbox: Mailbox) -> None:
        message = _tell(decided)
        before = head()
        _send_due(message)
        news = feed.since(before)
        assert news is not None
        html = news.html({f"levels:{decided.interview.pk}"})
        assert "The mail server took the mail" in html


def test_without_mail_settings_the_text_is_there_to_be_copied(decided: World, ada: Client, settings: Settings) -> None:
    settings.SENDS_MAIL = False
    reply = ada.post(_address(decided), {**_form(ada, decided), "act": "look"})
    page = reply.content.decode()
    assert "not set up to send mail" in page and 'value="send"' not in page
    assert "Hello Bo Berg," in page.partition("data-copy=")[2]
    sent = {"subject": "s", "body": "b", "act": "send", "decision": str(Decision.objects.get().pk)}
    assert ada.post(_address(decided), sent).status_code == 409
    assert not Message.objects.filter(kind="decision").exists()


def test_who_is_no_coordinator_sees_what_became_of_it_and_cannot_write(decided: World, ada: Client) -> None:
    join_team(decided.position, decided.ada)
    assert ada.get(_address(decided)).status_code == 404
    assert ada.post(_address(decided), {"act": "call-back"}).status_code == 404
    assert b"data-may-tell" not in ada.get(f"/hr-dashboard/results/{decided.interview.pk}/review/").content


def test_before_a_decision_there_is_nothing_to_tell(submitted: World, ada: Client) -> None:
    reply = ada.get(_address(submitted))
    assert (reply.status_code, b"Nothing is decided yet" in reply.content) == (409, True)
    Interview.objects.update(withdrawn_at=timezone.now())
    assert b"withdrew" in ada.get(_address(submitted)).content


def test_each_step_is_an_event_with_its_actor(decided: World, mailbox: Mailbox) -> None:
    before = head()
    _tell(decided)
    call_back(decided.interview, by=decided.ada)
    _send_due(_tell(decided))
    events = Event.objects.filter(number__gt=before).order_by("number")
    assert [(it.kind, it.actor and it.actor.username) for it in events] == [
        ("message.asked", "ada"),
        ("message.not_sent", "ada"),
        ("message.asked", "ada"),
        ("message.sent", None),
    ]
