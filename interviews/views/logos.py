"""Logos: public, as they stand on the first page that an invitation opens."""

from __future__ import annotations

import uuid
from pathlib import Path

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponseBase
from django.views.decorators.http import require_safe

from interviews.models import Position
from interviews.views.sending import Stored, send

FOR_EVER = "public, max-age=31536000, immutable"


def keep(picture: bytes) -> uuid.UUID:
    """Its name from now on. Another logo gets another name, so browsers may keep this one."""
    made = uuid.uuid4()
    path = _path(made)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(picture)
    return made


@require_safe
def logo(request: HttpRequest, logo: uuid.UUID) -> HttpResponseBase:
    if not Position.objects.filter(logo=logo).exists():
        raise Http404
    return send(request, Stored(_path(logo), logo.hex, "image/png", cache=FOR_EVER))


def _path(logo: uuid.UUID) -> Path:
    return Path(settings.MEDIA_DIR) / "logos" / f"{logo}.png"
