"""The bucket that the settings name, one client per process."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from django.conf import settings
from django.utils.module_loading import import_string

if TYPE_CHECKING:
    from interviews.media.bucket import Bucket


@cache
def bucket() -> Bucket:
    # Loaded by name, when first needed: Amazon's library costs a third of a second and 30 MB.
    bucket_class: type[Bucket] = import_string("interviews.media.bucket.Bucket")
    return bucket_class(
        settings.S3_BUCKET,
        endpoint=settings.S3_ENDPOINT_URL,
        region=settings.S3_REGION,
        access_key=settings.S3_ACCESS_KEY,
        secret_key=settings.S3_SECRET_KEY,
    )
