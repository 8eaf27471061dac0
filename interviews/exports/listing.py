"""The list of interviews as a file, in pieces: however many there are, a few hundred are in memory at once.

Each batch is read and drawn by itself, with the rights and the reveals of that moment.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from django.contrib.auth.models import User
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import override

from interviews import access
from interviews.exports.cells import Value, table
from interviews.exports.pdf import Document
from interviews.forms.listing import Looking
from interviews.processing.ledger import release_connection
from interviews.queries import listing, stages
from interviews.queries.stages import RowView

VERSION = 1
BATCH = 200
PDF_AT_MOST = 300
"""Interviews. A PDF is made in one piece."""
HEADINGS = (
    "id",
    "applicant",
    "position",
    "stage",
    "stage_words",
    "submitted_at",
    "changed_at",
    "deadline",
    "revealed",
    "score",
    "score_max",
    "levels",
    "criteria",
    "score_label",
    "unscored_reason",
    "no_ai",
    "doubtful",
    "decision",
    "decided_by",
    "decided_at",
    "url",
    "external_id",
    "applicant_external_id",
    "position_external_id",
)


@dataclass(frozen=True, slots=True)
class Asked:
    """For whom, in which language; `site` is put before the paths of pages."""

    user: User
    language: str
    site: str
    query: str
    at: datetime


def chosen(user: User, query: QueryDict) -> list[UUID]:
    """The interviews of the results page with this query string, in its order."""
    return listing.in_order(access.visible_interviews(user), user, Looking(query).wanted())


def as_csv(asked: Asked, interviews: list[UUID]) -> Iterator[bytes]:
    return table(
        HEADINGS, ([list(_facts(asked, row).values()) for row in rows] for rows in _batches(asked, interviews))
    )


def as_json(asked: Asked, interviews: list[UUID]) -> Iterator[bytes]:
    head = {
        "greenroom": VERSION,
        "kind": "list",
        "made_at": asked.at,
        "made_by": asked.user.get_username(),
        "query": asked.query,
    }
    yield _json(head)[:-1].encode() + b', "interviews": ['
    separator = "\n"
    for rows in _batches(asked, interviews):
        lines = [_json(_facts(asked, row)) for row in rows]
        if lines:
            yield (separator + ",\n".join(lines)).encode()
            separator = ",\n"
    yield b"\n]}\n"


def as_pdf(asked: Asked, interviews: list[UUID]) -> bytes:
    """Of at most `PDF_AT_MOST`."""
    foot = _("Made by %(user)s, %(at)s UTC") % {"user": asked.user.get_username(), "at": f"{asked.at:%Y-%m-%d %H:%M}"}
    document = Document(_("Interviews"), foot, asked.language)
    document.paragraph(_("A score is a suggestion from a machine; a person decides."), soft=True)
    for rows in _batches(asked, interviews):
        for row in rows:
            document.heading(f"{row.applicant} · {row.position}", 3)
            decision = row.decision
            document.facts(
                [
                    (_("Stage"), row.stage_words),
                    (_("Suggested score"), score_in_words(row)),
                    (_("Decision"), f"{decision.words}, {decision.by}, {_day(decision.at)}" if decision else ""),
                    (_("Submitted"), _day(row.submitted_at)),
                ]
            )
            document.paragraph(asked.site + row.url, soft=True)
    return document.data()


def score_in_words(row: RowView) -> str:
    """Never without what it rests on, and who suggested it."""
    if row.no_ai:
        return _("No AI for this interview")
    if not row.revealed:
        return _("Rate first, then the suggestion is shown") if row.submitted_at else ""
    if row.score is None:
        return row.unscored_reason
    basis = _("%(score)s of %(max)s, from %(levels)s of %(criteria)s criteria") % {
        "score": f"{row.score:.1f}",
        "max": row.score_max,
        "levels": row.levels,
        "criteria": row.criteria,
    }
    doubt = [_("Listen:") + " " + _("do not trust this transcript or its score.")] if row.doubtful else []
    return " · ".join([basis, row.score_label, *doubt])


def _batches(asked: Asked, interviews: list[UUID]) -> Iterator[list[RowView]]:
    for start in range(0, len(interviews), BATCH):
        with override(asked.language):  # each piece may be asked for on another thread
            rows = _rows(asked.user, interviews[start : start + BATCH])
        yield rows


def _rows(user: User, wanted: list[UUID]) -> list[RowView]:
    # Who was taken off a team while the file is on its way gets no more.
    visible = set(access.visible_interviews(user).filter(pk__in=wanted).values_list("pk", flat=True))
    rows = stages.rows_of([pk for pk in wanted if pk in visible], access.reviewed_by(user, wanted))
    release_connection()  # the reader may be slow
    return rows


def _facts(asked: Asked, row: RowView) -> dict[str, Value]:
    """As `HEADINGS`."""
    decision = row.decision
    values: tuple[Value, ...] = (
        str(row.id),
        row.applicant,
        row.position,
        row.stage,
        row.stage_words,
        row.submitted_at,
        row.changed_at,
        row.deadline,
        row.revealed,
        row.score,
        row.score_max if row.score is not None else None,
        row.levels if row.score is not None else None,
        row.criteria if row.score is not None else None,
        row.score_label,
        row.unscored_reason,
        row.no_ai,
        row.doubtful,
        decision.outcome if decision else "",
        decision.by if decision else "",
        decision.at if decision else None,
        asked.site + row.url,
        row.external_id,
        row.applicant_external_id,
        row.position_external_id,
    )
    return dict(zip(HEADINGS, values, strict=True))


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, default=plain)


def plain(value: object) -> object:
    """What JSON has no word for: times in ISO 8601, UTC; decimal numbers as numbers."""
    return value.astimezone(UTC).isoformat() if isinstance(value, datetime) else float(str(value))


def _day(at: datetime | None) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M} UTC" if at else ""
