"""Nobody guesses without end: passwords, codes, tokens of links. Counted in rows, so that all processes count together.

A try is written down before it is looked at and taken away when it was right. So of many at once no more are looked at
than are allowed. Nobody is locked out by what others do from elsewhere, and no address is locked out as a whole: where
an office shares one, whoever types their password correctly at once always gets in.
"""

from __future__ import annotations

import logging
from datetime import timedelta

from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

from interviews.actions.refusals import TooMany
from interviews.models import Attempt

logger = logging.getLogger(__name__)

WITHIN = timedelta(minutes=15)
PER_ACCOUNT_AND_ADDRESS = 5
PER_ADDRESS = 100
"""Wrong passwords of any accounts. From there on, an account that was wrong once from this address has to wait."""
CODES_PER_ACCOUNT = 5
"""From anywhere: who gets here knows the password, and a code has six digits."""
LINKS_PER_ADDRESS = 50
"""Wrong tokens. They cannot be guessed (192 bits): this keeps the noise down, and who has the right one gets in."""


def try_password(name: str, address: str) -> Attempt:
    """Of an account that may not even exist: the reply is the same. Raises TooMany."""
    tried = Attempt.objects.create(kind=Attempt.Kind.PASSWORD, who=_digest(name.casefold()), whence=_digest(address))
    lately = Attempt.objects.filter(kind=tried.kind, at__gt=timezone.now() - WITHIN)
    from_here = lately.filter(whence=tried.whence)[: PER_ADDRESS + 1].count()
    allowed = PER_ACCOUNT_AND_ADDRESS if from_here <= PER_ADDRESS else 1
    _must_be_at_most(allowed, lately.filter(who=tried.who, whence=tried.whence).count(), tried)
    return tried


def was_wrong(tried: Attempt) -> None:
    """It stays and counts. The log names neither who nor whence, only what tells tries of the same apart."""
    logger.warning("a %s was wrong: account %.8s from %.8s", tried.kind, tried.who, tried.whence)


def try_code(account: int, address: str) -> Attempt:
    """Raises TooMany."""
    tried = Attempt.objects.create(kind=Attempt.Kind.CODE, who=_digest(str(account)), whence=_digest(address))
    lately = Attempt.objects.filter(kind=tried.kind, who=tried.who, at__gt=timezone.now() - WITHIN)
    _must_be_at_most(CODES_PER_ACCOUNT, lately.count(), tried)
    return tried


def was_right(tried: Attempt) -> None:
    """What was wrong before it, of the same account from the same address, counts no more."""
    Attempt.objects.filter(kind=tried.kind, who=tried.who, whence=tried.whence).delete()


def was_wrong_link(address: str) -> None:
    """Raises TooMany from some number on; those are not written down either."""
    whence = _digest(address)
    lately = Attempt.objects.filter(kind=Attempt.Kind.LINK, whence=whence, at__gt=timezone.now() - WITHIN)
    if lately[:LINKS_PER_ADDRESS].count() >= LINKS_PER_ADDRESS:
        raise TooMany(_("Too many links that do not work were opened from here. Wait a quarter of an hour."))
    Attempt.objects.create(kind=Attempt.Kind.LINK, who="", whence=whence)


def _must_be_at_most(allowed: int, tries: int, tried: Attempt) -> None:
    if tries > allowed:
        logger.warning("too many tries of a %s: account %.8s from %.8s", tried.kind, tried.who, tried.whence)
        tried.delete()  # or who goes on would never be let in again
        raise TooMany(
            _("That was wrong too often. Wait a quarter of an hour, or ask the person who runs this site for help.")
        )


def _digest(text: str) -> str:
    return salted_hmac("interviews.guessing", text, algorithm="sha256").hexdigest()
