"""What a cause is, and what may be pressed."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from django.utils.translation import gettext as _


class Act(StrEnum):
    RETRY = "retry"
    MAKE_AGAIN = "make-again"
    LOOK_AGAIN = "look-again"
    UNPAUSE = "unpause"
    UNPAUSE_KIND = "unpause-kind"
    TRY_PROVIDER = "try-provider"
    ASK_AGAIN = "ask-again"
    REMIND = "remind"
    SEND_AGAIN = "send-again"
    MORE_TIME = "more-time"
    ASSESS_AGAIN = "assess-again"
    GO_ON = "go-on"


OF_THE_SITE = frozenset({Act.UNPAUSE, Act.UNPAUSE_KIND, Act.TRY_PROVIDER})
"""For operators alone. All others are also, or only, for who recruits for the position."""
OF_PEOPLE = frozenset({Act.ASK_AGAIN, Act.REMIND, Act.SEND_AGAIN, Act.MORE_TIME, Act.ASSESS_AGAIN, Act.GO_ON})
"""What an applicant hears of, or a recruiter has begun: for who recruits for the position."""


@dataclass(frozen=True, slots=True)
class Press:
    """A button. `target` is an id of what the act is done to: a job, a take, a pause, a question, an engine."""

    act: Act
    target: str = ""

    @property
    def key(self) -> str:
        return f"{self.act} {self.target}"

    @property
    def label(self) -> str:
        return {
            Act.RETRY: _("Try it now"),
            Act.MAKE_AGAIN: _("Make the recording ready again"),
            Act.LOOK_AGAIN: _("Look at it now"),
            Act.UNPAUSE: _("End this pause"),
            Act.UNPAUSE_KIND: _("End this pause for all"),
            Act.TRY_PROVIDER: _("Call it once now"),
            Act.ASK_AGAIN: _("Ask the applicant for this answer again"),
            Act.REMIND: _("Remind the applicant"),
            Act.SEND_AGAIN: _("Send the invitation again"),
            Act.MORE_TIME: _("Give a week more"),
            Act.ASSESS_AGAIN: _("Assess it again"),
            Act.GO_ON: _("Go on with the assessment"),
        }[self.act]

    @property
    def whose(self) -> str:
        """Who may press it, for whoever may not."""
        if self.act in OF_PEOPLE:
            return _("A recruiter of this position can press “%(label)s” here.") % {"label": self.label}
        return _("An operator can press “%(label)s” here.") % {"label": self.label}


@dataclass(frozen=True, slots=True)
class Cause:
    """`slug` is for programs; `words` say what is so and `next_step` what to do. `detail` is what was reported, word
    for word. `question` is the number of the one whose answer it holds up, None where it is the whole interview.

    `elsewhere`: somebody must do something outside of this site first. `waits`: nobody has to do anything.
    """

    slug: str
    words: str
    next_step: str
    presses: list[Press] = field(default_factory=list)
    question: int | None = None
    detail: str = ""
    next_try_at: datetime | None = None
    elsewhere: bool = False

    @property
    def waits(self) -> bool:
        return not self.presses and not self.elsewhere

    def in_plain_words(self) -> Cause:
        """For who hires, and does not run this site."""
        if self.slug in OF_RECRUITERS:
            return self
        step = _("Whoever runs this site can mend that: tell them. Nothing is lost meanwhile.")
        words = {
            "no-worker": _("Nothing is done at the moment: a part of this site is not running."),
            "queue-away": _("Nothing is begun at the moment: a part of this site is not running."),
            "not-told": _("It is due, and nothing has begun it yet."),
            "worker-lost": _("It was interrupted, and is begun again."),
            "crashed": _("It was interrupted again and again."),
            "original-gone": _("The recording cannot be reached."),
            "sound-gone": _("What was made of the recording cannot be reached."),
            "disk-full": _("There is no room on this site's disk."),
            "database": _("It was interrupted, and is tried again."),
        }.get(self.slug, self.words)
        return replace(self, words=words, next_step=step if self.elsewhere else self.next_step)


OF_RECRUITERS = frozenset({"budget-position", "no-weight"})
"""What somebody must do outside of the page, and who recruits can."""
