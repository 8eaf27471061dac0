"""One POST to an address that somebody typed, without lending them our place in the network.

The name is looked up once, each address that it has is checked, and the connection goes to one that was checked: a name
that means something else a moment later (DNS rebinding) changes nothing. Redirects are not followed, no proxy of the
environment is used, and nothing of the answer is read but its status and `Retry-After`.
"""

from __future__ import annotations

import http.client
import socket
import ssl
from collections.abc import Collection, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from threading import Timer
from urllib.parse import SplitResult, urlsplit

from django.utils.translation import gettext_noop

_LATE = gettext_noop("it did not answer in time")
CONNECT_WITHIN_SECONDS = 5.0
ANSWER_WITHIN_SECONDS = 15.0
"""From the first byte that is sent until the head of the answer is there."""
_NAT64 = IPv6Network("64:ff9b::/96")
_COMPATIBLE = IPv6Network("::/96")

Address = IPv4Address | IPv6Address
Networks = Collection[IPv4Network | IPv6Network]


class NotDelivered(Exception):
    """`message`: one sentence without a full stop, for people. It quotes neither address nor answer."""

    def __init__(self, message: str, *, status: int | None = None, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.message, self.status, self.retry_after = message, status, retry_after


class NotAllowed(NotDelivered):
    """We must not speak to this address at all."""


@dataclass(frozen=True, slots=True)
class Place:
    """What an address says; nothing is looked up yet."""

    is_secure: bool
    host: str
    port: int
    path: str


def place(url: str) -> Place:
    """Raises NotAllowed where it is no address that could be told."""
    try:
        parts = urlsplit(url)
        host, port = _host(parts), parts.port
    except ValueError:
        raise NotAllowed(gettext_noop("this is not an address")) from None
    if parts.scheme not in ("https", "http") or not host:
        raise NotAllowed(gettext_noop("the address must begin with https://"))
    if parts.username is not None or parts.password is not None:
        raise NotAllowed(gettext_noop("the address must hold no user name or password"))
    if parts.fragment or any(ord(it) <= 32 or ord(it) >= 127 for it in url):
        raise NotAllowed(gettext_noop("the address holds signs that none may have"))
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    is_secure = parts.scheme == "https"
    return Place(is_secure, host, port or (443 if is_secure else 80), path)


def post(url: str, body: bytes, headers: Mapping[str, str], own_networks: Networks) -> int:
    """The status of an answer that says it was taken (2xx). Raises NotDelivered."""
    to = place(url)
    connection = _Checked(to, _checked_address(to, own_networks))
    try:
        with _bounded(connection):
            connection.request("POST", to.path, body, {**headers, "Connection": "close"})
            with closing(connection.getresponse()) as answer:
                status, retry_after = answer.status, _seconds(answer.getheader("Retry-After"))
        if connection.is_over:  # what was cut off looks like a short answer
            raise TimeoutError
    except ssl.SSLCertVerificationError as error:
        raise NotDelivered(f"its certificate is not to be trusted ({error.verify_message})") from None
    except TimeoutError:
        raise NotDelivered(_LATE) from None
    except (OSError, http.client.HTTPException, ValueError) as error:
        if connection.is_over:
            raise NotDelivered(_LATE) from None
        raise NotDelivered(f"it cannot be reached ({type(error).__name__})") from None
    finally:
        connection.close()
    if 200 <= status < 300:
        return status
    if 300 <= status < 400:
        raise NotDelivered(f"it answered with a redirect ({status}), which is not followed", status=status)
    raise NotDelivered(f"it answered {status}", status=status, retry_after=retry_after)


def is_public(address: Address) -> bool:
    """Whether it is one of the internet's, also where it only wraps another one.

    Private, loopback, link-local (the metadata of clouds among them), multicast and reserved ones are not.
    """
    if isinstance(address, IPv6Address):
        inner = _wrapped(address)
        if inner is not None:
            return is_public(inner)
        if address.is_site_local or address in _COMPATIBLE:
            return False
    return address.is_global and not address.is_multicast and not address.is_reserved


def _wrapped(address: IPv6Address) -> IPv4Address | None:
    """The IPv4 address to which this one leads: mapped, 6to4, Teredo, NAT64."""
    if address.ipv4_mapped is not None or address.sixtofour is not None:
        return address.ipv4_mapped or address.sixtofour
    if address.teredo is not None:
        return address.teredo[1]
    return IPv4Address(int(address) & 0xFFFFFFFF) if address in _NAT64 else None


def _checked_address(to: Place, own: Networks) -> Address:
    try:
        found = socket.getaddrinfo(to.host, to.port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise NotDelivered(gettext_noop("there is no machine of this name")) from None
    # A scope (fe80::1%eth0) is part of the text only.
    addresses = [ip_address(str(it[4][0]).partition("%")[0]) for it in found]
    for address in addresses:
        is_own = any(address in network for network in own)
        if not is_own and not is_public(address):
            raise NotAllowed(gettext_noop("it leads into a private network, where nothing is told"))
        if not is_own and not to.is_secure:
            raise NotAllowed(gettext_noop("the address must begin with https://"))
    return addresses[0]


class _Checked(http.client.HTTPConnection):
    """To the address that was checked, whatever the name means by now."""

    def __init__(self, to: Place, address: Address) -> None:
        super().__init__(to.host, to.port, timeout=CONNECT_WITHIN_SECONDS)
        self._to, self._address = to, address
        self.default_port = 443 if to.is_secure else 80
        self.is_over = False

    def connect(self) -> None:
        family = socket.AF_INET6 if self._address.version == 6 else socket.AF_INET
        self.sock = plain = socket.socket(family, socket.SOCK_STREAM)
        plain.settimeout(CONNECT_WITHIN_SECONDS)
        plain.connect((str(self._address), self._to.port))
        if self._to.is_secure:
            self.sock = ssl.create_default_context().wrap_socket(plain, server_hostname=self._to.host)

    def give_up(self) -> None:
        self.is_over = True
        with suppress(OSError, AttributeError):
            socket.socket.shutdown(self.sock, socket.SHUT_RDWR)  # of the plain kind: TLS would wait for the other side


@contextmanager
def _bounded(connection: _Checked) -> Iterator[None]:
    """Each wait has its time; this is for who sends one byte now and then."""
    timer = Timer(CONNECT_WITHIN_SECONDS + ANSWER_WITHIN_SECONDS, connection.give_up)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _host(parts: SplitResult) -> str:
    return parts.hostname or ""


def _seconds(text: str | None) -> float | None:
    return float(text) if text and text.isdecimal() and len(text) < 7 else None
