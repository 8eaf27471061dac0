"""What says it is larger, longer or wider than can be, and what unpacks to much."""

from __future__ import annotations

import bz2
import struct
import zlib
from collections.abc import Iterator
from functools import cache

from tests.hostile.containers import (
    CLUSTER,
    FTYP,
    INFO,
    NO_END,
    SEGMENT,
    SIMPLE_BLOCK,
    TAGS,
    block,
    box,
    cluster,
    element,
    head,
    matroska,
    number,
    picture,
    size_of,
    sounds,
    track,
)
from tests.hostile.files import Upload

ZLIB, BZIP2 = 0, 1
"""As Matroska numbers them."""


def sizes(webm: bytes) -> Iterator[Upload]:
    huge = {
        "2^56-2": b"\x01" + b"\xff" * 6 + b"\xfe",
        "1 TB": size_of(1 << 40),
        "2 GB": size_of(1 << 31),
        "256 MB": size_of(1 << 28),
    }
    for name, size in huge.items():
        yield Upload(f"a segment of {name}", head() + element(SEGMENT, webm[:2000], size))
        private = element("63a2", b"x", size)
        yield Upload(f"codec setup of {name}", matroska(track(b"V_VP8", private, picture(160, 64))))
        yield Upload(
            f"a block of {name}",
            matroska(track(b"V_VP8", picture(160, 64)), element(CLUSTER, element(SIMPLE_BLOCK, b"\x81\0\0\x80", size))),
        )
        yield Upload(f"a name of {name}", head() + element(SEGMENT, element(INFO, element("7ba9", b"a", size))))
    deep = b""
    for _ in range(4000):
        deep = element("67c8", deep, size_of(len(deep)))
    yield Upload(
        "tags within tags",
        matroska(track(b"A_OPUS", sounds(1, 48000.0), kind=2), extra=element(TAGS, element("7373", deep))),
    )
    yield Upload("segments within segments without end", head() + (bytes.fromhex(SEGMENT) + NO_END) * 5000)
    yield Upload(
        "sixty thousand tracks",
        matroska(b"".join(track(b"A_OPUS", sounds(1, 48000.0), kind=2, index=1 + n % 126) for n in range(20000))),
    )
    yield Upload("sizes that are no sizes", head() + b"\0" * 3000 + webm[40:3000])


def dimensions(mp4: bytes) -> Iterator[Upload]:
    key = b"\x10\x02\x00\x9d\x01\x2a"  # of VP8: a whole picture begins
    for width, height in ((16383, 16383), (65535, 65535), (2**31 - 1, 2**31 - 1), (1, 2**31 - 1), (0, 0)):
        frame = key + struct.pack("<HH", width & 0x3FFF, height & 0x3FFF) + bytes(200)
        shown = matroska(
            track(b"V_VP8", picture(width, height)), cluster(*(block(frame, at=n * 40) for n in range(30)))
        )
        yield Upload(f"vp8 of {width} by {height}", shown)
        yield Upload(
            f"vp9 of {width} by {height}",
            matroska(track(b"V_VP9", picture(width, height)), cluster(block(b"\x82\x49\x83\x42\0" + bytes(300)))),
        )
    raw = element("2eb524", b"I420")
    yield Upload(
        "uncompressed and huge",
        matroska(track(b"V_UNCOMPRESSED", raw, picture(30000, 30000)), cluster(block(bytes(100)))),
    )
    yield Upload(
        "of 60000 channels",
        matroska(track(b"A_PCM/INT/LIT", sounds(60000, 48000.0), kind=2), cluster(block(bytes(4000)))),
    )
    yield Upload(
        "of a billion samples a second",
        matroska(
            track(b"A_PCM/INT/LIT", sounds(2, 1e9), element("6264", number(16)), kind=2), cluster(block(bytes(4000)))
        ),
    )
    yield Upload(
        "of no samples a second", matroska(track(b"A_OPUS", sounds(2, 0.0), kind=2), cluster(block(bytes(400))))
    )
    at = mp4.find(b"avc1", mp4.find(b"stsd"))
    yield Upload("mp4 of 65535 by 65535", mp4[: at + 28] + b"\xff\xff\xff\xff" + mp4[at + 32 :], "video/mp4")


def _packed(method: int, scope: int) -> bytes:
    """ContentEncodings of a track: its blocks (1) or its setup (2) are compressed by zlib (0) or bzip2 (1)."""
    how = element("5034", element("4254", number(method)))
    return element(
        "6d80",
        element("6240", element("5031", number(0)) + element("5032", number(scope)) + element("5033", number(0)) + how),
    )


def bombs(webm: bytes) -> Iterator[Upload]:
    for name, method in (("zlib", ZLIB), ("bzip2", BZIP2)):
        for megabytes in (16, 256):
            bomb = zeros(method, megabytes)
            for codec, kind, look in ((b"V_VP8", 1, picture(160, 64)), (b"A_PCM/INT/LIT", 2, sounds(2, 48000.0))):
                tracks = track(codec, _packed(method, 1), look, kind=kind)
                label = f"{name} of {megabytes} MB in {codec.decode()}"
                yield Upload(f"one block, {label}", matroska(tracks, cluster(block(bomb))))
            setup = track(b"V_VP8", _packed(method, 2), element("63a2", bomb), picture(160, 64))
            yield Upload(f"codec setup, {name} of {megabytes} MB", matroska(setup, cluster(block(b"x"))))
    bomb = zeros(ZLIB, 16)
    many = track(b"A_PCM/INT/LIT", _packed(ZLIB, 1), sounds(2, 48000.0), kind=2)
    yield Upload("thirty blocks of 16 MB", matroska(many, *(cluster(block(bomb), at=n) for n in range(30))))
    twice = element("6d80", b"".join(_packed(ZLIB, 1)[12:] for _ in range(2)))
    yield Upload(
        "packed twice",
        matroska(track(b"A_PCM/INT/LIT", twice, sounds(2, 48000.0), kind=2), cluster(block(zlib.compress(bomb)))),
    )
    stripped = element(
        "6d80",
        element(
            "6240",
            element("5033", number(0)) + element("5034", element("4254", number(3)) + element("4255", bytes(1 << 20))),
        ),
    )
    yield Upload(
        "a megabyte before each block",
        matroska(
            track(b"A_PCM/INT/LIT", stripped, sounds(2, 48000.0), kind=2),
            cluster(*(block(b"x", at=n) for n in range(1000))),
        ),
    )
    for claimed in (1 << 20, 0x7FFFFFF0, 0xFFFFFFFF):
        movie = box(b"cmov", box(b"dcom", b"zlib"), box(b"cmvd", struct.pack(">I", claimed), zeros(ZLIB, 64)))
        yield Upload(f"a packed index that says it is {claimed} bytes", FTYP + box(b"moov", movie), "video/mp4")
    table = box(b"stsz", bytes(4), struct.pack(">II", 0, 0x3FFFFFFF))
    yield Upload(
        "a table of a billion sizes",
        FTYP + box(b"moov", box(b"trak", box(b"mdia", box(b"minf", box(b"stbl", table))))),
        "video/mp4",
    )
    yield Upload("much of nothing", head() + element(SEGMENT, element("ec", bytes(8 << 20)) + webm[60:]))


@cache
def zeros(method: int, megabytes: int) -> bytes:
    packer = zlib.compressobj() if method == ZLIB else bz2.BZ2Compressor()
    return b"".join([*(packer.compress(bytes(1 << 20)) for _ in range(megabytes)), packer.flush()])


def times() -> Iterator[Upload]:
    opus = element("63a2", b"OpusHead\1\1\0\0\x80\xbb\0\0\0\0\0")
    sound = track(b"A_OPUS", opus, sounds(1, 48000.0), kind=2)
    for at in (600_000, 2**31, 2**40, 2**62):
        yield Upload(
            f"a second piece at {at}",
            matroska(sound, cluster(block(b"\xf8\xff\xfe")), cluster(block(b"\xf8\xff\xfe"), at=at)),
        )
    forth_and_back = (cluster(block(b"\xf8\xff\xfe"), at=(n % 2) * 600_000) for n in range(3000))
    yield Upload("ten minutes forth and back, often", matroska(sound, *forth_and_back))
