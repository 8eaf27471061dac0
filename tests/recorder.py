"""What the page's script sends while it records, from Bo's browser."""

from __future__ import annotations

import hashlib
import json
import re
from typing import Any

from django.test import Client

from interviews.actions import answering
from interviews.models import Segment
from tests.people import World
from tests.wire import OCTETS, TUS, metadata


class Recorder:
    def __init__(self, browser: Client, world: World) -> None:
        self.browser = browser
        self.interview = f"/interview/{world.interview.pk}/"
        self.root = f"{self.interview}uploads/"
        self.question = world.questions[0].pk

    def create(self, filetype: str = "video/webm;codecs=vp8,opus", question: int | None = None, **more: str) -> Any:
        pairs = {"question": str(self.question if question is None else question), "filetype": filetype, **more}
        return self.ask("post", self.root, Upload_Defer_Length="1", Upload_Metadata=metadata(**pairs))

    def begin(self, question: int | None = None, **more: str) -> str:
        return str(self.create(question=question, **more)["Location"])

    def go_on(self, upload: str, **more: str) -> str:
        """Another segment of the same take."""
        return self.begin(None, take=str(stored(upload).take_id), **more)

    def slice(self, upload: str, offset: object, data: bytes, **headers: str) -> Any:
        return self.ask("patch", upload, data, content_type=OCTETS, Upload_Offset=str(offset), **headers)

    def offset(self, upload: str) -> int:
        return int(self.ask("head", upload)["Upload-Offset"])

    def finish(self, upload: str, **changed: object) -> Any:
        """As one who has sent all that the server has, unless `changed` says something else of the last segment."""
        take = stored(upload).take
        segments = [told(segment) for segment in take.segments.all()]
        segments[-1] |= changed
        return self.end(upload, {"segments": segments, "writer": take.writer})

    def end(self, upload: str, body: object) -> Any:
        address = f"{self.interview}takes/{stored(upload).take_id}/finish/"
        data = body if isinstance(body, bytes) else json.dumps(body)
        return self.browser.post(address, data, content_type="application/json")

    def claim(self, upload: str, writer: object) -> Any:
        address = f"{self.interview}takes/{stored(upload).take_id}/claim/"
        return self.browser.post(address, json.dumps({"writer": writer}), content_type="application/json")

    def record(self, media: bytes, question: int | None = None) -> Any:
        upload = self.begin(question)
        assert self.slice(upload, 0, media).status_code == 204
        return self.finish(upload)

    def ask(
        self, method: str, address: str, data: bytes = b"", content_type: str = "text/plain", **headers: str
    ) -> Any:
        sent = {**TUS, "Content-Type": content_type, **{key.replace("_", "-"): value for key, value in headers.items()}}
        return getattr(self.browser, method)(address, data, content_type=content_type, headers=sent)


def consented(browser: Client, world: World) -> Recorder:
    answering.consent(world.interview, ai=True)
    world.interview.refresh_from_db()
    return Recorder(browser, world)


def told(segment: Segment) -> dict[str, object]:
    pieces = hashlib.sha256(b"".join(bytes(piece.sha256) for piece in segment.pieces.all()))
    return {"segment": str(segment.pk), "length": segment.received, "digest": pieces.hexdigest()}


def refused(response: Any, status: int, code: str) -> str:
    """The words for the person: whole sentences, without a traceback, naming a next step or what is safe."""
    assert response.status_code == status, response.content
    assert response["Content-Type"] == "application/json"
    reply = response.json()
    assert reply["error"] == code
    words = str(reply["message"])
    assert re.fullmatch(r"[A-Z].{20,}\.", words), words
    assert "Traceback" not in words
    return words


def stored(upload: str) -> Segment:
    return Segment.objects.select_related("take").get(pk=upload.rstrip("/").rpartition("/")[2])
