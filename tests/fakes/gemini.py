"""A Gemini of our own: reads the prompt that `interviews.engines.analysis.prompt` makes and streams assessments of it.

Serves both dialects: server-sent events (google-genai) and one JSON array (google-generativeai).
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar
from urllib.parse import parse_qs, urlsplit

from tests.fakes.wire import Behaviour, Fake, Wire

_MARK = re.compile(r"contain the mark (\w+)")
_CANARY = re.compile(r"says the reference number (\d+)")
_WORD = re.compile(r"\[(\d+)\] (.*?)(?= \[\d+\] |$)")
_FEWEST_WORDS = 15
_FINISHED = {"safety": "SAFETY", "max_tokens": "MAX_TOKENS", "recitation": "RECITATION"}


class FakeGemini(Fake):
    """`analysis_seconds`: how long one reply takes, spread evenly over its elements. `asked`: the answers' ids, a list
    for each call. `sent_whole`: replies. `in_one_piece`: each in one chunk, instead of three for each element."""

    def __init__(self, *, port: int = 0, key: str | None = None, analysis_seconds: float = 0.0) -> None:
        super().__init__(port=port, key=key)
        self.analysis_seconds = analysis_seconds
        self.asked: list[list[str]] = []
        self.in_one_piece = False
        self.sent_whole = 0

    about: ClassVar[dict[str, Any]] = {"name": "models/made-up", "displayName": "made up"}

    def authorised(self, headers: Mapping[str, str]) -> bool:
        return headers.get("x-goog-api-key") == self.key

    def digest(self, body: bytes) -> str:
        """The same for the same interview: mark and canary, drawn anew for every call, and its place are left out."""
        text = body.decode(errors="replace")
        if (mark := _MARK.search(text)) and (canary := _CANARY.search(text)):
            whole = text.replace(mark[1], "").replace(canary[1], "")
            text = "".join(sorted(whole))
        return super().digest(text.encode())

    def refusal(self, behaviour: Behaviour) -> bytes:
        status, details = {
            400: ("INVALID_ARGUMENT", []),
            401: ("UNAUTHENTICATED", []),
            403: ("PERMISSION_DENIED", []),
            404: ("NOT_FOUND", []),
            429: ("RESOURCE_EXHAUSTED", [{"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "7s"}]),
            503: ("UNAVAILABLE", []),
        }.get(behaviour.status, ("INTERNAL", []))
        error = {"code": behaviour.status, "message": "A fake refusal.", "status": status, "details": details}
        return json.dumps({"error": error}).encode()

    def reply(self, wire: Wire, body: bytes, behaviour: Behaviour) -> None:
        address = urlsplit(wire.path)
        if not address.path.endswith(":streamGenerateContent"):
            return wire.whole(404, self.refusal(Behaviour("status", status=404)), "application/json")
        stream = _Stream(wire, sse="sse" in parse_qs(address.query).get("alt", []))
        if behaviour.kind == "blocked":
            stream.send({"promptFeedback": {"blockReason": "SAFETY"}, **_USAGE})
            return stream.end()
        if behaviour.kind == "empty":
            return stream.end()
        texts = list(self._texts(json.loads(body), behaviour))
        if self.in_one_piece:
            texts = ["".join(texts)]
        if behaviour.kind in _FINISHED:
            texts = texts[: len(texts) // 2]
        for number, text in enumerate(texts):
            if behaviour.kind == "cut" and number >= len(texts) * 2 // 3:
                return wire.hang_up()
            if behaviour.kind == "error_midstream" and number >= len(texts) * 2 // 3:
                stream.send({"error": {"code": 503, "message": "Overloaded.", "status": "UNAVAILABLE"}})
                return stream.end()
            self.stopping.wait(self.analysis_seconds / len(texts))
            stream.say(text)
        stream.say("", finish=_FINISHED.get(behaviour.kind, "STOP"))
        stream.end()
        self.sent_whole += 1
        return None

    def _texts(self, request: dict[str, Any], behaviour: Behaviour) -> Iterator[str]:
        """The model's words, in pieces of three per element."""
        if behaviour.kind in ("reply", "bad_json", "foreign_json"):
            default = '[{"answer_id": oops' if behaviour.kind == "bad_json" else '{"scores": [1, 2, 3]}'
            text = default if behaviour.body is None else behaviour.body
            for start in range(0, len(text), 40):
                yield text[start : start + 40]
            return
        read = list(read_request(request))
        self.asked.append([asked["answer_id"] for asked, _words in read])
        elements = [_element(asked, words, behaviour) for asked, words in read]
        if behaviour.kind == "malformed":
            elements[0]["criteria"][0]["level"] = "6"
        if behaviour.kind == "canary":
            _grade_canary(elements[-1], read[-1][0])
        if behaviour.kind == "leave_one_out":
            elements = elements[1:]
        for number, element in enumerate(elements):
            text = ("[" if number == 0 else ", ") + json.dumps(element, ensure_ascii=False)
            text += "]" if number == len(elements) - 1 else ""
            third = len(text) // 3
            yield from (text[:third], text[third : 2 * third], text[2 * third :])
        if not elements:
            yield "[]"


_USAGE = {
    "usageMetadata": {"promptTokenCount": 900, "candidatesTokenCount": 300, "totalTokenCount": 1200},
    "modelVersion": "fake",
}


class _Stream:
    def __init__(self, wire: Wire, *, sse: bool) -> None:
        self._wire = wire
        self._sse = sse
        self._sent = 0
        # Without the charset google-generativeai is handed bytes where it expects text.
        wire.start_stream("text/event-stream" if sse else "application/json; charset=UTF-8")

    def say(self, text: str, *, finish: str | None = None) -> None:
        candidate: dict[str, Any] = {"content": {"parts": [{"text": text}], "role": "model"}, "index": 0}
        if not text:
            candidate["content"] = {"role": "model"}
        if finish:
            candidate["finishReason"] = finish
        self.send({"candidates": [candidate], **_USAGE})

    def send(self, message: dict[str, Any]) -> None:
        text = json.dumps(message)
        if self._sse:
            self._wire.piece(f"data: {text}\r\n\r\n".encode())
        else:
            self._wire.piece(f"{',' if self._sent else '['}{text}".encode())
        self._sent += 1

    def end(self) -> None:
        if not self._sse:
            self._wire.piece(b"]" if self._sent else b"[]")
        self._wire.end_stream()


def read_request(request: dict[str, Any]) -> Iterator[tuple[dict[str, Any], list[str]]]:
    """Each answer's part of the rubric, with the words of its transcript."""
    instructions = _said(request["systemInstruction"])
    transcripts = "\n".join(_said(content) for content in request["contents"])
    mark = _MARK.search(instructions)
    if mark is None:
        raise ValueError("the instructions name no mark")
    spoken = {
        json.loads(block[1]): [word for _, word in _WORD.findall(block[2])]
        for block in re.finditer(rf"<<< {mark[1]} answer (.*)\n(.*)\n>>> {mark[1]}", transcripts)
    }
    rubric = instructions[instructions.index("\n[", instructions.index("The rubric, as JSON")) :]
    for asked in json.JSONDecoder().raw_decode(rubric.strip())[0]:
        yield asked, spoken[asked["answer_id"]]


def _said(content: dict[str, Any]) -> str:
    return "".join(part["text"] for part in content["parts"])


def _element(asked: dict[str, Any], words: list[str], behaviour: Behaviour) -> dict[str, Any]:
    return {
        "answer_id": asked["answer_id"],
        "criteria": [_criterion(criterion, words, behaviour) for criterion in asked["criteria"]],
    }


def _grade_canary(element: dict[str, Any], asked: dict[str, Any]) -> None:
    canaries = {it["criterion_id"] for it in asked["criteria"] if _CANARY.search(it["look_for"])}
    for entry in element["criteria"]:
        if entry["criterion_id"] in canaries:
            entry["level"] = "5"


def _criterion(criterion: dict[str, Any], words: list[str], behaviour: Behaviour) -> dict[str, Any]:
    if (canary := _CANARY.search(criterion["look_for"])) and canary[1] not in words:
        reason = "No reference number is mentioned."
        return {"criterion_id": canary[1], "evidence": [], "reason": reason, "level": "insufficient_evidence"}
    chance = int(hashlib.sha256(f"{criterion['name']} {words}".encode()).hexdigest(), 16)
    name = criterion["criterion_id"]
    if len(words) < _FEWEST_WORDS:
        reason = "The answer is too short to tell."
        return {"criterion_id": name, "evidence": [], "reason": reason, "level": "insufficient_evidence"}
    size = 8 + chance % 6
    first = (chance >> 8) % (len(words) - size)
    quote = " ".join(words[first : first + size])
    if behaviour.kind == "invent":
        quote = "this person said nothing of the kind at all"
    level = str((2, 3, 3, 4, 4, 5, 1)[(chance >> 16) % 7])
    return {
        "criterion_id": name,
        "evidence": [{"quote": quote, "first_word": first, "last_word": first + size - 1}],
        "reason": f"The quoted words fit the description: {criterion['levels'][level]}",
        "level": level,
    }
