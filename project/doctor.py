"""Looks at everything the product needs, one thing at a time, and says in plain words what is wrong and what to do."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
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
from interviews.media.errors import BucketError
from interviews.models import Job, Position, StoredFile, Unsealed, Worker
from interviews.processing import engines
from interviews.processing.bucket import bucket
from interviews.processing.leases import PULSE_SECONDS
from interviews.queries import audit
from interviews.queries.backups import kept
from interviews.queries.operations import outages, reconcile
from interviews.queries.retention import held_interviews, overdue
from project.health import migrations_due

FREE_BYTES = 2 * 1024**3
QUEUE_MAY_BE_OLD = timedelta(minutes=5)
MAY_BE_UNSEALED = timedelta(minutes=5)
BACKUP_MAY_BE_OLD = timedelta(hours=48)
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
        return "a message did not come back", "Check Redis. Open pages still catch up, every five seconds."
    return "a message came back", ""


def _worker() -> tuple[str, str]:
    start = "Start one: python manage.py serve" if settings.EMBEDDED else "Start one: python manage.py run_huey"
    newest = Worker.objects.first()
    if newest is None:
        return "none has ever given a sign of life", start
    ago = timezone.now() - newest.seen_at
    if ago > timedelta(seconds=3 * PULSE_SECONDS):
        return f"the last sign of life came {_length(ago)} ago ({newest.name})", start
    alive = Worker.objects.filter(seen_at__gt=timezone.now() - timedelta(seconds=3 * PULSE_SECONDS)).count()
    return f"{alive} alive", ""


def _queue() -> tuple[str, str]:
    due = Job.objects.filter(state=Job.State.QUEUED, run_after__lte=Now())
    oldest = due.aggregate(oldest=Min("run_after"))["oldest"]
    if oldest is None:
        return "nothing is due", ""
    age = timezone.now() - oldest
    words = f"{due.count()} jobs due, the oldest for {_length(age)}"
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


def _storage() -> tuple[str, str]:
    folder = Path(settings.MEDIA_DIR)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(b"written by the doctor")
    except OSError as error:
        return f"{folder} cannot be written: {error.strerror}", "Give this user the folder, or set DATA_DIR."
    free = shutil.disk_usage(folder).free
    words = f"writable, {free / 1024**3:.1f} GiB free"
    return words, "Make room: recordings need it." if free < FREE_BYTES else ""


def _bucket() -> tuple[str, str]:
    stored = StoredFile.objects.exclude(stored_at=None).count()
    if not settings.S3_BUCKET:
        if stored:
            return f"{stored} files are in a bucket that is not set any more", "Set S3_BUCKET and the rest again."
        return "not used: recordings stay on this disk", ""
    try:
        bucket().check()
    except BucketError as error:
        return (
            f"{settings.S3_BUCKET}: {error.message}",
            "Check the S3_ variables and what the key may do. What is on this disk stays there meanwhile.",
        )
    waiting = Job.objects.filter(kind=Job.Kind.STORE, state__in=Job.OPEN).count()
    return (
        f"{settings.S3_BUCKET} is private and answers; {stored} files are in it, {waiting} recordings on their way",
        "",
    )


def _backup() -> tuple[str, str]:
    newest = kept().exclude(made_at=None).first()
    if newest is None or newest.made_at is None:
        every_night = "Make one every night: manage.py backup; docs/operations.md."
        return "none was made", "" if settings.EMBEDDED else every_night
    age = timezone.now() - newest.made_at
    words = f"the newest was made {_length(age)} ago, {newest.place}"
    if age > BACKUP_MAY_BE_OLD:
        return words, "Find out why no newer one was made, and make one: manage.py backup"
    if newest.problem:
        return f"{words}: {newest.problem}", "Look after the disk; older backups, which are kept, may have them."
    return words, ""


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


def _audit_log() -> tuple[str, str]:
    """Not whether it is whole, which takes longer: `manage.py audit verify` says that."""
    head = audit.head()
    words = f"anchor {head}"
    since = timezone.now() - MAY_BE_UNSEALED
    if Unsealed.objects.filter(at__lt=since).exists() or audit.unsealed_events().filter(at__lt=since).exists():
        return f"{words}; what came later is not sealed", "Start a worker (see above), or run: python manage.py sweep"
    return words, ""


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


def _erasures() -> tuple[str, str]:
    late = overdue(timezone.now()).count()
    if late:
        return (
            f"{late} were asked for more than two days ago, and are not done",
            "See in the admin why their jobs wait (kind erase). Some laws give you 30 days from the request.",
        )
    return f"none is late; {held_interviews().count()} interviews are kept by a legal hold", ""


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


def _length(length: timedelta) -> str:
    seconds = int(length.total_seconds())
    return f"{seconds} s" if seconds < 120 else f"{seconds // 60} min" if seconds < 7200 else f"{seconds // 3600} h"


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
    "Storage": _storage,
    "Bucket": _bucket,
    "Backup": _backup,
    "Transcription": _transcription,
    "Analysis": _analysis,
    "Budget": _budget,
    "Audit log": _audit_log,
    "Mail": _mail,
    "Erasures": _erasures,
}
