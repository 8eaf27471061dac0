"""Which recording counts: the applicant's choice among those that are complete. Until then, the newest does."""

from __future__ import annotations

import uuid

from django.db import transaction
from django.utils.translation import gettext as _

from interviews.actions.preconditions import must_be_open_to, must_be_recording
from interviews.actions.refusals import NotAllowed
from interviews.events import Kind, record
from interviews.models import Answer, Interview, Take
from interviews.processing.advance import advance, locked
from interviews.tasks import hint


def choose(interview: Interview, take_id: uuid.UUID) -> Answer:
    """This take is the answer to its question from now on. A repeat changes nothing. Raises NotAllowed, WrongState."""
    with transaction.atomic():
        interview = locked(interview.pk)
        must_be_recording(interview)
        take = Take.objects.filter(pk=take_id, interview=interview, state=Take.State.FINISHED).first()
        answer = Answer.objects.filter(interview=interview, question=take.question_id).first() if take else None
        if take is None or answer is None:
            raise NotAllowed(_("Only a recording that is saved can be chosen. Load the page again."))
        must_be_open_to(interview, take.question_id)
        if answer.take_id != take.pk:
            answer.take = take
            answer.save(update_fields=["take"])
            hint(advance(interview))
            record(Kind.CHOSEN, interview, answer=answer)
    return answer
