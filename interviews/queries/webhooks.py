"""What became of what other machines were told."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Prefetch
from django.utils.translation import gettext as _

from interviews.models import Delivery, Endpoint, Job, Telling
from interviews.models.webhooks import message_id

SHOWN_AT_MOST = 50


@dataclass(frozen=True, slots=True)
class DeliveryView:
    """`message`: the id that its receiver is given. `next_try_at` while it waits for one; `problem` of the last try, or
    why it is `parked`: its work was stopped, and nothing goes on by itself."""

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
    waiting = Prefetch("jobs", Job.objects.filter(state__in=Job.OPEN), to_attr="open_jobs")
    found = Delivery.objects.filter(endpoint=endpoint).prefetch_related(waiting)[:SHOWN_AT_MOST]
    return [_view(it, it.open_jobs) for it in found]


def _view(delivery: Delivery, open_jobs: list[Job]) -> DeliveryView:
    job = open_jobs[0] if open_jobs else None
    parked = job if job is not None and job.state == Job.State.PARKED else None
    return DeliveryView(
        id=delivery.pk,
        message=message_id(delivery),
        what=str(Telling(delivery.kind).label) if delivery.kind in Telling.values else "",
        interview=delivery.interview_id,
        state=str(parked.state if parked else delivery.state),
        words=_("Stopped") if parked else delivery.get_state_display(),
        tries=delivery.tries,
        status=delivery.status,
        problem=parked.problem if parked else delivery.problem,
        at=delivery.created_at,
        next_try_at=job.run_after if job is not None and job.state == Job.State.QUEUED and job.problem else None,
    )
