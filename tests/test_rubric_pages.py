"""Writing a rubric: nothing typed is lost, by an error, by a second person, or by a publication in between."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from bs4 import BeautifulSoup
from django.test import Client

from interviews.actions import rubrics as acts
from interviews.engines.analysis.base import AnswerBrief
from interviews.engines.analysis.prompt import compose
from interviews.models import Rubric, RubricVersion
from interviews.queries.rubrics import brief
from interviews.starters import STARTERS
from tests.people import World, make_rubric

LEVELS = [f"Says {number} things." for number in range(1, 6)]


def _criterion(name: str, **changed: Any) -> dict[str, Any]:
    levels = {f"level_{number}": text for number, text in enumerate(LEVELS, start=1)}
    return {"name": name, "look_for": f"Shows {name}.", "weight": 1, **levels, **changed}


def _typed(*criteria: dict[str, Any], edits: int = 0, act: str = "save", **rest: Any) -> dict[str, Any]:
    sent: dict[str, Any] = {"name": "Mine", "about": "For us.", "edits": edits, "act": act, **rest}
    sent |= {"criteria-TOTAL_FORMS": len(criteria), "criteria-INITIAL_FORMS": len(criteria)}
    for place, criterion in enumerate(criteria):
        sent |= {f"criteria-{place}-{key}": value for key, value in criterion.items()}
    return sent


def _fields(page: Any) -> dict[str, str]:
    """What a browser would send of the form on this page."""
    form = BeautifulSoup(page.content, "html.parser").select_one("#draft")
    assert form is not None
    found = {str(it["name"]): str(it.get("value", "")) for it in form.select("input:not([type=checkbox])")}
    found |= {str(it["name"]): it.text.removeprefix("\n") for it in form.select("textarea")}
    return {name: value for name, value in found.items() if name != "csrfmiddlewaretoken"}


@pytest.fixture
def draft(world: World) -> RubricVersion:
    return acts.begin("Mine")


def _page(version: RubricVersion) -> str:
    return f"/hr-dashboard/rubrics/{version.pk}/"


def _names(version: RubricVersion) -> list[str]:
    return list(version.criteria.values_list("name", flat=True))


class TestBeginning:
    @pytest.mark.parametrize("starter", STARTERS, ids=lambda starter: starter.slug)
    def test_each_rubric_to_start_from_becomes_a_draft_that_could_be_published(
        self, world: World, ada: Client, starter: Any
    ) -> None:
        reply = ada.post("/hr-dashboard/rubrics/new/", {"name": "Ours", "start": starter.slug}, follow=True)
        version = RubricVersion.objects.get(rubric__name="Ours")
        assert (reply.status_code, version.published_at) == (200, None)
        assert _names(version) == [criterion.name for criterion in starter.criteria]
        acts.publish(version)

    def test_without_a_name_it_says_so_and_keeps_the_choice(self, world: World, ada: Client) -> None:
        reply = ada.post("/hr-dashboard/rubrics/new/", {"name": " ", "start": "problem-solving"})
        assert reply.status_code == 400
        assert b"a name that colleagues recognise" in reply.content
        assert re.search(rb'value="problem-solving" checked', reply.content)
        assert not Rubric.objects.filter(name="").exists()


class TestWriting:
    def test_what_is_typed_is_what_is_stored_and_shown_again(self, draft: RubricVersion, ada: Client) -> None:
        odd = _criterion("<b>Depth</b> & “more”", level_3="One line.\r\nAnother.", weight=7)
        assert ada.post(_page(draft), _typed(odd, _criterion("Care"))).status_code == 302
        first = draft.criteria.all()[0]
        assert (first.name, first.level_3, first.weight) == ("<b>Depth</b> & “more”", "One line.\nAnother.", 7)
        fields = _fields(ada.get(_page(draft)))
        assert fields["criteria-0-name"] == "<b>Depth</b> & “more”"
        assert (fields["criteria-1-name"], fields["edits"], fields["about"]) == ("Care", "1", "For us.")
        assert b"<b>Depth" not in ada.get(_page(draft)).content

    @pytest.mark.parametrize(
        "act, names, at",
        [
            ("up:2", ["A", "C", "B"], 2),
            ("up:0", ["A", "B", "C"], 1),
            ("down:0", ["B", "A", "C"], 2),
            ("down:2", ["A", "B", "C"], 3),
            ("add", ["A", "B", "C", ""], 4),
        ],
    )
    def test_a_criterion_is_moved_or_added_by_a_button_without_script(
        self, draft: RubricVersion, ada: Client, act: str, names: list[str], at: int
    ) -> None:
        reply = ada.post(_page(draft), _typed(*map(_criterion, "ABC"), act=act))
        assert _names(draft) == names
        assert list(draft.criteria.values_list("number", flat=True)) == list(range(1, len(names) + 1))
        assert reply["Location"] == f"{_page(draft)}#criterion-{at}"

    def test_criteria_stand_where_they_were_dragged_and_a_button_moves_on_from_there(
        self, draft: RubricVersion, ada: Client
    ) -> None:
        dragged = [_criterion("A", place="3"), _criterion("B", place="1"), _criterion("C", place="2")]
        ada.post(_page(draft), _typed(*dragged))
        assert _names(draft) == ["B", "C", "A"]
        ada.post(_page(draft), _typed(*dragged, edits=1, act="up:0"))
        assert _names(draft) == ["B", "A", "C"]
        wrong = ada.post(_page(draft), _typed(*dragged[:2], _criterion("C", place="2", weight="much"), edits=2))
        assert [_fields(wrong)[f"criteria-{number}-place"] for number in range(3)] == ["3", "1", "2"]

    @pytest.mark.parametrize("act", ["up:99", "up:x", "down:-1", "nonsense", "up:" + "9" * 400])
    def test_a_button_that_is_not_there_only_saves(self, draft: RubricVersion, ada: Client, act: str) -> None:
        assert ada.post(_page(draft), _typed(*map(_criterion, "AB"), act=act)).status_code == 302
        assert _names(draft) == ["A", "B"]

    def test_what_is_ticked_is_removed_while_another_is_moved(self, draft: RubricVersion, ada: Client) -> None:
        ada.post(_page(draft), _typed(_criterion("A", remove="on"), _criterion("B"), _criterion("C"), act="up:2"))
        assert _names(draft) == ["C", "B"]

    @pytest.mark.parametrize(
        "wrong", [{"weight": "much"}, {"weight": ""}, {"weight": "-1"}, {"weight": "101"}, {"name": "x" * 101}]
    )
    def test_an_error_is_marked_and_nothing_typed_is_lost(
        self, draft: RubricVersion, ada: Client, wrong: dict[str, str]
    ) -> None:
        before = list(draft.criteria.values())
        sent = _typed({**_criterion("A"), **wrong}, _criterion("B", level_5="Long thought about."))
        reply = ada.post(_page(draft), sent)
        assert reply.status_code == 400
        assert b'aria-invalid="true"' in reply.content
        typed = {name: str(value) for name, value in sent.items() if name != "act"}
        assert typed.items() <= _fields(reply).items()
        assert list(draft.criteria.values()) == before

    def test_a_draft_may_be_unfinished(self, draft: RubricVersion, ada: Client) -> None:
        empty = dict.fromkeys(("name", "look_for", *(f"level_{number}" for number in range(1, 6))), "")
        assert ada.post(_page(draft), _typed({**empty, "weight": 0})).status_code == 302

    def test_there_is_an_end_to_criteria(self, draft: RubricVersion, ada: Client) -> None:
        full = [_criterion(f"C{number}") for number in range(acts.CRITERIA_AT_MOST)]
        ada.post(_page(draft), _typed(*full, act="add"))
        assert draft.criteria.count() == acts.CRITERIA_AT_MOST
        assert b"no room for more criteria" in ada.get(_page(draft)).content
        assert ada.post(_page(draft), _typed(*full, _criterion("More"), edits=1)).status_code == 400

    def test_a_form_that_was_tampered_with_breaks_nothing(self, draft: RubricVersion, ada: Client) -> None:
        for sent in ({}, {"edits": "x"}, _typed() | {"criteria-TOTAL_FORMS": "x"}, _typed() | {"edits": -1}):
            assert ada.post(_page(draft), sent).status_code == 400


class TestTwoAtOnce:
    def test_the_second_is_told_and_loses_nothing(self, draft: RubricVersion, ada: Client, cy: Client) -> None:
        seen = [_fields(browser.get(_page(draft))) for browser in (ada, cy)]
        assert seen[0]["edits"] == seen[1]["edits"] == "0"
        ada.post(_page(draft), _typed(_criterion("Adas")))
        reply = cy.post(_page(draft), _typed(_criterion("Cys"), _criterion("Cys too")))
        assert reply.status_code == 409
        assert _names(draft) == ["Adas"]
        page = reply.content.decode()
        assert "saved elsewhere while you were writing" in page
        assert "Adas" in page, "what is saved is not shown"
        again = _fields(reply)
        assert [again["criteria-0-name"], again["criteria-1-name"], again["edits"]] == ["Cys", "Cys too", "1"]
        assert cy.post(_page(draft), {**again, "act": "save"}).status_code == 302
        assert _names(draft) == ["Cys", "Cys too"]

    def test_an_error_on_the_way_does_not_get_past_somebody_elses_change(
        self, draft: RubricVersion, ada: Client, cy: Client
    ) -> None:
        ada.post(_page(draft), _typed(_criterion("Adas")))
        wrong = cy.post(_page(draft), _typed(_criterion("Cys", weight="x")))
        assert wrong.status_code == 400
        right = {**_fields(wrong), "criteria-0-weight": "1", "act": "save"}
        assert cy.post(_page(draft), right).status_code == 409
        assert _names(draft) == ["Adas"]

    def test_what_is_published_in_between_goes_on_as_a_new_draft(
        self, draft: RubricVersion, ada: Client, cy: Client
    ) -> None:
        ada.post(_page(draft), _typed(_criterion("Adas"), act="publish"))
        draft.refresh_from_db()
        assert draft.published_at
        reply = cy.post(_page(draft), _typed(_criterion("Cys"), edits=1))
        assert reply.status_code == 409
        assert "was published while you were writing" in reply.content.decode()
        moved = cy.post(_page(draft), {**_fields(reply), "act": "next"})
        fresh = RubricVersion.objects.get(rubric=draft.rubric, number=2)
        assert moved["Location"].startswith(_page(fresh))
        assert (_names(draft), _names(fresh)) == (["Adas"], ["Cys"])
        late = ada.post(_page(draft), _typed(_criterion("Adas again"), act="next"))
        assert late.status_code == 409
        assert "has a draft already" in late.content.decode()
        assert _fields(late)["criteria-0-name"] == "Adas again"
        assert _names(fresh) == ["Cys"]


class TestPublishing:
    @pytest.mark.parametrize(
        "criteria, words",
        [
            ([], "at least one criterion with a weight above zero"),
            ([_criterion("A", weight=0)], "at least one criterion with a weight above zero"),
            ([_criterion("A", level_2=" ", level_4="")], "Criterion 1 does not describe level 2, 4"),
            ([_criterion("A"), _criterion("B", look_for="")], "Criterion 2 does not say what to look for"),
            ([_criterion("")], "Criterion 1 has no name"),
            ([_criterion("Deep  thought"), _criterion("deep thought")], "Two criteria are named"),
            ([_criterion("A", level_5="Keeps eye contact.")], "Criterion 1 says “eye contact”"),
            ([_criterion("A", look_for="Speaks without accent.")], "Criterion 1 says “accent”"),
        ],
    )
    def test_it_says_what_is_missing_and_the_draft_is_saved(
        self, draft: RubricVersion, ada: Client, criteria: list[dict[str, Any]], words: str
    ) -> None:
        reply = ada.post(_page(draft), _typed(*criteria, act="publish"))
        assert reply.status_code == 400
        assert words in reply.content.decode()
        draft.refresh_from_db()
        assert (draft.published_at, draft.edits, len(_names(draft))) == (None, 1, len(criteria))
        assert _fields(reply)["edits"] == "1"

    def test_a_word_that_may_be_meant_otherwise_has_to_be_confirmed_as_it_stands(
        self, draft: RubricVersion, ada: Client
    ) -> None:
        typed = _criterion("A", level_3="Gave customers a voice.")
        asked = ada.post(_page(draft), _typed(typed, act="publish"))
        assert asked.status_code == 400
        assert "Criterion 1 says “voice”" in asked.content.decode()
        box = BeautifulSoup(asked.content, "html.parser").select_one("[name=confirmed]")
        assert box is not None
        confirmed = str(box["value"])
        changed = _criterion("A", level_3="Gave customers a voice.", level_4="Speaks of feelings.")
        assert ada.post(_page(draft), _typed(changed, edits=1, act="publish", confirmed=confirmed)).status_code == 400
        assert ada.post(_page(draft), _typed(typed, edits=2, act="publish", confirmed=confirmed)).status_code == 302
        draft.refresh_from_db()
        assert draft.published_at

    def test_a_published_version_is_read_copied_and_never_written(self, world: World, ada: Client) -> None:
        version = make_rubric("Reviews")
        assert b"<textarea" not in ada.get(_page(version)).content
        ada.post(f"{_page(version)}copy/", {"act": "version"})
        second = version.rubric.versions.get(number=2)
        assert [*second.criteria.values("number", "name", "look_for", "weight", "level_1", "level_5")] == [
            *version.criteria.values("number", "name", "look_for", "weight", "level_1", "level_5")
        ]
        reply = ada.post(f"{_page(version)}copy/", {"act": "version"}, follow=True)
        assert reply.redirect_chain[0][0] == _page(second)
        assert b"has a draft already" in reply.content
        ada.post(f"{_page(version)}copy/", {"act": "duplicate"})
        copied = RubricVersion.objects.get(rubric__name="Copy of Reviews")
        assert (copied.number, _names(copied)) == (1, _names(version))


class TestPreview:
    def test_applicants_read_the_names_and_nothing_more(self, world: World, ada: Client, bo: Client) -> None:
        version = world.questions[0].rubric
        assert version
        shown = BeautifulSoup(ada.get(f"{_page(version)}preview/").content, "html.parser")
        told = [it.text for it in shown.select("[aria-labelledby=for-applicants] .looked-for li")]
        assert told == ["Depth", "Care"]
        page = bo.get(f"/interview/{world.interview.pk}/").content.decode()
        welcome = BeautifulSoup(page, "html.parser")
        assert [it.text for it in welcome.select(".looked-for li")] == told
        for criterion in version.criteria.all():
            for secret in (criterion.look_for, *criterion.levels):
                assert secret not in page

    def test_it_shows_what_is_in_the_prompt_and_no_weight(self, world: World, ada: Client) -> None:
        version = world.questions[0].rubric
        assert version
        shown = BeautifulSoup(ada.get(f"{_page(version)}preview/").content, "html.parser").select_one("pre")
        assert shown is not None
        asked = AnswerBrief("1", "Why?", ("because",), tuple(map(brief, version.criteria.all())))
        instructions = compose([asked]).instructions
        parts = json.loads(shown.text)
        assert [part["name"] for part in parts] == ["Depth", "Care"]
        for part in parts:
            assert json.dumps(part, ensure_ascii=False) in instructions
        assert "weight" not in shown.text
