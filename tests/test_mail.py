"""Mail to applicants, with a real mail server: what is sent, what becomes of it, and what people are told."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from interviews.actions import answering
from interviews.actions.invitations import mail, revoke
from interviews.models import Event, Interview, Job, Link, Message, ProviderHealth
from interviews.processing import jobs, providers
from interviews.queries.operations import outages
from interviews.queries.stages import rows
from interviews.tasks import WORK
from tests.deadlines import in_days, move
from tests.mailbox import Mailbox, use, words
from tests.people import World
from tests.processes import free_port

LINK = re.compile(r"https://interviews\.example\.com(/interview/[0-9a-f-]{36}/)#([0-9a-f]{48})\s")


@pytest.fixture
def mailbox(settings: Settings) -> Iterator[Mailbox]:
    with Mailbox() as box:
        use(settings, box.port)
        yield box


def send(world: World, kind: Message.Kind = Message.Kind.INVITATION) -> Message:
    mail(world.interview, kind, actor=world.ada)
    message = Message.objects.latest("created_at")
    jobs.run(message.jobs.get().pk, WORK)
    message.refresh_from_db()
    return message


def run_again(message: Message) -> Message:
    Job.objects.filter(message=message).update(run_after=timezone.now() - timedelta(seconds=1))
    jobs.run(message.jobs.get().pk, WORK)
    message.refresh_from_db()
    return message


def test_an_invitation_arrives_with_a_link_that_opens(world: World, mailbox: Mailbox) -> None:
    message = send(world)
    [sent] = mailbox.mails
    assert (sent["To"], sent["From"], sent["Reply-To"]) == (
        "bo@example.com",
        "interviews@example.com",
        "jobs@example.com",
    )
    assert sent["Subject"] == "Your interview: Backend engineer, Example Ltd"
    found = LINK.search(words(sent))
    assert found, words(sent)
    assert Event.objects.latest("number").kind == "message.sent"
    assert Client().post(f"{found[1]}open/", {"token": found[2]}).status_code == 302
    assert f"{world.interview.deadline:%H:%M} (UTC)" in words(sent)
    assert (message.state, message.problem) == (Message.State.SENT, "")


def test_every_mail_has_a_link_of_its_own_and_all_stay_good(world: World, mailbox: Mailbox) -> None:
    for kind in (Message.Kind.INVITATION, Message.Kind.REMINDER):
        send(world, kind)
    found = [LINK.search(words(sent)) for sent in mailbox.mails]
    tokens = [link[2] for link in found if link]
    assert len(set(tokens)) == 2
    for token in (world.token, *tokens):
        assert Client().post(f"/interview/{world.interview.pk}/open/", {"token": token}).status_code == 302


def test_the_deadline_is_told_in_the_applicants_zone(world: World, mailbox: Mailbox) -> None:
    Interview.objects.update(time_zone="Asia/Kolkata", deadline="2026-12-03T20:00Z")
    send(world)
    assert "Friday, 4 December 2026, 01:30 (Asia/Kolkata)" in words(mailbox.mails[0])


def test_words_are_those_of_the_moment_of_sending_and_not_markup(world: World, mailbox: Mailbox) -> None:
    world.position.title = "R&D <lead>"
    world.position.save(update_fields=["title"])
    send(world)
    assert mailbox.mails[0]["Subject"] == "Your interview: R&D <lead>, Example Ltd"
    assert 'position "R&D <lead>"' in words(mailbox.mails[0])


def test_an_address_that_is_refused_for_good_is_told_at_once_and_not_tried_again(
    world: World, mailbox: Mailbox
) -> None:
    mailbox.to_recipient = lambda address: f"550 5.1.1 <{address}> no such user"
    message = send(world)
    assert (message.state, message.problem) == (
        Message.State.FAILED,
        "the mail server refused it: 550 5.1.1 … no such user",
    )
    assert message.jobs.get().state == Job.State.DONE
    assert not ProviderHealth.objects.filter(failures__gt=0).exists(), "the server is well"


def test_a_mail_refused_for_its_contents_is_told(world: World, mailbox: Mailbox) -> None:
    mailbox.to_data = lambda address: "554 looks like spam"
    assert send(world).problem == "the mail server refused it: 554 looks like spam"


@pytest.mark.parametrize("stage", ["to_recipient", "to_data"])
def test_a_mail_that_is_not_taken_yet_goes_out_later_with_the_same_id(
    world: World, mailbox: Mailbox, stage: str
) -> None:
    setattr(mailbox, stage, lambda address: "451 greylisted, come back")
    message = send(world)
    job = message.jobs.get()
    assert (message.state, job.state, job.attempt) == (Message.State.QUEUED, Job.State.QUEUED, 0)
    assert job.problem == "the mail server does not take it yet: 451 greylisted, come back"
    setattr(mailbox, stage, lambda address: "250 OK")
    assert run_again(message).state == Message.State.SENT
    assert mailbox.mails[0]["Message-ID"] == f"<{message.pk}@interviews.example.com>"


def test_no_attempt_is_too_many_and_after_three_days_it_is_given_up(world: World, mailbox: Mailbox) -> None:
    mailbox.to_recipient = lambda address: "451 greylisted"
    message = send(world)
    for _ in range(jobs.ATTEMPTS):
        run_again(message)
    assert message.state == Message.State.QUEUED
    Message.objects.update(created_at=timezone.now() - timedelta(days=3, minutes=1))
    assert run_again(message).state == Message.State.FAILED
    assert message.problem.startswith("given up after three days: ")


def test_a_server_that_is_away_is_an_outage_that_people_are_shown(world: World, settings: Settings) -> None:
    use(settings, free_port())
    messages = [send(world) for _ in range(providers.FAILURES + 1)]
    [outage] = outages()
    assert (outage.provider, outage.waiting) == ("The mail server", 1)
    assert outage.problem == "the mail server cannot be reached (ConnectionRefusedError)"
    with Mailbox() as box:
        use(settings, box.port)
        ProviderHealth.objects.update(next_try_at=timezone.now())
        assert all(run_again(message).state == Message.State.SENT for message in messages)
        assert len(box.mails) == len(messages)
    assert outages() == []


def test_mail_that_does_not_go_out_is_no_stage_of_an_interview(
    submitted: World, mailbox: Mailbox, settings: Settings
) -> None:
    before = [row.stage for row in rows(Interview.objects.all())]
    message = send(submitted)
    Job.objects.filter(message=message).update(state=Job.State.PARKED, problem="a fault")
    assert [row.stage for row in rows(Interview.objects.all())] == before


class TestTooLate:
    def test_a_withdrawn_invitation_is_not_mailed_and_gets_no_link(self, world: World, mailbox: Mailbox) -> None:
        mail(world.interview, Message.Kind.INVITATION)
        revoke(world.interview)
        jobs.run(Job.objects.get().pk, WORK)
        message = Message.objects.get()
        assert (message.state, message.problem) == (Message.State.DROPPED, "the invitation was withdrawn first")
        assert not mailbox.mails
        assert not Link.objects.filter(revoked_at__isnull=True).exists()

    def test_who_has_submitted_is_not_reminded(self, answered: World, mailbox: Mailbox) -> None:
        mail(answered.interview, Message.Kind.REMINDER)
        reminder = Message.objects.get()
        answering.submit(answered.interview)
        jobs.run(Job.objects.get(message=reminder).pk, WORK)
        reminder.refresh_from_db()
        assert reminder.state == Message.State.DROPPED
        assert not mailbox.mails


def test_no_log_line_holds_an_address_or_a_token(
    world: World, mailbox: Mailbox, caplog: pytest.LogCaptureFixture
) -> None:
    mailbox.to_recipient = lambda address: f"451 <{address}> is busy"
    message = send(world)
    mailbox.to_recipient = lambda address: "250 OK"
    run_again(message)
    assert "waits" in caplog.text
    found = LINK.search(words(mailbox.mails[0]))
    assert found
    for secret in ("bo@example.com", "Bo Berg", found[2]):
        assert secret not in caplog.text


def test_who_has_another_deadline_is_told_of_the_one_that_counts_when_it_is_sent(
    world: World, mailbox: Mailbox
) -> None:
    move(world, in_days(world, 2))
    move(world, in_days(world, 3))
    message = Message.objects.get()
    jobs.run(message.jobs.get().pk, WORK)
    assert not mailbox.mails, "for a minute, what was typed wrong can be mended"
    run_again(message)
    [sent] = mailbox.mails
    assert sent["Subject"] == "Another deadline: your interview for Backend engineer"
    assert f"It can be done until {in_days(world, 3):%A}, {in_days(world, 3).day} " in words(sent)
    assert LINK.search(words(sent))
