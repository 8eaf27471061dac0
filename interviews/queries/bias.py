"""Whom a bias audit counts: everybody who handed in within a period, and did not withdraw."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from django.db.models import Case, F, OuterRef, Subquery, When

from interviews.models import AssessmentRun, Decision, Interview, Position, Result
from interviews.queries.self_reports import said_by
from interviews.scoring.bias import FEWEST_SHOWN, Audit, Person, Table, audit


@dataclass(frozen=True, slots=True)
class Counted:
    """`undecided`: of the people, those about whom nobody has decided yet; they count as not chosen."""

    audit: Audit
    undecided: int

    @property
    def tells_scores(self) -> bool:
        """Of fewer people, the median alone would tell a score that is perhaps not revealed to whoever asks."""
        return self.audit.scored >= FEWEST_SHOWN

    @property
    def tables(self) -> list[Table]:
        return [it for it in self.audit.tables if it.measure != "scoring" or self.tells_scores]


def count(position: Position | None, begin: date, end: date) -> Counted:
    """Of one position, or of all; submitted from the first moment of `begin` to the last of `end` (UTC).

    Chosen is who the newest decision advances. The score is that of the current run (see `queries.runs`), of what was
    handed in last.
    """
    first, after = (datetime.combine(day, time(), UTC) for day in (begin, end + timedelta(days=1)))
    interviews = Interview.objects.filter(
        submitted_at__gte=first,
        submitted_at__lt=after,
        state__in=[Interview.State.SUBMITTED, Interview.State.SCORED],
        withdrawn_at=None,
    )
    if position is not None:
        interviews = interviews.filter(question_set__position=position)
    outcome = Decision.objects.filter(interview=OuterRef("pk")).order_by("-pk").values("outcome")[:1]
    results = Result.objects.filter(interview=OuterRef("pk")).exclude(run__state=AssessmentRun.State.DISCARDED)
    score = Subquery(results.order_by("-run__number").values("score")[:1])
    rows = list(
        interviews.order_by()
        .annotate(outcome=Subquery(outcome), newest=score)
        .annotate(score=Case(When(state=Interview.State.SCORED, then=F("newest"))))
        .values_list("pk", "outcome", "score")
    )
    said = said_by(pk for pk, _outcome, _score in rows)
    advanced = Decision.Outcome.ADVANCE
    people = [Person(*said.get(pk, ("", "")), outcome == advanced, score) for pk, outcome, score in rows]
    return Counted(audit(people), sum(outcome is None for _pk, outcome, _score in rows))
