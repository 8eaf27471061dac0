"""What each role in a team may do."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Group, Permission, User
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from interviews import access
from interviews.actions.reviewing import Rated, rate
from interviews.models import Decision, Interview, Membership, Rating, Review
from interviews.queries.ratings import places
from interviews.standings import Verdict, standings
from interviews.topics import Following
from tests.people import World, join_team, review, show_at_once

Role = Membership.Role
CAN = {
    None: {"see": False, "judge": False, "run": False},
    Role.VIEWER: {"see": True, "judge": False, "run": False},
    Role.REVIEWER: {"see": True, "judge": True, "run": False},
    Role.RECRUITER: {"see": True, "judge": True, "run": True},
}


@pytest.fixture
def eve(world: World) -> User:
    return User.objects.create_user("eve", "eve@example.com", "-")


@pytest.fixture
def eves(eve: User) -> Client:
    browser = Client()
    browser.force_login(eve)
    return browser


def _page(world: World, last: str = "") -> str:
    return f"/hr-dashboard/results/{world.interview.pk}/{last or 'review/'}"


@pytest.mark.parametrize("role", CAN)
def test_each_role_may_what_it_says(world: World, eve: User, role: Membership.Role | None) -> None:
    if role:
        join_team(world.position, eve, role)
    found = {
        "see": access.visible_positions(eve).filter(pk=world.position.pk).exists(),
        "judge": access.judged_positions(eve).filter(pk=world.position.pk).exists(),
        "run": access.coordinated_positions(eve).filter(pk=world.position.pk).exists(),
    }
    assert found == CAN[role]
    assert access.role_in(world.position, eve) == (role or "")
    assert access.may_judge(eve, world.interview) is CAN[role]["judge"]
    assert access.visible_interviews(eve).filter(pk=world.interview.pk).exists() is CAN[role]["see"]


def test_superusers_do_what_recruiters_do_and_closed_accounts_nothing(world: World, eve: User) -> None:
    join_team(world.position, eve, Role.REVIEWER)
    User.objects.filter(pk=eve.pk).update(is_superuser=True)
    assert access.role_in(world.position, User.objects.get(pk=eve.pk)) == Role.RECRUITER
    for is_superuser in (True, False):
        User.objects.filter(pk=eve.pk).update(is_superuser=is_superuser, is_active=False)
        assert access.role_in(world.position, User.objects.get(pk=eve.pk)) == ""


def test_an_account_may_what_was_given_to_it_and_to_its_groups(
    world: World, eve: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    group = Group.objects.create(name="auditors")
    group.permissions.add(Permission.objects.get(codename="view_selfreport"))
    eve.groups.add(group)
    eve.user_permissions.add(*Permission.objects.filter(codename__in=["change_accommodation", "view_selfreport"]))
    eve = User.objects.get(pk=eve.pk)
    with django_assert_num_queries(1):
        assert eve.get_all_permissions() == {"interviews.view_selfreport", "interviews.change_accommodation"}
        assert eve.has_perm("interviews.view_selfreport") and not eve.has_perm("interviews.add_position")
    User.objects.filter(pk=eve.pk).update(is_active=False)
    assert not User.objects.get(pk=eve.pk).has_perm("interviews.view_selfreport")


def test_a_viewer_of_one_position_is_nothing_in_another(world: World, eve: User) -> None:
    join_team(world.position, eve, Role.VIEWER)
    other = world.cy.positions.get()
    join_team(other, eve, Role.RECRUITER)
    assert list(access.coordinated_positions(eve)) == [other]
    assert list(access.judged_positions(eve)) == [other]
    assert access.visible_positions(eve).count() == 2


def test_a_person_has_one_role_in_a_position(world: World, eve: User) -> None:
    join_team(world.position, eve)
    with pytest.raises(IntegrityError), transaction.atomic():
        Membership.objects.create(position=world.position, user=eve, role=Role.VIEWER)


def test_a_closed_account_has_no_role(world: World, eve: User) -> None:
    join_team(world.position, eve, Role.RECRUITER)
    User.objects.filter(pk=eve.pk).update(is_active=False)
    eve.refresh_from_db()
    assert not access.visible_positions(eve).exists() and not access.coordinated_positions(eve).exists()


def test_a_viewer_reads_and_changes_nothing(submitted: World, eve: User, eves: Client) -> None:
    show_at_once(submitted.position)
    join_team(submitted.position, eve, Role.VIEWER)
    page = eves.get(_page(submitted)).content.decode()
    assert "You are a viewer" in page and "Question number 1?" in page
    assert "finished your own review" not in page, "who has none to finish"
    for form in ("/review/rate/", "/review/done/", "/decide/", "<textarea"):
        assert form not in page
    answer, criterion = places(submitted.interview)[0]
    sent = {"answer": answer.pk, "criterion": criterion.pk, "level": 3, "outcome": "reject", "reason": "x"}
    take = answer.take
    transcript = f"takes/{take.pk}/transcript/"
    for last in ("review/rate/", "review/done/", "note/", "decide/", "extension/", "explanation/", transcript):
        assert eves.post(_page(submitted, last), {**sent, "answer": "grant"}).status_code == 403, last
    assert eves.get(_page(submitted, transcript)).status_code == 200
    assert not (Review.objects.exists() or Rating.objects.exists() or Decision.objects.exists())


def test_a_viewer_is_never_shown_what_is_kept_until_a_review_is_done(submitted: World, eve: User, eves: Client) -> None:
    join_team(submitted.position, eve, Role.VIEWER)
    review(submitted.interview, submitted.ada, 4)
    answer, criterion = places(submitted.interview)[0]
    rate(submitted.interview, submitted.ada, Rated(answer.pk, criterion.pk, 2, "zebra-note", "zebra-why"))
    assert "zebra" not in eves.get(_page(submitted)).content.decode()


def test_a_reviewer_rates_and_does_not_invite(submitted: World, eve: User, eves: Client) -> None:
    join_team(submitted.position, eve)
    answer, criterion = places(submitted.interview)[0]
    sent = {"answer": answer.pk, "criterion": criterion.pk, "level": 3}
    assert eves.post(_page(submitted, "review/rate/"), sent).status_code == 302
    assert Rating.objects.get().review.reviewer == eve
    assert eves.get(f"/hr-dashboard/invitations/{submitted.position.pk}/").status_code == 404


@pytest.mark.parametrize("page", ["compare", "ranking", "agreement", "insight"])
def test_the_menu_of_a_position_leads_to_its_invitations_for_who_may_invite(
    submitted: World, ada: Client, eve: User, eves: Client, page: str
) -> None:
    join_team(submitted.position, eve, Role.REVIEWER)
    address, invitations = (reverse(name, args=[submitted.position.pk]) for name in (page, "position-invitations"))
    assert f'href="{invitations}"' in ada.get(address).content.decode()
    assert f'href="{invitations}"' not in eves.get(address).content.decode()


@pytest.mark.parametrize(("before", "after"), [(Role.VIEWER, Role.REVIEWER), (Role.RECRUITER, Role.VIEWER)])
def test_an_open_page_is_read_again_when_its_visitors_part_changes(
    world: World, eve: User, eves: Client, before: Membership.Role, after: Membership.Role
) -> None:
    join_team(world.position, eve, before)
    live = eves.get(_page(world)).context["live"]
    page = Following(eves.session.session_key or "", frozenset(live.topics))
    assert standings([page])[page] is Verdict.WELCOME
    join_team(world.position, eve, after)
    assert standings([page])[page] is Verdict.OUTDATED
    world.position.team.remove(eve)
    assert standings([page])[page] is Verdict.REFUSED


def test_a_part_is_told_of_only_to_who_may_see_the_interview(world: World, eves: Client) -> None:
    pages = [
        Following(eves.session.session_key or "", frozenset({f"{it}:{world.interview.pk}"}))
        for it in ("judging", "watching")
    ]
    assert set(standings(pages).values()) == {Verdict.REFUSED}
    assert Interview.objects.count() == 1
