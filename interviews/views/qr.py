"""An address as a QR code, to be put into a page."""

from __future__ import annotations

import segno
from django.utils.safestring import SafeString


def qr(address: str) -> SafeString:
    """SVG. Dark on light, whatever the page's colours are: many readers know no other; a margin of four (ISO/IEC 18004)."""
    code = segno.make(address, micro=False, error="m")
    return SafeString(code.svg_inline(border=4, dark="#000", light="#fff", omitsize=True))
