"""Whether an upload begins like what a browser records, judged from its first bytes alone."""

from __future__ import annotations

ACCEPTED = frozenset({"video/webm", "video/mp4", "video/x-matroska", "audio/webm", "audio/mp4"})
"""What browsers call their recordings. Chromium says x-matroska when it was asked for H.264 in WebM."""

_EBML = b"\x1a\x45\xdf\xa3"


def bare_type(mime_type: str) -> str:
    """`"Video/WebM; codecs=vp8,opus"` -> `"video/webm"`."""
    return mime_type.partition(";")[0].strip().lower()


def looks_like_recording(first_bytes: bytes, mime_type: str) -> bool:
    """True when the type is accepted and the bytes (eight are enough) begin a file of that type."""
    kind = bare_type(mime_type)
    if kind not in ACCEPTED:
        return False
    if kind.endswith("/mp4"):
        return first_bytes[4:8] == b"ftyp"
    return first_bytes.startswith(_EBML)
