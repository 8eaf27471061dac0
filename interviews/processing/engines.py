"""The engines that the settings name, one of each per process."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from django.conf import settings
from django.utils.module_loading import import_string

from interviews.engines.analysis.base import Analyser
from interviews.engines.catalogue import ANALYSERS, TRANSCRIBERS
from interviews.engines.transcription.base import Transcriber


@cache
def transcriber() -> Transcriber:
    info = TRANSCRIBERS[settings.TRANSCRIPTION_ENGINE]
    # Loaded by name, when first needed: a provider's library costs half a second and 60 MB.
    engine_class: Callable[..., Transcriber] = import_string(info.path)
    if info.sends_to:
        return engine_class(
            settings.DEEPGRAM_API_KEY,
            base_url=settings.DEEPGRAM_BASE_URL or None,
            model=settings.DEEPGRAM_MODEL,
        )
    return engine_class()


@cache
def analyser() -> Analyser:
    info = ANALYSERS[settings.ANALYSIS_ENGINE]
    engine_class: Callable[..., Analyser] = import_string(info.path)
    if info.sends_to:
        return engine_class(
            settings.GEMINI_API_KEY,
            model=settings.GEMINI_MODEL,
            base_url=settings.GEMINI_BASE_URL or None,
            samples=settings.ANALYSIS_SAMPLES,
        )
    return engine_class()
