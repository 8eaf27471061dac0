"""A setting that cannot be read, or a combination that cannot work, refuses to start and names the variable."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path
from threading import Barrier, Thread

import pytest

from project.secret_key import stored_secret_key
from tests.environment import SET_BY_TESTS
from tests.processes import ROOT, ended

SERVICES = {
    "DATABASE_URL": "postgres://greenroom@localhost/greenroom",
    "REDIS_URL": "redis://localhost:6379/0",
    "SECRET_KEY": "fifty random characters, or as good as",
}
READ = "from project import settings as s; print(s.EMBEDDED, s.TRANSCRIPTION_ENGINE, s.ANALYSIS_ENGINE, s.DATABASES)"


def _python(folder: Path, code: str, **environment: str) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if name.removesuffix("_FILE") not in SET_BY_TESTS}
    return ended({**kept, "DATA_DIR": str(folder / "data"), **environment}, "-c", code)


@pytest.mark.parametrize(
    "environment, named",
    [
        ({"DEBUG": "perhaps"}, "DEBUG"),
        ({"WORKERS": "many"}, "WORKERS"),
        ({"WORKERS": "0"}, "WORKERS"),
        ({"MAX_TAKE_MB": "1.5"}, "MAX_TAKE_MB"),
        ({"MAX_TAKE_MB": "0"}, "MAX_TAKE_MB"),
        ({"INVITATION_DAYS": "-1"}, "INVITATION_DAYS"),
        ({"BACKUP_DAYS": "0"}, "BACKUP_DAYS"),
        ({"LOG_LEVEL": "loud"}, "LOG_LEVEL"),
        ({"LOG_FORMAT": "xml"}, "LOG_FORMAT"),
        ({"METRICS_TOKEN": "guess me"}, "METRICS_TOKEN"),
        ({"SENTRY_DSN": "sentry.example.com"}, "SENTRY_DSN"),
        ({"SENTRY_DSN": "https://sentry.example.com/1"}, "SENTRY_DSN"),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "collector:4318"}, "OTEL_EXPORTER_OTLP_ENDPOINT"),
        ({**SERVICES, "DATABASE_URL": "not a url"}, "DATABASE_URL"),
        ({**SERVICES, "DATABASE_URL": "sqlite:///site.sqlite3"}, "DATABASE_URL"),
        ({**SERVICES, "REDIS_URL": "localhost"}, "REDIS_URL"),
        ({**SERVICES, "REDIS_URL": "redis://localhost:many/0"}, "REDIS_URL"),
        ({**SERVICES, "REDIS_URL": "", "REDIS_HOST": "localhost", "REDIS_PORT": "x"}, "REDIS_PORT"),
        ({**SERVICES, "REDIS_URL": ""}, "REDIS_URL"),
        ({**SERVICES, "DATABASE_URL": ""}, "DATABASE_URL"),
        ({**SERVICES, "SECRET_KEY": ""}, "SECRET_KEY"),
        ({"TRANSCRIPTION_ENGINE": "whisper"}, "TRANSCRIPTION_ENGINE"),
        ({"TRANSCRIPTION_ENGINE": "deepgram"}, "DEEPGRAM_API_KEY"),
        ({"ANALYSIS_ENGINE": "gpt"}, "ANALYSIS_ENGINE"),
        ({"TRANSCRIPTION_ENGINE": "none"}, "ANALYSIS_ENGINE"),
        ({"GEMINI_PRICE_INPUT": "cheap"}, "GEMINI_PRICE_INPUT"),
        ({"DEEPGRAM_PRICE_MINUTE": "-1"}, "DEEPGRAM_PRICE_MINUTE"),
        ({"AI_BUDGET": "NaN"}, "AI_BUDGET"),
        ({"AI_BUDGET": "5", "GEMINI_API_KEY": "k", "GEMINI_PRICE_INPUT": "1"}, "GEMINI_PRICE_OUTPUT"),
        ({"AI_BUDGET": "5", "DEEPGRAM_API_KEY": "k"}, "DEEPGRAM_PRICE_MINUTE"),
        ({"ANALYSIS_SAMPLES": "2"}, "ANALYSIS_SAMPLES"),
        ({"ANALYSIS_ENGINE": "gemini"}, "GEMINI_API_KEY"),
        ({"ANALYSIS_ENGINE": "gemini-legacy"}, "GEMINI_API_KEY"),
        ({"DEEPGRAM_BASE_URL": "localhost:9000"}, "DEEPGRAM_BASE_URL"),
        ({"GEMINI_BASE_URL": "gemini"}, "GEMINI_BASE_URL"),
        ({"GEMINI_API_KEY_FILE": "/nowhere/at/all"}, "GEMINI_API_KEY"),
        ({"DATA_DIR": "/dev/null/data"}, "DATA_DIR"),
        ({"EMAIL_HOST": "mail", "EMAIL_FROM": "us@example.com"}, "SITE_URL"),
        ({"EMAIL_HOST": "mail", "SITE_URL": "https://example.com"}, "EMAIL_FROM"),
        ({"EMAIL_HOST": "mail", "EMAIL_FOLDER": "mail", "SITE_URL": "https://example.com"}, "EMAIL_FOLDER"),
        ({"EMAIL_FOLDER": "mail", "SITE_URL": "example.com"}, "SITE_URL"),
        ({"EMAIL_SECURITY": "ssl"}, "EMAIL_SECURITY"),
        ({"RETENTION_MEDIA_DAYS": "soon"}, "RETENTION_MEDIA_DAYS"),
        ({"RETENTION_SCORES_DAYS": "-1"}, "RETENTION_SCORES_DAYS"),
        ({"S3_ACCESS_KEY": "k"}, "S3_BUCKET"),
        ({"S3_BUCKET": "b", "S3_SECRET_KEY": "s"}, "S3_ACCESS_KEY"),
        ({"S3_BUCKET": "b", "S3_ACCESS_KEY": "k"}, "S3_SECRET_KEY"),
        ({"S3_BUCKET": "b", "S3_ENDPOINT_URL": "s3.example.com"}, "S3_ENDPOINT_URL"),
        ({"X_ACCEL_REDIRECT": "/media-files"}, "X_ACCEL_REDIRECT"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_cannot_work_is_refused_by_name(tmp_path: Path, environment: dict[str, str], named: str) -> None:
    done = _python(tmp_path, "import project.settings", **environment)
    assert done.returncode
    refusal = done.stderr.strip().splitlines()[-1]
    assert refusal.startswith("django.core.exceptions.ImproperlyConfigured: ")
    assert named in refusal
    assert "README.md" in refusal


def test_a_refusal_never_repeats_a_secret(tmp_path: Path) -> None:
    secrets = {
        "GEMINI_API_KEY": "canary-key",
        "DATABASE_URL": "postgres://u:canary-password@h/d",
        "SECRET_KEY": "canary",
    }
    done = _python(tmp_path, "import project.settings", **secrets)
    assert done.returncode
    assert "canary" not in done.stderr.strip().splitlines()[-1]


def test_a_collector_of_traces_needs_its_library_and_the_refusal_says_how_to_get_it(tmp_path: Path) -> None:
    code = "import sys; sys.modules['opentelemetry'] = None; import project.settings"
    assert _python(tmp_path, code).returncode == 0
    done = _python(tmp_path, code, OTEL_EXPORTER_OTLP_ENDPOINT="http://collector:4318")
    refusal = done.stderr.strip().splitlines()[-1]
    assert "opentelemetry-exporter-otlp-proto-http" in refusal
    assert "pip install -r requirements-opentelemetry.txt" in refusal


def test_with_nothing_set_it_starts_in_one_process(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "manage.py", "check"],
        env={"DATA_DIR": str(tmp_path / "data"), "PATH": os.environ["PATH"]},
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "no issues" in done.stdout
    assert sorted(path.name for path in (tmp_path / "data").iterdir()) == ["huey.sqlite3", "secret_key"]


def test_with_both_addresses_it_uses_services(tmp_path: Path) -> None:
    done = _python(tmp_path, READ, **SERVICES, DEEPGRAM_API_KEY="x", GEMINI_API_KEY="x")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("False deepgram gemini ")
    assert "django.db.backends.postgresql" in done.stdout


def test_a_redis_can_be_named_by_its_parts(tmp_path: Path) -> None:
    parts = {"REDIS_URL": "", "REDIS_HOST": "cache", "REDIS_PORT": "6380", "REDIS_DB": "2"}
    done = _python(tmp_path, "from project import settings as s; print(s.REDIS_URL)", **{**SERVICES, **parts})
    assert done.stdout.strip() == "redis://cache:6380/2"


def test_a_secret_may_come_from_a_file(tmp_path: Path) -> None:
    for name, value in {"SECRET_KEY": "from a file", "DATABASE_URL": SERVICES["DATABASE_URL"]}.items():
        (tmp_path / name).write_text(value, "utf-8")
    files = {f"{name}_FILE": str(tmp_path / name) for name in ("SECRET_KEY", "DATABASE_URL")}
    code = "from project import settings as s; print(s.SECRET_KEY, s.DATABASES['default']['NAME'])"
    done = _python(tmp_path, code, **files, REDIS_URL=SERVICES["REDIS_URL"])
    assert done.stdout.strip() == "from a file greenroom", done.stderr
    assert not (tmp_path / "data" / "secret_key").exists()


class TestSecretKey:
    def test_it_is_made_once_and_stays(self, tmp_path: Path) -> None:
        key = stored_secret_key(tmp_path)
        assert len(key) >= 50
        assert stored_secret_key(tmp_path) == key
        assert stored_secret_key(_folder(tmp_path / "other")) != key

    @pytest.mark.skipif(os.name == "nt", reason="file modes are not of Windows")
    def test_only_its_owner_can_read_it(self, tmp_path: Path) -> None:
        stored_secret_key(tmp_path)
        assert [path.name for path in tmp_path.iterdir()] == ["secret_key"]
        assert stat.S_IMODE((tmp_path / "secret_key").stat().st_mode) == 0o600

    def test_of_many_first_starts_at_once_all_have_the_same(self, tmp_path: Path) -> None:
        for attempt in range(20):
            folder, together = _folder(tmp_path / str(attempt)), Barrier(8)
            keys: list[str] = []

            def start(folder: Path = folder, together: Barrier = together, keys: list[str] = keys) -> None:
                together.wait()
                keys.append(stored_secret_key(folder))

            threads = [Thread(target=start) for _ in range(8)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            assert len(keys) == 8
            assert len(set(keys)) == 1
            assert keys[0]


def _folder(path: Path) -> Path:
    path.mkdir()
    return path
