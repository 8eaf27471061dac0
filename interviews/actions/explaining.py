"""Telling an applicant how the interview was assessed and decided about."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction
from django.utils.translation import gettext as _

from interviews.actions.refusals import NotAllowed, WrongState
from interviews.events import Kind, record
from interviews.models import Decision, Explanation, Interview, Message
from interviews.processing.advance import locked
from interviews.processing.mail import queue
from interviews.queries.explanations import facts
from interviews.queries.reveals import sight_of
from interviews.tasks import hint


def must_be_explainable(interview: Interview, by: User) -> Decision:
    """The decision that is explained. Raises NotAllowed, WrongState."""
    if not sight_of(interview, by).ratings:
        raise NotAllowed(_("An explanation shows what was suggested and rated. Finish your own review first."))
    if not interview.is_submitted:
        raise WrongState(_("This interview is open again. It can be explained once it is submitted anew."))
    decision = interview.decisions.first()
    if decision is None:
        raise WrongState(_("Nothing is decided yet. An explanation can be given once somebody has decided."))
    return decision


def explain(interview: Interview, by: User, *, with_reason: bool) -> Explanation:
    """Gives the applicant a copy of what is known today; a later one replaces it. Raises NotAllowed, WrongState."""
    with transaction.atomic():
        interview = locked(interview.pk)
        decision = must_be_explainable(interview, by)
        explanation = Explanation.objects.create(
            interview=interview, given_by=by, facts=facts(interview, decision, with_reason=with_reason)
        )
        hint([queue(interview, Message.Kind.EXPLANATION)] if settings.SENDS_MAIL else [])
        record(Kind.EXPLAINED, interview, actor=by)
    return explanation
