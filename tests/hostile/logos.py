"""Logos that are bombs, or are none."""

from __future__ import annotations

import struct
import zlib

from tests.hostile.files import HTML, SVG, zip_bomb
from tests.hostile.oversized import ZLIB, zeros


def logos() -> dict[str, bytes]:
    """Small files that unpack to much, or are none."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    def png(width: int, height: int, *chunks: bytes, depth: int = 8, colour: int = 6) -> bytes:
        begin = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0))
        return b"\x89PNG\r\n\x1a\n" + begin + b"".join(chunks) + chunk(b"IEND", b"")

    bomb = zeros(ZLIB, 400)
    profile = chunk(b"iCCP", b"bomb\0\0" + bomb)
    small = chunk(b"IDAT", zlib.compress(bytes(5 * 4)))
    return {
        "20000 by 20000": png(20000, 20000, chunk(b"IDAT", zeros(ZLIB, 256))),
        "2^31 by 1": png(2**31 - 1, 1, small),
        "more picture than said": png(1, 1, chunk(b"IDAT", bomb)),
        "a colour profile of 400 MB": png(1, 1, profile, small),
        "words of 400 MB": png(1, 1, chunk(b"zTXt", b"words\0\0" + bomb), small),
        "international words of 400 MB": png(1, 1, chunk(b"iTXt", b"words\0\1\0\0\0" + bomb), small),
        "no pixels": png(0, 0),
        "a long animation": png(1, 1, chunk(b"acTL", struct.pack(">II", 2**31 - 1, 0)), small),
        "a jpeg of 65535 by 65535": b"\xff\xd8\xff\xc0\0\x11\x08\xff\xff\xff\xff\3\1\x22\0\2\x11\1\3\x11\1"
        + bytes(500),
        "svg": SVG,
        "a png that goes on as html": b"\x89PNG\r\n\x1a\n" + HTML,
        "a jpeg that goes on as zip": b"\xff\xd8\xff\xe0" + zip_bomb(),
    }
