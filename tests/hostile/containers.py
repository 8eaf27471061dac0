"""Matroska and MP4, written piece by piece, so that any of it can be wrong."""

from __future__ import annotations

import struct

EBML_HEAD = bytes.fromhex("1a45dfa3")
SEGMENT, INFO, TRACKS, ENTRY = "18538067", "1549a966", "1654ae6b", "ae"
CLUSTER, SIMPLE_BLOCK, TAGS = "1f43b675", "a3", "1254c367"
NO_END = b"\x01" + b"\xff" * 7
"""A size that says: until the end."""


def element(number: str, content: bytes, size: bytes | None = None) -> bytes:
    """Of EBML. `size` instead of the true one, as it is written."""
    return bytes.fromhex(number) + (size_of(len(content)) if size is None else size) + content


def number(value: int) -> bytes:
    return value.to_bytes(max(1, (value.bit_length() + 7) // 8), "big")


def size_of(length: int) -> bytes:
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
