"""The practice question: recorded, sent and played back like the others, seen by nobody else, and then deleted.

Its take has no question. So it becomes no answer, and whatever asks for the takes of a question does not find it.
"""

from __future__ import annotations

from django.db import transaction

from interviews.models import Interview
from interviews.processing.takes import forget


def end_practice(interview: Interview) -> None:
    with transaction.atomic():
        forget(interview.takes.filter(question=None))
