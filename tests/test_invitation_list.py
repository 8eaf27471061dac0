"""The invitations of a position as a list: found, paged by key, and told of what came since."""

from __future__ import annotations

from bs4 import BeautifulSoup
from django.test import Client

from interviews.actions.invitations import revoke
from interviews.models import Position
from interviews.queries.listing import PAGE_ROWS
from tests.inviting import at
from tests.listed import comes, names
from tests.people import World, make_question_set


def _names(ada: Client, world: World, query: str = "") -> list[str]:
    return names(ada, at(world, query))


def test_people_are_found_by_name_and_address(world: World, ada: Client) -> None:
    comes(world.question_set, "Zoë Quill", "zq@example.org")
    elsewhere = make_question_set(Position.objects.get(title="Something else"))
    comes(elsewhere, "Zoe Other", "zo@example.org")
    assert _names(ada, world, "?q=zoe") == ["Zoë Quill"]
    assert _names(ada, world, "?q=ZQ@example.org") == ["Zoë Quill"]
    assert _names(ada, world, "?q=zoe&show=submitted") == []
    page = ada.get(at(world, "?q=zoe&show=submitted")).content.decode()
    assert "Nobody here" in page and f'href="{at(world, "?q=zoe&amp;show=open")}"' in page


def test_pages_go_on_where_the_one_before_ended_whoever_came_meanwhile(world: World, ada: Client) -> None:
    for number in range(PAGE_ROWS):
        comes(world.question_set, f"Number {number:02}")
    first = BeautifulSoup(ada.get(at(world)).content, "html.parser")
    forth = first.select_one("#page-after")
    assert forth is not None and len(first.select("#rows > tr")) == PAGE_ROWS
    comes(world.question_set, "Late Comer")
    second = BeautifulSoup(ada.get(str(forth["href"])).content, "html.parser")
    assert [it.get_text() for it in second.select("#rows th a")] == ["Bo Berg"]
    back = second.select_one("#page-before")
    assert back is not None
    assert len(names(ada, str(back["href"]))) == PAGE_ROWS


def test_what_of_the_address_is_not_understood_is_said(world: World, ada: Client) -> None:
    page = ada.get(at(world, "?show=everybody&after=nowhere")).content.decode()
    assert "was left out: show, after" in page and "Bo Berg" in page


def test_who_came_and_who_matches_no_more_is_told(world: World, ada: Client) -> None:
    news = at(world, "news/?show=open&q=edi")
    eve, late = comes(world.question_set, "Eve"), comes(world.question_set, "Edith")
    comes(world.question_set, "Dan")
    revoke(eve)
    told = ada.get(f"{news}&shown={eve.pk},{world.interview.pk}").json()
    assert (told["new"], told["gone"]) == (1, sorted([str(eve.pk), str(world.interview.pk)]))
    assert ada.get(f"{news}&shown={late.pk}").json() == {"new": 0, "words": "0 new", "gone": []}
