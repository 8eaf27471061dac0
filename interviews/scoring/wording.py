"""Words of a rubric that speak of how somebody sounds or looks. Only what is said may be weighed.

A word list knows no context. So it refuses only what can hardly mean anything else ("eye contact"), and asks about what
may ("voice": the applicant's, or a voice that customers were given). English and German.
"""

from __future__ import annotations

import re

_REFUSED = (
    r"accents?(?! colou?rs?)|tones? of voice|pronunciation|intonation|facial|facial expressions?|eye contact"
    r"|body language|good[- ]looking|physical appearance"
    r"|(?:sounds?|sounding|looks?|looking|seems?) (?:very |really |quite )?"
    r"(?:confident|enthusiastic|nervous|shy|happy|sad|friendly|passionate|emotional|energetic|excited)"
    r"|(?:his|her|their) (?:voice|tone|face|looks|smile|accent|grammar)"
    r"|akzente?|tonfall|stimmlage|aussprache|mimik|gesichtsausdr[uü]ck\w*|blickkontakt|körpersprache"
    r"|(?:klingt|wirkt|klingen|wirken) (?:sehr )?"
    r"(?:selbstbewusst|begeistert|nervös|schüchtern|freundlich|sympathisch|leidenschaftlich|motiviert)"
)
_ASKED_ABOUT = (
    r"voices?|tones?|grammar|grammatical\w*|fluen(?:t|tly|cy)|vocabulary|(?<!in )the face|appearance|attractive\w*"
    r"|smil(?:e|es|ing)|emotions?|emotional\w*|feelings?|enthusias(?:m|tic|tically)|passion(?:ate|ately)?"
    r"|nervous\w*|charisma\w*|charm\w*|energetic\w*|personality|self-confiden(?:t|ce)|confident|confidently"
    r"|stimme|grammatik\w*|wortschatz|gesicht\w*|aussehen|attraktiv\w*|lächel\w*|emotion(?:en|al\w*)|gefühl\w*"
    r"|begeister\w*|leidenschaft\w*|nervös\w*|nervosität|charisma|persönlichkeit|selbstbewusst\w*|auftreten"
)
_refused = re.compile(rf"\b(?:{_REFUSED})\b", re.IGNORECASE)
_asked_about = re.compile(rf"\b(?:{_ASKED_ABOUT})\b", re.IGNORECASE)


def refused(text: str) -> list[str]:
    """What stands in the text and can only be about how somebody sounds or looks, in its own spelling."""
    return _found(_refused, text)


def asked_about(text: str) -> list[str]:
    """What stands in the text and may be."""
    return _found(_asked_about, _refused.sub(" ", text))


def _found(pattern: re.Pattern[str], text: str) -> list[str]:
    return list(dict.fromkeys(match[0] for match in pattern.finditer(" ".join(text.split()))))
