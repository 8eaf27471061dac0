"""Where finished recordings are kept besides this disk, and who hands out files."""

from __future__ import annotations

from project.environment import reading, refuse, refuse_unless_address

with reading() as env:
    S3_BUCKET = env.str("S3_BUCKET", "")
    S3_ENDPOINT_URL = env.str("S3_ENDPOINT_URL", "")
    S3_REGION = env.str("S3_REGION", "")
    S3_ACCESS_KEY = env.str("S3_ACCESS_KEY", "")
    S3_SECRET_KEY = env.str("S3_SECRET_KEY", "")
    X_ACCEL_REDIRECT = env.str("X_ACCEL_REDIRECT", "")

refuse_unless_address("S3_ENDPOINT_URL", S3_ENDPOINT_URL)
if not S3_BUCKET and (S3_ENDPOINT_URL or S3_ACCESS_KEY or S3_SECRET_KEY):
    refuse("S3_BUCKET", "is missing beside the other S3_ variables: the bucket that recordings are moved to.")
for _variable, _value in (("S3_ACCESS_KEY", S3_ACCESS_KEY), ("S3_SECRET_KEY", S3_SECRET_KEY)):
    if S3_BUCKET and not _value:
        refuse(_variable, "is missing: recordings are private, so the bucket needs a key of its own.")
if X_ACCEL_REDIRECT and not (X_ACCEL_REDIRECT.startswith("/") and X_ACCEL_REDIRECT.endswith("/")):
    refuse("X_ACCEL_REDIRECT", "must begin and end with a slash, like the proxy's location: /media-files/.")
