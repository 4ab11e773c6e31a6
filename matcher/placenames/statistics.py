"""How many places share a sound, region by region, and which offices to phone first (核查方向)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matcher.errors import UsageError
from matcher.placenames.gazetteer import Gazetteer
from matcher.placenames.search import Searcher


@dataclass(frozen=True, slots=True)
class RegionCount:
    """Places in one region that may be meant.

    Parameters
    ----------
    gid : int
        Province, prefecture or county; -1 = places that lie under none of this level.
    places : int
        Number of places that fit within the margin.
    share : float
        Posterior probability that the place meant is here, among all that fit.
    examples : tuple of int
        Likeliest places here, best first, at most three.
    """

    gid: int
    places: int
    share: float
    examples: tuple[int, ...]


def count_by_region(
    searcher: Searcher,
    text: str,
    *,
    by: int = 2,
    scope: str | None = None,
    region: str | None = None,
    margin: float = 1.5,
) -> tuple[RegionCount, ...]:
    """Count the places that a query may mean by region, likeliest region first.

    Parameters
    ----------
    searcher : Searcher
        The searcher.
    text, scope, region
        As for `Searcher.search`.
    by : int
        1 provinces, 2 prefectures, 3 counties.
    margin : float
        Nats that a place may be further than the best; 0 keeps exact ties only.
    """
    if by not in (1, 2, 3):
        raise UsageError(f"level {by} is no level of regions", remedy="use 1 (province), 2 (prefecture) or 3 (county)")
    gazetteer = searcher.gazetteer
    found = searcher.matches(text, scope=scope, region=region)
    if not found.place.size:
        return ()
    total = found.total.astype(np.float64)
    weight = np.exp(-(total - total.min()))
    weight /= weight.sum()
    near = total <= total.min() + margin
    owner = _region_of(gazetteer, found.place, by)
    counts: list[RegionCount] = []
    for gid in np.unique(owner[near]).tolist():
        here = np.flatnonzero(owner == gid)
        ranked = here[np.lexsort((found.place[here], total[here]))]
        close = [index for index in ranked.tolist() if near[index]]
        examples = tuple(int(found.place[index]) for index in close[:3])
        counts.append(RegionCount(gid, len(close), math.fsum(weight[here].tolist()), examples))
    counts.sort(key=lambda item: (-item.share, item.gid))
    return tuple(counts)


def _region_of(gazetteer: Gazetteer, places: NDArray[np.int32], by: int) -> NDArray[np.int32]:
    """Return the region of each place at a level; the next larger one where that level is skipped."""
    chain = np.concatenate([places[None].astype(np.int32), gazetteer.ancestors(places)])
    owner = np.full(places.shape[0], -1, np.int32)
    for row in chain:
        level = np.where(row >= 0, gazetteer.level[row], 0)
        owner = np.where((owner < 0) & (level > 0) & (level <= by), row, owner)
    return owner


def directions(gazetteer: Gazetteer, counts: Sequence[RegionCount]) -> tuple[str, ...]:
    """Word the counts as a list of offices to phone."""
    lines: list[str] = []
    for rank, item in enumerate(counts, 1):
        where = "".join(gazetteer.path(item.gid)) if item.gid >= 0 else "未详"
        examples = "、".join("".join(gazetteer.path(gid)[-2:]) for gid in item.examples)
        lines.append(f"{rank}. {where}:{item.places}处,占{item.share:.0%};如{examples}")
    return tuple(lines)
