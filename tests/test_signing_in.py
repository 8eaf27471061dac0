"""The way in: how often it may be tried, from where, and what a reply tells of accounts that there are."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pyotp
import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from interviews.actions import guessing, second_factor
from interviews.actions.refusals import TooMany
from interviews.models import Attempt, RecoveryCode, SecondFactor, Session
from interviews.processing.expiring import expire
from tests.people import PASSWORD, World
from tests.signed_in import HOME, PAGE, code_of, is_in, sign_in, with_second_factor

CODE = f"{PAGE}code/"
SET_UP = f"{PAGE}set-up/"


class TestGuessing:
    def test_after_five_wrong_passwords_even_the_right_one_waits_a_quarter_of_an_hour(self, world: World) -> None:
        browser = Client()
        for _ in range(5):
            assert b"Please enter a correct" in sign_in(browser, password="wrong").content
        assert b"wrong too often" in sign_in(browser).content and not is_in(browser)
        Attempt.objects.update(at=timezone.now() - guessing.WITHIN)
        assert sign_in(browser).status_code == 302 and is_in(browser)

    def test_elsewhere_its_owner_still_gets_in(self, world: World) -> None:
        for _ in range(6):
            sign_in(Client(), password="wrong", address="198.51.100.1")
        browser = Client()
        assert sign_in(browser).status_code == 302 and is_in(browser)

    def test_an_office_behind_one_address_is_never_locked_out(self, world: World) -> None:
        Attempt.objects.bulk_create(
            Attempt(kind="password", who=str(number), whence=guessing._digest("203.0.113.7"))
            for number in range(guessing.PER_ADDRESS + 50)
        )
        browser = Client()
        assert sign_in(browser).status_code == 302 and is_in(browser)

    def test_but_who_tries_one_password_on_all_its_accounts_gets_one_go_at_each(self, world: World) -> None:
        Attempt.objects.bulk_create(
            Attempt(kind="password", who=str(number), whence=guessing._digest("203.0.113.7"))
            for number in range(guessing.PER_ADDRESS + 1)
        )
        assert b"Please enter a correct" in sign_in(Client(), password="wrong").content
        assert b"wrong too often" in sign_in(Client()).content

    def test_a_right_password_begins_the_count_anew(self, world: World) -> None:
        for _ in range(3):
            for _ in range(4):
                sign_in(Client(), password="wrong")
            assert sign_in(Client()).status_code == 302

    def test_a_name_that_nobody_has_is_answered_like_one_that_somebody_has(self, world: World) -> None:
        def told(name: str) -> list[str]:
            pages = [sign_in(Client(), name, "wrong").content.decode() for _ in range(7)]
            return [re.sub(rf'value="{name}"|csrfmiddlewaretoken" value="\w+"', "", page) for page in pages]

        closed = User.objects.create_user("closed", "", PASSWORD, is_active=False)
        assert told("ada") == told("nobody") == told(closed.username)

    def test_of_many_at_once_no_more_are_looked_at_than_are_allowed(self, world: World) -> None:
        def go(_number: int) -> bool:
            try:
                guessing.try_password("ada", "203.0.113.7")
            except TooMany:
                return False
            finally:
                connection.close()
            return True

        with ThreadPoolExecutor(8) as many:
            assert sum(many.map(go, range(40))) <= guessing.PER_ACCOUNT_AND_ADDRESS

    def test_who_is_counted_cannot_be_read_and_is_forgotten(self, world: World) -> None:
        sign_in(Client(), "quentin", "wrong")
        row = Attempt.objects.get()
        assert not any(told in f"{row.who} {row.whence}" for told in ("quentin", "127.0.0.1"))
        expire()
        assert Attempt.objects.count() == 1
        Attempt.objects.update(at=timezone.now() - timedelta(days=2))
        expire()
        assert not Attempt.objects.exists()

    @pytest.mark.parametrize(
        "proxies, forwarded, counted",
        [
            (0, "198.51.100.9", "203.0.113.7"),
            (1, "198.51.100.9", "198.51.100.9"),
            (1, "10.0.0.1, 198.51.100.9", "198.51.100.9"),
            (2, "198.51.100.9, 192.0.2.4", "198.51.100.9"),
            (2, "198.51.100.9", ""),
        ],
    )
    def test_an_address_is_believed_from_as_many_proxies_as_there_are(
        self, world: World, settings: Settings, proxies: int, forwarded: str, counted: str
    ) -> None:
        settings.TRUSTED_PROXIES = proxies
        sent = {"username": "ada", "password": "wrong"}
        Client().post(PAGE, sent, REMOTE_ADDR="203.0.113.7", headers={"X-Forwarded-For": forwarded})
        assert Attempt.objects.get().whence == guessing._digest(counted)

    def test_wrong_links_are_refused_after_some_and_a_right_one_is_not(self, world: World, bo: Client) -> None:
        path = f"/interview/{world.interview.pk}/open/"
        for _ in range(guessing.LINKS_PER_ADDRESS):
            assert Client().post(path, {"token": "0" * 48}).status_code == 404
        reply = Client().post(path, {"token": "0" * 48})
        assert reply.status_code == 429 and b"Too many links" in reply.content
        assert Attempt.objects.count() == guessing.LINKS_PER_ADDRESS
        assert Client().post(path, {"token": world.token}).status_code == 302
        assert bo.get(f"/interview/{world.interview.pk}/").status_code == 200


@pytest.mark.parametrize(
    "next_page", ["https://evil.example/", "//evil.example", "javascript:alert(1)", "/\\\\evil.example"]
)
def test_it_leads_nowhere_but_to_this_site(world: World, next_page: str) -> None:
    reply = Client().post(PAGE, {"username": "ada", "password": PASSWORD, "next": next_page})
    assert (reply.status_code, reply.headers["Location"]) == (302, HOME)
    reply = Client().post("/language/", {"language": "de", "next": next_page})
    assert (reply.status_code, reply.headers["Location"]) == (302, "/")


class TestSecondFactor:
    def test_a_password_alone_is_not_enough_where_there_is_one(self, world: World) -> None:
        with_second_factor(world.ada)
        browser = Client()
        assert sign_in(browser)["Location"] == CODE and not is_in(browser)
        assert b"not good" in browser.post(CODE, {"code": "000000"}).content and not is_in(browser)
        reply = browser.post(CODE, {"code": code_of(world.ada)})
        assert (reply.status_code, reply["Location"]) == (302, HOME) and is_in(browser)

    def test_a_code_is_good_once(self, world: World) -> None:
        with_second_factor(world.ada)
        code = code_of(world.ada)
        assert second_factor.is_good(world.ada, code)
        assert not second_factor.is_good(world.ada, code)
        assert second_factor.is_good(world.ada, code_of(world.ada, later=1))

    @pytest.mark.parametrize("later", [-3, -2, 2, 3])
    def test_an_old_or_coming_code_is_not_good(self, world: World, later: int, monkeypatch: pytest.MonkeyPatch) -> None:
        now = timezone.now()
        monkeypatch.setattr(timezone, "now", lambda: now)  # or the next thirty seconds might begin in between
        with_second_factor(world.ada)
        SecondFactor.objects.update(last_step=0)
        assert not second_factor.is_good(world.ada, code_of(world.ada, later))

    def test_codes_are_those_of_the_standard(self) -> None:
        """RFC 6238, appendix B (SHA-1, the last six of its eight digits)."""
        secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
        assert [pyotp.HOTP(secret).at(time // 30) for time in (59, 1111111109, 1111111111)] == [
            "287082",
            "081804",
            "050471",
        ]

    def test_a_recovery_code_is_good_once_and_kept_as_a_hash(self, world: World) -> None:
        codes = with_second_factor(world.ada)
        assert len(set(codes)) == 10
        assert not RecoveryCode.objects.filter(hash__in=[code.replace("-", "") for code in codes]).exists()
        for answer in (True, False):
            browser = Client()
            sign_in(browser)
            browser.post(CODE, {"code": codes[0].upper()})
            assert is_in(browser) is answer

    def test_codes_cannot_be_guessed_from_however_many_addresses(self, world: World) -> None:
        with_second_factor(world.ada)
        browser = Client()
        sign_in(browser)
        for number in range(5):
            browser.post(CODE, {"code": "000000"}, REMOTE_ADDR=f"198.51.100.{number}")
        reply = browser.post(CODE, {"code": code_of(world.ada)})
        assert b"wrong too often" in reply.content and not is_in(browser)

    def test_the_page_for_the_code_is_for_who_has_just_typed_a_password(self, world: World) -> None:
        with_second_factor(world.ada)
        assert Client().post(CODE, {"code": code_of(world.ada)})["Location"] == PAGE
        browser = Client()
        sign_in(browser)
        assert re.search(r'<input id="id_code"[^>]* autofocus>', browser.get(CODE).content.decode())
        world.ada.set_password("another one, changed meanwhile")
        world.ada.save()
        assert browser.post(CODE, {"code": code_of(world.ada)})["Location"] == PAGE and not is_in(browser)

    def test_where_it_is_required_the_first_sign_in_makes_one(self, world: World, settings: Settings) -> None:
        settings.REQUIRE_TOTP = True
        User.objects.create_superuser("root", "", PASSWORD)
        browser = Client()
        assert sign_in(browser, "root")["Location"] == SET_UP
        assert not is_in(browser) and browser.get("/admin/").status_code == 302
        page = browser.get(SET_UP).content.decode()
        secret = re.findall(r"<code[^>]*>([A-Z2-7]{32})</code>", page)[0]
        refused = browser.post(SET_UP, {"code": "000000"})
        assert refused.status_code == 400 and not is_in(browser)
        # The reason stands at the field, which has the focus, not above the drawing to scan.
        assert re.search(r'<svg.*role="alert".*<input id="id_code"[^>]* autofocus>', refused.content.decode(), re.S)
        reply = browser.post(SET_UP, {"code": pyotp.TOTP(secret).now()})
        assert b"Shown now and never again" in reply.content
        assert is_in(browser) and browser.get("/admin/").status_code == 200
        assert sign_in(Client(), "root")["Location"] == CODE
        assert sign_in(Client(), "ada")["Location"] == HOME  # of who is not staff it is not required

    def test_where_it_is_required_from_now_on_an_earlier_session_ends(self, world: World, settings: Settings) -> None:
        User.objects.create_superuser("root", "", PASSWORD)
        browser = Client()
        sign_in(browser, "root")
        assert is_in(browser)
        settings.REQUIRE_TOTP = True
        assert not is_in(browser)
        assert not Session.objects.filter(user__username="root").exists()

    def test_the_admin_has_no_way_in_of_its_own(self, world: World, ada: Client) -> None:
        reply = Client().get("/admin/", follow=True)
        assert reply.redirect_chain[-1][0] == f"{PAGE}?next=%2Fadmin%2F"
        assert Client().post("/admin/login/", {"username": "ada", "password": PASSWORD}).status_code == 302
        assert ada.get("/admin/", follow=True).status_code == 403
