"""The product for programs: what a token opens, and that nothing is another rule there than on the pages."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission, User
from django.db import connection
from django.test import Client
from django.utils import timezone, translation
from pytest_django import DjangoAssertNumQueries, Settings

from interviews.actions.invitations import revoke
from interviews.actions.tokens import revoke_token
from interviews.api import bearer
from interviews.api.addresses import urlpatterns
from interviews.events import head
from interviews.models import (
    ApiDeed,
    ApiToken,
    Decision,
    Event,
    Export,
    Interview,
    Membership,
    Message,
    Position,
    Scope,
)
from tests.addresses import Subject, addresses
from tests.api import BASE, Program, problem, told
from tests.engines import SPOKEN, work_through
from tests.people import World, everything, join_team, make_position, make_question_set, review, show_at_once

PEOPLE = [
    {"name": "Ines Iversen", "email": "ines@example.com", "external_id": "A-17", "applicant_external_id": "P-4"},
    {"name": "Juri Jansen", "email": "juri@example.com"},
]


@pytest.fixture
def program(world: World) -> Program:
    """Ada's, for everything."""
    return Program(world.ada)


@pytest.fixture(autouse=True)
def _as_if_nobody_had_asked_before() -> Iterator[None]:
    bearer._asked.clear()
    yield
    translation.activate("en")  # a request leaves its language to the thread


class TestTokens:
    def test_a_token_is_made_on_ones_own_page_shown_once_and_ended_there(self, world: World, ada: Client) -> None:
        made = ada.post("/hr-dashboard/tokens/", {"name": "our ATS", "scopes": ["positions:read"], "days": "30"})
        token = ApiToken.objects.get()
        text = made.context["text"]
        assert made.status_code == 200 and text.startswith("grn_") and made.content.decode().count(text) >= 1
        page = ada.get("/hr-dashboard/tokens/").content.decode()
        assert "our ATS" in page and text not in page
        answer = Client().get(f"{BASE}positions", headers={"Authorization": f"Bearer {text}"})
        assert [it["title"] for it in told(answer)["items"]] == ["Backend engineer"]
        assert ada.post("/hr-dashboard/tokens/", {"revoke": str(token.pk)}).status_code == 302
        assert Client().get(f"{BASE}positions", headers={"Authorization": f"Bearer {text}"}).status_code == 401

    def test_nobody_sees_or_ends_the_token_of_another(self, world: World, cy: Client, program: Program) -> None:
        assert "a program" not in cy.get("/hr-dashboard/tokens/").content.decode()
        assert cy.post("/hr-dashboard/tokens/", {"revoke": str(program.token.pk)}).status_code == 404
        assert program.get("positions").status_code == 200

    def test_what_is_typed_wrong_is_said_and_kept(self, ada: Client) -> None:
        page = ada.post("/hr-dashboard/tokens/", {"name": "kept", "days": "9999"})
        text = page.content.decode()
        assert page.status_code == 400 and "kept" in text and text.count("field-error") == 2
        assert not ApiToken.objects.exists()

    def test_no_table_holds_a_token_or_what_was_sent(self, world: World, program: Program) -> None:
        sent = program.post(
            f"positions/{world.position.pk}/invitations", {"people": PEOPLE, "by_mail": False}, Idempotency_Key="k"
        )
        links = [it["link"] for it in told(sent, 201)["invited"]]
        secrets = [program.text, *(link.partition("#")[2] for link in links)]
        assert len(links) == 2 and all(secrets)
        with connection.cursor() as cursor:
            for table in connection.introspection.table_names(cursor):
                cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")  # noqa: S608
                rows = repr(cursor.fetchall())
                assert not [it for it in secrets if it in rows], table
                assert "deed" not in table or "ines" not in rows.lower()

    @pytest.mark.parametrize(
        "header", ["", "Bearer", "Bearer ", "Bearer grn_wrong", "Basic YTpi", "Bearer \u00e4", "grn_x"]
    )
    def test_without_a_good_token_nothing_is_answered(self, world: World, header: str) -> None:
        reply = Client().get(f"{BASE}positions", headers={"Authorization": header})
        assert problem(reply, 401) == "no_token" and reply["WWW-Authenticate"] == "Bearer"

    def test_a_token_ends_with_its_time_its_owner_or_its_word(self, world: World) -> None:
        def closed() -> None:
            User.objects.filter(pk=world.ada.pk).update(is_active=False)

        def over() -> None:
            ApiToken.objects.update(expires_at=timezone.now())

        for end in (over, closed):
            program = Program(world.ada)
            assert program.get("positions").status_code == 200
            end()
            assert problem(program.get("positions"), 401) == "no_token"
        User.objects.filter(pk=world.ada.pk).update(is_active=True)
        program = Program(world.ada)
        revoke_token(program.token, world.ada)
        assert problem(program.get("positions"), 401) == "no_token"

    def test_that_it_was_used_is_known_to_the_hour_and_costs_no_write_each_time(
        self, world: World, program: Program, django_assert_num_queries: DjangoAssertNumQueries
    ) -> None:
        program.get("positions")
        first = ApiToken.objects.get().last_used_at
        assert first is not None
        with django_assert_num_queries(3):  # the token, the positions, which of them are one's own
            program.get("positions")
        assert ApiToken.objects.get().last_used_at == first
        ApiToken.objects.update(last_used_at=timezone.now() - timedelta(hours=2))
        program.get("positions")
        assert ApiToken.objects.filter(last_used_at__gt=timezone.now() - timedelta(minutes=1)).exists()

    def test_too_many_requests_are_told_when_to_come_again(self, world: World, settings: Settings) -> None:
        settings.API_REQUESTS_A_MINUTE = 3
        program, other = Program(world.ada), Program(world.ada)
        assert [program.get("positions").status_code for _ in range(4)] == [200, 200, 200, 429]
        refused = program.get("positions")
        assert problem(refused, 429) == "too_many_requests" and 1 <= int(refused["Retry-After"]) <= 20
        assert other.get("positions").status_code == 200

    def test_each_operation_wants_a_scope_of_its_own(self, submitted: World) -> None:
        """By the document: with all others, it is refused; nobody's rows change."""
        work_through(submitted.interview)
        document = told(Client().get(f"{BASE}openapi.json"))
        before = head()
        for path, operations in document["paths"].items():
            for method, operation in operations.items():
                (scope,) = operation["security"][0]["Bearer"]
                program = Program(submitted.ada, [it for it in Scope if it != scope])
                at = path.removeprefix(BASE).format(
                    position_id=submitted.position.pk, interview_id=submitted.interview.pk
                )
                reply = program.ask(method.upper(), at, {}, {})
                assert problem(reply, 403) == "insufficient_scope", path
                assert f'scope="{scope}"' in reply["WWW-Authenticate"]
        assert head() == before


class TestAccess:
    def test_a_strangers_token_finds_nothing_and_changes_nothing(self, submitted: World, kim: Client) -> None:
        everything(submitted)
        stranger = Program(submitted.cy)
        before = Event.objects.count()
        asked = [it for it in addresses(Subject(submitted.position, submitted.interview)) if it.is_api and it.is_owned]
        assert (
            len({it.name for it in asked}) == len({it.name for it in urlpatterns}) - 5
        )  # three that name no row, and two for everybody
        for address in asked:
            for method in ("GET", "POST", "PATCH"):
                reply = stranger.ask(method, address.path.removeprefix(BASE), {"days": 7, "people": PEOPLE}, {})
                other = stranger.ask(method, address.elsewhere.removeprefix(BASE), {"days": 7, "people": PEOPLE}, {})
                assert reply.status_code in (404, 405, 422, 428), (method, address.name, reply.content)
                assert reply.content == other.content
        for path in ("positions", "interviews", "interviews?q=bo", f"interviews?position={submitted.position.pk}"):
            assert "Bo Berg" not in stranger.get(path).content.decode()
            assert "Backend" not in stranger.get(path).content.decode()
        assert Event.objects.count() == before

    def test_a_session_opens_nothing_here(self, submitted: World, ada: Client) -> None:
        assert problem(ada.get(f"{BASE}interviews"), 401) == "no_token"
        assert problem(ada.post(f"{BASE}positions/{submitted.position.pk}/open"), 401) == "no_token"

    def test_who_is_a_viewer_reads_and_does_nothing(self, submitted: World) -> None:
        work_through(submitted.interview)
        vi = User.objects.create_user("vi", "vi@example.com", "-")
        join_team(submitted.position, vi, Membership.Role.VIEWER)
        program, own = Program(vi), f"invitations/{submitted.interview.pk}"
        found = told(program.get(f"interviews/{submitted.interview.pk}"))
        assert found["applicant"] == {"name": "Bo Berg", "email": None, "external_id": ""}
        at, body = f"positions/{submitted.position.pk}", {"outcome": "reject", "reason": "no"}
        for refused in (
            program.post(f"{own}/withdraw"),
            program.post(f"{own}/extend", {"days": 7}),
            program.post(f"{at}/open"),
            program.post(f"{at}/invitations", {"people": PEOPLE}),
            program.patch(at, {"title": "Mine"}, If_Match="*"),
            program.post(f"interviews/{submitted.interview.pk}/decisions", body),
            program.get(f"{at}/open-ends"),
        ):
            assert problem(refused, 403) == "not_allowed"
        assert not Decision.objects.exists()

    def test_an_address_that_is_none_is_a_problem_too(self, program: Program) -> None:
        assert problem(program.get("nothing/at/all"), 404) == "not_found"
        assert problem(program.get(f"interviews/{uuid.uuid4()}"), 404) == "not_found"
        assert problem(program.get("interviews/bo"), 422) == "not_understood"
        wrong = program.ask("DELETE", "positions", None, {})
        assert problem(wrong, 405) == "method_not_allowed" and wrong["Allow"]

    def test_what_is_no_json_or_too_much_is_told(self, world: World, program: Program, settings: Settings) -> None:
        headers = {"Authorization": f"Bearer {program.text}"}
        sent = Client().post(f"{BASE}positions", b"{", "application/json", headers=headers)
        assert problem(sent, 400) == "not_json"
        settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 100
        large = program.post("positions", {"title": "x" * 500})
        assert problem(large, 413) == "too_large"


class TestReveal:
    def _asked(self, program: Program, interview: Interview) -> str:
        paths = (
            "interviews",
            f"interviews/{interview.pk}",
            *(f"interviews/{interview.pk}/{it}" for it in ("results", "decisions")),
        )
        return " ".join(program.get(path).content.decode() for path in paths)

    def test_nothing_suggested_leaves_before_ones_own_review_is_done(self, submitted: World) -> None:
        work_through(submitted.interview)
        eve = User.objects.create_user("eve", "eve@example.com", "-")
        join_team(submitted.position, eve)
        review(submitted.interview, eve)
        ada, hers = Program(submitted.ada), Program(eve)
        path = f"interviews/{submitted.interview.pk}/results"
        hidden, shown = told(ada.get(path)), told(hers.get(path))
        assert hidden["score"] is None and hidden["not_revealed"] == ["levels", "ratings"]
        assert SPOKEN in hidden["questions"][0]["answer"]["transcript"]["text"]
        assert [it["suggested"] for it in hidden["questions"]] == [[], [], []]
        assert shown["not_revealed"] == [] and shown["score"]["of"] == 5
        level = shown["questions"][0]["suggested"][0]
        assert level["level"] and level["quotes"][0]["text"] in SPOKEN and level["quotes"][0]["second"] >= 0
        assert level["reason"] not in self._asked(ada, submitted.interview)
        review(submitted.interview, submitted.ada)
        assert told(ada.get(path))["score"] == shown["score"]

    def test_no_kind_of_account_goes_past_it(self, submitted: World) -> None:
        """Nor an administrator's: a program has rated nothing."""
        work_through(submitted.interview)
        root = Program(User.objects.create_superuser("root", "root@example.com", "-"))
        assert told(root.get(f"interviews/{submitted.interview.pk}/results"))["score"] is None
        show_at_once(submitted.position)
        assert told(root.get(f"interviews/{submitted.interview.pk}/results"))["score"] is not None

    def test_a_program_does_not_switch_it_off(self, world: World, program: Program) -> None:
        at = f"positions/{world.position.pk}"
        tag = program.get(at)["ETag"]
        assert problem(program.patch(at, {"rate_first": False}, If_Match=tag), 422) == "not_understood"
        assert Position.objects.get(pk=world.position.pk).rate_first

    def test_that_results_were_read_is_written_down_once_an_hour(self, submitted: World) -> None:
        program = Program(submitted.ada)
        for _ in range(3):
            program.get(f"interviews/{submitted.interview.pk}/results")
        assert list(Export.objects.values_list("by__username", "file_format")) == [("ada", "api")]

    def test_a_decision_is_a_persons_with_a_reason_after_their_review(self, submitted: World) -> None:
        work_through(submitted.interview)
        program, at = Program(submitted.ada), f"interviews/{submitted.interview.pk}/decisions"
        body = {"outcome": "advance", "reason": "Clear and careful."}
        assert problem(program.post(at, body), 403) == "not_allowed"
        review(submitted.interview, submitted.ada)
        assert problem(program.post(at, {"outcome": "advance"}), 422) == "not_understood"
        assert problem(program.post(at, {"outcome": "advance", "reason": "  "}), 422) == "not_understood"
        made = told(program.post(at, body), 201)["decisions"][0]
        assert (made["outcome"], made["by"], made["reason"]) == ("advance", "ada", "Clear and careful.")
        assert told(program.get(f"interviews/{submitted.interview.pk}"))["decision"] == "advance"

    def test_a_reason_is_shown_where_levels_are(self, submitted: World) -> None:
        work_through(submitted.interview)
        review(submitted.interview, submitted.ada)
        at = f"interviews/{submitted.interview.pk}/decisions"
        Program(submitted.ada).post(at, {"outcome": "hold", "reason": "A four in depth."})
        eve = User.objects.create_user("eve", "eve@example.com", "-")
        join_team(submitted.position, eve)
        told_eve = told(Program(eve).get(at))["decisions"]
        assert [(it["outcome"], it["reason"]) for it in told_eve] == [("hold", None)]


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
            told_all = json.loads(b"".join(ada.get(f"/hr-dashboard/results/export/json/?{query}").streaming_content))  # type: ignore[attr-defined]
            (row,) = told_all["interviews"]
            assert (row["external_id"], row["applicant_external_id"]) == ("A-17", "P-4")


def test_an_answer_is_kept_by_nobody_on_its_way(program: Program) -> None:
    assert "no-store" in program.get("positions")["Cache-Control"]


def test_problems_come_in_the_readers_language(program: Program) -> None:
    reply = program.get("interviews/00000000-0000-0000-0000-000000000000", Accept_Language="de")
    assert told(reply, 404)["detail"].startswith("Hier ist nichts")
