"""What every reply tells a browser: what may run, who may look in, and that it is https from then on."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as now
from django.contrib.auth.models import User
from django.test import Client
from pytest_django import Settings

from tests.addresses import Subject, addresses
from tests.environment import SET_BY_TESTS
from tests.observatory import A_PLUS, score
from tests.people import World, everything, text_of

ROOT = Path(__file__).resolve().parent.parent
DOCUMENTED = {
    "DATABASE_URL": "postgres://greenroom:secret@localhost/greenroom",
    "REDIS_URL": "redis://localhost:6379/0",
    "SECRET_KEY": "v2a0zq8Jm4xN7rT1bK5cW9eL3hP6yD0fG8sU2iO4jQ7kA1nB5v",
    "ALLOWED_HOSTS": "interviews.example.com",
    "SECURE_COOKIES": "true",
}
"""As README.md has them for a site behind TLS."""
OF_TLS = (
    "SECURE_HSTS_SECONDS",
    "SECURE_HSTS_INCLUDE_SUBDOMAINS",
    "SECURE_SSL_REDIRECT",
    "SECURE_PROXY_SSL_HEADER",
    "SESSION_COOKIE_SECURE",
    "SESSION_COOKIE_NAME",
    "CSRF_COOKIE_SECURE",
    "CSRF_COOKIE_NAME",
    "LANGUAGE_COOKIE_SECURE",
    "LANGUAGE_COOKIE_NAME",
)
KINDS_AT_LEAST = 60


def _run(folder: Path, *arguments: str) -> str:
    kept = {name: value for name, value in os.environ.items() if name.removesuffix("_FILE") not in SET_BY_TESTS}
    done = subprocess.run(
        [sys.executable, *arguments],
        env={**kept, **DOCUMENTED, "DATA_DIR": str(folder)},
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def test_djangos_own_check_of_a_deployment_finds_nothing(tmp_path: Path) -> None:
    assert "no issues" in _run(tmp_path, "manage.py", "check", "--deploy", "--fail-level", "WARNING")


def test_every_cookie_bears_the_strict_prefix_behind_tls(tmp_path: Path) -> None:
    code = (
        "import django, os; os.environ['DJANGO_SETTINGS_MODULE'] = 'project.settings'; django.setup()\n"
        "from django.conf import settings as s; from project.messages import _Cookie\n"
        "print(s.SESSION_COOKIE_NAME, s.CSRF_COOKIE_NAME, s.LANGUAGE_COOKIE_NAME, _Cookie.cookie_name)"
    )
    names = _run(tmp_path, "-c", code).split()
    assert len(names) == 4 and all(name.startswith("__Host-") for name in names), names


@pytest.fixture
def behind_tls(settings: Settings, tmp_path: Path) -> None:
    """This process, as the documented settings make it."""
    code = f"import json; from project import settings as s; print(json.dumps({{n: getattr(s, n) for n in {OF_TLS}}}))"
    for name, value in json.loads(_run(tmp_path, "-c", code)).items():
        setattr(settings, name, tuple(value) if isinstance(value, list) else value)


def _people(world: World) -> Iterator[Client]:
    yield Client()
    for name in ("eve", "root"):
        browser = Client()
        browser.force_login(User.objects.get(username=name))
        yield browser
    applicant, outsider = Client(), Client()
    applicant.post(f"/interview/{world.interview.pk}/open/", {"token": world.token}, secure=True)
    outsider.post(f"{world.share}open/", {"token": world.share_token}, secure=True)
    yield from (applicant, outsider)


def test_every_kind_of_reply_scores_a_plus(behind_tls: None, submitted: World) -> None:
    User.objects.create_superuser("root", "root@example.com", "-")
    everything(submitted)
    paths = {(it.name, it.path) for it in addresses(Subject(submitted.position, submitted.interview))}
    paths |= {("nowhere", "/nowhere/"), ("static", "/static/mark.svg"), ("nobody's", "/interview/not-an-id/")}
    found: dict[tuple[str, int], int] = {}
    for browser in _people(submitted):
        for name, path in sorted(paths - {it for it in paths if it[0] == "sign-out"}):
            reply: Any = browser.get(path, secure=True)
            cookies = SimpleCookie(reply.cookies.output(header="", sep=";"))
            page = text_of(reply) if reply.get("Content-Type", "").startswith("text/html") else ""
            reply.close()
            kind = (name, reply.status_code)
            found[kind] = min(found.get(kind, 999), score(reply.headers, cookies, page))
    assert len({name for name, _status in found}) >= KINDS_AT_LEAST
    assert {200, 302, 403, 404, 405} <= {status for _name, status in found}
    assert {kind: points for kind, points in found.items() if points < A_PLUS} == {}


def test_a_reply_without_them_would_not_score() -> None:
    assert score({}, SimpleCookie("sessionid=1")) == 0
    good = {"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'"}
    assert score(good, SimpleCookie()) < A_PLUS


def test_http_leads_to_https_and_health_does_not(behind_tls: None, world: World) -> None:
    reply = Client().get("/hr-dashboard/")
    assert (reply.status_code, reply["Location"]) == (301, "https://testserver/hr-dashboard/")
    assert Client().get("/health/ready").status_code == 200
    secure = Client().get("/hr-dashboard/", headers={"X-Forwarded-Proto": "https"})
    assert secure.status_code == 302
    assert secure["Strict-Transport-Security"] == "max-age=63072000; includeSubDomains"


def test_camera_and_microphone_are_for_the_page_that_records_alone(answered: World, bo: Client, ada: Client) -> None:
    recording = bo.get(f"/interview/{answered.interview.pk}/")
    assert {"camera=(self)", "microphone=(self)"} <= set(recording["Permissions-Policy"].split(", "))
    assert "media-src 'self' blob:" in recording["Content-Security-Policy"]
    for browser, path in ((ada, "/hr-dashboard/results/"), (bo, "/nowhere/"), (Client(), "/hr-dashboard/sign-in/")):
        reply = browser.get(path)
        assert {"camera=()", "microphone=()"} <= set(reply["Permissions-Policy"].split(", "))
        assert "blob:" not in reply["Content-Security-Policy"]


def test_nothing_inline_is_allowed_but_by_a_nonce_of_that_page(world: World, bo: Client) -> None:
    world.position.accent_light, world.position.accent_dark = "#707000", "#ffff00"
    world.position.save()
    nonces = set()
    for _ in range(2):
        reply = bo.get(f"/interview/{world.interview.pk}/")
        policy, page = reply["Content-Security-Policy"], reply.content.decode()
        (nonce,) = re.findall(r"'nonce-([^']+)'", policy)
        assert f'<style nonce="{nonce}">.own-look' in page
        assert "unsafe" not in policy and "script-src 'self';" in f"{policy};"
        assert not re.search(r"<[^>]+\s(style|on\w+)=", page)
        nonces.add(nonce)
    assert len(nonces) == 2


def test_every_body_says_what_it_is(submitted: World, ada: Client) -> None:
    for path in ("/hr-dashboard/results/", "/nowhere/", "/health/live", "/static/greenroom.css"):
        reply = ada.get(path)
        said = reply["Content-Type"]
        reply.close()
        assert re.fullmatch(r'text/(html|css); charset="?utf-8"?|application/json', said), said


def test_trace_is_refused(world: World, ada: Client) -> None:
    for path in ("/hr-dashboard/results/", f"/interview/{world.interview.pk}/", "/hr-dashboard/account/"):
        assert ada.generic("TRACE", path).status_code == 405, path


def test_passwords_are_kept_by_a_slow_hash(tmp_path: Path) -> None:
    code = "from django.contrib.auth.hashers import make_password; print(make_password('x'))"
    algorithm, iterations, *_rest = _run(tmp_path, "manage.py", "shell", "-v0", "-c", code).strip().split("$")
    assert (algorithm, int(iterations) >= 600_000) == ("pbkdf2_sha256", True)


def test_pages_are_kept_by_no_cache(submitted: World, ada: Client) -> None:
    for path in ("/hr-dashboard/results/", f"/hr-dashboard/results/{submitted.interview.pk}/", "/nowhere/"):
        assert "no-store" in ada.get(path)["Cache-Control"], path


def test_no_template_has_a_style_or_a_script_inside() -> None:
    for path in sorted((ROOT / "templates").rglob("*.html")):
        text = path.read_text("utf-8")
        assert not re.search(r"<[^>]+\sstyle=|<script(?![^>]*\ssrc=)|\son\w+=\"", text), path
        assert re.findall(r"<style[^>]*>", text) in ([], ['<style nonce="{{ request.csp_nonce }}">']), path
    assert now.CONTENT_SECURITY_POLICY["DIRECTIVES"]["default-src"] == ["'none'"]
