"""Notes: whose they are, what a repeat does, who reads them when; and what is told of an interview's story."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from interviews.actions.needs import ask_for_accommodation
from interviews.actions.noting import Noted, delete, note
from interviews.actions.refusals import ChangedElsewhere, NotAllowed, Refused, WrongState
from interviews.actions.withdrawing import withdraw
from interviews.events import CONFIDENTIAL, Kind
from interviews.models import Answer, Event, Note, Take
from interviews.queries.notes import notes
from interviews.queries.story import OF_OTHERS, story
from interviews.standings import Verdict, standings
from interviews.topics import Following, of_reader, reader_of
from realtime import feed
from tests.engines import work_through
from tests.people import World, record_again, review, show_at_once

JSON = {"Accept": "application/json"}


def _take(world: World) -> uuid.UUID:
    return Answer.objects.filter(interview=world.interview).earliest("question__number").take_id


def _noted(world: World, text: str = "Says how it was measured.", **other: Any) -> Noted:
    fields: dict[str, Any] = {"id": uuid.uuid4(), "take_id": _take(world), "second": 35, "version": 0}
    return Noted(text=text, **{**fields, **other})


def _page(browser: Client, world: World) -> str:
    return browser.get(f"/hr-dashboard/results/{world.interview.pk}/review/").content.decode()


def _texts(world: World, only_by: User | None = None) -> list[str]:
    return [it.text for of in notes(world.interview.pk, only_by=only_by.pk if only_by else None) for it in of.notes]


@pytest.fixture
def eve(submitted: World) -> User:
    eve = User.objects.create_user("eve", "eve@example.com", "-")
    submitted.position.team.add(eve)
    return eve


class TestWriting:
    def test_a_repeat_makes_no_second_note_and_no_second_event(self, submitted: World) -> None:
        noted = _noted(submitted)
        first = note(submitted.interview, submitted.ada, noted)
        again = note(submitted.interview, submitted.ada, noted)
        assert (first.pk, first.version) == (again.pk, again.version)
        assert Event.objects.filter(kind=Kind.NOTED, actor=submitted.ada).count() == Note.objects.count() == 1

    def test_of_two_changes_from_the_same_version_the_second_is_told_what_is_stored(self, submitted: World) -> None:
        noted = _noted(submitted)
        note(submitted.interview, submitted.ada, noted)
        changed = Noted(noted.id, noted.take_id, 36, "One.", 1)
        assert note(submitted.interview, submitted.ada, changed).version == 2
        with pytest.raises(ChangedElsewhere) as refused:
            note(submitted.interview, submitted.ada, Noted(noted.id, noted.take_id, 36, "Two.", 1))
        assert (refused.value.text, refused.value.version) == ("One.", 2)
        assert note(submitted.interview, submitted.ada, changed).version == 2, "the repeat of what won"

    def test_what_is_deleted_is_gone_for_everybody_and_comes_back_by_undo(self, submitted: World) -> None:
        made = note(submitted.interview, submitted.ada, _noted(submitted))
        gone = delete(submitted.interview, submitted.ada, made.pk, made.version)
        assert _texts(submitted) == []
        assert delete(submitted.interview, submitted.ada, made.pk, made.version).version == gone.version
        delete(submitted.interview, submitted.ada, made.pk, gone.version, undo=True)
        assert _texts(submitted) == [made.text]

    def test_only_its_writer_changes_it(self, submitted: World, eve: User) -> None:
        made = note(submitted.interview, submitted.ada, _noted(submitted))
        with pytest.raises(NotAllowed):
            note(submitted.interview, eve, Noted(made.pk, made.take_id, 1, "mine now", made.version))
        with pytest.raises(NotAllowed):
            delete(submitted.interview, eve, made.pk, made.version)
        assert _texts(submitted) == [made.text]

    def test_what_is_no_note_of_this_interview_is_refused(self, submitted: World) -> None:
        for noted in (_noted(submitted, text=""), _noted(submitted, take_id=uuid.uuid4())):
            with pytest.raises(Refused):
                note(submitted.interview, submitted.ada, noted)
        with pytest.raises(Refused):
            delete(submitted.interview, submitted.ada, uuid.uuid4(), 1)

    def test_nothing_is_noted_before_the_submit_nor_after_a_withdrawal(self, answered: World, submitted: World) -> None:
        withdraw(submitted.interview)
        with pytest.raises(WrongState):
            note(submitted.interview, submitted.ada, _noted(submitted))


class TestReading:
    def test_what_others_noted_is_shown_after_ones_own_review(self, submitted: World, eve: User, ada: Client) -> None:
        work_through(submitted.interview)
        note(submitted.interview, eve, _noted(submitted, "zebra"))
        note(submitted.interview, submitted.ada, _noted(submitted, "mine"))
        assert "zebra" not in _page(ada, submitted) and "mine" in _page(ada, submitted)
        review(submitted.interview, submitted.ada)
        assert "zebra" in _page(ada, submitted)

    def test_at_once_where_people_do_not_rate_first(self, submitted: World, eve: User, ada: Client) -> None:
        note(submitted.interview, eve, _noted(submitted, "zebra"))
        show_at_once(submitted.position)
        assert "zebra" in _page(ada, submitted)

    def test_a_note_of_a_replaced_recording_says_so_and_leads_nowhere(
        self, submitted: World, ada: Client, speech: bytes
    ) -> None:
        work_through(submitted.interview)
        note(submitted.interview, submitted.ada, _noted(submitted))
        assert 'data-seek="35"' in _page(ada, submitted)
        record_again(submitted.interview, submitted.questions[0], speech, submitted.ada)
        page = _page(ada, submitted)
        assert "Of an earlier recording" in page and 'data-seek="35"' not in page

    def test_they_stand_in_the_order_of_the_recording(self, submitted: World) -> None:
        for second in (40, None, 7):
            note(submitted.interview, submitted.ada, _noted(submitted, f"at {second}", second=second))
        assert _texts(submitted) == ["at 7", "at 40", "at None"]


class TestByScriptAndWithout:
    def test_a_script_is_told_the_version_and_a_form_leads_back(self, submitted: World, ada: Client) -> None:
        address = f"/hr-dashboard/results/{submitted.interview.pk}/note/"
        sent = {"take": str(_take(submitted)), "second": "35", "text": "by form"}
        assert ada.post(address, sent).status_code == 302
        made = Note.objects.get()
        again = {**sent, "note": str(made.pk), "text": "by script", "version": "1"}
        assert ada.post(address, again, headers=JSON).json() == {"version": 2}
        stale = ada.post(address, {**again, "text": "stale"}, headers=JSON)
        assert (stale.status_code, stale.json()["text"], stale.json()["version"]) == (409, "by script", 2)
        gone = ada.post(address, {"act": "delete", "note": str(made.pk), "version": "2"}, headers=JSON)
        assert gone.json() == {"version": 3}

    @pytest.mark.parametrize("bad", [{"second": "-1"}, {"second": "x"}, {"note": "x"}, {"act": "burn"}, {"text": "\0"}])
    def test_what_is_not_understood_is_refused_and_stores_nothing(
        self, submitted: World, ada: Client, bad: dict[str, str]
    ) -> None:
        sent = {"take": str(_take(submitted)), "second": "35", "text": "x", **bad}
        reply = ada.post(f"/hr-dashboard/results/{submitted.interview.pk}/note/", sent, headers=JSON)
        assert (reply.status_code, set(reply.json())) == (400, {"error", "message"})
        assert not Note.objects.exists()


class TestStory:
    def test_it_tells_each_event_with_its_person_and_nothing_confidential(self, answered: World, ada: Client) -> None:
        ask_for_accommodation(answered.interview, ["time"], "zebra")
        lines = story(answered.interview.pk, revealed=True).lines
        told = Event.objects.filter(interview=answered.interview).exclude(kind__in=CONFIDENTIAL)
        assert [line.number for line in lines] == list(told.order_by("-number").values_list("number", flat=True))
        assert {line.question for line in lines if line.words == "recorded an answer"} == {1, 2, 3}
        assert "asked for other conditions" not in _page(ada, answered)

    def test_what_others_rate_and_note_waits_for_ones_own_review(self, submitted: World, eve: User) -> None:
        note(submitted.interview, eve, _noted(submitted))
        veiled = {line.words for line in story(submitted.interview.pk, revealed=False).lines}
        assert not veiled & {str(kind.label) for kind in OF_OTHERS}
        revealed = story(submitted.interview.pk, revealed=True).lines
        assert [line.actor for line in revealed if line.words == str(Kind.NOTED.label)] == ["eve"]


class TestItsTopic:
    def _verdict(self, browser: Client, topic: str) -> Verdict:
        following = Following(browser.session.session_key or "", frozenset({topic}))
        return standings([following])[following]

    def test_it_is_its_readers_alone(self, submitted: World, ada: Client, cy: Client, bo: Client, eve: User) -> None:
        pk = submitted.interview.pk
        assert self._verdict(ada, of_reader(pk, submitted.ada)) is Verdict.WELCOME
        for browser, topic in (
            (ada, of_reader(pk, eve)),
            (cy, of_reader(pk, submitted.cy)),
            (bo, of_reader(pk, submitted.ada)),
            (ada, of_reader(uuid.uuid4(), submitted.ada)),
        ):
            assert self._verdict(browser, topic) is Verdict.REFUSED

    @pytest.mark.parametrize("key", ["", "x.1", "{pk}", "{pk}.", "{pk}.²", "{pk}.0{me}"])
    def test_what_is_no_such_topic_is_refused(self, submitted: World, ada: Client, key: str) -> None:
        made = "reader:" + key.format(pk=submitted.interview.pk, me=submitted.ada.pk)
        assert self._verdict(ada, made) is Verdict.REFUSED
        assert reader_of("position:7") is None

    def test_what_is_confidential_does_not_even_make_a_frame(self, answered: World) -> None:
        before = Event.objects.latest("number").number
        ask_for_accommodation(answered.interview, ["time"], "")
        news = feed.since(before)
        assert news is not None
        assert news.html([of_reader(answered.interview.pk, answered.ada)]) == ""
        assert Take.objects.filter(interview=answered.interview).exists()
