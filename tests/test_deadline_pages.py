"""A position's deadline on pages, for programs and in the admin."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from bs4 import BeautifulSoup
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from interviews.actions import running
from interviews.events import Kind, head
from interviews.models import Event, Interview, Membership, Message, Position, PublicLink
from tests.api import PEOPLE, Program, problem, told
from tests.deadlines import deadline_of, eve, in_days, move, set_past
from tests.editing import edit, typed
from tests.live_page import page_of, read_again, seen
from tests.people import World, join_team
from tests.walker import Walker, made_by, public_page


class TestPages:
    def test_another_change_of_the_position_moves_nothing_and_tells_nobody(
        self, world: World, ada: Client, settings: Settings
    ) -> None:
        settings.SENDS_MAIL = True
        move(world, in_days(world, 2))
        Message.objects.all().delete()
        Interview.objects.update(deadline=in_days(world, 1))
        before = head()
        ada.post(edit(world), typed(world, deadline=f"{in_days(world, 2):%Y-%m-%dT%H:%M}", title="Another title"))
        assert Position.objects.get(pk=world.position.pk).title == "Another title"
        assert deadline_of(world.interview) == in_days(world, 1)
        assert not Message.objects.exists()
        assert not Event.objects.filter(number__gt=before, kind=Kind.MOVED).exists()

    def test_it_is_typed_in_utc_or_with_a_zone_and_shown_again(self, world: World, ada: Client) -> None:
        for sent in (f"{in_days(world, 20):%Y-%m-%dT%H:%M}", f"{in_days(world, 20):%Y-%m-%dT%H:%M}:00.000Z"):
            reply = ada.post(edit(world), typed(world, deadline=sent), follow=True)
            assert reply.status_code == 200
            world.position.refresh_from_db()
            assert world.position.deadline == in_days(world, 20)
            assert f'value="{in_days(world, 20):%Y-%m-%dT%H:%M}"' in reply.content.decode()
        ada.post(edit(world), typed(world, deadline=""))
        world.position.refresh_from_db()
        assert world.position.deadline is None

    def test_how_many_deadlines_moved_is_said(self, world: World, ada: Client) -> None:
        sent = typed(world, deadline=f"{in_days(world, 2):%Y-%m-%dT%H:%M}")
        assert "1 deadline was moved." in ada.post(edit(world), sent, follow=True).content.decode()
        again = typed(world, deadline=f"{in_days(world, 2):%Y-%m-%dT%H:%M}")
        assert "deadline was moved." not in ada.post(edit(world), again, follow=True).content.decode()

    @pytest.mark.parametrize(
        ("sent", "said"),
        [
            ("?", "Write the whole day and time"),
            ("2026-02-31T10:00", "Write the whole day and time"),
            ("2020-01-01T10:00", "This moment has passed"),
            ("0001-01-01T00:00:00+14:00", "This moment has passed"),
            ("9999-12-31T23:59:00-12:00", "within the next ten years"),
            ("+275760-09-13T00:00:00.000Z", "Write the whole day and time"),
        ],
    )
    def test_what_is_no_moment_to_come_is_refused_beside_its_field(
        self, world: World, ada: Client, sent: str, said: str
    ) -> None:
        reply = ada.post(edit(world), typed(world, deadline=sent, title="Kept"))
        page = reply.content.decode()
        assert reply.status_code == 400 and said in page and "Kept" in page and 'id="id_deadline_error"' in page
        world.position.refresh_from_db()
        assert (world.position.deadline, world.position.title) == (None, "Backend engineer")

    @pytest.mark.parametrize("sent", ["?", "2026-02-31T10:00", "+275760-09-13T00:00:00.000Z", "9999-12-31T23:59-12:00"])
    def test_the_field_is_empty_again_after_what_is_no_moment(self, world: World, ada: Client, sent: str) -> None:
        page = BeautifulSoup(ada.post(edit(world), typed(world, deadline=sent)).content, "html.parser")
        field = page.select_one("#id_deadline")
        assert field is not None and not field.get("value")

    def test_one_that_has_passed_may_stay_while_other_things_are_changed(self, world: World, ada: Client) -> None:
        passed = set_past(world)
        sent = typed(world, deadline=f"{passed:%Y-%m-%dT%H:%M}", title="Another")
        assert ada.post(edit(world), sent).status_code == 302
        assert deadline_of(world.interview) == passed

    def test_pages_of_recruiters_say_it_and_lead_on_once_it_has_passed(self, world: World, ada: Client) -> None:
        join_team(world.position, User.objects.get(username="cy"), Membership.Role.VIEWER)
        move(world, in_days(world, 2))
        at = f"/hr-dashboard/positions/{world.position.pk}/"
        invitations = f"/hr-dashboard/invitations/{world.position.pk}/"
        stamp = f'<time datetime="{in_days(world, 2).isoformat()}"'
        for address in ("/hr-dashboard/positions/", at, f"{invitations}invite/", public_page(world)):
            assert stamp in ada.get(address).content.decode(), address
        passed = set_past(world)
        assert "The deadline has passed:" in ada.get("/hr-dashboard/positions/").content.decode()
        for address in (at, f"{invitations}invite/", public_page(world)):
            page = ada.get(address).content.decode()
            assert f'href="{edit(world)}#id_deadline"' in page and f'href="{at}close/"' in page, address
            assert passed.isoformat() in page or "since the deadline" in page
        sent = {"people": "eve@example.com", "days": 7, "seen": ""}
        seen_list = ada.post(f"{invitations}invite/", sent)
        again = {**sent, "seen": seen_list.context["form"]["seen"].value()}
        reply = ada.post(f"{invitations}invite/", again, follow=True)
        assert "takes no more answers. Move its deadline" in reply.content.decode()
        assert "takes no more answers" in ada.post(public_page(world), {"label": "x"}, follow=True).content.decode()

    def test_who_comes_by_a_public_link_reads_it_and_then_that_it_is_over(self, world: World, ada: Client) -> None:
        walker = Walker(made_by(ada, world))
        move(world, in_days(world, 2))
        assert in_days(world, 2).isoformat() in walker.browser.get(walker.address).content.decode()
        form, who = walker.form(), {"name": "Eve", "email": "eve@example.com"}
        passed = set_past(world)
        for reply in (walker.browser.get(walker.address), walker.browser.post(walker.address, {"form": form, **who})):
            page = reply.content.decode()
            assert reply.status_code == 410 and "This position no longer takes answers" in page
            assert passed.isoformat() in page and "jobs@example.com" in page
        assert PublicLink.objects.get().arrivals.count() == 0 and Interview.objects.count() == 1
        german = walker.browser.get(walker.address, headers={"accept-language": "de"}).content.decode()
        assert "Diese Stelle nimmt keine Antworten mehr an" in german

    def test_an_open_page_equals_the_page_fetched_again_where_it_moves(
        self, world: World, ada: Client, bo: Client
    ) -> None:
        pages = [(ada, "/hr-dashboard/positions/"), (ada, f"/hr-dashboard/positions/{world.position.pk}/")]
        pages.append((ada, f"/hr-dashboard/invitations/{world.position.pk}/{world.interview.pk}/"))
        pages.append((bo, f"/interview/{world.interview.pk}/needs/"))
        for deadline in (in_days(world, 2), in_days(world, 5), None):
            opened = [page_of(browser, address) for browser, address in pages]
            before = [seen(page) for page in opened]
            move(world, deadline)
            for (browser, address), page, was in zip(pages, opened, before, strict=True):
                read_again(page, page_of(browser, address))
                assert seen(page) == seen(page_of(browser, address)) != was, address

    def test_a_copy_takes_a_deadline_to_come_along_and_leaves_one_that_has_passed(self, world: World) -> None:
        move(world, in_days(world, 2))
        assert running.duplicate(world.position, world.ada).deadline == in_days(world, 2)
        set_past(world)
        assert running.duplicate(world.position, world.ada).deadline is None

    def test_the_example_of_a_mail_tells_no_later_moment(self, world: World, ada: Client) -> None:
        move(world, in_days(world, 2))
        page = ada.get(f"/hr-dashboard/positions/{world.position.pk}/mails/invitation/").content.decode()
        assert f"{in_days(world, 2):%H:%M} (UTC)" in page and f"{in_days(world, 2):%A}" in page


class TestPrograms:
    def test_it_is_read_changed_and_taken_away(self, world: World, program: Program) -> None:
        at = f"positions/{world.position.pk}"
        reply = program.get(at)
        assert told(reply)["deadline"] is None
        later = in_days(world, 2).astimezone(UTC).isoformat()
        reply = program.patch(at, {"deadline": later}, If_Match=reply["ETag"])
        assert datetime.fromisoformat(told(reply)["deadline"]) == in_days(world, 2)
        assert deadline_of(world.interview) == in_days(world, 2)
        reply = program.patch(at, {"title": "Another"}, If_Match=reply["ETag"])
        assert datetime.fromisoformat(told(reply)["deadline"]) == in_days(world, 2)
        reply = program.patch(at, {"deadline": None}, If_Match=reply["ETag"])
        assert told(reply)["deadline"] is None and deadline_of(world.interview) > in_days(world, 13)

    @pytest.mark.parametrize("sent", ["tomorrow", "2030-01-01T10:00:00", "2030-01-01", 1893456000, "2020-01-01T10:00Z"])
    def test_what_is_no_moment_to_come_is_refused(self, world: World, program: Program, sent: object) -> None:
        at = f"positions/{world.position.pk}"
        wrong = told(program.patch(at, {"deadline": sent}, If_Match=program.get(at)["ETag"]), 422)
        assert [it["field"] for it in wrong["errors"]] == ["deadline"]

    def test_nobody_is_invited_after_it(self, world: World, program: Program) -> None:
        at = f"positions/{world.position.pk}/invitations"
        move(world, in_days(world, 1))
        key = "a-key-of-some-length"
        made = told(program.post(at, {"people": PEOPLE[:1], "by_mail": False}, Idempotency_Key=key), 201)
        assert made["invited"][0]["link"]
        set_past(world)
        assert problem(program.post(at, {"people": PEOPLE[1:], "by_mail": False}), 409) == "wrong_state"
        again = told(program.post(at, {"people": PEOPLE[:1], "by_mail": False}, Idempotency_Key=key), 201)
        assert again["invited"][0]["interview"] == made["invited"][0]["interview"]
        assert again["invited"][0]["link"] is None, "it cannot be used any more"


class TestAdmin:
    def test_moving_it_there_moves_the_interviews(self, world: World, root: Client) -> None:
        address = reverse("admin:interviews_position_change", args=[world.position.pk])
        form = root.get(address).context["adminform"].form
        sent = {name: form[name].value() for name in form.fields if form[name].value() not in (None, False)}
        sent |= {"deadline_0": f"{in_days(world, 2):%Y-%m-%d}", "deadline_1": f"{in_days(world, 2):%H:%M:%S}"}
        for inline in ("memberships", "question_sets"):
            sent |= {f"{inline}-TOTAL_FORMS": 0, f"{inline}-INITIAL_FORMS": 0}
        assert root.post(address, sent).status_code == 302
        assert deadline_of(world.interview) == in_days(world, 2)

    def test_nobody_is_invited_there_after_it(self, world: World, root: Client) -> None:
        set_past(world)
        sent: dict[str, Any] = {"applicant": eve().pk, "question_set": world.question_set.pk}
        sent |= {"deadline_0": f"{in_days(world, 2):%Y-%m-%d}", "deadline_1": "10:00:00"}
        reply = root.post(reverse("admin:interviews_interview_add"), sent)
        assert reply.status_code == 200 and b"takes no more answers" in reply.content
        assert Interview.objects.count() == 1
