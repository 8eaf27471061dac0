"""Having an interview assessed again."""

from __future__ import annotations

from collections.abc import Mapping

from django.contrib.auth.models import User
from django.db import transaction
from django.utils.translation import gettext as _

from interviews.actions.refusals import WrongState
from interviews.events import Kind, record
from interviews.models import AssessmentRun, Interview, Job, Question, RubricVersion
from interviews.processing.advance import advance, locked
from interviews.processing.runs import opened
from interviews.queries.machines import is_assessed
from interviews.tasks import hint


def assess_again(interview: Interview, rubrics: Mapping[Question, RubricVersion], actor: User | None) -> AssessmentRun:
    """Opens the next run; until it is done, the levels so far are shown, and they are kept after it.

    `rubrics`: published versions for some questions; the others are read against their own. Raises WrongState.
    """
    if any(rubric.published_at is None for rubric in rubrics.values()):
        raise WrongState(_("Answers are assessed against published rubrics only. Publish the rubric first."))
    if any(question.question_set_id != interview.question_set_id for question in rubrics):
        raise WrongState(_("This interview has other questions."))
    with transaction.atomic():
        interview = locked(interview.pk)
        if interview.withdrawn_at is not None:
            raise WrongState(_("This interview was withdrawn by the applicant: it is assessed no more."))
        if interview.transcripts_erased_at is not None:
            raise WrongState(_("Its transcripts were deleted, since their time was over: there is nothing to assess."))
        if not is_assessed(interview):
            raise WrongState(_("This interview goes without AI: people assess it."))
        if interview.state != Interview.State.SCORED:
            raise WrongState(_("This interview has no result yet. It can be assessed again once it has one."))
        is_under_way = Job.objects.filter(interview=interview, kind=Job.Kind.ASSESS, state__in=Job.OPEN).exists()
        if is_under_way or interview.runs.filter(state__in=AssessmentRun.OPEN).exists():
            raise WrongState(_("This interview is being assessed. Wait for the result."))
        run = opened(interview, {question.pk: rubric.pk for question, rubric in rubrics.items()}, actor)
        hint(advance(interview))
        record(Kind.ASSESSMENT_ASKED, interview, actor=actor)
    return run
