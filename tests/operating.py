"""Operators and auditors at the list of the work, and what they press there."""

from __future__ import annotations

from django.contrib.auth.models import Group, User
from django.test import Client

from interviews.engines.errors import Permanent
from interviews.models import Job
from interviews.operators import make_groups
from tests.engines import Assesses, work_through
from tests.people import World

JOBS = "/admin/interviews/job/"
PAGE = f"{JOBS}work/"


def member(group: str) -> Client:
    make_groups()
    person = User.objects.create_user(group.lower(), f"{group}@example.com", "-", is_staff=True)
    person.groups.add(Group.objects.get(name=group))
    browser = Client()
    browser.force_login(person)
    return browser


def act(browser: Client, what: str, *chosen: Job) -> str:
    sent = {"action": f"{what}_selected", "_selected_action": [str(job.pk) for job in chosen]}
    return browser.post(JOBS, sent, follow=True).content.decode()


def undo(browser: Client) -> str:
    return browser.post(f"{JOBS}undo/", follow=True).content.decode()


def parked(world: World) -> Job:
    """The assessment, of which nothing became."""
    work_through(world.interview, assesses=Assesses(error=Permanent("the key was refused")))
    return Job.objects.get(kind=Job.Kind.ASSESS, state=Job.State.PARKED)


def states() -> list[tuple[str, str, str]]:
    return list(Job.objects.order_by("pk").values_list("kind", "state", "problem"))
