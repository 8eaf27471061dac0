"""The key of an embedded site, made on its first start and kept in its data folder."""

from __future__ import annotations

import os
from pathlib import Path

from django.core.management.utils import get_random_secret_key


def stored_secret_key(folder: Path) -> str:
    path = folder / "secret_key"
    try:
        # O_EXCL: of two first starts at once, one writes and both read the same key.
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text("ascii")
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(get_random_secret_key())
    return path.read_text("ascii")
