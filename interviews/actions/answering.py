"""What an applicant does around the recordings: agree to them, and hand them in."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from interviews.actions.preconditions import must_be_recording
from interviews.actions.refusals import WrongState
from interviews.events import Kind, record
from interviews.models import Interview, Notice
from interviews.processing.handing_in import Unanswered, hand_in
from interviews.queries.machines import AI_CONSENT_VERSION
from interviews.tasks import hint

CONSENT_VERSION = "1"
"""Of the words in `applicant/_recording_terms.html` and `applicant/_recording_consent.html`: raise it with any change
to them."""


def consent(
    interview: Interview, *, ai: bool | None, device: str = "", notice: Notice | None = None, language: str = ""
) -> None:
    """The applicant agrees to be recorded, and says whether AI may read the answers. A second time changes nothing.

    `ai` is None where there was nothing to ask, since the site has none; `device` one of Interview.Device, or "";
    `notice` what they read in the site's own words; `language` that of the page, in which they are mailed from now on.
    """
    with transaction.atomic():
        if Interview.objects.filter(pk=interview.pk, state=Interview.State.INVITED).update(
            state=Interview.State.STARTED,
            consented_at=timezone.now(),
            consent_version=CONSENT_VERSION,
            device=device,
            notice=notice,
            language=language or interview.language,
            ai_consent=ai,
            ai_consent_version="" if ai is None else AI_CONSENT_VERSION,
        ):
            record(Kind.STARTED, interview)


def submit(interview: Interview) -> None:
    """All or nothing: either every question has its answer and the interview is handed in, or WrongState says what is
    missing (NotAllowed: consent). A second submit changes nothing and leads to the same receipt."""
    if interview.is_submitted:
        return
    must_be_recording(interview)
    try:
        with transaction.atomic():
            hint(hand_in(interview, timezone.now()))
    except Unanswered as problem:
        raise WrongState(
            _("Not submitted: there is no answer yet to question %(numbers)s. Record it, then submit.")
            % {"numbers": ", ".join(map(str, problem.numbers))}
        ) from None
