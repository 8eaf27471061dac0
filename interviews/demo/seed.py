"""The demo that a first start brings: one position, two scored interviews, one ready to submit, one to record.

The recordings go through the real upload path and the real jobs. Only the two scored interviews are sped up: what the
recogniser heard in them was written down when they were made, so nobody waits for it again.
"""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth.models import Permission, User
from django.db import transaction

from interviews.actions import answering, rubrics, uploading
from interviews.actions.finishing import finish_take
from interviews.actions.invitations import invite
from interviews.actions.positions import publish
from interviews.engines.analysis.local import Local as LocalAnalyser
from interviews.engines.errors import UnusableOutput
from interviews.engines.keeping import Keep
from interviews.engines.transcription.base import Transcription, Word
from interviews.models import (
    Applicant,
    Criterion,
    Interview,
    Job,
    Membership,
    Position,
    Question,
    QuestionSet,
    Rubric,
    RubricVersion,
)
from interviews.processing import jobs
from interviews.processing.analysis import assess
from interviews.processing.links import link_path
from interviews.processing.rendering import render
from interviews.processing.transcription import transcribe

FOLDER = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Access:
    """How to get into the demo. Kept in the data folder, readable by its owner alone, and shown at each start; the
    passwords, made at random, at the first one alone, and then kept nowhere."""

    ready_link: str
    fresh_link: str
    hr_password: str = ""
    admin_password: str = ""


class Recalled:
    """A transcriber that remembers what the local recogniser heard in the demo's own recordings, by take."""

    name = "local"
    label = ""
    draft = True

    def __init__(self, heard: dict[str, list[dict[str, Any]]], model: str) -> None:
        self.model = model
        self._heard = heard

    def transcribe(self, sound: Path, keep: Keep) -> Transcription:
        words = self._heard[sound.parent.parent.name]
        return Transcription(
            tuple(Word(word["text"], word["start"], word["end"], None) for word in words), "en", self.model
        )

    def check(self) -> None:
        pass

    def read(self, reply: str) -> Transcription:
        raise UnusableOutput("nothing was paid for")


def access() -> Access | None:
    """None where there is no demo."""
    try:
        return Access(**json.loads(_access_file().read_text("utf-8")))
    except FileNotFoundError:
        return None


def forget_passwords() -> None:
    known = access()
    if known is not None and known.hr_password:
        _write(Access(known.ready_link, known.fresh_link))


def seed() -> bool:
    """Whether there was something to do: a database with a position or an account in it is left alone."""
    if Position.objects.exists() or User.objects.exists():
        return False
    with transaction.atomic():  # all of it or nothing: half a demo would be left alone for ever
        made = _seed(json.loads((FOLDER / "demo.json").read_text("utf-8")))
        _write(made)
    return True


def _seed(demo: dict[str, Any]) -> Access:
    hr_password, admin_password = secrets.token_urlsafe(9), secrets.token_urlsafe(9)
    hr = User.objects.create_user("hr", "hr@example.com", hr_password)
    User.objects.create_superuser("admin", "admin@example.com", admin_password)
    question_set = _position(demo, hr)
    ready_link = ""
    for person in demo["applicants"]:
        interview, token = _recorded(person, question_set)
        if person["submitted"]:
            answering.submit(interview)
            _work_off(interview, person["answers"], demo["transcription"]["model"])
        else:
            ready_link = link_path(interview, token)
    fresh, fresh_token = invite(Applicant.objects.create(name="You", email="you@example.com"), question_set)
    return Access(ready_link, link_path(fresh, fresh_token), hr_password, admin_password)


def _position(demo: dict[str, Any], hr: User) -> QuestionSet:
    with transaction.atomic():
        position = Position.objects.create(state=Position.State.OPEN, **demo["position"])
        hr.user_permissions.add(Permission.objects.get(codename="add_position"))
        Membership.objects.create(position=position, user=hr, role=Membership.Role.RECRUITER)
        question_set = QuestionSet.objects.create(position=position)
        for number, asked in enumerate(demo["questions"], start=1):
            rubric = _rubric(asked.pop("rubric"), asked.pop("criteria"))
            Question.objects.create(question_set=question_set, number=number, rubric=rubric, **asked)
    publish(question_set)
    question_set.refresh_from_db()
    return question_set


def _rubric(name: str, criteria: list[dict[str, Any]]) -> RubricVersion:
    version = RubricVersion.objects.create(rubric=Rubric.objects.create(name=name))
    for number, criterion in enumerate(criteria, start=1):
        levels = {f"level_{value}": text for value, text in enumerate(criterion.pop("levels"), start=1)}
        Criterion.objects.create(version=version, number=number, **criterion, **levels)
    rubrics.publish(version)
    return version


def _recorded(person: dict[str, Any], question_set: QuestionSet) -> tuple[Interview, str]:
    applicant = Applicant.objects.create(name=person["name"], email=person["email"])
    interview, token = invite(applicant, question_set)
    answering.consent(interview, ai=True)
    interview.refresh_from_db()
    for question, answer in zip(question_set.questions.all(), person["answers"], strict=True):
        media = (FOLDER / answer["video"]).read_bytes()
        segment = uploading.begin(interview, question.pk, uploading.Sender("video/webm"), len(media))
        uploading.append(segment.pk, 0, [media])
        finish_take(segment.take_id)
    return interview, token


def _work_off(interview: Interview, answers: list[dict[str, Any]], model: str) -> None:
    takes = interview.takes.order_by("question__number").values_list("pk", flat=True)
    heard = {str(take): answer["words"] for take, answer in zip(takes, answers, strict=True)}
    work: dict[str, jobs.Work] = {
        Job.Kind.RENDER: render,
        Job.Kind.TRANSCRIBE: partial(transcribe, engine=Recalled(heard, model)),
        Job.Kind.ASSESS: partial(assess, engine=LocalAnalyser()),
    }
    # What is mailed is left to the worker.
    ours = Job.objects.filter(interview=interview, state=Job.State.QUEUED, kind__in=work)
    due = list(ours.order_by("pk").values_list("pk", flat=True))
    while due:
        due += jobs.run(due.pop(0), work)


def _access_file() -> Path:
    return Path(settings.DATA_DIR) / "demo.json"


def _write(access: Access) -> None:
    path = _access_file()
    path.touch(0o600)
    path.write_text(json.dumps({name: getattr(access, name) for name in Access.__slots__}), "utf-8")
