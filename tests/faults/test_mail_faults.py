"""A worker dies at any line of sending a mail: nobody is left without it, and a copy bears the same id."""

from __future__ import annotations

import re
import signal
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from django.db.models.functions import Now
from django.test import Client
from pytest_django import Settings

from interviews.actions.invitations import mail
from interviews.actions.reviewing import decide
from interviews.actions.telling import tell
from interviews.models import Decision, Event, Job, Message
from tests.engines import work_through
from tests.mailbox import Mailbox, words
from tests.people import World, review
from tests.processes import Process, wait_until

CASES = {
    "claimed": 1,
    "received": 2,  # the server has taken it, and we have not written that down: SMTP cannot be asked
    "writing": 2,
    "ended": 1,
}
"""How often the mail goes out, where a worker dies at this point."""


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    with Mailbox() as box:
        yield box


THROUGH = {
    "EMAIL_HOST": "127.0.0.1",
    "EMAIL_SECURITY": "none",
    "EMAIL_FROM": "interviews@example.com",
    "SITE_URL": "https://interviews.example.com",
}


@pytest.mark.parametrize("place, copies", CASES.items())
def test_a_mail_about_a_decision_outlives_its_worker_and_is_sent_as_written(
    submitted: World, worker: Callable[..., Process], mailbox: Mailbox, place: str, copies: int, settings: Settings
) -> None:
    settings.SENDS_MAIL = True
    work_through(submitted.interview)
    review(submitted.interview, submitted.ada)
    decision = decide(submitted.interview, submitted.ada, Decision.Outcome.REJECT, "no plan")
    message = tell(submitted.interview, decision.pk, "About your interview", "Hello Bo,\nno.\n", by=submitted.ada)
    past = Now() - timedelta(seconds=1)
    Job.objects.filter(message=message).update(hinted_at=None, run_after=past)
    through = {**THROUGH, "EMAIL_PORT": str(mailbox.port)}
    dying = worker(CRASH_AT=f"mail.{place}", **through).child
    assert dying is not None
    wait_until(lambda: dying.poll() is not None, f"the worker comes past {place}")
    Job.objects.filter(state=Job.State.RUNNING).update(lease_until=past, hinted_at=None)
    finishing = worker(**through)
    wait_until(lambda: Job.objects.get(message=message).state == Job.State.DONE, "the mail is sent")
    finishing.stop()
    assert [(sent["Subject"], words(sent).replace("\r\n", "\n")) for sent in mailbox.mails] == [
        ("About your interview", "Hello Bo,\nno.\n")
    ] * copies
    assert {sent["Message-ID"] for sent in mailbox.mails} == {f"<{message.pk}@interviews.example.com>"}


@pytest.mark.parametrize("place, copies", CASES.items())
def test_a_worker_that_dies_is_followed_by_one_that_sends(
    world: World, worker: Callable[..., Process], mailbox: Mailbox, place: str, copies: int
) -> None:
    mail(world.interview, Message.Kind.INVITATION)
    Job.objects.update(hinted_at=None)
    through = {**THROUGH, "EMAIL_PORT": str(mailbox.port)}
    dying = worker(CRASH_AT=f"mail.{place}", **through).child
    assert dying is not None
    wait_until(lambda: dying.poll() is not None, f"the worker comes past {place}")
    assert dying.poll() == -signal.SIGKILL

    past = Now() - timedelta(seconds=1)
    Job.objects.filter(state=Job.State.RUNNING).update(lease_until=past, hinted_at=None)
    finishing = worker(**through)
    wait_until(lambda: Job.objects.get().state == Job.State.DONE, "the mail is sent")
    finishing.stop()

    assert Message.objects.get().state == Message.State.SENT
    assert [sent["Message-ID"] for sent in mailbox.mails] == [
        f"<{Message.objects.get().pk}@interviews.example.com>"
    ] * copies
    assert Event.objects.filter(kind="message.sent").count() == 1
    for sent in mailbox.mails:  # whichever copy is opened
        found = re.search(r"(/interview/\S+/)#(\w+)", words(sent))
        assert found
        assert Client().post(f"{found[1]}open/", {"token": found[2]}).status_code == 302
