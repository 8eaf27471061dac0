"""Makes what the feed is measured with, straight in the database.

    python -m tests.with_django bench.feed_parts.rows SESSIONS

prints as many session keys, each of another signed-in member of the one team, whose position has some interviews.
"""

from __future__ import annotations

import json
import sys
import uuid
from datetime import timedelta

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.auth.models import User
from django.utils import timezone

from interviews.actions.invitations import invite
from interviews.models import Applicant, Position, Session
from interviews.models.sessions import SessionStore
from tests.people import make_position, make_question_set

INTERVIEWS = 20


def sessions(count: int) -> list[str]:
    first, *others = User.objects.bulk_create(
        (User(username=f"member-{number}", password="!") for number in range(count)), batch_size=500
    )
    position = make_position("Backend engineer", first)
    membership = Position.team.through
    membership.objects.bulk_create(
        (membership(position_id=position.pk, user_id=user.pk) for user in others), batch_size=500
    )
    question_set = make_question_set(position)
    for number in range(INTERVIEWS):
        invite(Applicant.objects.create(name=f"Bo Berg {number}", email="bo@example.com"), question_set)
    expires = timezone.now() + timedelta(days=1)
    made = [
        Session(session_key=uuid.uuid4().hex, session_data=SessionStore().encode(_data(user)), expire_date=expires)
        for user in (first, *others)
    ]
    Session.objects.bulk_create(made, batch_size=500)
    return [session.session_key for session in made]


def _data(user: User) -> dict[str, str]:
    return {
        SESSION_KEY: str(user.pk),
        BACKEND_SESSION_KEY: settings.AUTHENTICATION_BACKENDS[0],
        HASH_SESSION_KEY: user.get_session_auth_hash(),
    }


if __name__ == "__main__":
    print(json.dumps(sessions(int(sys.argv[1]))))
