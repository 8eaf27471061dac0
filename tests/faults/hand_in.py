"""Applicants who record three answers each and hand in, with the settings of the deployment they are run in.

python -m tests.with_django tests.faults.hand_in 4        (prints the ids of the interviews)
"""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path

from interviews.actions import answering
from interviews.actions.invitations import invite
from interviews.demo.seed import FOLDER
from interviews.models import Applicant, QuestionSet
from tests import people


def main(count: int) -> None:
    speech = next(Path(FOLDER).rglob("*.webm")).read_bytes()
    if not QuestionSet.objects.exists():
        people.world()
    question_set = QuestionSet.objects.earliest("pk")
    for number in range(count):
        applicant = Applicant.objects.create(name=f"Applicant {number}", email=f"a{number}@example.com")
        interview, _token = invite(applicant, question_set)
        answering.consent(interview, ai=True)
        interview.refresh_from_db()
        for question in question_set.questions.all():
            people.record_answer(interview, question, speech, hashlib.sha256(speech).hexdigest())
        answering.submit(interview)
        sys.stdout.write(f"{interview.pk}\n")


if __name__ == "__main__":
    main(int(sys.argv[1]))
