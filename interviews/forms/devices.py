"""What kind of device a browser says that it runs on. No more than the kind is made of it."""

from __future__ import annotations

import re
from collections.abc import Mapping

from interviews.models import Interview

TABLET = re.compile(r"iPad|Tablet|Kindle|Silk/|Android(?!.*Mobi)")
PHONE = re.compile(r"iPhone|iPod|Mobi")
COMPUTER = re.compile(r"Windows|Macintosh|CrOS|X11|Linux")


def device_of(headers: Mapping[str, str]) -> str:
    """One of Interview.Device, or "" where nothing known is said.

    By the client hint `Sec-CH-UA-Mobile` (https://wicg.github.io/ua-client-hints/) where there is one, else by the
    user agent. An iPad that asks for the pages of a computer counts as one: it says nothing else.
    """
    agent = headers.get("User-Agent", "")
    if TABLET.search(agent):
        return Interview.Device.TABLET
    if headers.get("Sec-CH-UA-Mobile") == "?1" or PHONE.search(agent):
        return Interview.Device.PHONE
    return Interview.Device.COMPUTER if COMPUTER.search(agent) else ""
