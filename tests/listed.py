"""The list of interviews: who stands in it, and who comes."""

from __future__ import annotations

from bs4 import BeautifulSoup
from django.test import Client

from interviews.actions.invitations import invite
from interviews.models import Applicant, Interview, QuestionSet
from interviews.views.undoing import UNDO

LIST = "/hr-dashboard/results/"


def comes(question_set: QuestionSet, name: str, email: str = "somebody@example.com") -> Interview:
    return invite(Applicant.objects.create(name=name, email=email), question_set)[0]


def undo(browser: Client) -> str:
    """The page that it leads to, after what was done last was taken back, as its own page offers that."""
    done = browser.session.get(UNDO) or {"id": ""}
    return browser.post("/hr-dashboard/undo/", {"done": done["id"]}, follow=True).content.decode()


def names(browser: Client, address: str = LIST) -> list[str]:
    page = BeautifulSoup(browser.get(address).content, "html.parser")
    return [it.get_text() for it in page.select("#rows th a")]
