"""What this room says when a file cannot be used."""

from __future__ import annotations


class MediaError(Exception):
    """The file is not a recording that can be used. `message` is a plain sentence for a person."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message
