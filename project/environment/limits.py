"""How much may be recorded, and how long an invitation lasts."""

from __future__ import annotations

from project.environment import reading, refuse

with reading() as env:
    MAX_TAKE_MB = env.int("MAX_TAKE_MB", 200)
    MAX_INTERVIEW_MB = env.int("MAX_INTERVIEW_MB", 2000)
    MAX_SITE_GB = env.int("MAX_SITE_GB", 0)
    MIN_FREE_DISK_MB = env.int("MIN_FREE_DISK_MB", 500)
    INVITATION_DAYS = env.int("INVITATION_DAYS", 14)

for _variable, _number, _why in (
    ("MAX_TAKE_MB", MAX_TAKE_MB, "no recording would fit."),
    ("MAX_INTERVIEW_MB", MAX_INTERVIEW_MB, "no recording would fit."),
    ("INVITATION_DAYS", INVITATION_DAYS, "every invitation would have expired when it is made."),
):
    if _number < 1:
        refuse(_variable, f"must be 1 or more: {_why}")
for _variable, _number in (("MAX_SITE_GB", MAX_SITE_GB), ("MIN_FREE_DISK_MB", MIN_FREE_DISK_MB)):
    if _number < 0:
        refuse(_variable, "must be 0 or more.")
if INVITATION_DAYS > 3650:
    refuse("INVITATION_DAYS", "must be 3650 or less.")

MAX_TAKE_BYTES = MAX_TAKE_MB * 1024 * 1024
MAX_INTERVIEW_BYTES = MAX_INTERVIEW_MB * 1024 * 1024
MAX_SITE_BYTES = MAX_SITE_GB * 1024 * 1024 * 1024
MIN_FREE_DISK_BYTES = MIN_FREE_DISK_MB * 1024 * 1024
SLICE_BYTES = 1024 * 1024
"""The largest piece of a recording in one request: what a request may hold in memory."""
