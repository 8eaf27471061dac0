"""Logos: public, as they stand on the first page that an invitation opens."""

from __future__ import annotations

import uuid
from pathlib import Path

from django.conf import settings
from django.http import FileResponse, Http404, HttpRequest
from django.views.decorators.http import require_safe

from interviews.models import Position


def keep(picture: bytes) -> uuid.UUID:
    """Its name from now on. Another logo gets another name, so browsers may keep this one."""
    made = uuid.uuid4()
    path = _path(made)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(picture)
    return made


@require_safe
def logo(request: HttpRequest, logo: uuid.UUID) -> FileResponse:
    if not Position.objects.filter(logo=logo).exists():
        raise Http404
    try:
        file = _path(logo).open("rb")
    except FileNotFoundError:
        raise Http404 from None
    headers = {
        "Cache-Control": "public, max-age=31536000, immutable",
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "X-Content-Type-Options": "nosniff",
    }
    return FileResponse(file, content_type="image/png", headers=headers)


def _path(logo: uuid.UUID) -> Path:
    return Path(settings.MEDIA_DIR) / "logos" / f"{logo}.png"
