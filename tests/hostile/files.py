"""One file that is sent as if a browser had recorded it, and what such files begin with or carry behind them."""

from __future__ import annotations

import io
import zipfile
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Upload:
    """`metadata` goes with the creation of the upload, besides what every recorder sends."""

    name: str
    content: bytes
    media_type: str = "video/webm"
    metadata: dict[str, str] = field(default_factory=dict)


HTML = b"<!doctype html><script>alert(document.cookie)</script>"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"><image href="file:///etc/passwd"/></svg>'


def zip_bomb() -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("../../bomb", bytes(4 << 20))
    return packed.getvalue()
