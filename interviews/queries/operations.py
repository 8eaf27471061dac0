"""How the site is doing, for people: providers that fail, and work that nobody would find."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from functools import cache

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from interviews.engines.catalogue import ANALYSERS, MAIL, TRANSCRIBERS
from interviews.events import Head
from interviews.models import Answer, Interview, Job, Pause, ProviderHealth, Result
from interviews.queries.machines import assessed, transcribed
from interviews.queries.pauses import company, of_whole_kinds
from interviews.queries.reasons import told
from interviews.queries.runs import to_be_read


@dataclass(frozen=True, slots=True)
class OutageView:
    """A provider that is not called for now; or work that somebody has `paused`, named in `provider`. `waiting` counts
    interviews."""

    provider: str
    since: datetime | None
    waiting: int
    next_try_at: datetime | None
    problem: str
    paused: bool = False


@dataclass(frozen=True, slots=True)
class NowView:
    """What every page of the desk begins with. `after`: the number of the newest event."""

    after: int
    outages: list[OutageView]


def now() -> NowView:
    """To be read before the rows of a page: what happens in between comes twice, never not at all. In one statement,
    where all is well."""
    found = _now().first()
    if found is None:
        return NowView(0, outages())
    after, is_failing, is_paused = found
    return NowView(after, outages() if is_failing or is_paused else [])


@cache
def _now() -> QuerySet[Head, tuple[int, bool, bool]]:
    failing = ProviderHealth.objects.filter(next_try_at__isnull=False)
    return Head.objects.values_list("number", Exists(failing), Exists(Pause.objects.exclude(kind="")))


def outages() -> list[OutageView]:
    """Of providers, and then what is paused for everybody."""
    failing = list(ProviderHealth.objects.filter(next_try_at__isnull=False))
    pauses = of_whole_kinds()
    waiting = _waiting([*(kind_of(health.pk) for health in failing), *(pause.kind for pause in pauses)])
    return [
        OutageView(
            company(health.pk),
            health.failing_since,
            waiting.get(kind_of(health.pk), 0),
            health.next_try_at,
            told(health.problem),
        )
        for health in failing
    ] + [OutageView(pause.words, pause.at, waiting.get(pause.kind, 0), None, "", paused=True) for pause in pauses]


def kind_of(engine: str) -> Job.Kind:
    if engine == MAIL:
        return Job.Kind.MAIL
    return Job.Kind.TRANSCRIBE if engine in TRANSCRIBERS and engine not in ANALYSERS else Job.Kind.ASSESS


def reconcile() -> int:
    """Submitted interviews with a loose end: neither a result, nor a live job, nor a parked one that people are shown.

    One query; 0, always. Counts too an open run that no job works on, and an answer without transcript and without a
    transcription under way or parked. Where no machine may read, an interview is complete once it can be watched.
    """
    is_open = Job.objects.filter(~Q(kind__in=Job.APART), interview=OuterRef("pk"), state__in=Job.OPEN)
    has_result = Exists(Result.objects.filter(interview=OuterRef("pk")))
    is_settled = Q(state=Interview.State.SCORED) & (has_result | ~assessed())
    unheard = Answer.objects.filter(
        ~Exists(Job.objects.filter(~Q(kind__in=Job.APART), take=OuterRef("take"), state__in=Job.OPEN)),
        interview=OuterRef("pk"),
        interview__media_erased_at=None,
        take__transcript__isnull=True,
    )
    submitted = Interview.objects.filter(
        state__in=[Interview.State.SUBMITTED, Interview.State.SCORED], withdrawn_at=None
    )
    is_left = ~Exists(is_open) & (~is_settled | Exists(to_be_read().filter(interview=OuterRef("pk"))) & assessed())
    return submitted.filter(is_left | Q(Exists(unheard)) & transcribed()).count()


def _waiting(kinds: Collection[str]) -> dict[str, int]:
    """How many interviews, by the kind of work."""
    due = Job.objects.filter(kind__in=kinds, state=Job.State.QUEUED).order_by()
    return dict(due.values_list("kind").annotate(Count("interview", distinct=True))) if kinds else {}
