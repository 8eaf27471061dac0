"""A running site's demo with something on every page, and which pages there are.

Runs in the site's own environment: `manage.py shell -c "from tests.furnished import furnish; furnish()"`.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable

from django.contrib.auth.models import Permission, User

from interviews.actions.explaining import explain
from interviews.actions.invitations import new_link
from interviews.actions.sharing import Outsider, share
from interviews.models import Interview, Position
from interviews.processing.links import link_path, share_path
from interviews.processing.sealing import seal
from tests.addresses import Address, Subject, addresses
from tests.people import PASSWORD, World, everything, make_position

NOTE = "Planned the way back before the first step, and measured afterwards."
ADMIN = {
    "admin:index",
    "admin:interviews_interview_changelist",
    "admin:interviews_position_changelist",
    "admin:interviews_job_changelist",
    "admin:interviews_job_work",
    "admin:interviews_interview_why",
    "admin:interviews_auditentry_changelist",
}
ENDS_THE_SESSION = {"sign-out", "sign-in"}


def furnish() -> None:
    """Says, as JSON: paths by name for HR, for `newcomer` of a position without anything, for the admin, and all of its
    (`operators`); and links with the paths behind them: of applicants, by how far they came, and of somebody from
    outside. Eve has reviewed the first interview, nobody the second."""
    position, hr = Position.objects.get(), User.objects.get(username="hr")
    scored, next_one = Interview.objects.filter(state=Interview.State.SCORED).order_by("created_at")
    everything(World(hr, hr, position, scored.question_set, [], scored, ""), NOTE)
    explain(scored, User.objects.get(username="eve"), with_reason=True)
    hr.user_permissions.add(Permission.objects.get(codename="view_selfreport"))
    seal()
    link, token = share(scored, Outsider("Jo Reed", "jo@example.com"), 7, shows_levels=True, by=hr)
    newcomer = User.objects.create_user("newcomer", "newcomer@example.com", PASSWORD)
    empty = make_position("A position without anybody", newcomer)
    of_hr, of_empty = list(addresses(Subject(position, scored))), list(addresses(Subject(empty)))
    also_reviewed = [it for it in addresses(Subject(position, next_one)) if it.name == "review"]
    said = {
        "hr": _few(it for it in of_hr + also_reviewed if it.is_hr),
        "empty": _few(it for it in of_empty if it.is_hr and (it.is_owned or "<" not in it.route)),
        "admin": _few(it for it in of_hr if it.name in ADMIN),
        "operators": _few(it for it in of_hr if it.name.startswith("admin:")),
        "applicants": {
            stage: [
                link_path(found, new_link(found)),
                _few(it for it in _of(found) if it.path.startswith(f"/interview/{found.pk}/")),
            ]
            for stage, found in _applicants(scored).items()
        },
        "outside": [
            share_path(link, token),
            _few(it for it in _of(scored) if it.path.startswith(f"/shared/{link.pk}/")),
        ],
        "next": str(next_one.pk),
    }
    sys.stdout.write(json.dumps(said) + "\n")


def _applicants(scored: Interview) -> dict[str, Interview]:
    states = {"invited": Interview.State.INVITED, "recorded": Interview.State.STARTED}
    found = {name: Interview.objects.filter(state=state).earliest("created_at") for name, state in states.items()}
    return found | {"submitted": scored}


def _of(interview: Interview) -> Iterable[Address]:
    return addresses(Subject(interview.position, interview))


def _few(found: Iterable[Address]) -> list[tuple[str, str]]:
    """Of each name the first and the last: rows of one kind look alike, but a draft is the newest version."""
    paths: dict[str, list[str]] = {}
    for address in found:
        if address.name not in ENDS_THE_SESSION:
            paths.setdefault(address.name, []).append(address.path)
    return [(name, path) for name, all_of in paths.items() for path in dict.fromkeys((all_of[0], all_of[-1]))]
