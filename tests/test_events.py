"""The event log: numbers without gaps, visible in their order, in the transaction of what they describe."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event as Flag
from threading import Thread
from typing import Any

import pytest
from django.db import connection, transaction

from interviews.events import Head, Kind, event_recorded, head, record
from interviews.models import Event, Interview
from tests.people import World

WRITERS = 8
EACH = 20


@contextmanager
def _receiving(receiver: Any) -> Iterator[None]:
    event_recorded.connect(receiver)
    try:
        yield
    finally:
        event_recorded.disconnect(receiver)


def _numbers() -> list[int]:
    return list(Event.objects.order_by("number").values_list("number", flat=True))


def test_numbers_are_without_gaps_and_visible_in_their_order(world: World) -> None:
    """A reader who stands at the newest number has seen all before it, at every moment."""
    start, failures, done = head(), [], Flag()

    def write() -> None:
        try:
            for turn in range(EACH):
                with transaction.atomic():
                    record(Kind.STARTED, world.interview)
                    if turn % 5 == 4:
                        record(Kind.RECORDED, world.interview)
        except Exception as error:  # noqa: BLE001 - looked at below
            failures.append(repr(error))
        finally:
            connection.close()

    def read() -> None:
        looks = 0
        while not done.is_set() or looks < 3:
            looks += 1
            seen = _numbers()
            if seen != list(range(1, len(seen) + 1)):
                failures.append(f"visible out of order: {seen}")
                break
        connection.close()

    writers, reader = [Thread(target=write) for _ in range(WRITERS)], Thread(target=read)
    for thread in [*writers, reader]:
        thread.start()
    for thread in writers:
        thread.join()
    done.set()
    reader.join()
    assert failures == []
    assert head() - start == WRITERS * (EACH + EACH // 5)
    assert _numbers() == list(range(1, head() + 1))


def test_outside_the_transaction_of_its_change_no_event_is_recorded(world: World) -> None:
    before = head()
    with pytest.raises(RuntimeError, match="inside the transaction"):
        record(Kind.STARTED, world.interview)
    assert head() == before == max(_numbers())


def test_what_is_rolled_back_leaves_no_gap_and_no_nudge(world: World) -> None:
    before, told = head(), []

    def receiver(number: int, **rest: Any) -> None:
        told.append(number)

    with _receiving(receiver):
        with pytest.raises(ZeroDivisionError), transaction.atomic():
            record(Kind.STARTED, world.interview)
            Interview.objects.filter(pk=world.interview.pk).update(deadline="2000-01-01T00:00:00Z")
            raise ZeroDivisionError
        assert (head(), told) == (before, [])
        with transaction.atomic():
            record(Kind.STARTED, world.interview)
    assert told == [before + 1] == [head()]


def test_the_nudge_comes_after_the_commit(world: World) -> None:
    seen: list[tuple[bool, bool]] = []

    def receiver(number: int, **rest: Any) -> None:
        seen.append((connection.in_atomic_block, Event.objects.filter(number=number).exists()))

    with _receiving(receiver), transaction.atomic():
        record(Kind.STARTED, world.interview)
        record(Kind.RECORDED, world.interview)
        assert seen == []
    assert seen == [(False, True)] * 2


def test_a_nudge_that_fails_breaks_neither_the_commit_nor_the_next_nudge(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    before, told = head(), []

    def fails(number: int, **rest: Any) -> None:
        raise ConnectionError("Redis is away")

    def receiver(number: int, **rest: Any) -> None:
        told.append(number)

    with caplog.at_level(logging.CRITICAL), _receiving(fails), _receiving(receiver):
        for _ in range(2):
            with transaction.atomic():
                record(Kind.STARTED, world.interview)
    assert told == [before + 1, before + 2]
    assert head() == before + 2


def test_an_empty_log_begins_at_one(world: World) -> None:
    Event.objects.all().delete()
    Head.objects.all().delete()
    assert head() == 0
    with transaction.atomic():
        assert record(Kind.STARTED, world.interview).number == 1


def test_an_event_holds_ids_and_no_words(world: World) -> None:
    with transaction.atomic():
        event = record(Kind.STARTED, world.interview, actor=world.ada)
    row = dict(Event.objects.values().get(number=event.number))
    assert row.pop("at")
    assert row == {
        "number": event.number,
        "kind": "interview.started",
        "interview_id": world.interview.pk,
        "answer_id": None,
        "actor_id": world.ada.pk,
    }
