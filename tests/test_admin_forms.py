"""What operators write in the admin: invitations and question sets."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any

import pytest
from bs4 import BeautifulSoup
from django.contrib.auth.models import User
from django.db import connection
from django.db.models import Model
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from interviews.actions.invitations import revoke
from interviews.actions.needs import ask_for_time
from interviews.actions.positions import new_version, publish, save_questions
from interviews.actions.rubrics import DraftChanged
from interviews.actions.running import PositionChanged, save
from interviews.events import Kind
from interviews.models import (
    Applicant,
    Event,
    ExtensionRequest,
    Interview,
    Link,
    Position,
    Question,
    QuestionSet,
    Rubric,
    RubricVersion,
)
from tests.people import World, make_position


def _address(model: type[Model], page: str, *args: object) -> str:
    return reverse(f"admin:interviews_{model._meta.model_name}_{page}", args=args)


def _offered(browser: Client, address: str, field: str) -> dict[str, bool]:
    """What can be chosen in a field, and whether it is."""
    page = BeautifulSoup(browser.get(address).content, "html.parser")
    return {str(it["value"]): it.has_attr("selected") for it in page.select(f"select[name={field}] option")}


class TestInviting:
    def _link(self, page: Any) -> str:
        found = re.search(r"http://testserver(/interview/[0-9a-f-]{36}/)#([0-9a-f]{48})", page.content.decode())
        assert found, page.content.decode()
        return f"{found[1]} {found[2]}"

    def test_the_link_is_shown_once_and_works(self, world: World, root: Client) -> None:
        dee = Applicant.objects.create(name="Dee <b>Dahl</b>", email="d@example.com")
        until = timezone.now() + timedelta(days=3)
        sent: dict[str, Any] = {"applicant": dee.pk, "question_set": world.question_set.pk}
        sent |= {"deadline_0": f"{until:%Y-%m-%d}", "deadline_1": f"{until:%H:%M:%S}"}
        page = root.post(_address(Interview, "add"), sent, follow=True)
        address, token = self._link(page).split()
        assert b"<b>Dahl" not in page.content
        interview = Interview.objects.get(applicant=dee)
        assert address == f"/interview/{interview.pk}/"
        assert interview.deadline == until.replace(microsecond=0)
        assert Client().post(f"{address}open/", {"token": token}).status_code == 302
        assert token.encode() not in root.get(_address(Interview, "changelist")).content
        assert token.encode() not in root.get(_address(Interview, "change", interview.pk)).content
        event, _opened = Event.objects.filter(interview=interview).order_by("number")
        assert (event.kind, event.actor and event.actor.username) == ("interview.invited", "root")

    def test_only_published_question_sets_are_offered(self, world: World, root: Client) -> None:
        draft = new_version(world.question_set)
        offered = _offered(root, _address(Interview, "add"), "question_set")
        assert str(world.question_set.pk) in offered and str(draft.pk) not in offered

    def _invite_dee(self, world: World, root: Client) -> str:
        dee = Applicant.objects.create(name="Dee", email="d@example.com")
        until = timezone.now() + timedelta(days=3)
        sent: dict[str, Any] = {"applicant": dee.pk, "question_set": world.question_set.pk}
        sent |= {"deadline_0": f"{until:%Y-%m-%d}", "deadline_1": f"{until:%H:%M:%S}"}
        reply = root.post(_address(Interview, "add"), sent)
        assert reply.status_code == 200 and Interview.objects.count() == 1
        return reply.content.decode()

    def test_who_invites_to_a_closed_position_reads_what_to_do(self, world: World, root: Client) -> None:
        Position.objects.update(state=Position.State.CLOSED)
        assert "publish them, and open their position" in self._invite_dee(world, root)

    def test_a_position_that_is_closed_in_that_moment_is_an_error_of_the_form(self, world: World, root: Client) -> None:
        """The questions are still on offer when they are looked for, and its position is closed when that is read."""

        def close(execute: Any, sql: str, *rest: Any) -> Any:
            if 'FROM "interviews_position"' in sql:
                Position.objects.filter(state=Position.State.OPEN).update(state=Position.State.CLOSED)
            return execute(sql, *rest)

        with connection.execute_wrapper(close):
            assert "This position is closed. Open it again to invite people." in self._invite_dee(world, root)

    def test_a_deadline_is_moved_as_recruiters_move_it_and_never_back(self, world: World, root: Client) -> None:
        def moved_to(until: datetime) -> str:
            sent = {"deadline_0": f"{until:%Y-%m-%d}", "deadline_1": f"{until:%H:%M:%S}"}
            return root.post(_address(Interview, "change", world.interview.pk), sent, follow=True).content.decode()

        soon = timezone.now().replace(microsecond=0) + timedelta(days=4)
        Interview.objects.update(deadline=soon, remind_at=soon - timedelta(days=2))
        ask_for_time(world.interview)
        page = moved_to(soon + timedelta(days=10))
        assert "can be used until" in page
        interview = Interview.objects.get()
        assert interview.deadline == soon + timedelta(days=10)
        assert interview.remind_at is None or interview.remind_at > soon
        event = Event.objects.latest("number")
        assert (event.kind, event.actor) == ("extension.granted", User.objects.get(username="root"))
        assert ExtensionRequest.objects.get().state == ExtensionRequest.State.GRANTED
        page = moved_to(soon)
        assert "Nobody is given less time" in page and "changed successfully" not in page
        assert Interview.objects.get().deadline == soon + timedelta(days=10)

    def test_only_the_deadline_can_be_changed(self, world: World, root: Client) -> None:
        other = Applicant.objects.create(name="Dee", email="d@example.com")
        until = timezone.now() + timedelta(days=30)
        sent = {"applicant": other.pk, "state": "scored", "revoked_at": "2026-01-01"}
        sent |= {"deadline_0": f"{until:%Y-%m-%d}", "deadline_1": f"{until:%H:%M:%S}"}
        before = Interview.objects.values().get()
        assert root.post(_address(Interview, "change", world.interview.pk), sent).status_code == 302
        given = until.replace(microsecond=0)
        assert Interview.objects.values().get() == {**before, "deadline": given, "given_until": given}

    def test_who_cannot_get_a_link_is_named(self, world: World, root: Client) -> None:
        revoke(world.interview)
        Position.objects.update(state=Position.State.CLOSED)
        sent = {"action": "link_selected", "_selected_action": [world.interview.pk]}
        page = root.post(_address(Interview, "changelist"), sent, follow=True).content.decode()
        assert "This position is closed. Open it again to invite people." in page and Link.objects.count() == 1

    def test_a_new_link_works_beside_the_old_one(self, world: World, root: Client) -> None:
        sent = {"action": "link_selected", "_selected_action": [world.interview.pk]}
        address, token = self._link(root.post(_address(Interview, "changelist"), sent, follow=True)).split()
        assert Client().post(f"{address}open/", {"token": world.token}).status_code == 302
        assert Client().post(f"{address}open/", {"token": token}).status_code == 302
        assert Event.objects.get(kind=Kind.RENEWED).actor == User.objects.get(username="root")

    def test_withdrawing_ends_the_link_and_says_what_is_kept(self, world: World, root: Client) -> None:
        sent = {"action": "revoke_selected", "_selected_action": [world.interview.pk]}
        assert b"recorded is kept" in root.post(_address(Interview, "changelist"), sent, follow=True).content
        assert Client().post(f"/interview/{world.interview.pk}/open/", {"token": world.token}).status_code == 410
        event = Event.objects.latest("number")
        assert (event.kind, event.actor) == ("interview.revoked", User.objects.get(username="root"))


class TestQuestionSets:
    def test_a_published_one_cannot_be_changed_in_the_admin(self, world: World, root: Client) -> None:
        rows = [world.question_set, world.questions[0]]
        for row in rows:
            before = type(row)._default_manager.values().get(pk=row.pk)
            sent = {field.name: "9" for field in row._meta.fields}
            assert root.post(_address(type(row), "change", row.pk), sent).status_code == 403
            assert root.post(_address(type(row), "delete", row.pk), {"post": "yes"}).status_code == 403
            selected = {"action": "delete_selected", "_selected_action": [row.pk], "post": "yes"}
            root.post(_address(type(row), "changelist"), selected)
            assert type(row)._default_manager.values().get(pk=row.pk) == before

    def test_nor_by_way_of_its_position(self, world: World, root: Client) -> None:
        page = root.get(_address(type(world.position), "change", world.position.pk))
        sent = {key: value for key, value in page.context["adminform"].form.initial.items() if value is not None}
        sent |= {"title": "Renamed", "question_sets-TOTAL_FORMS": 1, "memberships-TOTAL_FORMS": 0}
        sent |= {"memberships-INITIAL_FORMS": 0}
        sent |= {"question_sets-INITIAL_FORMS": 1, "question_sets-0-id": world.question_set.pk}
        sent |= {"question_sets-0-position": world.position.pk, "question_sets-0-version": 77}
        root.post(_address(type(world.position), "change", world.position.pk), sent)
        world.position.refresh_from_db()
        world.question_set.refresh_from_db()
        assert (world.position.title, world.question_set.version) == ("Renamed", 1)

    def test_a_question_set_can_be_made_and_published_in_the_admin(self, world: World, root: Client) -> None:
        address, position = _address(QuestionSet, "changelist"), make_position("New", world.ada)
        made = {"position": position.pk, "version": 1, "questions-TOTAL_FORMS": 0, "questions-INITIAL_FORMS": 0}
        root.post(_address(QuestionSet, "add"), made)
        draft = QuestionSet.objects.get(position=position)
        publish = {"action": "publish_selected", "_selected_action": [draft.pk]}
        assert b"at least one question" in root.post(address, publish, follow=True).content
        asked = {"question_set": draft.pk, "number": 1, "text": "Why?", "think_seconds": 5, "answer_seconds": 60}
        root.post(_address(Question, "add"), {**asked, "takes": 1})
        assert b"Question 1 has no rubric" in root.post(address, publish, follow=True).content
        question, rubric = draft.questions.get(), world.questions[0].rubric
        assert rubric
        root.post(_address(Question, "change", question.pk), {**asked, "takes": 1, "rubric": rubric.pk})
        assert b"is published" in root.post(address, publish, follow=True).content
        assert b"already published" in root.post(address, publish, follow=True).content

    def test_what_is_changed_there_is_told_to_who_has_it_open_elsewhere(self, world: World, root: Client) -> None:
        """By the number that their pages, and the API, send back."""
        page = root.get(_address(Position, "change", world.position.pk))
        sent = {key: value for key, value in page.context["adminform"].form.initial.items() if value is not None}
        sent |= {
            f"{inline}-{count}_FORMS": 0
            for inline in ("question_sets", "memberships")
            for count in ("TOTAL", "INITIAL")
        }
        sent["initial-invitation_days"] = world.position.invitation_days
        assert root.post(_address(Position, "change", world.position.pk), sent).status_code == 302
        assert Position.objects.get(pk=world.position.pk).edits == 0, "nothing was changed"
        assert (
            root.post(_address(Position, "change", world.position.pk), {**sent, "title": "Renamed"}).status_code == 302
        )
        with pytest.raises(PositionChanged):
            save(world.position, 0, {"title": "Mine"}, actor=world.ada)
        assert Position.objects.get(pk=world.position.pk).title == "Renamed"
        draft = new_version(world.question_set)
        question = draft.questions.earliest("number")
        asked = {"question_set": draft.pk, "number": 1, "text": "Else?", "think_seconds": 5, "answer_seconds": 60}
        asked |= {"takes": 1, "rubric": question.rubric_id}
        assert root.post(_address(Question, "change", question.pk), asked).status_code == 302
        with pytest.raises(DraftChanged):
            save_questions(draft, 0, False, [])
        with pytest.raises(DraftChanged, match="Not published"):
            publish(draft)
        draft.refresh_from_db()
        assert (draft.questions.count(), draft.edits, draft.published_at) == (3, 1, None)
        inlines = {"questions-TOTAL_FORMS": 0, "questions-INITIAL_FORMS": 0}
        changed = {"position": world.position.pk, "version": 2, **inlines}
        assert root.post(_address(QuestionSet, "change", draft.pk), changed).status_code == 302
        draft.refresh_from_db()
        assert (draft.practice, draft.edits) == (False, 2)

    def test_a_published_one_can_be_copied_to_be_changed(self, world: World, root: Client) -> None:
        sent = {"action": "copy_selected", "_selected_action": [world.question_set.pk]}
        root.post(_address(QuestionSet, "changelist"), sent)
        draft = QuestionSet.objects.get(version=2)
        question = draft.questions.all()[0]
        question.text = "Another?"
        question.save()
        assert root.get(_address(Question, "change", question.pk)).status_code == 200
        world.questions[0].refresh_from_db()
        assert world.questions[0].text == "Question number 1?"

    def test_only_published_rubrics_are_offered(self, world: World, root: Client) -> None:
        question = new_version(world.question_set).questions.all()[0]
        unfinished = RubricVersion.objects.create(rubric=Rubric.objects.create(name="Unfinished"))
        offered = _offered(root, _address(Question, "change", question.pk), "rubric")
        assert offered[str(question.rubric_id)] and str(unfinished.pk) not in offered
