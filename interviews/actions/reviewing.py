"""People rate, finish their review, revise a rating, and decide. No machine does any of it for them."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from interviews.actions import auditing
from interviews.actions.refusals import NotAllowed, Refused, WrongState
from interviews.actions.undo import TAKEN_BACK_WITHIN
from interviews.events import Kind, record
from interviews.models import Decision, Explanation, Interview, Message, Rating, Review
from interviews.models.audit import Action
from interviews.processing.advance import locked
from interviews.queries.ratings import counting, places
from interviews.queries.reveals import sight_of


@dataclass(frozen=True, slots=True)
class Rated:
    """`level`: 1 to 5, or None for "cannot tell from this answer"."""

    answer_id: int
    criterion_id: int
    level: int | None
    note: str = ""
    reason: str = ""


def look_at(interview: Interview, reviewer: User) -> None:
    """From the first look on it is known how long a review took."""
    if interview.is_submitted:
        Review.objects.get_or_create(interview=interview, reviewer=reviewer)


def rate(interview: Interview, reviewer: User, rated: Rated) -> Rating:
    """Once the review is done, a rating is changed with a reason. The same again changes nothing. Raises Refused."""
    with transaction.atomic():
        interview = reviewable(interview)
        takes = {(answer.pk, it.pk): answer.take_id for answer, it in places(interview)}
        if (rated.answer_id, rated.criterion_id) not in takes:
            raise Refused(_("This is not asked about in this interview. Load the page again."))
        review = _locked_review(interview, reviewer)
        counts = counting(review.ratings.order_by("pk")).get((rated.answer_id, rated.criterion_id))
        if counts is not None and (counts.level, counts.note) == (rated.level, rated.note):
            return counts
        is_done = review.state == Review.State.DONE
        if is_done and not rated.reason:
            raise Refused(_("Say why you change this rating. The earlier one stays, and is shown beside it."))
        rating = Rating.objects.create(
            review=review,
            answer_id=rated.answer_id,
            criterion_id=rated.criterion_id,
            take_id=takes[rated.answer_id, rated.criterion_id],
            level=rated.level,
            note=rated.note,
            reason=rated.reason if is_done else "",
            after_reveal=sight_of(interview, reviewer).levels,
        )
        if is_done:
            record(Kind.REVISED, interview, actor=reviewer)
        else:
            position = interview.question_set.position_id
            auditing.note(Action.RATED, reviewer.pk, interview=interview.pk, position=position, subject=rating)
    return rating


def finish(interview: Interview, reviewer: User) -> None:
    """Refuses until everything is rated, and says what is missing. Done again changes nothing. Raises Refused."""
    with transaction.atomic():
        interview = reviewable(interview)
        review = _locked_review(interview, reviewer)
        if review.state == Review.State.DONE:
            return
        rated = counting(review.ratings.order_by("pk"))
        missing: dict[int, list[str]] = {}
        for answer, criterion in places(interview):
            if (answer.pk, criterion.pk) not in rated:
                missing.setdefault(answer.question.number, []).append(criterion.name)
        if missing:
            said = "; ".join(
                _("question %(number)s: %(criteria)s") % {"number": number, "criteria": ", ".join(names)}
                for number, names in missing.items()
            )
            raise WrongState(_("Not rated yet: %(missing)s.") % {"missing": said})
        review.state, review.done_at = Review.State.DONE, timezone.now()
        review.save(update_fields=["state", "done_at"])
        record(Kind.REVIEWED, interview, actor=reviewer)


def decide(interview: Interview, by: User, outcome: Decision.Outcome, reason: str) -> Decision:
    """The newest decision counts; those before it stay. The same again changes nothing. Raises Refused."""
    if not reason:
        raise Refused(_("Say why. A decision needs a reason, which stays with it."))
    with transaction.atomic():
        interview = reviewable(interview)
        if not sight_of(interview, by).levels:
            raise NotAllowed(_("Rate first: finish your own review, then decide."))
        newest = interview.decisions.first()
        if newest is not None and (newest.by, newest.outcome, newest.reason) == (by, outcome, reason):
            return newest
        decision = Decision.objects.create(interview=interview, by=by, outcome=outcome, reason=reason)
        record(Kind.DECIDED, interview, actor=by)
    return decision


def take_back(decision_id: int, by: User) -> Interview:
    """Whoever decided takes it back, at once and while nothing was built on it; the one before counts again.

    Done again changes nothing. Raises Refused.
    """
    with transaction.atomic():
        decision = Decision.every.filter(pk=decision_id, by=by).first()
        if decision is None:
            raise WrongState(_("There is no such decision of yours."))
        interview = locked(decision.interview_id)
        decision.refresh_from_db()
        if decision.taken_back_at is not None:
            return interview
        if decision.at < timezone.now() - TAKEN_BACK_WITHIN:
            raise WrongState(_("This decision is too old to be taken back. Decide anew, with a reason."))
        newest = interview.decisions.first()
        if newest is None or newest.pk != decision.pk:
            raise WrongState(_("Somebody has decided anew since."))
        if Message.objects.filter(decision=decision, state__in=(Message.State.QUEUED, Message.State.SENT)).exists():
            raise WrongState(_("The applicant is told of this already. Call the mail back first, or decide anew."))
        if Explanation.objects.filter(interview=interview, given_at__gte=decision.at).exists():
            raise WrongState(_("The applicant has been given an explanation of this decision. Decide anew instead."))
        Decision.objects.filter(pk=decision.pk, taken_back_at=None).update(taken_back_at=timezone.now())
        record(Kind.DECISION_TAKEN_BACK, interview, actor=by)
    return interview


def reviewable(interview: Interview) -> Interview:
    """Its row locked: whoever withdraws it or opens it again comes before, and is seen, or after."""
    interview = locked(interview.pk)
    if not interview.is_submitted:
        raise WrongState(_("This interview is not submitted yet. It can be reviewed once it is."))
    if interview.withdrawn_at is not None:
        raise WrongState(_("The applicant withdrew this interview: it is reviewed no more."))
    return interview


def _locked_review(interview: Interview, reviewer: User) -> Review:
    """Its row locked: of two ratings at once, the second sees the first."""
    review, _created = Review.objects.get_or_create(interview=interview, reviewer=reviewer)
    return Review.objects.select_for_update().get(pk=review.pk)
