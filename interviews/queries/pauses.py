"""What people have paused, of the work that this site does today."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db.models import Count, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from interviews.engines.catalogue import ANALYSERS, MAIL, TRANSCRIBERS
from interviews.models import Job, Pause


@dataclass(frozen=True, slots=True)
class PauseView:
    """`words` say what is paused; `waiting` counts jobs."""

    id: int
    kind: str
    engine: str
    words: str
    by: str
    at: datetime
    waiting: int


def engine_of(kind: str) -> str:
    """Who does the jobs of this kind on this site; "" where no provider does."""
    engines = {
        Job.Kind.TRANSCRIBE: settings.TRANSCRIPTION_ENGINE,
        Job.Kind.ASSESS: settings.ANALYSIS_ENGINE,
        Job.Kind.MAIL: MAIL,
    }
    return str(engines.get(Job.Kind(kind), ""))


def engines_in_use() -> tuple[str, ...]:
    return tuple(map(engine_of, Job.Kind.values))


def pauses_of(engines: tuple[str, ...]) -> QuerySet[Pause]:
    """Those of single jobs and of kinds, and of these providers."""
    return Pause.objects.filter(engine__in={"", *engines})


def holding(engines: tuple[str, ...]) -> QuerySet[Pause]:
    """Those of these that hold up the job of the query around."""
    return pauses_of(engines).filter(Q(job=OuterRef("pk")) | Q(kind=OuterRef("kind"))).order_by()


def pauses_in_force() -> QuerySet[Pause]:
    """Of what does the work now."""
    return pauses_of(engines_in_use())


def of_whole_kinds() -> list[PauseView]:
    found = list(pauses_in_force().exclude(kind="").select_related("by"))
    queued = Job.objects.filter(kind__in=[it.kind for it in found], state=Job.State.QUEUED).order_by()
    waiting: dict[str, int] = dict(queued.values_list("kind").annotate(Count("pk"))) if found else {}
    return [
        PauseView(
            pause.pk,
            pause.kind,
            pause.engine,
            company(pause.engine) if pause.engine else str(Job.Kind(pause.kind).label),
            pause.by.get_username() if pause.by else "",
            pause.at,
            waiting.get(pause.kind, 0),
        )
        for pause in found
    ]


def is_paused(job: Job, pauses: Iterable[Pause]) -> Pause | None:
    """The pause, of these, that keeps this job from being claimed."""
    return next((it for it in pauses if it.job_id == job.pk or (it.kind and it.kind == job.kind)), None)


def company(engine: str) -> str:
    """As people call whoever is behind an engine."""
    if engine == MAIL:
        return _("The mail server")
    info = TRANSCRIBERS.get(engine) or ANALYSERS.get(engine)
    return ("Gemini" if info.sends_to == "Google" else info.sends_to or engine) if info else engine
