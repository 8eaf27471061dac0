"""What must be so before an applicant's recording or text is accepted."""

from __future__ import annotations

from django.utils import timezone
from django.utils.translation import gettext as _

from interviews.actions.refusals import NotAllowed, WrongState
from interviews.models import Interview
from interviews.models.redos import open_alone


def must_be_recording(interview: Interview) -> None:
    """Raises WrongState, NotAllowed."""
    if interview.is_submitted:
        raise WrongState(_("This interview is submitted: nothing can be added to it. Your answers are safe."))
    if interview.withdrawn_at is not None:
        raise WrongState(_("You withdrew this interview: nothing can be added to it."))
    if interview.state != Interview.State.STARTED:
        raise NotAllowed(_("Agree to the recording on the first page, then record your answers."))


def must_be_open_to(interview: Interview, question_id: int | None) -> None:
    """After a submit, single questions may be asked for again, and nothing else. Raises WrongState."""
    alone = open_alone(interview)
    if alone and question_id not in alone:
        raise WrongState(
            _("Only question %(numbers)s can be answered again. Your other answers stay as you submitted them.")
            % {"numbers": ", ".join(map(str, alone.values()))}
        )


def must_be_in_time(interview: Interview) -> None:
    """To begin something; what was begun before may arrive, and be submitted, for a while after. Raises WrongState."""
    if interview.deadline < timezone.now():
        raise WrongState(
            _("The deadline has passed: no new answer can be begun. What you began before can be submitted.")
        )


def must_have_takes_left(limit: int, used: int) -> None:
    if used >= limit:
        raise NotAllowed(_("All recordings allowed for this question have been made. Choose the one that counts."))
