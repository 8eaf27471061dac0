"""What is kept is deleted when its time is over: not before, and no more than an hour after."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime, timedelta
from functools import partial
from io import StringIO

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from interviews.actions.holding import place_hold
from interviews.actions.invitations import invite
from interviews.events import Kind
from interviews.models import Applicant, Assessment, Erasure, Event, Interview, Job, Position, Segment, Transcript
from interviews.models.erasures import DataClass
from interviews.processing import erasing, jobs
from interviews.processing.advance import advance, stalled
from interviews.queries import retention
from interviews.queries.operations import reconcile
from interviews.tasks import WORK
from tests.engines import work_through
from tests.people import World

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)


@pytest.fixture
def days(settings: Settings) -> dict[str, int]:
    chosen = {"media": 180, "transcripts": 365, "scores": 1460, "audit": 1820}
    settings.RETENTION_DAYS = chosen
    return chosen


def at(moment: datetime) -> int:
    """What a sweep and its workers do at that moment. How many jobs there were."""
    done = 0
    while True:
        opened, may_be_more = erasing.open_those_due(moment)
        for job in opened:
            jobs.run(job, {**WORK, Job.Kind.ERASE: partial(erasing.erase, clock=lambda: moment)})
        done += len(opened)
        if not may_be_more or not opened:
            break
    erasing.remove_tombstones(moment)
    return done


class TestFiveYears:
    def test_each_class_goes_within_an_hour_of_its_time(
        self, world: World, days: dict[str, int], settings: Settings
    ) -> None:
        """Thirty interviews that begin over half a year, a clock that goes by hours around each moment that counts and
        by weeks in between, for five years and a half."""
        begun = timezone.now()
        Position.objects.filter(pk=world.position.pk).update(retention_days=None)
        starts: dict[object, datetime] = {}
        for number in range(30):
            interview = world.interview
            if number:
                person = Applicant.objects.create(name=f"Person {number}", email=f"p{number}@example.com")
                interview, _token = invite(person, world.question_set)
            starts[interview.pk] = begun + timedelta(days=6 * number, hours=7 * number % 24, minutes=13 * number % 60)
            _as_if_submitted(world, interview, starts[interview.pk])
        gone: dict[str, dict[object, datetime]] = defaultdict(dict)
        moments = {begun + n * DAY for n in range(0, 5 * 365 + 200, 7)}
        for start in starts.values():
            for name in days:
                due = start + timedelta(days=days[name])
                moments |= {due - timedelta(minutes=1), due + timedelta(minutes=59)}
        for moment in sorted(moments):
            before = _standing()
            at(moment)
            after = _standing()
            for name in days:
                for pk in before[name] - after[name]:
                    gone[name][pk] = moment
        for name, number_of_days in days.items():
            assert gone[name].keys() == starts.keys(), name
            for pk, moment in gone[name].items():
                late = moment - (starts[pk] + timedelta(days=number_of_days))
                assert timedelta(0) <= late <= HOUR, (name, late)
        assert not Applicant.objects.exists() and not Interview.objects.exists()


def _as_if_submitted(world: World, interview: Interview, when: datetime) -> None:
    """A row of each class, without the time that recording and assessing takes."""
    Interview.objects.filter(pk=interview.pk).update(
        **{"state": "scored", "consented_at": when, "submitted_at": when, "ai_consent": False},
        ai_consent_version="1",
    )
    take = interview.takes.create(
        **{"question": world.questions[0], "number": 1, "state": "finished", "bytes": 1}, finished_at=when
    )
    take.segments.create(number=1, mime_type="video/webm", received=1)
    Transcript.objects.create(
        **{"take": take, "language": "en", "engine": "x", "model": "x"}, words=[{"text": "a", "start": 0, "end": 1}]
    )


def _standing() -> dict[str, set[object]]:
    every = Interview.objects.all()
    return {
        "media": set(Segment.objects.values_list("take__interview", flat=True)),
        "transcripts": set(Transcript.objects.exclude(words=[]).values_list("take__interview", flat=True)),
        "scores": set(every.filter(erased_at=None).values_list("pk", flat=True)),
        "audit": set(every.values_list("pk", flat=True)),
    }


class TestClasses:
    def test_recordings_go_and_the_rest_can_be_read(
        self, submitted: World, days: dict[str, int], ada: Client, admin_client: Client
    ) -> None:
        work_through(submitted.interview)
        assert at(timezone.now() + 181 * DAY) == 1
        interview = Interview.objects.get()
        assert (interview.media_erased_at is None, interview.transcripts_erased_at, interview.erased_at) == (
            False,
            None,
            None,
        )
        assert not Segment.objects.exists()
        page = admin_client.get(f"/hr-dashboard/results/{interview.pk}/review/").content.decode()
        assert "database migration" in page and "Bo Berg" in page
        assert "The recording was deleted" in page
        assert Event.objects.filter(kind=Kind.DELETED).count() == 1
        _nothing_is_begun_again(interview)

    def test_words_go_and_levels_stay(self, submitted: World, days: dict[str, int], admin_client: Client) -> None:
        Position.objects.update(rate_first=False)
        work_through(submitted.interview)
        levels = list(Assessment.objects.order_by("pk").values_list("level", "samples"))
        at(timezone.now() + 366 * DAY)
        interview = Interview.objects.get()
        assert interview.transcripts_erased_at is not None and interview.erased_at is None
        assert list(Assessment.objects.order_by("pk").values_list("level", "samples")) == levels
        page = admin_client.get(f"/hr-dashboard/results/{interview.pk}/review/").content.decode()
        assert "database migration with" not in page
        assert "The transcript was deleted" in page
        assert "It names the plan." in page
        _nothing_is_begun_again(interview)

    def test_recordings_that_nobody_heard_are_not_waited_for(self, submitted: World, days: dict[str, int]) -> None:
        at(timezone.now() + 181 * DAY)
        work_through(Interview.objects.get())
        assert Interview.objects.get().state == Interview.State.SCORED
        assert not stalled() and reconcile() == 0

    def test_the_record_takes_all_with_it(self, submitted: World, days: dict[str, int]) -> None:
        at(timezone.now() + 1461 * DAY)
        assert Erasure.objects.get().because == Erasure.Because.OVER
        assert Interview.objects.get().erased_at is not None

    def test_a_position_has_a_time_of_its_own_for_recordings(self, submitted: World, days: dict[str, int]) -> None:
        Position.objects.update(retention_days=7)
        assert at(timezone.now() + 6 * DAY) == 0
        assert at(timezone.now() + 8 * DAY) == 1

    def test_without_rules_nothing_goes(self, submitted: World, settings: Settings) -> None:
        settings.RETENTION_DAYS = dict.fromkeys(DataClass.values, 0)
        assert at(timezone.now() + 36500 * DAY) == 0

    def test_a_hold_stops_every_class(self, submitted: World, days: dict[str, int]) -> None:
        place_hold(submitted.interview, "a claim", by=submitted.ada)
        assert at(timezone.now() + 9999 * DAY) == 0
        assert Segment.objects.exists()

    def test_who_was_invited_and_never_came_goes_by_the_deadline(self, world: World, days: dict[str, int]) -> None:
        at(world.interview.deadline + 1461 * DAY)
        assert Interview.objects.get().erased_at is not None

    def test_what_is_open_again_begins_anew(self, submitted: World, days: dict[str, int]) -> None:
        later = timezone.now() + 400 * DAY
        Interview.objects.update(state=Interview.State.STARTED, submitted_at=None, deadline=later)
        assert at(later - DAY) == 0
        Interview.objects.update(state=Interview.State.SUBMITTED, submitted_at=timezone.now())


def _nothing_is_begun_again(interview: Interview) -> None:
    assert advance(interview) == []
    assert not stalled() and reconcile() == 0


class TestCommand:
    def test_a_dry_run_says_what_would_go_and_deletes_nothing(self, submitted: World, days: dict[str, int]) -> None:
        said = _told("--dry-run", "--days", "200")
        assert f"{submitted.interview.pk}  Backend engineer" in said
        assert "media (180 days;" in said and "Bo Berg" not in said
        assert Segment.objects.exists() and not Job.objects.filter(kind=Job.Kind.ERASE).exists()
        assert str(submitted.interview.pk) not in _told("--dry-run")
        for days_ahead in ("-1", "99999999999"):
            with pytest.raises(CommandError, match="takes 0 to 36500"):
                _told("--dry-run", f"--days={days_ahead}")

    def test_it_opens_what_is_due(self, submitted: World, days: dict[str, int]) -> None:
        Interview.objects.update(submitted_at=timezone.now() - 200 * DAY)
        assert "1 jobs opened" in _told()
        assert Job.objects.get(kind=Job.Kind.ERASE).state == Job.State.QUEUED

    def test_many_go_in_batches(self, world: World, days: dict[str, int], monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(erasing, "AT_ONCE", 3)
        for number in range(7):
            invite(Applicant.objects.create(name=f"N{number}", email=f"n{number}@example.com"), world.question_set)
        later = timezone.now() + 1500 * DAY
        opened, may_be_more = erasing.open_those_due(later)
        assert (len(opened), may_be_more) == (3, True)
        assert erasing.open_those_due(later) == ([], True)
        Job.objects.filter(pk__in=opened).delete()
        assert at(later) == 8


def _told(*arguments: str) -> str:
    said = StringIO()
    call_command("retention", *arguments, stdout=said)
    return said.getvalue()


class TestRules:
    def test_what_is_told_ends_with_the_record_of_whose_it_is(self, submitted: World, settings: Settings) -> None:
        settings.RETENTION_DAYS = {"media": 0, "transcripts": 365, "scores": 100, "audit": 0}
        begun = Interview.objects.get().submitted_at
        assert begun is not None
        told = [it.until for it in retention.kept(Interview.objects.get())]
        assert told == [begun + 100 * DAY, begun + 100 * DAY, begun + 100 * DAY, None]

    def test_the_site_says_why_in_its_own_words(self, settings: Settings) -> None:
        settings.RETENTION_BASIS = {**settings.RETENTION_BASIS, "media": "By our works agreement."}
        assert next(rule.basis for rule in retention.rules()) == "By our works agreement."
