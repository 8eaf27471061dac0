"""What the page "why is this not scored?" offers as next step, pressed."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from interviews.actions import operating, reassessing
from interviews.actions.assessing import assess_again
from interviews.actions.deadlines import extend, remind
from interviews.actions.invitations import new_link, resend
from interviews.actions.refusals import Refused
from interviews.actions.rendering import make_again
from interviews.actions.reopening import ask_again
from interviews.events import Kind, record
from interviews.models import Interview, Job, ProviderHealth, Question, Reassessment, RubricVersion, Take
from interviews.processing.advance import advance, locked
from interviews.queries.operations import kind_of
from interviews.queries.why.causes import Act, Press
from interviews.tasks import hint

MORE_DAYS = 7


class ChangedMeanwhile(Refused):
    """What was to be mended is not so any more."""

    code = "changed_meanwhile"
    status = 409

    def __init__(self) -> None:
        super().__init__(_("Nothing was done: this has changed meanwhile. See below how it stands now."))


def press(interview: Interview, pressed: Press, actor: User) -> str:
    """The token of a link to pass on to the applicant, "" where there is none. Raises Refused."""
    return _MENDS[pressed.act](interview, pressed.target, actor)


def _retry(interview: Interview, target: str, actor: User) -> str:
    """And all of this interview that is parked for the same reason. Of what a worker was lost with, or has not heard,
    workers are told again."""
    job = Job.objects.filter(interview=interview, pk=int(target), state__in=Job.OPEN).first()
    if job is None:
        raise ChangedMeanwhile
    alike = Job.objects.filter(interview=interview, state=Job.State.PARKED, fault=job.fault).exclude(pk=job.pk)
    if job.state == Job.State.PARKED:
        operating.act("retry", list(alike.values_list("pk", flat=True)), actor)
    if operating.retry(job.pk, actor) is None:
        with transaction.atomic():
            hint([job.pk], always=True)
            record(Kind.RESUMED, interview, actor=actor)
    return ""


def _make_again(interview: Interview, target: str, actor: User) -> str:
    """And whatever was given up on because of what was made before."""
    take = Take.objects.get(interview=interview, pk=UUID(target))
    with transaction.atomic():
        if not make_again(take, actor):
            raise ChangedMeanwhile
        for pk in Job.objects.filter(take=take, kind=Job.Kind.TRANSCRIBE).values_list("pk", flat=True):
            operating.retry(pk, actor)
    return ""


def _look_again(interview: Interview, target: str, actor: User) -> str:
    with transaction.atomic():
        current = locked(interview.pk)
        hint(advance(current), always=True)
        record(Kind.RESUMED, current, actor=actor)
    return ""


def _unpause(interview: Interview, target: str, actor: User) -> str:
    if operating.unpause(int(target), actor) is None:
        raise ChangedMeanwhile
    return ""


def _unpause_kind(interview: Interview, target: str, actor: User) -> str:
    operating.unpause_kind(int(target), actor)
    return ""


def _try_provider(interview: Interview, target: str, actor: User) -> str:
    """One call is let through. If it succeeds, all that waits goes on; if not, the pause is longer."""
    with transaction.atomic():
        if not ProviderHealth.objects.filter(pk=target, next_try_at__isnull=False).update(next_try_at=Now()):
            raise ChangedMeanwhile
        waiting = Job.objects.filter(interview=interview, kind=kind_of(target), state=Job.State.QUEUED)
        waiting.update(run_after=Now(), hinted_at=None)
        hint(waiting.values_list("pk", flat=True)[:1], always=True)
        record(Kind.RESUMED, interview, actor=actor)
    return ""


def _ask_again(interview: Interview, target: str, actor: User) -> str:
    question = Question.objects.get(question_set=interview.question_set_id, pk=int(target))
    reason = _("We could not hear you in this recording. Please check the microphone, and record it once more.")
    return ask_again(interview, question, reason, MORE_DAYS, actor=actor)


def _remind(interview: Interview, target: str, actor: User) -> str:
    remind(interview, actor=actor)
    return ""


def _send_again(interview: Interview, target: str, actor: User) -> str:
    """By mail, where this site sends any."""
    if not settings.SENDS_MAIL:
        return new_link(interview, actor=actor)
    resend(interview, actor=actor)
    return ""


def _more_time(interview: Interview, target: str, actor: User) -> str:
    extend(interview, MORE_DAYS, actor=actor)
    return ""


def _assess_again(interview: Interview, target: str, actor: User) -> str:
    """Each answer against the newest version of its rubric."""
    rubrics = {}
    for question in Question.objects.filter(question_set=interview.question_set_id, rubric__isnull=False):
        versions = RubricVersion.objects.filter(rubric__versions=question.rubric, published_at__isnull=False)
        rubrics[question] = versions.latest("number")
    assess_again(interview, rubrics, actor)
    return ""


def _go_on(interview: Interview, target: str, actor: User) -> str:
    paused = Reassessment.objects.filter(runs__interview=interview, state=Reassessment.State.PAUSED).first()
    if paused is None:
        raise ChangedMeanwhile
    reassessing.resume(paused, actor)
    return ""


_MENDS: dict[Act, Callable[[Interview, str, User], str]] = {
    Act.RETRY: _retry,
    Act.MAKE_AGAIN: _make_again,
    Act.LOOK_AGAIN: _look_again,
    Act.UNPAUSE: _unpause,
    Act.UNPAUSE_KIND: _unpause_kind,
    Act.TRY_PROVIDER: _try_provider,
    Act.ASK_AGAIN: _ask_again,
    Act.REMIND: _remind,
    Act.SEND_AGAIN: _send_again,
    Act.MORE_TIME: _more_time,
    Act.ASSESS_AGAIN: _assess_again,
    Act.GO_ON: _go_on,
}
