"""Where copies of everything go, and how long they are kept."""

from __future__ import annotations

from pathlib import Path

from project.environment import reading, refuse
from project.environment.site import DATA_DIR

with reading() as env:
    BACKUP_DIR = Path(env.str("BACKUP_DIR", str(DATA_DIR / "backups"))).resolve()
    BACKUP_DAYS = env.int("BACKUP_DAYS", 14)

if not 1 <= BACKUP_DAYS <= 3650:
    refuse("BACKUP_DAYS", "must be from 1 to 3650: so many days a backup is kept.")
