"""Makes things happen, through the product's own actions, at a steady pace.

    python -m tests.with_django bench.chaos_parts.happenings seed N              prints the sessions of N people
    python -m tests.with_django bench.chaos_parts.happenings go SEED PER_SECOND  until its stdin ends

Each event is told by a line of JSON: the moment of its commit (monotonic, in seconds), position, interview, and the
time that the interview's row then shows.
"""

from __future__ import annotations

import json
import random
import select
import sys
import time
from collections.abc import Callable

from django.contrib.auth.models import User
from django.db import transaction

from bench.feed_parts.rows import sessions
from interviews.actions.answering import consent
from interviews.actions.invitations import invite, new_link, revoke
from interviews.models import Applicant, Event, Interview, Position, QuestionSet
from tests.people import make_position, make_question_set

OTHER = "Something else"
INTERVIEWS_AT_MOST = 60


def seed(people: int) -> list[str]:
    """Everybody is on the team of one position, every third also on that of another."""
    made = sessions(people)
    users = list(User.objects.order_by("pk"))
    other = make_position(OTHER, users[0])
    other.team.add(*users[::3])
    question_set = make_question_set(other)
    for number in range(5):
        invite(Applicant.objects.create(name=f"Dee Dahl {number}", email="dee@example.com"), question_set)
    return made


class Happenings:
    def __init__(self, rng: random.Random) -> None:
        self._rng = rng
        self._kinds: dict[Callable[[], Interview | None], int] = {
            self._link: 60,
            self._revoke: 15,
            self._consent: 15,
            self._invite: 4,
            self._change_team: 3,
        }
        self._users = list(User.objects.order_by("pk"))

    def next(self) -> dict[str, object] | None:
        """None where it concerned no interview, or changed nothing."""
        committed_at: list[float] = []
        [act] = self._rng.choices(list(self._kinds), list(self._kinds.values()))
        with transaction.atomic():
            transaction.on_commit(lambda: committed_at.append(time.monotonic()))
            before = Event.objects.order_by("-number").values_list("number", flat=True).first() or 0
            interview = act()
            event = Event.objects.filter(number__gt=before, interview=interview).order_by("-number").first()
        if interview is None or event is None:
            return None
        return {
            "committed_at": committed_at[0],
            "number": event.number,
            "position": f"position:{interview.position.pk}",
            "interview": str(interview.pk),
            "shows": event.at.isoformat(),
        }

    def _any(self) -> Interview:
        return self._rng.choice(list(Interview.objects.select_related("question_set__position").order_by("pk")))

    def _link(self) -> Interview:
        interview = self._any()
        new_link(interview)
        return interview

    def _revoke(self) -> Interview:
        interview = self._any()
        revoke(interview)
        return interview

    def _consent(self) -> Interview:
        interview = self._any()
        consent(interview, ai=True)
        return interview

    def _invite(self) -> Interview:
        if Interview.objects.count() >= INTERVIEWS_AT_MOST:
            return self._link()
        question_set = self._rng.choice(list(QuestionSet.objects.order_by("pk")))
        interview, _token = invite(Applicant.objects.create(name="Eve Egge", email="eve@example.com"), question_set)
        return interview

    def _change_team(self) -> None:
        """Somebody may see the other position now, or no longer."""
        team = Position.objects.get(title=OTHER).team
        user = self._rng.choice(self._users)
        if team.filter(pk=user.pk).exists():
            team.remove(user)
        else:
            team.add(user)


def go(seed: int, per_second: float) -> None:
    happenings = Happenings(random.Random(seed))
    due = time.monotonic()
    while not select.select([sys.stdin], [], [], max(0.0, due - time.monotonic()))[0]:
        due += 1 / per_second
        if (event := happenings.next()) is not None:
            print(json.dumps(event), flush=True)


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["seed", number]:
            print(json.dumps(seed(int(number))))
        case ["go", number, rate]:
            go(int(number), float(rate))
