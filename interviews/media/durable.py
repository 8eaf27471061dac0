"""Bytes that stay: appended, on disk for good, and read back against what arrived."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hashlib import _Hash

READ_BYTES = 1024 * 1024


class DamagedFile(Exception):
    """What is on disk is not what arrived."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """Bytes that arrived together; `sha256` is raw."""

    offset: int
    length: int
    sha256: bytes


def append(path: Path, offset: int, chunks: Iterable[bytes]) -> None:
    """Puts the chunks behind the first `offset` bytes, in place of whatever else is there, and waits for the disk."""
    is_new = offset == 0
    if is_new:
        path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | getattr(os, "O_BINARY", 0), 0o600)
    try:
        os.ftruncate(descriptor, offset)
        os.lseek(descriptor, offset, os.SEEK_SET)
        for chunk in chunks:
            view = memoryview(chunk)
            while view:
                view = view[os.write(descriptor, view) :]
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    if is_new:
        # The take's folder and its interview's may be as new as the file.
        for folder in list(path.parents)[:3]:
            _keep_names(folder)


def read_back(path: Path, stretches: Sequence[Stretch], whole: _Hash) -> str:
    """SHA-256 of the stretches as the file has them now, in hexadecimal; the bytes also go into `whole`.

    Raises DamagedFile where the stretches leave a gap or the file is not what they say.
    """
    content = hashlib.sha256()
    if not stretches:
        return content.hexdigest()
    end = 0
    try:
        with path.open("rb") as file:
            for stretch in stretches:
                piece, left = hashlib.sha256(), stretch.length
                while left and (data := file.read(min(left, READ_BYTES))):
                    left -= len(data)
                    for digest in (piece, content, whole):
                        digest.update(data)
                if left or stretch.offset != end or piece.digest() != stretch.sha256:
                    raise DamagedFile(path)
                end += stretch.length
    except FileNotFoundError as error:
        raise DamagedFile(path) from error
    return content.hexdigest()


def _keep_names(folder: Path) -> None:
    """The name of a new file is durable only once its folder is; Windows has no such call and needs none."""
    if hasattr(os, "O_DIRECTORY"):
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
