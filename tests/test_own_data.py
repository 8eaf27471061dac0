"""What an applicant can see and take of what is held about them."""

from __future__ import annotations

import hashlib
import io
import json
import tracemalloc
from datetime import timedelta
from typing import Any
from zipfile import ZipFile

from django.template.loader import render_to_string
from django.test import Client
from django.utils import timezone
from django.utils.html import strip_tags
from pytest_django import Settings

from interviews.actions import answering
from interviews.actions.explaining import explain
from interviews.actions.holding import place_hold
from interviews.actions.reviewing import decide
from interviews.actions.withdrawing import ask_for_erasure, withdraw
from interviews.exports.zipped import Entry, zipped
from interviews.models import Decision, Interview, Segment
from interviews.queries.retention import ERASURE_GRACE
from tests.engines import SPOKEN, work_through
from tests.people import NOTE, World, content, everything, review

MIB = 1024 * 1024


def _copy(world: World, browser: Client) -> ZipFile:
    reply = browser.get(f"/interview/{world.interview.pk}/data.zip")
    assert reply.status_code == 200 and reply["Content-Type"] == "application/zip"
    return ZipFile(io.BytesIO(content(reply)))


def _told(archive: ZipFile) -> dict[str, Any]:
    found = json.loads(archive.read("data.json"))
    assert isinstance(found, dict)
    return found


class TestCopy:
    def test_it_holds_every_recording_byte_for_byte(self, submitted: World, bo: Client, speech: bytes) -> None:
        archive = _copy(submitted, bo)
        assert archive.testzip() is None
        told = _told(archive)
        files = [file for question in told["questions"] for take in question["takes"] for file in take["files"]]
        assert sorted(archive.namelist()) == sorted(["data.json", *files]) and len(files) == 3
        for file in files:
            assert hashlib.sha256(archive.read(file)).digest() == hashlib.sha256(speech).digest()

    def test_it_holds_what_is_known_of_them(self, submitted: World, bo: Client) -> None:
        work_through(submitted.interview)
        told = _told(_copy(submitted, bo))
        assert (told["you"]["name"], told["you"]["email"]) == ("Bo Berg", "bo@example.com")
        assert told["consent"]["recording"]["version"] == answering.CONSENT_VERSION
        assert told["questions"][0]["takes"][0]["transcript"]["text"] == SPOKEN
        assert told["receipts"][0]["name"] == "Bo Berg"
        assert [it["what"] for it in told["why_and_until_when"]] and told["events"][0]["what"] == "was invited"

    def test_before_an_explanation_it_tells_no_level_and_how_many_there_are(self, submitted: World, bo: Client) -> None:
        everything(submitted)
        archive = _copy(submitted, bo)
        raw, told = archive.read("data.json").decode(), _told(archive)
        assert NOTE not in raw and "It names the plan." not in raw and '"level"' not in raw and "eve" not in raw.split()
        held = told["held_and_not_copied"]
        assert held["suggested_levels"] > 0 and held["ratings"] > 0
        assert (held["notes"], held["decisions"], held["comments_from_outside"]) == (1, 1, 1)
        assert not {"was reviewed", "was decided about"} & {it["what"] for it in told["events"]}
        assert told["recipients"]["from_outside"][0]["name"] in ("Olga Outer", "Otto")

    def test_what_was_explained_is_theirs(self, submitted: World, bo: Client) -> None:
        work_through(submitted.interview)
        review(submitted.interview, submitted.ada)
        decide(submitted.interview, submitted.ada, Decision.Outcome.HOLD, "a reason that is not told")
        explain(submitted.interview, submitted.ada, with_reason=False)
        archive = _copy(submitted, bo)
        (given,) = _told(archive)["explanations"]
        assert given["facts"]["questions"][0]["criteria"][0]["suggested"] == 4
        raw = archive.read("data.json").decode()
        assert "a reason that is not told" not in raw and '"ada"' not in raw

    def test_nobody_else_gets_it(self, submitted: World, ada: Client, client: Client) -> None:
        address = f"/interview/{submitted.interview.pk}/data.zip"
        for browser in (ada, client):
            assert b"Bo Berg" not in content(browser.get(address))

    def test_it_is_theirs_when_the_deadline_has_passed(self, answered: World, bo: Client) -> None:
        Interview.objects.update(deadline=timezone.now() - timedelta(days=9))
        page = bo.get(f"/interview/{answered.interview.pk}/")
        assert page.status_code == 410 and b"/data/" in page.content
        assert len(_copy(answered, bo).namelist()) == 4

    def test_a_recording_that_is_lost_keeps_nothing_else_from_them(self, submitted: World, bo: Client) -> None:
        lost = Segment.objects.order_by("take__question__number")[0]
        lost.path.unlink()
        archive = _copy(submitted, bo)
        assert sorted(it.file_size > 0 for it in archive.infolist()) == [False, True, True, True]

    def test_of_a_large_one_a_piece_at_a_time_is_in_memory(self) -> None:
        piece = bytes(MIB)
        tracemalloc.start()
        size = sum(len(part) for part in zipped([Entry("large", timezone.now(), (piece for _ in range(300)))]))
        _now, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert size > 300 * MIB and peak < 8 * MIB


class TestPage:
    def test_it_says_what_is_kept_why_and_until_when(self, submitted: World, bo: Client, settings: Settings) -> None:
        settings.RETENTION_BASIS = {**settings.RETENTION_BASIS, "scores": "By our works agreement."}
        page = bo.get(f"/interview/{submitted.interview.pk}/data/").content.decode()
        assert "By our works agreement." in page and page.count("Deleted by itself:") == 4
        assert f"/interview/{submitted.interview.pk}/data.zip" in page

    def test_it_says_that_a_hold_keeps_it(self, submitted: World, bo: Client) -> None:
        place_hold(submitted.interview, "a claim before the court", by=submitted.ada)
        page = bo.get(f"/interview/{submitted.interview.pk}/data/").content.decode()
        assert "a legal duty" in page and "before the court" not in page

    def test_it_says_when_it_goes_once_that_was_asked_for(self, submitted: World, bo: Client) -> None:
        ask_for_erasure(submitted.interview)
        submitted.interview.refresh_from_db()
        asked_at = submitted.interview.erasure_asked_at
        assert asked_at is not None
        page = bo.get(f"/interview/{submitted.interview.pk}/data/").content.decode()
        assert page.count((asked_at + ERASURE_GRACE).isoformat()) == 3  # counts without a name stay

    def test_each_page_of_the_interview_leads_to_it(self, world: World, bo: Client) -> None:
        address = f"/interview/{world.interview.pk}/"
        assert f"{address}data/" in bo.get(address).content.decode()
        answering.consent(world.interview, ai=True)
        assert f"{address}data/" in bo.get(address).content.decode()

    def test_who_withdrew_midway_is_not_led_in_a_circle(self, answered: World, bo: Client) -> None:
        address = f"/interview/{answered.interview.pk}/"
        assert "Back to your interview" in bo.get(f"{address}withdraw/").content.decode()
        withdraw(answered.interview)
        assert "Back to your interview" not in bo.get(f"{address}withdraw/").content.decode()


class TestConsent:
    def test_the_version_of_the_words_is_kept(self, answered: World) -> None:
        assert Interview.objects.get().consent_version == answering.CONSENT_VERSION

    def test_the_words_and_their_version_change_together(self) -> None:
        words = "".join(
            render_to_string(f"applicant/_recording_{part}.html", {"media_days": 7}) for part in ("terms", "consent")
        )
        digest = hashlib.sha256(" ".join(strip_tags(words).split()).encode()).hexdigest()[:12]
        assert (answering.CONSENT_VERSION, digest) == ("1", "292c30284a98")
