"""Both transcription engines, against a Deepgram that misbehaves in every way we know, and against real sound."""

from __future__ import annotations

import hashlib
import math
import struct
import subprocess
import traceback
import wave
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from interviews.engines.catalogue import TRANSCRIBERS
from interviews.engines.errors import Busy, EngineError, Permanent, RetryLater, UnusableOutput
from interviews.engines.refusals import seconds_to_wait
from interviews.engines.transcription.deepgram import Deepgram
from interviews.engines.transcription.local import Local
from interviews.engines.transcription.withheld import GAP, withhold
from tests.engines import forget
from tests.fakes.deepgram import SPOKEN, FakeDeepgram
from tests.fakes.wire import Behaviour
from tests.programs import need

KEY = "dg-secret-f00d"
SOUND = bytes(range(256)) * 4096  # a megabyte that is no recording: only its bytes matter to the stand-in


@pytest.fixture
def media(tmp_path: Path) -> Path:
    path = tmp_path / "sound.wav"
    path.write_bytes(SOUND)
    return path


@pytest.fixture
def fake() -> Iterator[FakeDeepgram]:
    with FakeDeepgram(key=KEY) as fake:
        yield fake


def failure(fake: FakeDeepgram, media: Path, key: str = KEY, timeout: float = 5.0) -> EngineError:
    with pytest.raises(EngineError) as caught:
        Deepgram(key, base_url=fake.base_url, timeout=timeout).transcribe(media, forget)
    said = caught.value.message
    shown = "".join(traceback.format_exception(caught.value))
    assert said and not said.endswith(".") and "{" not in said and "<" not in said
    for secret in (KEY, *SPOKEN[0].split(". "), "err_msg", "<html>"):
        assert secret not in said
        assert secret not in shown
    return caught.value


def test_words_come_with_punctuation_times_and_confidence(fake: FakeDeepgram, media: Path) -> None:
    fake.transcripts[hashlib.sha256(SOUND).hexdigest()] = "First, I asked. Then we moved!"
    heard = Deepgram(KEY, base_url=fake.base_url).transcribe(media, forget)
    assert [word.text for word in heard.words] == ["First,", "I", "asked.", "Then", "we", "moved!"]
    assert [word.start for word in heard.words] == sorted(word.start for word in heard.words)
    assert all(word.start < word.end for word in heard.words)
    assert all(word.confidence is not None and 0.8 < word.confidence <= 1 for word in heard.words)
    assert (heard.language, heard.model) == ("en", "nova-3")


def test_the_file_is_sent_whole_with_its_length_and_type(fake: FakeDeepgram, media: Path) -> None:
    Deepgram(KEY, base_url=fake.base_url).transcribe(media, forget)
    [request] = fake.requests
    assert request.digest == hashlib.sha256(SOUND).hexdigest()
    assert request.headers["content-length"] == str(len(SOUND))
    assert request.headers["content-type"] == "audio/wav"
    assert "transfer-encoding" not in request.headers
    for option in ("model=nova-3", "punctuate=true", "smart_format=true", "detect_language=true"):
        assert option in request.path


def test_silence_is_an_answer(fake: FakeDeepgram, media: Path) -> None:
    fake.transcripts[hashlib.sha256(SOUND).hexdigest()] = ""
    assert Deepgram(KEY, base_url=fake.base_url).transcribe(media, forget).words == ()


REFUSALS: list[tuple[Behaviour, type[EngineError], float | None, str]] = [
    (Behaviour("status", status=400), Permanent, None, "could not read the sound"),
    (Behaviour("status", status=400, body='{"err_code": "Bad Request"}'), Permanent, None, "refused the request"),
    (Behaviour("status", status=400, body="not even JSON"), Permanent, None, "refused the request"),
    (Behaviour("status", status=401), Permanent, None, "refused the key"),
    (Behaviour("status", status=403), Permanent, None, "refused the key"),
    (Behaviour("status", status=402), Permanent, None, "no credit"),
    (Behaviour("status", status=404), Permanent, None, "does not know"),
    (Behaviour("status", status=413), Permanent, None, "too large"),
    (Behaviour("status", status=422), Permanent, None, "422"),
    (Behaviour("status", status=408), RetryLater, None, "in time"),
    (Behaviour("status", status=409), RetryLater, None, "409"),
    (Behaviour("status", status=429), Busy, None, "slow down"),
    (Behaviour("status", status=429, retry_after="17"), Busy, 17.0, "slow down"),
    (Behaviour("status", status=429, retry_after="Wed, 21 Oct 2015 07:28:00 GMT"), Busy, 0.0, "slow down"),
    (Behaviour("status", status=429, retry_after="soon"), Busy, None, "slow down"),
    (Behaviour("status", status=500), RetryLater, None, "500"),
    (Behaviour("status", status=502), RetryLater, None, "502"),
    (Behaviour("status", status=503, retry_after="3"), RetryLater, 3.0, "overloaded"),
    (Behaviour("status", status=504), RetryLater, None, "in time"),
    (Behaviour("drop"), RetryLater, None, "connection"),
    (Behaviour("cut"), RetryLater, None, "connection"),
    (Behaviour("html"), UnusableOutput, None, "not a"),
    (Behaviour("empty"), UnusableOutput, None, "not a transcription"),
    (Behaviour("bad_json"), UnusableOutput, None, "not a"),
    (Behaviour("foreign_json"), UnusableOutput, None, "not a transcription"),
    (Behaviour("foreign_json", body="[]"), UnusableOutput, None, "not a transcription"),
    (Behaviour("foreign_json", body="null"), UnusableOutput, None, "not a transcription"),
    (Behaviour("foreign_json", body='{"results": {"channels": []}}'), UnusableOutput, None, "not a transcription"),
]


@pytest.mark.parametrize(
    "behaviour, kind, retry_after, words", REFUSALS, ids=lambda value: getattr(value, "kind", None)
)
def test_each_failure_is_classed_once_and_never_tried_again(
    fake: FakeDeepgram,
    media: Path,
    behaviour: Behaviour,
    kind: type[EngineError],
    retry_after: float | None,
    words: str,
) -> None:
    fake.next(behaviour)
    error = failure(fake, media)
    assert type(error) is kind
    assert words in error.message
    assert getattr(error, "retry_after", None) == retry_after
    assert len(fake.requests) == 1


@pytest.mark.parametrize(
    "word",
    [
        '{"word": "hi", "start": 0.1, "end": 0.2}',
        '{"word": "hi", "start": 0.1, "end": 0.2, "confidence": 1.5}',
        '{"word": "hi", "start": 0.3, "end": 0.2, "confidence": 0.5}',
        '{"word": "hi", "start": -1, "end": 0.2, "confidence": 0.5}',
        '{"word": "hi", "start": NaN, "end": 0.2, "confidence": 0.5}',
        '{"word": "hi", "start": 0, "end": Infinity, "confidence": 0.5}',
        '{"word": "", "start": 0.1, "end": 0.2, "confidence": 0.5}',
        '{"word": 7, "start": 0.1, "end": 0.2, "confidence": 0.5}',
        '"hi"',
    ],
)
def test_a_word_that_makes_no_sense_spoils_the_reply(fake: FakeDeepgram, media: Path, word: str) -> None:
    reply = '{"results": {"channels": [{"alternatives": [{"transcript": "hi", "words": [%s]}]}]}}'
    fake.next(Behaviour("foreign_json", body=reply % word))
    assert type(failure(fake, media)) is UnusableOutput


def test_a_silent_deepgram_is_given_up_on(fake: FakeDeepgram, media: Path) -> None:
    fake.next(Behaviour("hang"))
    assert type(failure(fake, media, timeout=0.3)) is RetryLater


def test_a_slow_deepgram_is_waited_for(fake: FakeDeepgram, media: Path) -> None:
    fake.next(Behaviour("slow", seconds=0.3))
    assert Deepgram(KEY, base_url=fake.base_url, timeout=60).transcribe(media, forget).words


def test_nobody_at_the_address(media: Path) -> None:
    with FakeDeepgram() as gone:
        pass
    assert type(failure(gone, media)) is RetryLater


def test_a_wrong_key_says_so(fake: FakeDeepgram, media: Path) -> None:
    assert "key" in failure(fake, media, key="another").message


def test_a_file_that_is_gone_is_no_failure_of_deepgram(fake: FakeDeepgram, tmp_path: Path) -> None:
    assert failure(fake, tmp_path / "gone.wav").message == "The recording could not be opened"
    assert fake.requests == []


@pytest.mark.parametrize(
    "header, seconds",
    [
        (None, None),
        ("", None),
        ("0", 0.0),
        (" 12 ", 12.0),
        ("1.5", 1.5),
        ("-3", None),
        ("nan", None),
        ("inf", None),
        ("999999999", 86400.0),
        ("Tue, 01 Dec 2026 10:00:30 GMT", 30.0),
        ("Tue, 01 Dec 2026 09:00:00 GMT", 0.0),
        ("Tue, 01 Dec 2026 10:00:30 -0000", 30.0),
        ("tomorrow", None),
    ],
)
def test_waiting_times_in_both_spellings(header: str | None, seconds: float | None) -> None:
    assert seconds_to_wait(header, now=datetime(2026, 12, 1, 10, 0, tzinfo=UTC)) == seconds


def sound(path: Path, samples: list[int]) -> Path:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(16_000)
        file.writeframes(struct.pack(f"<{len(samples)}h", *samples))
    return path


def test_silence_and_a_tone_are_no_words_on_this_machine_either(tmp_path: Path) -> None:
    assert Local().transcribe(sound(tmp_path / "silence.wav", [0] * 48_000), forget).words == ()
    tone = [round(900 * math.sin(i / 5)) for i in range(32_000)]
    assert len(Local().transcribe(sound(tmp_path / "tone.wav", tone), forget).words) <= 2


def test_a_sound_that_cannot_be_opened_may_be_made_again(media: Path, tmp_path: Path) -> None:
    for unreadable in (media, tmp_path / "gone.wav"):
        with pytest.raises(RetryLater, match="could not be opened"):
            Local().transcribe(unreadable, forget)


def test_the_recogniser_has_a_time_limit(tmp_path: Path) -> None:
    with pytest.raises(RetryLater, match="too long"):
        Local(time_limit=0.05).transcribe(sound(tmp_path / "silence.wav", [0] * 16_000), forget)


def test_a_voice_is_heard_roughly_and_in_the_right_places(tmp_path: Path) -> None:
    spoken = "we moved the billing service from one big server to a cluster of smaller services"
    path = tmp_path / "voice.wav"
    subprocess.run([need("flite"), "-voice", "rms", "-t", spoken, "-o", str(path)], check=True)
    heard = Local().transcribe(path, forget)
    said = [word.text for word in heard.words]
    assert len(set(said) & set(spoken.split())) >= 8
    assert [word.start for word in heard.words] == sorted(word.start for word in heard.words)
    assert all(0 <= word.start < word.end < 7 and word.confidence is None for word in heard.words)
    assert heard.language == "en"


def test_hurtful_words_leave_a_gap_and_work_words_stay() -> None:
    assert [withhold(word) for word in ("rapist", "bastard's", "killers")] == [GAP] * 3
    assert [withhold(word) for word in ("kill", "execute", "master", "class", "assess")] == [
        "kill",
        "execute",
        "master",
        "class",
        "assess",
    ]


def test_people_read_what_the_catalogue_says() -> None:
    for engine in (Deepgram, Local):
        info = TRANSCRIBERS[engine.name]
        assert (engine.label, engine.draft) == (info.label, info.draft)
        assert info.path == f"{engine.__module__}.{engine.__qualname__}"
