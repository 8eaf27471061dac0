"""An S3 server of the tests' own: moto's, a process on a free port, stopped at the end."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable
from http.client import HTTPConnection
from pathlib import Path
from types import TracebackType
from typing import Any, ClassVar, Self

import boto3
from botocore.config import Config

from tests.processes import Process, free_port, wait_until
from tests.servers import listens
from tests.serving import Quiet, Serving

NAME = "recordings"
SETTINGS = {"S3_BUCKET": NAME, "S3_ACCESS_KEY": "made-up", "S3_SECRET_KEY": "made-up too", "S3_REGION": "eu-central-1"}


class S3:
    """With one bucket. `variables`: what a site is told to use it."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        self.variables = {**SETTINGS, "S3_ENDPOINT_URL": self.address}
        command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(self.port)]
        self._command, self._log = command, folder / "s3.log"
        self._process = Process(command, {}, self._log)

    def client(self) -> Any:
        return boto3.session.Session().client(
            "s3",
            endpoint_url=self.address,
            region_name=SETTINGS["S3_REGION"],
            aws_access_key_id=SETTINGS["S3_ACCESS_KEY"],
            aws_secret_access_key=SETTINGS["S3_SECRET_KEY"],
            config=Config(s3={"addressing_style": "path"}, retries={"total_max_attempts": 1}),
        )

    def names(self) -> set[str]:
        listed = self.client().list_objects_v2(Bucket=NAME)
        return {one["Key"] for one in listed.get("Contents", ())}

    def content(self, key: str) -> bytes:
        return bytes(self.client().get_object(Bucket=NAME, Key=key)["Body"].read())

    def replace(self, key: str, content: bytes) -> None:
        self.client().put_object(Bucket=NAME, Key=key, Body=content)

    def parts(self, key: str) -> int:
        """Of how many it was put together; 0 where it came in one piece."""
        _digest, _dash, parts = self.client().head_object(Bucket=NAME, Key=key)["ETag"].strip('"').partition("-")
        return int(parts or 0)

    def empty(self) -> None:
        for key in self.names():
            self.client().delete_object(Bucket=NAME, Key=key)
        self.open_to(everybody=False)

    def open_to(self, *, everybody: bool) -> None:
        self.client().put_bucket_acl(Bucket=NAME, ACL="public-read" if everybody else "private")

    def start(self) -> None:
        self._process = Process(self._command, {}, self._log)
        self._process.start()
        wait_until(lambda: listens(self.port), "the S3 server starts")
        where = {"LocationConstraint": SETTINGS["S3_REGION"]}
        self.client().create_bucket(Bucket=NAME, CreateBucketConfiguration=where)

    def stop(self) -> None:
        """All that was in it is gone."""
        self._process.stop(signal.SIGTERM)

    def pause(self) -> None:
        """It takes connections, and says nothing."""
        self._signal(signal.SIGSTOP)

    def go_on(self) -> None:
        self._signal(signal.SIGCONT)

    def _signal(self, number: int) -> None:
        assert self._process.child is not None
        self._process.child.send_signal(number)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


class Liar(Serving):
    """Stands before the server. While `lies`, the last byte of whatever it gives out is another one. `before_put` is
    called before it passes a file on."""

    def __init__(self, behind: S3) -> None:
        self.behind, self.lies = behind, False
        self.before_put: Callable[[], object] = lambda: None
        super().__init__(type("Handler", (_Passing,), {"liar": self}))

    @property
    def address(self) -> str:
        return f"http://{self.place}"


class _Passing(Quiet):
    liar: ClassVar[Liar]

    def _pass(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if self.command == "PUT":
            self.liar.before_put()
        line = HTTPConnection("127.0.0.1", self.liar.behind.port, timeout=10)
        line.request(self.command, self.path, body, dict(self.headers))
        reply = line.getresponse()
        data = reply.read()
        if self.liar.lies and self.command == "GET" and data:
            data = data[:-1] + bytes([data[-1] ^ 1])
        self.send_response(reply.status)
        for name, value in reply.getheaders():
            if name.lower() not in ("connection", "content-length", "transfer-encoding"):
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)
        line.close()

    do_GET = do_PUT = do_POST = do_DELETE = do_HEAD = _pass
