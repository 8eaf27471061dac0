"""A circuit breaker per provider, shared by all workers through one row.

After FAILURES in a row nobody calls until `next_try_at`; then one call is let through. It succeeds: the work that
waited goes on at once. It fails: the pause doubles. Waiting for a known outage costs a job no attempt.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import F, Q, Value
from django.db.models.functions import Coalesce, Now
from django.utils import timezone
from django.utils.translation import gettext_noop

from interviews.engines.catalogue import is_provider
from interviews.engines.errors import Busy, FaultKind, Permanent, RetryLater, UnusableOutput
from interviews.events import Kind, record
from interviews.models import Interview, Job, ProviderHealth
from interviews.processing.ledger import release_connection
from interviews.processing.spending import must_be_within_budget
from interviews.queries.operations import kind_of
from interviews.spans import span

logger = logging.getLogger(__name__)

FAILURES = 5
FIRST_PAUSE = timedelta(seconds=10)
LONGEST_PAUSE = timedelta(minutes=5)
TRIAL_WITHIN = timedelta(seconds=30)
"""So long the one call that is let through has, before another may try."""


@contextmanager
def asking(engine: str, interview_id: UUID) -> Iterator[None]:
    """Around every call of an engine: the one door through which an applicant's words or sound leave our hands.

    Raises Permanent where the applicant has not agreed to that, OverBudget where it is not to be paid for now, and what
    `calling` raises.
    """
    if not Interview.objects.filter(pk=interview_id, ai_consent=True).exists():
        raise Permanent(gettext_noop("The applicant has not agreed to AI"), fault=FaultKind.CONSENT)
    if is_provider(engine):
        must_be_within_budget(interview_id)
    with calling(engine):
        yield


@contextmanager
def calling(engine: str) -> Iterator[None]:
    """Around a call. Raises Busy instead where there is a known outage; counts how the call went."""
    if not is_provider(engine):
        yield
        return
    is_trial = _must_not_be_out(engine)
    release_connection()
    try:
        with span(f"call {engine}"):
            yield
    except Busy:
        raise
    except RetryLater as error:
        _failed(engine, error.message, is_trial=is_trial)
        raise
    except (Permanent, UnusableOutput):
        _succeeded(engine)  # it is there, and answered
        raise
    else:
        _succeeded(engine)


def _must_not_be_out(engine: str) -> bool:
    """Whether this call is the one that is let through during an outage. Raises Busy for all others."""
    health = ProviderHealth.objects.filter(pk=engine, next_try_at__isnull=False).first()
    if health is None or health.next_try_at is None:
        return False
    if ProviderHealth.objects.filter(pk=engine, next_try_at__lte=Now()).update(next_try_at=Now() + TRIAL_WITHIN):
        return True
    wait = (health.next_try_at - timezone.now()).total_seconds()
    raise Busy(health.problem, retry_after=max(1.0, wait), fault=FaultKind.AWAY)


def _failed(engine: str, problem: str, *, is_trial: bool) -> None:
    with transaction.atomic():
        ProviderHealth.objects.get_or_create(pk=engine)
        mine = ProviderHealth.objects.filter(pk=engine)
        # Calls that were under way when the outage was noticed fail too; they do not prolong it.
        counted = mine if is_trial else mine.filter(next_try_at__isnull=True)
        if not counted.update(
            failures=F("failures") + 1, failing_since=Coalesce("failing_since", Now()), problem=problem
        ):
            return
        health = mine.get()
        if health.failures < FAILURES:
            return
        pause = min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** min(health.failures - FAILURES, 10))
        mine.update(next_try_at=Now() + pause)
        logger.error("%s fails since %s: no calls for %s", engine, health.failing_since, pause)
        record(Kind.OUTAGE, None)


def _succeeded(engine: str) -> None:
    ailing = ProviderHealth.objects.filter(Q(failures__gt=0) | Q(next_try_at__isnull=False), pk=engine)
    if not ailing.exists():
        return
    with transaction.atomic():
        # Locked before it is looked at: an outage that is being noticed at this moment would else be half undone.
        health = ailing.select_for_update().first()
        if health is None:
            return
        was_out = health.next_try_at is not None
        ProviderHealth.objects.filter(pk=engine).update(
            failures=0, failing_since=None, next_try_at=None, problem=Value("")
        )
        if was_out:
            waiting = Job.objects.filter(kind=kind_of(engine), state=Job.State.QUEUED, run_after__gt=Now())
            waiting.update(run_after=Now(), hinted_at=None)
            logger.warning("%s answers again", engine)
            record(Kind.RECOVERED, None)
