"""What an open page may follow. Whether it may go on, `standings` says.

Topics: `applicant:<id>`, `interview:<id>`, `levels:<id>`, `ratings:<id>` and `invitation:<id>` of an interview;
`position:<id>`, `figures:<id>`, `accommodations:<id>`, `invitations:<id>` and `reassessments:<id>` of a position
(these last two and `invitation` are for its recruiters); `shared:<id>` of a link for somebody from outside;
`operations`, which concerns the whole site; and `positions`, followed by a page that lists what its visitor may see;
with `overview`, that page is the overview, and is told in its lines. Such a page names the interviews that it shows:
`levels` of those whose review is done, and `listed:<id>` of the others, which brings nothing and says what the page
would show more of once it is. `levels` holds all of `interview` and what is suggested, `ratings` what people rated;
for whom, `queries.reveals` says. A page follows exactly those of its interview that are its visitor's, or it is
outdated. `reader:<interview>.<account>` is that one's own review page: their own notes, and who else has it open.
Nothing is told by `judging:<id>` and `watching:<id>` of an interview: a page that is drawn for whoever may rate and
decide follows the one, for whoever may not the other, and is outdated once that changes. Nor by `why:<id>.<digest>`:
that page is drawn for one person, and is read again once the digest of what it tells is another. Nor by
`figures:<id>`: pages that count a whole position, for their reader alone, are read again when something that may count
happens in it. `work` is the operators' page.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass

from django.conf import settings
from django.contrib.auth.models import User

from interviews.queries.reveals import Sight

OPERATIONS = "operations"
POSITIONS = "positions"
SHARED = "shared"
OVERVIEW = "overview"
READER = "reader:"
FIGURES = "figures"
OF_POSITION = ("position", FIGURES, "accommodations", "invitations", "reassessments")
OF_ROLE = ("judging", "watching")
LISTED = "listed"
WHY = "why:"
WORK = "work"
OF_INTERVIEW = ("applicant", "interview", "levels", "ratings", "invitation")
OF_REVIEW = frozenset({"interview", "levels", "ratings"})


@dataclass(frozen=True, slots=True)
class Following:
    """Who follows what. `session_key` is "" for a visitor without a session."""

    session_key: str
    topics: frozenset[str]
    language: str = settings.LANGUAGE_CODE

    @property
    def audience(self) -> tuple[frozenset[str], str]:
        """Who is told the same, in the same words."""
        return self.topics, self.language


def of_reader(interview_id: object, reader: User) -> str:
    return f"{READER}{interview_id}.{reader.pk}"


def reader_of(topic: str) -> tuple[str, int] | None:
    """The ids of interview and account in a topic that `of_reader` made; None for another topic."""
    key, _dot, account = topic.removeprefix(READER).partition(".")
    if not topic.startswith(READER) or not is_id(key) or not account.isascii() or not account.isdecimal():
        return None
    return key, int(account)


def of_review(interview_id: object, seen: Sight) -> list[str]:
    """What a page about one interview follows of it."""
    audiences = ["levels" if seen.levels else "interview", *(["ratings"] if seen.ratings else [])]
    return [f"{audience}:{interview_id}" for audience in audiences]


def of_why(interview_id: object, digest: str) -> str:
    """`digest`: of what the page tells, as `queries.why.digest` makes it."""
    return f"{WHY}{interview_id}.{digest}"


def why_of(topic: str) -> tuple[str, str] | None:
    """The id of the interview and the digest in a topic that `of_why` made; None for another topic."""
    key, _dot, digest = topic.removeprefix(WHY).partition(".")
    return (key, digest) if topic.startswith(WHY) and is_id(key) else None


def of_figures(position_id: object) -> str:
    """What a page follows that counts a whole position."""
    return f"{FIGURES}:{position_id}"


def of_positions(positions: Iterable[int]) -> list[str]:
    """What a page follows that counts each position that its visitor may see."""
    mine = list(positions)
    return [POSITIONS, *(f"position:{pk}" for pk in mine), *map(of_figures, mine)]


def of_role(interview_id: object, judges: bool) -> str:
    """What a page follows that differs by whether its visitor may rate and decide."""
    return f"{'judging' if judges else 'watching'}:{interview_id}"


def of_list(positions: Iterable[int], reviewed: Iterable[object], others: Iterable[object] = ()) -> list[str]:
    """What a list follows that shows these interviews: those whose review its visitor has done, and others."""
    mine = list(positions)
    shown = [*(f"levels:{pk}" for pk in reviewed), *(f"{LISTED}:{pk}" for pk in others)]
    return [POSITIONS, *(f"position:{pk}" for pk in mine), *shown, *([OPERATIONS] if mine else [])]


def of_overview(
    positions: Iterable[int],
    reviewed: Iterable[object],
    others: Iterable[object],
    coordinated: Iterable[int],
    *,
    may_accommodate: bool,
) -> list[str]:
    """What a list follows, and of what its visitor coordinates and arranges."""
    mine = list(positions)
    more = [f"invitations:{pk}" for pk in coordinated]
    more += [f"accommodations:{pk}" for pk in mine] if may_accommodate else []
    return [OVERVIEW, *of_list(mine, reviewed, others), *more]


def is_id(key: str) -> bool:
    try:
        return str(uuid.UUID(key)) == key
    except ValueError:
        return False
