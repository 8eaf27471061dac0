"""What this room says when a file cannot be used, or not be had."""

from __future__ import annotations

import errno

OF_THE_MACHINE = frozenset(
    {errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.ENOENT, errno.EACCES, errno.EMFILE, errno.ESTALE}
)
"""Errors of the machine, not of the file: trying again may help."""


class MediaError(Exception):
    """The file is not a recording that can be used. `message` is a plain sentence for a person."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class Passing(MediaError):
    """Nothing that this file can be blamed for: another time it may go well."""


class BucketError(Exception):
    """The bucket did not do what was asked. `message` is the end of a sentence for people, and names no key."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class NotInBucket(BucketError):
    """There is no such object."""
