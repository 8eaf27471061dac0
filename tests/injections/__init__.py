"""What applicants might say to whoever grades, and what they say at work: written down, one in each line."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple


class Saying(NamedTuple):
    language: str
    kind: str  # "" where it is none
    words: tuple[str, ...]


def attacks() -> list[Saying]:
    return list(_listed("attacks.txt"))


def ordinary() -> list[Saying]:
    return list(_listed("ordinary.txt"))


def _listed(name: str) -> Iterator[Saying]:
    language = kind = ""
    for line in Path(__file__).with_name(name).read_text("utf-8").splitlines():
        if heading := re.fullmatch(r"\[(\w\w)(?:: ([\w ]+))?\]", line):
            language, kind = heading[1], heading[2] or ""
        elif line and not line.startswith("#"):
            yield Saying(language, kind, tuple(line.split()))
