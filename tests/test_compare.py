"""Applicants beside each other: by question, by what is revealed of each, and without names where these are hidden."""

from __future__ import annotations

import re
from typing import Any

import pytest
from bs4 import BeautifulSoup
from bs4.element import Tag
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from interviews.actions.invitations import invite
from interviews.actions.reviewing import Rated, decide, rate
from interviews.models import Applicant, Decision, Interview, Question, QuestionSet, Rendition, Take
from interviews.queries import beside
from interviews.queries.aliases import CONSONANTS, aliases
from interviews.queries.ratings import places
from tests import applicants
from tests.people import World, make_position, make_question_set, review, show_at_once


@pytest.fixture
def four(submitted: World, speech: bytes) -> dict[str, Interview]:
    return applicants.four(submitted, speech)


@pytest.fixture
def eve(submitted: World) -> User:
    eve = User.objects.create_user("eve", "eve@example.com", "-")
    submitted.position.team.add(eve)
    return eve


def _address(world: World) -> str:
    return f"/hr-dashboard/positions/{world.position.pk}/compare/"


def _page(browser: Client, world: World, asked: dict[str, Any] | None = None, status: int = 200) -> str:
    reply = browser.get(_address(world), asked or {}, follow=True)
    assert reply.status_code == status
    return reply.content.decode()


def _cells(page: str) -> dict[str, Tag]:
    """By the words that name them."""
    found = BeautifulSoup(page, "html.parser").select("article.compare-cell")
    return {str(it["aria-label"]): it for it in found}


def _some(four: dict[str, Interview], *names: str) -> list[str]:
    return [str(four[name].pk) for name in names]


class TestSideBySide:
    def test_everybody_who_handed_in_can_be_chosen(
        self, submitted: World, four: dict[str, Interview], ada: Client
    ) -> None:
        page = _page(ada, submitted)
        assert all(name in page for name in four)
        assert "<article" not in page and "data-topics" not in page and "As it stood at" in page

    def test_each_question_has_what_each_of_them_answered(
        self, submitted: World, four: dict[str, Interview], ada: Client
    ) -> None:
        page = _page(ada, submitted, {"with": _some(four, "Eli Eck", "Bo Berg", "Flo Fuchs")})
        cells = _cells(page)
        assert list(cells) == [
            f"{name}, question {n}" for n in (1, 2, 3) for name in ("Bo Berg", "Eli Eck", "Flo Fuchs")
        ]
        for name in ("Bo Berg", "Eli Eck"):
            cell = cells[f"{name}, question 2"]
            playable = Take.objects.get(interview=four[name], question=submitted.questions[1]).rendition.version
            assert f"/{four[name].pk}/" in str(cell.video) and str(playable) in str(cell.video)
            assert "rollback" in cell.get_text()
        assert "Dee Dahl, question 1" not in cells

    @pytest.mark.parametrize(
        ("names", "said"),
        [
            (["Bo Berg"], "Choose at least two"),
            (["Bo Berg", "Dee Dahl", "Eli Eck", "Flo Fuchs"], None),
        ],
    )
    def test_two_to_five_are_compared(
        self, submitted: World, four: dict[str, Interview], ada: Client, names: list[str], said: str | None
    ) -> None:
        page = _page(ada, submitted, {"with": _some(four, *names)}, 400 if said else 200)
        assert (said or "<article") in page

    def test_more_than_five_are_too_many(self, submitted: World, ada: Client) -> None:
        many = _bulk(submitted, 6)
        assert "Choose at most 5" in _page(ada, submitted, {"with": [str(it.pk) for it in many]}, 400)
        assert "Choose at most" not in _page(ada, submitted, {"with": [str(it.pk) for it in many], "question": "2"})

    @pytest.mark.parametrize("key", ["nonsense", "00000000-0000-4000-8000-000000000000"])
    def test_who_is_not_there_is_said_to_be_missing(
        self, submitted: World, four: dict[str, Interview], ada: Client, key: str
    ) -> None:
        page = _page(ada, submitted, {"with": [*_some(four, "Bo Berg", "Dee Dahl"), key]}, 400)
        assert "has not handed in" in page and "<article" not in page
        assert "no such question" in _page(ada, submitted, {"question": "17"}, 400)

    def test_nobody_of_another_position_is_shown(
        self, submitted: World, four: dict[str, Interview], ada: Client
    ) -> None:
        theirs = make_question_set(make_position("Secret", submitted.cy))
        other, _token = invite(Applicant.objects.create(name="Zoe Zorn", email="z@example.com"), theirs)
        Interview.objects.filter(pk=other.pk).update(
            state="submitted", consented_at=timezone.now(), submitted_at=timezone.now(), withdrawn_at=timezone.now()
        )
        page = _page(ada, submitted, {"with": [*_some(four, "Bo Berg", "Dee Dahl"), str(other.pk)]}, 400)
        assert "Zoe Zorn" not in page and "has not handed in" in page

    def test_one_question_shows_everybody_part_by_part(self, submitted: World, ada: Client) -> None:
        _bulk(submitted, 14)
        seen: list[str] = []
        for part in (1, 2):
            page = _page(ada, submitted, {"question": "2", "page": part})
            assert f"Part {part} of 2" in page
            seen += _cells(page)
        assert len(seen) == len(set(seen)) == 15
        assert all(it.endswith("question 2") for it in seen)

    def test_another_wording_of_a_question_is_pointed_out(
        self, submitted: World, four: dict[str, Interview], ada: Client
    ) -> None:
        assert "Not everybody was asked" not in _page(ada, submitted, {"question": "1"})
        newer = QuestionSet.objects.create(position=submitted.position, version=2)
        Question.objects.create(question_set=newer, number=1, text="Said otherwise?")
        _bulk(submitted, 1, newer)
        page = _page(ada, submitted, {"question": "1"})
        assert "Not everybody was asked" in page and "<q>Question number 1?</q>" in page


class TestReveal:
    def test_each_is_shown_by_its_own_review(
        self, submitted: World, four: dict[str, Interview], ada: Client, eve: User
    ) -> None:
        for name in ("Bo Berg", "Eli Eck"):
            answer, criterion = places(four[name])[0]
            review(four[name], eve, 1)
            rate(four[name], eve, Rated(answer.pk, criterion.pk, 2, f"note on {name}", "thought again"))
            decide(four[name], eve, Decision.Outcome.ADVANCE, f"why {name}")
        both = {"with": _some(four, "Bo Berg", "Eli Eck")}
        page = _page(ada, submitted, both)
        for hidden in ("level-suggested", "Level 4 of 5", "It names the plan", "note on", 'class="cited"', "why "):
            assert hidden not in page, hidden
        assert page.count('class="decision decision-advance"') == 2, "the outcome is for everybody"
        assert _topics(page) == {f"interview:{four[name].pk}" for name in ("Bo Berg", "Eli Eck")}
        review(four["Eli Eck"], submitted.ada, 5)
        page = _page(ada, submitted, both)
        cells = _cells(page)
        eli, bo = str(cells["Eli Eck, question 1"]), str(cells["Bo Berg, question 1"])
        assert "level-suggested" in eli and "note on Eli" in eli and "It names the plan" in eli
        assert not re.search(r"level-suggested|note on|It names|cited", bo)
        assert _topics(page) == {
            f"interview:{four['Bo Berg'].pk}",
            f"levels:{four['Eli Eck'].pk}",
            f"ratings:{four['Eli Eck'].pk}",
        }

    def test_one_sees_ones_own_ratings_before_one_is_done(
        self, submitted: World, four: dict[str, Interview], ada: Client
    ) -> None:
        answer, criterion = places(four["Bo Berg"])[0]
        rate(four["Bo Berg"], submitted.ada, Rated(answer.pk, criterion.pk, 2, "mine alone"))
        cells = _cells(_page(ada, submitted, {"with": _some(four, "Bo Berg", "Eli Eck")}))
        assert "mine alone" in str(cells["Bo Berg, question 1"])
        assert "mine alone" not in str(cells["Eli Eck, question 1"])

    def test_where_levels_are_shown_at_once_ratings_of_others_are_not(
        self, submitted: World, four: dict[str, Interview], ada: Client, eve: User
    ) -> None:
        show_at_once(submitted.position)
        review(four["Bo Berg"], eve, 1)
        cell = str(_cells(_page(ada, submitted, {"question": "1"}))["Bo Berg, question 1"])
        assert "Level 4 of 5" in cell and ">eve<" not in cell


class TestWithoutNames:
    def test_nothing_on_the_page_says_who_it_is(
        self, submitted: World, four: dict[str, Interview], ada: Client
    ) -> None:
        review(four["Bo Berg"], submitted.ada)
        decide(four["Bo Berg"], submitted.ada, Decision.Outcome.HOLD, "more to see")
        pages = [
            _page(ada, submitted, {"anonymous": "1", **asked})
            for asked in ({}, {"with": _some(four, *four)}, {"question": "2"})
        ]
        takes = Take.objects.filter(interview__in=four.values())
        telling = {
            *four,
            *(part for name in four for part in name.split()),
            *(it.applicant.email for it in four.values()),
            *(str(it.pk) for it in four.values()),
            *map(str, takes.values_list("pk", flat=True)),
            *map(str, Rendition.objects.filter(take__in=takes).values_list("version", flat=True)),
            *("poster", "playable", "originals", "data-topics"),
        }
        for page in pages:
            assert {it for it in telling if re.search(rf"\b{re.escape(it)}\b", page)} == set()
        assert len(_cells(pages[1])) == 12 and "compare/sound/" in pages[1]
        assert "Names and pictures are hidden" in pages[1] and "As it stood at" in pages[1]

    def test_no_id_stays_in_the_address_and_names_come_back_where_they_are_wanted(
        self, submitted: World, four: dict[str, Interview], ada: Client
    ) -> None:
        reply = ada.get(_address(submitted), {"with": _some(four, "Bo Berg", "Eli Eck"), "anonymous": "1"})
        assert reply.status_code == 302
        assert not any(pk in reply["Location"] for pk in _some(four, *four))
        keys = re.findall(r"with=([0-9a-f-]+)", reply["Location"])
        named = ada.get(_address(submitted), {"with": keys})
        assert named.status_code == 302
        assert set(re.findall(r"with=([0-9a-f-]+)", named["Location"])) == set(_some(four, "Bo Berg", "Eli Eck"))

    def test_letters_and_order_are_the_same_each_time_and_others_for_another_reviewer(
        self, submitted: World, four: dict[str, Interview], eve: User
    ) -> None:
        def seen(reader: User) -> list[tuple[str, str]]:
            return [(it.name, str(it.interview)) for it in beside.choices(submitted.position, reader, anonymous=True)]

        assert seen(submitted.ada) == seen(submitted.ada)
        assert seen(submitted.ada) != seen(eve)

    def test_who_comes_later_adds_letters_and_changes_none(self, submitted: World) -> None:
        ids = [it.pk for it in _bulk(submitted, 60)]
        before: dict[Any, str] = {}
        for count in (1, 2, 10, 60):
            found = aliases(submitted.position, ids[:count], submitted.ada)
            letters = {pk: it.letters for pk, it in found.items()}
            assert len(set(letters.values())) == count
            assert set("".join(letters.values())) <= set(CONSONANTS)
            assert all(letters[pk].startswith(it) for pk, it in before.items())
            before = letters
        assert len(before[ids[0]]) < 8

    def test_the_order_says_nothing_of_names_or_arrival(self, submitted: World) -> None:
        """Over twenty readers the one who stands first is not always the same, nor the first or last who came."""
        many = _bulk(submitted, 5)
        firsts = set()
        for n in range(20):
            reader = User.objects.create_user(f"reader-{n}")
            firsts.add(beside.choices(submitted.position, reader, anonymous=True)[0].interview)
        assert len(firsts & {it.pk for it in many}) >= 3

    def test_the_sound_is_served_without_the_picture_and_to_nobody_else(
        self, submitted: World, four: dict[str, Interview], ada: Client, cy: Client, eve: User
    ) -> None:
        page = _page(ada, submitted, {"anonymous": "1", "with": _some(four, "Bo Berg", "Eli Eck")})
        addresses = re.findall(r'src="([^"]+compare/sound/[^"]+)"', page)
        assert len(addresses) == 6
        for address in addresses:
            reply = ada.get(address, headers={"Range": "bytes=0-99"})
            assert reply.status_code == 206 and reply["Content-Type"] == "audio/wav"
            assert reply.content[:4] == b"RIFF" and reply.content[8:12] == b"WAVE"
        evas = Client()
        evas.force_login(eve)
        assert [it.get(addresses[0]).status_code for it in (cy, evas, Client())] == [404, 404, 302]
        assert ada.get(addresses[0].replace("/1/", "/9/")).status_code == 404
        real = reverse("compare-sound", args=[submitted.position.pk, submitted.interview.pk, 1])
        assert ada.get(real).status_code == 404, "an interview's own id is no key"

    def test_where_there_is_no_sound_alone_the_page_says_so(
        self, submitted: World, four: dict[str, Interview], ada: Client
    ) -> None:
        Rendition.objects.update(sound_sha256="")
        page = _page(ada, submitted, {"question": "1", "anonymous": "1"})
        assert "compare/sound/" not in page and page.count("There is no sound without the picture") == 4


def test_it_takes_as_many_queries_for_four_as_for_two(
    submitted: World, four: dict[str, Interview], ada: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for interview in four.values():
        review(interview, submitted.ada)
    for names in (["Bo Berg", "Eli Eck"], list(four)):
        with django_assert_num_queries(24):  # three say that somebody looked
            assert ada.get(_address(submitted), {"with": _some(four, *names)}).status_code == 200


def _bulk(world: World, count: int, question_set: QuestionSet | None = None) -> list[Interview]:
    """Handed in without an answer: rows alone."""
    return [
        Interview.objects.create(
            applicant=Applicant.objects.create(name=f"Person {n:02}", email=f"p{n}@example.com"),
            question_set=question_set or world.question_set,
            state=Interview.State.SCORED,
            deadline=timezone.now(),
            consented_at=timezone.now(),
            submitted_at=timezone.now(),
            ai_consent=False,
            ai_consent_version="1",
        )
        for n in range(count)
    ]


def _topics(page: str) -> set[str]:
    found = re.search(r'data-topics="\[([^"]*)\]"', page)
    assert found is not None
    return set(found[1].replace("&quot;", "").split(","))
