"""Who does not want AI is interviewed like everybody else, and nothing of theirs goes anywhere."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import IntegrityError, transaction
from django.template.loader import render_to_string
from django.test import Client
from django.utils.html import strip_tags
from pytest_django import Settings

from interviews.actions import answering
from interviews.actions.assessing import assess_again
from interviews.actions.refusals import WrongState
from interviews.engines.errors import Permanent
from interviews.models import AssessmentRun, Charge, Interview, Job, ProviderReply, Result, Transcript
from interviews.processing import jobs, providers
from interviews.processing.advance import advance, locked, stalled
from interviews.queries import machines, stages
from interviews.queries.operations import reconcile
from interviews.tasks import sweep
from tests.engines import Assesses, Hears, due, make_ready, work, work_through
from tests.people import World, record_answer

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture
def declined(world: World, bo: Client, speech: bytes) -> World:
    """Bo has said no on the page where one agrees, and answered every question."""
    page = f"/interview/{world.interview.pk}/consent/"
    assert bo.post(page, {"agree": "on", "ai": "no"}).status_code == 302
    world.interview.refresh_from_db()
    for question in world.questions:
        record_answer(world.interview, question, speech, hashlib.sha256(speech).hexdigest())
    return world


def _row(world: World) -> stages.RowView:
    return stages.rows(Interview.objects.filter(pk=world.interview.pk))[0]


class TestAsked:
    def test_separately_from_being_recorded_with_both_choices_alike_and_none_made(
        self, world: World, bo: Client
    ) -> None:
        page = bo.get(f"/interview/{world.interview.pk}/").content.decode()
        assert page.count('type="radio" name="ai"') == 2
        assert page.count('type="radio" name="ai" value="yes" required>') == 1
        assert page.count('type="radio" name="ai" value="no" required>') == 1

    @pytest.mark.parametrize("choice", ["yes", "no"])
    def test_the_choice_is_kept_with_the_words_that_were_asked(self, world: World, bo: Client, choice: str) -> None:
        bo.post(f"/interview/{world.interview.pk}/consent/", {"agree": "on", "ai": choice})
        world.interview.refresh_from_db()
        assert world.interview.state == Interview.State.STARTED
        assert world.interview.ai_consent is (choice == "yes")
        assert world.interview.ai_consent_version == machines.AI_CONSENT_VERSION

    @pytest.mark.parametrize("data", [{"agree": "on"}, {"agree": "on", "ai": "perhaps"}, {"ai": "no"}])
    def test_without_a_choice_nothing_begins_and_what_was_ticked_stays(
        self, world: World, bo: Client, data: dict[str, str]
    ) -> None:
        reply = bo.post(f"/interview/{world.interview.pk}/consent/", data)
        assert reply.status_code == 400
        assert (b'name="agree" required checked' in reply.content) == ("agree" in data)
        assert (b'value="no" required checked' in reply.content) == (data.get("ai") == "no")
        world.interview.refresh_from_db()
        assert (world.interview.state, world.interview.ai_consent) == (Interview.State.INVITED, None)

    def test_the_first_choice_stands(self, declined: World) -> None:
        answering.consent(declined.interview, ai=True)
        declined.interview.refresh_from_db()
        assert declined.interview.ai_consent is False

    def test_other_words_need_another_version(self) -> None:
        """Change both together: what people agreed to is known by its version."""
        words = "".join(render_to_string("applicant/_ai_consent.html", {"analysis": it}) for it in (True, False))
        digest = hashlib.sha256(" ".join(strip_tags(words).split()).encode()).hexdigest()[:12]
        assert (machines.AI_CONSENT_VERSION, digest) == ("1", "4ef37f39ec1f")

    def test_a_choice_names_the_words_it_answers(self, declined: World) -> None:
        with pytest.raises(IntegrityError), transaction.atomic():
            Interview.objects.filter(pk=declined.interview.pk).update(ai_consent_version="")
        with pytest.raises(IntegrityError), transaction.atomic():
            Interview.objects.filter(pk=declined.interview.pk).update(ai_consent=None)


class TestDeclined:
    def test_no_machine_reads_anything_and_the_interview_is_complete(
        self, declined: World, ada: Client, bo: Client
    ) -> None:
        hears, assesses = Hears(), Assesses()
        work_through(declined.interview, hears, assesses)
        assert bo.post(f"/interview/{declined.interview.pk}/submit/").status_code == 302
        work_through(declined.interview, hears, assesses)
        assert (hears.heard, assesses.asked) == ([], [])
        assert not Transcript.objects.exists() and not AssessmentRun.objects.exists()
        assert not ProviderReply.objects.exists() and not Charge.objects.exists()
        assert set(Job.objects.values_list("kind", "state")) == {(Job.Kind.RENDER, Job.State.DONE)}
        assert (reconcile(), stalled()) == (0, [])
        row = _row(declined)
        assert (row.stage, row.stage_words, row.no_ai, row.score) == ("people", "Waiting for people", True, None)
        page = ada.get(f"/hr-dashboard/results/{declined.interview.pk}/review/").content.decode()
        assert page.count("No AI for this interview: there is no transcript. Watch the answer.") == 3
        assert "Waiting for the" not in page and "data-state" in page
        assert page.count("<video") == 3
        assert "No AI for this interview" in ada.get("/hr-dashboard/results/").content.decode()
        assert "eclin" not in page  # nobody is told who said no to what
        receipt = bo.get(f"/interview/{declined.interview.pk}/").content.decode()
        assert "Everything is ready for the people who will review it." in receipt
        assert "turned into text" not in receipt

    def test_submitted_before_the_recordings_are_ready_it_is_complete_when_they_are(self, declined: World) -> None:
        assert not _row(declined).no_ai  # nobody needs to know yet
        answering.submit(declined.interview)
        assert _row(declined).stage_words == "Being made ready to play"
        work_through(declined.interview)
        assert _row(declined).stage == "people"

    def test_a_recording_that_cannot_be_made_ready_holds_nothing_up(self, declined: World) -> None:
        def fails(claim: jobs.Claim) -> list[int]:
            raise Permanent("nothing in it can be decoded")

        answering.submit(declined.interview)
        for pk in due(declined.interview):
            jobs.run(pk, work() | {Job.Kind.RENDER: fails})
        assert (_row(declined).stage, reconcile()) == ("parked", 0)
        assert Interview.objects.get().state == Interview.State.SCORED

    def test_deadline_and_place_in_the_list_are_those_of_everybody(self, declined: World, ada: Client) -> None:
        before = Interview.objects.get(pk=declined.interview.pk)
        list_before = [str(row.id) for row in stages.rows(Interview.objects.all())]
        answering.submit(declined.interview)
        work_through(declined.interview)
        assert Interview.objects.get(pk=declined.interview.pk).deadline == before.deadline
        assert [str(row.id) for row in stages.rows(Interview.objects.all())] == list_before

    def test_it_cannot_be_assessed_after_all(self, declined: World) -> None:
        answering.submit(declined.interview)
        work_through(declined.interview)
        with pytest.raises(WrongState, match="without AI"):
            assess_again(declined.interview, {}, declined.ada)
        assert not AssessmentRun.objects.exists()

    def test_what_was_written_is_shown_and_not_assessed(self, declined: World, ada: Client) -> None:
        take = declined.interview.takes.earliest("created_at")
        Transcript.objects.create(take=take, words=[], language="", engine="written", model="")
        answering.submit(declined.interview)
        work_through(declined.interview)
        assert not Result.objects.exists()
        assert _row(declined).stage == "people"

    def test_replay_has_nothing_to_derive(self, declined: World) -> None:
        answering.submit(declined.interview)
        work_through(declined.interview)
        call_command("replay", str(declined.interview.pk))


class TestDoor:
    @pytest.mark.parametrize("answer", [False, None])
    def test_no_engine_is_asked_about_who_has_not_agreed(
        self, submitted: World, answer: bool | None, settings: Settings
    ) -> None:
        """Even by jobs that should not be there."""
        version = "" if answer is None else "1"
        queued = due(submitted.interview)
        Interview.objects.filter(pk=submitted.interview.pk).update(ai_consent=answer, ai_consent_version=version)
        for engine in ("deepgram", "gemini", "local", "hears"):
            with pytest.raises(Permanent, match="has not agreed"), providers.asking(engine, submitted.interview.pk):
                pytest.fail("it was asked")
        hears = Hears()
        for pk in queued:
            jobs.run(pk, work(hears))
        with transaction.atomic():
            assert advance(locked(submitted.interview.pk)) == []
        assert hears.heard == [] and not Transcript.objects.exists()
        assert _row(submitted).stage == "people"

    def test_there_is_one_door(self) -> None:
        """Whoever calls an engine elsewhere goes past the question whether that was agreed to."""
        texts = {path.name: path.read_text("utf-8") for path in (ROOT / "interviews" / "processing").glob("*.py")}
        calling = sorted(name for name, text in texts.items() if "providers.calling(" in text)
        assert calling == ["mail.py", "webhooks.py"]  # the mail server both: no words and no sound of an answer
        assert sorted(name for name, text in texts.items() if "providers.asking(" in text) == [
            "books.py",
            "transcription.py",
        ]
        callers = [
            path.name
            for path in (ROOT / "interviews" / "processing").glob("*.py")
            if any(call in path.read_text("utf-8") for call in ("engine.assess(", "engine.transcribe("))
        ]
        assert sorted(callers) == ["analysis.py", "replay.py", "runs.py", "transcription.py"]


class TestSiteWithout:
    @pytest.fixture(autouse=True)
    def _none(self, settings: Settings) -> None:
        settings.TRANSCRIPTION_ENGINE = settings.ANALYSIS_ENGINE = "none"

    def test_nothing_is_asked_and_nothing_is_read(self, world: World, bo: Client, ada: Client, speech: bytes) -> None:
        page = bo.get(f"/interview/{world.interview.pk}/").content.decode()
        assert 'name="ai"' not in page
        main = page.partition("<main")[2].partition("</main>")[0]
        assert not re.search(r"\bAI\b", main)  # as a word: a token may hold the letters
        assert bo.post(f"/interview/{world.interview.pk}/consent/", {"agree": "on"}).status_code == 302
        world.interview.refresh_from_db()
        assert (world.interview.ai_consent, world.interview.ai_consent_version) == (None, "")
        for question in world.questions:
            record_answer(world.interview, question, speech, hashlib.sha256(speech).hexdigest())
        make_ready(world.interview)
        answering.submit(world.interview)
        assert due(world.interview) == []
        assert (_row(world).stage, reconcile()) == ("people", 0)
        assert ada.get(f"/hr-dashboard/results/{world.interview.pk}/review/").status_code == 200

    def test_work_that_was_under_way_ends_and_is_taken_up_when_there_is_an_engine_again(
        self, submitted: World, settings: Settings, work_off: Callable[[], int]
    ) -> None:
        hears = Hears()
        queued = Job.objects.filter(state=Job.State.QUEUED).values_list("pk", flat=True)
        for pk in list(queued):
            jobs.run(pk, work(hears))
        assert hears.heard == []
        assert (_row(submitted).stage, reconcile()) == ("people", 0)
        settings.TRANSCRIPTION_ENGINE = settings.ANALYSIS_ENGINE = "local"
        assert reconcile() == 1
        assert stalled() == [submitted.interview]
        sweep()
        assert reconcile() == 0
        work_off()
        work_through(submitted.interview)
        assert _row(submitted).stage in ("scored", "unscored")


def test_a_site_that_only_transcribes_leaves_the_levels_to_people(submitted: World, settings: Settings) -> None:
    settings.ANALYSIS_ENGINE = "none"
    work_through(submitted.interview)
    assert Transcript.objects.count() == 3 and not AssessmentRun.objects.exists()
    assert (_row(submitted).stage, reconcile()) == ("people", 0)
