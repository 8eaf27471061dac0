"""Makes the interviews that a benchmark needs, straight in the database. Prints them as JSON.

python -m tests.with_django bench.bare.rows submit VISITED BARE        ready to submit, with a session and without
python -m tests.with_django bench.bare.rows uploads RECORDERS          nothing is recorded yet, with sessions
python -m tests.with_django bench.bare.rows scores INTERVIEWS ANSWERS  so many transcribed answers, and a watcher
python -m tests.with_django bench.bare.rows waiting CALLS              recorded answers, their jobs hinted
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
import uuid
from collections.abc import Callable, Iterable
from datetime import timedelta

from django.conf import settings
from django.contrib import auth
from django.contrib.auth.models import User
from django.utils import timezone

from interviews.access import SESSION_KEY
from interviews.models import (
    Answer,
    Applicant,
    Interview,
    Job,
    Link,
    QuestionSet,
    Rendition,
    Segment,
    Session,
    Take,
    Transcript,
)
from interviews.models.sessions import SessionStore
from interviews.queries.machines import AI_CONSENT_VERSION
from interviews.tasks import hint
from tests.people import make_position, make_question_set, show_at_once

WORDS = [{"text": "planned", "start": n / 2, "end": n / 2 + 0.4, "confidence": 0.9} for n in range(80)]
RECORDING_BYTES = 60_000


def submit(visited: int, bare: int) -> dict[str, list[list[str]]]:
    """Both kinds have three answers with transcripts: the most that submitting has to do is open the assessment."""
    interviews = _started(_question_set(), visited + bare)
    _answered(interviews[:visited], transcribed=True)
    _visited(interviews[:visited])
    return {
        "visited": [[str(interview.pk), interview.pk.hex] for interview in interviews[:visited]],
        "bare": [[str(interview.pk), ""] for interview in interviews[visited:]],
    }


def uploads(recorders: int) -> dict[str, list[list[str]]]:
    """Interview, session and question of each."""
    interviews = _started(_question_set(1), recorders)
    _visited(interviews)
    question = interviews[0].question_set.questions.get().pk
    return {"recorders": [[str(interview.pk), interview.pk.hex, str(question)] for interview in interviews]}


def scores(interviews: int, answers: int) -> dict[str, object]:
    """Interview and session of each, and the session of somebody of their team, who sees the levels at once."""
    question_set = _question_set(answers)
    show_at_once(question_set.position)
    made = _started(question_set, interviews)
    _answered(made, transcribed=True)
    _visited(made)
    return {
        "interviews": [[str(it.pk), it.pk.hex] for it in made],
        "watcher": signed_in(User.objects.get(username="ada")),
    }


def signed_in(user: User) -> str:
    """A session's key."""
    store = SessionStore()
    store[auth.SESSION_KEY] = str(user.pk)
    store[auth.BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    store[auth.HASH_SESSION_KEY] = user.get_session_auth_hash()
    store.create()
    return str(store.session_key)


def waiting(calls: int) -> dict[str, list[int]]:
    """Each recording is another one: the same bytes would be asked for once and then known."""
    takes = _answered(_started(_question_set(1), calls), transcribed=False)
    renditions = [Rendition(take=take, seconds=30.0, has_poster=False, made_at=timezone.now()) for take in takes]
    for rendition in renditions:
        rendition.folder.mkdir(parents=True)
        sound = os.urandom(RECORDING_BYTES)
        rendition.sound.write_bytes(sound)
        rendition.sound_sha256 = hashlib.sha256(sound).hexdigest()
    Rendition.objects.bulk_create(renditions, batch_size=500)
    made = Job.objects.bulk_create(
        Job(kind=Job.Kind.TRANSCRIBE, interview_id=take.interview_id, take=take) for take in takes
    )
    hint(job.pk for job in made)
    return {"jobs": [job.pk for job in made]}


def _question_set(questions: int = 3) -> QuestionSet:
    ada, _ = User.objects.get_or_create(username="ada")
    return make_question_set(make_position("Backend engineer", ada), questions)


def _started(question_set: QuestionSet, count: int) -> list[Interview]:
    bo = Applicant.objects.create(name="Bo Berg", email="bo@example.com")
    now = timezone.now()
    made = Interview.objects.bulk_create(
        (
            Interview(
                applicant=bo,
                question_set=question_set,
                state=Interview.State.STARTED,
                deadline=now + timedelta(days=1),
                consented_at=now,
                ai_consent=True,
                ai_consent_version=AI_CONSENT_VERSION,
            )
            for _ in range(count)
        ),
        batch_size=500,
    )
    Link.objects.bulk_create((Link(interview=it, hash=it.pk.hex) for it in made), batch_size=500)
    return made


def _answered(interviews: Iterable[Interview], *, transcribed: bool) -> list[Take]:
    now = timezone.now()
    takes = [
        Take(
            interview=interview,
            question=question,
            number=1,
            state=Take.State.FINISHED,
            bytes=RECORDING_BYTES,
            finished_at=now,
            sha256=uuid.uuid4().hex * 2,
            seconds=30.0,
        )
        for interview in interviews
        for question in interview.question_set.questions.all()
    ]
    Take.objects.bulk_create(takes, batch_size=500)
    segments = (Segment(take=take, number=1, mime_type="video/webm", received=RECORDING_BYTES) for take in takes)
    Segment.objects.bulk_create(segments, batch_size=500)
    answers = (Answer(interview=take.interview, question=take.question, take=take) for take in takes)
    Answer.objects.bulk_create(answers, batch_size=500)
    if transcribed:
        heard = (Transcript(take=take, words=WORDS, language="en", engine="made up", model="1") for take in takes)
        Transcript.objects.bulk_create(heard, batch_size=500)
    return takes


def _visited(interviews: Iterable[Interview]) -> None:
    # Signed like a real one: reading it costs what it costs.
    data = {interview.pk: SessionStore().encode(_session(interview)) for interview in interviews}
    expires = timezone.now() + timedelta(days=1)
    sessions = [Session(session_key=pk.hex, session_data=text, expire_date=expires) for pk, text in data.items()]
    Session.objects.bulk_create(sessions, batch_size=500)


def _session(interview: Interview) -> dict[str, object]:
    return {SESSION_KEY: {str(interview.pk): interview.pk.hex}}


if __name__ == "__main__":
    what, *numbers = sys.argv[1:]
    made_by: dict[str, Callable[..., object]] = {
        "submit": submit,
        "uploads": uploads,
        "waiting": waiting,
        "scores": scores,
    }
    print(json.dumps(made_by[what](*map(int, numbers))))
