"""A calm figure that speaks: two ellipses, two eyes and a mouth, drawn row by row."""

from __future__ import annotations

import math
from dataclasses import dataclass

WIDTH, HEIGHT = 640, 480  # drawn twice as large as shown: scaling down smooths the edges
FRAME_RATE = 10

Colour = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Figure:
    background: Colour
    clothes: Colour
    face: Colour
    lines: Colour

    @classmethod
    def number(cls, index: int) -> Figure:
        return _FIGURES[index % len(_FIGURES)]

    def frame(self, index: int, loudness: float) -> bytes:
        """One picture, RGB, WIDTH x HEIGHT. `loudness` (0 to 1) opens the mouth; the eyes blink now and then."""
        picture = bytearray(bytes(self.background) * (WIDTH * HEIGHT))
        lift = round(2 * math.sin(index / FRAME_RATE))
        _ellipse(picture, 320, 520, 210, 190, self.clothes)
        _ellipse(picture, 320, 196 + lift, 116, 124, self.lines)
        _ellipse(picture, 320, 214 + lift, 98, 112, self.face)
        eye = 2 if index % 43 in (0, 1) else 10
        for x in (282, 358):
            _ellipse(picture, x, 196 + lift, 9, eye, self.lines)
        _ellipse(picture, 320, 264 + lift, 26, 4 + round(5 * loudness) * 4, self.lines)
        return bytes(picture)


_FIGURES = (  # colours that no person has
    Figure(background=(38, 70, 83), clothes=(176, 74, 58), face=(158, 205, 194), lines=(22, 44, 54)),
    Figure(background=(74, 78, 105), clothes=(112, 92, 140), face=(206, 196, 228), lines=(44, 40, 72)),
    Figure(background=(53, 80, 62), clothes=(138, 104, 36), face=(226, 214, 152), lines=(38, 56, 42)),
)


def _ellipse(picture: bytearray, x: int, y: int, across: int, down: int, colour: Colour) -> None:
    """Filled, around (x, y), with these half axes; cut off at the picture's edges."""
    for row in range(max(0, y - down), min(HEIGHT, y + down + 1)):
        half = round(across * math.sqrt(1 - ((row - y) / down) ** 2))
        left, right = max(0, x - half), min(WIDTH, x + half + 1)
        picture[(row * WIDTH + left) * 3 : (row * WIDTH + right) * 3] = bytes(colour) * (right - left)
