"""How long what is kept of a person is kept, and why it may be."""

from __future__ import annotations

from project.environment import reading, refuse

_DAYS = {"media": 180, "transcripts": 365, "scores": 1460, "audit": 1825}
"""A recording is seldom looked at after half a year; claims about a selection, and the records of it that some laws ask
for, reach four years back."""

with reading() as env:
    RETENTION_DAYS: dict[str, int] = {
        name: env.int(f"RETENTION_{name.upper()}_DAYS", days) for name, days in _DAYS.items()
    }
    RETENTION_BASIS: dict[str, str] = {name: env.str(f"RETENTION_{name.upper()}_BASIS", "") for name in _DAYS}

for _name, _number in RETENTION_DAYS.items():
    if not 0 <= _number <= 36500:
        refuse(f"RETENTION_{_name.upper()}_DAYS", "must be 0 (no rule) to 36500.")
