"""A transcript may be put right: nothing of what it said before is lost, and what was read in it is read again."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from functools import partial
from itertools import pairwise

import pytest
from bs4 import BeautifulSoup
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from interviews.actions.assessing import assess_again
from interviews.actions.correcting import correct
from interviews.actions.refusals import ChangedElsewhere, NotAllowed, Refused, TooLarge, WrongState
from interviews.actions.withdrawing import withdraw
from interviews.engines.analysis.base import AnswerAssessment, AnswerBrief
from interviews.engines.errors import RetryLater
from interviews.engines.keeping import Ledger
from interviews.models import Answer, AssessmentRun, Correction, Interview, Transcript
from interviews.models.transcripts import StoredWord
from interviews.processing.correcting import corrected
from interviews.queries.operations import reconcile
from interviews.queries.runs import current_run
from interviews.scoring.corrections import difference
from tests.engines import SPOKEN, Assesses, Hears, Mumbled, work_through
from tests.people import World, make_rubric, show_at_once
from tests.together import at_once

RIGHT = SPOKEN.replace("rollback", "roll back plan").replace("six weeks", "sixty weeks")


def _words(text: str) -> list[StoredWord]:
    return [{"text": word, "start": float(n), "end": n + 0.5, "confidence": 0.9} for n, word in enumerate(text.split())]


class TestWords:
    @pytest.mark.parametrize(
        ("before", "text"),
        [
            ("a b c d", "a x c d"),
            ("a b c d", "x y z"),
            ("a b c d", "a b"),
            ("a b c d", "new a b c d new"),
            ("", "all new"),
            ("a a a a", "a a b a a"),
            ("a", "A"),
            ("one two three", "one and two and a half and three"),
        ],
    )
    def test_the_text_is_the_one_that_was_written_and_time_goes_on(self, before: str, text: str) -> None:
        after = corrected(_words(before), f"  {text.replace(' ', chr(10))} ", "reviewer")
        assert " ".join(word["text"] for word in after) == text
        assert all(word["start"] <= word["end"] for word in after)
        assert all(a["start"] <= b["start"] and a["end"] <= b["end"] for a, b in pairwise(after))
        kept = [word for word in after if "corrected_by" not in word]
        assert all(word in _words(before) for word in kept)
        new = [word for word in after if "corrected_by" in word]
        assert all((word["confidence"], word["corrected_by"]) == (None, "reviewer") for word in new)

    def test_new_words_stand_evenly_where_the_old_ones_stood(self) -> None:
        after = corrected(_words("a b c"), "a x y c", "applicant")
        assert [(it["start"], it["end"]) for it in after] == [(0.0, 0.5), (1.0, 1.25), (1.25, 1.5), (2.0, 2.5)]

    def test_a_word_put_in_stands_in_the_silence_between_its_neighbours(self) -> None:
        after = corrected(_words("a b"), "a new b", "applicant")
        assert (after[1]["start"], after[1]["end"]) == (0.5, 1.0)

    def test_the_difference_can_be_read(self) -> None:
        assert difference(["we", "planned", "it", "badly"], ["we", "planned", "it", "well", "then"]) == [
            ("kept", "we planned it"),
            ("out", "badly"),
            ("in", "well then"),
        ]


def _take(world: World, number: int = 1) -> Answer:
    return Answer.objects.get(interview=world.interview, question=world.questions[number - 1])


class TestAssessedAgain:
    def test_only_the_answer_that_was_corrected_is_asked_about(self, scored: World) -> None:
        first = AssessmentRun.objects.get()
        kept = list(first.assessments.values())
        answer = _take(scored)
        assert correct(scored.interview, answer.take_id, RIGHT, 1, None) is not None
        assesses = Assesses()
        work_through(scored.interview, assesses=assesses)
        assert assesses.asked == [[str(answer.pk)]]
        second = AssessmentRun.objects.get(number=2)
        assert current_run(scored.interview) == second
        assert second.assessments.filter(copied_from=None).count() == 2
        assert second.assessments.exclude(copied_from=None).count() == 4
        assert list(first.assessments.values()) == kept
        text = Transcript.objects.get(take=answer.take)
        digests = set(second.assessments.filter(answer=answer).values_list("transcript_sha256", flat=True))
        assert digests == {text.sha256}
        assert (text.text, text.version) == (RIGHT, 2)
        assert reconcile() == 0

    def test_the_same_rubrics_are_read_against_as_before(self, scored: World) -> None:
        other = make_rubric("Migrations", number=2)
        assess_again(scored.interview, {scored.questions[0]: other}, scored.ada)
        work_through(scored.interview)
        correct(scored.interview, _take(scored, 2).take_id, RIGHT, 1, None)
        work_through(scored.interview)
        newest = AssessmentRun.objects.get(number=3)
        assert newest.questions.get(question=scored.questions[0]).rubric == other

    def test_a_run_that_is_under_way_is_discarded_and_what_it_read_is_copied(self, submitted: World) -> None:
        work_through(submitted.interview, assesses=Assesses(error=RetryLater("busy"), fail_after=2))
        correct(submitted.interview, _take(submitted).take_id, RIGHT, 1, submitted.ada)
        assesses = Assesses()
        work_through(submitted.interview, assesses=assesses)
        first, second = AssessmentRun.objects.order_by("number")
        assert (first.state, second.state) == (AssessmentRun.State.DISCARDED, AssessmentRun.State.DONE)
        assert first.problem == "a transcript was corrected, or an answer given again, before it was done"
        assert assesses.asked == [[str(_take(submitted).pk), str(_take(submitted, 3).pk)]]
        assert second.assessments.exclude(copied_from=None).count() == 2

    def test_a_correction_while_the_engine_answers_is_read_next(self, submitted: World) -> None:
        answer = _take(submitted)

        class Corrects(Assesses):
            def assess(self, answers: Sequence[AnswerBrief], ledger: Ledger) -> Iterator[AnswerAssessment]:
                if not self.asked:
                    correct(submitted.interview, answer.take_id, RIGHT, 1, None)
                return super().assess(answers, ledger)

        assesses = Corrects()
        work_through(submitted.interview, assesses=assesses)
        assert assesses.asked[1:] == [[str(answer.pk)]]
        assert [run.state for run in AssessmentRun.objects.order_by("number")] == ["done", "done"]

    def test_nobody_spoke_but_somebody_did(self, submitted: World) -> None:
        work_through(submitted.interview, Hears(""))
        correct(submitted.interview, _take(submitted).take_id, SPOKEN, 1, submitted.ada)
        assesses = Assesses()
        work_through(submitted.interview, assesses=assesses)
        assert len(assesses.asked) == 1
        run = current_run(submitted.interview)
        assert run is not None and run.result.levels == 2

    def test_quotes_lead_to_where_they_stand_now(self, scored: World, ada: Client) -> None:
        show_at_once(scored.position)
        correct(scored.interview, _take(scored).take_id, f"Well, um, {SPOKEN}", 1, None)
        page = BeautifulSoup(ada.get(f"/hr-dashboard/results/{scored.interview.pk}/review/").content, "html.parser")
        quote = page.select(f"#assessment-{scored.interview.pk}-1 .quote")[0]
        assert (quote["data-first-word"], quote["data-last-word"], quote["data-seek"]) == ("2", "7", "0.0")
        assert "The transcript was corrected since; the answer is being assessed again." in page.text

    def test_the_levels_of_before_and_after_are_derived_again(self, scored: World) -> None:
        correct(scored.interview, _take(scored).take_id, RIGHT, 1, None)
        correct(scored.interview, _take(scored).take_id, RIGHT + " and more", 2, scored.ada)
        for altered in ("before", "after"):
            it = Correction.objects.earliest("pk")
            words = getattr(it, altered)
            words[0]["start"] += 1
            it.save()
            with pytest.raises(SystemExit):
                call_command("replay", str(scored.interview.pk))
            words[0]["start"] -= 1
            it.save()

    def test_what_was_doubtful_is_not_when_its_words_are_put_right(self, submitted: World) -> None:
        work_through(submitted.interview, Mumbled(0.98, low=5))
        answer = _take(submitted)
        assert Transcript.objects.get(take=answer.take).doubtful
        text = " ".join([*SPOKEN.split()[:-5], "and", "that", "was", "it", "then"])
        correct(submitted.interview, answer.take_id, text, 1, submitted.ada)
        assert not Transcript.objects.get(take=answer.take).doubtful


class TestRefused:
    def test_of_two_at_once_one_is_told_what_the_other_wrote(self, scored: World) -> None:
        take = _take(scored).take_id
        writes = [partial(correct, scored.interview, take, f"{SPOKEN} {n}", 1, scored.ada) for n in (1, 2)]
        told = at_once(*writes, expected=Refused)
        [refused] = [it for it in told if isinstance(it, ChangedElsewhere)]
        stored = Transcript.objects.get(take=take)
        assert (refused.text, refused.version, stored.version) == (stored.text, 2, 2)
        assert Correction.objects.count() == 1
        work_through(scored.interview)

    def test_nothing_new_is_no_correction(self, scored: World) -> None:
        assert correct(scored.interview, _take(scored).take_id, f" {SPOKEN}\n", 1, None) is None
        assert not Correction.objects.exists()

    def test_what_is_no_transcript(self, scored: World) -> None:
        take = _take(scored).take_id
        for text in ("", "  \n ", "a\0b"):
            with pytest.raises(WrongState, match="Write what was said"):
                correct(scored.interview, take, text, 1, None)
        with pytest.raises(TooLarge):
            correct(scored.interview, take, "word " * 4001, 1, None)
        Transcript.objects.filter(take=take).update(engine="written")
        with pytest.raises(WrongState, match="was written by the applicant"):
            correct(scored.interview, take, RIGHT, 1, scored.ada)
        withdraw(scored.interview)
        with pytest.raises(WrongState, match="was withdrawn"):
            correct(scored.interview, _take(scored, 2).take_id, RIGHT, 1, scored.ada)

    def test_the_applicant_has_a_fortnight_and_the_team_any_time(self, scored: World, bo: Client) -> None:
        Interview.objects.update(submitted_at=timezone.now() - timedelta(days=14, seconds=1))
        with pytest.raises(NotAllowed):
            correct(scored.interview, _take(scored).take_id, RIGHT, 1, None)
        page = bo.get(f"/interview/{scored.interview.pk}/transcripts/").content.decode()
        assert "is over" in page and "<textarea" not in page and SPOKEN in page
        assert correct(scored.interview, _take(scored).take_id, RIGHT, 1, scored.ada) is not None
        work_through(scored.interview)

    def test_nobody_corrects_somebody_elses(self, scored: World, answered: World) -> None:
        with pytest.raises(WrongState, match="no transcript"):
            correct(scored.interview, scored.interview.pk, RIGHT, 1, None)


class TestPages:
    def test_the_applicant_reads_and_corrects_their_own_words_without_a_score(
        self, scored: World, bo: Client, ada: Client
    ) -> None:
        home = f"/interview/{scored.interview.pk}/"
        assert f'href="{home}transcripts/"' in bo.get(home).content.decode()
        page = bo.get(f"{home}transcripts/").content.decode()
        tracked = [note.get_text() for note in BeautifulSoup(page, "html.parser").select("#progress .track-note")]
        assert tracked[1:] == ["3 of 3", "Done"]
        assert page.count("<textarea") == 3
        for word in ("score", "Level", "Depth", "Care"):
            assert word not in page
        sent = {"take": str(_take(scored).take_id), "text": RIGHT, "version": "1"}
        assert bo.post(f"{home}transcripts/", sent).status_code == 302
        page = bo.get(f"{home}transcripts/").content.decode()
        assert "Saved." in page and "Corrected by the applicant" in page
        correction = Correction.objects.get()
        assert (correction.by_applicant, correction.actor) == (True, None)
        again = bo.post(f"{home}transcripts/", {**sent, "text": "something else that I typed"})
        assert again.status_code == 409
        shown = again.content.decode()
        assert "something else that I typed" in shown and RIGHT in shown and 'name="version" value="2"' in shown
        review = ada.get(f"/hr-dashboard/results/{scored.interview.pk}/review/").content.decode()
        assert review.count('title="Corrected by the applicant"') == 4
        assert "Corrected by hand: see what was changed" in review
        work_through(scored.interview)

    def test_the_team_corrects_and_is_named(self, scored: World, ada: Client, bo: Client) -> None:
        page = f"/hr-dashboard/results/{scored.interview.pk}/takes/{_take(scored).take_id}/transcript/"
        assert page in ada.get(f"/hr-dashboard/results/{scored.interview.pk}/review/").content.decode()
        sent = {"take": str(_take(scored).take_id), "text": RIGHT, "version": "1"}
        assert ada.post(page, sent).status_code == 302
        shown = ada.get(page).content.decode()
        assert "Corrected by ada" in shown and "</del>" in shown and "</ins>" in shown
        assert Correction.objects.get().actor == scored.ada
        assert ada.post(page, {**sent, "version": "x"}).status_code == 409
        work_through(scored.interview)

    def test_before_the_submit_there_is_nothing_to_correct(self, answered: World, bo: Client) -> None:
        home = f"/interview/{answered.interview.pk}/"
        reply = bo.get(f"{home}transcripts/")
        assert (reply.status_code, reply["Location"]) == (302, home)
