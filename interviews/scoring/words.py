"""A transcript as comparable tokens, and where each of them stands."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence


def tokens(text: str) -> list[str]:
    """Comparable tokens: "Don't – we're 3.5% UP!" becomes dont, were, 3.5, up."""
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    kept: list[str] = []
    for i, char in enumerate(folded):
        category = unicodedata.category(char)
        if category[0] in "LNM":
            kept.append(char)
        elif char in "'’‘ʼ`" or category == "Cf":  # joins: an apostrophe, or something invisible
            continue
        elif char in ".,:" and folded[i - 1 : i].isdigit() and folded[i + 1 : i + 2].isdigit():
            kept.append(char)  # 3.5 is not 35
        else:
            kept.append(" ")
    return "".join(kept).split()


class Transcript:
    """`tokens` in order; `word_of` is the position of the word that each belongs to."""

    def __init__(self, words: Sequence[str]) -> None:
        self.tokens: list[str] = []
        self.word_of: list[int] = []
        for position, word in enumerate(words):
            for token in tokens(word):
                self.tokens.append(token)
                self.word_of.append(position)

    def occurrences(self, sought: list[str]) -> Iterable[tuple[int, int]]:
        """Spans, in words, that consist of exactly these tokens and cut no word in two."""
        for start in range(len(self.tokens) - len(sought) + 1):
            end = start + len(sought)
            if self.tokens[start:end] != sought:
                continue
            begins_word = start == 0 or self.word_of[start - 1] != self.word_of[start]
            ends_word = end == len(self.tokens) or self.word_of[end] != self.word_of[end - 1]
            if begins_word and ends_word:
                yield self.word_of[start], self.word_of[end - 1]
