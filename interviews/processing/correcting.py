"""The words of a transcript after a person's correction."""

from __future__ import annotations

from collections.abc import Sequence

from interviews.models.transcripts import Corrector, StoredWord
from interviews.scoring.corrections import spans, spread


def corrected(before: Sequence[StoredWord], text: str, corrected_by: Corrector) -> list[StoredWord]:
    """Words that stay keep their seconds and confidence. New ones stand evenly between their neighbours, without
    confidence, and say who put them in."""
    after: list[StoredWord] = []
    for span in spans([word["text"] for word in before], text.split()):
        if span.kept:
            after += before[span.first : span.last]
            continue
        replaced = before[span.first : span.last]
        left = before[span.first - 1]["end"] if span.first else 0.0
        right = before[span.last]["start"] if span.last < len(before) else left
        start, end = (replaced[0]["start"], replaced[-1]["end"]) if replaced else (left, right)
        after += [
            {"text": it.text, "start": it.start, "end": it.end, "confidence": None, "corrected_by": corrected_by}
            for it in spread(span.text, start, end)
        ]
    return after
