"""Positions are made, opened, copied and edited in the dashboard, by who may and by nobody else."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client

from interviews.actions import running
from interviews.actions.invitations import Person, Terms, invite, invite_people, new_link, revoke
from interviews.actions.joining import make_public_link
from interviews.actions.positions import next_draft, publish
from interviews.actions.refusals import WrongState
from interviews.actions.rubrics import DraftChanged
from interviews.events import Event, Kind, head
from interviews.models import Applicant, MailText, Membership, Position, QuestionSet, RubricVersion
from interviews.queries import positions
from tests.people import World, join_team, make_question_set

Role = Membership.Role
NEW = {
    "title": "Baker",
    "host": "Bread Ltd",
    "contact": "jobs@example.com",
    "about": "Early mornings.",
    "language": "en",
}


@pytest.fixture
def maker(world: World) -> Client:
    """Ada, who may make positions too."""
    world.ada.user_permissions.add(Permission.objects.get(codename="add_position"))
    browser = Client()
    browser.force_login(world.ada)
    return browser


def _at(position: Position, last: str = "") -> str:
    return f"/hr-dashboard/positions/{position.pk}/{last}"


def _draft(world: World) -> Position:
    return running.create(NEW, world.ada)


def _published(position: Position) -> QuestionSet:
    """Instead of its empty draft."""
    position.question_sets.all().delete()
    return make_question_set(position)


def _asked(*questions: dict[str, Any], edits: int = 0, act: str = "save") -> dict[str, Any]:
    count = len(questions)
    sent: dict[str, Any] = {"edits": edits, "act": act, "asked-TOTAL_FORMS": count, "asked-INITIAL_FORMS": count}
    for place, question in enumerate(questions):
        filled = {"text": "Why?", "rubric": "", "think_seconds": 60, "answer_seconds": 120, "takes": 2, **question}
        sent |= {f"asked-{place}-{key}": value for key, value in filled.items()}
    return sent


class TestMaking:
    def test_who_makes_it_is_its_recruiter_and_nobody_is_invited_to_a_draft(self, world: World, maker: Client) -> None:
        reply = maker.post("/hr-dashboard/positions/new/", NEW)
        made = Position.objects.get(title="Baker")
        assert reply["Location"] == _at(made, "questions/")
        assert made.state == Position.State.DRAFT
        assert list(made.memberships.values_list("user", "role")) == [(world.ada.pk, "recruiter")]
        question_set = _published(made)
        with pytest.raises(WrongState, match="draft"):
            invite(Applicant.objects.create(name="Eve", email="eve@example.com"), question_set)
        with pytest.raises(WrongState, match="draft"):
            make_public_link(made, "hall", actor=world.ada)

    def test_what_is_missing_is_said_and_what_was_typed_stays(self, maker: Client) -> None:
        reply = maker.post("/hr-dashboard/positions/new/", {**NEW, "contact": "nobody", "title": ""})
        page = reply.content.decode()
        assert reply.status_code == 400
        assert "Say what the position is called." in page and "Early mornings." in page
        assert 'aria-invalid="true"' in page and not Position.objects.filter(host="Bread Ltd").exists()

    def test_who_may_not_make_positions_is_refused(self, world: World, ada: Client) -> None:
        assert ada.get("/hr-dashboard/positions/new/").status_code == 403
        assert ada.post("/hr-dashboard/positions/new/", NEW).status_code == 403
        assert ada.post(_at(world.position, "copy/")).status_code == 403
        assert "New position" not in ada.get("/hr-dashboard/positions/").content.decode()
        assert Position.objects.count() == 2

    def test_a_copy_has_the_questions_rubrics_texts_and_team_and_is_a_draft(self, world: World, maker: Client) -> None:
        join_team(world.position, world.cy, Role.VIEWER)
        MailText.objects.create(position=world.position, kind="invitation", subject="Hi {name}", body="{link}")
        maker.post(_at(world.position, "copy/"))
        made = Position.objects.get(title="Copy of Backend engineer")
        assert made.state == Position.State.DRAFT
        assert dict(made.memberships.values_list("user__username", "role")) == {"ada": "recruiter", "cy": "viewer"}
        copied = made.question_sets.get()
        assert copied.published_at is None
        columns = ("number", "text", "rubric", "think_seconds", "takes")
        assert list(copied.questions.values_list(*columns)) == list(world.question_set.questions.values_list(*columns))
        assert made.mail_texts.get().subject == "Hi {name}"


class TestState:
    def test_it_opens_once_there_is_something_to_ask(self, world: World, ada: Client) -> None:
        made = _draft(world)
        assert b"Publish the questions first" in ada.post(_at(made, "open/"), follow=True).content
        _published(made)
        before = head()
        assert b"people can be invited now" in ada.post(_at(made, "open/"), follow=True).content
        made.refresh_from_db()
        assert made.state == Position.State.OPEN
        assert Event.objects.filter(number__gt=before, kind=Kind.RULES, actor=world.ada).count() == 1
        assert b"open already" in ada.post(_at(made, "open/"), follow=True).content

    def test_a_closed_one_takes_nobody_in_by_any_way(self, world: World, bo: Client) -> None:
        link, token = make_public_link(world.position, "hall", actor=world.ada)
        eve = Applicant.objects.create(name="Eve", email="eve@example.com")
        revoked, _token = invite(eve, world.question_set)
        revoke(revoked)
        Position.objects.filter(pk=world.position.pk).update(state=Position.State.CLOSED)
        world.position.refresh_from_db()
        terms = Terms(world.interview.deadline, by_mail=False, reminds=False)
        with pytest.raises(WrongState, match="closed"):
            invite_people(world.position, [Person("Eve", "eve@example.com")], terms, world.ada)
        with pytest.raises(WrongState, match="closed"):
            new_link(revoked)
        stranger = Client()
        stranger.post(f"/join/{link.pk}/open/", {"token": token})
        page = stranger.get(f"/join/{link.pk}/")
        assert page.status_code == 410 and b"This position is closed" in page.content
        assert bo.get(f"/interview/{world.interview.pk}/").status_code == 200  # whose invitation stands
        assert new_link(world.interview)

    def test_it_opens_again(self, world: World, ada: Client) -> None:
        Position.objects.filter(pk=world.position.pk).update(state=Position.State.CLOSED)
        ada.post(_at(world.position, "open/"))
        assert invite(Applicant.objects.create(name="Eve", email="eve@example.com"), world.question_set)


class TestList:
    def test_it_counts_who_is_invited_waits_and_is_decided_about(self, submitted: World, ada: Client) -> None:
        invite(Applicant.objects.create(name="Eve", email="eve@example.com"), submitted.question_set)
        card = positions.of(submitted.position).card
        assert (card.invited, card.waiting, card.decided) == (2, 1, 0)
        submitted.interview.decisions.create(outcome="hold", reason="x", by=submitted.ada)
        card = positions.of(submitted.position).card
        assert (card.invited, card.waiting, card.decided) == (2, 0, 1)

    def test_who_only_sees_a_position_finds_it_and_no_way_to_edit_it(self, world: World, cy: Client) -> None:
        join_team(world.position, world.cy, Role.VIEWER)
        page = cy.get("/hr-dashboard/positions/").content.decode()
        assert "Backend engineer" in page and _at(world.position) + '"' not in page
        for last in ("", "edit/", "questions/", "team/", "mails/", "mails/invitation/", "close/"):
            assert cy.get(_at(world.position, last)).status_code == 404, last


class TestQuestions:
    def test_they_are_written_ordered_and_removed(self, world: World, ada: Client) -> None:
        made = _draft(world)
        page = _at(made, "questions/")
        assert b"What you ask" in ada.get(page).content
        ada.post(page, _asked({"text": "First", "place": 1}, {"text": "Second", "place": 2}, {"text": "3", "place": 3}))
        draft = made.question_sets.get()
        assert list(draft.questions.values_list("text", flat=True)) == ["First", "Second", "3"]
        first, second, third = draft.questions.all()
        moved = _asked(
            {"id": first.pk, "text": "First", "place": 3},
            {"id": second.pk, "text": "Second", "place": 1},
            {"id": third.pk, "text": "", "place": 2, "remove": "on"},
            edits=1,
        )
        assert ada.post(page, moved).status_code == 302
        assert list(draft.questions.values_list("pk", "number")) == [(second.pk, 1), (first.pk, 2)]

    @pytest.mark.parametrize(("act", "order"), [("up:1", "BAC"), ("down:0", "BAC"), ("down:2", "ABC"), ("up:9", "ABC")])
    def test_the_buttons_move_without_script(self, world: World, ada: Client, act: str, order: str) -> None:
        made = _draft(world)
        sent = _asked(*({"text": text, "place": place} for place, text in enumerate("ABC")), act=act)
        ada.post(_at(made, "questions/"), sent)
        assert "".join(made.question_sets.get().questions.values_list("text", flat=True)) == order

    def test_a_rubric_to_start_from_is_published_once_and_used_again(self, world: World, ada: Client) -> None:
        made = _draft(world)
        sent = _asked({"rubric": "start:problem-solving"}, {"rubric": "start:problem-solving"}, act="publish")
        assert ada.post(_at(made, "questions/"), sent)["Location"] == _at(made)
        version = RubricVersion.objects.get(rubric__name="Problem solving")
        assert version.published_at is not None
        assert set(made.question_sets.get().questions.values_list("rubric", flat=True)) == {version.pk}

    def test_what_keeps_it_from_being_published_is_said_and_the_draft_is_saved(self, world: World, ada: Client) -> None:
        made = _draft(world)
        reply = ada.post(_at(made, "questions/"), _asked({"text": "Typed"}, act="publish"))
        assert reply.status_code == 400 and b"Question 1 has no rubric" in reply.content
        assert made.question_sets.get().questions.get().text == "Typed"

    def test_the_first_question_that_is_not_complete_is_named(self, world: World, ada: Client) -> None:
        made = _draft(world)
        ada.post(_at(made, "questions/"), _asked({"text": "First"}, {"text": "Second"}))
        first, second = made.question_sets.get().questions.all()
        turned = _asked({"id": second.pk, "text": "Second"}, {"id": first.pk, "text": "First"}, edits=1, act="publish")
        assert b"Question 1 has no rubric" in ada.post(_at(made, "questions/"), turned).content

    def test_a_page_with_room_for_one_more_sends_to_the_one_without(self, world: World, ada: Client) -> None:
        made = _draft(world)
        reply = ada.post(_at(made, "questions/"), _asked({"text": "First"}, act="add"), follow=True)
        assert reply.redirect_chain[0][0].endswith("?add=1#question-2") and b'name="asked-1-text"' in reply.content
        assert f'action="{_at(made, "questions/")}"' in reply.content.decode()

    def test_bad_input_is_said_beside_its_field_and_nothing_is_lost(self, world: World, ada: Client) -> None:
        made = _draft(world)
        reply = ada.post(_at(made, "questions/"), _asked({"text": "Kept", "answer_seconds": "5"}, {"text": ""}))
        page = reply.content.decode()
        assert reply.status_code == 400 and "Kept" in page
        assert "Write the question, or remove it." in page and 'href="#question-1"' in page
        assert not made.question_sets.get().questions.exists()

    def test_who_saves_second_keeps_what_was_typed(self, world: World, ada: Client) -> None:
        made = _draft(world)
        ada.post(_at(made, "questions/"), _asked({"text": "Mine"}))
        reply = ada.post(_at(made, "questions/"), _asked({"text": "Theirs"}))
        assert reply.status_code == 409 and b"Theirs" in reply.content and b"Nothing was saved" in reply.content
        assert made.question_sets.get().questions.get().text == "Mine"

    def test_two_who_ask_for_the_next_draft_at_once_get_the_same(self, world: World) -> None:
        first, is_new = next_draft(world.position)
        assert is_new and first.questions.count() == 3
        assert next_draft(world.position) == (first, False)
        empty = Position.objects.create(title="Empty", about="-", host="-", contact="a@example.com")
        assert next_draft(empty)[0] == next_draft(empty)[0]

    def test_what_somebody_saved_a_moment_ago_is_not_published_unseen(self, world: World, ada: Client) -> None:
        made = _draft(world)
        ada.post(_at(made, "questions/"), _asked({"text": "Mine", "rubric": "start:problem-solving"}))
        mine = made.question_sets.get()
        ada.post(_at(made, "questions/"), _asked({"text": "Theirs"}, edits=1))
        with pytest.raises(DraftChanged, match="saved elsewhere meanwhile"):
            publish(mine)
        assert made.question_sets.get().published_at is None

    def test_published_ones_are_followed_by_a_draft_and_stay(self, world: World, ada: Client) -> None:
        page = _at(world.position, "questions/")
        assert b"cannot be changed" in ada.get(page).content
        ada.post(page, {"act": "next"})
        ada.post(page, {"act": "next"})  # a second time it is there
        assert list(world.position.question_sets.values_list("version", flat=True)) == [2, 1]
        assert world.question_set.questions.count() == 3
        assert ada.post(page, {"act": "save"}).status_code == 400

    def test_a_question_of_another_position_is_not_taken_over(self, world: World, ada: Client) -> None:
        made, other = _draft(world), world.questions[0]
        ada.post(_at(made, "questions/"), _asked({"id": other.pk, "text": "Stolen"}))
        other.refresh_from_db()
        assert other.text == "Question number 1?" and made.question_sets.get().questions.get().pk != other.pk


class TestTeam:
    def test_somebody_is_taken_in_moved_and_removed(self, world: World, ada: Client) -> None:
        page = _at(world.position, "team/")
        ada.post(page, {"who": "CY@example.com", "role": "viewer"})
        member = world.position.memberships.get(user=world.cy)
        assert member.role == "viewer"
        ada.post(page, {"member": member.pk, "role": "recruiter"})
        member.refresh_from_db()
        assert member.role == "recruiter"
        ada.post(page, {"member": member.pk, "role": "remove"})
        assert not world.position.memberships.filter(user=world.cy).exists()

    def test_it_never_loses_its_last_recruiter(self, world: World, ada: Client) -> None:
        page, mine = _at(world.position, "team/"), world.position.memberships.get()
        for role in ("reviewer", "remove"):
            reply = ada.post(page, {"member": mine.pk, "role": role}, follow=True)
            assert b"needs a recruiter" in reply.content
        mine.refresh_from_db()
        assert mine.role == "recruiter"

    def test_who_is_not_known_is_said(self, world: World, ada: Client) -> None:
        User.objects.create_user("gone", is_active=False)
        for who in ("nobody", "gone", ""):
            reply = ada.post(_at(world.position, "team/"), {"who": who, "role": "viewer"})
            assert reply.status_code == 400 and b"who-error" in reply.content
        assert world.position.memberships.count() == 1

    def test_a_member_of_another_team_is_not_reached(self, world: World, ada: Client) -> None:
        other = world.cy.memberships.get()
        for sent in (other.pk, "x", "9" * 30):
            assert ada.post(_at(world.position, "team/"), {"member": sent, "role": "viewer"}).status_code == 404
        other.refresh_from_db()
        assert other.role == "recruiter"
