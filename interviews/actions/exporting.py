"""Taking interviews out of the site, which is written down."""

from __future__ import annotations

from django.contrib.auth.models import User
from django.db import transaction

from interviews.events import Kind, record
from interviews.models import Export, Interview


def note(by: User, file_format: str, *, interviews: int, interview: Interview | None = None, query: str = "") -> None:
    with transaction.atomic():
        Export.objects.create(by=by, interview=interview, file_format=file_format, query=query, interviews=interviews)
        record(Kind.EXPORTED, interview, actor=by)
