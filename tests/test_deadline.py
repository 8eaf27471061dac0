"""A position's deadline: it ends the time of its interviews, and takes none that somebody gave to one alone."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from interviews.actions import answering, deadlines, needs
from interviews.actions.invitations import (
    Person,
    Terms,
    invite,
    invite_people,
    new_link,
    resend,
    restore_all,
    revoke_all,
)
from interviews.actions.joining import join, make_public_link
from interviews.actions.refusals import WrongState
from interviews.actions.reopening import reopen
from interviews.actions.uploading import Sender, begin
from interviews.actions.withdrawing import ask_for_erasure, call_erasure_back
from interviews.events import Kind, head
from interviews.models import Event, Interview, Job, Message, Position, SignOfLife
from interviews.processing import mail
from interviews.processing.uptime import beat
from tests.deadlines import deadline_of, eve, in_days, move, set_past
from tests.people import World


class TestInviting:
    @pytest.mark.parametrize(("days", "ends"), [(3, 3), (30, 10)])
    def test_the_earlier_of_days_and_deadline_ends_an_invitation_by_any_way(
        self, world: World, days: int, ends: int
    ) -> None:
        move(world, in_days(world, 10))
        Position.objects.filter(pk=world.position.pk).update(invitation_days=days)
        alone, _token = invite(eve(), world.question_set)
        terms = Terms(timezone.now() + timedelta(days=days), by_mail=False, reminds=False)
        [(listed, _token)] = invite_people(world.position, [Person("Lis", "lis@example.com")], terms, world.ada)
        link, _token = make_public_link(world.position, "hall", actor=world.ada)
        came = join(link, Person("Cam", "cam@example.com"), "a browser", link.pk).interview
        assert came is not None
        for interview in (alone, listed, came):
            assert abs(deadline_of(interview) - in_days(world, ends)) < timedelta(minutes=5)

    def test_once_it_has_passed_nobody_is_invited_by_any_way(self, world: World) -> None:
        link, _token = make_public_link(world.position, "hall", actor=world.ada)
        set_past(world)
        terms = Terms(in_days(world, 7), by_mail=False, reminds=False)
        for act in (
            lambda: invite(eve(), world.question_set),
            lambda: invite_people(world.position, [Person("Lis", "lis@example.com")], terms, world.ada),
            lambda: make_public_link(world.position, "stairs", actor=world.ada),
            lambda: join(link, Person("Cam", "cam@example.com"), "a browser", link.pk),
        ):
            with pytest.raises(WrongState, match="takes no more answers"):
                act()
        with pytest.raises(WrongState, match="give more time instead"):
            new_link(world.interview)
        with pytest.raises(WrongState, match="give more time instead"):
            resend(world.interview, actor=world.ada)
        revoke_all([world.interview.pk], actor=world.ada)
        with pytest.raises(WrongState, match="Move its deadline"):  # more time is given to no withdrawn invitation
            new_link(world.interview)
        assert Interview.objects.count() == 1

    def test_nothing_is_begun_after_it(self, world: World) -> None:
        answering.consent(world.interview, ai=True)
        set_past(world)
        with pytest.raises(WrongState, match="deadline has passed"):
            begin(world.interview, world.questions[0].pk, Sender("video/webm"))

    def test_who_was_given_more_time_goes_on_and_comes_back_by_another_link(self, world: World, bo: Client) -> None:
        set_past(world)
        page = f"/interview/{world.interview.pk}/"
        assert bo.get(page).status_code == 410
        deadlines.extend(world.interview, 2, actor=world.ada)
        assert bo.get(page).status_code == 200
        assert new_link(world.interview)
        revoked, _refused = revoke_all([world.interview.pk], actor=world.ada)
        assert restore_all(revoked, by=world.ada) == ([world.interview.pk], {})
        assert deadline_of(world.interview) > in_days(world, 1.9)

    def test_an_invitation_that_ran_out_is_given_back_until_the_deadline(self, world: World) -> None:
        move(world, in_days(world, 3))
        Interview.objects.update(deadline=in_days(world, -1), days_end=in_days(world, -1))
        new_link(world.interview)
        assert deadline_of(world.interview) == in_days(world, 3)
        move(world, None)
        assert deadline_of(world.interview) > in_days(world, 13)

    def test_a_reminder_goes_out_before_the_deadline_and_not_before_the_days_end(
        self, world: World, settings: Settings
    ) -> None:
        settings.SENDS_MAIL = True
        move(world, in_days(world, 7))
        terms = Terms(in_days(world, 30), by_mail=True, reminds=True)
        [(made, _token)] = invite_people(world.position, [Person("Lis", "lis@example.com")], terms, world.ada)
        assert made.remind_at == in_days(world, 5)
        move(world, in_days(world, 10))
        made.refresh_from_db()
        assert (made.deadline, made.remind_at) == (in_days(world, 10), in_days(world, 8))


class TestMoving:
    def test_whoever_has_not_submitted_follows_in_both_directions_and_never_past_their_days(self, world: World) -> None:
        days_end = deadline_of(world.interview)
        assert move(world, in_days(world, 2)) == 1
        assert deadline_of(world.interview) == in_days(world, 2)
        assert move(world, in_days(world, 5)) == 1
        assert deadline_of(world.interview) == in_days(world, 5)
        assert move(world, in_days(world, 90)) == 1
        assert deadline_of(world.interview) == days_end
        assert move(world, in_days(world, 80)) == 0
        assert move(world, in_days(world, 2)) == 1
        assert move(world, None) == 1
        assert deadline_of(world.interview) == days_end

    def test_a_deadline_that_passed_and_is_moved_lets_everybody_go_on(self, world: World, bo: Client) -> None:
        set_past(world)
        page = f"/interview/{world.interview.pk}/"
        assert bo.get(page).status_code == 410
        move(world, in_days(world, 1))
        assert bo.get(page).status_code == 200

    def test_who_was_given_more_time_loses_none_and_is_not_left_behind(self, world: World) -> None:
        move(world, in_days(world, 2))
        deadlines.extend(world.interview, 1, actor=world.ada)
        assert deadline_of(world.interview) == in_days(world, 3)
        for moved, mine in ((1, 3), (6, 6), (1, 3)):
            move(world, in_days(world, moved))
            assert deadline_of(world.interview) == in_days(world, mine)

    def test_time_that_is_granted_counts_as_given(self, world: World) -> None:
        move(world, in_days(world, 2))
        needs.ask_for_time(world.interview)
        needs.answer_extension(world.interview, granted=True, actor=world.ada)
        move(world, in_days(world, 1))
        assert deadline_of(world.interview) == in_days(world, 9)

    def test_time_that_is_taken_back_leaves_what_everybody_has(self, world: World) -> None:
        move(world, in_days(world, 2))
        given, _refused = deadlines.extend_all([world.interview.pk], 1, actor=world.ada)
        deadlines.take_back(given, by=world.ada)
        assert deadline_of(world.interview) == in_days(world, 2)
        move(world, in_days(world, 1))
        assert deadline_of(world.interview) == in_days(world, 1)

    def test_the_latter_of_two_gifts_is_taken_back_and_the_former_stays(self, world: World) -> None:
        move(world, in_days(world, 2))
        deadlines.extend(world.interview, 1, actor=world.ada)
        given, _refused = deadlines.extend_all([world.interview.pk], 1, actor=world.ada)
        deadlines.take_back(given, by=world.ada)
        move(world, in_days(world, 1))
        assert deadline_of(world.interview) == in_days(world, 3)

    def test_what_was_given_first_stays_where_it_is_within_what_everybody_has_by_then(self, world: World) -> None:
        move(world, in_days(world, 2))
        deadlines.extend(world.interview, 1, actor=world.ada)
        move(world, None)
        given, _refused = deadlines.extend_all([world.interview.pk], 1, actor=world.ada)
        deadlines.take_back(given, by=world.ada)
        move(world, in_days(world, 1))
        assert deadline_of(world.interview) == in_days(world, 3)

    def test_time_that_is_taken_back_once_the_position_ends_earlier_ends_with_it(self, world: World) -> None:
        move(world, in_days(world, 5))
        given, _refused = deadlines.extend_all([world.interview.pk], 1, actor=world.ada)
        move(world, in_days(world, 2))
        assert deadlines.take_back([deadlines.read_moved(it.written()) for it in given], by=world.ada)[0]
        assert deadline_of(world.interview) == in_days(world, 2)

    def test_what_was_handed_in_is_not_touched_nor_what_is_given_back_after_it(self, submitted: World) -> None:
        before = deadline_of(submitted.interview)
        assert move(submitted, in_days(submitted, 1)) == 0
        assert deadline_of(submitted.interview) == before
        reopen(submitted.interview, 4, actor=submitted.ada)
        reopened = deadline_of(submitted.interview)
        for deadline in (in_days(submitted, 2), in_days(submitted, 30), None):
            assert move(submitted, deadline) == 0
        assert deadline_of(submitted.interview) == reopened

    def test_who_withdrew_is_told_nothing_and_has_the_time_of_all_once_they_call_it_back(
        self, world: World, settings: Settings
    ) -> None:
        settings.SENDS_MAIL = True
        ask_for_erasure(world.interview)
        assert move(world, in_days(world, 1)) == 0
        assert not Message.objects.filter(kind=Message.Kind.MOVED).exists()
        call_erasure_back(world.interview)
        assert deadline_of(world.interview) == in_days(world, 1)

    def test_each_whose_time_changes_is_told_by_mail_once_and_it_stands_in_the_history(
        self, world: World, ada: Client, settings: Settings
    ) -> None:
        settings.SENDS_MAIL = True
        gone, _token = invite(eve(), world.question_set)
        revoke_all([gone.pk], actor=world.ada)
        before = head()
        move(world, in_days(world, 2))
        move(world, in_days(world, 3))  # the first mail waits yet, and will tell of this
        message = Message.objects.get()
        assert (message.interview_id, message.kind) == (world.interview.pk, Message.Kind.MOVED)
        assert message.jobs.get().state == Job.State.QUEUED
        words = mail._words(message, "f" * 32)
        assert words.subject == "Another deadline: your interview for Backend engineer"
        assert f"until {in_days(world, 3):%A}, {in_days(world, 3).day} " in words.body and "#" + "f" * 32 in words.body
        assert deadline_of(gone) == in_days(world, 3), "were it given back, it would end with the others"
        told_of = Event.objects.filter(number__gt=before, kind=Kind.MOVED, interview=world.interview, actor=world.ada)
        assert told_of.count() == 2
        page = ada.get(f"/hr-dashboard/invitations/{world.position.pk}/{world.interview.pk}/").content.decode()
        assert "has another deadline" in page

    def test_who_is_being_told_at_this_moment_is_told_of_another_change_too(
        self, world: World, settings: Settings
    ) -> None:
        settings.SENDS_MAIL = True
        move(world, in_days(world, 2))
        Job.objects.filter(kind=Job.Kind.MAIL).update(state=Job.State.RUNNING, lease_token=uuid.uuid4())
        move(world, in_days(world, 3))
        assert Job.objects.filter(kind=Job.Kind.MAIL, state=Job.State.QUEUED).count() == 1

    def test_our_own_outage_moves_it_by_its_length(self, world: World) -> None:
        Interview.objects.update(created_at=in_days(world, -2))
        SignOfLife.objects.create(seen_at=timezone.now() - timedelta(hours=5))
        move(world, in_days(world, 2))
        beat()
        world.position.refresh_from_db()
        assert world.position.deadline == in_days(world, 2) + timedelta(hours=5, minutes=1)
        assert in_days(world, 2.2) < deadline_of(world.interview) <= world.position.deadline
        move(world, None)
        assert deadline_of(world.interview) > in_days(world, 14.2)
