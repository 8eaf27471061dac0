"""What programs do and read: positions, invitations, and lists of interviews."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission, User
from django.db import connection
from django.test import Client
from django.utils import timezone, translation
from pytest_django import Settings

from interviews.actions.invitations import revoke
from interviews.api import bearer
from interviews.models import ApiDeed, Decision, Interview, Message, Position, Scope
from tests.api import PEOPLE, Program, problem, told
from tests.engines import work_through
from tests.people import World, content, join_team, make_position, make_question_set


@pytest.fixture(autouse=True)
def _as_if_nobody_had_asked_before() -> Iterator[None]:
    bearer._asked.clear()
    yield
    translation.activate("en")  # a request leaves its language to the thread


class TestPositions:
    def test_a_position_is_made_by_who_may_make_one(self, world: World, program: Program) -> None:
        body = {
            "title": "Baker",
            "host": "Crumb",
            "contact": "a@example.com",
            "about": "Bread.",
            "external_id": "REQ-1",
        }
        assert problem(program.post("positions", body), 403) == "not_allowed"
        world.ada.user_permissions.add(Permission.objects.get(codename="add_position"))
        made = told(program.post("positions", body), 201)
        assert made["state"] == "draft" and made["may_change"] and made["external_id"] == "REQ-1"
        assert problem(program.post("positions", {**body, "title": "Another"}), 409) == "taken"
        wrong = told(program.post("positions", {**body, "contact": "nobody"}), 422)
        assert [it["field"] for it in wrong["errors"]] == ["contact"]
        found = told(program.get("positions?external_id=REQ-1"))["items"]
        assert [it["id"] for it in found] == [made["id"]]
        assert problem(program.post(f"positions/{made['id']}/open"), 409) == "wrong_state"

    def test_a_change_is_compare_and_set(self, world: World, program: Program) -> None:
        at = f"positions/{world.position.pk}"
        tag = program.get(at)["ETag"]
        assert problem(program.patch(at, {"title": "One"}), 428) == "if_match_missing"
        changed = program.patch(at, {"title": "One", "external_id": "REQ-9"}, If_Match=tag)
        assert told(changed)["title"] == "One" and changed["ETag"] != tag
        assert problem(program.patch(at, {"title": "Two"}, If_Match=tag), 412) == "changed_meanwhile"
        again = program.patch(at, {"retention_days": None, "reply_days": 3}, If_Match=changed["ETag"])
        assert (told(again)["title"], told(again)["reply_days"]) == ("One", 3)
        wrong = program.patch(at, {"contact": "nobody"}, If_Match=again["ETag"])
        assert [it["field"] for it in told(wrong, 422)["errors"]] == ["contact"]
        typo = told(program.patch(at, {"titel": "x"}, If_Match=again["ETag"]), 422)
        assert [it["field"] for it in typo["errors"]] == ["titel"]

    def test_pages_go_by_key(self, world: World, program: Program) -> None:
        for number in range(55):
            make_position(f"Number {number}", world.ada)
        first = told(program.get("positions"))
        make_position("In between", world.ada)
        second = told(program.get(f"positions?after={first['next']}"))
        ids = [it["id"] for it in first["items"] + second["items"]]
        assert len(ids) == len(set(ids)) == 57 and second["next"] is None and ids == sorted(ids)

    def test_questions_are_read_and_a_draft_only_by_who_runs_the_position(self, world: World) -> None:
        draft = make_question_set(make_position("Elsewhere", world.ada), 1)
        assert draft.published_at
        world.position.question_sets.create(version=2)
        eve = User.objects.create_user("eve", "eve@example.com", "-")
        join_team(world.position, eve)
        at = f"positions/{world.position.pk}/question-sets"
        assert [it["version"] for it in told(Program(world.ada).get(at))] == [2, 1]
        (published,) = told(Program(eve).get(at))
        assert [it["number"] for it in published["questions"]] == [1, 2, 3]
        assert [it["name"] for it in published["questions"][0]["rubric"]["criteria"]] == ["Depth", "Care"]

    def test_closing_gives_everybody_an_outcome(self, submitted: World, program: Program) -> None:
        work_through(submitted.interview)
        at = f"positions/{submitted.position.pk}"
        ends = told(program.get(f"{at}/open-ends"))
        assert ends["undecided"] == [str(submitted.interview.pk)]
        assert problem(program.post(f"{at}/close", {"seen": ends["seen"]}), 422) == "not_understood"
        group = {"outcome": "reject", "reason": "The place is taken."}
        without = Program(submitted.ada, [Scope.POSITIONS_WRITE])
        assert problem(without.post(f"{at}/close", {"seen": ends["seen"], "undecided": group}), 403)
        assert problem(program.post(f"{at}/close", {"seen": "old", "undecided": group}), 409) == "wrong_state"
        for _ in range(2):
            closed = told(program.post(f"{at}/close", {"seen": ends["seen"], "undecided": group}, Idempotency_Key="c"))
            assert closed["state"] == "closed" and Decision.objects.get().reason == "The place is taken."
        assert told(program.post(f"{at}/open"))["state"] == "open"


class TestInvitations:
    def test_a_list_invites_once_and_external_ids_come_along(self, world: World, program: Program) -> None:
        at, body = f"positions/{world.position.pk}/invitations", {"people": PEOPLE, "by_mail": False, "days": 5}
        made = told(program.post(at, body), 201)
        assert [it["external_id"] for it in made["invited"]] == ["A-17", ""] and made["already_invited"] == []
        path, token = made["invited"][0]["link"].removeprefix("http://testserver").split("#")
        assert Client().post(f"{path}open/", {"token": token}).status_code == 302
        again = told(program.post(at, body), 201)
        assert again["invited"] == [] and len(again["already_invited"]) == 2
        interview = Interview.objects.get(external_id="A-17")
        assert interview.applicant.external_id == "P-4"
        for wanted in ("external_id=A-17", "external_id=P-4", "q=a-17", "q=p-4", "q=ines"):
            found = told(program.get(f"interviews?{wanted}"))["items"]
            assert [(it["id"], it["applicant"]["email"]) for it in found] == [(str(interview.pk), "ines@example.com")]

    def test_who_cannot_be_invited_holds_up_all_and_is_named(self, world: World, program: Program) -> None:
        at = f"positions/{world.position.pk}/invitations"
        people = [*PEOPLE, {"name": "No", "email": "no"}, {"name": "Twice", "email": "Ines@example.com"}]
        refused = told(program.post(at, {"people": people}), 422)
        assert [it["field"] for it in refused["errors"]] == ["people.2", "people.3"]
        same = [PEOPLE[0], {**PEOPLE[1], "external_id": "A-17"}]
        assert len(told(program.post(at, {"people": same}), 422)["errors"]) == 2
        program.post(at, {"people": PEOPLE[:1], "by_mail": False})
        other = {"name": "Other", "email": "other@example.com", "external_id": "A-17"}
        assert problem(program.post(at, {"people": [other]}), 409) == "taken"
        assert not Interview.objects.filter(applicant__name="Other").exists()

    def test_the_same_key_does_it_once_and_answers_the_same(self, world: World, program: Program) -> None:
        at, body = f"positions/{world.position.pk}/invitations", {"people": PEOPLE, "by_mail": False}
        first = told(program.post(at, body, Idempotency_Key="k1"), 201)
        count = Interview.objects.count()
        again = told(program.post(at, body, Idempotency_Key="k1"), 201)
        assert Interview.objects.count() == count
        named = [(it["interview"], it["external_id"]) for it in first["invited"]]
        assert [(it["interview"], it["external_id"]) for it in again["invited"]] == named
        for made in (first, again):  # nobody keeps a token: the second answer has links of its own, and both are good
            path, token = made["invited"][0]["link"].removeprefix("http://testserver").split("#")
            assert Client().post(f"{path}open/", {"token": token}).status_code == 302
        other = program.post(at, {**body, "days": 3}, Idempotency_Key="k1")
        assert problem(other, 422) == "key_used_otherwise"
        assert told(Program(world.ada).post(at, body, Idempotency_Key="k1"), 201)["invited"] == []
        revoke(Interview.objects.get(external_id="A-17"))
        links = [it["link"] for it in told(program.post(at, body, Idempotency_Key="k1"), 201)["invited"]]
        assert links[0] is None and links[1]
        assert Interview.objects.get(external_id="A-17").revoked_at

    def test_what_was_refused_is_not_remembered_and_a_key_lasts_a_day(self, world: World, program: Program) -> None:
        at, body = f"positions/{world.position.pk}/invitations", {"people": PEOPLE[:1], "by_mail": False}
        Position.objects.update(state=Position.State.CLOSED)
        assert problem(program.post(at, body, Idempotency_Key="k"), 409) == "wrong_state"
        Position.objects.update(state=Position.State.OPEN)
        assert len(told(program.post(at, body, Idempotency_Key="k"), 201)["invited"]) == 1
        ApiDeed.objects.update(created_at=timezone.now() - timedelta(hours=25))
        assert told(program.post(at, body, Idempotency_Key="k"), 201)["invited"] == []
        assert ApiDeed.objects.count() == 1

    def test_many_at_once_with_one_key_do_it_once(self, world: World, program: Program) -> None:
        at, body = f"positions/{world.position.pk}/invitations", {"people": PEOPLE, "by_mail": False}

        def ask(_number: int) -> int:
            try:
                return program.post(at, body, Idempotency_Key="all").status_code
            finally:
                connection.close()

        with ThreadPoolExecutor(6) as threads:
            assert set(threads.map(ask, range(6))) == {201}
        assert Interview.objects.filter(applicant__email="ines@example.com").count() == 1

    def test_reminding_extending_and_withdrawing(self, world: World, program: Program, settings: Settings) -> None:
        own = f"invitations/{world.interview.pk}"
        assert problem(program.post(f"{own}/remind"), 409) == "wrong_state"
        settings.SENDS_MAIL = True
        for _ in range(2):
            assert told(program.post(f"{own}/remind", Idempotency_Key="r"))["stage"] == "invited"
        assert Message.objects.filter(kind=Message.Kind.REMINDER).count() == 1
        before = world.interview.deadline
        told(program.post(f"{own}/extend", {"days": 3}))
        world.interview.refresh_from_db()
        assert world.interview.deadline == before + timedelta(days=3)
        assert told(program.post(f"{own}/withdraw"))["stage"] == "revoked"
        assert told(program.post(f"{own}/withdraw"))["stage"] == "revoked"
        assert problem(program.post(f"{own}/remind"), 409) == "wrong_state"


class TestLists:
    def test_interviews_are_listed_by_key_and_filter_with_their_stage(self, submitted: World, program: Program) -> None:
        work_through(submitted.interview)
        people = [{"name": f"No {number}", "email": f"{number}@example.com"} for number in range(60)]
        told(program.post(f"positions/{submitted.position.pk}/invitations", {"people": people, "by_mail": False}), 201)
        first = told(program.get("interviews"))
        second = told(program.get(f"interviews?after={first['next'].replace('+', '%2B')}"))
        ids = [it["id"] for it in first["items"] + second["items"]]
        assert (len(first["items"]), len(set(ids)), second["next"]) == (50, 61, None)
        (found,) = told(program.get("interviews?stage=ready"))["items"]
        assert (found["id"], found["stage"], found["decision"]) == (str(submitted.interview.pk), "scored", None)
        assert found["url"].endswith(f"{submitted.interview.pk}/review/")
        assert len(told(program.get("interviews?stage=invited"))["items"]) == 50

    @pytest.mark.parametrize(
        "query",
        ["stage=lost", "after=nowhere", "since=today", "position=0", "sort=score", "q=%00", "since=0", "position=1.0"],
    )
    def test_a_filter_that_is_not_understood_is_refused(self, program: Program, query: str) -> None:
        assert problem(program.get(f"interviews?{query}"), 422) == "not_understood"

    def test_what_somebody_has_hidden_from_their_own_list_is_there(self, submitted: World, ada: Client) -> None:
        ada.post("/hr-dashboard/results/act/", {"act": "hide", "interview": str(submitted.interview.pk)})
        assert len(told(Program(submitted.ada).get("interviews"))["items"]) == 1

    def test_the_list_of_the_pages_and_its_files_know_external_ids(self, world: World, ada: Client) -> None:
        Program(world.ada).post(f"positions/{world.position.pk}/invitations", {"people": PEOPLE, "by_mail": False})
        for query in ("q=A-17", "external_id=A-17", "external_id=P-4"):
            page = ada.get(f"/hr-dashboard/results/?{query}").content.decode()
            assert "Ines Iversen" in page and "Juri" not in page
            told_all = json.loads(content(ada.get(f"/hr-dashboard/results/export/json/?{query}")))
            (row,) = told_all["interviews"]
            assert (row["external_id"], row["applicant_external_id"]) == ("A-17", "P-4")
