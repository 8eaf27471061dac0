"""What is new since a number, as HTML. Synchronous, and testable without a socket.

Events say only that something changed. What is sent is drawn from today's rows with the templates of the pages, so a
replayed, doubled or skipped event cannot show a wrong state.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from uuid import UUID

from django.conf import settings
from django.db import DatabaseError
from django.template.loader import render_to_string
from django.utils.translation import override

from interviews.events import (
    CLOSING,
    CONFIDENTIAL,
    ENDS_SHARING,
    LEAVING,
    NOT_FOR_OUTSIDE,
    OF_ALL_POSITIONS,
    OF_ALL_WORK,
    OPERATIONAL,
    UNCOUNTED,
    Kind,
)
from interviews.models import Event, Interview, Position, Review, ShareLink
from interviews.queries import (
    applicants,
    desk,
    explanations,
    invitations,
    operations,
    overview,
    ratings,
    reassessing,
    redos,
    reviews,
    sharing,
    stages,
    telling,
)
from interviews.queries.notes import notes
from interviews.queries.story import story
from interviews.queries.terms import accommodations, terms
from interviews.topics import (
    FIGURES,
    OF_INTERVIEW,
    OF_POSITION,
    OPERATIONS,
    OVERVIEW,
    POSITIONS,
    SHARED,
    Following,
    reader_of,
    why_of,
)

if TYPE_CHECKING:
    from interviews.queries.facts import Counted

logger = logging.getLogger(__name__)

REASSESSMENTS = "reassessments:"
READ_AGAIN = {Kind.BACK, Kind.RULES}
"""Every page is: after an outage of ours every open deadline has moved, and another rule may hide what a page shows."""
REVIEW_BEGINS_OR_ENDS = {Kind.SUBMITTED, Kind.REOPENED, Kind.REDO_ASKED, *LEAVING}
"""Pages of that interview are read again: what a reviewer fills in is their own, and is drawn by pages alone."""
MOVES_LINES = {Kind.REOPENED, Kind.REDO_ASKED, Kind.REVIEWED}
"""The overview is read again: one that goes makes room for another, and its lines alone know who reviewed."""
REPLAY_AT_MOST = 500  # events; for who is further behind, the page is fetched again
LATEST = 2**63 - 1
AUDIENCES = [it for it in (*OF_POSITION, *OF_INTERVIEW) if it not in (FIGURES, REASSESSMENTS.rstrip(":"))]
"""Those that are told of single interviews."""
ON_OVERVIEW = {"position": "waiting", "levels": "reviewed", "invitations": "mail", "accommodations": "asked"}
"""What the overview is told where other pages are told of an audience: its own lines."""
ORDER = [*AUDIENCES, *ON_OVERVIEW.values()]
FOR_FEW = {"applicant", "accommodations"}
"""The audiences that learn of what is confidential."""


@dataclass(frozen=True, slots=True)
class Happening:
    """One event. `interview_id` and `position_id` are None where it concerns the whole site."""

    number: int
    kind: str
    interview_id: UUID | None
    position_id: int | None


@dataclass(slots=True)
class News:
    """What happened after `after`, up to and including `last`. Each fragment is drawn once for all who get it."""

    after: int
    last: int
    happenings: list[Happening]
    _drawn: dict[str, str] = field(default_factory=dict)
    _interviews: dict[UUID, Counted] = field(default_factory=dict)

    def whose_rights_changed(self, followings: Iterable[Following]) -> Iterable[Following]:
        if any(happening.kind == Kind.RIGHTS for happening in self.happenings):
            return followings
        # Pages are gone through only where the rights of some may have changed: there may be thousands.
        concerned = {f"applicant:{it.interview_id}" for it in self.happenings if it.kind == Kind.REVOKED}
        reviewed = [it.interview_id for it in self.happenings if it.kind == Kind.REVIEWED]
        if reviewed:  # whoever has done a review sees more of that interview, on every page that shows it
            concerned |= {POSITIONS, *(f"{audience}:{pk}" for audience in ("interview", "levels") for pk in reviewed)}
        ends_sharing = any(happening.kind in ENDS_SHARING for happening in self.happenings)
        if not concerned and not ends_sharing:
            return []
        return [
            following
            for following in followings
            if not concerned.isdisjoint(following.topics) or (ends_sharing and _shared(following.topics))
        ]

    def is_to_be_read_again(self, topics: Collection[str], after: int | None = None) -> bool:
        """Whether fragments are not enough for a page that follows these topics and has everything up to `after`."""
        if any(topic.startswith(f"{FIGURES}:") for topic in topics):
            counted = [it for it in self._new(after) if it.kind not in UNCOUNTED]
            return any(it.kind in OF_ALL_POSITIONS or f"{FIGURES}:{it.position_id}" in topics for it in counted)
        if whys := {why[0] for why in map(why_of, topics) if why}:
            return any(it.kind in OF_ALL_WORK or str(it.interview_id) in whys for it in self._new(after))
        if OVERVIEW in topics:
            anew = self._reviewed_before(it.interview_id for it in self._new(after) if it.kind == Kind.SUBMITTED)
            moved = [it for it in self._new(after) if it.kind in MOVES_LINES or it.interview_id in anew]
            return any(f"position:{it.position_id}" in topics for it in moved)
        turned = {it.interview_id for it in self._new(after) if it.kind in REVIEW_BEGINS_OR_ENDS}
        led = {f"applicant:{it.interview_id}" for it in self._new(after) if it.kind in CLOSING}
        erased = {f"invitation:{it.interview_id}" for it in self._new(after) if it.kind == Kind.ERASED}
        named = (f"{audience}:{pk}" for audience in ("interview", "levels") for pk in turned)
        return not erased.union(led, named).isdisjoint(topics)

    def _reviewed_before(self, submitted: Iterable[UUID | None]) -> set[UUID]:
        """Of these, those that come in anew: to some readers they are to be decided about, to others to be reviewed."""
        found = {pk for pk in submitted if pk is not None}
        return set(Review.objects.filter(interview__in=found).values_list("interview", flat=True)) if found else set()

    def html(self, topics: Iterable[str], after: int | None = None, language: str = settings.LANGUAGE_CODE) -> str:
        """The fragments for a page that follows these topics and has everything up to `after`, each drawn once.

        The newest interview comes last: a page puts a row that it does not have yet before all others. Of one
        interview, its row comes before the score that belongs into it.
        """
        with override(language):
            return self._html(topics, after, language)

    def _new(self, after: int | None) -> list[Happening]:
        return [happening for happening in self.happenings if after is None or happening.number > after]

    def _html(self, topics: Iterable[str], after: int | None, language: str) -> str:
        followed, new = set(topics), self._new(after)
        wanted = {
            (audience, happening.interview_id)
            for happening in new
            if happening.interview_id is not None
            for audience in _audiences(happening, followed)
        }
        self._read({interview_id for _audience, interview_id in wanted})
        drawable = [(audience, self._interviews[pk]) for audience, pk in wanted if pk in self._interviews]
        drawable.sort(key=lambda it: (it[1].created_at, it[1].pk, ORDER.index(it[0])))
        parts = [self._draw(audience, interview, language) for audience, interview in drawable]
        if OVERVIEW in followed:
            touched = {happening.position_id for happening in new if f"position:{happening.position_id}" in followed}
            parts += [self._draw_position(pk, language) for pk in sorted(filter(None, touched))]
        for reader in filter(None, map(reader_of, followed)):
            if any(str(it.interview_id) == reader[0] and it.kind not in CONFIDENTIAL for it in new):
                parts.append(self._draw_reader(*reader, f"levels:{reader[0]}" in followed, language))
        for position_id in sorted(_reassessed(new, followed)):
            parts.append(self._draw_reassessments(position_id, language))
        shared = _shared(followed)
        if shared:
            interviews = {it.interview_id for it in new if it.interview_id and it.kind not in NOT_FOR_OUTSIDE}
            parts += [self._draw_shared(link, language) for link in sharing.among(shared, interviews)]
        if OPERATIONS in followed and any(happening.kind in OPERATIONAL for happening in new):
            parts.append(self._draw_operations(language))
        return "".join(parts)

    def _read(self, wanted: Collection[UUID]) -> None:
        missing = set(wanted) - self._interviews.keys()
        if missing:
            self._interviews |= {found.pk: found for found in stages.with_counts_of(missing)}

    def _draw_position(self, position_id: int, language: str) -> str:
        key, found = f"{OVERVIEW}:{position_id}:{language}", Position.objects.filter(pk=position_id)
        return self._drawn_once(key, lambda: {"position_lines": overview.position_lines(found)})

    def _draw_reader(self, interview: str, account: int, revealed: bool, language: str) -> str:
        """What was noted and what happened: the same for all to whom it is `revealed`."""
        pk, only_by = UUID(interview), None if revealed else account
        return self._drawn_once(
            f"reader:{interview}:{only_by}:{language}",
            lambda: {"notes": notes(pk, only_by=only_by), "story": story(pk, revealed=revealed)},
        )

    def _draw_operations(self, language: str) -> str:
        return self._drawn_once(f"{OPERATIONS}:{language}", lambda: {"outages": operations.outages()})

    def _draw_reassessments(self, position_id: int, language: str) -> str:
        key = f"{REASSESSMENTS}{position_id}:{language}"
        return self._drawn_once(key, lambda: {"reassessing": reassessing.standing(position_id)})

    def _draw_shared(self, link: ShareLink, language: str) -> str:
        return self._drawn_once(f"{SHARED}:{link.pk}:{language}", lambda: {"shared_answers": sharing.answers(link)})

    def _draw(self, audience: str, interview: Counted, language: str) -> str:
        return self._drawn_once(f"{audience}:{interview.pk}:{language}", lambda: _context(audience, interview))

    def _drawn_once(self, key: str, context: Callable[[], dict[str, object]]) -> str:
        if key not in self._drawn:
            try:
                html = str(render_to_string("live/update.html", context()))
            except DatabaseError:
                raise  # to be read again, all of it
            except Exception:
                # One fragment that cannot be drawn must not keep the others from everybody.
                logger.exception("%s could not be drawn", key)
                html = ""
            self._drawn[key] = html
        return self._drawn[key]


def since(after: int, until: int = LATEST) -> News | None:
    """What happened after this number, in one query; None where that is too much to replay: start over."""
    rows = (
        Event.objects.filter(number__gt=after, number__lte=until)
        .order_by("number")
        .values_list("number", "kind", "interview_id", "interview__question_set__position_id")
    )
    happenings = [Happening(*row) for row in rows[: REPLAY_AT_MOST + 1]]
    if len(happenings) > REPLAY_AT_MOST or any(happening.kind in READ_AGAIN for happening in happenings):
        return None
    return News(after, happenings[-1].number if happenings else after, happenings)


def _reassessed(happenings: Iterable[Happening], followed: set[str]) -> set[int]:
    """The positions, of those followed, whose reassessments may look different now."""
    positions = {int(topic.removeprefix(REASSESSMENTS)) for topic in followed if topic.startswith(REASSESSMENTS)}
    if any(happening.kind == Kind.REASSESSMENT for happening in happenings):
        return positions
    return {happening.position_id for happening in happenings if happening.position_id in positions}


def _shared(topics: Iterable[str]) -> set[UUID]:
    """The links for somebody from outside, of those followed."""
    return {UUID(it.removeprefix(f"{SHARED}:")) for it in topics if it.startswith(f"{SHARED}:")}


def _audiences(happening: Happening, followed: set[str]) -> list[str]:
    of = {**dict.fromkeys(OF_POSITION, happening.position_id), **dict.fromkeys(OF_INTERVIEW, happening.interview_id)}
    topics = {audience: f"{audience}:{of[audience]}" for audience in AUDIENCES}
    may_learn = FOR_FEW if happening.kind in CONFIDENTIAL else topics.keys()
    told = [audience for audience, topic in topics.items() if topic in followed and audience in may_learn]
    if OVERVIEW in followed:
        covered = {"position"} if "levels" in told else set()
        return [ON_OVERVIEW[audience] for audience in told if audience in ON_OVERVIEW and audience not in covered]
    return told


def _context(audience: str, interview: Counted) -> dict[str, object]:
    if audience == "position":
        return {"rows": [stages.row(interview, revealed=not interview.position.rate_first)]}
    if audience in ("interview", "levels"):
        return {
            "reviews": [reviews.of(interview, revealed=audience == "levels")],
            "shares": sharing.of(interview),
            "telling": telling.of(next(iter(interview.all_decisions), None)),
        }
    if audience == "ratings":
        return {"side_by_side": ratings.side_by_side(interview), "share_comments": sharing.comments(interview)}
    if audience in ("waiting", "reviewed"):
        return {"desk": [desk.of(interview, reviewed=audience == "reviewed")]}
    if audience == "mail":
        return {"mails": [overview.mail_of(interview.pk)]}
    if audience == "asked":
        return {"conditions": overview.conditions_of(interview.pk)}
    if audience == "accommodations":
        return {"accommodations": accommodations(Interview.objects.filter(pk=interview.pk))}
    if audience == "invitations":
        return {"invitations": [invitations.of(interview.pk)]}
    if audience == "invitation":
        return {
            "invitation": invitations.of(interview.pk),
            "redos": redos.every(interview.pk),
            "giving_back": redos.giving_back(interview),
            "history": invitations.history(interview.pk),
        }
    return {
        "progress": applicants.progress(interview),
        "explained": explanations.given(interview),
        "terms": terms(interview),
        "again": redos.again(interview),
    }
