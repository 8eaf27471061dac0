"""A Deepgram of our own: POST /v1/listen, words with times and confidences."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any, ClassVar
from urllib.parse import parse_qs, urlsplit

from tests.fakes.wire import Behaviour, Fake, Wire

SPOKEN = (
    "At my last company the billing database was close to its limit, and invoices were late every month. I decided "
    "to move it to a cluster, because waiting was the bigger risk for our customers. I wrote the plan with two people "
    "from finance, we moved one customer at a time, and I could roll back every step. Invoices have been on time "
    "since, and I learned to ask the people who get the calls first.",
    "We had a customer who wanted to leave because nobody answered her for three days. I called her myself, said "
    "sorry, and asked what she needed by Friday. Then I sat down with our support team and we agreed that every "
    "request gets a first answer within four hours. She stayed, and complaints fell by half in two months.",
    "I like working with people and I think communication is very important. In my team we always try to help each "
    "other, and when there is a problem we talk about it and find a solution together. I would do the same here too.",
    "Two of my colleagues disagreed about how to test the new release, and we lost a week. I asked both of them to "
    "write down what could go wrong, and it turned out that they were afraid of different things. We split the tests "
    "in two, each of them owned one part, and we shipped on the date that we had promised.",
    "Well, um, I would first look at the data, I mean at the numbers from last year, and then make a table of what we "
    "spend on each shop. At the bakery where I worked I found that we threw away a fifth of the bread on Mondays, so "
    "we baked less on Mondays, and that saved about nine hundred euros in a month.",
)
SECONDS_PER_WORD = 0.36


class FakeDeepgram(Fake):
    """`transcripts`: what was said, by the sha256 (hexadecimal) of the bytes sent; "" is silence. Other recordings get
    one of the canned answers, always the same one for the same bytes."""

    def __init__(self, *, port: int = 0, key: str | None = None, transcripts: Mapping[str, str] | None = None) -> None:
        super().__init__(port=port, key=key)
        self.transcripts = dict(transcripts or {})

    about: ClassVar[dict[str, Any]] = {"projects": [{"project_id": "0" * 36, "name": "made up"}]}

    def authorised(self, headers: Mapping[str, str]) -> bool:
        return headers.get("authorization") == f"Token {self.key}"

    def refusal(self, behaviour: Behaviour) -> bytes:
        code, message = {
            400: ("Bad Request", "Bad Request: failed to process audio: corrupt or unsupported data"),
            401: ("INVALID_AUTH", "Invalid credentials."),
            402: ("ASR_PAYMENT_REQUIRED", "Project does not have enough credits for an ASR request."),
            403: ("INSUFFICIENT_PERMISSIONS", "User does not have sufficient permissions."),
            429: ("TOO_MANY_REQUESTS", "Too many requests. Please try again later."),
        }.get(behaviour.status, ("INTERNAL", "Internal server error."))
        return json.dumps({"err_code": code, "err_msg": message, "request_id": "0" * 36}).encode()

    def reply(self, wire: Wire, body: bytes, behaviour: Behaviour) -> None:
        address = urlsplit(wire.path)
        if address.path != "/v1/listen":
            return wire.whole(404, b"{}", "application/json")
        options = parse_qs(address.query)
        good = json.dumps(self._listened(body, options)).encode()
        match behaviour.kind:
            case "cut":
                wire.half(good, "application/json")
            case "bad_json":
                wire.whole(200, good[:-20], "application/json")
            case "foreign_json":
                wire.whole(200, (behaviour.body or '{"results": {"channels": "none"}}').encode(), "application/json")
            case "empty":
                wire.whole(200, b"{}", "application/json")
            case _:
                wire.whole(200, good, "application/json")
        return None

    def _listened(self, body: bytes, options: Mapping[str, list[str]]) -> dict[str, Any]:
        digest = hashlib.sha256(body).hexdigest()
        transcript = self.transcripts.get(digest, SPOKEN[int(digest, 16) % len(SPOKEN)])
        punctuated = "true" in options.get("smart_format", []) + options.get("punctuate", [])
        words = [
            {
                "word": text.strip(".,?!").lower(),
                "start": round(0.4 + number * SECONDS_PER_WORD, 3),
                "end": round(0.4 + (number + 0.9) * SECONDS_PER_WORD, 3),
                "confidence": round(0.86 + (int(digest[number % 60 :][:4], 16) % 140) / 1000, 3),
            }
            | ({"punctuated_word": text} if punctuated else {})
            for number, text in enumerate(transcript.split())
        ]
        channel: dict[str, Any] = {
            "alternatives": [
                {"transcript": transcript, "confidence": 0.98 if words else 0.0, "words": words},
            ]
        }
        if "true" in options.get("detect_language", []):
            channel |= {"detected_language": "en", "language_confidence": 0.99}
        return {
            "metadata": {
                "request_id": digest[:36],
                "sha256": digest,
                "created": "2026-01-01T00:00:00.000Z",
                "duration": round(0.8 + len(words) * SECONDS_PER_WORD, 3),
                "channels": 1,
                "models": ["00000000-0000-0000-0000-000000000000"],
            },
            "results": {"channels": [channel]},
        }
