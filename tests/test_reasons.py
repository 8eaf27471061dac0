"""Why something failed is stored in English, and told in the reader's language."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from django.contrib.auth.models import User
from django.test import Client
from django.utils import translation
from pytest_django import Settings

from interviews.actions import operating
from interviews.engines import refusals
from interviews.engines.analysis.stream import CANARY_CHANGED
from interviews.models import Job, JobAttempt
from interviews.operators import OPERATORS
from interviews.processing.spending import PAUSED
from interviews.queries.reasons import told
from tests.operating import JOBS, PAGE, member, parked
from tests.people import World

ROOMS = Path(__file__).resolve().parent.parent / "interviews"
FILES = [
    path
    for room in ("engines", "media", "processing")
    for path in sorted((ROOMS / room).rglob("*.py"))
    if path.name != "logo.py"  # who sends a logo is told in the form's own words
]
FAILURES = {"EngineError", "RetryLater", "Busy", "Permanent", "UnusableOutput"} | {
    "MediaError",
    "Passing",
    "BucketError",
    "NotInBucket",
    "NotDelivered",
    "NotAllowed",
}


@pytest.fixture(autouse=True)
def _english_again() -> Iterator[None]:
    yield
    translation.activate("en")


def _sentences(node: ast.expr) -> Iterator[str]:
    """What an expression says, with 7 where something is filled in."""
    match node:
        case ast.Constant(value=str(words)) if " " in words:
            yield words
        case ast.JoinedStr(values=parts):
            yield "".join(str(it.value) if isinstance(it, ast.Constant) else "7" for it in parts)
        case ast.Call(func=ast.Name(id="gettext_noop"), args=[only]):
            yield from _sentences(only)


def _written() -> set[str]:
    """Every reason that the machine may write down."""
    found = {PAUSED.format(of="site"), CANARY_CHANGED.format(engine="Gemini")}
    found |= {words.format(provider="Gemini") for words in (*refusals._PERMANENT.values(), *refusals._LATER.values())}
    for path in FILES:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in {*FAILURES, "gettext_noop", "_park"}:
                for argument in node.args:
                    found |= set(_sentences(argument))
            if isinstance(node, ast.Dict):
                for key, value in zip(node.keys, node.values, strict=True):
                    if isinstance(key, ast.Constant) and key.value == "problem":
                        found |= set(_sentences(value))
    return found


def test_every_reason_that_is_written_down_can_be_told_in_german() -> None:
    written = _written()
    assert len(written) > 90
    with translation.override("de"):
        assert {words for words in written if told(words) == words} == set()


@pytest.mark.parametrize(
    ("stored", "german"),
    [
        ("there is no machine of this name", "es gibt keinen Rechner dieses Namens"),
        (
            "Gemini failed on its side (status 503); given up after 5 attempts",
            "Bei Gemini ist etwas fehlgeschlagen (Status 503); nach 5 Versuchen aufgegeben",
        ),
        (
            "nothing could be delivered for three days: it answered 500",
            "drei Tage lang konnte nichts zugestellt werden: die Antwort war 500",
        ),
        ("The answer of Gemini is not a list of assessments", "Die Antwort von Gemini ist keine Liste von Bewertungen"),
        ("The recording is empty", "Die Aufnahme ist leer"),
        ("The recording is empty.", "Die Aufnahme ist leer."),
        ("the mail server refused it: 550 no (%s) 100 %", "der Mailserver hat sie abgelehnt: 550 no (%s) 100 %"),
        ("something that nobody has translated", "something that nobody has translated"),
        ("", ""),
    ],
)
def test_a_reason_is_told_in_german(stored: str, german: str) -> None:
    with translation.override("de"):
        assert told(stored) == german
    assert told(stored) == stored


def test_pages_tell_it_in_the_readers_language_and_the_row_stays_as_it_is(submitted: World) -> None:
    stored = "Gemini failed on its side (status 503); given up after 5 attempts"
    german = "Bei Gemini ist etwas fehlgeschlagen (Status 503); nach 5 Versuchen aufgegeben"
    job = parked(submitted)
    Job.objects.filter(pk=job.pk).update(problem=stored)
    JobAttempt.objects.filter(job=job).update(problem=stored)
    browser = Client(headers={"accept-language": "de"})
    browser.force_login(User.objects.create_superuser("root", "root@example.com", "-"))
    desk = "/hr-dashboard/"
    for page in (
        desk,
        f"{desk}results/",
        f"{desk}results/{submitted.interview.pk}/review/",
        f"{desk}results/{submitted.interview.pk}/why/",
        f"{desk}invitations/{submitted.position.pk}/{submitted.interview.pk}/",
    ):
        words = BeautifulSoup(browser.get(page).content, "html.parser").get_text()
        assert german in words, page
        assert stored not in words, page
    assert Job.objects.filter(problem=stored).exists()


def test_the_administration_tells_it_in_the_language_of_the_site(submitted: World, settings: Settings) -> None:
    job = parked(submitted)
    Job.objects.filter(pk=job.pk).update(problem="Gemini refused the key")
    JobAttempt.objects.filter(job=job).update(problem="Gemini refused the key")
    settings.LANGUAGE_CODE = "de"
    browser = member(OPERATORS)
    for page in (PAGE, JOBS, "/admin/interviews/jobattempt/"):
        assert "Gemini hat den Schlüssel abgelehnt" in browser.get(page).content.decode(), page
    found = BeautifulSoup(browser.get(PAGE).content, "html.parser").select_one("#work-problems + ul a")
    assert found is not None
    listed = browser.get(str(found["href"])).content.decode()
    assert "Gemini hat den Schlüssel abgelehnt" in listed, "the search is for what is stored"


def test_what_a_person_did_is_stored_in_english_too(submitted: World) -> None:
    """Whatever language they read."""
    job = Job.objects.filter(state=Job.State.QUEUED).first()
    assert job is not None
    with translation.override("de"):
        operating.cancel(job.pk, submitted.ada)
    assert Job.objects.get(pk=job.pk).problem == "cancelled by ada"
