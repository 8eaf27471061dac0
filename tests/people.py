"""Three people with stated rights.

Ada is a recruiter on the team of the position. Bo is the applicant, with a link to his own interview and no
login. Cy is a recruiter of another team: may sign in, and must see nothing of Ada's position.
"""

from __future__ import annotations

import hashlib
import uuid
from dataclasses import dataclass
from io import BytesIO
from typing import Any

from django.contrib.auth.models import User
from PIL import Image
from pypdf import PdfReader

from interviews.actions import answering, exporting, listing, noting, reassessing, rubrics, sharing, uploading, webhooks
from interviews.actions.correcting import correct
from interviews.actions.finishing import finish_take
from interviews.actions.invitations import invite
from interviews.actions.joining import make_public_link
from interviews.actions.needs import ask_for_accommodation, ask_for_time
from interviews.actions.positions import publish
from interviews.actions.reopening import reopen
from interviews.actions.reviewing import Rated, decide, finish, rate
from interviews.actions.self_reporting import report
from interviews.actions.tokens import make_token
from interviews.models import (
    Applicant,
    Criterion,
    Decision,
    Endpoint,
    Interview,
    Membership,
    Position,
    Question,
    QuestionSet,
    Rubric,
    RubricVersion,
    Scope,
    Segment,
    SelfReport,
    ShareVisit,
    Take,
)
from interviews.processing.webhooks import to_be_told
from interviews.queries.ratings import places
from interviews.views import logos
from tests.engines import work_through

PASSWORD = "correct horse battery staple"
NOTE = "the heron stood in the rain"
"""What a reviewer wrote, and stands nowhere else."""


@dataclass
class World:
    ada: User
    cy: User
    position: Position
    question_set: QuestionSet
    questions: list[Question]
    interview: Interview
    token: str
    share: str = ""
    """The address of the link that `everything` made for somebody from outside, without its token."""
    share_token: str = ""


def world(questions: int = 3) -> World:
    ada = User.objects.create_user("ada", "ada@example.com", PASSWORD)
    cy = User.objects.create_user("cy", "cy@example.com", PASSWORD)
    position = make_position("Backend engineer", ada)
    make_position("Something else", cy)
    question_set = make_question_set(position, questions)
    bo = Applicant.objects.create(name="Bo Berg", email="bo@example.com")
    interview, token = invite(bo, question_set)
    return World(ada, cy, position, question_set, list(question_set.questions.all()), interview, token)


def make_position(title: str, member: User) -> Position:
    position = Position.objects.create(
        title=title,
        about="We build things.",
        host="Example Ltd",
        contact="jobs@example.com",
        state=Position.State.OPEN,
    )
    join_team(position, member, Membership.Role.RECRUITER)
    return position


def join_team(position: Position, user: User, role: Membership.Role = Membership.Role.REVIEWER) -> None:
    """Or has this role from now on."""
    Membership.objects.update_or_create(position=position, user=user, defaults={"role": role})


def content(reply: Any) -> bytes:
    """Of any reply, also one that comes in pieces."""
    return b"".join(reply.streaming_content) if reply.streaming else bytes(reply.content)


def text_of(reply: Any) -> str:
    """The words of any reply, also of a PDF file."""
    data = content(reply)
    if reply.headers.get("Content-Type") == "application/pdf":
        return "\n".join(page.extract_text() for page in PdfReader(BytesIO(data)).pages)
    return data.decode("utf-8", "replace")


def show_at_once(position: Position) -> None:
    """What is suggested, to everybody who may see its interviews: for tests that are about something else."""
    Position.objects.filter(pk=position.pk).update(rate_first=False)


def rate_all(interview: Interview, reviewer: User, level: int | None = 3) -> None:
    for answer, criterion in places(interview):
        rate(interview, reviewer, Rated(answer.pk, criterion.pk, level))


def review(interview: Interview, reviewer: User, level: int | None = 3) -> None:
    """Rated throughout and finished: what is suggested is revealed to this person."""
    interview.refresh_from_db()
    rate_all(interview, reviewer, level)
    finish(interview, reviewer)


def make_question_set(position: Position, questions: int = 3) -> QuestionSet:
    """The first question has a rubric of its own; all others share one."""
    question_set = QuestionSet.objects.create(position=position)
    own, shared = make_rubric("Migrations"), make_rubric("More migrations")
    for number in range(1, questions + 1):
        Question.objects.create(
            question_set=question_set,
            number=number,
            text=f"Question number {number}?",
            rubric=own if number == 1 else shared,
        )
    publish(question_set)
    question_set.refresh_from_db()
    return question_set


def make_rubric(name: str, *, number: int = 1) -> RubricVersion:
    """Published, the first of a new rubric, with two criteria: Depth, which weighs 1, and Care, which weighs 2."""
    rubric = Rubric.objects.create(name=name) if number == 1 else Rubric.objects.filter(name=name).latest("pk")
    version = RubricVersion.objects.create(rubric=rubric, number=number)
    for place, criterion in enumerate(("Depth", "Care"), start=1):
        Criterion.objects.create(
            version=version,
            number=place,
            name=criterion,
            look_for="database migration, a plan for rollback, measuring the result",
            weight=place,
            level_1="Nothing of the kind is said.",
            level_2="Mentions a migration.",
            level_3="Mentions a migration and a plan.",
            level_4="Describes the migration, the plan and the rollback.",
            level_5="Describes the migration, plan and rollback, and measures the result.",
        )
    rubrics.publish(version)
    version.refresh_from_db()
    return version


def record_answer(interview: Interview, question: Question, media: bytes, sha256: str) -> None:
    """By the real upload path."""
    take = sent(interview, question, media).take
    finish_take(take.pk)
    take.refresh_from_db()
    assert take.sha256 == sha256


def record_again(interview: Interview, question: Question, media: bytes, asked_by: User) -> None:
    """Given back, recorded anew and submitted; the new recording is not read yet."""
    reopen(interview, 7, actor=asked_by)
    interview.refresh_from_db()
    record_answer(interview, question, media, hashlib.sha256(media).hexdigest())
    answering.submit(interview)
    interview.refresh_from_db()


def sent(interview: Interview, question: Question, media: bytes) -> Segment:
    """A take that has arrived, and is not finished."""
    begun = uploading.begin(interview, question.pk, uploading.Sender("video/webm"))
    return uploading.append(begun.pk, 0, [media])


def record_in_parts(interview: Interview, question: Question, *parts: bytes) -> Take:
    """Interrupted after each part, and continued."""
    sender = uploading.Sender("video/webm")
    first, *further = parts
    begun = uploading.begin(interview, question.pk, sender)
    uploading.append(begun.pk, 0, [first])
    for part in further:
        uploading.append(uploading.go_on(interview, begun.take_id, sender).pk, 0, [part])
    return finish_take(begun.take_id).take


def everything(world: World, note: str = NOTE) -> None:
    """Of each kind of row that an address or an open page can name, one that is Bo's or his position's.

    He has submitted, all is assessed, and Eve, of the team, has reviewed it, with a note, and decided. Somebody from
    outside has commented on it by a link.
    """
    interview = world.interview
    make_public_link(world.position, "the hall", actor=world.ada)
    RubricVersion.objects.create(rubric=Rubric.objects.create(name="Unfinished"))
    work_through(interview)
    interview.refresh_from_db()
    eve = User.objects.create_user("eve", "eve@example.com", "-")
    join_team(world.position, eve)
    review(interview, eve)
    answer, criterion = places(interview)[0]
    rate(interview, eve, Rated(answer.pk, criterion.pk, 2, note, "Heard it again."))
    decide(interview, eve, Decision.Outcome.HOLD, note)
    reassessing.start(world.position, {}, world.ada)
    work_through(interview)
    correct(interview, answer.take_id, f"{answer.take.transcript.text} and more", 1, eve)
    kit, _token = invite(Applicant.objects.create(name="Kit Kade", email="kit@example.com"), world.question_set)
    ask_for_time(kit)
    ask_for_accommodation(kit, ["time"], "")
    noting.note(interview, eve, noting.Noted(uuid.uuid4(), answer.take_id, 1, note, 0))
    link, world.share_token = sharing.share(interview, sharing.Outsider("Olga Outer", ""), 7, shows_levels=True, by=eve)
    world.share = f"/shared/{link.pk}/"
    ended, _token = sharing.share(interview, sharing.Outsider("Otto", ""), 7, shows_levels=False, by=eve)
    sharing.end_share(ended, by=eve)
    sharing.visited(link, ShareVisit.Kind.OPENED)
    sharing.comment(link, answer, note, 0)
    exporting.note(eve, "pdf", interviews=1, interview=interview)
    listing.save_view(eve, "To decide", "stage=scored")
    make_token(world.ada, "our other program", [Scope.POSITIONS_READ], 7)
    endpoint = webhooks.make_endpoint(world.position, "https://hooks.invalid/", ["interview.submitted"], world.ada)
    Endpoint.objects.filter(pk=endpoint.pk).update(told_until=0)
    to_be_told()
    Position.objects.filter(pk=world.position.pk).update(asks_self_report=True)
    interview.refresh_from_db()
    report(interview, SelfReport.Sex.MALE, SelfReport.Ethnicity.WHITE, None)
    _give_a_logo(world.position)


def _give_a_logo(position: Position) -> None:
    drawn = BytesIO()
    Image.new("RGB", (96, 96), "#14532d").save(drawn, "PNG")
    logo = logos.keep(drawn.getvalue())
    Position.objects.filter(pk=position.pk).update(logo=logo)
