"""How far people and machine agree: what is counted, for whom, and when something is to be looked into."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from interviews.actions.explaining import explain
from interviews.actions.refusals import NotAllowed, WrongState
from interviews.actions.reopening import reopen
from interviews.actions.reviewing import Rated, decide, rate
from interviews.events import Kind
from interviews.models import Assessment, Decision, Event, Explanation, Message, Rating, Review
from interviews.queries import agreement
from interviews.queries.explanations import facts
from interviews.queries.ratings import places, side_by_side
from tests.people import World, record_again, review


def _article(page: str) -> str:
    return page[page.index("<article") : page.index("</article>")]


def _revise(world: World, reviewer: User, level: int) -> None:
    for answer, criterion in places(world.interview):
        rate(world.interview, reviewer, Rated(answer.pk, criterion.pk, level, reason="thought again"))


class TestAgreement:
    def test_it_counts_what_was_rated_before_the_suggestion_was_seen(self, scored: World) -> None:
        review(scored.interview, scored.ada, 3)
        _revise(scored, scored.ada, 4)
        found = agreement.of(scored.position, scored.ada)
        together, care, depth = found.with_machine
        assert (together.pairs, together.exact, together.value) == (6, 0, None)
        assert "too few" in together.why_not
        assert [(line.name, line.pairs) for line in (care, depth)] == [("Care", 3), ("Depth", 3)]
        assert found.revisions == [agreement.RevisionsView("ada", rated=6, revised=6, nearer=6, same=6)]

    def test_cannot_tell_is_no_level(self, scored: World) -> None:
        review(scored.interview, scored.ada, None)
        assert agreement.of(scored.position, scored.ada).with_machine == []

    def test_only_what_the_reader_has_reviewed_is_counted(self, scored: World, eve: User, ada: Client) -> None:
        review(scored.interview, eve, 4)
        assert agreement.of(scored.position, scored.ada).interviews == 0
        page = ada.get(f"/hr-dashboard/positions/{scored.position.pk}/agreement/").content.decode()
        assert ">eve<" not in page and "Nothing to compare yet" in page
        review(scored.interview, scored.ada, 3)
        found = agreement.of(scored.position, scored.ada)
        assert (found.between_people[0].pairs, found.between_people[0].exact) == (6, 0)
        page = ada.get(f"/hr-dashboard/positions/{scored.position.pk}/agreement/").content.decode()
        assert ">eve<" in page

    def test_with_enough_pairs_there_is_a_kappa_with_its_interval_and_a_chart(
        self, scored: World, ada: Client, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Fewer are enough here; `tests/test_scoring.py` is about the numbers."""
        monkeypatch.setattr("interviews.scoring.agreement.FEWEST", 3)
        first = Assessment.objects.earliest("pk")
        Assessment.objects.filter(pk=first.pk).update(level=2)
        review(scored.interview, scored.ada, 4)
        place = next(
            it for it in places(scored.interview) if (it[0].pk, it[1].pk) == (first.answer_id, first.criterion_id)
        )
        Rating.objects.filter(answer=place[0], criterion=place[1]).update(level=2)
        line = agreement.of(scored.position, scored.ada).with_machine[0]
        assert line.value == pytest.approx(1.0)
        page = ada.get(f"/hr-dashboard/positions/{scored.position.pk}/agreement/").content.decode()
        assert '<svg class="figure"' in page and page.count("<circle") == 2

    def test_what_was_suggested_of_a_recording_that_counts_no_more_is_not_of_the_new_one(
        self, scored: World, speech: bytes
    ) -> None:
        review(scored.interview, scored.ada, 3)
        decide(scored.interview, scored.ada, Decision.Outcome.HOLD, "there was no sound")
        record_again(scored.interview, scored.questions[0], speech, scored.ada)
        compared = side_by_side(scored.interview)
        assert [[it.suggested for it in answer.criteria] for answer in compared] == [[None, None], [4, 4], [4, 4]]
        told = facts(scored.interview, Decision.objects.get(), with_reason=False)["questions"]
        assert [[it["suggested"] for it in question["criteria"]] for question in told] == [[None, None], [4, 4], [4, 4]]
        assert agreement.of(scored.position, scored.ada).with_machine[0].pairs == 4

    def test_ratings_of_a_recording_that_counts_no_more_are_neither_counted_nor_told(
        self, scored: World, eve: User, speech: bytes
    ) -> None:
        for reviewer in (scored.ada, eve):
            review(scored.interview, reviewer, 3)
        decide(scored.interview, scored.ada, Decision.Outcome.HOLD, "there was no sound")
        record_again(scored.interview, scored.questions[0], speech, scored.ada)
        found = agreement.of(scored.position, scored.ada)
        assert (found.between_people[0].pairs, [it.rated for it in found.revisions]) == (4, [4, 4])
        told = facts(scored.interview, Decision.objects.get(), with_reason=False)["questions"]
        assert [[it["people"] for it in question["criteria"]] for question in told] == [[[], []], *[[[3, 3]] * 2] * 2]

    def test_decisions_against_the_score_are_counted_by_the_newest(self, scored: World) -> None:
        review(scored.interview, scored.ada, 3)
        outcomes = (Decision.Outcome.HOLD, 0), (Decision.Outcome.REJECT, 1), (Decision.Outcome.ADVANCE, 0)
        for outcome, against in outcomes:
            decide(scored.interview, scored.ada, outcome, "because")
            found = agreement.of(scored.position, scored.ada)
            assert (found.decided, found.against) == (1, against)


class TestAlarms:
    def test_a_review_in_less_time_than_the_recordings_last(self, scored: World) -> None:
        review(scored.interview, scored.ada, 3)
        assert "less time than the recordings last" in agreement.of(scored.position, scored.ada).alarms[0]
        Review.objects.update(opened_at=timezone.now() - timedelta(hours=1))
        assert agreement.of(scored.position, scored.ada).alarms == []

    def test_ten_revisions_to_the_suggested_level_and_not_nine(self) -> None:
        def alarms(revised: int, same: int) -> int:
            return len(agreement._alarms([agreement.RevisionsView("ada", 20, revised, same, same)]))

        assert [alarms(9, 9), alarms(10, 7), alarms(10, 8), alarms(10, 10)] == [0, 0, 1, 1]


class TestExplanation:
    def test_there_is_none_while_the_interview_is_open_again(self, scored: World, ada: Client) -> None:
        review(scored.interview, scored.ada)
        decide(scored.interview, scored.ada, Decision.Outcome.HOLD, "more to see")
        reopen(scored.interview, 7, actor=scored.ada)
        with pytest.raises(WrongState, match="open again"):
            explain(scored.interview, scored.ada, with_reason=False)
        assert ada.get(f"/hr-dashboard/results/{scored.interview.pk}/explanation/").status_code < 500

    def test_there_is_none_before_a_decision_or_before_ones_own_review(self, scored: World, eve: User) -> None:
        with pytest.raises(NotAllowed):
            explain(scored.interview, scored.ada, with_reason=False)
        review(scored.interview, scored.ada)
        with pytest.raises(WrongState, match="Nothing is decided"):
            explain(scored.interview, scored.ada, with_reason=False)
        decide(scored.interview, scored.ada, Decision.Outcome.HOLD, "more to see")
        with pytest.raises(NotAllowed):
            explain(scored.interview, eve, with_reason=False)
        assert not Explanation.objects.exists()

    def test_the_applicant_reads_what_was_known_when_it_was_given(
        self, scored: World, ada: Client, bo: Client, settings: Settings
    ) -> None:
        settings.SENDS_MAIL = True
        review(scored.interview, scored.ada, 3)
        decide(scored.interview, scored.ada, Decision.Outcome.ADVANCE, "THE-REASON")
        address = f"/hr-dashboard/results/{scored.interview.pk}/explanation/"
        shown = ada.get(address).content.decode()
        for told in ("test-1", "Migrations v1", "The machine suggested level 4 of 5", "jobs@example.com"):
            assert told in shown
        assert "THE-REASON" not in shown
        assert "THE-REASON" in ada.get(f"{address}?reason=on").content.decode()
        assert ada.post(address, {"reason": "on"}).status_code == 302
        assert Message.objects.get(kind=Message.Kind.EXPLANATION).to == "bo@example.com"
        assert Event.objects.filter(kind=Kind.EXPLAINED).count() == 1
        own = f"/interview/{scored.interview.pk}/explanation/"
        assert own in bo.get(f"/interview/{scored.interview.pk}/").content.decode()
        read = _article(bo.get(own).content.decode())
        assert "THE-REASON" in read and not re.search(r"\bada\b", read)
        Assessment.objects.update(level=1)
        decide(scored.interview, scored.ada, Decision.Outcome.REJECT, "another")
        assert _article(bo.get(own).content.decode()) == read
