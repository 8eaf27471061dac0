"""What a first start brings."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from interviews.demo.seed import Access, access, forget_passwords, seed
from interviews.models import Job, JobAttempt
from tests.processes import Site


@pytest.mark.django_db(transaction=True)
def test_the_demo_is_made_without_a_failed_attempt_and_its_mail_is_left_to_the_worker(
    settings: Settings, tmp_path: Path
) -> None:
    settings.SENDS_MAIL, settings.DATA_DIR = True, tmp_path
    assert seed()
    assert set(JobAttempt.objects.values_list("outcome", flat=True)) == {JobAttempt.Outcome.DONE}
    receipts = Job.objects.filter(kind=Job.Kind.MAIL)
    assert {(job.state, job.attempts.count()) for job in receipts} == {(Job.State.QUEUED, 0)}


@pytest.mark.django_db(transaction=True)
def test_its_passwords_are_random_shown_once_and_kept_nowhere(settings: Settings, tmp_path: Path) -> None:
    """`serve` shows them with the addresses, and forgets."""
    settings.DATA_DIR = tmp_path
    assert seed()
    known = access()
    assert known is not None and len({known.hr_password, known.admin_password}) == 2
    assert len(known.hr_password) >= 12
    forget_passwords()
    left = (tmp_path / "demo.json").read_text("utf-8")
    assert known.hr_password not in left and known.admin_password not in left
    assert access() == Access(known.ready_link, known.fresh_link)


def test_only_the_first_start_says_that_they_are_shown(tmp_path: Path) -> None:
    with Site(tmp_path / "site") as site:
        first = site.server.output()
        site.restart(signal.SIGTERM)
        later = site.server.output().removeprefix(first)
    assert "shown this once" in first
    assert "shown this once" not in later and "changepassword" in later


def test_a_site_with_services_refuses_it(settings: Settings) -> None:
    settings.EMBEDDED = False
    with pytest.raises(CommandError, match="DATABASE_URL"):
        call_command("seed_demo")
