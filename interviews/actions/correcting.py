"""What a machine misheard, put right by the applicant or by a person of the team."""

from __future__ import annotations

from uuid import UUID

from django.contrib.auth.models import User
from django.db import transaction
from django.utils.translation import gettext as _

from interviews.actions.refusals import ChangedElsewhere, NotAllowed, TooLarge, WrongState
from interviews.events import Kind, record
from interviews.models import Answer, Correction, Interview, Transcript
from interviews.models.transcripts import WRITTEN
from interviews.processing.advance import advance, locked
from interviews.processing.correcting import corrected
from interviews.queries.corrections import applicant_may_correct
from interviews.scoring.doubt import is_doubtful
from interviews.tasks import hint

MOST_CHARACTERS = 20_000


def correct(interview: Interview, take_id: UUID, text: str, version: int, actor: User | None) -> Correction | None:
    """The transcript says `text` from now on, if it is still `version` that was corrected; None where it does already.

    Without `actor` it is the applicant's. What was read before is read again. Raises ChangedElsewhere, NotAllowed,
    TooLarge, WrongState.
    """
    if len(text) > MOST_CHARACTERS:
        raise TooLarge(_("A transcript has at most %(count)s characters. Shorten it.") % {"count": MOST_CHARACTERS})
    if not text.strip() or "\0" in text:
        raise WrongState(_("Write what was said. An empty transcript cannot be kept."))
    with transaction.atomic():
        interview = locked(interview.pk)
        answer = _answer(interview, take_id, actor)
        transcript: Transcript = answer.take.transcript
        after = corrected(transcript.words, text, "applicant" if actor is None else "reviewer")
        if after == transcript.words:
            return None
        made = Transcript.objects.filter(pk=transcript.pk, version=version).update(
            words=after, version=version + 1, doubtful=is_doubtful(word["confidence"] for word in after)
        )
        if not made:
            raise ChangedElsewhere(
                _("Somebody corrected this transcript meanwhile. Look at what it says now, then save yours again."),
                transcript.text,
                transcript.version,
            )
        correction = Correction.objects.create(
            transcript=transcript,
            version=version + 1,
            before=transcript.words,
            after=after,
            by_applicant=actor is None,
            actor=actor,
        )
        hint(advance(interview))
        record(Kind.CORRECTED, interview, answer=answer, actor=actor)
    return correction


def _answer(interview: Interview, take_id: UUID, actor: User | None) -> Answer:
    """Raises NotAllowed and WrongState where there is nothing to correct."""
    if actor is None and not applicant_may_correct(interview):
        raise NotAllowed(_("The time in which you can correct your transcripts is over."))
    if interview.withdrawn_at is not None:
        raise WrongState(_("This interview was withdrawn by the applicant: nothing in it is changed any more."))
    if interview.transcripts_erased_at is not None:
        raise WrongState(_("This transcript was deleted, since its time was over."))
    answers = Answer.objects.filter(interview=interview, take=take_id, take__transcript__isnull=False)
    answer = answers.select_related("take__transcript").first()
    if answer is None:
        raise WrongState(_("There is no transcript of this answer yet."))
    if answer.take.transcript.engine == WRITTEN:
        raise WrongState(_("This answer was written by the applicant, and stays as it was written."))
    return answer
