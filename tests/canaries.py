"""Words that are one applicant's and stand nowhere else, planted wherever the product keeps words of people; and the
search for them in everything that it writes."""

from __future__ import annotations

import subprocess
import uuid
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

from django.conf import settings
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from huey.contrib.djhuey import HUEY

from interviews.actions import exporting, listing, noting, reopening, sharing, telling
from interviews.actions.correcting import correct
from interviews.actions.explaining import explain
from interviews.actions.invitations import mail
from interviews.actions.reviewing import Rated, decide, rate
from interviews.models import (
    Accommodation,
    Applicant,
    Arrival,
    AssessmentRun,
    Decision,
    Draft,
    Interview,
    Job,
    Message,
    ProviderReply,
    PublicLink,
    Take,
)
from interviews.models.public_links import digest
from interviews.processing import jobs
from interviews.queries.ratings import places
from interviews.tasks import WORK
from tests.engines import Hears, work_through
from tests.people import World, review
from tests.tables import rows_of_tables

NAME = "Zyxwa Quokkafeather"
ADDRESS = "zyxwa.quokkafeather@canary.example"
SENTENCE = "the vermilion xylophone was planned by Ottoline in nineteen hundred and sixty one"
WRITTEN_BY_OTHERS = "wombat-orchid-7731"
"""In whatever colleagues and people from outside wrote about them."""
PLANTED = (NAME, NAME.casefold(), "quokkafeather", ADDRESS, "xylophone", "Ottoline", WRITTEN_BY_OTHERS)


def plant(world: World) -> None:
    """Bo becomes somebody whom no other row can be mistaken for. The interview is submitted, and its work not begun."""
    applicant = world.interview.applicant
    applicant.name, applicant.email = NAME, ADDRESS
    applicant.save()
    interview = Interview.objects.get(pk=world.interview.pk)
    ada = world.ada
    for pk in Job.objects.filter(interview=interview, kind=Job.Kind.RENDER).values_list("pk", flat=True):
        jobs.run(pk, WORK)
    work_through(interview, Hears(SENTENCE))
    interview.refresh_from_db()
    mail(interview, Message.Kind.RECEIPT)
    review(interview, ada)
    answer, criterion = places(interview)[0]
    rate(interview, ada, Rated(answer.pk, criterion.pk, 2, WRITTEN_BY_OTHERS, f"Heard {WRITTEN_BY_OTHERS} again."))
    noting.note(interview, ada, noting.Noted(uuid.uuid4(), answer.take_id, 1, WRITTEN_BY_OTHERS, 0))
    decision = decide(interview, ada, Decision.Outcome.REJECT, f"{NAME}: {WRITTEN_BY_OTHERS}")
    explain(interview, ada, with_reason=True)
    telling.tell(interview, decision.pk, f"To {NAME}", f"Dear {NAME}, {WRITTEN_BY_OTHERS}", by=ada)
    correct(interview, answer.take_id, f"{SENTENCE} and {NAME}", 1, ada)
    link, _token = sharing.share(
        interview, sharing.Outsider(f"Olga {WRITTEN_BY_OTHERS}", ""), 7, shows_levels=True, by=ada
    )
    sharing.comment(link, answer, WRITTEN_BY_OTHERS, 0)
    exporting.note(ada, "csv", interviews=1, interview=interview, query=urlencode({"q": NAME, "stage": "ready"}))
    exporting.note(ada, "pdf", interviews=1, interview=interview)
    listing.save_view(ada, "Somebody", urlencode({"q": ADDRESS}))
    Accommodation.objects.create(interview=interview, wishes=["time"], note=WRITTEN_BY_OTHERS)
    Draft.objects.create(interview=interview, question=world.questions[0], text=SENTENCE)
    Take.objects.create(
        **{"interview": interview, "question": world.questions[0], "number": 9, "state": "finished", "bytes": 9},
        text=SENTENCE,
        finished_at=interview.submitted_at,
    )
    ProviderReply.objects.create(interview=interview, engine="deepgram", request_hash="0" * 64, reply=SENTENCE)
    AssessmentRun.objects.filter(interview=interview).update(problem=WRITTEN_BY_OTHERS)
    Job.objects.filter(interview=interview, state=Job.State.DONE).update(problem=WRITTEN_BY_OTHERS)
    _in_the_admins_log(world, interview)
    public = PublicLink.objects.create(position=world.position, label="hall", hash="1" * 64)
    for held in (interview, None):
        Arrival.objects.create(link=public, form=uuid.uuid4(), visitor="v", email=digest(ADDRESS), interview=held)
    reopening.ask_again(interview, world.questions[0], WRITTEN_BY_OTHERS, 7, actor=ada)
    if settings.SENDS_MAIL:
        for pk in Job.objects.filter(interview=interview, kind=Job.Kind.MAIL).values_list("pk", flat=True):
            jobs.run(pk, WORK)


def _in_the_admins_log(world: World, interview: Interview) -> None:
    for row in (interview, interview.applicant, interview.accommodation):
        about = ContentType.objects.get_for_model(row)
        LogEntry.objects.create(
            user=world.ada,
            content_type=about,
            object_id=str(row.pk),
            object_repr=str(row),
            action_flag=CHANGE,
            change_message=f"Changed {NAME}.",
        )


def found_in_rows() -> Iterator[str]:
    """As a dump of every table would show it: each value of each row."""
    for table, rows in rows_of_tables():
        for row in rows:
            for value in row:
                raw = isinstance(value, bytes | memoryview)
                said = bytes(value).decode("utf-8", "replace") if raw else str(value)
                yield from (f"{table}: {it}" for it in PLANTED if it in said or it in said.casefold())


def found_in_files(*folders: Path) -> Iterator[str]:
    """Byte by byte, also in what a database left in its file.

    Read by another process: whoever closes a file that SQLite has open takes from all connections of their own process
    the locks on it, and the next one to come spoils the database (https://sqlite.org/howtocorrupt.html, 2.2).
    """
    for folder in folders:
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                data = subprocess.run(["cat", path], stdout=subprocess.PIPE, check=True).stdout
                yield from (f"{path.name}: {it}" for it in PLANTED if it.encode() in data)


def found_in_queue() -> Iterator[str]:
    for item in HUEY.storage.enqueued_items():
        yield from (f"queue: {it}" for it in PLANTED if it.encode() in item)


def everybody() -> set[str]:
    return set(Applicant.objects.values_list("name", flat=True))
