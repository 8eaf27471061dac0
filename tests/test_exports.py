"""Files of the list and of one interview: safe in a spreadsheet, complete, bounded, and never more than is revealed."""

from __future__ import annotations

import csv
import io
import json
import tracemalloc
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from pypdf import PdfReader
from pytest_django import DjangoAssertNumQueries

from interviews.actions.reviewing import decide
from interviews.exports import listing
from interviews.exports.cells import Value, cell, defused, table
from interviews.exports.pdf import MISSING, Document
from interviews.models import Applicant, AssessmentRun, Decision, Event, Export, Interview
from interviews.queries.ratings import own
from tests.engines import work_through
from tests.people import World, content, review

FORMULAS = (Path(__file__).parent / "formulas.txt").read_text("utf-8").splitlines()
LIST = "/hr-dashboard/results/export/"


@pytest.fixture
def scored(submitted: World) -> World:
    work_through(submitted.interview)
    AssessmentRun.objects.update(engine="local")  # whose label is known
    submitted.interview.refresh_from_db()
    return submitted


def _one(world: World) -> str:
    return f"/hr-dashboard/results/{world.interview.pk}/export/"


def _csv(data: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline="")))


def _words(data: bytes) -> str:
    return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(data)).pages)


class TestCells:
    @pytest.mark.parametrize("text", [*FORMULAS, "\t=1+1", "\r=1+1", "\n=1+1", "\ttext", "\u00a0=1+1"])
    def test_no_text_begins_like_a_formula(self, text: str) -> None:
        assert len(FORMULAS) > 20
        assert defused(text) == f"'{text}"
        [_heading, line] = b"".join(table(["x"], [[[text]]])).decode("utf-8-sig").split("\r\n", 1)
        assert line.startswith("\"'") and line.endswith('"\r\n')
        assert list(csv.reader(io.StringIO(line, newline=""))) == [[f"'{text}"]], "and it is one cell"

    @pytest.mark.parametrize("text", ["", "Bo Berg", "O'Neil", "a=b", "1-2", "mail@example.com", "Ünï"])
    def test_other_text_stays_as_it_is(self, text: str) -> None:
        assert defused(text) == text

    def test_numbers_stay_numbers(self) -> None:
        values: list[Value] = [-3, 2.5, Decimal("-1.25"), None, True, datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)]
        line = b"".join(table(["x"], [[values]])).decode().splitlines()[1]
        assert line == '-3,2.5,-1.25,"","true","2026-01-02 03:04:05"'

    def test_times_are_told_in_utc(self) -> None:
        at = datetime.fromisoformat("2026-01-02T03:04:05+05:30")
        assert cell(at) == "2026-01-01 21:34:05"


class TestList:
    def test_csv_is_read_by_excel_and_has_what_the_page_has(self, scored: World, ada: Client) -> None:
        review(scored.interview, scored.ada)
        decide(scored.interview, scored.ada, Decision.Outcome.ADVANCE, "the best")
        reply = ada.get(f"{LIST}csv/")
        data = content(reply)
        assert data.startswith(b"\xef\xbb\xbf")
        assert 'attachment; filename="interviews-' in reply["Content-Disposition"]
        [line] = _csv(data)
        assert tuple(line) == listing.HEADINGS
        assert (line["applicant"], line["stage"], line["revealed"]) == ("Bo Berg", "scored", "true")
        assert float(line["score"]) == 4.0 and line["score_label"] and line["criteria"] == "6"
        assert (line["decision"], line["decided_by"]) == ("advance", "ada")
        assert line["url"] == f"http://testserver/hr-dashboard/results/{scored.interview.pk}/review/"

    def test_a_name_that_is_a_formula_is_none_in_the_file(self, scored: World, ada: Client) -> None:
        Applicant.objects.update(name='=HYPERLINK("http://evil.example","x")')
        [line] = _csv(content(ada.get(f"{LIST}csv/")))
        assert line["applicant"].startswith("'=HYPERLINK")

    def test_json_has_the_documented_shape(self, scored: World, ada: Client) -> None:
        told = json.loads(content(ada.get(f"{LIST}json/?stage=scored")))
        assert (told["greenroom"], told["kind"], told["made_by"], told["query"]) == (1, "list", "ada", "stage=scored")
        [line] = told["interviews"]
        assert tuple(line) == listing.HEADINGS
        assert (line["revealed"], line["score"], line["levels"]) == (False, None, None)
        documented = (Path(__file__).parent.parent / "docs" / "exports.md").read_text("utf-8")
        for name in line:
            assert f"`{name}`" in documented, name

    def test_a_score_in_a_pdf_says_what_it_rests_on_and_who_suggested_it(self, scored: World, ada: Client) -> None:
        assert "of 5, from" not in _words(content(ada.get(f"{LIST}pdf/")))
        review(scored.interview, scored.ada)
        words = _words(content(ada.get(f"{LIST}pdf/")))
        assert "Bo Berg" in words and "1 / 1" in words
        assert "of 5, from 6 of 6 criteria" in words and "a person decides" in words

    def test_no_more_than_one_may_see_is_in_it(self, scored: World, cy: Client) -> None:
        assert _csv(content(cy.get(f"{LIST}csv/"))) == []
        assert json.loads(content(cy.get(f"{LIST}json/")))["interviews"] == []
        assert "Bo Berg" not in _words(content(cy.get(f"{LIST}pdf/")))

    def test_who_is_taken_off_the_team_gets_no_further_piece(
        self, scored: World, ada: Client, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(listing, "BATCH", 1)
        _more(scored, 1)
        reply: Any = ada.get(f"{LIST}csv/")
        pieces = iter(reply.streaming_content)
        next(pieces), next(pieces)
        scored.position.team.remove(scored.ada)
        assert b"".join(pieces) == b""

    def test_too_many_for_a_pdf_is_said_with_what_to_do(
        self, scored: World, ada: Client, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(listing, "PDF_AT_MOST", 0)
        reply = ada.get(f"{LIST}pdf/")
        assert reply.status_code == 413
        assert b"These are 1 interviews" in reply.content and f"{LIST}csv/".encode() in reply.content
        assert not Export.objects.exists()

    def test_an_unknown_form_is_not_found(self, scored: World, ada: Client) -> None:
        assert ada.get(f"{LIST}xlsx/").status_code == 404
        assert ada.get(f"{_one(scored)}xlsx/").status_code == 404

    def test_each_batch_takes_the_same_queries_however_long_the_list(
        self, world: World, django_assert_num_queries: DjangoAssertNumQueries
    ) -> None:
        asked = listing.Asked(world.ada, "en", "", "", timezone.now())
        _more(world, 49)
        everybody = list(Interview.objects.values_list("pk", flat=True))
        for some in (everybody[:1], everybody):
            with django_assert_num_queries(6):
                assert b"".join(listing.as_csv(asked, some)).count(b"\n") == len(some) + 1

    def test_a_long_list_is_never_in_memory_as_a_whole(self, world: World) -> None:
        asked = listing.Asked(world.ada, "en", "", "", timezone.now())
        _more(world, 1999)
        everybody = list(Interview.objects.values_list("pk", flat=True))
        for _ in listing.as_csv(asked, everybody[:200]):
            pass  # whatever is kept for ever is there now
        peaks = []
        for some in (everybody[:400], everybody):
            tracemalloc.start()
            for _ in listing.as_csv(asked, some):
                pass
            peaks.append(tracemalloc.get_traced_memory()[1])
            tracemalloc.stop()
        assert peaks[1] < 1.5 * peaks[0], peaks


def _more(world: World, count: int) -> None:
    Interview.objects.bulk_create(
        Interview(
            applicant=world.interview.applicant,
            question_set=world.question_set,
            deadline=timezone.now() + timedelta(days=1),
        )
        for _ in range(count)
    )


class TestOne:
    def test_json_has_everything_of_it(self, scored: World, ada: Client) -> None:
        review(scored.interview, scored.ada)
        decide(scored.interview, scored.ada, Decision.Outcome.REJECT, "no plan")
        told = json.loads(content(ada.get(f"{_one(scored)}json/")))
        assert (told["greenroom"], told["kind"], told["not_revealed"]) == (1, "interview", [])
        first = told["questions"][0]
        assert first["question"] == "Question number 1?" and "rollback" in first["answer"]["transcript"]["text"]
        assert [it["level"] for it in first["own_ratings"]] == [3, 3]
        assert first["suggested"][0]["quotes"] and first["suggested"][0]["label"] and first["provenance"]["engine"]
        assert told["score"]["value"] == 4.0
        assert told["decisions"][0]["reason"] == "no plan"
        assert told["events"][0]["words"] == "was exported"
        documented = (Path(__file__).parent.parent / "docs" / "exports.md").read_text("utf-8")
        for name in _names(told):
            assert f"`{name}`" in documented or name == "greenroom", name

    def test_csv_has_a_line_for_each_criterion(self, scored: World, ada: Client) -> None:
        review(scored.interview, scored.ada)
        lines = _csv(content(ada.get(f"{_one(scored)}csv/")))
        assert [(line["question_number"], line["criterion"]) for line in lines] == [
            (str(number), name) for number in (1, 2, 3) for name in ("Depth", "Care")
        ]
        assert {line["own_level"] for line in lines} == {"3"} and lines[0]["suggested_level"] and lines[0]["quotes"]

    def test_before_ones_own_review_it_says_what_is_left_out(self, scored: World, ada: Client) -> None:
        told = json.loads(content(ada.get(f"{_one(scored)}json/")))
        assert told["not_revealed"] == ["levels", "ratings"]
        assert told["score"] is None and told["questions"][0]["suggested"] == []
        words = _words(content(ada.get(f"{_one(scored)}pdf/")))
        assert "Suggested levels are left out" in words and "What others rated is left out" in words
        assert "Suggested by" not in words

    def test_a_pdf_shows_a_level_with_its_words_and_its_label(self, scored: World, ada: Client) -> None:
        review(scored.interview, scored.ada)
        reply = ada.get(f"{_one(scored)}pdf/")
        words = _words(content(reply)).replace("\n", " ")
        assert reply["Content-Type"] == "application/pdf" and "1 / " in words
        for part in ("Question number 1?", "level 4 of 5", "“", "Your ratings", "What happened", "prompt"):
            assert part in words, part

    def test_the_address_of_the_applicant_is_in_none(self, scored: World, ada: Client) -> None:
        review(scored.interview, scored.ada)
        assert own(scored.interview, scored.ada).is_done
        for file_format in ("csv", "json"):
            for address in (LIST, _one(scored)):
                assert b"bo@example.com" not in content(ada.get(f"{address}{file_format}/"))
        for address in (LIST, _one(scored)):
            assert "bo@example.com" not in _words(content(ada.get(f"{address}pdf/")))


def _names(told: Any) -> set[str]:
    if isinstance(told, dict):
        return set(told).union(*map(_names, told.values()))
    return set().union(*map(_names, told)) if isinstance(told, list) else set()


def test_each_export_is_written_down(scored: World, ada: Client, cy: Client, admin_client: Client) -> None:
    content(ada.get(f"{LIST}csv/?stage=scored"))
    content(ada.get(f"{_one(scored)}json/"))
    assert cy.get(f"{_one(scored)}json/").status_code == 404
    rows = Export.objects.order_by("pk").values_list("by__username", "file_format", "query", "interview", "interviews")
    assert list(rows) == [("ada", "csv", "stage=scored", None, 1), ("ada", "json", "", scored.interview.pk, 1)]
    events = Event.objects.filter(kind="export.made").order_by("number")
    assert [(it.actor and it.actor.username, it.interview_id) for it in events] == [
        ("ada", None),
        ("ada", scored.interview.pk),
    ]
    page = admin_client.get("/admin/interviews/export/").content.decode()
    assert "stage=scored" in page and "ada" in page


def test_the_pages_lead_to_their_files(scored: World, ada: Client) -> None:
    assert f"{LIST}csv/?stage=scored" in ada.get("/hr-dashboard/results/?stage=scored").content.decode()
    assert f"{_one(scored)}pdf/" in ada.get(f"/hr-dashboard/results/{scored.interview.pk}/review/").content.decode()


def test_what_the_font_does_not_have_is_shown_as_missing_and_counted() -> None:
    document = Document("Ünïcode Ελληνικά Кириллица", "foot", "en")
    document.paragraph("漢字 and 語")
    words = _words(document.data())
    assert "Ελληνικά Кириллица" in words
    assert f"{MISSING}{MISSING} and {MISSING}" in words
    assert "3 characters are not in the font" in words
