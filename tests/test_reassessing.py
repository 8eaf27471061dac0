"""All interviews of a position, assessed again: with what it costs said before, and nothing of before lost."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

import pytest
from bs4 import BeautifulSoup
from django.test import Client
from pytest_django import Settings

from interviews.actions import reassessing
from interviews.actions.refusals import WrongState
from interviews.actions.reopening import reopen
from interviews.actions.withdrawing import withdraw
from interviews.engines.analysis.base import AnswerBrief, CriterionAssessment, CriterionBrief
from interviews.engines.errors import Permanent
from interviews.engines.keeping import Usage
from interviews.models import (
    AssessmentRun,
    Charge,
    Interview,
    Job,
    Position,
    Reassessment,
    Result,
    Rubric,
    RubricVersion,
    Take,
    Transcript,
)
from interviews.processing import engines, jobs, spending
from interviews.processing.advance import stalled
from interviews.queries import reassessing as found
from interviews.queries import stages
from interviews.queries.operations import reconcile
from interviews.tasks import sweep
from realtime import feed
from tests.applicants import another
from tests.engines import Assesses, due, with_quote, work, work_through
from tests.people import World, make_rubric


def _level(value: int) -> Callable[[AnswerBrief, CriterionBrief], CriterionAssessment]:
    return lambda answer, criterion: replace(with_quote(answer, criterion), level=value)


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch) -> Assesses:
    """In the place of the site's own."""
    assesses = Assesses(_level(4))
    monkeypatch.setattr(engines, "analyser", lambda: assesses)
    return assesses


@pytest.fixture
def two(submitted: World, engine: Assesses, speech: bytes) -> World:
    """Dee has submitted, too, and both have a result."""
    another(submitted, "Dee Dahl", speech)
    _work_off(engine)
    Position.objects.update(rate_first=False)
    return submitted


def _work_off(engine: Assesses) -> None:
    for interview in Interview.objects.order_by("created_at"):
        work_through(interview, assesses=engine)


def _new_rubric(world: World) -> RubricVersion:
    return make_rubric("Migrations", number=2)


def _page(world: World) -> str:
    return f"/hr-dashboard/positions/{world.position.pk}/assess-again/"


def _rows(run: AssessmentRun) -> list[object]:
    kept = [*run.assessments.values(), *Result.objects.filter(run=run).values()]
    return [*AssessmentRun.objects.filter(pk=run.pk).values(), *kept]


class TestWhole:
    def test_every_interview_is_read_by_the_new_rubric_and_the_old_levels_stay(
        self, two: World, engine: Assesses, ada: Client
    ) -> None:
        before = [_rows(run) for run in AssessmentRun.objects.order_by("pk")]
        changed = _new_rubric(two)
        engine.level, engine.asked[:] = _level(2), []
        made = reassessing.start(two.position, {two.questions[0]: changed}, two.ada)
        [view] = found.reassessments(two.position.pk)
        assert (view.state, view.done, view.total, view.by) == ("running", 0, 2, "ada")
        _work_off(engine)
        assert [len(asked) for asked in engine.asked] == [1, 1]
        [view] = found.reassessments(two.position.pk)
        assert (view.state, view.words) == ("done", "Done: 2 of 2")
        assert made.runs.filter(state=AssessmentRun.State.DONE).count() == 2
        assert [_rows(run) for run in AssessmentRun.objects.filter(number=1).order_by("pk")] == before
        assert {row.score for row in stages.rows(Interview.objects.filter(state="scored"))} == {Decimal("3.33")}
        page = BeautifulSoup(ada.get(f"/hr-dashboard/results/{two.interview.pk}/runs/").content.decode(), "html.parser")
        differing = page.select("tr.differs")
        assert len(differing) == 2 and "differs" in differing[0].text
        assert [cell.strong.text for cell in differing[0].select("td") if cell.strong] == ["4", "2"]
        assert "2 levels differ." in page.text and "Migrations v1 → Migrations v2" in page.text
        assert "4.00" in page.text and "3.33" in page.text

    def test_who_has_said_no_has_withdrawn_or_is_being_read_is_left_out(self, two: World, engine: Assesses) -> None:
        Interview.objects.filter(pk=two.interview.pk).update(ai_consent=False)
        assert [it.applicant.name for it in found.eligible(two.position)] == ["Dee Dahl"]
        reassessing.start(two.position, {}, two.ada)
        with pytest.raises(WrongState, match="No interview"):
            reassessing.start(two.position, {}, two.ada)
        _work_off(engine)

    def test_one_whose_other_work_is_under_way_is_read_when_that_is_done(self, two: World, engine: Assesses) -> None:
        take = Take.objects.filter(interview=two.interview, answer__isnull=False)[0]
        Transcript.objects.filter(take=take).delete()
        Job.objects.create(kind=Job.Kind.TRANSCRIBE, interview=two.interview, take=take)
        made = reassessing.start(two.position, {}, two.ada)
        assert not Job.objects.filter(interview=two.interview, kind=Job.Kind.ASSESS, state=Job.State.QUEUED).exists()
        _work_off(engine)
        assert made.runs.filter(state=AssessmentRun.State.DONE).count() == 2

    def test_only_published_rubrics(self, two: World) -> None:
        draft = RubricVersion.objects.create(rubric=Rubric.objects.create(name="Unfinished"))
        with pytest.raises(WrongState, match="published rubrics only"):
            reassessing.estimate(two.position, {two.questions[0]: draft})
        with pytest.raises(WrongState, match="published rubrics only"):
            reassessing.start(two.position, {two.questions[0]: draft}, two.ada)

    def test_one_that_needs_help_is_counted_and_the_others_go_on(self, two: World, engine: Assesses) -> None:
        reassessing.start(two.position, {two.questions[0]: _new_rubric(two)}, two.ada)
        work_through(two.interview, assesses=Assesses(error=Permanent("the key was refused")))
        _work_off(engine)
        [view] = found.reassessments(two.position.pk)
        assert (view.done, view.total, view.needs_help) == (1, 2, 1)


class TestSteering:
    def test_paused_nothing_begins_and_going_on_it_does(self, two: World, engine: Assesses) -> None:
        made = reassessing.start(two.position, {two.questions[0]: _new_rubric(two)}, two.ada)
        reassessing.pause(made, two.ada)
        engine.asked[:] = []
        _work_off(engine)
        sweep()
        assert engine.asked == [] and stalled() == [] and reconcile() == 0
        assert not Job.objects.filter(state__in=Job.OPEN).exists()
        assert found.reassessments(two.position.pk)[0].words == "Paused: 0 of 2"
        assert _stages(two) == {"scored"}
        with pytest.raises(WrongState):
            reassessing.pause(made, two.ada)
        reassessing.resume(made, two.ada)
        _work_off(engine)
        assert len(engine.asked) == 2
        assert found.reassessments(two.position.pk)[0].state == "done"

    def test_stopped_what_has_not_begun_never_does_and_the_old_levels_stand(self, two: World, engine: Assesses) -> None:
        before = [_rows(run) for run in AssessmentRun.objects.order_by("pk")]
        made = reassessing.start(two.position, {two.questions[0]: _new_rubric(two)}, two.ada)
        work_through(two.interview, assesses=engine)
        reassessing.stop(made, two.ada)
        _work_off(engine)
        [view] = found.reassessments(two.position.pk)
        assert (view.state, view.done, view.total) == ("stopped", 1, 1)
        assert [_rows(run) for run in AssessmentRun.objects.filter(number=1).order_by("pk")] == before
        assert (_stages(two), reconcile()) == ({"scored"}, 0)
        for act in (reassessing.stop, reassessing.pause, reassessing.resume):
            with pytest.raises(WrongState):
                act(made, two.ada)

    def test_paused_and_gone_on_with_at_once_each_is_read_once(self, two: World, engine: Assesses) -> None:
        made = reassessing.start(two.position, {two.questions[0]: _new_rubric(two)}, two.ada)
        engine.asked[:] = []
        reassessing.pause(made, two.ada)
        reassessing.resume(made, two.ada)
        _work_off(engine)
        assert len(engine.asked) == 2

    def test_who_withdrew_or_has_it_back_meanwhile_is_not_read(self, two: World, engine: Assesses) -> None:
        made = reassessing.start(two.position, {two.questions[0]: _new_rubric(two)}, two.ada)
        reassessing.pause(made, two.ada)
        _work_off(engine)
        engine.asked[:] = []
        withdraw(two.interview)
        reopen(Interview.objects.get(applicant__name="Dee Dahl"), 7, actor=two.ada)
        reassessing.resume(made, two.ada)
        _work_off(engine)
        assert engine.asked == [] and not Job.objects.filter(state__in=Job.OPEN).exists()


def _stages(world: World) -> set[str]:
    return {row.stage for row in stages.rows(Interview.objects.filter(submitted_at__isnull=False))}


class TestEstimate:
    def test_on_this_machine_it_costs_nothing_and_known_answers_are_not_asked(
        self, two: World, engine: Assesses
    ) -> None:
        same = reassessing.estimate(two.position, {})
        assert (same.interviews, same.answers, same.asked, same.tokens, same.cost) == (2, 6, 0, None, Decimal(0))
        assert reassessing.estimate(two.position, {two.questions[0]: _new_rubric(two)}).asked == 2
        engine.samples = 3
        assert reassessing.estimate(two.position, {}).asked == 6
        engine.samples, engine.model = 1, "another"
        assert reassessing.estimate(two.position, {}).asked == 6

    def test_by_what_earlier_answers_used_else_by_counting_words(
        self, two: World, engine: Assesses, settings: Settings, ada: Client
    ) -> None:
        settings.GEMINI_PRICE_INPUT, settings.GEMINI_PRICE_OUTPUT = Decimal(2), Decimal(10)
        engine.name = "gemini"
        counted = reassessing.estimate(two.position, {})
        assert counted.tokens is not None and not counted.is_measured
        assert 1500 < counted.tokens.input_tokens < 6000 and counted.tokens.output_tokens == 6 * 2 * 150
        assert counted.cost is not None and Decimal("0.01") < counted.cost < Decimal("0.1")
        for run in AssessmentRun.objects.all():
            spending.charge(run.interview_id, "gemini", "m", usage=Usage(900, 300), run_id=run.pk)
        measured = reassessing.estimate(two.position, {})
        assert (measured.tokens, measured.is_measured) == (Usage(1800, 600), True)
        assert measured.cost == Decimal("0.0096")
        settings.GEMINI_PRICE_INPUT = None
        assert reassessing.estimate(two.position, {}).cost is None
        Charge.objects.update(cost=None)
        page = ada.get(_page(two)).content.decode()
        assert "What 2 calls of this month cost is not known." in page and "0.00 US" not in page
        Charge.objects.all().delete()

    def test_what_an_answer_used_is_by_run_and_by_sample(self, two: World, engine: Assesses) -> None:
        counted = []
        engine.name = "gemini"
        for engine.samples in (1, 3):
            counted.append(reassessing.estimate(two.position, {}).tokens)
        assert counted[0] and counted[1] == Usage(3 * counted[0].input_tokens, 3 * counted[0].output_tokens)
        reassessing.start(two.position, {}, two.ada)
        _work_off(engine)
        for number, used in ((1, Usage(300, 90)), (2, Usage(900, 270))):
            for run in AssessmentRun.objects.filter(number=number):
                spending.charge(run.interview_id, "gemini", "m", usage=used, run_id=run.pk)
        engine.model = "another"
        for engine.samples in (1, 3):
            measured = reassessing.estimate(two.position, {}).tokens
            assert measured == Usage(6 * 100 * engine.samples, 6 * 30 * engine.samples)
        Charge.objects.all().delete()


class TestPage:
    def test_what_it_costs_is_said_before_it_begins(self, two: World, engine: Assesses, ada: Client) -> None:
        changed = _new_rubric(two)
        page = ada.get(_page(two)).content.decode()
        assert "Migrations v2" in page and "2 interviews can be assessed again now." in page
        assert 'value="start"' not in page
        chosen = {f"rubric-{two.questions[0].pk}": str(changed.pk)}
        shown = ada.post(_page(two), {**chosen, "act": "estimate"}).content.decode()
        assert "Answers to be read: 2 of 6" in shown and "costs nothing" in shown and 'value="start"' in shown
        assert f'value="{changed.pk}" selected' in shown
        assert not Reassessment.objects.exists()
        assert ada.post(_page(two), {**chosen, "act": "start"}).status_code == 302
        made = Reassessment.objects.get()
        for act, state in (("pause", "paused"), ("resume", "running"), ("stop", "stopped")):
            assert ada.post(_page(two), {"pick": f"{act} {made.pk}"}).status_code == 302
            made.refresh_from_db()
            assert made.state == state
        refused = ada.post(_page(two), {"pick": f"stop {made.pk}"}, follow=True).content.decode()
        assert "This was over" in refused
        assert ada.post(_page(two), {"pick": f"stop {made.pk + 1}"}).status_code == 404
        for nonsense in ({"pick": "burn 1"}, {"act": "estimate", f"rubric-{two.questions[0].pk}": "0"}):
            assert ada.post(_page(two), nonsense).status_code == 400
        _work_off(engine)

    def test_an_open_page_follows_without_asking(self, two: World, engine: Assesses, ada: Client) -> None:
        made = reassessing.start(two.position, {two.questions[0]: _new_rubric(two)}, two.ada)
        changes: list[Callable[[], object]] = [
            lambda: work_through(two.interview, assesses=engine),
            lambda: reassessing.pause(made, two.ada),
            lambda: reassessing.resume(made, two.ada),
            lambda: _work_off(engine),
        ]
        for change in changes:
            page = BeautifulSoup(ada.get(_page(two)).content, "html.parser")
            [live] = page.select("#live")
            topics, after = json.loads(str(live["data-topics"])), int(str(live["data-after"]))
            change()
            news = feed.since(after)
            assert news is not None
            sent = BeautifulSoup(news.html(topics), "html.parser").find(id="reassessments")
            now = BeautifulSoup(ada.get(_page(two)).content, "html.parser").find(id="reassessments")
            assert " ".join(str(sent).split()) == " ".join(str(now).split())
            assert str(sent) != str(page.find(id="reassessments"))

    def test_levels_are_compared_only_by_those_to_whom_they_are_shown(
        self, two: World, engine: Assesses, ada: Client
    ) -> None:
        address = f"/hr-dashboard/results/{two.interview.pk}/runs/"
        assert ada.get(address).status_code == 404  # there is only one yet
        reassessing.start(two.position, {two.questions[0]: _new_rubric(two)}, two.ada)
        _work_off(engine)
        for query in ("", "?old=1&new=2", "?old=9&new=x", "?old=%C2%B2"):
            assert ada.get(address + query).status_code == 200
        Position.objects.update(rate_first=True)
        assert ada.get(address).status_code == 403


def test_a_worker_that_took_a_job_before_the_pause_leaves_it(two: World, engine: Assesses) -> None:
    made = reassessing.start(two.position, {two.questions[0]: _new_rubric(two)}, two.ada)
    [job] = due(two.interview)
    reassessing.pause(made, two.ada)
    assert jobs.run(job, work(assesses=engine)) == []
    assert Job.objects.get(pk=job).state == Job.State.DONE
    reassessing.stop(made, two.ada)
    _work_off(engine)
