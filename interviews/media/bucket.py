"""Files in a bucket of S3, or of any server that speaks its protocol. Knows keys and bytes, not what they are of.

Digests are read back rather than asked for: what servers say of an object (ETag, checksums) differs between them, and
for an upload in parts it is not the digest of the whole.
"""

from __future__ import annotations

import hashlib
import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from pathlib import Path
from typing import IO, Any
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

import boto3
from boto3.exceptions import Boto3Error
from boto3.s3.transfer import TransferConfig
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from interviews.marks import gettext_noop
from interviews.media.errors import BucketError, NotInBucket

PART_BYTES = 16 * 1024 * 1024
READ_BYTES = 1024 * 1024
_ABSENT = frozenset({"NoSuchKey", "404", "NotFound"})
_WORDS = {
    "NoSuchBucket": gettext_noop("there is no such bucket"),
    "AccessDenied": gettext_noop("it refuses our key for this"),
    "InvalidAccessKeyId": gettext_noop("it does not know our key"),
    "SignatureDoesNotMatch": gettext_noop("it refuses our secret key"),
    "403": gettext_noop("it refuses our key for this"),
    "RequestTimeTooSkewed": gettext_noop("its clock and ours differ"),
    "SlowDown": gettext_noop("it asks for fewer requests"),
}


class Bucket:
    def __init__(self, name: str, *, endpoint: str, region: str, access_key: str, secret_key: str) -> None:
        self.name = name
        self._client: Any = boto3.session.Session().client(
            "s3",
            endpoint_url=endpoint or None,
            region_name=region or "us-east-1",
            aws_access_key_id=access_key,
            aws_secret_access_key=secret_key,
            config=Config(
                signature_version="s3v4",
                connect_timeout=3,
                read_timeout=20,
                retries={"mode": "standard", "total_max_attempts": 3},
                max_pool_connections=16,
                # A server with a name of its own has all buckets under it: certificates and proxies know that one.
                s3={"addressing_style": "path" if endpoint else "auto"},
                # Newer checksums are not known to every server of this protocol; every object is read back anyway.
                request_checksum_calculation="when_required",
                response_checksum_validation="when_required",
            ),
        )

    def put(self, path: Path, length: int, key: str) -> None:
        """The first `length` bytes of the file, in parts where they are many. Blocks."""
        # Part after part in this thread: one part in memory, and no threads that a worker does not know of.
        config = TransferConfig(multipart_threshold=PART_BYTES, multipart_chunksize=PART_BYTES, use_threads=False)
        with _classed(), path.open("rb") as file:
            kind = {"ContentType": "application/octet-stream"}
            self._client.upload_fileobj(_First(file, length), self.name, key, ExtraArgs=kind, Config=config)

    def found(self, key: str) -> tuple[int, str]:
        """Length and SHA-256 of what is there, by reading all of it."""
        digest, length = hashlib.sha256(), 0
        for piece in self._pieces(key):
            digest.update(piece)
            length += len(piece)
        return length, digest.hexdigest()

    def fetch(self, key: str, path: Path, sha256: str) -> None:
        """To this disk for good, under a name of its own until it is whole, and what it should be."""
        digest = hashlib.sha256()
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft = path.with_name(f"{path.name}.{uuid.uuid4().hex}")
        try:
            draft.touch(mode=0o600, exist_ok=False)
            with draft.open("r+b") as file:
                for piece in self._pieces(key):
                    digest.update(piece)
                    file.write(piece)
                file.flush()
                os.fsync(file.fileno())
            if digest.hexdigest() != sha256:
                raise BucketError(gettext_noop("it gives back other bytes than it was given"))
            draft.replace(path)
        finally:
            draft.unlink(missing_ok=True)

    def read(self, key: str, first: int, last: int) -> bytes:
        """These bytes, both ends included."""
        with _classed():
            reply = self._client.get_object(Bucket=self.name, Key=key, Range=f"bytes={first}-{last}")
            data: bytes = reply["Body"].read()
        return data

    def delete(self, key: str) -> None:
        """Also where there is none."""
        with _classed():
            self._client.delete_object(Bucket=self.name, Key=key)

    def signed(self, key: str, seconds: int, *, media_type: str, cache: str) -> str:
        """An address that gives the object to whoever has it, for so long. Asks nobody."""
        asked = {
            "Bucket": self.name,
            "Key": key,
            "ResponseContentType": media_type,
            "ResponseCacheControl": cache,
            "ResponseContentDisposition": "inline",
        }
        with _classed():
            address: str = self._client.generate_presigned_url("get_object", asked, ExpiresIn=seconds)
        return address

    def check(self) -> None:
        """Writes, reads and deletes a small object, and asks for it without a key. Raises BucketError."""
        key, words = f"check-{uuid.uuid4()}", b"written by the doctor"
        with _classed():
            self._client.put_object(Bucket=self.name, Key=key, Body=words)
        try:
            if self.read(key, 0, len(words) - 1) != words:
                raise BucketError(gettext_noop("it gives other bytes than it was given"))
            if _is_public(self.signed(key, 60, media_type="text/plain", cache="no-store").partition("?")[0]):
                raise BucketError(
                    gettext_noop("everybody can read it, without any key: switch public access off at once")
                )
        finally:
            self.delete(key)

    def _pieces(self, key: str) -> Iterator[bytes]:
        with _classed():
            body = self._client.get_object(Bucket=self.name, Key=key)["Body"]
            try:
                yield from body.iter_chunks(READ_BYTES)
            finally:
                body.close()


class _First:
    """The first bytes of a file, as a file that is only read."""

    def __init__(self, file: IO[bytes], length: int) -> None:
        self._file, self._left = file, length

    def read(self, size: int = -1) -> bytes:
        data = self._file.read(self._left if size < 0 else min(size, self._left))
        self._left -= len(data)
        return data


@contextmanager
def _classed() -> Iterator[None]:
    try:
        yield
    except ClientError as error:
        code = str(error.response.get("Error", {}).get("Code", ""))
        if code in _ABSENT:
            raise NotInBucket(gettext_noop("a file that should be in it is not there")) from error
        raise BucketError(_WORDS.get(code, f"it answers {code}")) from error
    except (BotoCoreError, Boto3Error) as error:
        raise BucketError(f"it does not answer ({type(error).__name__})") from error


def _is_public(address: str) -> bool:
    try:
        with urlopen(Request(address, method="GET"), timeout=10) as reply:  # noqa: S310 - the bucket's own
            return bool(reply.status == HTTPStatus.OK)
    except HTTPError:
        return False
    except (URLError, OSError) as error:
        raise BucketError(f"it does not answer ({type(error).__name__})") from error
