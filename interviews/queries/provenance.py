"""How the levels of an answer came about."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from interviews.engines.catalogue import ANALYSERS
from interviews.models import (
    Assessment,
    AssessmentRun,
    RubricVersion,
    Transcript,
)


@dataclass(frozen=True, slots=True)
class ProvenanceView:
    """How the levels of an answer came about.

    Tokens and cost (US dollars) are those of the whole run; None: not known. `replies`: their numbers in the database.
    """

    run: int
    engine: str
    model: str
    prompt_version: str
    prompt_sha256: str
    rubric: str
    transcript_sha256: str
    is_current: bool  # the words that were read are those shown
    replies: list[int]
    copied_from: int | None  # the number of the run that asked
    asked_by: str
    began_at: datetime | None
    ended_at: datetime | None
    input_tokens: int
    output_tokens: int
    cost: Decimal | None
    leaves_machine: bool


def of(
    run: AssessmentRun,
    rubric: RubricVersion | None,
    transcript: Transcript | None,
    assessments: Sequence[Assessment],
) -> ProvenanceView | None:
    if not assessments:
        return None
    first = assessments[0]
    info = ANALYSERS.get(run.engine)
    return ProvenanceView(
        run=run.number,
        engine=run.engine,
        model=run.model,
        prompt_version=run.prompt_version,
        prompt_sha256=run.prompt_sha256,
        rubric=str(rubric or ""),
        transcript_sha256=first.transcript_sha256,
        is_current=transcript is not None and transcript.sha256 == first.transcript_sha256,
        replies=sorted({it.reply_id for it in assessments if it.reply_id is not None}),
        copied_from=first.copied_from.run.number if first.copied_from else None,
        asked_by=run.asked_by.get_username() if run.asked_by else "",
        began_at=run.began_at,
        ended_at=run.ended_at,
        input_tokens=run.input_tokens,
        output_tokens=run.output_tokens,
        cost=run.cost,
        leaves_machine=info is not None and bool(info.sends_to),
    )
