"""Which engines there are, and what people are told about them. Imports none of them: their libraries are heavy."""

from __future__ import annotations

from dataclasses import dataclass

from interviews.marks import gettext_noop


@dataclass(frozen=True, slots=True)
class EngineInfo:
    path: str  # of its class
    label: str  # what people read beside its work
    sends_to: str  # the company that is given the words or the sound; "" where nothing leaves this machine
    draft: bool = False  # rough, and shown as such


MAIL = "mail"
"""Not an engine, but called like one: it may be out, and what waits for it is shown."""

NONE = "none"
"""In place of an engine's name: the site has none, and people do all of it."""

TRANSCRIBERS = {
    "deepgram": EngineInfo(
        path="interviews.engines.transcription.deepgram.Deepgram",
        label=gettext_noop("Transcribed by Deepgram"),
        sends_to="Deepgram",
    ),
    "local": EngineInfo(
        path="interviews.engines.transcription.local.Local",
        label=gettext_noop("Rough draft made on this machine; it mishears often"),
        sends_to="",
        draft=True,
    ),
}

ANALYSERS = {
    "gemini": EngineInfo(
        path="interviews.engines.analysis.gemini.Gemini",
        label=gettext_noop("Suggested by Gemini"),
        sends_to="Google",
    ),
    "gemini-legacy": EngineInfo(
        path="interviews.engines.analysis.gemini_legacy.GeminiLegacy",
        label=gettext_noop("Suggested by Gemini"),
        sends_to="Google",
    ),
    "local": EngineInfo(
        path="interviews.engines.analysis.local.Local",
        label=gettext_noop("Keyword match made on this machine; a reading aid, not a judgement"),
        sends_to="",
        draft=True,
    ),
}


def is_provider(engine: str) -> bool:
    """Whether its work leaves this machine."""
    info = TRANSCRIBERS.get(engine) or ANALYSERS.get(engine)
    return engine == MAIL or (info is not None and bool(info.sends_to))
