"""Inviting, and what is done with an invitation afterwards. Every act is an event with its actor."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from interviews.actions.refusals import Refusals, WrongState, given_once, parted, raise_first
from interviews.actions.undo import TAKEN_BACK_WITHIN
from interviews.events import Kind, record, record_all
from interviews.models import Applicant, Interview, Job, Link, Message, Position, QuestionSet
from interviews.processing import deadlines
from interviews.processing.advance import locked, locked_all
from interviews.processing.links import make_link
from interviews.processing.mail import queue
from interviews.processing.reminding import remind_at
from interviews.queries.invitations import already_invited, who_have_another
from interviews.queries.times import is_zone
from interviews.tasks import hint


def invite(
    applicant: Applicant,
    question_set: QuestionSet,
    *,
    days_end: datetime | None = None,
    actor: User | None = None,
) -> tuple[Interview, str]:
    """The new interview and its token. The token is not stored: it can be read here, once."""
    with transaction.atomic():
        position = hold_open(question_set.position_id)
        must_take_answers(position)
        usual = timezone.now() + timedelta(days=position.invitation_days)
        interview = new_interview(applicant, question_set, position, days_end or usual)
        token = make_link(interview)
        record(Kind.INVITED, interview, actor=actor)
    return interview, token


@dataclass(frozen=True, slots=True)
class Person:
    """With what another system calls the application, and whoever applies; "" where there is none."""

    name: str
    email: str
    external_id: str = ""
    applicant_external_id: str = ""


@dataclass(frozen=True, slots=True)
class Terms:
    """`days_end`: or earlier, by the position's deadline. `by_mail`: each gets a mail with a link; otherwise the links
    are for the actor to pass on."""

    days_end: datetime
    by_mail: bool
    reminds: bool


def invite_people(
    position: Position, people: Iterable[Person], terms: Terms, actor: User
) -> list[tuple[Interview, str]]:
    """The new interviews, each with its token, which is "" where a mail carries the link. Raises WrongState, Taken.

    Who has an invitation already is left out, so that the same list sent twice invites once.
    """
    made: list[tuple[Interview, str]] = []
    jobs: list[int] = []
    with given_once():
        # Locked: of two who send the same list at once, the second sees whom the first has invited.
        position = Position.objects.select_for_update(no_key=True).get(pk=position.pk)
        question_set = questions_of(position)
        invited = already_invited(position)
        for person in people:
            if person.email.lower() in invited:
                continue
            invited[person.email.lower()] = ""
            interview = new_interview(applicant_for(person), question_set, position, terms.days_end, person.external_id)
            if terms.reminds:
                interview.remind_at = remind_at(timezone.now(), interview.deadline)
                interview.save(update_fields=["remind_at"])
            if terms.by_mail:
                jobs.append(queue(interview, Message.Kind.INVITATION))
            made.append((interview, "" if terms.by_mail else make_link(interview)))
        hint(jobs)
        for interview, _token in made:
            record(Kind.INVITED, interview, actor=actor)
    return made


def questions_of(position: Position) -> QuestionSet:
    """What is asked of who is invited today. Raises WrongState where nothing is published, or nobody is invited."""
    question_set = position.question_sets.filter(published_at__isnull=False).order_by("-version").first()
    if question_set is None:
        raise WrongState(_("Publish a question set for this position first."))
    _must_be_running(position)
    must_take_answers(position)
    return question_set


def hold_open(position_id: int) -> Position:
    """Nobody closes this position, or moves its deadline, before the caller's transaction ends. Raises WrongState where
    nobody is invited."""
    position = Position.objects.select_for_update(no_key=True).get(pk=position_id)
    _must_be_running(position)
    return position


def must_take_answers(position: Position) -> None:
    """Raises WrongState."""
    if position.deadline is not None and position.is_over:
        raise WrongState(
            _("Since %(deadline)s (UTC) this position takes no more answers. Move its deadline, or close the position.")
            % {"deadline": date_format(position.deadline, _("j F Y, H:i"))}
        )


def new_link(interview: Interview, *, actor: User | None = None) -> str:
    """The token of one more link; those made before stay good.

    Gives a withdrawn invitation back (its earlier links stay ended), and one that has expired as much time as a new one
    gets. Raises WrongState, also where the person has another invitation to the position by then, or the position's
    deadline leaves no time.
    """
    with transaction.atomic():
        if not interview.is_submitted:
            _reopen_door(interview)
        token = make_link(interview)
        record(Kind.RENEWED, interview, actor=actor)
    return token


def mail(interview: Interview, kind: Message.Kind, *, actor: User | None = None) -> None:
    """To be sent by a worker; the mail carries a link of its own."""
    with transaction.atomic():
        hint([queue(interview, kind)])
        record(Kind.MAIL_ASKED, interview, actor=actor)


def resend(interview: Interview, *, actor: User) -> None:
    """The invitation once more; one that was withdrawn or has expired can be used again. Raises WrongState."""
    with transaction.atomic():
        _reopen_door(interview)
        mail(interview, Message.Kind.INVITATION, actor=actor)


def revoke(interview: Interview, *, actor: User | None = None) -> None:
    """The invitation ends, with every link made for it and every session that they opened. What was recorded stays.

    Raises WrongState where it was submitted: the applicant keeps the receipt. A second time changes nothing.
    """
    raise_first(revoke_all([interview.pk], actor=actor)[1])


def revoke_all(interviews: Collection[UUID], *, actor: User | None) -> tuple[dict[UUID, datetime], Refusals]:
    """As `revoke`; those that this has ended, with the moment by which `restore_all` knows it."""
    now = timezone.now()
    with transaction.atomic():
        revocable, refused = parted(locked_all(interviews), _must_be_revocable)
        ending = [it for it in revocable if it.revoked_at is None]
        Interview.objects.filter(pk__in=[it.pk for it in ending]).update(revoked_at=now)
        Link.objects.filter(interview__in=ending, revoked_at__isnull=True).update(revoked_at=now)
        if ending:
            record_all(Kind.REVOKED, ending, actor=actor)
    return {it.pk: now for it in ending}, refused


def restore_all(revoked: Mapping[UUID, datetime], *, by: User) -> tuple[list[UUID], Refusals]:
    """Undoes `revoke_all` a short while after: the same links are good again, since no mail said that they end.

    Raises WrongState where the position runs no more.
    """
    if not revoked:
        return [], {}
    positions = Position.objects.filter(question_sets__interviews__in=revoked).distinct().order_by("pk")
    with transaction.atomic():
        for position in positions:
            hold_open(position.pk)
        elsewhere = who_have_another(revoked)
        # By a worker: the job of a mail that a person called back is dropped, too.
        done = Message.objects.filter(interview__in=revoked, jobs__state=Job.State.DONE)
        dropped = done.filter(state=Message.State.DROPPED)
        unsent = set(dropped.filter(ended_at__gte=min(revoked.values())).values_list("interview", flat=True))
        chosen, refused = parted(
            locked_all(revoked), lambda it: _must_be_as_revoked(it, revoked[it.pk], elsewhere, unsent)
        )
        links = Link.objects.filter(interview__in=chosen, revoked_at=F("interview__revoked_at"))
        links.update(revoked_at=None)
        Interview.objects.filter(pk__in=[it.pk for it in chosen]).update(revoked_at=None)
        if chosen:
            record_all(Kind.RESTORED, chosen, actor=by)
    return [it.pk for it in chosen], refused


def seen_in(interview_id: UUID, zone: str) -> None:
    """Their link was opened; the applicant's time zone, for mail and the receipt. What is no zone is left out, and
    nothing is kept of whoever comes for the certificate of what was erased."""
    seen = Interview.objects.filter(pk=interview_id, erased_at=None)
    with transaction.atomic():
        if seen.filter(opened_at=None).update(opened_at=timezone.now()):
            record(Kind.OPENED, Interview.objects.get(pk=interview_id))
    if is_zone(zone):
        seen.exclude(time_zone=zone).update(time_zone=zone)


def mail_in(interview: Interview, language: str) -> None:
    """The applicant chose it on a page of theirs. `language` is one of the site's."""
    Interview.objects.filter(pk=interview.pk, erased_at=None).update(language=language)


def new_interview(
    applicant: Applicant, question_set: QuestionSet, position: Position, days_end: datetime, external_id: str = ""
) -> Interview:
    """Until its days end, or the deadline of the position, which the caller has locked. Raises WrongState."""
    if question_set.published_at is None:
        raise WrongState(_("Publish the question set first: an applicant must be asked what will not change."))
    if external_id:
        applicant.found_by(external_id)
    return Interview.objects.create(
        applicant=applicant,
        question_set=question_set,
        deadline=deadlines.for_all(days_end, position),
        days_end=days_end,
        external_id=external_id,
    )


def _must_be_running(position: Position) -> None:
    if position.state == Position.State.DRAFT:
        raise WrongState(_("This position is a draft. Open it first, then invite people."))
    if position.state == Position.State.CLOSED:
        raise WrongState(_("This position is closed. Open it again to invite people."))


def applicant_for(person: Person) -> Applicant:
    """Known by the same address under the same name: the same person. By another name, it stays with the other team."""
    found = Applicant.objects.filter(email__iexact=person.email, name=person.name).order_by("pk")
    outside = person.applicant_external_id
    known = found.filter(external_id=outside).first() or (found.filter(external_id="") if outside else found).first()
    if known is None:
        return Applicant.objects.create(name=person.name, email=person.email, external_id=outside)
    if known.external_id != outside and outside:
        known.external_id = outside
        known.save(update_fields=["external_id"])
    return known


def _reopen_door(interview: Interview) -> None:
    now = timezone.now()
    # Locked: of two who invite the same person at once, the second sees what the first has done.
    position = Position.objects.select_for_update(no_key=True).get(pk=interview.question_set.position_id)
    current = locked(interview.pk)
    if current.is_submitted:
        raise WrongState(_("It is submitted already."))
    if current.revoked_at is not None:
        _must_be_running(position)
    if current.revoked_at is not None or current.deadline <= now:
        _must_have_no_other(current, who_have_another([current.pk]))
    if current.deadline <= now:
        if current.revoked_at is not None:
            must_take_answers(position)
        if position.is_over:
            raise WrongState(_("The deadline has passed: give more time instead."))
        deadlines.begin_days(current, now + timedelta(days=position.invitation_days))
    Interview.objects.filter(pk=interview.pk).update(revoked_at=None)


def _must_have_no_other(interview: Interview, elsewhere: Collection[UUID]) -> None:
    if interview.pk in elsewhere:
        raise WrongState(_("They have another invitation by now. Go on with that one, or withdraw it first."))


def _must_be_revocable(interview: Interview) -> None:
    if interview.is_submitted:
        raise WrongState(_("It is submitted: there is no invitation any more that could be withdrawn."))
    if interview.receipts.exists():
        raise WrongState(_("It was submitted before it was reopened: the applicant keeps the link to the receipt."))


def _must_be_as_revoked(
    interview: Interview, at: datetime, elsewhere: Collection[UUID], unsent: Collection[UUID]
) -> None:
    if interview.revoked_at is None:
        raise WrongState(_("It was given back already."))
    if interview.revoked_at != at:
        raise WrongState(_("It was withdrawn again since."))
    if at < timezone.now() - TAKEN_BACK_WITHIN:
        raise WrongState(_("The invitation was withdrawn: send it again to give it back."))
    _must_have_no_other(interview, elsewhere)
    if interview.pk in unsent:
        raise WrongState(_("A mail was not sent because of it: send the invitation again to give it back."))
