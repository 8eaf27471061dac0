"""Assessment by Gemini, over google-generativeai: for installations that cannot leave it yet.

Needs requirements-generativeai.txt. Same prompt, same reading, same errors as `gemini`.
"""

from __future__ import annotations

import threading
import warnings
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from functools import cached_property
from typing import Any

from interviews.engines.analysis.model import LanguageModel
from interviews.engines.analysis.prompt import Prompt
from interviews.engines.analysis.reply import NOT_AN_ANSWER, Piece, refused
from interviews.engines.catalogue import ANALYSERS
from interviews.engines.errors import EngineError, RetryLater, UnusableOutput
from interviews.engines.keeping import Usage
from interviews.marks import gettext_noop

with warnings.catch_warnings():
    warnings.filterwarnings("ignore", r"\s*All support for the `google.generativeai`", FutureWarning)
    warnings.filterwarnings("ignore", r"You are using a Python version", FutureWarning)
    from google.api_core.exceptions import GoogleAPICallError
    from google.generativeai import protos
    from google.generativeai.client import configure, get_default_generative_client, get_default_model_client

_configuring = threading.Lock()  # the library keeps one configuration for the whole process


class GeminiLegacy(LanguageModel):
    """`base_url`, `timeout`, `deadline`, `samples`: as for `gemini.Gemini`."""

    name = "gemini-legacy"
    label = ANALYSERS["gemini-legacy"].label

    def __init__(
        self,
        api_key: str,
        model: str,
        base_url: str | None = None,
        timeout: float = 120.0,
        deadline: float = 600.0,
        samples: int = 1,
    ) -> None:
        super().__init__(model, samples=samples, deadline=deadline)
        self._api_key = api_key
        self._base_url = base_url
        self._timeout = timeout

    def _pieces(self, prompt: Prompt) -> Generator[Piece]:
        with _classed():
            client = self._client  # made before the first of several threads needs it
        return self._streamed(client, prompt)

    def _streamed(self, client: Any, prompt: Prompt) -> Generator[Piece]:
        # Not through GenerativeModel: it hands each piece on only when the next has arrived, and a stream that is
        # given up on cannot be closed.
        request = protos.GenerateContentRequest(
            model=f"models/{self.model}",
            system_instruction={"parts": [{"text": prompt.instructions}]},
            contents=[{"role": "user", "parts": [{"text": prompt.transcripts}]}],
            generation_config={
                "temperature": 0,
                "response_mime_type": "application/json",
                "response_schema": _as_proto(prompt.schema),
            },
        )
        with _classed():
            # Unless told so by `retry`, the library itself retries a 503 for ten minutes.
            reply = client.stream_generate_content(request, timeout=self._timeout, retry=None)
            try:
                for chunk in reply:
                    yield _piece(chunk)
            finally:
                reply.cancel()

    def check(self) -> None:
        with _classed():
            self._configured(get_default_model_client).get_model(
                name=f"models/{self.model}", timeout=self._timeout, retry=None
            )

    @cached_property
    def _client(self) -> Any:
        return self._configured(get_default_generative_client)

    def _configured(self, client: Callable[[], Any]) -> Any:
        options = {"api_endpoint": self._base_url} if self._base_url else None
        with _configuring:
            configure(api_key=self._api_key, transport="rest", client_options=options)
            return client()


@contextmanager
def _classed() -> Iterator[None]:
    try:
        yield
    except GoogleAPICallError as error:
        raise _refused(error) from None
    except OSError:  # everything that `requests` raises
        raise RetryLater(gettext_noop("The connection to Gemini was lost, or it did not answer in time")) from None
    except (ValueError, TypeError, AttributeError, LookupError) as error:
        if str(error).startswith("Unfinished stream"):
            raise RetryLater(gettext_noop("The connection to Gemini was lost in the middle of its answer")) from None
        raise UnusableOutput(NOT_AN_ANSWER) from None


def _piece(chunk: Any) -> Piece:
    reported = chunk.usage_metadata  # never None; all zeros where nothing was reported
    usage = Usage(reported.prompt_token_count, reported.candidates_token_count) if reported.prompt_token_count else None
    if chunk.prompt_feedback.block_reason:
        return Piece(blocked=True, usage=usage)
    if not chunk.candidates:
        return Piece(usage=usage)
    candidate = chunk.candidates[0]
    reason = candidate.finish_reason.name
    return Piece(
        text="".join(part.text for part in candidate.content.parts),
        finish_reason=None if reason == "FINISH_REASON_UNSPECIFIED" else reason,
        usage=usage,
    )


def _refused(error: GoogleAPICallError) -> EngineError:
    return refused(error.code, error.details, error.response.headers.get("retry-after"))


def _as_proto(schema: dict[str, Any]) -> dict[str, Any]:
    """The same JSON schema in the older dialect: capital types, enums by format, no order of properties."""
    proto: dict[str, Any] = {"type": schema["type"].upper()}
    if "enum" in schema:
        proto |= {"format": "enum", "enum": schema["enum"]}
    if "items" in schema:
        proto["items"] = _as_proto(schema["items"])
    if "properties" in schema:
        proto["properties"] = {name: _as_proto(value) for name, value in schema["properties"].items()}
        proto["required"] = schema["required"]
    return proto
