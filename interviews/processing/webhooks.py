"""Telling other machines that something happened, by the rules of Standard Webhooks (standardwebhooks.com).

The log of events is the outbox: an event is there if and only if its change is. The sweep reads what is new for each
endpoint, in the order of the log, and opens a delivery and its job in the transaction that moves the endpoint's mark;
so nothing that a person waits for does anything for it. What is told are ids and times; who may see more asks for it.
"""

from __future__ import annotations

import base64
import json
import logging
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from threading import Lock
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.db.models import F, Subquery
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from standardwebhooks import Webhook

from interviews.engines.catalogue import MAIL
from interviews.engines.errors import Busy, Permanent, RetryLater
from interviews.events import Event, Head, Kind
from interviews.models import Delivery, Endpoint, Job, Telling
from interviews.models.webhooks import message_id
from interviews.processing import jobs, outward, providers
from interviews.processing.crashing import point
from interviews.processing.ledger import release_connection
from interviews.processing.mail import hand_over
from interviews.queries.reasons import told

logger = logging.getLogger(__name__)

TOLD_OF: dict[Kind, Telling] = {
    Kind.INVITED: Telling.INVITED,
    Kind.JOINED: Telling.INVITED,
    Kind.STARTED: Telling.STARTED,
    Kind.SUBMITTED: Telling.SUBMITTED,
    Kind.SCORED: Telling.ASSESSED,
    Kind.PARKED: Telling.STUCK,
    Kind.REOPENED: Telling.REOPENED,
    Kind.REDO_ASKED: Telling.REOPENED,
    Kind.DECIDED: Telling.DECIDED,
    Kind.DECISION_TAKEN_BACK: Telling.DECIDED,
    Kind.WITHDRAWN: Telling.WITHDRAWN,
    Kind.REVOKED: Telling.REVOKED,
    Kind.RESTORED: Telling.REVOKED,
}
TEST = "test"
"""The kind of what the button sends."""
GIVE_UP_AFTER = timedelta(days=3)
WAITS = (5, 5 * 60, 30 * 60, 2 * 3600, 5 * 3600, 10 * 3600, 14 * 3600, 20 * 3600)
"""Seconds between tries, as Standard Webhooks recommends; the last try is when the three days end."""
BOTH_SECRETS_FOR = timedelta(days=1)
EVENTS_AT_ONCE = 500
KEPT_FOR = timedelta(days=30)
"""Deliveries that are over."""
AT_ONCE = 4
"""To one endpoint from one process: one that is slow must not take all workers."""
GONE = 410
"""By Standard Webhooks: it wants to be told nothing more."""

_lock = Lock()
_under_way: Counter[UUID] = Counter()


def to_be_told() -> list[int]:
    """Opens what is due for each endpoint. Returns the ids of the jobs. One query where nothing is new."""
    newest = Subquery(Head.objects.values("number")[:1])
    behind = Endpoint.objects.filter(disabled_at=None, told_until__lt=newest)
    return [job for pk in list(behind.values_list("pk", flat=True)) for job in _catch_up(pk)]


def delivery_of(endpoint: Endpoint, kind: str, at: datetime, data: dict[str, Any], **also: Any) -> Delivery:
    """Not saved yet. `data`: ids alone."""
    body = json.dumps({"type": kind, "timestamp": at.isoformat(), "data": data}, separators=(",", ":"))
    return Delivery(endpoint=endpoint, kind=kind, body=body, give_up_at=timezone.now() + GIVE_UP_AFTER, **also)


def secret(endpoint: Endpoint, generation: int | None = None) -> str:
    """As its receiver is given it."""
    text = f"{endpoint.pk}.{generation or endpoint.generation}"
    key = salted_hmac("interviews.webhooks", text, algorithm="sha256").digest()
    return f"whsec_{base64.b64encode(key).decode()}"


def signatures(endpoint: Endpoint, message: str, at: datetime, body: str) -> str:
    """One; for a day after the secret was changed, one with the old secret, too."""
    generations = [endpoint.generation]
    if endpoint.rotated_at is not None and endpoint.rotated_at > at - BOTH_SECRETS_FOR:
        generations.append(endpoint.generation - 1)
    return " ".join(Webhook(secret(endpoint, it)).sign(message, at, body) for it in generations)


def disable(endpoint_id: UUID, because: str) -> bool:
    """Nothing more is told until somebody enables it. False where it was disabled already."""
    mine = Endpoint.objects.filter(pk=endpoint_id, disabled_at=None)
    return bool(mine.update(disabled_at=Now(), disabled_because=because[: jobs.PROBLEM_LENGTH]))


def deliver(claim: jobs.Claim) -> list[int]:
    delivery = Delivery.objects.select_related("endpoint__made_by").get(jobs=claim.job_id)
    endpoint = delivery.endpoint
    if endpoint.disabled_at is not None:
        _mail_who_made(endpoint)
        return _end(claim, delivery, Delivery.State.DROPPED, problem=gettext_noop("its endpoint is disabled"), tries=0)
    try:
        with _one_of_few(endpoint.pk):
            status = _post(delivery)
    except outward.NotDelivered as failure:
        return _failed(claim, delivery, failure)
    point(claim.kind, "received")
    return _end(claim, delivery, Delivery.State.DELIVERED, status=status)


def _catch_up(endpoint_id: UUID) -> list[int]:
    with transaction.atomic():
        # Another worker's sweep has it: then that one tells.
        found = Endpoint.objects.select_for_update(skip_locked=True).filter(pk=endpoint_id, disabled_at=None)
        endpoint = found.first()
        events = Event.objects.filter(number__gt=endpoint.told_until) if endpoint else Event.objects.none()
        position = "interview__question_set__position"
        new = list(
            events.order_by("number").values_list("number", "kind", "interview", position, "at")[:EVENTS_AT_ONCE]
        )
        if endpoint is None or not new:
            return []
        deliveries = [_of(endpoint, *event) for event in new if _concerns(endpoint, event[1], event[3])]
        Delivery.objects.bulk_create(deliveries)
        made = Job.objects.bulk_create(Job(kind=Job.Kind.WEBHOOK, delivery=it) for it in deliveries)
        Endpoint.objects.filter(pk=endpoint.pk).update(told_until=new[-1][0])
        Delivery.objects.filter(endpoint=endpoint, ended_at__lt=timezone.now() - KEPT_FOR).delete()
    return [job.pk for job in made]


def _concerns(endpoint: Endpoint, kind: str, position: int | None) -> bool:
    telling = TOLD_OF.get(Kind(kind))
    is_its = position is not None and endpoint.position_id in (None, position)
    return telling is not None and is_its and telling in endpoint.kind_list


def _of(endpoint: Endpoint, number: int, kind: str, interview: UUID, position: int, at: datetime) -> Delivery:
    data = {"interview": str(interview), "position": position, "event": number}
    return delivery_of(endpoint, TOLD_OF[Kind(kind)].value, at, data, event=number, interview_id=interview)


def _post(delivery: Delivery) -> int:
    now, message = timezone.now(), message_id(delivery)
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "Greenroom-Webhooks/1",
        "webhook-id": message,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": signatures(delivery.endpoint, message, now, delivery.body),
    }
    release_connection()
    return outward.post(delivery.endpoint.url, delivery.body.encode(), headers, settings.WEBHOOK_NETWORKS)


def _failed(claim: jobs.Claim, delivery: Delivery, failure: outward.NotDelivered) -> list[int]:
    """Raises Busy where it is tried again: that is worth waiting for, however often it fails."""
    left = (delivery.give_up_at - timezone.now()).total_seconds()
    because = ""
    if failure.status == GONE:
        because = gettext_noop("it answered 410: it wants to be told nothing more")
    elif left <= 0:
        because = f"nothing could be delivered for three days: {failure.message}"
    with jobs.writing(claim):
        tried = {"tries": F("tries") + 1, "status": failure.status, "problem": failure.message[: jobs.PROBLEM_LENGTH]}
        Delivery.objects.filter(pk=delivery.pk).update(**tried)
        if because:
            disable(delivery.endpoint_id, because)
    if because:
        delivery.endpoint.refresh_from_db()
        _mail_who_made(delivery.endpoint)
        return _end(claim, delivery, Delivery.State.FAILED, status=failure.status, problem=failure.message, tries=0)
    wait = max(WAITS[min(delivery.tries, len(WAITS) - 1)], failure.retry_after or 0)
    raise Busy(failure.message, retry_after=min(wait, left))


def _mail_who_made(endpoint: Endpoint) -> None:
    """That it is disabled, and why; once. Raises Busy where mail cannot be sent now: then the job comes again."""
    maker = endpoint.made_by
    if not endpoint.disabled_because or maker is None or not maker.email or not settings.SENDS_MAIL:
        return
    if not Endpoint.objects.filter(pk=endpoint.pk, mailed_at=None).update(mailed_at=Now()):
        return
    try:
        with providers.calling(MAIL):
            release_connection()
            hand_over(_mail(endpoint, maker.email), "")
    except Permanent as error:
        logger.warning("who made endpoint %s cannot be mailed: %s", endpoint.pk, error.message)
    except RetryLater as error:
        Endpoint.objects.filter(pk=endpoint.pk).update(mailed_at=None)
        raise Busy(error.message, retry_after=error.retry_after) from None


def _mail(endpoint: Endpoint, to: str) -> EmailMessage:
    words = {
        "site": settings.SITE_NAME,
        "url": endpoint.url,
        "because": told(endpoint.disabled_because),
        "page": f"{settings.SITE_URL}/hr-dashboard/webhooks/{endpoint.pk}/",
    }
    return EmailMessage(
        _("%(site)s: a webhook is disabled") % words,
        _("Nothing more is told to\n%(url)s\n\nThe reason: %(because)s.\n\nEnable it again at\n%(page)s\n") % words,
        to=[to],
        headers={"Auto-Submitted": "auto-generated"},
    )


def _end(
    claim: jobs.Claim,
    delivery: Delivery,
    state: Delivery.State,
    *,
    status: int | None = None,
    problem: str = "",
    tries: int = 1,
) -> list[int]:
    with jobs.ending(claim, None) as due:
        ended = {"state": state, "status": status, "problem": problem[: jobs.PROBLEM_LENGTH], "ended_at": Now()}
        Delivery.objects.filter(pk=delivery.pk).update(tries=F("tries") + tries, **ended)
    return due


@contextmanager
def _one_of_few(endpoint: UUID) -> Iterator[None]:
    """Raises Busy where enough are on their way to it."""
    with _lock:
        if _under_way[endpoint] >= AT_ONCE:
            raise Busy(gettext_noop("others are on their way to this endpoint"), retry_after=1)
        _under_way[endpoint] += 1
    try:
        yield
    finally:
        with _lock:
            _under_way[endpoint] -= 1
            if not _under_way[endpoint]:
                del _under_way[endpoint]
