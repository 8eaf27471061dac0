"""Answers that are written instead of spoken, where that is arranged. Saved while they are typed; nothing is lost."""

from __future__ import annotations

import hashlib
import re

from django.db import transaction
from django.db.models import F, Max
from django.utils import timezone
from django.utils.translation import gettext as _

from interviews.actions.preconditions import must_be_in_time, must_be_open_to, must_be_recording
from interviews.actions.refusals import ChangedElsewhere, NotAllowed, TooLarge, WrongState
from interviews.events import Kind, record
from interviews.models import Answer, Draft, Interview, Question, Take, Transcript
from interviews.models.needs import arranged_for
from interviews.models.transcripts import WRITTEN, StoredWord
from interviews.processing.advance import advance, locked
from interviews.processing.takes import answered_again
from interviews.tasks import hint

MOST_CHARACTERS = 20_000


def save_draft(interview: Interview, question_id: int, text: str, version: int) -> Draft:
    """Stores what is typed so far, if it is still `version` that is stored. A repeat changes nothing.

    Raises ChangedElsewhere, TooLarge, NotAllowed, WrongState.
    """
    must_be_recording(interview)
    must_be_open_to(interview, question_id)
    if len(text) > MOST_CHARACTERS:
        raise TooLarge(_("This answer is longer than %(count)s characters. Shorten it.") % {"count": MOST_CHARACTERS})
    draft = _draft(interview, question_id)
    if (
        Draft.objects.filter(pk=draft.pk, version=version)
        .exclude(text=text)
        .update(text=text, version=F("version") + 1, changed_at=timezone.now())
    ):
        draft.text, draft.version = text, version + 1
        return draft
    draft.refresh_from_db()
    if draft.text != text:
        raise ChangedElsewhere(
            _("This answer was also changed in another tab or on another device. Choose which text to go on with."),
            draft.text,
            draft.version,
        )
    return draft


def keep(interview: Interview, question_id: int, version: int) -> Take:
    """The draft becomes the answer. A repeat gives the same take. Raises ChangedElsewhere, NotAllowed, WrongState."""
    with transaction.atomic():
        interview = locked(interview.pk)
        must_be_recording(interview)
        must_be_open_to(interview, question_id)
        draft = Draft.objects.filter(interview=interview, question=question_id).first()
        if draft is None or not draft.text.strip():
            raise WrongState(_("Nothing is written yet. Type your answer, then keep it."))
        if draft.version != version:
            raise ChangedElsewhere(
                _("This answer was also changed in another tab or on another device. Choose which text to go on with."),
                draft.text,
                draft.version,
            )
        answer = Answer.objects.select_related("take").filter(interview=interview, question=question_id).first()
        if answer is not None and answer.take.text == draft.text:
            return answer.take
        take = _take(draft)
        answer, _created = Answer.objects.update_or_create(
            interview=interview, question=draft.question, defaults={"take": take}
        )
        answered_again(take)
        hint(advance(interview))
        record(Kind.RECORDED, interview, answer=answer)
    return take


def words_of(text: str) -> list[StoredWord]:
    """Each word with the line breaks that follow it, so that the text can be shown as it was written."""
    return [
        {"text": word.rstrip(" \t"), "start": 0.0, "end": 0.0, "confidence": None}
        for word in re.findall(r"\S+(?:[ \t]*\n\s*)?", text.strip())
    ]


def _draft(interview: Interview, question_id: int) -> Draft:
    """What was begun may be finished, also after the deadline or when writing is no longer arranged."""
    begun = Draft.objects.filter(interview=interview, question=question_id).first()
    if begun is not None:
        return begun
    must_be_in_time(interview)
    question = Question.objects.filter(pk=question_id, question_set=interview.question_set_id).first()
    if question is None or not arranged_for(interview).written:
        raise NotAllowed(_("Writing is not arranged for this question. Load the page again."))
    return Draft.objects.get_or_create(interview=interview, question=question)[0]


def _take(draft: Draft) -> Take:
    taken = Take.objects.filter(interview=draft.interview_id, question=draft.question_id)
    data = draft.text.encode()
    take = Take.objects.create(
        interview_id=draft.interview_id,
        question_id=draft.question_id,
        number=(taken.aggregate(most=Max("number"))["most"] or 0) + 1,
        state=Take.State.FINISHED,
        text=draft.text,
        bytes=len(data),
        sha256=hashlib.sha256(data).hexdigest(),
        finished_at=timezone.now(),
    )
    Transcript.objects.create(take=take, words=words_of(draft.text), language="", engine=WRITTEN, model="")
    return take
