"""Every way in which people write lists of people, and what is said of a line that cannot be used."""

from __future__ import annotations

import pytest

from interviews.lists import PEOPLE_AT_MOST, Unreadable, read, text_of


@pytest.mark.parametrize(
    "text",
    [
        "Bo Berg <bo@example.com>",
        '"Bo Berg" <bo@example.com>;',
        "Bo Berg, bo@example.com",
        "bo@example.com, Bo Berg",
        "Bo Berg\tbo@example.com",
        "Bo;Berg;bo@example.com;+48 123 456 789",
        "\n\n  Bo Berg  <mailto:bo@example.com> \n\n",
        "name,email\nBo Berg,bo@example.com",
        "First name;Last name;Phone;E-mail\nBo;Berg;123;bo@example.com\n;;;",
        'E-MAIL\tNAME\nbo@example.com\t"Bo Berg"',
        'Email,Note,Name\r\nbo@example.com,"called, twice\n(and again)",Bo Berg\r\n',
    ],
)
def test_one_person_is_read_from(text: str) -> None:
    [line] = read(text, {})
    assert (line.name, line.email, line.problem) == ("Bo Berg", "bo@example.com", "")


@pytest.mark.parametrize(
    "text",
    [
        "Ann <a@example.com>, Bea <b@example.com>; Cyd <c@example.com>",
        "Ann <a@example.com>\nBea <b@example.com>\nCyd <c@example.com>",
        "name;mail\nAnn;a@example.com\nBea;b@example.com\nCyd;c@example.com",
    ],
)
def test_several_people_are_read_from(text: str) -> None:
    assert [(line.name, line.email) for line in read(text, {})] == [
        ("Ann", "a@example.com"),
        ("Bea", "b@example.com"),
        ("Cyd", "c@example.com"),
    ]


def test_bare_addresses_are_named_by_what_stands_before_the_at() -> None:
    assert [(line.name, line.email) for line in read("a.b@example.com; c@example.com", {})] == [
        ("a.b", "a.b@example.com"),
        ("c", "c@example.com"),
    ]


def test_a_name_with_a_comma_is_one_name() -> None:
    [line] = read("Berg, Bo <bo@example.com>", {})
    assert line.name == "Berg, Bo"


@pytest.mark.parametrize(
    "text, problem",
    [
        ("Bo Berg", "no e-mail address"),
        ("Bo Berg <>", "no e-mail address"),
        ("Bo <bo@example>", "not a complete e-mail address"),
        ("Bo <bo @example.com>", "not a complete e-mail address"),
        ("Bo <bø@example.com>", "not a complete e-mail address"),
        (f"{'B' * 201} <bo@example.com>", "too long"),
        ("name,email\nBo", "no e-mail address"),
    ],
)
def test_what_is_wrong_is_said(text: str, problem: str) -> None:
    assert problem in read(text, {})[0].problem


def test_a_line_that_is_there_twice_names_the_first() -> None:
    lines = read("Bo <bo@example.com>\nAnn <a@example.com>\nBo <BO@example.com>", {})
    assert [line.problem for line in lines] == ["", "", "Stands in line 1 already."]


def test_who_is_invited_already_is_told_apart() -> None:
    lines = read("Bo <Bo@Example.com>\nAnn <a@example.com>", {"bo@example.com": "Invited already."})
    assert [line.problem for line in lines] == ["Invited already.", ""]


def test_a_list_without_end_is_cut_off_where_it_is_refused() -> None:
    assert len(read("a@example.com\n" * 5000, {})) == PEOPLE_AT_MOST + 1


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_files_are_read_as_programs_save_them(encoding: str) -> None:
    assert read(text_of("name;mail\nJörg;j@example.com".encode(encoding)), {})[0].name == "Jörg"


@pytest.mark.parametrize(
    "data, word",
    [(b"PK\x03\x04...", "spreadsheet"), (b"a\0b\0", "not text"), (b"x" * (1024 * 1024 + 1), "larger")],
)
def test_what_is_no_list_is_refused_in_words(data: bytes, word: str) -> None:
    with pytest.raises(Unreadable, match=word):
        text_of(data)
