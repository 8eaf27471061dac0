"""People rate, finish, revise and decide: what is refused, what stays, and what nobody else sees before its time."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from interviews.actions.refusals import NotAllowed, Refused, WrongState
from interviews.actions.reviewing import Rated, decide, finish, rate
from interviews.actions.withdrawing import withdraw
from interviews.events import Kind, record
from interviews.models import Answer, Decision, Event, Interview, Note, Rating, Review
from interviews.queries import ratings
from interviews.views.undoing import UNDO
from tests.engines import work_through
from tests.people import World, rate_all, record_again, review, show_at_once

ADVANCE, HOLD, REJECT = Decision.Outcome.ADVANCE, Decision.Outcome.HOLD, Decision.Outcome.REJECT
JSON = {"Accept": "application/json"}


def _signed_in(user: User) -> Client:
    browser = Client()
    browser.force_login(user)
    return browser


def _place(world: World) -> tuple[int, int]:
    answer, criterion = ratings.places(world.interview)[0]
    return answer.pk, criterion.pk


def _page(browser: Client, world: World) -> str:
    return browser.get(f"/hr-dashboard/results/{world.interview.pk}/review/").content.decode()


def _post(browser: Client, world: World, where: str, sent: dict[str, Any], **headers: str) -> Any:
    return browser.post(f"/hr-dashboard/results/{world.interview.pk}/{where}/", sent, headers=headers)


def test_the_page_is_read_in_as_many_queries_for_one_note_as_for_fifty(
    scored: World, ada: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    def notes(count: int) -> None:
        take = Answer.objects.filter(interview=scored.interview)[0].take
        for _number in range(count):
            Note.objects.create(interview=scored.interview, take=take, text="calm", by=scored.ada)
            record_now(scored.interview, scored.ada)

    notes(1)
    _page(ada, scored)  # the first look is written down
    with django_assert_num_queries(17):
        _page(ada, scored)
    notes(49)
    with django_assert_num_queries(17):
        _page(ada, scored)
    review(scored.interview, scored.ada)
    with django_assert_num_queries(19):  # and what was suggested: by which rubric, and the levels
        _page(ada, scored)


def record_now(interview: Interview, actor: User) -> None:
    with transaction.atomic():
        record(Kind.NOTED, interview, actor=actor)


class TestRating:
    def test_the_newest_counts_and_those_before_it_stay(self, scored: World) -> None:
        for level in (2, None, 5):
            rate(scored.interview, scored.ada, Rated(*_place(scored), level))
        assert list(Rating.objects.order_by("pk").values_list("level", flat=True)) == [2, None, 5]
        own = ratings.own(scored.interview, scored.ada)
        first = own.to_rate[1][0].rating
        assert first is not None and first.level == 5
        assert (own.rated, own.total) == (1, 6)

    def test_the_same_again_changes_nothing(self, scored: World) -> None:
        for _ in range(3):
            rate(scored.interview, scored.ada, Rated(*_place(scored), 2, "hm"))
        assert Rating.objects.count() == 1

    def test_only_what_is_asked_about_can_be_rated(self, scored: World) -> None:
        answer, criterion = _place(scored)
        for place in ((answer, 10**30), (answer + 1000, criterion), (-1, -1)):
            with pytest.raises(Refused, match="not asked about"):
                rate(scored.interview, scored.ada, Rated(*place, 2))
        assert not Rating.objects.exists()

    def test_a_level_is_one_of_five_also_for_the_database(self, scored: World) -> None:
        made = rate(scored.interview, scored.ada, Rated(*_place(scored), 2))
        for level in (0, 6):
            with pytest.raises(IntegrityError), transaction.atomic():
                Rating.objects.filter(pk=made.pk).update(level=level)

    @pytest.mark.parametrize("level", ["", "0", "6", "2.5", "five", "٣"])
    def test_another_level_is_refused_in_words(self, scored: World, ada: Client, level: str) -> None:
        answer, criterion = _place(scored)
        sent = {"answer": answer, "criterion": criterion, "level": level}
        reply = _post(ada, scored, "review/rate", sent, **JSON)
        assert (reply.status_code, reply.json()["error"]) == (400, "refused")
        page = _post(ada, scored, "review/rate", {**sent, "note": "what I typed"}).content.decode()
        assert "what I typed" in page
        assert not Rating.objects.exists()

    def test_nothing_is_rated_before_the_submit_or_after_the_applicant_withdrew(self, answered: World) -> None:
        with pytest.raises(WrongState, match="not submitted"):
            rate(answered.interview, answered.ada, Rated(*_place(answered), 2))

    def test_it_is_saved_by_a_click_and_without_scripts(self, scored: World, ada: Client) -> None:
        answer, criterion = _place(scored)
        reply = _post(ada, scored, "review/rate", {"answer": answer, "criterion": criterion, "level": "none"}, **JSON)
        assert reply.json() == {"rated": 1, "total": 6}
        reply = _post(ada, scored, "review/rate", {"answer": answer, "criterion": criterion, "level": "4"})
        assert reply.status_code == 302
        assert list(Rating.objects.order_by("pk").values_list("level", flat=True)) == [None, 4]


class TestFinishing:
    def test_it_says_what_is_missing(self, scored: World, ada: Client) -> None:
        rate(scored.interview, scored.ada, Rated(*_place(scored), 2))
        with pytest.raises(WrongState) as refused:
            finish(scored.interview, scored.ada)
        said = "Not rated yet: question 1: Care; question 2: Depth, Care; question 3: Depth, Care."
        assert refused.value.message == said
        reply = _post(ada, scored, "review/done", {})
        assert (reply.status_code, said in reply.content.decode()) == (409, True)
        assert Review.objects.get(reviewer=scored.ada).state == Review.State.OPEN

    def test_done_twice_is_done_once(self, scored: World) -> None:
        rate_all(scored.interview, scored.ada, None)
        for _ in range(2):
            finish(scored.interview, scored.ada)
        assert Event.objects.filter(kind=Kind.REVIEWED).count() == 1
        done = Review.objects.get()
        assert done.done_at is not None and done.opened_at <= done.done_at

    def test_a_look_opens_it_and_rates_nothing(self, scored: World, ada: Client) -> None:
        _page(ada, scored)
        assert (Review.objects.get().reviewer, Review.objects.get().state) == (scored.ada, Review.State.OPEN)


class TestRevising:
    def test_it_needs_a_reason_and_both_versions_are_shown(self, scored: World, ada: Client) -> None:
        review(scored.interview, scored.ada, 2)
        with pytest.raises(Refused, match="Say why"):
            rate(scored.interview, scored.ada, Rated(*_place(scored), 5))
        rate(scored.interview, scored.ada, Rated(*_place(scored), 5, reason="I overheard the rollback"))
        old, new = Rating.objects.filter(criterion=_place(scored)[1]).order_by("pk")
        assert ((old.level, old.after_reveal), (new.level, new.after_reveal)) == ((2, False), (5, True))
        page = _page(ada, scored)
        assert "Revised: I overheard the rollback" in page
        assert 'class="earlier"' in page
        assert Event.objects.filter(kind=Kind.REVISED).count() == 1

    def test_a_rating_beside_the_suggestion_is_marked_as_such(self, scored: World) -> None:
        show_at_once(scored.position)
        rate(Interview.objects.get(), scored.ada, Rated(*_place(scored), 5))
        assert Rating.objects.get().after_reveal


class TestOthers:
    @pytest.mark.parametrize("rate_first", [True, False])
    def test_what_others_rated_is_hidden_until_one_is_done(self, scored: World, eve: User, rate_first: bool) -> None:
        if not rate_first:
            show_at_once(scored.position)
        rate(scored.interview, scored.ada, Rated(*_place(scored), 5, "ADAS-NOTE"))
        review(scored.interview, scored.ada, 5)
        browser = _signed_in(eve)
        assert "ADAS-NOTE" not in _page(browser, scored)
        assert "Side by side" not in _page(browser, scored)
        review(scored.interview, eve, 1)
        page = _page(browser, scored)
        assert page.count("Side by side") == 3
        assert "ada" in page

    def test_who_is_not_done_is_not_shown(self, scored: World, eve: User, ada: Client) -> None:
        rate(scored.interview, eve, Rated(*_place(scored), 5, "EVES-NOTE"))
        review(scored.interview, scored.ada)
        assert "EVES-NOTE" not in _page(ada, scored)
        assert [it.reviewers for it in ratings.side_by_side(scored.interview)] == [["ada"]] * 3


class TestRecordedAgain:
    def test_what_was_rated_before_is_not_of_the_new_recording(self, scored: World, ada: Client, speech: bytes) -> None:
        rate(scored.interview, scored.ada, Rated(*_place(scored), 3, "OF-THE-OLD-ONE"))
        review(scored.interview, scored.ada, 3)
        assert "OF-THE-OLD-ONE" in _page(ada, scored)
        earlier = Answer.objects.get(question=scored.questions[0]).take
        record_again(scored.interview, scored.questions[0], speech, scored.ada)
        own = ratings.own(scored.interview, scored.ada)
        assert (own.is_done, own.rated, own.total) == (True, 4, 6)
        [first, *_others] = ratings.side_by_side(scored.interview)
        assert [it.raters for it in first.criteria] == [[ratings.RaterView("ada", None, [])]] * 2
        assert "OF-THE-OLD-ONE" not in _page(ada, scored)
        made = rate(scored.interview, scored.ada, Rated(*_place(scored), 5, reason="There is sound now."))
        assert Answer.objects.get(take=made.take).question == scored.questions[0]
        assert ratings.own(scored.interview, scored.ada).rated == 5
        assert earlier.ratings.count() == 3

    def test_a_review_is_not_finished_by_what_was_rated_before(self, scored: World, speech: bytes) -> None:
        rate_all(scored.interview, scored.ada)
        record_again(scored.interview, scored.questions[0], speech, scored.ada)
        with pytest.raises(WrongState, match="question 1: Depth, Care"):
            finish(scored.interview, scored.ada)


class TestDeciding:
    def test_first_one_rates(self, scored: World, ada: Client) -> None:
        with pytest.raises(NotAllowed, match="Rate first"):
            decide(scored.interview, scored.ada, ADVANCE, "good")
        reply = _post(ada, scored, "decide", {"outcome": "advance", "reason": "good"})
        assert (reply.status_code, b"Rate first: finish" in reply.content) == (403, True)
        assert not Decision.objects.exists()

    def test_it_needs_a_reason_also_for_the_database(self, scored: World, ada: Client) -> None:
        review(scored.interview, scored.ada)
        reply = _post(ada, scored, "decide", {"outcome": "reject", "reason": "  "})
        assert (reply.status_code, b"Say why" in reply.content) == (400, True)
        with pytest.raises(IntegrityError), transaction.atomic():
            Decision.objects.create(interview=scored.interview, outcome=REJECT, reason="", by=scored.ada)

    def test_it_is_changed_by_another_one_alone_and_both_stay(self, scored: World, ada: Client) -> None:
        review(scored.interview, scored.ada)
        for outcome, reason in (
            (HOLD, "two more to see"),
            (ADVANCE, "the best of four"),
            (ADVANCE, "the best of four"),
        ):
            assert _post(ada, scored, "decide", {"outcome": outcome, "reason": reason}).status_code == 302
        assert [it.outcome for it in scored.interview.decisions.all()] == [ADVANCE, HOLD]
        page = _page(ada, scored)
        assert page.index("the best of four") < page.index("two more to see")
        assert b"decision-advance" in ada.get("/hr-dashboard/results/").content

    def test_it_is_said_and_can_be_taken_back_on_the_page_where_it_was_made(self, scored: World, ada: Client) -> None:
        review(scored.interview, scored.ada)
        _post(ada, scored, "decide", {"outcome": "hold", "reason": "two more to see"})
        assert "Decided: Hold. No mail tells" in _page(ada, scored)
        back = ada.post("/hr-dashboard/undo/", {"done": ada.session[UNDO]["id"]}, follow=True)
        assert back.redirect_chain[-1][0] == f"/hr-dashboard/results/{scored.interview.pk}/review/"
        assert b"1 taken back." in back.content
        assert not scored.interview.decisions.exists()

    def test_its_reason_is_hidden_from_who_has_not_rated(self, scored: World, eve: User) -> None:
        review(scored.interview, scored.ada)
        decide(scored.interview, scored.ada, REJECT, "THE-REASON")
        page = _page(_signed_in(eve), scored)
        assert "decision-reject" in page
        assert "THE-REASON" not in page

    def test_an_interview_that_was_withdrawn_meanwhile_is_not_decided_about(self, scored: World) -> None:
        review(scored.interview, scored.ada)
        read_before = Interview.objects.get(pk=scored.interview.pk)
        withdraw(scored.interview)
        with pytest.raises(WrongState, match="withdrew"):
            decide(read_before, scored.ada, Decision.Outcome.REJECT, "no")
        assert not Decision.objects.exists()

    def test_no_machine_decides(self, scored: World) -> None:
        work_through(scored.interview)
        assert not Decision.objects.exists()
        withdraw(scored.interview)
        with pytest.raises(WrongState, match="withdrew"):
            decide(Interview.objects.get(), scored.ada, REJECT, "gone")
