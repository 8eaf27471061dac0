"""How a position goes: the figures against plain computations over the same rows, and for whom they count what."""

from __future__ import annotations

import itertools
import random
import re
from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from bs4 import BeautifulSoup
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from interviews.actions.invitations import seen_in
from interviews.forms.devices import device_of
from interviews.models import Answer, Applicant, Decision, Interview, Position, Result, Review, Take
from interviews.queries import agreement, insight
from interviews.views.figures import bars, box, grid, reaches
from interviews.views.insight import in_words
from tests import applicants
from tests.chance import seeded
from tests.people import World, make_position, make_question_set, review

DEVICES = ("phone", "tablet", "computer", "")


def _rows(world: World, count: int, chance: random.Random) -> list[Interview]:
    """People who came as far as chance would have it; nothing is recorded, so nothing is to be worked on."""
    return [_row(world, n, chance) for n in range(count)]


def _row(world: World, n: int, chance: random.Random) -> Interview:
    applicant = Applicant.objects.create(name=f"Person {n}", email=f"p{n}@example.com")
    now = timezone.now()
    step = chance.choice(["invited", "opened", "started", "submitted", "reviewed", "decided"])
    how_far = ["invited", "opened", "started", "submitted", "reviewed", "decided"].index(step)
    submitted_at = now - timedelta(days=30, minutes=chance.randrange(10_000)) if how_far >= 3 else None
    interview = Interview.objects.create(
        applicant=applicant,
        question_set=world.question_set,
        deadline=now,
        opened_at=now if how_far >= 1 else None,
        consented_at=now if how_far >= 2 else None,
        device=chance.choice(DEVICES) if how_far >= 2 else "",
        ai_consent=False if how_far >= 2 else None,
        ai_consent_version="1" if how_far >= 2 else "",
        submitted_at=submitted_at,
        state=["invited", "invited", "started"][how_far] if how_far < 3 else "scored",
        withdrawn_at=now if how_far == 2 and chance.random() < 0.3 else None,
        revoked_at=now if how_far == 1 and chance.random() < 0.3 else None,
    )
    if how_far >= 2:
        for question in world.questions[: len(world.questions) if how_far >= 3 else chance.randrange(4)]:
            take = Take.objects.create(
                interview=interview,
                question=question,
                number=1,
                state="finished",
                text="words",
                bytes=5,
                finished_at=now,
            )
            Answer.objects.create(interview=interview, question=question, take=take)
    if how_far >= 4 and (how_far == 4 or chance.random() < 0.5):
        Review.objects.create(interview=interview, reviewer=world.ada, state="done", done_at=now)
    if how_far >= 5 and submitted_at:
        at = submitted_at
        for outcome in chance.sample(["hold", "advance", "reject"], chance.randint(1, 3)):
            at += timedelta(minutes=chance.randrange(20_000))
            Decision.objects.create(interview=interview, outcome=outcome, reason="because", by=world.ada, at=at)
    return interview


@pytest.mark.parametrize("seed", range(3))
def test_each_count_is_what_counting_one_by_one_gives(world: World, seed: int) -> None:
    rows = [*_rows(world, 40, seeded(seed)), world.interview]
    elsewhere = World(**{**vars(world), "question_set": make_question_set(make_position("Elsewhere", world.cy))})
    elsewhere.questions = list(elsewhere.question_set.questions.all())
    _rows(elsewhere, 5, seeded(seed))
    found = insight.of(world.position)

    reached = [
        len(rows),
        sum(it.opened_at is not None or it.consented_at is not None for it in rows),
        sum(it.consented_at is not None for it in rows),
        sum(it.submitted_at is not None for it in rows),
        sum(it.reviews.filter(state="done").exists() or it.decisions.exists() for it in rows),
        sum(it.decisions.exists() for it in rows),
    ]
    assert [it.count for it in found.steps] == reached
    assert [it.lost for it in found.steps] == [None, *(a - b for a, b in itertools.pairwise(reached))]
    assert [it.share for it in found.steps[1:]] == [round(100 * b / a) for a, b in itertools.pairwise(reached)]
    assert found.revoked == sum(it.revoked_at is not None for it in rows)
    assert found.withdrawn == sum(it.withdrawn_at is not None for it in rows)

    started = [it for it in rows if it.consented_at]
    by_device = {device: [it for it in started if it.device == device] for device in DEVICES}
    assert [(it.started, it.answered, it.submitted, it.decided) for it in found.devices] == [
        (
            len(theirs),
            sum(it.answers.exists() for it in theirs),
            sum(it.submitted_at is not None for it in theirs),
            sum(it.decisions.exists() for it in theirs),
        )
        for theirs in by_device.values()
        if theirs
    ]
    assert [it.is_few for it in found.devices] == [len(theirs) < 5 for theirs in by_device.values() if theirs]

    assert [(it.number, it.asked, it.answered) for it in found.questions] == [
        (question.number, len(started), sum(it.answers.filter(question=question).exists() for it in started))
        for question in world.questions
    ]
    assert found.durations is not None
    lasted = sorted(_first_decision(it) - it.submitted_at for it in rows if it.submitted_at and it.decisions.exists())
    assert found.durations.count == len(lasted)
    for share, value in zip((0, 0.25, 0.5, 0.75, 1), found.durations.values, strict=True):
        assert abs(value - _quantile(lasted, share)) < timedelta(seconds=1)


def _first_decision(interview: Interview) -> datetime:
    return min(interview.decisions.values_list("at", flat=True))


def _quantile(values: list[timedelta], share: float) -> timedelta:
    """R's type 7: between the two nearest, as far as the share lies between them."""
    place = (len(values) - 1) * share
    below = int(place)
    above = min(below + 1, len(values) - 1)
    return values[below] + (values[above] - values[below]) * (place - below)


def test_a_decision_of_before_a_reopening_is_not_what_followed_the_new_submit(world: World) -> None:
    rows = [it for it in _rows(world, 40, seeded(1)) if it.decisions.exists()]
    of_all = insight.of(world.position).durations
    Interview.objects.filter(pk=rows[0].pk).update(submitted_at=timezone.now())
    found = insight.of(world.position).durations
    assert of_all is not None and found is not None
    assert found.count == of_all.count - 1
    assert min(found.values) >= timedelta(0)


def test_one_decision_is_all_there_is_to_say(world: World) -> None:
    row = next(it for it in _rows(world, 40, seeded(2)) if it.decisions.exists())
    Decision.objects.exclude(interview=row).delete()
    found = insight.of(world.position).durations
    assert found is not None and found.count == 1 and len(set(found.values)) == 1


def test_the_page_takes_as_many_queries_for_fifty_as_for_one(
    world: World, ada: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    address = f"/hr-dashboard/positions/{world.position.pk}/insight/"
    chance = seeded(5)
    while not Review.objects.exists():
        _rows(world, 1, chance)
    with django_assert_num_queries(21):
        ada.get(address)
    _rows(world, 50, chance)
    with django_assert_num_queries(21):
        ada.get(address)


def test_every_figure_has_a_name_and_its_numbers_behind_it(world: World, ada: Client) -> None:
    _rows(world, 40, seeded(3))
    page = BeautifulSoup(ada.get(f"/hr-dashboard/positions/{world.position.pk}/insight/").content, "html.parser")
    figures = page.select("svg.figure")
    assert len(figures) == 4, "no score and no level is shown yet"
    for figure in figures:
        assert figure["role"] == "img"
        named = [page.find(id=it) for it in str(figure["aria-labelledby"]).split()]
        assert len(named) == 2 and all(it and it.get_text(strip=True) for it in named)
        card = figure.find_parent("section")
        assert card is not None and card.select("details table tbody tr")


@pytest.mark.parametrize(("people", "marked"), [(3, True), (4, False)])
def test_fewer_than_five_are_marked(world: World, ada: Client, people: int, marked: bool) -> None:
    for n in range(people):
        Interview.objects.create(
            applicant=Applicant.objects.create(name=f"Person {n}", email="p@example.com"),
            question_set=world.question_set,
            deadline=timezone.now(),
        )
    page = ada.get(f"/hr-dashboard/positions/{world.position.pk}/insight/").content.decode()
    assert ('class="few"' in page) is marked


def test_a_position_without_anybody_says_what_will_be_here(world: World, ada: Client) -> None:
    empty = make_position("Empty", world.ada)
    assert "Nothing to count yet" in ada.get(f"/hr-dashboard/positions/{empty.pk}/insight/").content.decode()


class TestReveal:
    @pytest.fixture
    def four(self, submitted: World, speech: bytes) -> dict[str, Interview]:
        return applicants.four(submitted, speech)

    def test_scores_and_levels_of_those_alone_whom_the_reader_has_reviewed(
        self, submitted: World, four: dict[str, Interview], ada: Client
    ) -> None:
        eve = User.objects.create_user("eve", "eve@example.com", "-")
        submitted.position.team.add(eve)
        review(four["Bo Berg"], eve, 2)
        address = f"/hr-dashboard/positions/{submitted.position.pk}/insight/"
        page = ada.get(address).content.decode()
        assert "4 interviews are left out" in page and "No score is shown to you yet" in page
        assert 'id="scores-title"' not in page and 'id="table-title"' not in page
        Result.objects.filter(interview=four["Eli Eck"]).update(score=Decimal("5.00"))
        review(four["Eli Eck"], submitted.ada, 3)
        page = ada.get(address).content.decode()
        assert "3 interviews are left out" in page
        counts = dict(re.findall(r'<th scope="row">(\d\.\d – \d\.\d)</th><td[^>]*>(\d+)</td>', page))
        assert counts == {**dict.fromkeys(counts, "0"), "4.5 – 5.0": "1"} and len(counts) == 8
        found = agreement.of(submitted.position, submitted.ada)
        assert found.table == [[0] * 5, [0] * 5, [0, 0, 0, 6, 0], [0] * 5, [0] * 5]

    def test_the_table_of_levels_counts_as_many_pairs_as_the_agreement(
        self, submitted: World, four: dict[str, Interview]
    ) -> None:
        for n, name in enumerate(("Bo Berg", "Dee Dahl", "Eli Eck"), start=2):
            review(four[name], submitted.ada, n)
        found = agreement.of(submitted.position, submitted.ada)
        assert [sum(row) for row in found.table] == [0, 6, 6, 6, 0]
        assert sum(map(sum, found.table)) == found.with_machine[0].pairs


class TestDevice:
    @pytest.mark.parametrize(
        ("agent", "hint", "kind"),
        [
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) Version/18.5 Mobile/15E148 Safari/604.1",
                "",
                "phone",
            ),
            ("Mozilla/5.0 (Linux; Android 10; K) Chrome/138.0.0.0 Mobile Safari/537.36", "?1", "phone"),
            ("Mozilla/5.0 (Linux; Android 10; K) Chrome/138.0.0.0 Safari/537.36", "?0", "tablet"),
            ("Mozilla/5.0 (iPad; CPU OS 12_5 like Mac OS X) Version/12.1 Mobile/15E148 Safari/604.1", "", "tablet"),
            ("Mozilla/5.0 (Android 15; Tablet; rv:140.0) Gecko/140.0 Firefox/140.0", "", "tablet"),
            ("Mozilla/5.0 (Android 15; Mobile; rv:140.0) Gecko/140.0 Firefox/140.0", "", "phone"),
            ("Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/138.0.0.0 Safari/537.36", "?0", "computer"),
            ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) Version/18.5 Safari/605.1.15", "", "computer"),
            ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "", "computer"),
            ("something else", "?1", "phone"),
            ("something else", "", ""),
            ("", "", ""),
        ],
    )
    def test_it_is_one_of_three_or_not_known(self, agent: str, hint: str, kind: str) -> None:
        assert device_of({"User-Agent": agent, "Sec-CH-UA-Mobile": hint}) == kind

    def test_it_is_noted_when_one_agrees_and_no_more_than_the_kind(self, world: World, bo: Client) -> None:
        world.interview.refresh_from_db()
        opened = world.interview.opened_at
        assert opened is not None and world.interview.device == ""
        assert "a phone, a tablet or a computer" in bo.get(f"/interview/{world.interview.pk}/").content.decode()
        agent = "Mozilla/5.0 (Linux; Android 10; K) Chrome/138.0.0.0 Mobile Safari/537.36"
        consent = f"/interview/{world.interview.pk}/consent/"
        bo.post(consent, {"agree": "on", "ai": "yes"}, headers={"User-Agent": agent})
        bo.post(consent, {"agree": "on", "ai": "yes"}, headers={"User-Agent": "Windows"})
        seen_in(world.interview.pk, "")
        world.interview.refresh_from_db()
        assert (world.interview.device, world.interview.opened_at) == ("phone", opened)


class TestFigures:
    def test_bars_are_as_long_as_what_they_stand_for(self) -> None:
        drawn = bars([("a", 4, "4"), ("b", 1, "1"), ("c", 0, "0")])
        assert [it.width for it in drawn.bars] == ["100.00%", "25.00%", "0.00%"]
        assert [it.width for it in bars([("a", 25, "25 %")], 100).bars] == ["25.00%"]
        assert [it.width for it in bars([("a", 0, "0")]).bars] == ["0.00%"]

    def test_a_value_lies_where_it_is_on_its_scale(self) -> None:
        drawn = reaches([("a", "3", 3.0, (2.0, 5.0)), ("b", "1", 1.0, None)], 1, 5, (1, 3, 5))
        assert [(it.low, it.at, it.high) for it in drawn.reaches] == [
            ("25.00%", "50.00%", "100.00%"),
            ("0.00%", "0.00%", "0.00%"),
        ]
        assert [(it.x, it.anchor) for it in drawn.ticks] == [
            ("0.00%", "start"),
            ("50.00%", "middle"),
            ("100.00%", "end"),
        ]

    def test_the_lines_of_a_scale_are_broken_where_a_name_stands(self) -> None:
        drawn = reaches([("a", "3", 3.0, (2.0, 5.0)), ("b", "1", 1.0, None)], 1, 5, (1, 3, 5))
        dash, gap = map(int, drawn.dashes.split())
        seen = [range(y, y + dash) for y in range(drawn.top, drawn.bottom, dash + gap)]
        assert [it.line_y in rows for it, rows in zip(drawn.reaches, seen, strict=True)] == [True, True]
        name = 22  # its letters, and what hangs below them
        assert not [it.name for it in drawn.reaches for rows in seen if set(rows) & set(range(it.y, it.y + name))]

    def test_a_box_holds_the_middle_half(self) -> None:
        drawn = box([1.0, 2.0, 3.0, 6.0, 8.0])
        assert (drawn.lower, drawn.width, drawn.median, drawn.high) == ("25.00%", "50.00%", "37.50%", "100.00%")
        assert box([0.0] * 5).width == "0.00%"

    def test_the_highest_level_is_on_top(self) -> None:
        counts = [[row * 5 + column for column in range(5)] for row in range(5)]
        drawn = grid(counts)
        assert [it.count for it in drawn.squares if it.y == 0] == counts[4]
        assert [words for _y, words in drawn.rows] == ["5", "4", "3", "2", "1"]
        assert max(float(it.opacity) for it in drawn.squares) == 0.4


@pytest.mark.parametrize(
    ("span", "words"),
    [
        (timedelta(seconds=20), "0 minutes"),
        (timedelta(minutes=1), "1 minute"),
        (timedelta(minutes=119), "119 minutes"),
        (timedelta(hours=2), "2 hours"),
        (timedelta(hours=47), "47 hours"),
        (timedelta(days=2), "2 days"),
        (timedelta(days=9, hours=13), "10 days"),
    ],
)
def test_a_time_is_told_as_roughly_as_people_do(span: timedelta, words: str) -> None:
    assert in_words(span) == words


def test_who_is_on_another_team_sees_nothing(world: World, cy: Client) -> None:
    position = Position.objects.get(pk=world.position.pk)
    for page in ("insight", "compare"):
        assert cy.get(f"/hr-dashboard/positions/{position.pk}/{page}/").status_code == 404
