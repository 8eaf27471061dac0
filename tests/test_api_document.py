"""The OpenAPI document: it is current, and whatever a program sends, the answer is one that stands in it."""

from __future__ import annotations

import json
import subprocess
import sys
from io import StringIO
from pathlib import Path

from django.core.management import call_command
from django.test import Client

from tests.processes import ROOT, Site

EXAMPLES = "12"
"""Of each kind for each operation. All of it takes about a minute."""
NOT_FOR_A_SCHEMA = "positive_data_acceptance"
"""What is well formed may be refused all the same: a key that was used, a group without an outcome."""
REFUSALS = """[checks.negative_data_rejection]
expected-statuses = [400, 401, 403, 404, 405, 406, 409, 412, 415, 422, 428, 429]

"""
"""412 too: whoever changes what was changed meanwhile is told so, whatever else is wrong with it."""
TOKEN = """
from django.contrib.auth.models import User
from interviews.actions.tokens import make_token
from interviews.models import Interview, Position, Scope
root = User.objects.create_superuser("root", "root@example.com", "-")
print(make_token(root, "schemathesis", list(Scope), 1)[1])
print(Position.objects.get().pk)
print(Interview.objects.filter(state="scored").earliest("created_at").pk)
"""


def test_the_document_in_docs_is_what_is_served() -> None:
    printed = StringIO()
    call_command("openapi", stdout=printed)
    assert (ROOT / "docs" / "openapi.json").read_text("utf-8") == printed.getvalue(), (
        "run: manage.py openapi > docs/openapi.json"
    )
    served = Client().get("/api/v1/openapi.json")
    assert served.json() == json.loads(printed.getvalue())
    assert served.json()["openapi"].startswith("3.1")


def test_every_operation_is_told_of_in_words_with_its_scope_and_its_problems() -> None:
    document = Client().get("/api/v1/openapi.json").json()
    operations = [it for methods in document["paths"].values() for it in methods.values()]
    assert len(operations) >= 17
    assert len({it["operationId"] for it in operations}) == len(operations)
    for operation in operations:
        assert operation["description"] and operation["tags"]
        assert len(operation["security"][0]["Bearer"]) == 1
        assert operation["responses"].keys() >= {"401", "403", "422", "429"}


def test_nothing_that_is_sent_breaks_it_or_is_answered_as_the_document_does_not_say(tmp_path: Path) -> None:
    """By Schemathesis: once with ids of its own making, once with those of a position and an interview of the demo."""
    with Site(tmp_path / "site", API_REQUESTS_A_MINUTE="1000000") as site:
        token, position, interview = site.manage("shell", "-v0", "-c", TOKEN).split()
        theirs = f'[parameters]\n"path.position_id" = {position}\n"path.interview_id" = "{interview}"\n'
        for number, config in enumerate(("", theirs)):
            folder = tmp_path / str(number)
            folder.mkdir()
            (folder / "schemathesis.toml").write_text(REFUSALS + config)
            done = subprocess.run(
                [
                    *(str(Path(sys.executable).parent / "schemathesis"), "run", f"{site.address}/api/v1/openapi.json"),
                    *("--header", f"Authorization: Bearer {token}", "--max-examples", EXAMPLES, "--no-color"),
                    *("--phases", "examples,coverage,fuzzing", "--exclude-checks", NOT_FOR_A_SCHEMA, "--seed", "1"),
                ],
                cwd=folder,
                capture_output=True,
                text=True,
                timeout=280,
                check=False,
            )
            assert done.returncode == 0, done.stdout[-20_000:] + done.stderr
        assert "Traceback" not in site.server.output()
