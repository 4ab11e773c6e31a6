"""What is likely before a sound is compared: how readily places of each level are named, under which names.

All in nats, -ln of a probability relative to the likeliest. The constants are conditional maximum likelihood estimates
from one half of the public queries (METHOD.md, "Estimation").
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from matcher.phonetic.regions import REGION_IDS
from matcher.placenames.accents import AccentMap
from matcher.placenames.gazetteer import Gazetteer
from matcher.placenames.nameparts import COUNTY, TOWNSHIP, VILLAGE

Int32 = NDArray[np.int32]
Float32 = NDArray[np.float32]
Float64 = NDArray[np.float64]

LEVEL_PRIOR = (0.0, 0.0, 2.6, 0.3, 3.2, 4.6)
"""-ln of the prior of one place of each level, relative to a province. Counties are what people name; who uses the name
that a prefecture shares with its old seat comes from the seat more often than from one of the other counties."""
FORMER, FORMER_VILLAGE = 0.05, 2.2
"""A former name counts all but as much as a current one; that of a village which vanished within the yearly lists less:
what took its place is another village or the whole township."""
WIDER = 1.2
"""The name was a county's, what took its place is the prefecture."""
HINT_MISSED = 4.2
"""The generic word speaks of another level."""
OTHER_WORD = 0.3
"""Of counties that changed from 县 to 市 or 区 any word is used; the listed one decides between equals."""
_UPPER_WORDS = frozenset("省市县区旗州盟")
SEAT, SEAT_OWN = 4.6, 2.5
"""A township may be meant by the name of one of its villages: where townships merged, the seat of the old one kept its
name as a village. Considered for names no further away than `SEAT_OWN`."""
_ALIKE = (frozenset({"chuanyu", "yungui", "hubei"}),)
"""Regions whose accents a clerk does not tell apart: all Southwestern Mandarin (Language Atlas of China, 1987)."""

_PRIOR = np.array(LEVEL_PRIOR, np.float32)


def prior_cost(gazetteer: Gazetteer, place: Int32, via: Int32) -> Float32:
    """Return -ln prior of each place under the name that fits: that of the level which the name belongs to."""
    level, named = gazetteer.level[place], gazetteer.level[via]
    # A township meant by one of its villages is meant as the township that it was.
    named = np.where((level == TOWNSHIP) & (named == VILLAGE) & (via < gazetteer.current), level, named)
    former = np.where(gazetteer.level[via] == VILLAGE, np.float32(FORMER_VILLAGE), np.float32(FORMER))
    cost = _PRIOR[np.maximum(level, named)] + np.where(place != via, former, np.float32(0))
    wider = (level < named) & (named <= COUNTY)
    return (cost + np.where(wider, np.float32(WIDER), np.float32(0))).astype(np.float32)


def hint_cost(hints: Sequence[int], level: NDArray[np.int8]) -> Float32:
    """Return the cost of each level where the generic word speaks of others."""
    return np.where(np.isin(level, hints), 0.0, HINT_MISSED).astype(np.float32)


def word_cost(gazetteer: Gazetteer, word: str, via: Int32) -> Float32:
    """Return the cost of counties and above whose listed name ends otherwise: 县 was said, 区 is listed."""
    cost = np.zeros(via.size, np.float32)
    if word in _UPPER_WORDS:
        for index in np.flatnonzero(gazetteer.level[via] <= COUNTY).tolist():
            if not gazetteer.name(int(via[index])).endswith(word):
                cost[index] = OTHER_WORD
    return cost


class Homelands:
    """Where the accents of each region are at home, as a prior over places; threads may share it."""

    def __init__(self, gazetteer: Gazetteer) -> None:
        self._gazetteer = gazetteer
        self._map = AccentMap(gazetteer)
        self._mass: dict[str, Float64] = {}

    def cost(self, region: str, places: Int32) -> Float32:
        """Return -ln of P(accent | home there) / P(accent) of places, averaged over the homes inside; mean ratio 1."""
        gazetteer, edges = self._gazetteer, self._map.edges
        if region not in self._mass:
            alike = next((group for group in _ALIKE if region in group), frozenset({region}))
            relative = self._map.relative("+".join(f"{item}@" for item in sorted(alike & frozenset(REGION_IDS))))
            self._mass[region] = np.concatenate([[0.0], np.cumsum(relative * np.diff(edges))])
        # A former place of unknown successor has no homes: no accent is held against it.
        listed = np.flatnonzero(places < gazetteer.leaves_before.size - 1)
        ends = gazetteer.leaves_before[np.stack([places[listed], gazetteer.end[places[listed]]])]
        mass = np.interp(ends, edges, self._mass[region])
        homes = np.diff(ends, axis=0)[0]
        inside = homes > 0
        costs = np.zeros(places.size, np.float32)
        costs[listed[inside]] = -np.log(np.diff(mass, axis=0)[0][inside] / homes[inside])
        return costs
