"""What became of what other machines were told."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from django.db.models import Exists, Prefetch, QuerySet
from django.utils.translation import gettext as _

from interviews.models import Delivery, Endpoint, Job, Telling
from interviews.models.webhooks import message_id
from interviews.queries.pauses import engines_in_use, holding
from interviews.queries.reasons import told

if TYPE_CHECKING:
    from interviews.queries.facts import PausableJob

SHOWN_AT_MOST = 50


@dataclass(frozen=True, slots=True)
class DeliveryView:
    """`message`: the id that its receiver is given. `next_try_at` while it waits for one; `problem` of the last try, or
    why it is `parked`: its work was stopped, and nothing goes on by itself. `paused`: an operator holds it up."""

    id: UUID
    message: str
    what: str
    interview: UUID | None
    state: str
    words: str
    tries: int
    status: int | None
    problem: str
    at: datetime
    next_try_at: datetime | None


def deliveries(endpoint: Endpoint) -> list[DeliveryView]:
    """The newest."""
    return [_view(it) for it in with_jobs(Delivery.objects.filter(endpoint=endpoint))[:SHOWN_AT_MOST]]


def with_jobs(found: QuerySet[Delivery]) -> QuerySet[Delivery]:
    """As `standing` wants them."""
    jobs = Job.objects.filter(state__in=Job.OPEN).annotate(paused=Exists(holding(engines_in_use())))
    return found.prefetch_related(Prefetch("jobs", jobs, to_attr="open_jobs"))


def standing(delivery: Delivery) -> tuple[str, str]:
    """Its state, and that in words; "parked" and "paused" are those of its job. It comes from `with_jobs`."""
    job = _job(delivery)
    if job is not None and job.state == Job.State.PARKED:
        return str(job.state), _("Stopped")
    if job is not None and job.state == Job.State.QUEUED and job.paused:
        return "paused", _("Paused")
    return str(delivery.state), delivery.get_state_display()


def _job(delivery: Delivery) -> PausableJob | None:
    found: list[PausableJob] = delivery.open_jobs  # type: ignore[attr-defined] # prefetched
    return found[0] if found else None


def _view(delivery: Delivery) -> DeliveryView:
    job = _job(delivery)
    state, words = standing(delivery)
    return DeliveryView(
        id=delivery.pk,
        message=message_id(delivery),
        what=str(Telling(delivery.kind).label) if delivery.kind in Telling.values else "",
        interview=delivery.interview_id,
        state=state,
        words=words,
        tries=delivery.tries,
        status=delivery.status,
        problem=told(job.problem if job is not None and state == Job.State.PARKED else delivery.problem),
        at=delivery.created_at,
        next_try_at=job.run_after
        if job is not None and job.state == state == Job.State.QUEUED and job.problem
        else None,
    )
