"""Why something failed, in the reader's language. Rows and logs keep it in English, as it was written."""

from __future__ import annotations

import re
from functools import cache

from django.utils.translation import gettext, gettext_noop

_FILLED_IN = (
    gettext_noop("%(reason)s; given up after %(count)s attempts"),
    gettext_noop("given up after three days: %(reason)s"),
    gettext_noop("nothing could be delivered for three days: %(reason)s"),
    gettext_noop("The bucket for recordings cannot be used: %(reason)s"),
    gettext_noop("%(reason)s before it was done"),
    gettext_noop("its worker ended without a word, or hung, %(count)s times"),
    gettext_noop("called back by %(name)s"),
    gettext_noop("cancelled by %(name)s"),
    gettext_noop("%(provider)s asked us to slow down"),
    gettext_noop("%(provider)s refused the request as invalid"),
    gettext_noop("%(provider)s refused the key"),
    gettext_noop("The account at %(provider)s has no credit left"),
    gettext_noop("%(provider)s does not know the model or the address that was asked for"),
    gettext_noop("%(provider)s refused the recording or the transcripts as too large"),
    gettext_noop("%(provider)s cannot read this kind of recording"),
    gettext_noop("%(provider)s did not get the whole request in time"),
    gettext_noop("%(provider)s is overloaded"),
    gettext_noop("%(provider)s did not finish in time"),
    gettext_noop("%(provider)s failed on its side (status %(status)s)"),
    gettext_noop("%(provider)s refused the request (status %(status)s)"),
    gettext_noop("%(provider)s sent something that is not an answer"),
    gettext_noop("The connection to %(provider)s was lost in the middle of its answer"),
    gettext_noop("The answer of %(provider)s leaves out %(count)s of %(all)s answers"),
    gettext_noop("The answer of %(provider)s %(what)s"),
    gettext_noop(
        "%(provider)s gave a level for something that nobody can have said: it did not grade by evidence, none of this "
        "run stands, and a person must judge"
    ),
    gettext_noop("The analysis left out %(count)s of %(all)s answers"),
    gettext_noop("AI paused: this month's budget of the %(whose)s is used up; an administrator can raise it"),
    gettext_noop("A file could not be deleted (%(error)s)"),
    gettext_noop("This machine could not read or store it (%(error)s)."),
    gettext_noop("The recording claims to be longer than %(count)s minutes."),
    gettext_noop("it answers %(code)s"),
    gettext_noop("it does not answer (%(error)s)"),
    gettext_noop("the mail server refuses this site as sender (%(status)s)"),
    gettext_noop("the mail server cannot be reached (%(error)s)"),
    gettext_noop("the mail server refused it: %(reply)s"),
    gettext_noop("the mail server does not take it yet: %(reply)s"),
    gettext_noop("its certificate is not to be trusted (%(error)s)"),
    gettext_noop("it cannot be reached (%(error)s)"),
    gettext_noop("it answered with a redirect (%(status)s), which is not followed"),
    gettext_noop("it answered %(status)s"),
)
"""What is written with something filled in. What frames another reason comes first."""
_TOLD_TOO = {"reason", "whose", "what"}
"""Filled in with words that are translated in their turn."""
_BUDGETS = (gettext_noop("site"), gettext_noop("position"))


def told(reason: str) -> str:
    """As it is where nobody has put it into the reader's language."""
    if not reason:
        return ""
    for ending in ("", "."):  # what is said of a file ends in a full stop; most of those who store it take it off
        words = gettext(reason + ending)
        if words != reason + ending:
            return words.removesuffix(ending)
        for form in _FILLED_IN:
            found = _pattern(form).fullmatch(reason + ending)
            if found:
                filled = {name: told(it) if name in _TOLD_TOO else it for name, it in found.groupdict().items()}
                return (gettext(form) % filled).removesuffix(ending)
    return reason


@cache
def _pattern(form: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"%\\\((\w+)\\\)s", r"(?P<\1>.+?)", re.escape(form)), re.DOTALL)
