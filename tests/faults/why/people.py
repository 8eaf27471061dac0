"""What holds up an interview while it is the applicant's, or by what a person decided."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from interviews.actions.invitations import mail, revoke
from interviews.actions.reopening import reopen
from interviews.actions.withdrawing import withdraw
from interviews.models import Interview, Job, Message, Segment
from tests.faults.why.site import Fault, Site, has_time, mailed, nothing, stays
from tests.people import sent


def _invited_by_mail(site: Site, state: Message.State, problem: str = "") -> None:
    mail(site.interview, Message.Kind.INVITATION)
    Message.objects.update(state=state, problem=problem)
    Job.objects.update(state=Job.State.DONE)


def _opened(site: Site) -> None:
    Interview.objects.update(opened_at=timezone.now())


def _too_late(site: Site, days: int = 2) -> None:
    Interview.objects.update(deadline=timezone.now() - timedelta(days=days))


def _too_late_in_the_middle(site: Site) -> None:
    site.agree()
    site.record(0)
    _too_late(site)


def _late_by_a_moment(site: Site) -> None:
    _half_answered(site)
    _too_late(site, days=0)


def _half_answered(site: Site) -> None:
    site.agree()
    site.record(0)


def _broken_off(site: Site) -> None:
    _half_answered(site)
    segment = sent(site.interview, site.world.questions[1], site.speech[:5000])
    Segment.objects.filter(pk=segment.pk).update(appended_at=timezone.now() - timedelta(hours=1))


def _arriving(site: Site) -> None:
    site.agree()
    sent(site.interview, site.world.questions[0], site.speech[:5000])


def _not_handed_in(site: Site) -> None:
    site.submit()
    site.finish()
    reopen(site.interview, 7, actor=site.operator)


def _all_answered(site: Site) -> None:
    site.agree()
    for question in range(3):
        site.record(question)


FAULTS: dict[str, Fault] = {
    "the invitation is not opened": Fault(
        "not-opened", "has not opened the invitation", nothing, mailed(Message.Kind.REMINDER)
    ),
    "it is opened and not begun": Fault("not-begun", "and not begun yet", _opened, mailed(Message.Kind.REMINDER)),
    "the invitation could not be mailed": Fault(
        "not-mailed",
        "could not be mailed",
        lambda site: _invited_by_mail(site, Message.State.FAILED, "no such mailbox"),
        mailed(Message.Kind.INVITATION),
    ),
    "the invitation has expired": Fault("expired", "The deadline has passed", _too_late, has_time),
    "it has expired in the middle": Fault("expired", "was not submitted", _too_late_in_the_middle, has_time),
    "it is in the day of grace": Fault(
        "grace",
        "can still be submitted for a day",
        _late_by_a_moment,
        has_time,
    ),
    "a question is not answered": Fault(
        "not-answered", "has not answered this question", _half_answered, mailed(Message.Kind.REMINDER)
    ),
    "a recording was broken off": Fault("broken-off", "was broken off", _broken_off, mailed(Message.Kind.REMINDER)),
    "a recording is arriving": Fault("arriving", "is arriving at this moment", _arriving, stays, pressed=False),
    "it is not handed in": Fault(
        "not-submitted", "has not submitted yet", _all_answered, mailed(Message.Kind.REMINDER)
    ),
    "it was given back": Fault("given-back", "was given back", _not_handed_in, mailed(Message.Kind.REMINDER)),
    "the invitation was withdrawn": Fault(
        "revoked", "The invitation was withdrawn", lambda site: revoke(site.interview), mailed(Message.Kind.INVITATION)
    ),
    "the applicant withdrew": Fault(
        "withdrawn", "The applicant withdrew", lambda site: withdraw(site.interview), stays, pressed=False
    ),
    "the applicant did not agree to AI": Fault(
        "no-consent", "did not agree to AI", lambda site: site.submit(ai=False), stays, pressed=False
    ),
}
