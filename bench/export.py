"""A long list leaves the site as CSV and JSON, over HTTP, from one embedded server.

    python3 dev.py bench export [--interviews 50000]

- first_byte_s, all_s: from the request; rows: lines or entries that came.
- grown_mib: by how much the server's resident memory grew at most while the file was on its way.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
import urllib.request
from pathlib import Path
from typing import Any

from tests.processes import Site

MAKE = """
import json
from datetime import timedelta
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.auth.models import User
from django.conf import settings
from interviews.models.sessions import SessionStore
from django.utils import timezone
from interviews.models import Applicant, Interview, QuestionSet
applicant, asked = Applicant.objects.all()[0], QuestionSet.objects.get()
deadline = timezone.now() + timedelta(days=7)
made = (Interview(applicant=applicant, question_set=asked, deadline=deadline) for _ in range({count}))
Interview.objects.bulk_create(made, batch_size=500)
user, session = User.objects.get(username="hr"), SessionStore()
session[SESSION_KEY], session[HASH_SESSION_KEY] = str(user.pk), user.get_session_auth_hash()
session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
session.save()
print(json.dumps(session.session_key))
"""


def exported(site: Site, session: str, file_format: str) -> dict[str, Any]:
    request = urllib.request.Request(
        f"{site.address}/hr-dashboard/results/export/{file_format}/", headers={"Cookie": f"sessionid={session}"}
    )
    before = most = site.server.resident_kib()
    begun = time.monotonic()
    lines = 0
    with urllib.request.urlopen(request, timeout=600) as reply:
        first = reply.read(1)
        first_byte = time.monotonic() - begun
        while piece := reply.read1(1 << 16):
            lines += piece.count(b"\n")
            most = max(most, site.server.resident_kib())
    if not first:
        raise RuntimeError("nothing came")
    return {
        "rows": lines - (1 if file_format == "csv" else 2),
        "first_byte_s": round(first_byte, 2),
        "all_s": round(time.monotonic() - begun, 1),
        "grown_mib": round((most - before) / 1024, 1),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--interviews", type=int, default=50_000)
    count = parser.parse_args().interviews
    with tempfile.TemporaryDirectory() as folder, Site(Path(folder) / "site") as site:
        session = json.loads(site.manage("shell", "-v0", "-c", MAKE.format(count=count)).splitlines()[-1])
        print(json.dumps({name: exported(site, session, name) for name in ("csv", "json")}))


if __name__ == "__main__":
    main()
