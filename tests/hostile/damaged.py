"""What is cut off, flipped, of another kind, or two kinds at once, and names that lead elsewhere."""

from __future__ import annotations

import bz2
import gzip
import random
from collections.abc import Iterator

from tests.hostile.containers import EBML_HEAD, FTYP
from tests.hostile.files import HTML, SVG, Upload, zip_bomb


def polyglots(webm: bytes, mp4: bytes) -> Iterator[Upload]:
    tails = {
        "html": HTML,
        "svg": SVG,
        "zip": zip_bomb(),
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


def cut(webm: bytes, mp4: bytes, chance: random.Random) -> Iterator[Upload]:
    for place in (1, 4, 5, 12, 40, 100, 300, *sorted(chance.sample(range(400, len(webm)), 8))):
        yield Upload(f"webm of {place} bytes", webm[:place])
    for place in (8, 16, 40, 200, *sorted(chance.sample(range(300, len(mp4)), 6))):
        yield Upload(f"mp4 of {place} bytes", mp4[:place], "video/mp4")


def other_kinds() -> Iterator[Upload]:
    kinds = {
        "gif": b"GIF89a\1\0\1\0\0\0\0;",
        "png": b"\x89PNG\r\n\x1a\n" + bytes(40),
        "jpeg": b"\xff\xd8\xff\xe0" + bytes(40),
        "elf": b"\x7fELF\2\1\1" + bytes(60),
        "exe": b"MZ" + bytes(80),
        "zip": zip_bomb(),
        "html": HTML,
        "svg": SVG,
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


def flipped(webm: bytes, mp4: bytes, chance: random.Random) -> Iterator[Upload]:
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


def paths(webm: bytes) -> Iterator[Upload]:
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
