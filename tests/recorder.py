"""What the page's script sends while it records, from Bo's browser."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from typing import Any

from django.test import Client

from interviews.actions import answering
from interviews.models import Take
from tests.people import World

OCTETS = "application/offset+octet-stream"


class Recorder:
    def __init__(self, browser: Client, world: World) -> None:
        self.browser = browser
        self.root = f"/interview/{world.interview.pk}/takes/"
        self.question = world.questions[0].pk

    def create(self, filetype: str = "video/webm;codecs=vp8,opus", question: int | None = None) -> Any:
        pairs = {"question": str(question or self.question), "filetype": filetype}
        metadata = ",".join(f"{key} {base64.b64encode(value.encode()).decode()}" for key, value in pairs.items())
        return self.browser.post(self.root, headers={"Upload-Metadata": metadata})

    def begin(self, question: int | None = None) -> str:
        return str(self.create(question=question)["Location"])

    def slice(self, take: str, offset: object, data: bytes, **headers: str) -> Any:
        sent = {"Upload-Offset": str(offset), **{key.replace("_", "-"): value for key, value in headers.items()}}
        return self.browser.patch(take, data, content_type=OCTETS, headers=sent)

    def finish(self, take: str, media: bytes, **changed: object) -> Any:
        body = {"length": len(media), "sha256": hashlib.sha256(media).hexdigest(), **changed}
        return self.browser.post(f"{take}finish/", json.dumps(body), content_type="application/json")

    def record(self, media: bytes, question: int | None = None) -> Any:
        take = self.begin(question)
        assert self.slice(take, 0, media).status_code == 204
        return self.finish(take, media)


def consented(browser: Client, world: World) -> Recorder:
    answering.consent(world.interview)
    world.interview.refresh_from_db()
    return Recorder(browser, world)


def refused(response: Any, status: int, code: str) -> str:
    """The words for the person: whole sentences, without a traceback, naming a next step or what is safe."""
    assert response.status_code == status
    assert response["Content-Type"] == "application/json"
    reply = response.json()
    assert reply["error"] == code
    words = str(reply["message"])
    assert re.fullmatch(r"[A-Z].{20,}\.", words), words
    assert "Traceback" not in words
    return words


def stored(take: str) -> Take:
    return Take.objects.get(pk=take.rstrip("/").rpartition("/")[2])
