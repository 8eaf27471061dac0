"""Invitations to one position with three questions, made in a site that runs as processes of its own.

python -m tests.invited N        prints N links, one a line
"""

from __future__ import annotations

import os
import sys

import django

from tests.processes import Site, run


def invite(site: Site, count: int) -> list[str]:
    """Links, from the site's root on."""
    return run(site.environment, "-m", "tests.invited", str(count)).split()


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "project.settings")
    django.setup()

    from django.contrib.auth.models import User

    from interviews.actions.invitations import invite as make_invitation
    from interviews.models import Applicant
    from interviews.processing.links import link_path
    from tests.people import make_position, make_question_set

    question_set = make_question_set(make_position("Backend engineer", User.objects.create_user("recruiter")))
    bo = Applicant.objects.create(name="Bo Berg", email="bo@example.com")
    for _ in range(int(sys.argv[1])):
        sys.stdout.write(f"{link_path(*make_invitation(bo, question_set))}\n")
