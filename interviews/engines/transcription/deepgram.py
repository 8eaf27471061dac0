"""Transcription by Deepgram, over its own SDK."""

from __future__ import annotations

import json
import math
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
from deepgram import DeepgramClient
from deepgram.core.api_error import ApiError
from deepgram.environment import DeepgramClientEnvironment

from interviews.engines.catalogue import TRANSCRIBERS
from interviews.engines.errors import EngineError, FaultKind, Permanent, RetryLater, UnusableOutput
from interviews.engines.keeping import Keep
from interviews.engines.refusals import refusal, seconds_to_wait
from interviews.engines.transcription.base import Transcription, Word
from interviews.marks import gettext_noop

with warnings.catch_warnings():
    warnings.filterwarnings("ignore", r"websockets\.", DeprecationWarning)
    import deepgram.listen.v1.client  # noqa: F401 - touches the old client of websockets, which it never uses

_NOT_A_TRANSCRIPTION = gettext_noop("Deepgram sent something that is not a transcription")


class Deepgram:
    """`base_url`: "http://127.0.0.1:8080" for a stand-in, None for the real service.

    `timeout`: seconds without a byte in either direction before the call counts as lost. Nothing is retried
    here: the job that called us owns the retries.
    """

    name = "deepgram"
    label = TRANSCRIBERS["deepgram"].label
    draft = False

    def __init__(
        self, api_key: str, base_url: str | None = None, model: str = "nova-3", timeout: float = 300.0
    ) -> None:
        self._api_key = api_key
        self._base_url = base_url
        self.model = model
        self._timeout = timeout

    def transcribe(self, sound: Path, keep: Keep) -> Transcription:
        """Punctuated words; the language is detected. Without speech: no words, and "und" as language."""
        with _classed():
            body = _FileBody(sound)
            reply = self._client.listen.v1.media.with_raw_response.transcribe_file(
                request=body,
                model=self.model,
                smart_format=True,
                punctuate=True,
                detect_language=True,
                request_options={
                    "timeout": self._timeout,
                    "max_retries": 0,
                    "additional_headers": {
                        "Content-Length": str(body.size),
                        "Content-Type": "audio/wav",
                    },
                },
            )
        # Word for word, as it came: the SDK has no public name for that, and writes its own model out differently.
        received = reply._response.text
        keep(received)
        return self.read(received)

    def read(self, reply: str) -> Transcription:
        return _transcription(json.loads(reply, object_hook=_Fields), self.model)

    def check(self) -> None:
        with _classed():
            self._client.manage.v1.projects.list()

    @cached_property
    def _client(self) -> DeepgramClient:
        environment = DeepgramClientEnvironment.PRODUCTION
        if self._base_url is not None:
            socket = self._base_url.replace("http", "ws", 1)
            environment = DeepgramClientEnvironment(
                base=self._base_url, production=socket, agent=socket, agent_rest=self._base_url
            )
        # For whatever no proxy of the environment is for: its patterns come first.
        http = httpx.Client(timeout=self._timeout, mounts={"all://*": _ConnectionPerCall()})
        client = DeepgramClient(api_key=self._api_key, environment=environment, httpx_client=http, max_retries=0)
        # Else the SDK reads its own version from the disk for each call.
        client._client_wrapper.httpx_client.base_headers = client._client_wrapper.get_headers().copy
        return client


class _ConnectionPerCall(httpx.BaseTransport):
    """Calls are minutes apart: a connection kept open would be a dead one by the next. And a pool looks through all its
    connections at each call's beginning and end, which hundreds at once feel."""

    def __init__(self) -> None:
        self._tls = httpx.create_ssl_context()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        once = httpx.HTTPTransport(verify=self._tls, limits=httpx.Limits(max_keepalive_connections=0))
        reply = once.handle_request(request)
        return _Unread(reply.status_code, headers=reply.headers, stream=reply.stream, extensions=reply.extensions)


class _Unread(httpx.Response):
    """The SDK makes objects of a success, which nobody looks at: a minute of speech is 150 KB of them, and 2 ms."""

    def json(self, **options: Any) -> Any:
        fields = super().json(**options)
        return {} if self.is_success else fields


@contextmanager
def _classed() -> Iterator[None]:
    try:
        yield
    except ApiError as error:
        raise _refused(error) from None
    except httpx.TimeoutException:
        raise RetryLater(gettext_noop("Deepgram did not answer in time")) from None
    except httpx.HTTPError:
        raise RetryLater(gettext_noop("The connection to Deepgram was lost")) from None
    except OSError:
        raise RetryLater(gettext_noop("The recording could not be opened"), fault=FaultKind.SOUND) from None
    except (ValueError, TypeError):  # the SDK trips over JSON of another shape
        raise UnusableOutput(_NOT_A_TRANSCRIPTION) from None


class _FileBody:
    """A file as a request body that can be sent again from its start (an open file or a generator cannot),
    without ever being in memory as a whole. Raises RetryLater when the file is not as long as it was
    announced."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.size = path.stat().st_size

    def __iter__(self) -> Iterator[bytes]:
        sent = 0
        with self.path.open("rb") as file:
            while piece := file.read(256 * 1024):
                sent += len(piece)
                if sent > self.size:
                    break
                yield piece
        if sent != self.size:
            raise RetryLater(gettext_noop("The recording changed while it was being sent"))


def _refused(error: ApiError) -> EngineError:
    headers = {name.lower(): value for name, value in (error.headers or {}).items()}
    reply = error.body if isinstance(error.body, dict) else {}
    said = f"{reply.get('err_code', '')} {reply.get('err_msg', '')}".lower()
    if error.status_code == 400 and ("corrupt" in said or "unsupported data" in said):
        return Permanent(
            gettext_noop("Deepgram could not read the sound of this recording"), fault=FaultKind.UNREADABLE
        )
    if error.status_code == 400 and "language" in said:
        return Permanent(gettext_noop("Deepgram could not tell which language was spoken"), fault=FaultKind.LANGUAGE)
    return refusal("Deepgram", error.status_code, retry_after=seconds_to_wait(headers.get("retry-after")))


class _Fields(SimpleNamespace):
    """An object of the reply. What it does not have is None, as in the SDK's own."""

    def __init__(self, fields: dict[str, Any]) -> None:
        super().__init__(**fields)

    def __getattr__(self, name: str) -> None:
        return None


def _transcription(reply: Any, model: str) -> Transcription:
    # The SDK checks nothing: every field may be absent or of another type, and a 200 with {} is a reply like any other.
    try:
        channel = reply.results.channels[0]
        spoken = channel.alternatives[0]
        words = tuple(_word(word) for word in spoken.words or ())
        if not words and (spoken.words is None or spoken.transcript):
            raise UnusableOutput(_NOT_A_TRANSCRIPTION)
        language = str(channel.detected_language or "und")
    except (AttributeError, LookupError, TypeError, ValueError):
        raise UnusableOutput(_NOT_A_TRANSCRIPTION) from None
    return Transcription(words=words, language=language, model=model)


def _word(word: Any) -> Word:
    text = word.punctuated_word or word.word
    start, end, confidence = float(word.start), float(word.end), float(word.confidence)
    if not (isinstance(text, str) and text.strip() and 0 <= start <= end < math.inf and 0 <= confidence <= 1):
        raise UnusableOutput(_NOT_A_TRANSCRIPTION)
    return Word(text=text.strip(), start=start, end=end, confidence=confidence)
