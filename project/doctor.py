"""Looks at everything the product needs, one thing at a time, and says in plain words what is wrong and what to do."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from smtplib import SMTPException

import redis
from channels.layers import get_channel_layer
from django.conf import settings
from django.core.mail import get_connection
from django.db import DatabaseError, connection
from django.db.models import Min
from django.db.models.functions import Now
from django.utils import timezone

from interviews.engines.catalogue import NONE
from interviews.engines.errors import EngineError
from interviews.models import Job, Position, Worker
from interviews.processing import engines
from interviews.processing.leases import PULSE_SECONDS
from interviews.queries.operations import outages, reconcile
from project import keeping
from project.health import migrations_due
from project.keeping import in_short

QUEUE_MAY_BE_OLD = timedelta(minutes=5)
CLOCKS_MAY_DIFFER = timedelta(seconds=5)


@dataclass(frozen=True, slots=True)
class Finding:
    """`next_step` is empty where all is well."""

    subject: str
    words: str
    next_step: str = ""

    @property
    def is_well(self) -> bool:
        return not self.next_step


def examine() -> Iterator[Finding]:
    """One finding after the other, so that a slow one does not keep the rest waiting."""
    for subject, check in CHECKS.items():
        try:
            words, next_step = check()
        except DatabaseError as error:
            words, next_step = f"could not be looked at: {_first_line(error)}", "Mend the database first (see above)."
        yield Finding(subject, words, next_step)


def _database() -> tuple[str, str]:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError as error:
        return f"not reachable: {_first_line(error)}", "Check DATABASE_URL and that the server runs."
    return f"{connection.vendor} answers", ""


def _migrations() -> tuple[str, str]:
    if due := migrations_due():
        return f"{due} not applied", "Run: python manage.py migrate"
    return "all applied", ""


def _clock() -> tuple[str, str]:
    row = Job.objects.order_by().values_list(Now())[:1] or Worker.objects.values_list(Now())[:1]
    theirs = next((at for (at,) in row), None)
    if not isinstance(theirs, datetime):
        return "nothing to compare with yet", ""
    difference = abs(timezone.now() - theirs)
    if difference > CLOCKS_MAY_DIFFER:
        seconds = difference.total_seconds()
        return f"{seconds:.0f} s from the database's", "Set both machines by NTP; deadlines are shown by this clock."
    return "agrees with the database's", ""


def _redis() -> tuple[str, str]:
    if settings.EMBEDDED:
        return "not used in the embedded mode", ""
    try:
        redis.Redis.from_url(settings.REDIS_URL, socket_connect_timeout=2, socket_timeout=2).ping()
    except redis.RedisError as error:
        return (
            f"not reachable: {_first_line(error)}",
            "Check REDIS_URL and that the server runs. Nothing is lost meanwhile: work goes on from the database.",
        )
    return "answers", ""


def _channel_layer() -> tuple[str, str]:
    async def round_trip() -> None:
        layer = get_channel_layer()
        channel = await layer.new_channel()
        await layer.group_add("doctor", channel)
        try:
            await layer.group_send("doctor", {"type": "doctor"})
            async with asyncio.timeout(3):
                await layer.receive(channel)
        finally:
            await layer.group_discard("doctor", channel)
            if not settings.EMBEDDED:
                await layer.flush()

    try:
        asyncio.run(round_trip())
    except (TimeoutError, redis.RedisError, OSError):
        return "a message did not come back", "Check Redis. Open pages still catch up, every two seconds."
    return "a message came back", ""


def _worker() -> tuple[str, str]:
    start = "Start one: python manage.py serve" if settings.EMBEDDED else "Start one: python manage.py run_huey"
    newest = Worker.objects.first()
    if newest is None:
        return "none has ever given a sign of life", start
    ago = timezone.now() - newest.seen_at
    if ago > timedelta(seconds=3 * PULSE_SECONDS):
        return f"the last sign of life came {in_short(ago)} ago ({newest.name})", start
    alive = Worker.objects.filter(seen_at__gt=timezone.now() - timedelta(seconds=3 * PULSE_SECONDS)).count()
    return f"{alive} alive", ""


def _queue() -> tuple[str, str]:
    due = Job.objects.filter(state=Job.State.QUEUED, run_after__lte=Now())
    oldest = due.aggregate(oldest=Min("run_after"))["oldest"]
    if oldest is None:
        return "nothing is due", ""
    age = timezone.now() - oldest
    words = f"{due.count()} jobs due, the oldest for {in_short(age)}"
    return words, "Start more workers, or raise WORKERS." if age > QUEUE_MAY_BE_OLD else ""


def _stuck_work() -> tuple[str, str]:
    loose, parked = reconcile(), Job.objects.filter(state=Job.State.PARKED).count()
    if loose:
        return (
            f"reconcile {loose}: interviews that nobody works on",
            "Run: python manage.py sweep; then report this fault.",
        )
    if parked:
        return (
            f"reconcile 0; {parked} jobs are parked and wait for a person",
            "Open Jobs in the administration, filter by Parked, read the problem, and try them again.",
        )
    return "reconcile 0; no job is parked", ""


def _transcription() -> tuple[str, str]:
    return _engine("TRANSCRIPTION_ENGINE", "DEEPGRAM_API_KEY", lambda: engines.transcriber().check())


def _analysis() -> tuple[str, str]:
    return _engine("ANALYSIS_ENGINE", "GEMINI_API_KEY", lambda: engines.analyser().check())


def _budget() -> tuple[str, str]:
    kept = Position.objects.filter(ai_budget__isnull=False).count()
    if kept and settings.UNPRICED:
        return (
            f"{kept} positions have one, and prices are not known: it cannot be kept",
            f"Set {' and '.join(settings.UNPRICED)}.",
        )
    of_site = "none for the site" if settings.AI_BUDGET is None else f"{settings.AI_BUDGET} US dollars for the site"
    return f"{of_site}, {kept} positions have one of their own", ""


def _mail() -> tuple[str, str]:
    if not settings.SENDS_MAIL:
        return "not set up: links are copied by hand, receipts downloaded", ""
    if not settings.EMAIL_HOST:
        return f"written into {settings.EMAIL_FILE_PATH}: it reaches nobody", ""
    try:
        with get_connection():
            return f"{settings.EMAIL_HOST} answers", ""
    except (SMTPException, OSError) as error:
        return (
            f"{settings.EMAIL_HOST}: {type(error).__name__}",
            "Check the EMAIL_ variables, and that this machine reaches the server. Mail waits meanwhile.",
        )


def _engine(setting: str, key: str, check: Callable[[], None]) -> tuple[str, str]:
    name = getattr(settings, setting)
    if name == NONE:
        return f"switched off by {setting}: people do all of it", ""
    if name == "local":
        return f"built in: rough, and labelled so. {key} is not set", ""
    try:
        check()
    except EngineError as error:
        return f"{name}: {error.message}", f"Check {key}, and that this machine reaches the provider."
    except ImportError:
        return f"{name}: its library is not installed", "Run: pip install -r requirements-generativeai.txt"
    failing = [it for it in outages() if it.provider.lower() in name and not it.paused]
    if failing:
        return f"{name}: accepted now, but {failing[0].problem}", "Nothing to do: it is tried again by itself."
    return f"{name}: the key is accepted", ""


def _first_line(error: Exception) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0]


CHECKS: dict[str, Callable[[], tuple[str, str]]] = {
    "Database": _database,
    "Migrations": _migrations,
    "Clock": _clock,
    "Redis": _redis,
    "Channel layer": _channel_layer,
    "Worker": _worker,
    "Queue": _queue,
    "Stuck work": _stuck_work,
    "Storage": keeping.storage,
    "Bucket": keeping.bucket,
    "Backup": keeping.backup,
    "Transcription": _transcription,
    "Analysis": _analysis,
    "Budget": _budget,
    "Audit log": keeping.audit_log,
    "Mail": _mail,
    "Erasures": keeping.erasures,
}
