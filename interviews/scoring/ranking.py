"""Who stands where among scores. Ties are ties, and who has no score has no place: not zero, and not the last."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Place(Generic[Key]):
    key: Key
    rank: int  # 1 is the highest; after three who share rank 2 comes rank 5
    tied_with: tuple[Key, ...]  # the others with the same score


@dataclass(frozen=True, slots=True)
class Unranked(Generic[Key]):
    key: Key
    reason: str


@dataclass(frozen=True, slots=True)
class Ranking(Generic[Key]):
    places: tuple[Place[Key], ...]  # by rank; who is tied stands in the order given
    unranked: tuple[Unranked[Key], ...]  # in the order given


def ranking(scores: Iterable[tuple[Key, Decimal | None, str]]) -> Ranking[Key]:
    """`scores`: (key, score, why there is none). Standard competition ranking ("1224") over the scores as shown.

    Raises ValueError for a key that is named twice, and where there is neither a score nor a reason.
    """
    scored: dict[Decimal, list[Key]] = {}
    unranked: list[Unranked[Key]] = []
    seen: set[Key] = set()
    for key, score, reason in scores:
        if key in seen:
            raise ValueError(f"named twice: {key}")
        seen.add(key)
        if score is not None:
            scored.setdefault(score, []).append(key)
        elif reason:
            unranked.append(Unranked(key, reason))
        else:
            raise ValueError(f"neither a score nor a reason: {key}")
    places: list[Place[Key]] = []
    for score in sorted(scored, reverse=True):
        rank, keys = len(places) + 1, scored[score]
        places += [Place(key, rank, tuple(other for other in keys if other != key)) for key in keys]
    return Ranking(tuple(places), tuple(unranked))
