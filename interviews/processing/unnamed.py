"""Logos, prompts and captions that no row names any more: another has taken their place, or their draft is gone.

A file is written before the row that names it, and a copy of a position names the file of another row. So one goes that
was found without a name at two looks, minutes apart: whatever was under way at the first has ended by the second.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from pathlib import Path

from django.conf import settings
from django.db.models import Q

from interviews.models import StoredFile
from interviews.models.storage import key_of
from interviews.queries.files import loose

logger = logging.getLogger(__name__)

FOLDERS = ("logos", "prompts")


@dataclass(slots=True)
class _Looks:
    _before: set[str] = field(default_factory=set)

    def twice(self, found: set[str]) -> set[str]:
        """Of the files found, those that have no name now and had none at the look before."""
        nameless = found - loose() if found else set()
        twice, self._before = nameless & self._before, nameless
        return twice


_disk, _bucket = _Looks(), _Looks()


def remove_from_disk() -> None:
    folder = Path(settings.MEDIA_DIR)
    found = {key_of(path) for name in FOLDERS for path in (folder / name).glob("*") if path.is_file()}
    for key in _disk.twice(found):
        (folder / key).unlink(missing_ok=True)
        logger.info("%s is gone: nothing names it", key)


def in_bucket() -> set[str]:
    """Keys of stored files."""
    ours = Q(*(("key__startswith", f"{name}/") for name in FOLDERS), _connector=Q.OR)
    return _bucket.twice(set(StoredFile.objects.filter(ours).values_list("pk", flat=True)))
