"""A position with as many rows as one likes of each kind that pages list: for tests of how many statements pages take.

Rows alone: nothing was recorded, and no job is worked on.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any, TypeVar
from uuid import uuid4

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Model
from django.utils import timezone

from interviews.events import Kind, record_all
from interviews.models import (
    Accommodation,
    Answer,
    ApiToken,
    Applicant,
    Arrival,
    Assessment,
    AssessmentRun,
    Charge,
    Correction,
    Criterion,
    Decision,
    Delivery,
    Endpoint,
    Explanation,
    ExtensionRequest,
    Interview,
    Job,
    JobAttempt,
    MailText,
    Membership,
    Message,
    Note,
    Pause,
    Position,
    ProviderHealth,
    ProviderReply,
    PublicLink,
    Question,
    QuestionSet,
    Rating,
    Reassessment,
    Receipt,
    RecoveryCode,
    Redo,
    Rendition,
    Result,
    Review,
    Rubric,
    RubricVersion,
    RunQuestion,
    SavedView,
    Segment,
    SelfReport,
    Session,
    ShareComment,
    ShareLink,
    ShareVisit,
    Take,
    Transcript,
)
from interviews.processing.texts import KINDS
from interviews.queries.self_reports import key_of
from tests.engines import SPOKEN
from tests.people import make_position

WORDS = [{"text": it, "start": n / 2, "end": n / 2 + 0.4, "confidence": 0.9} for n, it in enumerate(SPOKEN.split())]
Row = TypeVar("Row", bound=Model)
OF_ONE_AT_MOST = 12
"""Rows of one interview: questions times criteria times reviewers are many soon. As many as a rubric has criteria."""


class Plenty:
    """For `reader`, who runs the position and has done every review of what is submitted but that of `unread`."""

    def __init__(self, reader: User, count: int) -> None:
        self.reader, self.count, self.few = reader, count, min(count, OF_ONE_AT_MOST)
        self.now, self.tag = timezone.now(), uuid4().hex[:8]
        self.team = _made(User(username=f"{self.tag}-{n}", email="colleague@example.com") for n in range(count))
        self.position = self._position()
        self.questions = self._questions(self.position)
        [self.scored, *_rest] = scored = self._interviews(state="scored", submitted_at=self.now)
        [self.unread, *_rest] = self._interviews(state="submitted", submitted_at=self.now)
        [self.unheard, *_rest] = unheard = self._interviews(state="submitted", submitted_at=self.now)
        invited = self._interviews()
        self.answers = self._answers([(self.scored, it) for it in self.questions[: self.few]])
        others = self._answers([(it, self.questions[0]) for it in scored[1:]])
        self._read([*self.answers, *others])
        self._reviewed(scored, [*self.answers, *others])
        self._decided(scored)
        self._seen_by_others()
        self._waits(invited, unheard)
        self._belongs_to_the_position()
        self._belongs_to_the_reader()
        self._is_out()

    def _position(self) -> Position:
        others = _made(
            Position(title=f"Position {n} {self.tag}", state="open", contact="jobs@example.com")
            for n in range(self.count)
        )
        position = make_position(f"Plenty {self.tag}", self.reader)
        _made(Membership(position=it, user=self.reader, role="recruiter") for it in others)
        _made(Membership(position=position, user=it) for it in self.team)
        return position

    def _questions(self, position: Position) -> list[Question]:
        """Each with a rubric of its own, in as many versions; a question set was published, and a draft follows it."""
        rubrics = _made(Rubric(name=f"Rubric {n} {self.tag}", about="for tests") for n in range(self.count))
        versions = _made(
            RubricVersion(rubric=rubric, number=number, published_at=self.now)
            for rubric in rubrics
            for number in range(1, self.few + 2)
        )
        [self.draft] = _made([RubricVersion(rubric=rubrics[0], number=self.few + 2)])
        self.version = versions[0]
        used = versions[:: self.few + 1]
        _made(
            Criterion(version=version, number=n + 1, name=f"Criterion {n}", look_for="a plan", **_levels())
            for version in (*versions, self.draft)
            for n in range(self.few if version in (self.version, self.draft) else 1)
        )
        sets = _made(QuestionSet(position=position, version=n + 1, published_at=self.now) for n in range(self.few))
        [draft] = _made([QuestionSet(position=position, version=self.few + 1)])
        [self.only_published] = _made([Position(title=f"Published {self.tag}", state="open")])
        _made([Membership(position=self.only_published, user=self.reader, role="recruiter")])
        [published] = _made([QuestionSet(position=self.only_published, published_at=self.now)])
        self.asked = sets[-1]
        return _made(
            Question(question_set=question_set, number=n + 1, text=f"Question {n}?", rubric=used[n])
            for question_set in (self.asked, draft, published)
            for n in range(self.few)
        )[: self.few]

    def _interviews(self, **values: Any) -> list[Interview]:
        if values:
            values |= {"consented_at": self.now, "ai_consent": True, "ai_consent_version": "1"}
        people = _made(
            Applicant(name=f"Applicant {n}", email=f"a{n}@example.com", sort_name=f"applicant {n}")
            for n in range(self.count)
        )
        deadline = self.now + timedelta(days=7)
        return _made(Interview(applicant=it, question_set=self.asked, deadline=deadline, **values) for it in people)

    def _answers(self, places: Sequence[tuple[Interview, Question]]) -> list[Answer]:
        """Recorded twice, in two parts; the second counts, and was corrected."""
        ended = {"state": "finished", "bytes": 1, "finished_at": self.now, "seconds": 9.0}
        takes = _made(
            Take(interview=interview, question=question, number=number, **ended)
            for number in (1, 2)
            for interview, question in places
        )
        _made(
            Segment(take=take, number=n, mime_type="video/webm", received=1, length=1) for take in takes for n in (1, 2)
        )
        _made(Rendition(take=it, seconds=9, mime_type="video/mp4", has_poster=True, made_at=self.now) for it in takes)
        heard = _made(Transcript(take=it, words=WORDS, language="en", engine="local", version=2) for it in takes)
        _made(
            Correction(transcript=it, version=n + 2, before=WORDS[1:], after=WORDS, by_applicant=False, actor=by)
            for it in heard
            for n, by in enumerate(self.team[: self.few])
            if it.take.interview == self.scored
        )
        return _made(
            Answer(interview=take.interview, question=question, take=take)
            for take, (_interview, question) in zip(takes[len(places) :], places, strict=True)
        )

    def _read(self, answers: Sequence[Answer]) -> None:
        """Each interview once by itself, and then with a reassessment; the first of them with each."""
        made = _made(Reassessment(position=self.position, asked_by=self.reader) for _ in range(self.few))
        values = {"state": "done", "engine": "local", "began_at": self.now, "ended_at": self.now}
        runs = _made(
            AssessmentRun(interview=it, number=n, reassessment=together, asked_by=self.reader, **values)
            for it in {answer.interview for answer in answers}
            for n, together in enumerate([None, *(made if it == self.scored else made[:1])], start=1)
        )
        _made(Result(run=it, interview=it.interview, score="4.00", levels=1, criteria=1) for it in runs)
        read = [(run, answer) for run in runs for answer in answers if answer.interview_id == run.interview_id]
        _made(
            RunQuestion(run=run, question=answer.question, rubric=answer.question.rubric)
            for run, answer in read
            if answer.question.rubric
        )
        quoted = {"quotes": [{"text": SPOKEN, "first_word": 0, "last_word": len(WORDS) - 1}], "reason": "a plan"}
        said = {answer.pk: answer.take.transcript.sha256 for answer in answers}
        _made(
            Assessment(
                run=run, answer=answer, criterion=criterion, level=4, transcript_sha256=said[answer.pk], **quoted
            )
            for run, answer in read
            for criterion in _criteria(answer)
        )
        _made(Charge(position=self.position, interview=it.interview, run=it, engine="gemini") for it in runs)
        _made(ProviderReply(interview=it.interview, engine="gemini", request_hash="0", reply="") for it in runs)

    def _reviewed(self, interviews: Sequence[Interview], answers: Sequence[Answer]) -> None:
        """By the reader and the whole team, the first of them; the others by the reader and one more."""
        done = {"state": "done", "done_at": self.now}
        reviews = _made(
            Review(interview=interview, reviewer=reviewer, **done)
            for interview in interviews
            for reviewer in (self.reader, *self.team[: self.few if interview == self.scored else 1])
        )
        of_interview: dict[Any, list[Answer]] = {}
        for answer in answers:
            of_interview.setdefault(answer.interview_id, []).append(answer)
        _made(
            Rating(review=review, answer=answer, take=answer.take, criterion=it, level=2 + after, **_reason(after))
            for after in (False, True)
            for review in reviews
            for answer in of_interview.get(review.interview_id, [])
            for it in _criteria(answer)
        )

    def _decided(self, interviews: Sequence[Interview]) -> None:
        """About half of them nobody has; of the first, the whole team did, one after another."""
        decisions = _made(
            [
                *(Decision(interview=it, outcome="hold", reason="wait", by=self.reader) for it in interviews[1::2]),
                *(Decision(interview=self.scored, outcome="hold", reason="wait", by=it) for it in self.team),
            ]
        )
        newest = decisions[-1]
        words = {"kind": "decision", "subject": "About you", "body": "Wait.", "asked_by": self.reader, "state": "sent"}
        _made([Message(interview=self.scored, decision=newest, to="a@example.com", **words)])
        _made(Explanation(interview=self.scored, facts={}, given_by=it) for it in self.team)
        said = {"sex": "female", "ethnicity": "white"}
        _made(SelfReport(key=key_of(it.pk), **said) for it in interviews)

    def _seen_by_others(self) -> None:
        """What somebody from outside, and the team, left at the first interview."""
        until = self.now + timedelta(days=7)
        links = _made(
            ShareLink(interview=self.scored, name=f"Olga {n}", hash=uuid4().hex, shows_levels=True, **_by(by, until))
            for n, by in enumerate(self.team[: self.few])
        )
        answer = self.answers[0]
        _made(ShareVisit(link=link, kind="played", answer=it) for link in links for it in self.answers)
        _made(
            ShareComment(link=link, answer=it, take=it.take, text="at [0:01] a plan")
            for link in links
            for it in self.answers
        )
        _made(Note(interview=self.scored, take=answer.take, second=1, text="calm", by=it) for it in self.team)
        _made(
            Redo(interview=self.scored, question=answer.question, reason="noise", asked_by=it, done_at=self.now)
            for it in self.team
        )
        _made(
            Receipt(interview=self.scored, submitted_at=self.now - timedelta(days=n), facts={}) for n in range(self.few)
        )
        with transaction.atomic():
            record_all(Kind.REVIEWED, [self.scored] * self.few, actor=self.team[0])

    def _waits(self, invited: Sequence[Interview], unheard: Sequence[Interview]) -> None:
        """For other people: mail that did not get through, wishes, and work that stands still."""
        mails = _made(Message(interview=it, kind="invitation", to="a@example.com", state="failed") for it in invited)
        mails += _made(Message(interview=self.scored, kind="receipt", to="a@example.com") for _ in range(self.few))
        stopped = {"state": "parked", "problem": "no such mailbox"}
        _made(Job(kind="mail", interview=it.interview, message=it, **stopped) for it in mails)
        _made(
            Accommodation(interview=it, wishes=["time"], asked_at=self.now, changed_at=self.now, written=True)
            for it in invited
        )
        _made(ExtensionRequest(interview=it) for it in invited)
        _made(Job(kind="assess", interview=it, state="parked", problem="no key") for it in unheard[1:])
        ended = {"state": "finished", "bytes": 1, "finished_at": self.now}
        takes = _made(Take(interview=self.unheard, question=it, number=1, **ended) for it in self.questions)
        _made(Answer(interview=self.unheard, question=it.question, take=it) for it in takes if it.question)
        jobs = _made(
            Job(kind="transcribe", interview=self.unheard, take=it, run_after=self.now - timedelta(hours=1))
            for it in takes
        )
        _made(JobAttempt(job=it, token=uuid4(), worker="w", outcome="delayed", ended_at=self.now) for it in jobs)
        _made([Job(kind="assess", interview=self.unread, state="parked", problem="no key")])

    def _belongs_to_the_position(self) -> None:
        links = _made(
            PublicLink(position=self.position, label=f"Hall {n}", hash=uuid4().hex, made_by=by, revoked_by=by)
            for n, by in enumerate(self.team)
        )
        _made(Arrival(link=it, form=uuid4(), visitor="v", email="e") for it in links)
        _made(MailText(position=self.position, kind=kind, subject="S", body="B {link}") for kind in KINDS[: self.count])
        [self.endpoint, *_others] = _made(
            Endpoint(position=self.position, url="https://example.com/", kinds="", told_until=0, made_by=by)
            for by in self.team
        )
        told = {"endpoint": self.endpoint, "kind": "interview.submitted", "body": "{}", "give_up_at": self.now}
        deliveries = _made(Delivery(interview=self.scored, event=n, state="queued", **told) for n in range(self.count))
        _made(Job(kind="webhook", delivery=it, state="parked", problem="410") for it in deliveries)

    def _belongs_to_the_reader(self) -> None:
        until = self.now + timedelta(days=7)
        names = [f"{self.tag} {n}" for n in range(self.count)]
        _made(ApiToken(owner=self.reader, name=it, hash=uuid4().hex, scopes="", expires_at=until) for it in names)
        _made(Session(pk=uuid4().hex, user=self.reader, expire_date=until, signed_in_at=self.now) for _ in names)
        _made(SavedView(user=self.reader, name=it, query="stage=scored") for it in names)
        _made(RecoveryCode(user=self.reader, hash=uuid4().hex) for _ in names)

    def _is_out(self) -> None:
        """Of the site: as many providers as there are, and as much of its work that is paused."""
        out = {"failures": 1, "failing_since": self.now, "next_try_at": self.now}
        for engine in ("gemini", "deepgram", "mail")[: self.count]:
            ProviderHealth.objects.update_or_create(engine=engine, defaults=out)
        for kind in ("mail", "webhook", "store", "erase")[: self.count]:
            Pause.objects.get_or_create(kind=kind, by=self.reader)


def _made(rows: Iterable[Row]) -> list[Row]:
    """In bulk, so that what is published may be made with what belongs to it."""
    made = list(rows)
    return type(made[0])._default_manager.bulk_create(made) if made else made


def _levels() -> dict[str, str]:
    return {f"level_{n}": f"Level {n}" for n in range(1, 6)}


def _criteria(answer: Answer) -> list[Criterion]:
    return list(answer.question.rubric.criteria.all()) if answer.question.rubric else []


def _reason(after: bool) -> dict[str, Any]:
    return {"after_reveal": after, "reason": "heard it again" if after else ""}


def _by(by: User, until: Any) -> dict[str, Any]:
    return {"made_by": by, "revoked_by": by, "expires_at": until}
