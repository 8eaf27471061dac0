"""An address as a QR code, to be put into a page."""

from __future__ import annotations

import segno
from django.utils.safestring import SafeString


def qr(address: str) -> SafeString:
    """SVG: dark on light in every colour scheme, since many readers know no other, with the margin of ISO/IEC 18004."""
    code = segno.make(address, micro=False, error="m")
    return SafeString(code.svg_inline(border=4, dark="#000", light="#fff", omitsize=True))
