"""People who come to a running site."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from tests.e2e.conftest import Running
from tests.processes import Site

INVITE = """
import json
from datetime import timedelta
from django.utils import timezone
from interviews.actions.invitations import invite
from interviews.models import Applicant, QuestionSet
from interviews.processing.links import link_path
applicant = Applicant.objects.create(name={name!r}, email="robin@example.com")
days_end = timezone.now() + timedelta(days={days})
print(json.dumps(link_path(*invite(applicant, QuestionSet.objects.get(), days_end=days_end))))
"""

HANDED_IN = """
from interviews.actions import answering, uploading
from interviews.actions.finishing import finish_take
from interviews.demo.seed import FOLDER
from interviews.models import Interview
interview = Interview.objects.get(pk={id})
for question in interview.question_set.questions.all():
    begun = uploading.begin(interview, question.pk, uploading.Sender("video/webm"))
    uploading.append(begun.pk, 0, [(FOLDER / "mara-okafor" / "1.webm").read_bytes()])
    finish_take(begun.take_id)
answering.submit(interview)
"""
SUBMITTED = f"""
import json
from django.urls import reverse
from interviews.actions.answering import consent
from interviews.actions.invitations import invite
from interviews.models import Applicant, QuestionSet
from interviews.processing.links import link_path
made, token = invite(Applicant.objects.create(name="Robin", email="robin@example.com"), QuestionSet.objects.get())
consent(made, ai=True)
{HANDED_IN.format(id="made.pk")}
invitation = reverse("invitation", args=[interview.question_set.position_id, interview.pk])
print(json.dumps([link_path(interview, token), invitation]))
"""
PUBLIC_LINK = """
import json
from django.contrib.auth.models import User
from interviews.actions.joining import make_public_link
from interviews.models import Position
link, token = make_public_link(Position.objects.get(), "Job fair", actor=User.objects.get(username="hr"))
print(json.dumps(f"/join/{link.pk}/#{token}"))
"""


@dataclass(frozen=True)
class Submitted:
    """Paths: of the person's link, and of the page of the invitation."""

    path: str
    invitation: str


def submitted(running: Running) -> Submitted:
    """A new person who has handed in."""
    return Submitted(*_said(running.site, SUBMITTED))


def hands_in(site: Site, interview: str) -> None:
    """Who has agreed answers everything and submits, from another device."""
    site.manage("shell", "-v0", "-c", HANDED_IN.format(id=repr(interview)))


def public_link(site: Site) -> str:
    """The path of a new public link."""
    return str(_said(site, PUBLIC_LINK))


def _said(site: Site, code: str) -> Any:
    return json.loads(site.manage("shell", "-v0", "-c", code).splitlines()[-1])


def invited(running: Running, name: str = "Robin", days: int = 5) -> str:
    """The path of a new person's link."""
    return str(_said(running.site, INVITE.format(name=name, days=days)))
