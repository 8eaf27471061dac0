"""The product for programs: what a token opens, and that nothing is another rule there than on the pages."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone, translation
from pytest_django import DjangoAssertNumQueries, Settings

from interviews.actions.tokens import revoke_token
from interviews.api import bearer
from interviews.api.addresses import urlpatterns
from interviews.events import head
from interviews.models import ApiToken, Decision, Event, Export, Interview, Membership, Position, Scope
from tests.addresses import Subject, addresses
from tests.api import BASE, PEOPLE, Program, problem, told
from tests.engines import SPOKEN, work_through
from tests.people import World, everything, join_team, review, show_at_once
from tests.tables import rows_of_tables


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
        for table, rows in rows_of_tables():
            held = repr(rows)
            assert not [it for it in secrets if it in held], table
            assert "deed" not in table or "ines" not in held.lower()

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


def test_an_answer_is_kept_by_nobody_on_its_way(program: Program) -> None:
    assert "no-store" in program.get("positions")["Cache-Control"]


def test_problems_come_in_the_readers_language(program: Program) -> None:
    reply = program.get("interviews/00000000-0000-0000-0000-000000000000", Accept_Language="de")
    assert told(reply, 404)["detail"].startswith("Hier ist nichts")
