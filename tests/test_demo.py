"""What a first start brings."""

from __future__ import annotations

from pathlib import Path

import pytest
from pytest_django import Settings

from interviews.demo.seed import seed
from interviews.models import Job, JobAttempt


@pytest.mark.django_db(transaction=True)
def test_the_demo_is_made_without_a_failed_attempt_and_its_mail_is_left_to_the_worker(
    settings: Settings, tmp_path: Path
) -> None:
    settings.SENDS_MAIL, settings.DATA_DIR = True, tmp_path
    assert seed()
    assert set(JobAttempt.objects.values_list("outcome", flat=True)) == {JobAttempt.Outcome.DONE}
    receipts = Job.objects.filter(kind=Job.Kind.MAIL)
    assert {(job.state, job.attempts.count()) for job in receipts} == {(Job.State.QUEUED, 0)}
