"""What calls cost is written down, and when a month's budget is spent they wait, and nothing else does."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import partial
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import connection
from django.forms import modelform_factory
from django.test import Client
from pytest_django import Settings

from interviews.actions import answering
from interviews.engines.analysis.gemini import Gemini
from interviews.engines.keeping import Usage
from interviews.engines.transcription.deepgram import Deepgram
from interviews.events import head
from interviews.forms.positions import Described
from interviews.models import Assessment, AssessmentRun, Charge, Event, Interview, Job, JobAttempt, Position, Transcript
from interviews.processing import jobs, spending
from interviews.processing.analysis import assess
from interviews.processing.transcription import transcribe
from interviews.queries import stages
from interviews.queries.operations import reconcile
from interviews.queries.spending import month, spent
from interviews.tasks import sweep
from realtime import feed
from tests.engines import due, work
from tests.fakes.deepgram import FakeDeepgram
from tests.fakes.gemini import FakeGemini
from tests.fakes.wire import Behaviour
from tests.people import World, show_at_once


@pytest.fixture(autouse=True)
def _prices(settings: Settings) -> None:
    settings.GEMINI_PRICE_INPUT, settings.GEMINI_PRICE_OUTPUT = Decimal(2), Decimal(10)
    settings.DEEPGRAM_PRICE_MINUTE = Decimal("0.6")


@pytest.fixture
def gemini() -> Iterator[FakeGemini]:
    with FakeGemini() as fake:
        yield fake


@pytest.fixture
def deepgram() -> Iterator[FakeDeepgram]:
    with FakeDeepgram() as fake:
        yield fake


@pytest.fixture
def providers(gemini: FakeGemini, deepgram: FakeDeepgram) -> dict[str, jobs.Work]:
    return work() | {
        Job.Kind.TRANSCRIBE: partial(transcribe, engine=Deepgram("made-up", base_url=deepgram.base_url)),
        Job.Kind.ASSESS: partial(assess, engine=Gemini("made-up", "fake-1", base_url=gemini.base_url)),
    }


def _work_off(world: World, real: dict[str, jobs.Work]) -> None:
    """Each job that is due now, and those that become due by it, once."""
    ids = [pk for pk in due(world.interview) if Job.objects.get(pk=pk).run_after <= datetime.now(UTC)]
    while ids:
        ids += jobs.run(ids.pop(0), real)


def _row(world: World) -> stages.RowView:
    return stages.rows(Interview.objects.filter(pk=world.interview.pk))[0]


class TestCharges:
    def test_each_call_is_written_down_with_what_it_used_and_cost(
        self, submitted: World, providers: dict[str, jobs.Work]
    ) -> None:
        _work_off(submitted, providers)
        heard = Charge.objects.filter(engine="deepgram")
        assert heard.count() == 1  # all three are the same recording, which is paid for once
        for charge in heard:
            assert charge.seconds and charge.cost == round(Decimal(charge.seconds) * Decimal("0.01"), 6)
        read = Charge.objects.get(engine="gemini")
        # The stand-in reports 900 tokens read and 300 written.
        assert (read.model, read.input_tokens, read.output_tokens) == ("fake-1", 900, 300)
        assert read.cost == Decimal("0.0048")
        run = AssessmentRun.objects.get()
        assert (run.input_tokens, run.output_tokens, run.cost) == (900, 300, Decimal("0.0048"))
        assert run.prompt_sha256 and read.run == run
        total = sum(charge.cost or 0 for charge in Charge.objects.all())
        assert spent(submitted.position.pk) == spent() == total

    def test_a_call_that_failed_is_paid_for_too(
        self, submitted: World, providers: dict[str, jobs.Work], gemini: FakeGemini
    ) -> None:
        gemini.default = Behaviour("max_tokens")
        _work_off(submitted, providers)
        assert AssessmentRun.objects.get().cost == Decimal("0.0048")

    def test_without_prices_the_cost_is_not_known_and_never_0(
        self, submitted: World, providers: dict[str, jobs.Work], settings: Settings, ada: Client
    ) -> None:
        settings.GEMINI_PRICE_OUTPUT = None
        show_at_once(submitted.position)
        _work_off(submitted, providers)
        run = AssessmentRun.objects.get()
        assert (run.input_tokens, run.cost) == (900, None)
        page = ada.get(f"/hr-dashboard/results/{submitted.interview.pk}/review/").content.decode()
        assert "cost not known" in page and not re.search(r"(?<!\d)0\.0000", page)

    def test_one_call_whose_cost_is_not_known_makes_the_runs_unknown(
        self, submitted: World, providers: dict[str, jobs.Work]
    ) -> None:
        _work_off(submitted, providers)
        run = AssessmentRun.objects.get()
        Charge.objects.filter(run=run).update(cost=None)
        spending.charge(submitted.interview.pk, "gemini", "m", usage=Usage(1, 1), run_id=run.pk)
        run.refresh_from_db()
        assert (run.input_tokens, run.cost) == (901, None)

    def test_how_it_was_made_can_be_read_beside_the_levels(
        self, submitted: World, providers: dict[str, jobs.Work], ada: Client
    ) -> None:
        show_at_once(submitted.position)
        _work_off(submitted, providers)
        page = ada.get(f"/hr-dashboard/results/{submitted.interview.pk}/review/").content.decode()
        assert page.count("How this was made") == 3
        run = AssessmentRun.objects.get()
        shown = (
            "gemini, fake-1",
            run.prompt_sha256,
            f"version {run.prompt_version}",
            str(submitted.questions[0].rubric),
            Transcript.objects.all()[0].sha256,
            f"no. {Assessment.objects.all()[0].reply_id}",
            "900 tokens read, 300 written",
            "0.0048 US dollars",
        )
        for words in shown:
            assert words in page, words

    @pytest.mark.parametrize(
        ("of", "after", "expected"),
        [
            ("2026-01-31T23:59:59+00:00", 0, "2026-01-01"),
            ("2026-01-31T23:59:59+00:00", 1, "2026-02-01"),
            ("2026-12-01T00:00:00+00:00", 1, "2027-01-01"),
        ],
    )
    def test_months_begin_in_utc(self, of: str, after: int, expected: str) -> None:
        assert month(datetime.fromisoformat(of), after=after).isoformat() == f"{expected}T00:00:00+00:00"


@pytest.fixture
def used_up(submitted: World, providers: dict[str, jobs.Work], deepgram: FakeDeepgram) -> World:
    """The position's budget is gone before anything of the interview was transcribed."""
    Position.objects.filter(pk=submitted.position.pk).update(ai_budget="0.50")
    Charge.objects.create(position=submitted.position, engine="gemini", model="m", cost="0.50")
    _work_off(submitted, providers)
    return submitted


class TestBudget:
    def test_calls_wait_without_costing_attempts_and_everybody_can_see_why(
        self, used_up: World, deepgram: FakeDeepgram, ada: Client
    ) -> None:
        assert deepgram.requests == []
        waiting = Job.objects.filter(kind=Job.Kind.TRANSCRIBE)
        assert set(waiting.values_list("state", "attempt", "over_budget")) == {(Job.State.QUEUED, 0, True)}
        next_month = month(datetime.now(UTC), after=1)
        assert all(next_month <= job.run_after < next_month + timedelta(minutes=10) for job in waiting)
        assert set(JobAttempt.objects.filter(job__in=waiting).values_list("outcome", flat=True)) == {"delayed"}
        row = _row(used_up)
        assert row.stage == "paused"
        assert row.stage_words == (
            "AI paused: a budget of this month is used up, the site's or the position's; an administrator can raise it"
        )
        assert "AI paused" in ada.get("/hr-dashboard/results/").content.decode()
        assert reconcile() == 0
        sweep()
        assert waiting.filter(over_budget=True).count() == 3

    def test_recording_and_submitting_go_on(self, used_up: World, answered: World, bo: Client) -> None:
        assert "We have your interview" in bo.get(f"/interview/{used_up.interview.pk}/").content.decode()

    def test_raised_it_goes_on_by_itself_and_open_pages_are_told(
        self, used_up: World, providers: dict[str, jobs.Work]
    ) -> None:
        before = head()
        Position.objects.update(ai_budget="50")
        sweep()
        assert Event.objects.filter(number__gt=before, kind="job.resumed").count() == 1
        news = feed.since(before)
        assert news is not None and "AI paused" not in news.html([f"position:{used_up.position.pk}"])
        _work_off(used_up, providers)
        assert _row(used_up).stage in ("scored", "unscored")
        assert not Job.objects.filter(over_budget=True).exists()

    def test_a_new_month_has_a_new_budget(self, used_up: World, providers: dict[str, jobs.Work]) -> None:
        Charge.objects.update(at=month(datetime.now(UTC)) - timedelta(seconds=1))
        sweep()
        _work_off(used_up, providers)
        assert _row(used_up).stage in ("scored", "unscored")

    def test_the_first_call_after_it_is_spent_waits(
        self, submitted: World, providers: dict[str, jobs.Work], gemini: FakeGemini
    ) -> None:
        """Transcription costs more than the budget; the assessment is not asked for."""
        Position.objects.update(ai_budget="0.01")
        _work_off(submitted, providers)
        assert Transcript.objects.count() == 3
        assert gemini.requests == []
        assert spent(submitted.position.pk) > Decimal("0.01") and Charge.objects.count() == 1
        assert _row(submitted).stage == "paused"

    def test_the_sites_budget_holds_for_every_position(
        self, submitted: World, providers: dict[str, jobs.Work], settings: Settings
    ) -> None:
        settings.AI_BUDGET = Decimal(1)
        other = Position.objects.exclude(pk=submitted.position.pk)[0]
        Charge.objects.create(position=other, engine="gemini", model="m", cost=1)
        _work_off(submitted, providers)
        assert _row(submitted).stage == "paused"
        settings.AI_BUDGET = None
        sweep()
        _work_off(submitted, providers)
        assert _row(submitted).stage in ("scored", "unscored")

    def test_another_position_is_not_held_up(self, submitted: World, providers: dict[str, jobs.Work]) -> None:
        other = Position.objects.exclude(pk=submitted.position.pk)[0]
        Position.objects.filter(pk=other.pk).update(ai_budget=0)
        _work_off(submitted, providers)
        assert _row(submitted).stage in ("scored", "unscored")

    def test_what_costs_nothing_does_not_wait(self, submitted: World) -> None:
        Position.objects.update(ai_budget=0)
        _work_off(submitted, work())
        assert _row(submitted).stage == "scored"

    def test_an_applicant_in_the_middle_notices_nothing(self, answered: World, providers: dict[str, jobs.Work]) -> None:
        Position.objects.update(ai_budget=0)
        _work_off(answered, providers)
        assert _row(answered).stage == "recording"
        answering.submit(answered.interview)
        assert _row(answered).stage == "paused"

    def test_a_position_gets_no_budget_that_cannot_be_kept(self, world: World, settings: Settings) -> None:
        fields = {"title": "t", "about": "a", "host": "h", "contact": "c@example.com", "reply_days": 1}
        settings.UNPRICED = ["GEMINI_PRICE_INPUT"]
        form_class = modelform_factory(Position, form=Described, fields=[*fields, "ai_budget"])
        form = form_class({**fields, "ai_budget": "5"}, instance=world.position)
        assert "GEMINI_PRICE_INPUT" in str(form.errors["ai_budget"])
        assert "ai_budget" not in form_class(fields, instance=world.position).errors
        Position.objects.update(ai_budget=5)
        out = StringIO()
        with pytest.raises(SystemExit):
            call_command("doctor", stdout=out)
        assert "Set GEMINI_PRICE_INPUT." in out.getvalue()
        connection.close()
