"""The key of an embedded site, made on its first start and kept in its data folder."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from django.core.management.utils import get_random_secret_key


def stored_secret_key(folder: Path) -> str:
    path = folder / "secret_key"
    if not path.exists():
        descriptor, draft = tempfile.mkstemp(dir=folder)  # readable by its owner alone
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(get_random_secret_key())
            file.flush()
            os.fsync(file.fileno())
        # Of several first starts at once one puts its key there, whole, and all read that one.
        try:
            os.link(draft, path)
        except FileExistsError:
            pass
        except OSError:  # a file system without links
            Path(draft).replace(path)
        finally:
            Path(draft).unlink(missing_ok=True)
    return path.read_text("ascii")
