"""What a backup's folder says of itself, and whether it is true."""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import Any

FACTS, SUMS, MEDIA, SECRET_KEY = "backup.json", "SHA256SUMS", "media", "secret_key"
FORMAT = 1
SHOWN_AT_MOST = 20


class Unusable(Exception):
    """Why a folder is no backup that can be put back, in sentences."""


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything is as it was at `taken_at`. `files` and `bytes` are those that SHA256SUMS lists, `sums` is its own
    SHA-256. `missing` and `damaged` name files below media that were so when the backup was made; `migrations` are
    those that the database has."""

    id: uuid.UUID
    site: str
    taken_at: datetime
    made_at: datetime
    delete_after: datetime
    database: str
    files: int
    bytes: int
    sums: str
    migrations: list[str]
    missing: list[str] = field(default_factory=list)
    damaged: list[str] = field(default_factory=list)

    @property
    def problem(self) -> str:
        """Blank: none."""
        wrong = {"missing": self.missing, "damaged": self.damaged}
        return "; ".join(f"{len(names)} files are {how}, {names[0]} first" for how, names in wrong.items() if names)

    def write(self, folder: Path) -> str:
        """The digest of the backup."""
        text = json.dumps({"format": FORMAT, **asdict(self)}, default=str, indent=1, ensure_ascii=False) + "\n"
        (folder / FACTS).write_text(text, "utf-8")
        return hashlib.sha256(text.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Listed:
    name: str
    sha256: str


def facts_of(folder: Path) -> tuple[Facts, str]:
    """And the digest of the backup. Raises Unusable."""
    try:
        data = (folder / FACTS).read_bytes()
    except OSError as error:
        raise Unusable(f"{folder} is no complete backup: {FACTS} cannot be read ({error.strerror}).") from error
    try:
        said: dict[str, Any] = json.loads(data)
        if said.pop("format") != FORMAT:
            raise Unusable(f"{folder} was made in a form that this version does not know. Use the version it is from.")
        said |= {name: datetime.fromisoformat(said[name]) for name in ("taken_at", "made_at", "delete_after")}
        said["id"] = uuid.UUID(said["id"])
        return Facts(**said), hashlib.sha256(data).hexdigest()
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise Unusable(f"{folder} is damaged: {FACTS} is not what we write.") from error


def listed(folder: Path, facts: Facts) -> list[Listed]:
    """The files of a backup. Raises Unusable where their list is not the one that was written."""
    try:
        data = (folder / SUMS).read_bytes()
    except OSError as error:
        raise Unusable(f"{folder} is damaged: {SUMS} cannot be read ({error.strerror}).") from error
    if hashlib.sha256(data).hexdigest() != facts.sums:
        raise Unusable(f"{folder} is damaged: {SUMS} is not the one that was written.")
    found = [Listed(name, digest) for digest, _, name in (line.partition("  ") for line in data.decode().splitlines())]
    for one in found:
        # A list that somebody made anew, digests and all, must not lead out of the folder.
        path = PurePosixPath(one.name)
        if path.is_absolute() or ".." in path.parts or "\\" in one.name:
            raise Unusable(f"{folder} cannot be used: it names a file outside of it.")
    return found


def verify(folder: Path, digest: str = "") -> Facts:
    """Reads every byte. Raises Unusable unless all is as it was written and, where one is given, has this digest."""
    facts, found = facts_of(folder)
    if digest and found != digest:
        raise Unusable(f"{folder} is not the backup with this digest: its own is {found}.")
    wrong = list(_wrong(folder, listed(folder, facts)))
    if wrong:
        more = f"\n… and {len(wrong) - SHOWN_AT_MOST} more" if len(wrong) > SHOWN_AT_MOST else ""
        raise Unusable(f"{folder} is damaged:\n" + "\n".join(wrong[:SHOWN_AT_MOST]) + more)
    return facts


def _wrong(folder: Path, files: list[Listed]) -> Iterator[str]:
    for file in files:
        path = folder / file.name
        if path.is_symlink() or not path.is_file():
            yield f"{file.name} is missing"
        elif digest_of(path) != file.sha256:
            yield f"{file.name} is not what was written"


def digest_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
