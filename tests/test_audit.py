"""The audit log has who saw and did what, for those who may read it."""

from __future__ import annotations

import hashlib
import json
import uuid

import pytest
from django.contrib.auth.models import Group, Permission, User
from django.db import connection
from django.test import Client
from django.urls import reverse

from interviews.actions.reviewing import Rated, rate
from interviews.events import Event, Kind
from interviews.models import AuditEntry, Position, QuestionSet, Rendition, Take, Unsealed
from interviews.models.audit import BEFORE_THE_FIRST, Action, actions
from interviews.processing.sealing import seal
from interviews.queries.audit import head, verify
from interviews.queries.ratings import places
from interviews.tasks import sweep
from tests.engines import work_through
from tests.people import World, content, everything, join_team, review, show_at_once
from tests.processes import ROOT


def _told(action: str) -> list[tuple[int | None, uuid.UUID | None, int | None, str]]:
    seal()
    found = AuditEntry.objects.filter(action=action).order_by("number")
    return list(found.values_list("actor", "interview", "position", "subject_type"))


@pytest.fixture
def watched(submitted: World) -> World:
    """Bo's interview is assessed, and shown at once."""
    show_at_once(submitted.position)
    work_through(submitted.interview)
    return submitted


class TestLooks:
    @pytest.mark.parametrize(
        ("action", "subject", "address"),
        [
            (Action.REVIEW_SEEN, "", "review/"),
            (Action.TRANSCRIPT_SEEN, "take", "takes/{take}/transcript/"),
            (Action.TRANSCRIPT_SEEN, "take", "takes/{take}/captions/1/"),
            (Action.RECORDING_PLAYED, "take", "takes/{take}/playable/{version}/"),
            (Action.RECORDING_PLAYED, "take", "takes/{take}/originals/1/"),
        ],
    )
    def test_who_looks_at_an_interview_is_written_down_once_for_ten_minutes(
        self, action: Action, subject: str, address: str, watched: World, ada: Client
    ) -> None:
        take = Take.objects.filter(answer__interview=watched.interview).earliest("created_at")
        names = {"take": take.pk, "version": Rendition.objects.get(take=take).version}
        for _time in range(3):
            page = f"/hr-dashboard/results/{watched.interview.pk}/{address.format(**names)}"
            assert ada.get(page, headers={"Range": "bytes=0-99"}).status_code in (200, 206)
        assert _told(action) == [(watched.ada.pk, watched.interview.pk, watched.position.pk, subject)]

    def test_the_pages_of_a_whole_position_are_written_down(self, watched: World, ada: Client) -> None:
        page = f"/hr-dashboard/positions/{watched.position.pk}/"
        assert ada.get(f"{page}ranking/").status_code == 200
        assert ada.get(f"{page}compare/?question=1&anonymous=1").status_code == 200
        assert _told(Action.RANKING_SEEN) == [(watched.ada.pk, None, watched.position.pk, "")]
        assert _told(Action.COMPARED) == [(watched.ada.pk, watched.interview.pk, watched.position.pk, "")]

    def test_who_may_not_look_leaves_nothing(self, watched: World, cy: Client) -> None:
        assert cy.get(f"/hr-dashboard/results/{watched.interview.pk}/review/").status_code == 404
        assert _told(Action.REVIEW_SEEN) == []

    def test_a_transcript_in_the_admin_is_written_down_too(self, watched: World, root: Client) -> None:
        take = Take.objects.filter(answer__interview=watched.interview).earliest("created_at")
        assert root.get(reverse("admin:interviews_transcript_change", args=[take.transcript.pk])).status_code == 200
        assert [it[1] for it in _told(Action.TRANSCRIPT_SEEN)] == [watched.interview.pk]

    def test_a_look_that_cannot_be_written_down_shows_nothing(self, watched: World, ada: Client) -> None:
        ada.raise_request_exception = False
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE interviews_unsealed RENAME TO away")
        try:
            reply = ada.get(f"/hr-dashboard/results/{watched.interview.pk}/review/")
        finally:
            with connection.cursor() as cursor:
                cursor.execute("ALTER TABLE away RENAME TO interviews_unsealed")
        assert reply.status_code == 500 and b"Bo Berg" not in reply.content


class TestActs:
    def test_every_event_becomes_one_entry_with_its_number(self, submitted: World) -> None:
        everything(submitted)
        sweep()
        told = AuditEntry.objects.filter(event__isnull=False).order_by("event")
        events = Event.objects.order_by("number")
        assert list(told.values_list("event", "action", "at", "actor", "interview")) == list(
            events.values_list("number", "kind", "at", "actor", "interview")
        )
        assert {it.position for it in told if it.interview} == {submitted.position.pk}
        assert verify().problems == []

    def test_a_rating_is_told_once_whether_before_or_after_the_review(self, submitted: World) -> None:
        answer, criterion = places(submitted.interview)[0]
        join_team(submitted.position, submitted.ada)
        rate(submitted.interview, submitted.ada, Rated(answer.pk, criterion.pk, 2))
        review(submitted.interview, submitted.ada)
        before = len(_told(Action.RATED))
        rate(submitted.interview, submitted.ada, Rated(answer.pk, criterion.pk, 5, "", "Heard it again."))
        assert before > 1 and len(_told(Action.RATED)) == before and len(_told(Kind.REVISED)) == 1

    def test_signing_in_and_failing_to_are_told_without_what_was_typed(self, world: World) -> None:
        browser = Client()
        page = reverse("sign-in")
        browser.post(page, {"username": "ada", "password": "wrong horse"})
        browser.post(page, {"username": "my password by mistake", "password": "x"})
        browser.post(page, {"username": "ada", "password": "correct horse battery staple"})
        browser.post(reverse("sign-out"))
        assert [it[3] for it in _told(Action.NOT_SIGNED_IN)] == ["user", ""]
        assert [it[0] for it in _told(Action.SIGNED_IN)] == [it[0] for it in _told(Action.SIGNED_OUT)] == [world.ada.pk]
        assert "mistake" not in json.dumps(list(AuditEntry.objects.values()), default=str)

    def test_a_change_of_a_team_names_who_did_it_and_to_whom(self, world: World, ada: Client) -> None:
        eve = User.objects.create_user("eve", "eve@example.com", "-")
        page = reverse("position-team", args=[world.position.pk])
        seal()
        before = AuditEntry.objects.latest("number").number
        assert ada.post(page, {"who": "eve", "role": "viewer"}).status_code == 302
        seal()
        told = AuditEntry.objects.get(action=Action.TEAM_CHANGED, number__gt=before)
        assert (told.actor, told.position, told.subject_id) == (world.ada.pk, world.position.pk, str(eve.pk))

    def test_rights_that_are_changed_in_the_admin_name_who_did_it(self, world: World, root: Client) -> None:
        group, admin = Group.objects.create(name="Auditors"), User.objects.get(username="root")
        form = {"name": "Auditors", "permissions": [Permission.objects.get(codename="view_auditentry").pk]}
        assert root.post(reverse("admin:auth_group_change", args=[group.pk]), form).status_code == 302
        world.cy.groups.add(group)
        world.position.team.add(world.cy)
        world.position.team.remove(world.cy)
        assert {it[0] for it in _told(Action.GROUP_CHANGED)} == {None, admin.pk}  # None: made by this test itself
        assert AuditEntry.objects.filter(action=Action.ACCOUNT_CHANGED, subject_id=str(world.cy.pk)).count() == 1
        for action in (Action.TEAM_CHANGED, Action.TEAM_LEFT):
            told = AuditEntry.objects.filter(action=action, subject_id=str(world.cy.pk), position=world.position.pk)
            assert told.count() == 1

    def test_whatever_else_is_changed_in_the_admin_is_told_too(self, world: World, root: Client) -> None:
        applicant = world.interview.applicant
        page = reverse("admin:interviews_applicant_change", args=[applicant.pk])
        assert root.post(page, {"name": "Bo Borg", "email": applicant.email}).status_code == 302
        assert [it[3] for it in _told(Action.ADMIN_CHANGED)] == ["applicant"]

    def test_what_is_deleted_in_the_admin_is_told_once_each_also_of_several(self, world: World, root: Client) -> None:
        made = [QuestionSet.objects.create(position=world.position, version=7 + number) for number in range(3)]
        page = reverse("admin:interviews_questionset_delete", args=[made[0].pk])
        assert root.post(page, {"post": "yes"}).status_code == 302
        form = {"action": "delete_selected", "_selected_action": [it.pk for it in made[1:]], "post": "yes"}
        assert root.post(reverse("admin:interviews_questionset_changelist"), form).status_code == 302
        assert [it[3] for it in _told(Action.ADMIN_DELETED)] == ["questionset"] * 3
        assert not QuestionSet.objects.filter(version__gte=7).exists()

    def test_no_entry_holds_a_name_or_a_word(self, submitted: World) -> None:
        everything(submitted)
        seal()
        text = json.dumps(list(AuditEntry.objects.values()), default=str)
        for secret in ("Bo Berg", "@example.com", "heron", "Backend", '"ada"', "Olga"):
            assert secret not in text, secret


class TestAdmin:
    PAGE = "admin:interviews_auditentry_changelist"

    def test_it_is_for_whoever_may_view_it_and_for_nobody_else(self, world: World, root: Client) -> None:
        seal()
        auditor = User.objects.create_user("auditor", is_staff=True)
        browser = Client()
        browser.force_login(auditor)
        pages = [reverse(self.PAGE), reverse("admin:interviews_auditentry_export", args=["csv"])]
        assert [browser.get(page).status_code for page in pages] == [403, 403]
        auditor.user_permissions.add(Permission.objects.get(codename="view_auditentry"))
        assert [browser.get(page).status_code for page in pages] == [200, 200]
        entry = AuditEntry.objects.latest("number")
        for act in ("change", "delete"):
            page = reverse(f"admin:interviews_auditentry_{act}", args=[entry.pk])
            assert browser.post(page, {"post": "yes"}).status_code == 403
        assert browser.get(reverse("admin:interviews_auditentry_export", args=["pdf"])).status_code == 404

    def test_it_is_filtered_by_person_interview_and_action_and_as_of_an_entry(
        self, watched: World, ada: Client, root: Client
    ) -> None:
        ada.get(f"/hr-dashboard/results/{watched.interview.pk}/review/")
        seal()

        def shown(query: str) -> int:
            reply = root.get(f"{reverse(self.PAGE)}?{query}")
            assert reply.status_code == 200, query
            return int(reply.context["cl"].result_count)

        entries = AuditEntry.objects
        assert shown("") == entries.count()
        assert shown(f"actor={watched.ada.pk}") == entries.filter(actor=watched.ada.pk).count() > 0
        assert shown(f"interview={watched.interview.pk}") == entries.filter(interview=watched.interview.pk).count() > 0
        assert shown(f"action={Action.REVIEW_SEEN}&q=ada") == 1
        assert shown(f"q={watched.interview.pk}") == entries.filter(interview=watched.interview.pk).count()
        assert shown("number__lte=3") == 3
        assert shown("live=1&number__lte=3") == 3

    def test_followed_it_reads_itself_again_and_kept_it_does_not(self, world: World, root: Client) -> None:
        seal()
        followed = root.get(f"{reverse(self.PAGE)}?live=1").content.decode()
        still = root.get(reverse(self.PAGE)).content.decode()
        assert "js/audit" in followed and "js/audit" not in still
        assert f"number__lte={head().number}" in still and f"entry {head().number}" in still

    def test_the_json_lets_anybody_check_the_chain(self, world: World, root: Client) -> None:
        seal()
        reply = root.get(reverse("admin:interviews_auditentry_export", args=["json"]))
        told = json.loads(content(reply))
        previous = BEFORE_THE_FIRST
        for entry in reversed(told["entries"]):
            stored = entry.pop("hash")
            assert entry["previous"] == previous
            values = json.dumps(list(entry.values()), separators=(",", ":"))
            previous = hashlib.sha256(values.encode()).hexdigest()
            assert previous == stored
        assert told["head"] == f"{len(told['entries'])}:{previous}"
        assert [it[0] for it in _told(Action.AUDIT_EXPORTED)] == [User.objects.get(username="root").pk]

    def test_the_csv_holds_what_the_page_shows_and_no_formula(self, world: World, root: Client) -> None:
        Unsealed.objects.create(action=Action.ADMIN_CHANGED, subject_type="applicant", subject_id="=1+1")
        seal()
        page = reverse("admin:interviews_auditentry_export", args=["csv"])
        lines = content(root.get(f"{page}?action={Action.ADMIN_CHANGED}")).decode("utf-8-sig").splitlines()
        assert len(lines) == 2 and '"\'=1+1"' in lines[1]


def test_every_action_is_in_the_documentation() -> None:
    text = (ROOT / "docs" / "audit.md").read_text("utf-8")
    assert [action for action in Action.values if f"`{action}`" not in text] == []
    assert len(actions()) == len(Kind) + len(Action)


def test_positions_are_told_too(world: World, ada: Client) -> None:
    position = Position.objects.create(title="Another", about="-", host="-", contact="a@example.com")
    position.save()
    position.delete()
    for action in (Action.POSITION_MADE, Action.POSITION_CHANGED, Action.POSITION_DELETED):
        assert world.position.pk < max(it[2] or 0 for it in _told(action)), action
