"""Assessment by Gemini, over google-generativeai: for installations that cannot leave it yet.

Needs requirements-generativeai.txt. Same prompt, same reading, same errors as `gemini`. Two things are the
library's own: its client is configured for the whole process, and each piece is handed on only when the
next one has arrived.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from typing import Any

from interviews.engines.analysis.base import AnswerAssessment, AnswerBrief
from interviews.engines.analysis.prompt import Prompt, compose
from interviews.engines.analysis.reply import NOT_AN_ANSWER, Piece, assessments, refused
from interviews.engines.catalogue import ANALYSERS
from interviews.engines.errors import EngineError, RetryLater, UnusableOutput

with warnings.catch_warnings():
    warnings.filterwarnings("ignore", r"\s*All support for the `google.generativeai`", FutureWarning)
    warnings.filterwarnings("ignore", r"You are using a Python version", FutureWarning)
    from google.api_core.exceptions import GoogleAPICallError
    from google.generativeai.client import configure
    from google.generativeai.generative_models import GenerativeModel
    from google.generativeai.types import BlockedPromptException, GenerationConfig, RequestOptions


class GeminiLegacy:
    """`base_url`, `timeout`, `deadline`: as for `gemini.Gemini`. One per process, or all with one key."""

    name = "gemini-legacy"
    label = ANALYSERS["gemini-legacy"].label

    def __init__(
        self,
        api_key: str,
        model: str,
        base_url: str | None = None,
        timeout: float = 120.0,
        deadline: float = 600.0,
    ) -> None:
        self.model = model
        self._api_key = api_key
        self._base_url = base_url
        self._timeout = timeout
        self._deadline = deadline
        self._configured = False

    def assess(self, answers: Sequence[AnswerBrief]) -> Iterator[AnswerAssessment]:
        if answers:
            yield from assessments(self._pieces(compose(answers)), answers, deadline=self._deadline)

    def _pieces(self, prompt: Prompt) -> Iterator[Piece]:
        try:
            self._configure()
            model = GenerativeModel(self.model, system_instruction=prompt.instructions)
            stream = model.generate_content(
                prompt.transcripts,
                generation_config=GenerationConfig(
                    temperature=0,
                    response_mime_type="application/json",
                    response_schema=_as_proto(prompt.schema),
                ),
                stream=True,
                # Without this object the library itself retries a 503 for ten minutes.
                request_options=RequestOptions(timeout=self._timeout, retry=None),
            )
            for chunk in stream:
                yield _piece(chunk)
        except BlockedPromptException:
            yield Piece(blocked=True)
        except GoogleAPICallError as error:
            raise _refused(error) from None
        except StopIteration:
            return  # not one piece
        except OSError:  # everything that `requests` raises
            raise RetryLater("The connection to Gemini was lost, or it did not answer in time") from None
        except (ValueError, TypeError, AttributeError, LookupError) as error:
            if str(error).startswith("Unfinished stream"):
                raise RetryLater("The connection to Gemini was lost in the middle of its answer") from None
            raise UnusableOutput(NOT_AN_ANSWER) from None

    def _configure(self) -> None:
        if not self._configured:
            options = {"api_endpoint": self._base_url} if self._base_url else None
            configure(api_key=self._api_key, transport="rest", client_options=options)
            self._configured = True


def _piece(chunk: Any) -> Piece:
    if not chunk.candidates:
        return Piece()
    candidate = chunk.candidates[0]
    reason = candidate.finish_reason.name
    return Piece(
        text="".join(part.text for part in candidate.content.parts),
        finish_reason=None if reason == "FINISH_REASON_UNSPECIFIED" else reason,
    )


def _refused(error: GoogleAPICallError) -> EngineError:
    if error.response is None:  # the library's own complaint about a reply, dressed up as a 400
        return UnusableOutput(NOT_AN_ANSWER)
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
