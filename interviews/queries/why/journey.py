"""The way of an interview from the first byte to the score, as its rows tell it; without a level, a score or a word
that was said."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Min
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from interviews.models import Answer, Charge, Job, Piece, ProviderReply, Take
from interviews.queries.pauses import company, is_paused
from interviews.queries.reasons import told
from interviews.queries.why.rows import Rows, engine_for


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that happened. `is_technical`: for operators alone, with workers and numbers of rows."""

    at: datetime
    words: str
    detail: str = ""
    is_technical: bool = False


@dataclass(frozen=True, slots=True)
class Journey:
    """Of one question, or, where `number` is None, of the interview as a whole. Oldest first."""

    number: int | None
    question: str
    steps: list[Step]


def journeys(rows: Rows) -> list[Journey]:
    """The whole first, then each question in its order."""
    first_bytes = dict(
        Piece.objects.filter(segment__take__interview=rows.interview)
        .order_by()
        .values_list("segment__take")
        .annotate(first=Min("received_at"))
    )
    found = [Journey(None, "", _in_order(_of_interview(rows)))]
    for question in rows.questions:
        takes = [take for take in rows.takes if take.question_id == question.pk]
        steps = [step for take in takes for step in _of_take(take, rows, first_bytes.get(take.pk))]
        found.append(Journey(question.number, question.text, _in_order(steps)))
    return found


def without_technical(found: list[Journey]) -> list[Journey]:
    return [Journey(it.number, it.question, [step for step in it.steps if not step.is_technical]) for it in found]


def _in_order(steps: Iterator[Step] | list[Step]) -> list[Step]:
    return sorted(steps, key=lambda step: step.at)


def _of_interview(rows: Rows) -> Iterator[Step]:
    interview = rows.interview
    yield Step(interview.created_at, _("Invited"))
    if interview.opened_at:
        yield Step(interview.opened_at, _("Opened the invitation"))
    if interview.consented_at:
        ai = {True: _("and to AI"), False: _("and not to AI"), None: _("AI was not asked about")}[interview.ai_consent]
        yield Step(interview.consented_at, _("Agreed to be recorded"), ai)
    if interview.submitted_at:
        yield Step(interview.submitted_at, _("Submitted"))
    for run in rows.runs:
        names = f"{run.engine} {run.model}".strip()
        yield Step(run.asked_at, _("Assessment no. %(number)s was asked for") % {"number": run.number})
        if run.began_at:
            yield Step(run.began_at, _("Assessment no. %(number)s began") % {"number": run.number}, names)
        if run.ended_at:
            yield Step(run.ended_at, _("Assessment no. %(number)s ended") % {"number": run.number}, told(run.problem))
    for job in rows.jobs:
        if job.take_id is None:
            yield from _of_job(job, rows)
    yield from _of_providers(rows)


def _of_providers(rows: Rows) -> Iterator[Step]:
    """Which the site knows of the whole interview alone: replies and what they cost."""
    replies = ProviderReply.objects.filter(interview=rows.interview).values_list("engine", "received_at")
    for engine, at in replies.order_by("received_at"):
        yield Step(at, _("%(provider)s answered; the reply is kept") % {"provider": company(engine)}, "", True)
    for charge in Charge.objects.filter(interview=rows.interview):
        cost = _("cost not known") if charge.cost is None else _("%(cost)s US dollars") % {"cost": charge.cost}
        yield Step(
            charge.at, _("A call of %(provider)s was charged") % {"provider": company(charge.engine)}, cost, True
        )
    for pause in rows.pauses:
        by = pause.by.get_username() if pause.by else ""
        yield Step(pause.at, _("Work was paused"), by)
    for health in rows.health.values():
        if health.failing_since:
            words = _("%(provider)s has been failing from here on") % {"provider": company(health.pk)}
            yield Step(health.failing_since, words, told(health.problem))


def _of_take(take: Take, rows: Rows, first_byte: datetime | None) -> Iterator[Step]:
    counts = any(answer.take_id == take.pk for answer in rows.answers.values())
    recording = _("Recording %(number)s") % {"number": take.number}
    segments = [it for it in take.segments.all() if it.received]
    if first_byte:
        yield Step(first_byte, _("%(recording)s: its first byte arrived") % {"recording": recording})
    elif not segments and take.text:
        yield Step(take.created_at, _("An answer was written"))
    if take.finished_at:
        size = ngettext("%(count)s part", "%(count)s parts", len(segments)) % {"count": len(segments)}
        size += f", {(take.bytes or 0) / 1e6:.1f} MB"
        words = (
            _("%(recording)s: all of it arrived")
            if take.state == Take.State.FINISHED
            else _("%(recording)s: broken off")
        )
        said = words % {"recording": recording}
        yield Step(take.finished_at, said, size if counts else f"{size} · " + _("another recording counts"))
    answer = next((it for it in rows.answers.values() if it.take_id == take.pk), None)
    if answer is not None:
        yield from _made_of(answer)
    for job in rows.jobs:
        if job.take_id == take.pk:
            yield from _of_job(job, rows)


def _made_of(answer: Answer) -> Iterator[Step]:
    take = answer.take
    if hasattr(take, "rendition"):
        made = take.rendition
        sound = _("with sound") if made.sound_sha256 else _("without sound")
        yield Step(made.made_at, _("Made ready to play"), " · ".join(filter(None, (sound, told(made.problem)))))
    if hasattr(take, "transcript"):
        heard = take.transcript
        words = ngettext("%(count)s word", "%(count)s words", len(heard.words)) % {"count": len(heard.words)}
        doubt = _("not to be trusted") if heard.doubtful else ""
        by = f"{heard.engine} {heard.model}".strip()
        yield Step(heard.created_at, _("Transcribed"), " · ".join(filter(None, (words, by, doubt))))


def _of_job(job: Job, rows: Rows) -> Iterator[Step]:
    kind, number = job.get_kind_display(), f"{job.pk}"
    yield Step(job.created_at, _("Due: %(kind)s") % {"kind": kind}, _("job %(number)s") % {"number": number}, True)
    for attempt in job.attempts.all():
        began = _("A worker began: %(kind)s") % {"kind": kind}
        yield Step(attempt.began_at, began, attempt.worker, True)
        if attempt.ended_at:
            ended = f"{kind}: {attempt.get_outcome_display()}"
            yield Step(attempt.ended_at, ended, told(attempt.problem), attempt.outcome == "done")
    if job.state in Job.OPEN and is_paused(job, rows.pauses):
        yield Step(rows.now, _("Waits, paused: %(kind)s") % {"kind": kind}, engine_for(job), True)
