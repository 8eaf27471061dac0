"""Two hundred files that nobody's browser has recorded, the same each time, and logos that are bombs.

What refers to something else leads to a lure: a pipe in the file system and a server on this machine, which tell
whether anybody came.
"""

from __future__ import annotations

import bz2
import gzip
import io
import os
import random
import socket
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from threading import Event, Thread

SEED = 20261127
EBML_HEAD = bytes.fromhex("1a45dfa3")
SEGMENT, INFO, TRACKS, ENTRY = "18538067", "1549a966", "1654ae6b", "ae"
CLUSTER, SIMPLE_BLOCK, TAGS = "1f43b675", "a3", "1254c367"
ZLIB, BZIP2 = 0, 1
"""As Matroska numbers them."""
NO_END = b"\x01" + b"\xff" * 7
"""A size that says: until the end."""


@dataclass(frozen=True, slots=True)
class Upload:
    """`metadata` goes with the creation of the upload, besides what every recorder sends."""

    name: str
    content: bytes
    media_type: str = "video/webm"
    metadata: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Lure:
    """`visits`: who came, to which of them."""

    path: Path
    address: str
    visits: list[str]


@contextmanager
def lure(folder: Path) -> Iterator[Lure]:
    path = folder / "lure"
    os.mkfifo(path)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0.02)
        it = Lure(path, f"127.0.0.1:{listener.getsockname()[1]}", [])
        is_over = Event()
        watch = Thread(target=_watch, args=(it, listener, is_over))
        watch.start()
        try:
            yield it
        finally:
            is_over.set()
            watch.join()


def _watch(it: Lure, listener: socket.socket, is_over: Event) -> None:
    while not is_over.is_set():
        with suppress(TimeoutError):
            line, _address = listener.accept()
            it.visits.append("network")
            line.close()
        with suppress(OSError):  # no such device: nobody has it open for reading
            os.close(os.open(it.path, os.O_WRONLY | os.O_NONBLOCK))
            it.visits.append("file")


def uploads(webm: bytes, mp4: bytes, to: Lure) -> list[Upload]:
    """`webm` and `mp4`: recordings that are in order."""
    chance = random.Random(SEED)  # noqa: S311 - the same files each time
    made = [
        *_polyglots(webm, mp4),
        *_cut(webm, mp4, chance),
        *_other_kinds(),
        *_flipped(webm, mp4, chance),
        *_sizes(webm),
        *_dimensions(mp4),
        *_bombs(webm),
        *_references(webm, mp4, to),
        *_paths(webm),
        *_times(),
    ]
    assert len({it.name for it in made}) == len(made)
    return made


def element(number: str, content: bytes, size: bytes | None = None) -> bytes:
    """Of EBML. `size` instead of the true one, as it is written."""
    return bytes.fromhex(number) + (_size(len(content)) if size is None else size) + content


def number(value: int) -> bytes:
    return value.to_bytes(max(1, (value.bit_length() + 7) // 8), "big")


def _size(length: int) -> bytes:
    return (length | 1 << 56).to_bytes(8, "big")


def head(kind: bytes = b"webm") -> bytes:
    return element("1a45dfa3", element("4282", kind) + element("4287", number(4)) + element("4285", number(2)))


def track(codec: bytes, *more: bytes, kind: int = 1, index: int = 1) -> bytes:
    inside = element("d7", number(index)) + element("73c5", number(index)) + element("83", number(kind))
    return element(ENTRY, inside + element("86", codec) + b"".join(more))


def picture(width: int, height: int) -> bytes:
    return element("e0", element("b0", number(width)) + element("ba", number(height)))


def sounds(channels: int, rate: float) -> bytes:
    return element("e1", element("9f", number(channels)) + element("b5", struct.pack(">d", rate)))


def block(content: bytes, index: int = 1, at: int = 0) -> bytes:
    return element(SIMPLE_BLOCK, bytes([0x80 | index]) + struct.pack(">h", at) + b"\x80" + content)


def cluster(*blocks: bytes, at: int = 0) -> bytes:
    return element(CLUSTER, element("e7", number(at)) + b"".join(blocks))


def matroska(tracks: bytes, *clusters: bytes, kind: bytes = b"webm", extra: bytes = b"") -> bytes:
    info = element(INFO, element("2ad7b1", number(1_000_000)))
    return head(kind) + element(SEGMENT, info + element(TRACKS, tracks) + extra + b"".join(clusters))


def box(kind: bytes, *content: bytes) -> bytes:
    inside = b"".join(content)
    return struct.pack(">I", len(inside) + 8) + kind + inside


FTYP = box(b"ftyp", b"isom\0\0\2\0isomiso2avc1mp41")
_HTML = b"<!doctype html><script>alert(document.cookie)</script>"
_SVG = b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"><image href="file:///etc/passwd"/></svg>'


def _zip() -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("../../bomb", bytes(4 << 20))
    return packed.getvalue()


def _polyglots(webm: bytes, mp4: bytes) -> Iterator[Upload]:
    tails = {
        "html": _HTML,
        "svg": _SVG,
        "zip": _zip(),
        "php": b"<?php system($_GET['c']); ?>",
        "pdf": b"%PDF-1.7\n1 0 obj<</OpenAction<</S/JavaScript>>>>endobj",
        "python": b"\nimport os\nos.system('id')\n",
        "gzip": gzip.compress(bytes(1 << 20), mtime=0),
    }
    for name, tail in tails.items():
        yield Upload(f"webm with {name} behind it", webm + tail)
        yield Upload(f"mp4 with {name} behind it", mp4 + tail, "video/mp4")
    for name in ("html", "svg", "zip"):
        yield Upload(f"begins like webm, goes on as {name}", EBML_HEAD + tails[name])
        yield Upload(f"begins like mp4, goes on as {name}", FTYP + tails[name], "video/mp4")


def _cut(webm: bytes, mp4: bytes, chance: random.Random) -> Iterator[Upload]:
    for place in (1, 4, 5, 12, 40, 100, 300, *sorted(chance.sample(range(400, len(webm)), 8))):
        yield Upload(f"webm of {place} bytes", webm[:place])
    for place in (8, 16, 40, 200, *sorted(chance.sample(range(300, len(mp4)), 6))):
        yield Upload(f"mp4 of {place} bytes", mp4[:place], "video/mp4")


def _other_kinds() -> Iterator[Upload]:
    kinds = {
        "gif": b"GIF89a\1\0\1\0\0\0\0;",
        "png": b"\x89PNG\r\n\x1a\n" + bytes(40),
        "jpeg": b"\xff\xd8\xff\xe0" + bytes(40),
        "elf": b"\x7fELF\2\1\1" + bytes(60),
        "exe": b"MZ" + bytes(80),
        "zip": _zip(),
        "html": _HTML,
        "svg": _SVG,
        "text": b"#EXTM3U\n",
        "mp3": b"ID3\4\0\0\0\0\0\0" + b"\xff\xfb\x90\0" * 60,
        "ogg": b"OggS\0\2" + bytes(60),
        "avi": b"RIFF\0\1\0\0AVI LIST" + bytes(60),
        "wav": b"RIFF\x24\0\0\0WAVEfmt \x10\0\0\0\1\0\1\0\x80\xbb\0\0\0w\1\0\2\0\x10\0data\0\0\0\0",
        "flv": b"FLV\1\5\0\0\0\t\0\0\0\0",
        "mpegts": (b"G\x40\0\x10" + bytes(184)) * 5,
        "xz": b"\xfd7zXZ\0" + bytes(40),
        "bzip2": bz2.compress(bytes(1 << 20)),
        "zeros": bytes(5000),
        "ones": b"\xff" * 5000,
    }
    for name, content in kinds.items():
        yield Upload(f"{name} that says it is webm", content, "audio/webm" if name in ("mp3", "ogg") else "video/webm")


def _flipped(webm: bytes, mp4: bytes, chance: random.Random) -> Iterator[Upload]:
    def damaged(content: bytes, within: int, times: int) -> bytes:
        changed = bytearray(content)
        for _ in range(times):
            changed[chance.randrange(8, min(within, len(changed)))] = chance.randrange(256)
        return bytes(changed)

    for turn in range(10):
        yield Upload(f"webm with a damaged head, {turn}", damaged(webm, 500, 1 + turn * 3))
        yield Upload(f"webm damaged everywhere, {turn}", damaged(webm, len(webm), 5 + turn * 40))
    for turn in range(8):
        yield Upload(f"mp4 with a damaged head, {turn}", damaged(mp4, 1200, 1 + turn * 3), "video/mp4")
        yield Upload(f"mp4 damaged everywhere, {turn}", damaged(mp4, len(mp4), 5 + turn * 30), "video/mp4")


def _sizes(webm: bytes) -> Iterator[Upload]:
    huge = {
        "2^56-2": b"\x01" + b"\xff" * 6 + b"\xfe",
        "1 TB": _size(1 << 40),
        "2 GB": _size(1 << 31),
        "256 MB": _size(1 << 28),
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
        deep = element("67c8", deep, _size(len(deep)))
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


def _dimensions(mp4: bytes) -> Iterator[Upload]:
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


def _bombs(webm: bytes) -> Iterator[Upload]:
    for name, method in (("zlib", ZLIB), ("bzip2", BZIP2)):
        for megabytes in (16, 256):
            bomb = _zeros(method, megabytes)
            for codec, kind, look in ((b"V_VP8", 1, picture(160, 64)), (b"A_PCM/INT/LIT", 2, sounds(2, 48000.0))):
                tracks = track(codec, _packed(method, 1), look, kind=kind)
                label = f"{name} of {megabytes} MB in {codec.decode()}"
                yield Upload(f"one block, {label}", matroska(tracks, cluster(block(bomb))))
            setup = track(b"V_VP8", _packed(method, 2), element("63a2", bomb), picture(160, 64))
            yield Upload(f"codec setup, {name} of {megabytes} MB", matroska(setup, cluster(block(b"x"))))
    bomb = _zeros(ZLIB, 16)
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
        movie = box(b"cmov", box(b"dcom", b"zlib"), box(b"cmvd", struct.pack(">I", claimed), _zeros(ZLIB, 64)))
        yield Upload(f"a packed index that says it is {claimed} bytes", FTYP + box(b"moov", movie), "video/mp4")
    table = box(b"stsz", bytes(4), struct.pack(">II", 0, 0x3FFFFFFF))
    yield Upload(
        "a table of a billion sizes",
        FTYP + box(b"moov", box(b"trak", box(b"mdia", box(b"minf", box(b"stbl", table))))),
        "video/mp4",
    )
    yield Upload("much of nothing", head() + element(SEGMENT, element("ec", bytes(8 << 20)) + webm[60:]))


@cache
def _zeros(method: int, megabytes: int) -> bytes:
    packer = zlib.compressobj() if method == ZLIB else bz2.BZ2Compressor()
    return b"".join([*(packer.compress(bytes(1 << 20)) for _ in range(megabytes)), packer.flush()])


def _references(webm: bytes, mp4: bytes, to: Lure) -> Iterator[Upload]:
    for place in (str(to.path), f"file:{to.path}", f"http://{to.address}/x", f"tcp://{to.address}"):
        playlist = f"#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\n{place}\n#EXT-X-ENDLIST\n".encode()
        concat = f"ffconcat version 1.0\nfile '{place}'\n".encode()
        yield Upload(f"a playlist of {place.partition(':')[0]}", playlist)
        yield Upload(f"a playlist within webm, of {place.partition(':')[0]}", EBML_HEAD + b"\n" + playlist)
        yield Upload(f"a playlist within mp4, of {place.partition(':')[0]}", FTYP + playlist, "video/mp4")
        yield Upload(f"a concat script of {place.partition(':')[0]}", concat)
        yield Upload(
            f"a QuickTime reference to {place.partition(':')[0]}", _reference_movie(place.encode()), "video/mp4"
        )
        yield Upload(f"data in {place.partition(':')[0]}", _elsewhere(mp4, place.encode()), "video/mp4")
    key = f'#EXTM3U\n#EXT-X-KEY:METHOD=AES-128,URI="http://{to.address}/key"\n#EXTINF:1,\n{to.path}\n#EXT-X-ENDLIST\n'
    yield Upload("a playlist with a key elsewhere", key.encode())
    dash = f'<MPD xmlns="urn:mpeg:dash:schema:mpd:2011"><BaseURL>http://{to.address}/</BaseURL></MPD>'
    yield Upload("a DASH manifest", dash.encode(), "video/mp4")
    sdp = f"v=0\no=- 0 0 IN IP4 127.0.0.1\nc=IN IP4 127.0.0.1\nm=video {to.address.rpartition(':')[2]} RTP/AVP 96\n"
    yield Upload("a description of a stream", sdp.encode())
    svg = f'<svg xmlns="http://www.w3.org/2000/svg"><image href="file://{to.path}"/><use href="http://{to.address}/"/></svg>'
    yield Upload("a picture that refers to files", svg.encode())
    gab2 = (
        b"RIFF\0\1\0\0AVI LIST\0\1\0\0movi01tx"
        + struct.pack("<I", 300)
        + b"GAB2\0\2\0"
        + f"#EXTM3U\n{to.path}\n".encode()
    )
    yield Upload("subtitles that are a playlist", gab2)
    linked = (
        element("3eb923", bytes(16))
        + element("3e83bb", f"{to.path}".encode())
        + element("3c83ab", str(to.path).encode())
    )
    yield Upload("a segment that goes on in another file", head() + element(SEGMENT, element(INFO, linked) + webm[60:]))


def _reference_movie(place: bytes) -> bytes:
    reference = box(b"rdrf", bytes(4), b"url ", struct.pack(">I", len(place) + 1), place + b"\0")
    return FTYP + box(b"moov", box(b"rmra", box(b"rmda", reference)))


def _elsewhere(mp4: bytes, place: bytes) -> bytes:
    """The same movie, whose samples lie in another file."""
    at = mp4.find(b"dref") - 4
    length = int.from_bytes(mp4[at : at + 4], "big")
    entry = box(b"url ", bytes(4), place + b"\0")
    alias = box(b"alis", bytes(4), bytes(150) + struct.pack(">HH", 2, len(place)) + place)
    made = box(b"dref", bytes(4), struct.pack(">I", 2), entry, alias)
    return mp4[:at] + made + mp4[at + length :]


def _paths(webm: bytes) -> Iterator[Upload]:
    names = (
        "../../../../etc/cron.d/x",
        "/etc/passwd",
        "..\\..\\x",
        "a\0b",
        "x" * 900,
        "%2e%2e%2f",
        "<script>",
        "\u202egpj.exe",
        "CON",
        "~root/.ssh/x",
    )
    for index, name in enumerate(names):
        yield Upload(
            f"path {index} in the metadata",
            webm,
            metadata={"filename": name, "name": name, "relativePath": name, "client": f"{index}../.."},
        )


def _times() -> Iterator[Upload]:
    opus = element("63a2", b"OpusHead\1\1\0\0\x80\xbb\0\0\0\0\0")
    sound = track(b"A_OPUS", opus, sounds(1, 48000.0), kind=2)
    for at in (600_000, 2**31, 2**40, 2**62):
        yield Upload(
            f"a second piece at {at}",
            matroska(sound, cluster(block(b"\xf8\xff\xfe")), cluster(block(b"\xf8\xff\xfe"), at=at)),
        )
    forth_and_back = (cluster(block(b"\xf8\xff\xfe"), at=(n % 2) * 600_000) for n in range(3000))
    yield Upload("ten minutes forth and back, often", matroska(sound, *forth_and_back))


def logos() -> dict[str, bytes]:
    """Small files that unpack to much, or are none."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    def png(width: int, height: int, *chunks: bytes, depth: int = 8, colour: int = 6) -> bytes:
        begin = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0))
        return b"\x89PNG\r\n\x1a\n" + begin + b"".join(chunks) + chunk(b"IEND", b"")

    bomb = _zeros(ZLIB, 400)
    profile = chunk(b"iCCP", b"bomb\0\0" + bomb)
    small = chunk(b"IDAT", zlib.compress(bytes(5 * 4)))
    return {
        "20000 by 20000": png(20000, 20000, chunk(b"IDAT", _zeros(ZLIB, 256))),
        "2^31 by 1": png(2**31 - 1, 1, small),
        "more picture than said": png(1, 1, chunk(b"IDAT", bomb)),
        "a colour profile of 400 MB": png(1, 1, profile, small),
        "words of 400 MB": png(1, 1, chunk(b"zTXt", b"words\0\0" + bomb), small),
        "international words of 400 MB": png(1, 1, chunk(b"iTXt", b"words\0\1\0\0\0" + bomb), small),
        "no pixels": png(0, 0),
        "a long animation": png(1, 1, chunk(b"acTL", struct.pack(">II", 2**31 - 1, 0)), small),
        "a jpeg of 65535 by 65535": b"\xff\xd8\xff\xc0\0\x11\x08\xff\xff\xff\xff\3\1\x22\0\2\x11\1\3\x11\1"
        + bytes(500),
        "svg": _SVG,
        "a png that goes on as html": b"\x89PNG\r\n\x1a\n" + _HTML,
        "a jpeg that goes on as zip": b"\xff\xd8\xff\xe0" + _zip(),
    }
