"""One's own account: where one is signed in, what ends that, and what is asked once more before much harm can be
done."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pyotp
import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from interviews import sessions
from interviews.actions import guessing, second_factor
from interviews.actions.webhooks import make_endpoint
from interviews.events import Kind
from interviews.models import Attempt, Event, Export, SecondFactor, Session, ShareLink, Telling
from interviews.models.sessions import SIGNED_IN, SessionStore
from interviews.processing.expiring import expire
from interviews.standings import Verdict, standings
from interviews.topics import Following
from interviews.views.proving import ASKS
from tests.addresses import named
from tests.people import PASSWORD, World
from tests.test_signing_in import code_of, is_in, sign_in, with_second_factor

ACCOUNT = "/hr-dashboard/account/"
END = f"{ACCOUNT}sessions/end/"
FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:128.0) Gecko/20100101 Firefox/128.0"
SAFARI = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Version/18.0 Safari/604.1"


def signed_in(agent: str = FIREFOX, address: str = "203.0.113.7", name: str = "ada") -> Client:
    browser = Client(headers={"User-Agent": agent})
    assert sign_in(browser, name, address=address).status_code == 302
    return browser


def _followed(browser: Client, world: World) -> Verdict:
    following = Following(browser.session.session_key or "", frozenset({f"position:{world.position.pk}"}))
    return standings([following])[following]


def _aged(browser: Client, **facts: timedelta) -> None:
    """As if that long had passed."""
    session = browser.session
    held = session[SIGNED_IN]
    session[SIGNED_IN] = held | {name: (timezone.now() - ago).isoformat() for name, ago in facts.items()}
    session.save()


class TestSessions:
    def test_ones_own_are_listed_with_device_and_network_and_without_keys(self, world: World) -> None:
        here, there = signed_in(), signed_in(SAFARI, "2001:db8:85a3:8d3:1319:8a2e:370:7348")
        signed_in(name="cy")
        page = here.get(ACCOUNT).content.decode()
        assert page.count("<li class=") == 2
        assert "Firefox, Windows" in page and "Safari, iPhone" in page and page.count(">this one<") == 1
        assert "203.0.113.…" in page and "2001:db8:85a3:…" in page and "203.0.113.7" not in page
        for browser in (here, there):
            assert str(browser.session.session_key) not in page

    def test_one_is_ended_and_its_open_pages_with_it(self, world: World) -> None:
        here, there = signed_in(), signed_in(SAFARI)
        assert _followed(there, world) is Verdict.WELCOME
        (handle,) = re.findall(r'name="handle" value="(\w+)"', here.get(ACCOUNT).content.decode())
        assert here.post(END, {"handle": handle}).status_code == 302
        assert _followed(there, world) is Verdict.REFUSED and not is_in(there)
        assert _followed(here, world) is Verdict.WELCOME and is_in(here)
        assert Event.objects.latest("number").kind == Kind.RIGHTS  # which wakes the pages that are open

    def test_all_others_are_ended_and_nobody_elses(self, world: World) -> None:
        here, there, cys = signed_in(), signed_in(SAFARI), signed_in(name="cy")
        (handle,) = re.findall(r'name="handle" value="(\w+)"', here.get(ACCOUNT).content.decode())
        cys.post(END, {"handle": handle})
        assert is_in(there)
        here.post(END, {"others": "1"})
        assert is_in(here) and not is_in(there) and is_in(cys)

    def test_a_changed_password_ends_all_others_whoever_changed_it(self, world: World) -> None:
        here, there = signed_in(), signed_in(SAFARI)
        new = "a heron stood there in the rain"
        sent = {"old_password": PASSWORD, "new_password1": new, "new_password2": new}
        assert here.post(f"{ACCOUNT}password/", sent).status_code == 302
        assert is_in(here) and not is_in(there)
        assert Session.objects.filter(user=world.ada).count() == 1
        world.ada.refresh_from_db()
        world.ada.set_password("by an administrator, say")
        world.ada.save()
        assert not Session.objects.filter(user=world.ada).exists() and not is_in(here)

    def test_the_old_password_cannot_be_guessed_either(self, world: World) -> None:
        here = signed_in()
        sent = {"old_password": "wrong", "new_password1": "heron in the rain", "new_password2": "heron in the rain"}
        for _ in range(5):
            assert b"was entered incorrectly" in here.post(f"{ACCOUNT}password/", sent).content
        assert b"wrong too often" in here.post(f"{ACCOUNT}password/", sent | {"old_password": PASSWORD}).content

    @pytest.mark.parametrize(
        "password", ["short", "password1234", "1q2w3e4r5t6y", "ada@example.com", "greenroom2026!", "Interview-admin-1"]
    )
    def test_a_password_that_is_easily_guessed_is_refused(self, world: World, password: str) -> None:
        sent = {"old_password": PASSWORD, "new_password1": password, "new_password2": password}
        assert signed_in().post(f"{ACCOUNT}password/", sent).status_code == 200
        world.ada.refresh_from_db()
        assert world.ada.check_password(PASSWORD)

    def test_a_long_password_of_any_letters_is_taken_as_it_is(self, world: World) -> None:
        new = "  " + "ä 雨 heron\t" * 12
        sent = {"old_password": PASSWORD, "new_password1": new, "new_password2": new}
        assert signed_in().post(f"{ACCOUNT}password/", sent).status_code == 302
        assert sign_in(Client(), password=new).status_code == 302
        assert sign_in(Client(), password=new.strip()).status_code == 200

    def test_password_fields_help_managers_and_hide_what_is_typed(self, world: World) -> None:
        here = signed_in()
        pages = [Client().get("/hr-dashboard/sign-in/"), here.get(f"{ACCOUNT}password/"), _stale(here).get(EXPORT)]
        fields = [
            field for page in pages for field in re.findall(r'<input[^>]*type="password"[^>]*>', page.content.decode())
        ]
        assert len(fields) == 5
        assert all(re.search(r'autocomplete="(current|new)-password"', field) for field in fields)
        assert not any("onpaste" in page.content.decode() for page in pages)

    def test_a_new_password_leaves_the_second_factor(self, world: World) -> None:
        with_second_factor(world.ada)
        world.ada.set_password("set by an administrator")
        world.ada.save()
        reply = sign_in(Client(), password="set by an administrator")
        assert reply.headers["Location"] == "/hr-dashboard/sign-in/code/"

    def test_every_page_of_staff_has_a_way_out(self, world: World) -> None:
        here = signed_in()
        for path in ("/hr-dashboard/", "/hr-dashboard/positions/", ACCOUNT, f"{ACCOUNT}password/"):
            assert 'action="/hr-dashboard/sign-out/"' in here.get(path).content.decode(), path

    def test_a_closed_account_is_nowhere_signed_in(self, world: World) -> None:
        here = signed_in()
        world.ada.is_active = False
        world.ada.save()
        assert not Session.objects.filter(user=world.ada).exists()
        world.ada.is_active = True
        world.ada.save()
        assert not is_in(here)

    def test_an_administrator_ends_somebodys_and_takes_a_lost_phone_off(self, world: World) -> None:
        here = signed_in()
        with_second_factor(world.ada)
        User.objects.create_superuser("root", "", PASSWORD)
        root = signed_in(name="root")
        page = root.get(f"/admin/auth/user/{world.ada.pk}/change/").content.decode()
        assert "Firefox, Windows 203.0.113.…" in page
        for action in ("sign_out_everywhere", "take_second_factor_away"):
            sent = {"action": action, "_selected_action": str(world.ada.pk)}
            assert root.post("/admin/auth/user/", sent).status_code == 302
        assert not is_in(here) and is_in(root)
        assert not SecondFactor.objects.exists() and sign_in(Client()).headers["Location"] == "/hr-dashboard/"

    def test_last_used_is_noted_every_ten_minutes_and_puts_off_the_end(self, world: World) -> None:
        here = signed_in()
        _aged(here, seen=timedelta(minutes=9))
        before = Session.objects.get(user=world.ada)
        here.get("/hr-dashboard/positions/")
        assert Session.objects.get(user=world.ada).expire_date == before.expire_date
        _aged(here, seen=timedelta(minutes=11))
        here.get("/hr-dashboard/positions/", REMOTE_ADDR="198.51.100.3")
        after = Session.objects.get(user=world.ada)
        assert after.seen_at and timezone.now() - after.seen_at < timedelta(seconds=10)
        assert after.address == "198.51.100.…"
        assert timedelta(hours=11) < after.expire_date - timezone.now() <= sessions.IDLE

    def test_it_ends_after_seven_days_however_much_it_is_used(self, world: World) -> None:
        here = signed_in()
        _aged(here, at=sessions.AT_MOST - timedelta(minutes=30), seen=timedelta(minutes=11))
        assert is_in(here)
        assert Session.objects.get(user=world.ada).expire_date - timezone.now() <= timedelta(minutes=30)
        _aged(here, at=sessions.AT_MOST + timedelta(minutes=1), seen=timedelta(minutes=11))
        here.get("/hr-dashboard/positions/")
        Session.objects.filter(user=world.ada).update(expire_date=timezone.now())
        assert not is_in(here)

    def test_what_has_ended_is_forgotten_and_an_applicants_stays(self, world: World, bo: Client) -> None:
        signed_in()
        Session.objects.filter(user=world.ada).update(expire_date=timezone.now() - timedelta(seconds=1))
        number = Event.objects.count()
        expire()
        assert not Session.objects.filter(user=world.ada).exists() and Event.objects.count() == number
        assert bo.get(f"/interview/{world.interview.pk}/").status_code == 200
        left = Session.objects.get()
        assert (left.user, left.device, left.address) == (None, "", "")
        assert left.expire_date - timezone.now() > timedelta(days=13)

    def test_a_key_that_was_there_before_signing_in_is_good_for_nothing_after(self, world: World, bo: Client) -> None:
        before = bo.session.session_key
        sign_in(bo)
        assert bo.session.session_key != before
        assert not SessionStore(before).exists(str(before))


class TestSecondFactor:
    def test_one_is_made_confirmed_and_ends_what_began_without(self, world: World) -> None:
        here, there = signed_in(), signed_in(SAFARI)
        page = here.get(f"{ACCOUNT}second-factor/").content.decode()
        (secret,) = re.findall(r">([A-Z2-7]{32})<", page)
        assert here.post(f"{ACCOUNT}second-factor/", {"code": "000000"}).status_code == 400
        assert not SecondFactor.objects.exists()
        codes = here.post(f"{ACCOUNT}second-factor/", {"code": pyotp.TOTP(secret).now()}).content.decode()
        assert codes.count("<li><code>") == 10
        assert is_in(here) and not is_in(there)
        assert "10 recovery codes are left" in here.get(ACCOUNT).content.decode()
        assert secret not in here.get(ACCOUNT).content.decode()

    def test_new_recovery_codes_replace_the_old_ones(self, world: World) -> None:
        old = with_second_factor(world.ada)
        here = Client()
        here.force_login(world.ada)
        assert here.post(f"{ACCOUNT}recovery-codes/").content.count(b"<li><code>") == 10
        assert not second_factor.is_good(world.ada, old[0])

    def test_it_is_switched_off_but_not_where_it_is_required(self, world: World, settings: Settings) -> None:
        settings.REQUIRE_TOTP = True
        world.ada.is_staff = True
        world.ada.save()
        codes = with_second_factor(world.ada)
        here = Client()
        sign_in(here)
        here.post("/hr-dashboard/sign-in/code/", {"code": codes[0]})
        here.post(f"{ACCOUNT}second-factor/end/")
        assert second_factor.has_one(world.ada)
        settings.REQUIRE_TOTP = False
        here.post(f"{ACCOUNT}second-factor/end/")
        assert not second_factor.has_one(world.ada)

    def test_an_open_page_of_a_session_that_is_not_enough_ends(self, world: World, settings: Settings) -> None:
        world.ada.is_staff = True
        world.ada.save()
        here = signed_in()
        assert _followed(here, world) is Verdict.WELCOME
        settings.REQUIRE_TOTP = True
        assert _followed(here, world) is Verdict.REFUSED


def _stale(browser: Client) -> Client:
    session = browser.session
    session[sessions.PROVED] = timezone.now().timestamp() - 601
    session.save()
    return browser


EXPORT = "/hr-dashboard/results/export/csv/"


class TestProving:
    """What the page asks for comes after the right password, and nothing before."""

    def test_an_export_is_asked_for_once_more_after_ten_minutes(self, submitted: World) -> None:
        here = signed_in()
        path = _address("results-export", file_format="csv")
        assert here.get(path).status_code == 200
        Export.objects.all().delete()
        page = _stale(here).get(path)
        assert page.status_code == 403 and b"Is it you?" in page.content and not Export.objects.exists()
        wrong = here.post(path, {"proof": "GET", "proof-password": "wrong"})
        assert b"not your password" in wrong.content and not Export.objects.exists()
        right = here.post(path, {"proof": "GET", "proof-password": PASSWORD})
        assert (right.status_code, right.headers["Location"]) == (302, path)
        assert here.get(path).status_code == 200 and Export.objects.count() == 1

    def test_what_was_typed_is_carried_along(self, submitted: World) -> None:
        path = _address("share", interview_id=submitted.interview.pk)
        sent = {"name": "Olga <Outer>", "email": "", "days": "7"}
        here = _stale(signed_in())
        page = here.post(path, sent)
        assert page.status_code == 403 and not ShareLink.objects.exists()
        fields = dict(re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', page.content.decode()))
        assert fields["name"] == "Olga &lt;Outer&gt;" and fields["proof"] == "POST"
        reply = here.post(path, {**sent, "proof": "POST", "proof-password": PASSWORD})
        assert reply.status_code == 200 and ShareLink.objects.get().name == "Olga <Outer>"

    def test_the_secret_of_a_webhook_is_not_shown_to_a_session_that_somebody_found(self, world: World) -> None:
        endpoint = make_endpoint(world.position, "https://hooks.example.com/", Telling.values, world.ada)
        page = _stale(signed_in()).post(_address("webhook", endpoint_id=endpoint.pk), {"act": "secret"})
        assert page.status_code == 403 and b"Is it you?" in page.content and b"whsec_" not in page.content
        endpoint.refresh_from_db()
        assert endpoint.generation == 1

    def test_with_a_second_factor_it_is_the_code_that_is_asked_for(self, submitted: World) -> None:
        here = signed_in()
        with_second_factor(submitted.ada)
        path = _address("results-export", file_format="csv")
        assert b"proof-code" in _stale(here).get(path).content
        assert here.post(path, {"proof": "GET", "proof-password": PASSWORD}).status_code == 403
        assert here.post(path, {"proof": "GET", "proof-code": code_of(submitted.ada)}).status_code == 302

    def test_it_cannot_be_guessed(self, submitted: World) -> None:
        here, path = _stale(signed_in()), _address("results-export", file_format="csv")
        for _ in range(guessing.PER_ACCOUNT_AND_ADDRESS):
            here.post(path, {"proof": "GET", "proof-password": "wrong"})
        reply = here.post(path, {"proof": "GET", "proof-password": PASSWORD})
        assert reply.status_code == 403 and b"wrong too often" in reply.content
        Attempt.objects.all().delete()
        assert here.post(path, {"proof": "GET", "proof-password": PASSWORD}).status_code == 302

    def test_passwords_are_not_written_into_the_page(self, world: World) -> None:
        User.objects.create_superuser("root", "", PASSWORD)
        root = _stale(signed_in(name="root"))
        sent = {"username": "new", "password1": "heron in the rain", "password2": "heron in the rain"}
        page = root.post("/admin/auth/user/add/", sent).content.decode()
        assert 'name="username" value="new"' in page and "heron" not in page
        assert not User.objects.filter(username="new").exists()

    @pytest.mark.parametrize(
        "ask",
        [
            lambda root, ada: root.get("/admin/auth/user/add/"),
            lambda root, ada: root.get(f"/admin/auth/user/{ada.pk}/change/"),
            lambda root, ada: root.get(f"/admin/auth/user/{ada.pk}/password/"),
            lambda root, ada: root.get(f"/admin/auth/user/{ada.pk}/delete/"),
            lambda root, ada: root.post(
                "/admin/auth/user/", {"action": "sign_out_everywhere", "_selected_action": ada.pk}
            ),
            lambda root, ada: root.post(
                "/admin/interviews/position/", {"action": "delete_selected", "_selected_action": 1}
            ),
        ],
    )
    def test_the_admin_asks_before_accounts_and_deletions(
        self, world: World, ask: Callable[[Client, User], Any]
    ) -> None:
        User.objects.create_superuser("root", "", PASSWORD)
        root = signed_in(name="root")
        assert ask(root, world.ada).status_code in (200, 302)
        assert b"Is it you?" in ask(_stale(root), world.ada).content

    def test_every_name_in_the_list_is_an_address(self) -> None:
        assert {name for name, _route, _arguments in named()} >= ASKS


def _address(name: str, **arguments: Any) -> str:
    return reverse(name, kwargs=arguments)


def test_a_session_is_called_by_nothing_that_opens_it(world: World) -> None:
    signed_in()
    held = Session.objects.get(user=world.ada)
    assert held.pk not in str(held) and PASSWORD not in json.dumps(SessionStore().decode(held.session_data))


def test_signing_in_and_what_went_wrong_are_logged_without_names(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    for _ in range(6):
        sign_in(Client(), "ada\nCRITICAL forged", "wrong heron")
    here = signed_in()
    here.post("/hr-dashboard/sign-out/")
    world.ada.set_password("another heron")
    signed_in_before = caplog.text
    for said in (
        "a password was wrong: account ",
        "too many tries of a password: account ",
        f"account {world.ada.pk} signed in",
        f"account {world.ada.pk} signed out",
    ):
        assert said in signed_in_before, said
    assert "heron" not in caplog.text and "forged" not in caplog.text and "203.0.113" not in caplog.text
