"""A process of its own: 16 kHz mono s16le on stdin, a JSON list of [word, start, end] in seconds on stdout.

    python -m interviews.engines.transcription.recognition

pocketsphinx holds the interpreter lock while it decodes (measured: a thread that ticks every 5 ms stood
still for 1.6 s of a 1.9 s decode), so inside the server it would stall every open socket.
"""

from __future__ import annotations

import json
import os
import sys

from pocketsphinx import Decoder, Endpointer

RATE = 16_000  # samples per second


def recognise(pcm: bytes) -> list[tuple[str, float, float]]:
    """Words with start and end in seconds; no silences, no fillers. Stretches without a voice are not
    decoded at all: given pure silence the recogniser invents a word."""
    decoder = Decoder(loglevel="FATAL")
    words: list[tuple[str, float, float]] = []
    for start, speech in _stretches_of_speech(pcm):
        decoder.start_utt()
        decoder.process_raw(speech, full_utt=True)
        decoder.end_utt()
        for segment in decoder.seg() or ():  # None for a stretch too short to hold a word
            word = segment.word.partition("(")[0]  # "and(2)" is the second way of saying "and"
            if word and word[0] not in "<[+":  # <sil>, </s>, [NOISE], ++UH++
                words.append((word, start + segment.start_frame / 100, start + (segment.end_frame + 1) / 100))
    return words


def _stretches_of_speech(pcm: bytes) -> list[tuple[float, bytes]]:
    endpointer = Endpointer(sample_rate=RATE)
    size = endpointer.frame_bytes
    stretches: list[tuple[float, bytes]] = []
    heard: list[bytes] = []
    for offset in range(0, len(pcm) - len(pcm) % 2, size):
        frame = pcm[offset : offset + size]
        last = offset + size >= len(pcm)
        speech = endpointer.end_stream(frame[: len(frame) // 2 * 2]) if last else endpointer.process(frame)
        if speech is not None:
            heard.append(speech)
        if heard and (last or not endpointer.in_speech):
            stretches.append((endpointer.speech_start, b"".join(heard)))
            heard = []
    return stretches


if __name__ == "__main__":
    if hasattr(os, "nice"):  # not on Windows
        os.nice(10)  # the server beside us comes first
    json.dump(recognise(sys.stdin.buffer.read()), sys.stdout)
