"""What chaos reads and writes in the database.

    python -m tests.with_django bench.chaos_parts.rows seed N        one position with three questions, N invitations
    python -m tests.with_django bench.chaos_parts.rows count FILE    the figures; FILE holds what the run knows itself

Through the product's own actions and models. Prints JSON.
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections import Counter
from collections.abc import Iterable
from contextlib import suppress
from itertools import pairwise
from pathlib import Path
from typing import Any

from django.contrib.auth.models import User
from django.db.models import Count, QuerySet

from interviews.actions.invitations import invite
from interviews.engines.analysis.base import AnswerAssessment
from interviews.engines.analysis.call import split
from interviews.engines.analysis.reply import recalled
from interviews.engines.errors import UnusableOutput
from interviews.events import Event, Kind
from interviews.models import (
    Answer,
    Applicant,
    Assessment,
    AssessmentRun,
    Interview,
    Job,
    JobAttempt,
    ProviderReply,
    Question,
    Result,
    Take,
    Transcript,
)
from interviews.processing import engines
from interviews.processing.advance import answers_with_words
from interviews.processing.analysis import briefs
from interviews.processing.ledger import request_hash
from interviews.queries.operations import reconcile
from tests.people import make_position, make_question_set


def seed(interviews: int) -> dict[str, object]:
    question_set = make_question_set(make_position("Backend engineer", User.objects.create_user("ada")))
    bo = Applicant.objects.create(name="Bo Berg", email="bo@example.com")
    made = [invite(bo, question_set) for _ in range(interviews)]
    return {
        "questions": list(question_set.questions.order_by("number").values_list("pk", flat=True)),
        "invitations": [[str(interview.pk), token] for interview, token in made],
    }


def count(known: dict[str, Any]) -> dict[str, object]:
    """`known`: "takes", {id: sha256}; "submitted", ids; "kills", [[worker, second]]; "arrivals", {sha256: seconds}."""
    submitted = {str(interview.pk) for interview in _submitted()} | set(known["submitted"])
    incomplete = submitted - _complete()
    damaged = _damaged(known["takes"])
    rescues = _rescues([(str(worker), float(at)) for worker, at in known["kills"]])
    crashed = JobAttempt.objects.filter(outcome=JobAttempt.Outcome.CRASHED)
    parked = Job.objects.filter(state=Job.State.PARKED)
    return {
        "submitted": len(submitted),
        "lost": len(incomplete) + len(damaged),
        "duplicate_results": _duplicates(),
        "paid_twice": _transcriptions_paid_twice(known["arrivals"]) + _assessments_paid_twice(),
        "reconcile": reconcile(),
        "rescues": len(rescues),
        "rescue_p50_s": _percentile(rescues, 0.5),
        "rescue_p90_s": _percentile(rescues, 0.9),
        "rescue_p95_s": _percentile(rescues, 0.95),
        "rescue_max_s": max(rescues, default=0.0),
        "crashes": crashed.count(),
        "crashes_without_kill": crashed.exclude(worker__in=[worker for worker, _ in known["kills"]]).count(),
        "outcomes": dict(Counter(JobAttempt.objects.values_list("outcome", flat=True))),
        "parked": parked.count(),
        "details": [*sorted(incomplete), *sorted(damaged), *parked.values_list("kind", "interview_id", "problem")][:20],
    }


def _submitted() -> QuerySet[Interview]:
    return Interview.objects.filter(state__in=[Interview.State.SUBMITTED, Interview.State.SCORED])


def _complete() -> set[str]:
    """Every answer transcribed and assessed on every criterion, and a result."""
    asked = dict(Question.objects.values_list("pk").annotate(Count("rubric__criteria")))
    found = dict(Assessment.objects.order_by().values_list("answer").annotate(Count("pk")))
    heard = set(Transcript.objects.values_list("take", flat=True))
    answered: Counter[str] = Counter()
    for pk, interview, question, take in Answer.objects.values_list("pk", "interview", "question", "take"):
        answered[str(interview)] += take in heard and found.get(pk) == asked[question]
    scored = Interview.objects.filter(state=Interview.State.SCORED, results__isnull=False)
    return {str(pk) for pk in scored.values_list("pk", flat=True) if answered[str(pk)] == len(asked)}


def _damaged(acknowledged: dict[str, str]) -> set[str]:
    """Takes whose bytes on disk, or whose row, are not what the applicant was told."""
    takes = {str(take.pk): take for take in Take.objects.filter(state=Take.State.FINISHED)}
    return {
        pk
        for pk, sha256 in acknowledged.items()
        if pk not in takes or {takes[pk].sha256, hashlib.sha256(takes[pk].path.read_bytes()).hexdigest()} != {sha256}
    }


def _duplicates() -> int:
    once = {
        Result: ["interview"],
        Transcript: ["take"],
        Assessment: ["answer", "criterion"],
        AssessmentRun: ["interview"],
    }
    doubles: int = sum(
        model._default_manager.order_by().values(*subject).annotate(n=Count("pk")).filter(n__gt=1).count()
        for model, subject in once.items()
    )
    events = Event.objects.order_by()
    for kind, subject in ((Kind.SCORED, "interview"), (Kind.TRANSCRIBED, "answer"), (Kind.ASSESSED, "answer")):
        doubles += events.filter(kind=kind).values(subject).annotate(n=Count("pk")).filter(n__gt=1).count()
    return doubles


def _transcriptions_paid_twice(arrivals: dict[str, list[float]]) -> int:
    """Requests that came in after a usable reply to the same question was in the ledger, and two usable replies."""
    engine = engines.transcriber()
    twice = 0
    for sha256, times in arrivals.items():
        kept = ProviderReply.objects.filter(request_hash=request_hash(engine.name, engine.model, sha256)).order_by("pk")
        usable = [reply.received_at for reply in kept if _is_transcription(reply.reply)]
        if usable:
            twice += max(len(usable) - 1, sum(at > usable[0].timestamp() for at in times))
    return twice


def _is_transcription(reply: str) -> bool:
    try:
        engines.transcriber().read(reply)
    except (UnusableOutput, ValueError):
        return False
    return True


def _assessments_paid_twice() -> int:
    """Answers that are complete in more than one kept reply of the same sample."""
    engine = engines.analyser()
    twice = 0
    for run in AssessmentRun.objects.filter(interview__in=_submitted()).select_related("interview"):
        interview = run.interview
        asked = briefs(run, answers_with_words(interview))
        held: Counter[tuple[int, str]] = Counter()
        for reply in ProviderReply.objects.filter(interview=interview, engine=engine.name):
            parts = split(reply.reply)
            if parts is None:
                continue
            call, text = parts
            with suppress(UnusableOutput):
                for element in recalled(call, asked, text):
                    if isinstance(element, AnswerAssessment):
                        held[call.sample, element.answer_id] += 1
        twice += sum(times - 1 for times in held.values())
    return twice


def _rescues(kills: Iterable[tuple[str, float]]) -> list[float]:
    """Seconds from the kill of a worker until the jobs that it had in hand were claimed again."""
    killed = dict(kills)
    attempts: dict[int, list[JobAttempt]] = {}
    for attempt in JobAttempt.objects.order_by("pk"):
        attempts.setdefault(attempt.job_id, []).append(attempt)
    rescues = []
    for tried in attempts.values():
        for lost, following in pairwise(tried):
            if lost.outcome == JobAttempt.Outcome.CRASHED and lost.worker in killed:
                rescues.append(round(following.began_at.timestamp() - killed[lost.worker], 1))
    return sorted(rescues)


def _percentile(values: list[float], share: float) -> float:
    return values[min(len(values) - 1, int(share * len(values)))] if values else 0.0


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["seed", number]:
            print(json.dumps(seed(int(number))))
        case ["count", file]:
            print(json.dumps(count(json.loads(Path(file).read_text("utf-8"))), default=str))
