"""Who stands where in a position: by what is revealed to the reader alone, with ties, or why there is no rank."""

from __future__ import annotations

import re
from decimal import Decimal

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from interviews.models import Assessment, Criterion, Interview, Result, Transcript
from interviews.queries import ranking
from interviews.scoring.uncertainty import Interval, interval
from tests import applicants
from tests.people import World, review, show_at_once


@pytest.fixture
def four(submitted: World, speech: bytes) -> dict[str, Interview]:
    return applicants.four(submitted, speech)


def _page(world: World, browser: Client) -> str:
    return browser.get(f"/hr-dashboard/positions/{world.position.pk}/ranking/").content.decode()


def test_ties_share_a_rank_and_the_next_rank_is_left_out(submitted: World, four: dict[str, Interview]) -> None:
    show_at_once(submitted.position)
    found = ranking.of(submitted.position, submitted.ada)
    assert [(it.rank, it.applicant, it.score, it.tied) for it in found.places] == [
        (1, "Eli Eck", Decimal("4.50"), 0),
        (2, "Bo Berg", Decimal("4.00"), 1),
        (2, "Dee Dahl", Decimal("4.00"), 1),
    ]
    assert [(it.applicant, it.reason) for it in found.unranked] == [("Flo Fuchs", "No AI for this interview")]
    assert found.hidden == []


def test_whose_transcript_or_score_says_nothing_has_a_reason_instead(
    submitted: World, four: dict[str, Interview]
) -> None:
    show_at_once(submitted.position)
    Transcript.objects.filter(take__interview=four["Eli Eck"]).update(doubtful=True)
    Result.objects.filter(interview=four["Dee Dahl"]).update(score=None, unscored_reason="nobody spoke")
    found = ranking.of(submitted.position, submitted.ada)
    assert [(it.rank, it.applicant) for it in found.places] == [(1, "Bo Berg")]
    assert [(it.applicant, it.reason) for it in found.unranked] == [
        ("Dee Dahl", "Not scored: nobody spoke"),
        ("Eli Eck", "Its transcript is not to be trusted, nor its score"),
        ("Flo Fuchs", "No AI for this interview"),
    ]


def test_only_what_is_revealed_to_the_reader_is_listed(
    submitted: World, four: dict[str, Interview], ada: Client
) -> None:
    assert len(ranking.of(submitted.position, submitted.ada).hidden) == 4
    page = _page(submitted, ada)
    assert "4 interviews have no place here yet" in page and not re.search(r"(?<!\d)4\.50", page) and "<svg" not in page
    review(four["Eli Eck"], submitted.ada)
    found = ranking.of(submitted.position, submitted.ada)
    assert [it.applicant for it in found.places] == ["Eli Eck"]
    assert [it.applicant for it in found.hidden] == ["Bo Berg", "Dee Dahl", "Flo Fuchs"], "nobody is left out"
    page = _page(submitted, ada)
    assert "4.50" in page and "3 interviews have no place here yet" in page
    link = f"/hr-dashboard/positions/{submitted.position.pk}/ranking/"
    assert link in ada.get(f"/hr-dashboard/results/{submitted.interview.pk}/review/").content.decode()


def test_each_score_has_the_interval_of_its_levels_drawn_and_written(
    submitted: World, four: dict[str, Interview], ada: Client
) -> None:
    show_at_once(submitted.position)
    first = Assessment.objects.filter(run__interview=four["Bo Berg"]).earliest("pk")
    Assessment.objects.filter(pk=first.pk).update(level=1)
    Assessment.objects.filter(run__interview=four["Dee Dahl"]).exclude(criterion__name="Care").update(level=None)
    found = {it.applicant: it for it in ranking.of(submitted.position, submitted.ada).places}
    weights = dict(Criterion.objects.values_list("pk", "weight"))
    for name, place in found.items():
        levels = Assessment.objects.filter(run__interview=four[name], level__isnull=False)
        assert place.interval == interval(
            (level or 0, weights[pk]) for level, pk in levels.values_list("level", "criterion")
        ), name
    bo = found["Bo Berg"].interval
    assert isinstance(bo, Interval) and bo.high - bo.low > 1
    page = _page(submitted, ada)
    assert f"{bo.low:.2f} – {bo.high:.2f}" in page
    assert page.count('class="figure-line"') == page.count("<circle") == 3
    assert re.search(r'role="img" aria-labelledby="ranks-title ranks-desc"><title id="ranks-title">', page)


def test_of_those_listed_some_can_be_chosen_to_compare(
    submitted: World, four: dict[str, Interview], ada: Client
) -> None:
    page = _page(submitted, ada)
    assert f'action="/hr-dashboard/positions/{submitted.position.pk}/compare/"' in page
    assert {f'value="{it.pk}"' for it in four.values()} <= set(re.findall(r'value="[^"]+"', page))


def test_it_takes_as_many_queries_for_four_as_for_one(
    submitted: World, four: dict[str, Interview], ada: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    show_at_once(submitted.position)
    address = f"/hr-dashboard/positions/{submitted.position.pk}/ranking/"
    with django_assert_num_queries(16):  # one says that somebody looked, and is not said again
        ada.get(address)
    Interview.objects.exclude(pk=submitted.interview.pk).update(withdrawn_at=timezone.now())
    with django_assert_num_queries(15):
        ada.get(address)
