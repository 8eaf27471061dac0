"""An applicant's program beside a site that runs: opens a link, agrees, and speaks HTTP."""

from __future__ import annotations

import json
import re
import socket
from dataclasses import dataclass

import httpx

from interviews.demo.seed import Access
from tests.processes import Site
from tests.wire import metadata


@dataclass
class Upload:
    """`address` is a path on the site."""

    address: str
    take: str


class Visitor:
    """The demo's applicant who has recorded nothing yet. With `headers`, another program is the same person."""

    def __init__(self, site: Site) -> None:
        demo = Access(**json.loads(site.demo_text))
        path, token = demo.fresh_link.split("#")
        self.port = site.port
        self.interview = path
        self.http = httpx.Client(base_url=site.address, timeout=40)
        self.http.get(path)
        self.http.headers["X-CSRFToken"] = csrf = self.http.cookies["csrftoken"]
        opened = self.http.post(f"{path}open/", data={"token": token})
        agreed = self.http.post(f"{path}consent/", data={"agree": "on", "ai": "yes"})
        assert (opened.status_code, agreed.status_code) == (302, 302), opened.text
        self.questions = re.findall(r'data-question="([1-9]\d*)"', self.http.get(path).text)
        cookies = "; ".join(f"{name}={value}" for name, value in self.http.cookies.items())
        self.headers = {"Cookie": cookies, "X-CSRFToken": csrf, "Tus-Resumable": "1.0.0"}

    def begin(self, question: int = 0) -> Upload:
        asked = metadata(question=self.questions[question], filetype="video/webm")
        headers = {**self.headers, "Upload-Metadata": asked, "Upload-Defer-Length": "1"}
        made = self.http.post(f"{self.interview}uploads/", headers=headers)
        assert made.status_code == 201, made.text
        return Upload(made.headers["Location"], made.json()["take"])

    def offset(self, upload: Upload | str) -> int:
        address = upload if isinstance(upload, str) else upload.address
        return int(self.http.head(address, headers=self.headers).headers["Upload-Offset"])

    def line(self, method: str, address: str, **headers: str) -> socket.socket:
        """A connection on which a request has begun, and no body was sent."""
        line = socket.create_connection(("127.0.0.1", self.port), timeout=30)
        head = {"Host": "127.0.0.1", **self.headers, **{key.replace("_", "-"): it for key, it in headers.items()}}
        lines = "".join(f"{key}: {value}\r\n" for key, value in head.items())
        line.sendall(f"{method} {address} HTTP/1.1\r\n{lines}\r\n".encode())
        return line
