"""The stand-ins keep their word: what they count, what they can be told, and that they also run as a process."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from interviews.engines.analysis.base import AnswerBrief, CriterionBrief
from interviews.engines.analysis.gemini import Gemini
from interviews.engines.transcription.deepgram import Deepgram
from tests.engines import Books, forget
from tests.fakes.deepgram import SPOKEN, FakeDeepgram
from tests.fakes.gemini import FakeGemini
from tests.fakes.wire import CONTROL, Behaviour

ROOT = Path(__file__).parent.parent
LISTEN = "/v1/listen?model=nova-3&punctuate=true"
BRIEF = AnswerBrief(
    "5", "Why?", tuple(SPOKEN[0].split()), (CriterionBrief("1", "Care", "care", ("a", "b", "c", "d", "e")),)
)


def post(url: str, body: bytes) -> Any:
    with urllib.request.urlopen(urllib.request.Request(url, data=body, method="POST"), timeout=40) as reply:
        return json.load(reply)


def order(url: str, **what: object) -> Any:
    return post(url + CONTROL, json.dumps(what).encode())


def transcript(reply: Any) -> str:
    said: str = reply["results"]["channels"][0]["alternatives"][0]["transcript"]
    return said


def test_the_same_sound_has_the_same_words_and_each_request_is_counted() -> None:
    with FakeDeepgram() as fake:
        replies = [post(fake.base_url + LISTEN, sound) for sound in (b"one", b"one", b"two")]
        assert replies[0] == replies[1]
        assert {transcript(reply) for reply in replies} <= set(SPOKEN)
        assert fake.seen[hashlib.sha256(b"one").hexdigest()] == 2
        assert order(fake.base_url)["requests"] == 3


def test_enough_recordings_bring_every_canned_answer() -> None:
    with FakeDeepgram() as fake:
        assert {transcript(post(fake.base_url + LISTEN, b"%d" % n)) for n in range(40)} == set(SPOKEN)


def test_the_same_interview_is_recognised_although_each_prompt_has_its_own_mark() -> None:
    with FakeGemini() as fake:
        engine = Gemini("any", "fake", base_url=fake.base_url)
        first, second = list(engine.assess([BRIEF], Books())), list(engine.assess([BRIEF], Books()))
        assert first == second
        assert list(fake.seen.values()) == [2]
        list(engine.assess([AnswerBrief("5", "Why?", BRIEF.words[:-1], BRIEF.criteria)], Books()))
        assert sorted(fake.seen.values()) == [1, 2]


def test_orders_from_another_process_are_followed_one_by_one_then_the_default() -> None:
    with FakeDeepgram() as fake:
        url = fake.base_url
        order(url, queue=[{"kind": "status", "status": 503}], default={"kind": "status", "status": 402})
        for status in (503, 402, 402):
            with pytest.raises(urllib.error.HTTPError) as refused:
                post(url + LISTEN, b"sound")
            assert refused.value.code == status
            refused.value.close()
        assert order(url, reset=True) == {
            "requests": 0,
            "seen": {},
            "default": {"kind": "ok", "seconds": 0.0, "status": 500, "retry_after": None, "body": None},
            "queued": 0,
        }
        assert transcript(post(url + LISTEN, b"sound"))


def test_a_fake_that_hangs_lets_go_when_it_is_closed() -> None:
    with FakeDeepgram() as fake:
        fake.next(Behaviour("hang", seconds=100))
        call = urllib.request.Request(fake.base_url + LISTEN, data=b"sound", method="POST")
        with pytest.raises(TimeoutError):
            urllib.request.urlopen(call, timeout=0.2)


def test_as_a_process_until_its_input_closes(tmp_path: Path) -> None:
    sound = b"a recording"
    said = tmp_path / "said.json"
    said.write_text(json.dumps({hashlib.sha256(sound).hexdigest(): "Exactly these words."}), encoding="utf-8")
    (tmp_path / "sound.wav").write_bytes(sound)
    with subprocess.Popen(
        [sys.executable, "-m", "tests.fakes", "--analysis-seconds", "0.1", "--transcripts", str(said)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdin is not None and process.stdout is not None
        urls = json.loads(process.stdout.readline())
        heard = Deepgram("any", base_url=urls["deepgram"]).transcribe(tmp_path / "sound.wav", forget)
        assert [word.text for word in heard.words] == ["Exactly", "these", "words."]
        assert len(list(Gemini("any", "fake", base_url=urls["gemini"]).assess([BRIEF], Books()))) == 1
        assert order(urls["gemini"])["requests"] == 1
        process.stdin.close()
        assert process.wait(timeout=60) == 0


def test_the_process_needs_nothing_but_the_standard_library() -> None:
    code = "import tests.fakes.__main__, sys; print(*sorted(m.split('.')[0] for m in sys.modules))"
    loaded = subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True, capture_output=True, text=True)
    foreign = set(loaded.stdout.split()) & {"httpx", "httpx2", "deepgram", "django", "interviews", "pydantic"}
    assert foreign == set()
