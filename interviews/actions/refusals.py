"""Why a person's act was refused. Each says what is wrong and what to do next; nothing was changed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from interviews.models import Interview


class Refused(Exception):
    """`code` is a stable word for programs, `message` a sentence or two for the person, `status` the HTTP answer."""

    code = "refused"
    status = 400

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class NotAllowed(Refused):
    code = "not_allowed"
    status = 403


class WrongState(Refused):
    code = "wrong_state"
    status = 409


class Taken(Refused):
    """What must be there once is there already."""

    code = "taken"
    status = 409


class WrongOffset(Refused):
    """`offset` is where the next piece has to start, of `segment` where several may be meant."""

    code = "wrong_offset"
    status = 409

    def __init__(self, message: str, offset: int, segment: UUID | None = None) -> None:
        super().__init__(message)
        self.offset = offset
        self.segment = segment


class TakenOver(Refused):
    """Another tab or device has gone on with this recording."""

    code = "taken_over"
    status = 403


class NoSuchTake(Refused):
    code = "no_such_take"
    status = 404


class ChangedElsewhere(Refused):
    """`text` and `version` are what is stored."""

    code = "changed_elsewhere"
    status = 409

    def __init__(self, message: str, text: str, version: int) -> None:
        super().__init__(message)
        self.text = text
        self.version = version


class TakeFinished(Refused):
    code = "take_finished"
    status = 410


class SegmentClosed(Refused):
    """Another segment of the same take has followed."""

    code = "segment_closed"
    status = 410


class TooLarge(Refused):
    code = "too_large"
    status = 413


class QuotaReached(Refused):
    code = "quota"
    status = 413


class NotARecording(Refused):
    code = "not_a_recording"
    status = 415


class TooMany(Refused):
    code = "too_many"
    status = 429


class DigestDiffers(Refused):
    code = "digest_differs"
    status = 422


class ChecksumDiffers(Refused):
    """460 is tus's own status for a slice that does not match its checksum."""

    code = "checksum_differs"
    status = 460


class DiskFull(Refused):
    """Ours, and passing: the sender keeps what it has and tries again."""

    code = "disk_full"
    status = 507


@contextmanager
def given_once() -> Iterator[None]:
    """Inside, an external id that something else of its kind has is refused as Taken. Nothing is kept."""
    with transaction.atomic():
        try:
            yield
        except IntegrityError as error:
            if "external_id" in str(error):
                raise Taken(_("Something else has this external id already.")) from None
            raise


Refusals = dict[UUID, Refused]
"""Why something was not done with some of many, by the ids of the interviews."""


def parted(
    interviews: Iterable[Interview], must_be_so: Callable[[Interview], None]
) -> tuple[list[Interview], Refusals]:
    """Those of which it is so, and why the others are not."""
    chosen: list[Interview] = []
    refused: Refusals = {}
    for interview in interviews:
        try:
            must_be_so(interview)
        except Refused as problem:
            refused[interview.pk] = problem
        else:
            chosen.append(interview)
    return chosen, refused


def raise_first(refused: Refusals) -> None:
    """For what is done with one alone."""
    for problem in refused.values():
        raise problem
