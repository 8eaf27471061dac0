"""Captions made of words: WebVTT by the W3C, whatever the words are, and given to those alone who may hear them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import pytest
from bs4 import BeautifulSoup
from django.test import Client

from interviews.actions.correcting import correct
from interviews.actions.withdrawing import withdraw
from interviews.media.captions import MOST_CHARACTERS, Said, long_pauses, webvtt
from interviews.models import Answer, Transcript
from tests.engines import SPOKEN, work_through
from tests.people import World, record_again, show_at_once

TIMINGS = re.compile(r"(\d{2,}):([0-5]\d):([0-5]\d)\.(\d{3}) --> (\d{2,}):([0-5]\d):([0-5]\d)\.(\d{3})")


@dataclass(frozen=True)
class Cue:
    start: int
    end: int
    text: str


def read(file: str) -> list[Cue]:
    """Only what the grammar of the W3C allows (4.1): a signature, blank lines, and blocks of timings and payload."""
    signature, *blocks = file.split("\n\n")
    assert signature == "WEBVTT"
    cues = []
    for block in blocks:
        timings, *lines = block.strip("\n").split("\n")
        found = TIMINGS.fullmatch(timings)
        assert found, timings
        assert lines and all(lines), "a cue without a payload, or a blank line in it"
        payload = "\n".join(lines)
        assert "-->" not in payload
        assert not re.search(r"[<>]|&(?!(?:amp|lt|gt);)", payload)
        hours, minutes, seconds, rest, *end = map(int, found.groups())
        first = ((hours * 60 + minutes) * 60 + seconds) * 1000 + rest
        last = ((end[0] * 60 + end[1]) * 60 + end[2]) * 1000 + end[3]
        text = payload.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
        cues.append(Cue(first, last, text))
    for cue in cues:
        assert cue.start < cue.end
    for before, after in pairwise(cues):
        assert before.end <= after.start, "two lie over each other"
    return cues


def said(text: str, each: float = 0.4, begin: float = 0.0) -> list[Said]:
    return [(word, begin + n * each, begin + (n + 0.9) * each) for n, word in enumerate(text.split())]


def test_every_word_is_in_one_cue_while_it_is_spoken() -> None:
    words = said(" ".join(f"word{n}" for n in range(300)))
    cues = read(webvtt(words))
    assert " ".join(cue.text for cue in cues).split() == [text for text, *_ in words]
    for text, start, end in words:
        [cue] = [cue for cue in cues if text in cue.text.split()]
        assert cue.start <= start * 1000 + 1 and end * 1000 - 1 <= cue.end
    assert max(len(cue.text) for cue in cues) <= MOST_CHARACTERS
    assert max(cue.end - cue.start for cue in cues) < 8000


def test_what_means_something_in_a_file_of_captions_is_text() -> None:
    hostile = "--> <b> &amp; </c> WEBVTT NOTE <00:00:01.000> a&b a\nb c\r\n\r\nd \0 STYLE"
    words = [(text, float(n), n + 0.5) for n, text in enumerate([*hostile.split(" "), "00:01.000 --> 00:02.000"])]
    cues = read(webvtt(words))
    assert " ".join(cue.text for cue in cues) == (
        "--> <b> &amp; </c> WEBVTT NOTE <00:00:01.000> a&b a b c d STYLE 00:01.000 --> 00:02.000"
    )


@pytest.mark.parametrize(
    "words",
    [
        pytest.param([("a", 1.0, 1.0)], id="no length"),
        pytest.param([("a", 5.0, 6.0), ("b", 1.0, 2.0), ("c", 7.0, 7.1)], id="out of order"),
        pytest.param([("a", 0.0, 9.0), ("b", 0.1, 20.0), ("c", 8.0, 8.5)], id="one over the other"),
        pytest.param([(str(n) * 30, 2.0, 2.0) for n in range(9)], id="all at once"),
        pytest.param([(str(n) * 30, 2.0 + n / 10_000, 2.0) for n in range(90)], id="within a millisecond"),
        pytest.param([("a", -1.0, -0.5), ("b", -0.2, 0.1)], id="before the beginning"),
        pytest.param([("a", float("nan"), 1.0), ("b", 1.0, float("inf"))], id="no numbers"),
        pytest.param([("Donaudampfschifffahrt" * 20, 0.0, 1.0), ("und", 1.0, 1.2)], id="a long word"),
        pytest.param([("um", 0.0, 40.0), ("then", 40.0, 40.2)], id="a drawn-out word"),
        pytest.param([("x", 359_999.5, 400_000.0)], id="a hundred hours"),
    ],
)
def test_strange_words_make_a_file_that_players_can_read(words: list[Said]) -> None:
    cues = read(webvtt(words))
    assert "".join(cue.text for cue in cues).replace(" ", "") == "".join(text for text, *_ in words)


@pytest.mark.parametrize("words", [[], [("", 0.0, 1.0)], [(" \n ", 0.0, 1.0)]])
def test_without_words_there_are_no_cues(words: list[Said]) -> None:
    assert webvtt(words) == "WEBVTT\n"


def test_a_cue_ends_before_a_pause_and_at_the_end_of_a_sentence() -> None:
    first = said("This is the whole of a sentence that ends here. And this one goes on")
    cues = read(webvtt([*first, *said("after a pause", begin=20.0)]))
    assert [cue.text for cue in cues] == [
        "This is the whole of a sentence that ends here.",
        "And this one goes on",
        "after a pause",
    ]
    assert cues[1].end < 8000, "it does not stay through the pause"


class TestPauses:
    def test_they_lie_between_words_and_leave_a_breath(self) -> None:
        words = [("a", 2.0, 3.0), ("b", 3.5, 4.0), ("c", 9.0, 10.0)]
        assert long_pauses(words, 14.0) == [(0.0, 1.7), (4.3, 8.7), (10.3, 13.7)]

    def test_a_word_that_lasts_long_is_no_pause(self) -> None:
        assert long_pauses([("well", 0.0, 9.0), ("I", 1.0, 1.2), ("see", 9.0, 9.3)], 9.5) == []

    def test_where_nothing_was_recognised_nothing_is_skipped(self) -> None:
        assert long_pauses([], 60.0) == []

    def test_nothing_beyond_the_end_is_skipped(self) -> None:
        assert long_pauses([("a", 0.0, 1.0), ("b", 70.0, 99.0)], 60.0) == [(1.3, 59.7)]


def _answer(world: World) -> Answer:
    return Answer.objects.filter(interview=world.interview).select_related("take__transcript")[0]


def _address(world: World, version: int = 1) -> str:
    return f"/hr-dashboard/results/{world.interview.pk}/takes/{_answer(world).take_id}/captions/{version}/"


def _page(browser: Client, world: World) -> BeautifulSoup:
    return BeautifulSoup(browser.get(f"/hr-dashboard/results/{world.interview.pk}/review/").content, "html.parser")


class TestServed:
    def test_the_page_leads_to_the_words_of_its_transcript(self, scored: World, ada: Client) -> None:
        assert _page(ada, scored).select(".transcript")[0]["data-captions"] == _address(scored)
        reply = ada.get(_address(scored))
        assert reply["Content-Type"] == "text/vtt; charset=utf-8"
        assert reply["Cache-Control"] == "private, no-store"
        assert reply["X-Content-Type-Options"] == "nosniff"
        assert " ".join(cue.text for cue in read(reply.content.decode())) == SPOKEN

    def test_a_correction_has_an_address_of_its_own(self, scored: World, ada: Client) -> None:
        correct(scored.interview, _answer(scored).take_id, f"{SPOKEN} <and> more", 1, scored.ada)
        assert _page(ada, scored).select(".transcript")[0]["data-captions"] == _address(scored, 2)
        assert "&lt;and&gt; more" in ada.get(_address(scored, 2)).content.decode()
        assert ada.get(_address(scored, 1)).status_code == 404
        work_through(scored.interview)

    def test_of_a_withdrawn_interview_they_are_where_its_recording_is(self, scored: World, ada: Client) -> None:
        withdraw(scored.interview)
        assert ada.get(_address(scored)).status_code == 200

    def test_a_recording_that_no_longer_counts_has_none(self, scored: World, ada: Client, speech: bytes) -> None:
        before = _address(scored)
        record_again(scored.interview, scored.questions[0], speech, scored.ada)
        assert ada.get(before).status_code == 404
        work_through(scored.interview)

    def test_another_team_and_applicants_learn_nothing(self, scored: World, cy: Client, bo: Client) -> None:
        assert cy.get(_address(scored)).status_code == 404
        assert bo.get(_address(scored)).status_code == 302

    def test_a_written_answer_has_none(self, scored: World, ada: Client) -> None:
        Transcript.objects.filter(take=_answer(scored).take).update(engine="written")
        assert ada.get(_address(scored)).status_code == 404
        assert "data-captions" not in _page(ada, scored).select(".transcript")[0].attrs


class TestTimeline:
    def _skips(self, world: World, ada: Client, **changed: Any) -> str:
        transcript = _answer(world).take.transcript
        Transcript.objects.filter(pk=transcript.pk).update(
            words=[
                {"text": text, "start": start, "end": start + 0.4, "confidence": 0.9}
                for text, start in (("well", 0.2), ("then", 5.0))
            ],
            **changed,
        )
        return str(_page(ada, world).select(".timeline")[0]["data-skips"])

    def test_pauses_are_those_of_the_words(self, scored: World, ada: Client) -> None:
        assert self._skips(scored, ada).startswith("[[0.9, 4.7], [5.7, ")
        assert "Pauses, in which the transcript has no words" in _page(ada, scored).select(".timeline")[0].text

    def test_nothing_is_skipped_by_a_transcript_that_is_not_to_be_trusted(self, scored: World, ada: Client) -> None:
        assert self._skips(scored, ada, doubtful=True) == "[]"

    def test_evidence_is_on_it_only_where_levels_are_revealed(self, scored: World, ada: Client) -> None:
        assert not _page(ada, scored).select(".evidence, .timeline-mark")
        show_at_once(scored.position)
        timeline = _page(ada, scored).select(".timeline")[0]
        assert [it.text.split()[-1] for it in timeline.select(".evidence button")] == ["Depth", "Care"]
        assert len(timeline.select(".timeline-mark")) == 2
