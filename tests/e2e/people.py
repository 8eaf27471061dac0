"""People who come to a running site."""

from __future__ import annotations

import json

from tests.e2e.conftest import Running

INVITE = """
import json
from datetime import timedelta
from django.utils import timezone
from interviews.actions.invitations import invite
from interviews.models import Applicant, QuestionSet
from interviews.processing.links import link_path
applicant = Applicant.objects.create(name={name!r}, email="robin@example.com")
deadline = timezone.now() + timedelta(days={days})
print(json.dumps(link_path(*invite(applicant, QuestionSet.objects.get(), deadline=deadline))))
"""


def invited(running: Running, name: str = "Robin", days: int = 5) -> str:
    """The path of a new person's link."""
    said = running.site.manage("shell", "-v0", "-c", INVITE.format(name=name, days=days))
    return str(json.loads(said.splitlines()[-1]))
