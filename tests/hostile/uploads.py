"""Two hundred files that nobody's browser has recorded, the same each time."""

from __future__ import annotations

from tests.chance import seeded
from tests.hostile.damaged import cut, flipped, other_kinds, paths, polyglots
from tests.hostile.files import Upload
from tests.hostile.lures import Lure
from tests.hostile.oversized import bombs, dimensions, sizes, times
from tests.hostile.references import references

SEED = 20261127


def uploads(webm: bytes, mp4: bytes, to: Lure) -> list[Upload]:
    """`webm` and `mp4`: recordings that are in order."""
    chance = seeded(SEED)
    made = [
        *polyglots(webm, mp4),
        *cut(webm, mp4, chance),
        *other_kinds(),
        *flipped(webm, mp4, chance),
        *sizes(webm),
        *dimensions(mp4),
        *bombs(webm),
        *references(webm, mp4, to),
        *paths(webm),
        *times(),
    ]
    assert len({it.name for it in made}) == len(made)
    return made
