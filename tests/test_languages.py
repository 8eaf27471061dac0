"""The reader's language: every word is translated, every page and every live change comes in it."""

from __future__ import annotations

import ast
import gettext
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import translation
from django.utils.translation.template import templatize
from pytest_django import Settings

from interviews.events import head
from realtime import feed
from realtime.consumers import FeedConsumer, _language
from tests.people import World

ROOT = Path(__file__).resolve().parent.parent
CODE = [path for room in ("project", "realtime", "interviews") for path in sorted((ROOT / room).rglob("*.py"))]
TEMPLATES = sorted((ROOT / "templates").rglob("*.*"))
SCRIPTS = [*sorted((ROOT / "static" / "js").glob("*.js")), ROOT / "realtime" / "static" / "realtime" / "live.js"]
MARKS = {"_", "gettext", "gettext_lazy", "gettext_noop", "ngettext"}
ALIKE = {
    "Code",
    "Computer",
    "Esc",
    "Live",
    "Median",
    "Tablet",
    "SHA-256",
    "Interviews",
    "Text {number}",
    "%(seconds)s s",
    "Interview",
    "Link",
    "Links",
    "Name",
    "Position",
    "Logo",
    "Organisation",
    "Team",
    "Text",
    "Webhooks",
}
"""What is the same in both languages, besides what holds no word."""
NOT_WORDS = {"UTC", "s", "KB", "MB", "SHA", "PDF", "CSV", "HTML", "JSON"}


@pytest.fixture(autouse=True)
def _english_again() -> Iterator[None]:
    """A request leaves its language to the thread; in a test, that is the thread of all tests."""
    yield
    translation.activate("en")


def _compiled(language: str) -> dict[Any, str]:
    """By its words, or by words and the number of a plural's form."""
    with (ROOT / "locale" / language / "LC_MESSAGES" / "django.mo").open("rb") as file:
        found: dict[Any, str] = vars(gettext.GNUTranslations(file))["_catalog"]
    return found


def _catalogue(language: str) -> dict[str, str]:
    """What the product reads: the compiled file. Of a plural, the first form."""
    catalogue = _compiled(language)
    keys = [(key, key if isinstance(key, str) else key[0]) for key in catalogue if key and key[-1] != 1]
    return {words: catalogue[key] for key, words in keys}


def _calls(path: Path) -> Iterator[ast.Call]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Call) and getattr(node.func, "id", getattr(node.func, "attr", "")) in MARKS:
            yield node


def _marked() -> set[str]:
    """Every sentence that code or a template marks for translation."""
    found = {
        argument.value
        for path in CODE
        for call in _calls(path)
        for argument in call.args[:1]
        if isinstance(argument, ast.Constant) and isinstance(argument.value, str)
    }
    literal = r"""u?('(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")"""
    for path in TEMPLATES:
        for words in re.findall(rf"gettext\({literal}", templatize(path.read_text("utf-8"))):
            found.add(ast.literal_eval(words))
    return found


def test_every_sentence_is_translated() -> None:
    marked, german = _marked(), _catalogue("de")
    assert len(marked) > 400
    assert marked - german.keys() == set()
    assert german.keys() - marked == set(), "no longer said"
    same = {words for words, translated in german.items() if words == translated and re.search("[a-z]{2}", words)}
    assert {words for words in same if not re.fullmatch(r"(.*[{%].*|&nbsp;)+", words)} - ALIKE == set()


def test_a_translation_keeps_every_blank_to_fill_in() -> None:
    blanks = re.compile(r"%\(\w+\)[sd]|\{\w+\}|%[sd]|<[^>]+>")
    for words, translated in _catalogue("de").items():
        assert sorted(blanks.findall(words)) == sorted(blanks.findall(translated)), words


def test_the_source_of_the_translation_is_what_was_compiled() -> None:
    source = (ROOT / "locale" / "de" / "LC_MESSAGES" / "django.po").read_text("utf-8")
    assert "#, fuzzy" not in source
    parts = re.findall(r'^msgstr(?:\[\d\])? ((?:".*"\n?)+)', source, re.MULTILINE)
    said = ["".join(ast.literal_eval(line) for line in part.splitlines()) for part in parts][1:]
    assert sorted(said) == sorted(words for key, words in _compiled("de").items() if key)


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_no_template_holds_words_that_nobody_can_translate(path: Path) -> None:
    text = path.read_text("utf-8")
    text = re.sub(r"{% comment %}.*?{% endcomment %}|{#.*?#}|<style.*?</style>", "", text, flags=re.DOTALL)
    text = re.sub(r"{% blocktranslate.*?{% endblocktranslate %}", "", text, flags=re.DOTALL)
    text = re.sub(r"<style.*?</style>", "", text, flags=re.DOTALL)
    text = re.sub(r"{% block width %}.*?{% endblock %}|{%.*?%}|{{.*?}}", "", text, flags=re.DOTALL)
    said = re.findall(r' (?:aria-label|title|alt|placeholder|data-announce)="([^"]*)"', text)
    text = re.sub(r"<!--.*?-->|<[^>]*>|&\w+;", " ", text, flags=re.DOTALL)
    assert {word for part in (text, *said) for word in re.findall(r"[A-Za-z]+", part)} <= NOT_WORDS


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_no_script_holds_sentences(path: Path) -> None:
    code = re.sub(r"/\*.*?\*/|^\s*//.*$|//[^\n\"`]*$", "", path.read_text("utf-8"), flags=re.DOTALL | re.MULTILINE)
    code = re.sub(r"new (?:Type)?Error\([^)]*\)", "", code)  # for whoever mends the script
    sentence = r"""(?:"[^"\n]*"|'[^'\n]*'|`[^`]*`)"""
    found = [words for words in re.findall(sentence, code) if re.search(r"[A-Z][a-z]+ [a-z]+ [a-z]+", words)]
    assert found == []


@pytest.mark.parametrize("room", ["actions", "views", "queries"])
def test_no_code_says_a_sentence_that_nobody_can_translate(room: str) -> None:
    for path in (ROOT / "interviews" / room).rglob("*.py"):
        tree = ast.parse(path.read_text("utf-8"))
        marked = {id(part) for call in _calls(path) for part in ast.walk(call)}
        marked_lines = {line for call in _calls(path) for line in range(call.lineno, (call.end_lineno or 0) + 1)}
        notes = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in marked | notes:
                is_sentence = re.match(r"[A-Z][a-z]+ .*[.?!]$", node.value)
                assert not is_sentence or node.lineno in marked_lines, (path.name, node.value)


def _page(client: Client, world: World, **headers: str) -> str:
    return client.get(f"/interview/{world.interview.pk}/", headers=headers).content.decode()


def test_a_page_comes_in_the_language_that_the_browser_asks_for(bo: Client, world: World) -> None:
    page = _page(bo, world, accept_language="de-AT,de;q=0.9,en;q=0.5")
    assert '<html lang="de" dir="ltr">' in page
    assert "Bevor Sie beginnen" in page
    assert '<html lang="en" dir="ltr">' in _page(bo, world, accept_language="fr")


def test_a_reader_chooses_a_language(bo: Client, world: World) -> None:
    here = f"/interview/{world.interview.pk}/"
    reply = bo.post("/language/", {"language": "de", "next": here}, headers={"accept-language": "en"})
    assert (reply.status_code, reply["Location"]) == (302, here)
    assert '<html lang="de"' in _page(bo, world, accept_language="en")


def test_a_language_from_right_to_left_turns_the_page_round(bo: Client, world: World, settings: Settings) -> None:
    settings.LANGUAGES = [*settings.LANGUAGES, ("ar", "العربية")]
    assert '<html lang="ar" dir="rtl">' in _page(bo, world, accept_language="ar")


def test_the_admin_is_english_for_everybody(admin_client: Client) -> None:
    assert "Site administration" in admin_client.get("/admin/", headers={"accept-language": "de"}).content.decode()


def test_what_is_sent_live_is_in_the_language_of_the_page(submitted: World) -> None:
    news = feed.since(0)
    assert news is not None and news.last == head()
    topics = [f"applicant:{submitted.interview.pk}", f"position:{submitted.position.pk}"]
    english, german = news.html(topics), news.html(topics, language="de")
    assert "Received" in english and "Angekommen" not in english
    assert "Angekommen" in german and "Received" not in german
    assert news.html(topics) == english


@pytest.mark.parametrize(
    ("asked", "language"), [(b"language=de", "de"), (b"language=de-CH", "de"), (b"language=xx", "en"), (b"", "en")]
)
def test_a_socket_says_in_which_language_its_page_was_drawn(asked: bytes, language: str) -> None:
    assert "language" in (FeedConsumer.__doc__ or "")
    assert _language({"query_string": asked}) == language


def test_the_style_sheets_know_no_left_and_right() -> None:
    style = "".join(path.read_text("utf-8") for path in (ROOT / "static").glob("*.css"))
    sides = r"(?:(?:margin|padding|border)-|[;{\s])(?:left|right)\s*:|text-align:\s*(?:left|right)|float\s*:"
    assert re.findall(sides, style) == []
