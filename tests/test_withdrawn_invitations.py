"""Coordinators withdraw invitations, and take back what they did: whose links end, and who gets theirs back."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

import pytest
from django.test import Client
from django.utils import timezone

from interviews.actions.deadlines import call_back
from interviews.actions.invitations import Person, Terms, invite_people, new_link, revoke
from interviews.actions.refusals import WrongState
from interviews.events import Kind
from interviews.models import Event, Interview, Job, Link, Message, Position
from interviews.processing import jobs
from interviews.processing.links import token_hash
from interviews.processing.reminding import remind_those_due
from interviews.tasks import WORK, sweep
from interviews.views.undoing import UNDO
from tests.inviting import act, now
from tests.listed import LIST, undo
from tests.people import World, join_team
from tests.together import at_once


def test_a_reminder_can_be_called_back_for_a_minute(world: World, ada: Client, mails: None) -> None:
    act(ada, world, "remind", world.interview)
    sweep()
    assert Message.objects.get().state == Message.State.QUEUED
    assert "1 taken back." in undo(ada)
    assert Message.objects.get().state == Message.State.DROPPED


def test_withdrawing_ends_the_links_and_says_so(world: World, ada: Client, bo: Client) -> None:
    page = act(ada, world, "revoke", world.interview)
    assert "1 invitation was withdrawn: its links have ended" in page and 'id="undo"' in page
    assert bo.get(f"/interview/{world.interview.pk}/").status_code == 410
    assert 'id="undo"' not in ada.get(LIST).content.decode(), "offered where it was done"


def test_undo_gives_back_the_links_that_ended_with_it_and_no_other(world: World, ada: Client, bo: Client) -> None:
    other = new_link(world.interview)
    Link.objects.filter(hash=token_hash(other)).update(revoked_at=timezone.now())
    act(ada, world, "revoke", world.interview)
    assert "1 taken back." in undo(ada)
    assert Event.objects.latest("number").kind == Kind.RESTORED
    assert bo.get(f"/interview/{world.interview.pk}/").status_code == 200
    door = f"/interview/{world.interview.pk}/open/"
    assert Client().post(door, {"token": world.token}).status_code == 302
    assert Client().post(door, {"token": other}).status_code == 404


def test_undo_leaves_what_was_given_back_or_withdrawn_again_since_or_ended_long_ago(world: World, ada: Client) -> None:
    act(ada, world, "revoke", world.interview)
    new_link(world.interview)
    session = ada.session[UNDO]
    assert "Bo Berg: It was given back already." in undo(ada)
    revoke(world.interview)
    kept = ada.session
    kept[UNDO] = session
    kept.save()
    assert "Bo Berg: It was withdrawn again since." in undo(ada)
    new_link(world.interview)
    act(ada, world, "revoke", world.interview)
    long_ago = timezone.now() - timedelta(minutes=11)
    Interview.objects.update(revoked_at=long_ago)
    kept = ada.session
    kept[UNDO]["ids"][0][1] = long_ago.isoformat()
    kept.save()
    assert "Bo Berg: The invitation was withdrawn: send it again" in undo(ada)
    assert now(world).revoked_at is not None


def test_undo_leaves_whom_something_else_was_done_for_meanwhile(world: World, ada: Client, mails: None) -> None:
    """Who was invited anew has one invitation; and a mail that was dropped would be missed by nobody."""
    act(ada, world, "revoke", world.interview)
    terms = Terms(timezone.now() + timedelta(days=7), by_mail=False, reminds=False)
    [(anew, _token)] = invite_people(world.position, [Person("Bo Berg", "bo@example.com")], terms, world.ada)
    assert "Bo Berg: They have another invitation by now." in undo(ada)
    revoke(anew)
    new_link(world.interview)
    act(ada, world, "remind", world.interview)
    act(ada, world, "revoke", world.interview)
    Job.objects.filter(kind=Job.Kind.MAIL).update(run_after=timezone.now())
    jobs.run(Job.objects.get(kind=Job.Kind.MAIL).pk, WORK)
    assert "Bo Berg: A mail was not sent because of it" in undo(ada)


def test_undo_counts_no_mail_that_a_person_called_back(world: World, ada: Client, mails: None) -> None:
    act(ada, world, "remind", world.interview)
    act(ada, world, "revoke", world.interview)
    call_back([Job.objects.get(kind=Job.Kind.MAIL).pk], by=world.ada)
    assert "1 taken back." in undo(ada)


def test_undo_keeps_a_reminder_that_was_due_meanwhile(world: World, ada: Client, mails: None) -> None:
    Interview.objects.update(remind_at=timezone.now())
    act(ada, world, "revoke", world.interview)
    assert remind_those_due() == []
    undo(ada)
    assert len(remind_those_due()) == 1


def test_undo_is_for_who_still_runs_the_position_while_it_is_open(world: World, ada: Client) -> None:
    act(ada, world, "revoke", world.interview)
    Position.objects.update(state=Position.State.CLOSED)
    assert "This position is closed." in undo(ada)
    Position.objects.update(state=Position.State.OPEN)
    new_link(world.interview)
    act(ada, world, "revoke", world.interview)
    join_team(world.position, world.ada)
    ada.post("/hr-dashboard/undo/", {"done": ada.session[UNDO]["id"]})
    assert "In this position only recruiters may do that." in ada.get(LIST).content.decode()
    assert now(world).revoked_at is not None


def test_who_has_submitted_keeps_the_receipt(submitted: World, ada: Client, bo: Client) -> None:
    page = act(ada, submitted, "revoke", submitted.interview)
    assert "there is no invitation any more" in page
    assert bo.get(f"/interview/{submitted.interview.pk}/").status_code == 200


def test_sending_again_gives_a_withdrawn_invitation_back(world: World, ada: Client, mails: None) -> None:
    revoke(world.interview)
    assert "1 invitation is on its way again." in act(ada, world, "resend", world.interview)
    assert now(world).revoked_at is None
    assert not Link.objects.filter(revoked_at__isnull=True).exists(), "the old link stays ended"


@pytest.mark.parametrize("name", ["links", "resend"])
@pytest.mark.parametrize("is_withdrawn", [True, False])
def test_nobody_has_two_invitations_by_giving_an_old_one_back(
    world: World, ada: Client, mails: None, name: str, is_withdrawn: bool
) -> None:
    revoke(world.interview)
    terms = Terms(timezone.now() + timedelta(days=7), by_mail=False, reminds=False)
    ((anew, _token),) = invite_people(world.position, [Person("Bo Berg", "BO@example.com")], terms, world.ada)
    if not is_withdrawn:
        Interview.objects.filter(pk=world.interview.pk).update(
            revoked_at=None, deadline=timezone.now() - timedelta(days=1)
        )
    before = now(world)
    page = act(ada, world, name, world.interview)
    assert "Bo Berg: They have another invitation by now. Go on with that one, or withdraw it first." in page
    assert (now(world).revoked_at, now(world).deadline) == (before.revoked_at, before.deadline)
    assert not Message.objects.exists() and world.interview.links.count() == 1
    act(ada, world, name, anew)
    revoke(anew)
    act(ada, world, name, world.interview)
    assert now(world).revoked_at is None and now(world).deadline > timezone.now()


def test_of_two_who_invite_the_same_person_at_once_one_does(world: World) -> None:
    """The one gives the old invitation back, the other makes a new one."""
    revoke(world.interview)
    terms, bo = Terms(timezone.now() + timedelta(days=7), False, False), Person("Bo Berg", "bo@example.com")
    invites = partial(invite_people, world.position, [bo], terms, world.ada)
    at_once(partial(new_link, world.interview), invites, expected=WrongState)
    assert Interview.objects.filter(revoked_at=None).count() == 1


def test_who_cannot_get_a_link_is_named_and_the_others_get_theirs(world: World, ada: Client) -> None:
    revoke(world.interview)
    terms = Terms(timezone.now() + timedelta(days=7), by_mail=False, reminds=False)
    ((kim, _token),) = invite_people(world.position, [Person("Kim", "kim@example.com")], terms, world.ada)
    Position.objects.update(state=Position.State.CLOSED)
    page = act(ada, world, "links", world.interview, kim)
    assert "Bo Berg: This position is closed. Open it again to invite people." in page
    assert f"/interview/{kim.pk}/#" in page and f"/interview/{world.interview.pk}/#" not in page
    assert "Bo Berg: This position is closed." in act(ada, world, "links", world.interview)
    assert now(world).revoked_at is not None
