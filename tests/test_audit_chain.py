"""The audit log is a chain in which every change is found."""

from __future__ import annotations

import hashlib
import re
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, IntegrityError, transaction
from django.utils import timezone

from interviews.events import Event, Kind, record
from interviews.models import AuditEntry, AuditHead, Unsealed
from interviews.models.audit import BEFORE_THE_FIRST, Action, canonical, hash_of
from interviews.processing.sealing import seal
from interviews.queries.audit import Anchor, head, verify
from tests.chance import seeded
from tests.people import World
from tests.processes import ROOT
from tests.tampering import TAMPERING, entry_made
from tests.triggers import without_triggers

TAMPERED = 60
"""Random attacks of each kind."""


class TestSealing:
    def test_a_row_that_becomes_visible_late_is_not_overlooked(self, world: World) -> None:
        seal()
        newest = Unsealed.objects.create(action=Action.SIGNED_IN, actor=1)
        seal()
        # A transaction that took an earlier number and commits only now.
        Unsealed.objects.create(pk=newest.pk - 1, action=Action.SIGNED_OUT, actor=2)
        seal()
        last, before = AuditEntry.objects.all()[:2]
        assert (last.action, before.action) == (Action.SIGNED_OUT, Action.SIGNED_IN)
        assert not Unsealed.objects.exists() and verify().problems == []

    def test_events_that_were_taken_away_before_they_were_sealed_leave_their_gap(self, world: World) -> None:
        seal()
        for _time in range(3):
            with transaction.atomic():
                record(Kind.RIGHTS, None, actor=world.ada)
        numbers = list(Event.objects.order_by("-number").values_list("number", flat=True)[:3])
        Event.objects.filter(number__in=numbers[1:]).delete()
        seal()
        told = AuditEntry.objects.get(action=Action.MISSING)
        assert told.subject_id == f"{numbers[2]}-{numbers[1]}"
        assert verify().problems == []

    def test_many_batches_make_one_chain(self, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("interviews.processing.sealing.BATCH", 7)
        Unsealed.objects.bulk_create(Unsealed(action=Action.SIGNED_IN, actor=n) for n in range(50))
        assert seal() >= 50
        assert list(AuditEntry.objects.order_by("number").values_list("number", flat=True)) == list(
            range(1, AuditEntry.objects.count() + 1)
        )
        assert verify().problems == []

    def test_events_are_sealed_in_their_own_order_whatever_their_clock_says(self, world: World) -> None:
        with transaction.atomic():
            record(Kind.RIGHTS, None)
            event = record(Kind.RIGHTS, None)
        Event.objects.filter(pk=event.pk).update(at=timezone.now() - timedelta(hours=1))
        seal()
        numbers = AuditEntry.objects.filter(event__isnull=False).order_by("number").values_list("event", flat=True)
        assert list(numbers) == sorted(it for it in numbers if it)
        assert verify().problems == []


class TestTampering:
    @pytest.fixture
    def sealed(self, world: World) -> int:
        """The number of the last entry."""
        Unsealed.objects.bulk_create(
            Unsealed(action=Action.REVIEW_SEEN, actor=n, interview=world.interview.pk, position=n, subject_id=str(n))
            for n in range(20)
        )
        seal()
        assert verify().problems == []
        return head().number

    @pytest.mark.parametrize("what", TAMPERING)
    def test_whatever_is_done_to_the_chain_is_found(self, what: str, sealed: int) -> None:
        chance = seeded(what)
        for number in range(TAMPERED):
            with without_triggers(), transaction.atomic():
                point = transaction.savepoint()
                TAMPERING[what](chance, sealed)
                found = verify()
                transaction.savepoint_rollback(point)
            assert found.problems, f"{what}, number {number}"
        assert verify().problems == []

    def test_a_chain_that_was_made_anew_or_cut_is_found_by_an_anchor_alone(self, sealed: int) -> None:
        """Who owns the database can compute hashes too: what was noted elsewhere is beyond them."""
        early, late = Anchor(3, AuditEntry.objects.get(number=3).hash), head()
        with without_triggers():
            AuditEntry.objects.filter(number__gte=10).delete()
            entry = entry_made(10, AuditEntry.objects.get(number=9).hash)
        AuditHead.objects.update(number=10, hash=entry.hash)
        assert verify().problems == [] == verify([early]).problems
        assert verify([early, late]).problems == [
            f"entry {late.number}, which was noted elsewhere, is missing",
        ]
        assert verify([Anchor(10, "a" * 64)]).problems == ["entry 10 is not the one that was noted elsewhere"]

    @pytest.mark.parametrize(
        "change", [{"kind": Kind.BACK}, {"at": datetime(2020, 1, 1, tzinfo=UTC)}, {"actor": "cy"}, {"interview": None}]
    )
    def test_an_event_that_was_changed_after_it_was_sealed_is_found(
        self, change: dict[str, object], world: World
    ) -> None:
        with transaction.atomic():
            record(Kind.DECIDED, world.interview, actor=world.ada)
        seal()
        newest = Event.objects.latest("number")
        Event.objects.filter(pk=newest.pk).update(**(change if "actor" not in change else {"actor": world.cy}))
        [problem] = verify().problems
        assert problem.startswith(f"event {newest.pk} is not what it was")

    def test_an_event_that_was_put_in_afterwards_is_found(self, world: World) -> None:
        for _time in range(3):
            with transaction.atomic():
                record(Kind.RIGHTS, None)
        number = Event.objects.latest("number").number
        Event.objects.filter(number=number - 1).delete()
        seal()
        assert verify().problems == []
        Event.objects.create(number=number - 1, kind=Kind.DECIDED, interview=world.interview)
        assert verify().problems == [f"event {number - 1} is not in the audit log, and came in later"]

    def test_what_was_erased_or_closed_later_stays_in_the_chain(self, world: World) -> None:
        with transaction.atomic():
            record(Kind.RIGHTS, None, actor=world.cy)
        seal()
        cy = world.cy.pk
        world.cy.delete()
        Event.objects.all().delete()
        seal()
        assert verify().problems == []
        assert AuditEntry.objects.filter(event__isnull=False, actor=cy).exists()

    def test_the_database_itself_refuses_a_change_and_a_deletion(self, sealed: int) -> None:
        for deed in (
            lambda: AuditEntry.objects.filter(number=1).update(actor=1),
            lambda: AuditEntry.objects.filter(number=1).delete(),
            lambda: AuditEntry.objects.get(number=1).delete(),
        ):
            with pytest.raises((DatabaseError, IntegrityError), match="never changed or deleted"), transaction.atomic():
                deed()
        assert verify().problems == []


class TestCommand:
    def test_it_prints_an_anchor_and_holds_the_log_to_it(
        self, world: World, capsys: pytest.CaptureFixture[str]
    ) -> None:
        call_command("audit", "head")
        anchor = capsys.readouterr().out.strip()
        assert anchor == str(head()) and not Unsealed.objects.exists()
        call_command("audit", "verify", "--anchor", anchor)
        assert f"{head().number} entries as they were sealed" in capsys.readouterr().out

    def test_what_is_wrong_is_said_with_exit_status_one(self, world: World, capsys: pytest.CaptureFixture[str]) -> None:
        seal()
        with without_triggers():
            AuditEntry.objects.filter(number=1).update(actor=77)
        with pytest.raises(SystemExit) as ended:
            call_command("audit", "verify")
        assert ended.value.code == 1
        assert "WRONG entry 1 is not what was sealed" in capsys.readouterr().out

    def test_an_anchor_that_is_none_is_refused_in_words(self) -> None:
        with pytest.raises(CommandError, match="write it as `audit head` prints it"):
            call_command("audit", "verify", "--anchor", "12")


def test_the_bytes_that_a_hash_is_over_are_those_of_the_documentation() -> None:
    text = (ROOT / "docs" / "audit.md").read_text("utf-8")
    said = re.search(r"```\n(\[.*\])\n([0-9a-f]{64})\n```", text)
    assert said
    moment = datetime(2026, 11, 27, 9, 6, 0, 250, tzinfo=UTC)
    interview = uuid.UUID("7d0c0f3e-0e0c-4a52-9d0b-1d1f6c3b8a11")
    then, nothing = moment + timedelta(seconds=2), ("", "", None)
    values: list[Any] = [1, moment, then, "review.seen", 4, interview, 7, *nothing, BEFORE_THE_FIRST]
    assert canonical(values).decode() == said[1]
    assert hash_of(values) == hashlib.sha256(said[1].encode()).hexdigest() == said[2]
