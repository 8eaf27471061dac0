"""From submit to result, with the built-in engines."""

from __future__ import annotations

from collections.abc import Callable

from interviews.models import Assessment, Event, Interview, Job, Result, Transcript
from tests.people import World

WorkOff = Callable[[], int]


def test_each_answer_is_transcribed_before_anything_is_submitted(answered: World, work_off: WorkOff) -> None:
    assert work_off()
    assert Transcript.objects.filter(take__interview=answered.interview).count() == 3
    assert not Assessment.objects.exists()


def test_submitting_leads_to_levels_with_quotes_and_one_result(submitted: World, work_off: WorkOff) -> None:
    work_off()
    interview = Interview.objects.get(pk=submitted.interview.pk)
    assert interview.state == Interview.State.SCORED
    assert Assessment.objects.filter(answer__interview=interview).count() == 6
    for assessment in Assessment.objects.filter(level__isnull=False):
        assert assessment.quotes
    assert Result.objects.get(interview=interview).criteria == 6
    assert not Job.objects.exclude(state=Job.State.DONE).exists()


def test_event_numbers_have_no_gap(submitted: World, work_off: WorkOff) -> None:
    work_off()
    numbers = list(Event.objects.order_by("number").values_list("number", flat=True))
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))
