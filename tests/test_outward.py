"""A POST to an address that somebody typed lends nobody our place in the network."""

from __future__ import annotations

import socket
import time
from http.server import BaseHTTPRequestHandler
from ipaddress import ip_address, ip_network
from threading import Event
from typing import Any

import pytest

from interviews.processing import outward
from interviews.processing.outward import NotAllowed, NotDelivered, is_public, place, post
from tests.receiver import Receiver

HERE = [ip_network("127.0.0.0/8")]
PRIVATE = (
    *("0.0.0.0", "10.1.2.3", "100.64.0.1", "127.0.0.1", "127.1.2.3", "169.254.169.254", "172.16.0.1", "192.168.1.1"),  # noqa: S104 - to be refused
    *("192.0.2.1", "198.18.0.1", "203.0.113.7", "224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255"),
    *("::", "::1", "fe80::1", "fc00::1", "fd00:ec2::254", "fec0::1", "ff02::1", "2001:db8::1", "100::1", "::127.0.0.1"),
    *("::ffff:127.0.0.1", "::ffff:169.254.169.254", "::ffff:10.0.0.1"),
    *("64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::1"),  # NAT64
    *("2002:7f00:1::", "2002:a9fe:a9fe::1", "2002:0a00:0001::"),  # 6to4
    "2001:0:4136:e378:8000:63bf:80ff:fffe",  # Teredo, of 127.0.0.1
)
PUBLIC = ("93.184.216.34", "1.1.1.1", "2606:4700::1111", "::ffff:1.1.1.1", "64:ff9b::101:101")


def _means(monkeypatch: pytest.MonkeyPatch, *answers: list[str]) -> list[str]:
    """From now on a name means these, one answer after the other. Returns what was asked for."""
    asked: list[str] = []
    left = list(answers)

    def looked_up(host: str, port: int, *args: Any, **kwargs: Any) -> list[Any]:
        asked.append(host)
        found = left.pop(0)
        return [
            (socket.AF_INET6 if ":" in it else socket.AF_INET, socket.SOCK_STREAM, 6, "", (it, port)) for it in found
        ]

    monkeypatch.setattr(socket, "getaddrinfo", looked_up)
    return asked


@pytest.mark.parametrize("text", PRIVATE)
def test_an_address_that_is_not_the_internets_is_refused_before_anything_is_sent(
    monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    assert not is_public(ip_address(text))
    _means(monkeypatch, [text])
    with pytest.raises(NotAllowed):
        post("https://hooks.example.com/", b"{}", {}, ())


@pytest.mark.parametrize("text", PUBLIC)
def test_addresses_of_the_internet_are_not(text: str) -> None:
    assert is_public(ip_address(text))


@pytest.mark.parametrize(
    "url", ["https://127.0.0.1/", "https://[::1]/", "https://2130706433/", "https://0x7f.1/", "https://localhost/"]
)
def test_however_this_machine_is_called_it_is_refused(url: str) -> None:
    with pytest.raises(NotAllowed):
        post(url, b"{}", {}, ())


@pytest.mark.parametrize(
    "url",
    [
        *(
            "ftp://example.com/",
            "//example.com/",
            "example.com",
            "",
            "https://",
            "https:///path",
            "javascript:alert(1)",
        ),
        *("https://user:word@example.com/", "https://user@example.com/", "https://example.com/#part"),
        *("https://example.com/a b", "https://example.com/\r\nHost: x", "https://example.com:99999/", "https://[::1/"),
        "https://ex\u00e4mple.com/",
    ],
)
def test_what_is_no_address_that_could_be_told_is_refused_when_it_is_typed(url: str) -> None:
    with pytest.raises(NotAllowed):
        place(url)


def test_one_bad_address_among_those_of_a_name_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    _means(monkeypatch, ["93.184.216.34", "10.0.0.1"])
    with pytest.raises(NotAllowed):
        post("https://hooks.example.com/", b"{}", {}, ())


def test_the_connection_goes_to_the_address_that_was_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    """A name that means this machine at the second look is not looked up a second time."""
    with Receiver() as receiver:
        port = receiver._server.server_port
        asked = _means(monkeypatch, ["127.0.0.1"], ["192.0.2.1"])
        assert post(f"http://hooks.example.com:{port}/x", b"{}", {}, HERE) == 204
        assert asked == ["hooks.example.com"]
        assert receiver.told[0].headers["host"] == f"hooks.example.com:{port}"


def test_plain_http_is_for_networks_of_ones_own_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    _means(monkeypatch, ["93.184.216.34"])
    with pytest.raises(NotAllowed, match="https"):
        post("http://hooks.example.com/", b"{}", {}, HERE)


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_is_not_followed(status: int) -> None:
    with Receiver() as target, Receiver(answers=lambda number: (status, {"Location": target.url})) as receiver:
        with pytest.raises(NotDelivered, match="redirect"):
            post(receiver.url, b"{}", {}, HERE)
        assert len(receiver.told) == 1 and target.told == []


@pytest.mark.parametrize(("status", "header", "seconds"), [(500, "", None), (404, "", None), (503, "120", 120.0)])
def test_a_refusal_says_its_status_and_when_to_come_again(status: int, header: str, seconds: float | None) -> None:
    headers = {"Retry-After": header} if header else {}
    with Receiver(answers=lambda number: (status, headers)) as receiver, pytest.raises(NotDelivered) as refused:
        post(receiver.url, b"{}", {}, HERE)
    assert (refused.value.status, refused.value.retry_after) == (status, seconds)


def test_nothing_of_a_long_answer_is_read() -> None:
    is_cut = Event()

    def talks(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.end_headers()
        for _ in range(10_000):
            try:
                handler.wfile.write(b"x" * 65536)
            except OSError:
                is_cut.set()
                return

    with Receiver(first=talks) as receiver:
        assert post(receiver.url, b"{}", {}, HERE) == 200
        assert is_cut.wait(60)


@pytest.mark.parametrize("drip", [b"", b"X"])
def test_who_does_not_answer_in_time_is_left(monkeypatch: pytest.MonkeyPatch, drip: bytes) -> None:
    """Also who sends a byte now and then, which no time-out of a socket ends."""
    monkeypatch.setattr(outward, "CONNECT_WITHIN_SECONDS", 0.6)
    monkeypatch.setattr(outward, "ANSWER_WITHIN_SECONDS", 0.4)

    def slow(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(b"HTTP/1.1 200 OK\r\n")
        for _ in range(300):
            time.sleep(0.1)
            try:
                handler.wfile.write(drip)
            except OSError:
                return

    with Receiver(first=slow) as receiver:
        before = time.monotonic()
        with pytest.raises(NotDelivered, match="in time"):
            post(receiver.url, b"{}", {}, HERE)
        assert time.monotonic() - before < 15


def test_nobody_there_is_told_in_words() -> None:
    with Receiver() as receiver:
        url = receiver.url
    with pytest.raises(NotDelivered, match="cannot be reached"):
        post(url, b"{}", {}, HERE)
    with pytest.raises(NotDelivered, match="no machine"):
        post("https://nothing.invalid/", b"{}", {}, ())


def test_a_certificate_that_nobody_vouches_for_is_not_trusted(monkeypatch: pytest.MonkeyPatch) -> None:
    with Receiver() as receiver:  # it speaks no TLS at all
        with pytest.raises(NotDelivered):
            post(receiver.url.replace("http://", "https://"), b"{}", {}, HERE)
        assert receiver.told == []
