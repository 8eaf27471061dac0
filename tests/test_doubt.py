"""Words that were recognised with low confidence are marked, and a transcript full of them is not to be trusted."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from django.test import Client

from interviews.models import Interview, Transcript
from interviews.queries import doubt, stages
from interviews.scoring.doubt import is_doubtful, is_low
from tests.engines import Mumbled, work_through
from tests.people import World, show_at_once


@pytest.mark.parametrize(
    ("confidences", "expected"),
    [
        ([], False),
        ([None, None], False),
        ([0.6, 0.6], False),
        ([0.59, 0.6], True),
        ([0.99, 0.99, 0.99, 0.49], False),  # a quarter
        ([0.99, 0.99, 0.49], True),  # more than a quarter
        ([0.99] * 74 + [0.4] * 26, True),
        ([0.99] * 75 + [0.4] * 25, False),
        ([0.5, 0.5, 1, 1], False),
        ([None, 0.3], True),  # what a person wrote lends nothing to what a machine heard
        ([None, None, 0.9], False),
    ],
)
def test_doubt_is_a_low_mean_or_too_many_low_words(confidences: list[float | None], expected: bool) -> None:
    assert is_doubtful(confidences) is expected


def test_what_has_no_figure_is_not_low() -> None:
    assert [is_low(it) for it in (None, 0.0, 0.499, 0.5, 1.0)] == [False, True, True, False, False]


def _review(ada: Client, world: World) -> BeautifulSoup:
    page = ada.get(f"/hr-dashboard/results/{world.interview.pk}/review/")
    return BeautifulSoup(page.content, "html.parser")


def test_a_doubtful_answer_is_marked_on_its_page_and_in_the_list_and_not_ranked(submitted: World, ada: Client) -> None:
    show_at_once(submitted.position)
    work_through(submitted.interview, Mumbled(0.55))
    assert Transcript.objects.filter(doubtful=True).count() == 3
    warning = "Listen: do not trust this transcript or its score."
    page = _review(ada, submitted)
    assert len(page.select(".transcript .doubt")) == 3
    assert all(" ".join(it.text.split()) == warning for it in page.select(".doubt"))
    rows = BeautifulSoup(ada.get("/hr-dashboard/results/").content, "html.parser")
    assert [" ".join(it.text.split()) for it in rows.select("#rows .doubt")] == [warning]
    assert doubt.is_doubtful(submitted.interview)
    assert list(Interview.objects.filter(doubt.doubtful())) == [submitted.interview]
    [row] = stages.rows(Interview.objects.all())
    assert (row.doubtful, row.score) == (True, Decimal(4))  # it is shown, with the warning, and left out of ranking


def test_single_low_words_are_marked_with_their_figure_and_nothing_else(submitted: World, ada: Client) -> None:
    work_through(submitted.interview, Mumbled(0.98, low=2))
    page = _review(ada, submitted)
    assert page.select(".doubt") == []
    marked = page.select("#transcript-" + str(submitted.interview.pk) + "-1 .unsure")
    assert [it.text for it in marked] == ["six", "weeks"]
    assert {str(it["title"]) for it in marked} == {"Recognised with 31 % confidence"}
    assert "2 words with a dotted line and a question mark were recognised with low confidence." in page.text
    assert not doubt.is_doubtful(submitted.interview)
    style = (Path(__file__).parent.parent / "static" / "review.css").read_text("utf-8")
    assert '.words .unsure::after { content: "?"' in style  # not by colour alone


def test_clear_words_are_not_marked(submitted: World, ada: Client) -> None:
    work_through(submitted.interview)
    page = _review(ada, submitted)
    assert page.select(".unsure, .doubt") == []
