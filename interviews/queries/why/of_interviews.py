"""What holds up a whole interview: its applicant, its consent, its work, or nothing."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.utils.translation import gettext as _

from interviews.models import Answer, AssessmentRun, Interview, Job, Message, Reassessment, Take
from interviews.models.needs import grace_ends
from interviews.queries.machines import asks_for_ai, is_assessed, is_transcribed
from interviews.queries.reasons import told
from interviews.queries.runs import current
from interviews.queries.why.causes import Act, Cause, Press
from interviews.queries.why.of_jobs import cause_of
from interviews.queries.why.rows import Rows

ARRIVES_UNTIL = timedelta(minutes=2)


def causes(rows: Rows, *, revealed: bool) -> list[Cause]:
    """The one that counts comes first; never none. `revealed`: what was suggested may be told to whoever asks."""
    interview = rows.interview
    if interview.withdrawn_at is not None:
        return [Cause("withdrawn", _("The applicant withdrew this interview."), _("Nothing is to be done."))]
    if interview.revoked_at is not None and not interview.is_submitted:
        words = _("The invitation was withdrawn before the interview was submitted.")
        return [Cause("revoked", words, _("Send the invitation again to give it back."), [Press(Act.SEND_AGAIN)])]
    of_work = [cause_of(job, rows) for job in rows.open_jobs]
    if not interview.is_submitted:
        return [*_before_the_submit(rows), *_those_that_count(of_work)]
    return [*_stuck_first(of_work), *_left_over(rows, of_work, revealed=revealed)]


def _those_that_count(of_work: list[Cause]) -> list[Cause]:
    return [cause for cause in of_work if not cause.waits]


def _stuck_first(of_work: list[Cause]) -> list[Cause]:
    """What needs somebody before what goes on by itself."""
    return sorted(of_work, key=lambda cause: cause.waits)


def _before_the_submit(rows: Rows) -> list[Cause]:
    interview = rows.interview
    has_begun = interview.state != Interview.State.INVITED
    if interview.deadline < rows.now and (not has_begun or grace_ends(interview) < rows.now):
        words = _("The deadline has passed, and it was not submitted.")
        return [Cause("expired", words, _("Give the applicant more time."), [Press(Act.MORE_TIME)])]
    if not has_begun:
        return [_invited(rows)]
    if interview.deadline < rows.now:
        words = _("The deadline has passed. What was begun before can still be submitted for a day.")
        return [Cause("grace", words, _("Give the applicant more time."), [Press(Act.MORE_TIME)])]
    missing = [it for it in rows.questions if it.pk not in rows.answers]
    if not missing:
        return [_not_handed_in(rows)]
    return [_unanswered(rows, question.pk, question.number) for question in missing]


def _invited(rows: Rows) -> Cause:
    mail = rows.invitation_mail
    if mail is not None and mail.state in (Message.State.FAILED, Message.State.DROPPED):
        words, again = _("The invitation could not be mailed."), [Press(Act.SEND_AGAIN)]
        return Cause("not-mailed", words, _("Check the address, then send it again."), again, detail=told(mail.problem))
    if mail is not None and mail.state == Message.State.QUEUED:
        job = next((it for it in rows.jobs if it.message_id == mail.pk and it.state in Job.OPEN), None)
        if job is not None:
            return cause_of(job, rows)
    if rows.interview.opened_at is None:
        return Cause("not-opened", _("The applicant has not opened the invitation yet."), *_reminding())
    return Cause("not-begun", _("The applicant has opened the invitation and not begun yet."), *_reminding())


def _not_handed_in(rows: Rows) -> Cause:
    was_before = rows.interview.receipts.exists()
    words = (
        _("It was given back to the applicant, who has not submitted it again yet.")
        if was_before
        else _("All questions are answered, and the applicant has not submitted yet.")
    )
    return Cause("given-back" if was_before else "not-submitted", words, *_reminding())


def _unanswered(rows: Rows, question_id: int, number: int) -> Cause:
    takes = [take for take in rows.takes if take.question_id == question_id]
    newest = takes[-1] if takes else None
    if newest is None:
        return Cause("not-answered", _("The applicant has not answered this question yet."), *_reminding(), number)
    last = max((it.appended_at for it in newest.segments.all()), default=newest.created_at)
    if newest.state == Take.State.RECORDING and last > rows.now - ARRIVES_UNTIL:
        words = _("The recording is arriving at this moment.")
        return Cause("arriving", words, _("Wait a moment: this page follows."), [], number)
    words = _("The recording was broken off, and the applicant has not come back to it.")
    return Cause("broken-off", words, *_reminding(), number)


def _reminding() -> tuple[str, list[Press]]:
    if settings.SENDS_MAIL:
        return _("Remind the applicant, or wait."), [Press(Act.REMIND)]
    return _("This site sends no mail: remind the applicant yourself, or wait."), []


def _left_over(rows: Rows, of_work: list[Cause], *, revealed: bool) -> list[Cause]:
    """After the submit, beside the work that is open."""
    interview = rows.interview
    if of_work and interview.state == Interview.State.SUBMITTED:
        return []
    if not is_assessed(interview) and not rows.runs:
        return [*_without_ai(interview)] if not of_work else []
    if any(it.reassessment and it.reassessment.state == Reassessment.State.PAUSED for it in _open_runs(rows)):
        words = _("It is to be assessed again together with others, and somebody has paused that.")
        return [Cause("reassessment-paused", words, _("Go on with it."), [Press(Act.GO_ON)])]
    run = current(rows.runs)
    if not of_work and (interview.state == Interview.State.SUBMITTED or _open_runs(rows) or run is None):
        words = _("Nothing is under way for it, and something should be: a fault of ours.")
        return [Cause("nobody", words, _("Have it looked at now."), [Press(Act.LOOK_AGAIN)])]
    return [] if of_work else [_assessed(rows, run, revealed=revealed)]


def _without_ai(interview: Interview) -> list[Cause]:
    if interview.ai_consent is not True and asks_for_ai():
        words = _("The applicant did not agree to AI, so no machine reads this interview.")
        return [Cause("no-consent", words, _("People rate it; nothing is missing for that."))]
    name = "TRANSCRIPTION_ENGINE" if not asks_for_ai() else "ANALYSIS_ENGINE"
    words = _("This site has no engine that suggests levels: %(variable)s is none.") % {"variable": name}
    step = _("People rate it. For suggested levels, set %(variable)s and restart; it is taken up by itself.")
    return [Cause("no-engine", words, step % {"variable": name}, elsewhere=True)]


def _open_runs(rows: Rows) -> list[AssessmentRun]:
    return [run for run in rows.runs if run.state in AssessmentRun.OPEN]


def _assessed(rows: Rows, run: AssessmentRun | None, *, revealed: bool) -> Cause:
    """What can be told of it without what was suggested comes first: it is the same for everybody."""
    answers = list(rows.answers.values())
    heard = [answer for answer in answers if hasattr(answer.take, "transcript")]
    was_deleted = rows.interview.media_erased_at or rows.interview.transcripts_erased_at
    is_silent = is_transcribed(rows.interview) and not any(answer.take.transcript.words for answer in heard)
    if is_silent and not was_deleted:
        return _without_words(answers, heard)
    if not revealed:
        words = _(
            "The machine is done. What it suggested, or that it suggested nothing, is shown after one's own review."
        )
        return Cause("assessed", words, _("Rate the interview: that does not wait for a machine."))
    result = getattr(run, "result", None)
    if result is None or result.score is not None:
        return Cause("scored", _("It is scored: nothing holds it up."), _("Nothing is to be done."))
    if result.levels:
        words = _("All criteria that could be assessed have the weight zero.")
        step = _("Write a new version of the rubric with a weight, then assess it again against that.")
        again = [Press(Act.ASSESS_AGAIN)]
        return Cause("no-weight", words, step, again, detail=told(result.unscored_reason), elsewhere=True)
    words = _("No answer held enough evidence for a level.")
    return Cause("no-evidence", words, _("People rate it."), detail=told(result.unscored_reason))


def _without_words(answers: list[Answer], heard: list[Answer]) -> Cause:
    first = min(answers, key=lambda answer: answer.question.number)
    words = _("No speech was heard in any answer.") if heard else _("No answer could be transcribed.")
    step = _("Listen to a recording. If nobody can be heard, ask the applicant for the answers again.")
    again = [Press(Act.ASK_AGAIN, str(first.question_id))]
    return Cause("no-speech" if heard else "not-transcribed", words, step, again)
