"""Assessment by Gemini, over google-genai."""

from __future__ import annotations

import math
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from functools import cached_property
from typing import Any

import httpx2
from google import genai
from google.genai import errors, types

from interviews.engines.analysis.model import LanguageModel
from interviews.engines.analysis.prompt import Prompt
from interviews.engines.analysis.reply import NOT_AN_ANSWER, Piece, refused
from interviews.engines.catalogue import ANALYSERS
from interviews.engines.errors import EngineError, RetryLater, UnusableOutput
from interviews.engines.keeping import Usage
from interviews.marks import gettext_noop


class Gemini(LanguageModel):
    """`base_url`: "http://127.0.0.1:8080" for a stand-in, None for the real service.

    `timeout`: seconds without a byte before a call counts as lost; `deadline`: seconds for a whole call; `samples`: how
    often each answer is judged, 1 or 3.
    """

    name = "gemini"
    label = ANALYSERS["gemini"].label

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

    def _streamed(self, client: genai.Client, prompt: Prompt) -> Generator[Piece]:
        with _classed():
            stream = client.models.generate_content_stream(
                model=self.model,
                contents=prompt.transcripts,
                config=types.GenerateContentConfig(
                    system_instruction=prompt.instructions,
                    temperature=0,
                    response_mime_type="application/json",
                    response_json_schema=prompt.schema,
                ),
            )
            for chunk in stream:
                yield _piece(chunk)

    def check(self) -> None:
        with _classed():
            self._client.models.get(model=self.model)

    @cached_property
    def _client(self) -> genai.Client:
        # Kept: a client that nobody holds closes its connections while the stream is still being read.
        return genai.Client(
            api_key=self._api_key,
            vertexai=False,
            http_options=types.HttpOptions(
                base_url=self._base_url,
                api_version="v1beta",
                timeout=math.ceil(self._timeout * 1000),
                # The library would announce its timeout per read as the time that the server may take in all.
                headers={"X-Server-Timeout": str(math.ceil(self._deadline))},
                # Calls are minutes apart: a connection kept open would be a dead one by the next.
                client_args={"limits": httpx2.Limits(max_keepalive_connections=0)},
            ),
        )


@contextmanager
def _classed() -> Iterator[None]:
    try:
        yield
    except errors.APIError as error:
        raise _refused(error) from None
    except httpx2.TimeoutException:
        raise RetryLater(gettext_noop("Gemini did not answer in time")) from None
    except httpx2.HTTPError:
        raise RetryLater(gettext_noop("The connection to Gemini was lost")) from None
    except (ValueError, TypeError, AttributeError, LookupError):
        # A reply that is no JSON is a ValueError; JSON of another shape trips the SDK up in any of these ways.
        raise UnusableOutput(NOT_AN_ANSWER) from None


def _piece(chunk: types.GenerateContentResponse) -> Piece:
    feedback, usage = chunk.prompt_feedback, _usage(chunk.usage_metadata)
    if feedback is not None and feedback.block_reason is not None:
        return Piece(blocked=True, usage=usage)
    if not chunk.candidates:
        return Piece(usage=usage)
    candidate = chunk.candidates[0]
    parts = (candidate.content and candidate.content.parts) or ()
    text = "".join(part.text for part in parts if part.text and not part.thought)
    reason = candidate.finish_reason
    return Piece(text, finish_reason=reason.name if reason is not None else None, usage=usage)


def _usage(reported: types.GenerateContentResponseUsageMetadata | None) -> Usage | None:
    if reported is None:
        return None
    written = (reported.candidates_token_count or 0) + (reported.thoughts_token_count or 0)
    return Usage(reported.prompt_token_count or 0, written)


def _refused(error: errors.APIError) -> EngineError:
    headers: Any = getattr(error.response, "headers", None) or {}
    return refused(error.code, error.details, headers.get("retry-after"))
