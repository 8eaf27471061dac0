"""What `manage.py doctor` says, and what its exit status is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db.models.functions import Now
from django.utils import timezone
from pytest_django import Settings

from interviews.actions.withdrawing import ask_for_erasure
from interviews.engines.analysis.base import Analyser
from interviews.engines.analysis.gemini import Gemini
from interviews.engines.analysis.gemini_legacy import GeminiLegacy
from interviews.engines.errors import EngineError, Permanent
from interviews.engines.transcription.deepgram import Deepgram
from interviews.models import Backup, Interview, Job, StoredFile
from interviews.processing import engines, jobs, leases
from interviews.processing.bucket import bucket
from project.doctor import CHECKS, examine
from tests.buckets import S3
from tests.engines import work
from tests.fakes.deepgram import FakeDeepgram
from tests.fakes.gemini import FakeGemini
from tests.people import World


@pytest.fixture(autouse=True)
def _engines_anew() -> Iterator[None]:
    engines.transcriber.cache_clear()
    engines.analyser.cache_clear()
    yield
    engines.transcriber.cache_clear()
    engines.analyser.cache_clear()


def ill() -> dict[str, str]:
    """Subject and next step of what needs a person."""
    return {finding.subject: finding.next_step for finding in examine() if not finding.is_well}


def test_a_site_with_a_living_worker_is_well(world: World) -> None:
    leases.pulse()
    assert ill() == {}
    call_command("doctor")


def test_what_is_wrong_comes_with_its_next_step_and_exit_status_one(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        call_command("doctor")
    assert ended.value.code == 1
    printed = capsys.readouterr().out
    assert "none has ever given a sign of life" in printed
    assert "-> Start one: python manage.py serve" in printed


def test_a_parked_job_is_named(answered: World) -> None:
    def refused(claim: jobs.Claim) -> list[int]:
        raise Permanent("the key was refused")

    leases.pulse()
    job = Job.objects.filter(interview=answered.interview).first()
    assert job is not None
    jobs.run(job.pk, dict.fromkeys(work(), refused))
    assert "Parked" in ill()["Stuck work"]


@pytest.mark.leaves_loose_ends(reason="the loose end is what is to be found")
def test_an_interview_that_nobody_works_on_is_named(submitted: World) -> None:
    leases.pulse()
    Job.objects.filter(interview=submitted.interview).delete()
    assert "sweep" in ill()["Stuck work"]


def test_a_queue_that_nobody_serves_is_named(answered: World) -> None:
    leases.pulse()
    interview = Interview.objects.get(pk=answered.interview.pk)
    Job.objects.filter(interview=interview).update(run_after="2020-01-01T00:00:00Z")
    assert "WORKERS" in ill()["Queue"]


def test_an_erasure_that_is_late_is_named(submitted: World) -> None:
    leases.pulse()
    ask_for_erasure(submitted.interview)
    assert "Erasures" not in ill()
    Interview.objects.update(erasure_asked_at=timezone.now() - timedelta(days=3))
    assert "30 days" in ill()["Erasures"]


def test_a_folder_that_cannot_be_written_is_named(world: World, settings: Settings, tmp_path: Path) -> None:
    leases.pulse()
    (tmp_path / "file").write_text("in the way")
    settings.MEDIA_DIR = tmp_path / "file" / "media"
    assert "DATA_DIR" in ill()["Storage"]


def test_a_bucket_is_tried_and_one_that_anybody_can_read_is_named(
    world: World, settings: Settings, tmp_path: Path
) -> None:
    with S3(tmp_path) as s3:
        leases.pulse()  # only now: the server may take longer to start than a worker may be silent
        for name, value in s3.variables.items():
            setattr(settings, name, value)
        bucket.cache_clear()
        assert ill() == {}
        assert s3.names() == set()
        s3.open_to(everybody=True)
        assert "public" in {finding.subject: finding.words for finding in examine()}["Bucket"]
        s3.client().delete_bucket(Bucket=settings.S3_BUCKET)
        assert "S3_" in ill()["Bucket"]
    assert "S3_" in ill()["Bucket"]
    bucket.cache_clear()


def test_a_bucket_that_was_switched_off_with_files_in_it_is_named(world: World) -> None:
    leases.pulse()
    StoredFile.objects.create(pk="logos/1.png", bytes=1, sha256="0" * 64, stored_at=Now())
    assert "S3_BUCKET" in ill()["Bucket"]


def test_backups_that_stopped_and_one_that_lacks_something_are_named(world: World) -> None:
    leases.pulse()
    now = timezone.now()
    backup = Backup.objects.create(place="b", made_at=now - timedelta(hours=30), delete_after=now + timedelta(days=9))
    assert ill() == {}
    Backup.objects.update(problem="1 files are missing, x first")
    assert "older backups" in ill()["Backup"]
    Backup.objects.update(problem="", made_at=now - timedelta(hours=50))
    assert "manage.py backup" in ill()["Backup"]
    backup.delete()
    assert ill() == {}


def test_a_key_that_is_refused_is_named_and_one_that_is_accepted_is_well(world: World, settings: Settings) -> None:
    leases.pulse()
    with FakeDeepgram(key="right") as deepgram, FakeGemini(key="right") as gemini:
        settings.TRANSCRIPTION_ENGINE, settings.ANALYSIS_ENGINE = "deepgram", "gemini"
        settings.DEEPGRAM_BASE_URL, settings.GEMINI_BASE_URL = deepgram.base_url, gemini.base_url
        settings.DEEPGRAM_API_KEY, settings.GEMINI_API_KEY = "wrong", "right"
        assert list(ill()) == ["Transcription"]
        assert deepgram.requests == gemini.requests == [], "asking cost something"


@pytest.mark.parametrize("transport", [Gemini, GeminiLegacy])
def test_both_gemini_transports_can_tell_whether_a_key_is_accepted(transport: Callable[..., Analyser]) -> None:
    with FakeGemini(key="right") as fake:
        transport("right", "made-up", base_url=fake.base_url).check()
        with pytest.raises(EngineError, match="refused the key"):
            transport("wrong", "made-up", base_url=fake.base_url).check()


def test_deepgram_that_is_not_there_is_told_from_a_refused_key() -> None:
    with pytest.raises(EngineError, match="connection"):
        Deepgram("any", base_url="http://127.0.0.1:9").check()


def test_every_check_has_words_without_a_trace(world: World) -> None:
    findings = list(examine())
    assert [finding.subject for finding in findings] == list(CHECKS)
    assert all(finding.words and "Traceback" not in finding.words for finding in findings)
