"""What holds up one job: a pause, a budget, no worker, an outage, what went wrong last, or only its turn."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from django.utils.translation import gettext as _

from interviews.engines.errors import FaultKind
from interviews.models import Job
from interviews.queries.pauses import company, is_paused
from interviews.queries.reasons import told
from interviews.queries.why.causes import Act, Cause, Press
from interviews.queries.why.rows import Rows, disk_is_full, engine_for

TURN_COMES_WITHIN = timedelta(seconds=30)
VARIABLES = {
    "deepgram": ("DEEPGRAM_API_KEY", "DEEPGRAM_MODEL, DEEPGRAM_BASE_URL"),
    "gemini": ("GEMINI_API_KEY", "GEMINI_MODEL, GEMINI_BASE_URL"),
    "gemini-legacy": ("GEMINI_API_KEY", "GEMINI_MODEL, GEMINI_BASE_URL"),
}


def cause_of(job: Job, rows: Rows) -> Cause:
    held = is_paused(job, rows.pauses)
    if job.state == Job.State.PARKED:
        return _parked(job, rows)
    if job.state == Job.State.RUNNING:
        return _running(job, rows)
    if held is not None:
        return _paused(job, rows)
    if job.over_budget:
        return _over_budget(job, rows)
    if not rows.has_worker:
        return _no_worker(job, rows)
    health = rows.health.get(engine_for(job))
    if health is not None and health.next_try_at is not None:
        return Cause(
            "outage",
            _("%(provider)s does not answer. All of its work waits, this too.") % {"provider": _provider(job)},
            _("It is called again by itself, and then all goes on. You can have it called once now."),
            [Press(Act.TRY_PROVIDER, health.pk)],
            rows.number_of(job.take_id),
            told(health.problem),
            health.next_try_at,
        )
    if job.run_after > rows.now or (job.fault and _comes_soon(job, rows)):
        return _retrying(job, rows)
    return _due(job, rows)


def _comes_soon(job: Job, rows: Rows) -> bool:
    return rows.now - job.run_after < TURN_COMES_WITHIN


def _paused(job: Job, rows: Rows) -> Cause:
    pause = is_paused(job, rows.pauses)
    assert pause is not None  # noqa: S101 - asked before
    by = pause.by.get_username() if pause.by else _("somebody")
    if pause.job_id is not None:
        words = _("This work alone was paused by %(by)s.") % {"by": by}
        press = Press(Act.UNPAUSE, str(job.pk))
    elif pause.engine:
        words = _("All work of %(provider)s was paused by %(by)s.") % {"provider": company(pause.engine), "by": by}
        press = Press(Act.UNPAUSE_KIND, str(pause.pk))
    else:
        words = _("All work of this kind was paused by %(by)s: %(kind)s.") % {"by": by, "kind": job.get_kind_display()}
        press = Press(Act.UNPAUSE_KIND, str(pause.pk))
    slug = "paused-job" if pause.job_id is not None else "paused-provider" if pause.engine else "paused-kind"
    return Cause(slug, words, _("It goes on when the pause ends."), [press], rows.number_of(job.take_id))


def _over_budget(job: Job, rows: Rows) -> Cause:
    number = rows.number_of(job.take_id)
    again = _("It goes on by itself within seconds after that, or when the next month begins.")
    if rows.used_up == "site":
        words = _("This month's AI budget of the site is spent.")
        return Cause("budget-site", words, _("Raise AI_BUDGET.") + " " + again, [], number, elsewhere=True)
    if rows.used_up == "position":
        words = _("This month's AI budget of the position is spent.")
        step = _("Raise the budget on the page of the position.") + " " + again
        return Cause("budget-position", words, step, [], number, elsewhere=True)
    words = _("It waited for a budget, which has room again.")
    return Cause("budget-free", words, _("It goes on by itself within seconds."), [_retry(job)], number)


def _no_worker(job: Job, rows: Rows) -> Cause:
    return Cause(
        "no-worker",
        _("No worker is running, so nothing is done at all."),
        _("Start one: manage.py serve, or manage.py run_huey beside PostgreSQL and Redis. Nothing is lost meanwhile."),
        [],
        rows.number_of(job.take_id),
        elsewhere=True,
    )


def _due(job: Job, rows: Rows) -> Cause:
    number = rows.number_of(job.take_id)
    if _comes_soon(job, rows):
        return Cause(
            "soon", _("It is about to begin: %(kind)s.") % {"kind": job.get_kind_display()}, _wait(), [], number
        )
    if not rows.queue_answers():
        return Cause(
            "queue-away",
            _("The queue does not answer, so workers do not hear of what is due."),
            _("Start Redis, or check REDIS_URL. It goes on by itself within seconds; nothing is lost."),
            [],
            number,
            elsewhere=True,
        )
    ahead = rows.ahead.get(job.pk, 0)
    if ahead:
        words = _("It is its turn after %(count)s others.") % {"count": ahead}
        return Cause("in-line", words, _("Wait, or start more workers."), [_retry(job)], number)
    return Cause("not-told", _("No worker has heard of it yet."), _("Have it looked at now."), [_retry(job)], number)


def _running(job: Job, rows: Rows) -> Cause:
    number = rows.number_of(job.take_id)
    if job.lease_until is not None and job.lease_until < rows.now:
        if not rows.has_worker:
            return _no_worker(job, rows)
        words = _("The worker that had it was lost in the middle.")
        step = _("Another one takes it up by itself within seconds; what was paid for is not paid for again.")
        return Cause("worker-lost", words, step, [_retry(job)], number)
    return Cause("under-way", _("It is being done: %(kind)s.") % {"kind": job.get_kind_display()}, _wait(), [], number)


def _retrying(job: Job, rows: Rows) -> Cause:
    """Something passing went wrong; it is tried again by itself."""
    found = _of_files(job, rows)
    if found is not None:
        return found
    words = {
        FaultKind.BUSY: _("%(provider)s asked us to slow down."),
        FaultKind.AWAY: _("%(provider)s failed, or could not be reached."),
        FaultKind.OUTPUT: _("%(provider)s answered with something that cannot be used."),
        FaultKind.DATABASE: _("Our own database was away for a moment."),
    }.get(FaultKind(job.fault) if job.fault else FaultKind.OURS, _("A fault on our side stopped it."))
    return Cause(
        job.fault or FaultKind.OURS,
        words % {"provider": _provider(job)},
        _("It is tried again by itself. You can have it tried now."),
        [_retry(job)],
        rows.number_of(job.take_id),
        told(job.problem),
        job.run_after,
    )


def _of_files(job: Job, rows: Rows) -> Cause | None:
    """What a look at the disk tells of a job that fails on a file of ours."""
    number, again = rows.number_of(job.take_id), [_retry(job)]
    if job.fault == FaultKind.SOUND:
        words = _("What was made of the recording is not on the disk any more.")
        step = _("Make it again from the recording as it arrived.")
        return Cause("sound-gone", words, step, [Press(Act.MAKE_AGAIN, str(job.take_id))], number, told(job.problem))
    if job.fault != FaultKind.FILE:
        return None
    if not rows.originals_are_there(job.take_id):
        words = _("The recording is not on the disk where it was put.")
        step = _("Mount the disk of DATA_DIR, or restore the recording from the backup; then press.")
        return Cause("original-gone", words, step, again, number, told(job.problem), elsewhere=True)
    if disk_is_full():
        words = _("The disk is full, so nothing can be made of the recording.")
        return Cause("disk-full", words, _("Make room; then press."), again, number, told(job.problem), elsewhere=True)
    words = _("The disk could not be read or written.")
    return Cause(
        FaultKind.FILE,
        words,
        _("It is tried again by itself. You can have it tried now."),
        again,
        number,
        told(job.problem),
    )


def _parked(job: Job, rows: Rows) -> Cause:
    """Trying again by itself would be no use."""
    found = _of_files(job, rows)
    if found is not None:
        return found
    fault = FaultKind(job.fault) if job.fault in set(FaultKind) else FaultKind.OURS
    words, step, presses, elsewhere = _PARKED.get(fault, _gave_up)(job, rows)
    return Cause(fault, words, step, presses, rows.number_of(job.take_id), told(job.problem), elsewhere=elsewhere)


_Said = tuple[str, str, list[Press], bool]


def _key(job: Job, rows: Rows) -> _Said:
    variable = VARIABLES.get(engine_for(job), ("", ""))[0]
    words = _("%(provider)s refuses this site's key.") % {"provider": _provider(job)}
    step = _("Set %(variable)s to a key that is good, and restart web and worker processes; then press.")
    return words, step % {"variable": variable}, [_retry(job)], True


def _credit(job: Job, rows: Rows) -> _Said:
    provider = {"provider": _provider(job)}
    words = _("This site's account at %(provider)s has no credit left.") % provider
    return words, _("Top it up at %(provider)s; then press.") % provider, [_retry(job)], True


def _model(job: Job, rows: Rows) -> _Said:
    variables = VARIABLES.get(engine_for(job), ("", ""))[1]
    words = _("%(provider)s does not know the model or the address that this site asks for.")
    step = _("Correct %(variables)s, and restart web and worker processes; then press.")
    return words % {"provider": _provider(job)}, step % {"variables": variables}, [_retry(job)], True


def _refused(job: Job, rows: Rows) -> _Said:
    words = _("%(provider)s refuses what it is asked.") % {"provider": _provider(job)}
    return words, _("Try it once more. If it comes back, people rate this interview."), [_retry(job)], False


def _recording(job: Job, rows: Rows) -> _Said:
    words = {
        FaultKind.TOO_LARGE: _("It is larger than %(provider)s takes."),
        FaultKind.UNREADABLE: _("The recording is damaged: no program can read it."),
        FaultKind.SILENT: _("There is no sound in the recording."),
    }[FaultKind(job.fault)] % {"provider": _provider(job)}
    if job.take_id is None:
        return words, _("People rate this interview: recordings and transcripts are there."), [_retry(job)], False
    again = Press(Act.ASK_AGAIN, str(rows.question_of(job.take_id)))
    more = Press(Act.MAKE_AGAIN, str(job.take_id))
    step = _("Ask the applicant for this answer again; the others stay as they are.")
    return words, step, [again, more], False


def _language(job: Job, rows: Rows) -> _Said:
    words = _("%(provider)s does not know the language that was spoken.") % {"provider": _provider(job)}
    return words, _("People listen to this answer and rate it. It can be tried once more."), [_retry(job)], False


def _declined(job: Job, rows: Rows) -> _Said:
    words = _("%(provider)s declined to read this interview: its filter objects to words in it.")
    step = _("Try it once more, or leave it to people: they rate it as they would without AI.")
    return words % {"provider": _provider(job)}, step, [_retry(job)], False


def _canary(job: Job, rows: Rows) -> _Said:
    words = _("The reply failed our test for made-up levels, so nothing of it counts.")
    return words, _("Have it assessed from the beginning, or leave it to people."), [_retry(job)], False


def _consent(job: Job, rows: Rows) -> _Said:
    return _("The applicant has not agreed to AI."), _("People rate this interview."), [], False


def _crashed(job: Job, rows: Rows) -> _Said:
    worker = next((attempt.worker for attempt in reversed(list(job.attempts.all()))), "")
    words = _("Every worker that had it ended in the middle, or hung.")
    step = _("Look into the log of the last one (%(worker)s), then try it once more.") % {"worker": worker}
    return words, step, [_retry(job)], False


def _cancelled(job: Job, rows: Rows) -> _Said:
    return _("An operator cancelled it."), _("It can be set going again."), [_retry(job)], False


def _gave_up(job: Job, rows: Rows) -> _Said:
    words = _("It went wrong as often as it may be tried.")
    return words, _("Read what was reported last. When that is mended, press."), [_retry(job)], False


_PARKED: dict[FaultKind, Callable[[Job, Rows], _Said]] = {
    FaultKind.KEY: _key,
    FaultKind.CREDIT: _credit,
    FaultKind.MODEL: _model,
    FaultKind.REFUSED: _refused,
    FaultKind.TOO_LARGE: _recording,
    FaultKind.UNREADABLE: _recording,
    FaultKind.SILENT: _recording,
    FaultKind.LANGUAGE: _language,
    FaultKind.DECLINED: _declined,
    FaultKind.CANARY: _canary,
    FaultKind.CONSENT: _consent,
    FaultKind.CRASHED: _crashed,
    FaultKind.CANCELLED: _cancelled,
}


def _provider(job: Job) -> str:
    engine = engine_for(job)
    return company(engine) if engine not in ("", "local") else _("This machine")


def _retry(job: Job) -> Press:
    return Press(Act.RETRY, str(job.pk))


def _wait() -> str:
    return _("Wait a moment: this page follows.")
