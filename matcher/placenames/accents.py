"""Where a person with a recorded accent may come from: 口音 as evidence about the home.

Homes are grouped into areas: prefectures, and counties that stand directly under a province. An accent names a region
of speech, or a province or prefecture (四川口音, 达州话), or both; what it says is how much likelier each area is than
without it, with mean 1 over all homes.
"""

from __future__ import annotations

import csv
from collections.abc import Sequence
from functools import cache, cached_property, lru_cache
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray

from matcher.phonetic.normalise import normalise
from matcher.phonetic.regions import REGION_IDS, region_of_accent
from matcher.placenames.gazetteer import Gazetteer
from matcher.placenames.nameparts import PREFECTURE, PROVINCE

Float64 = NDArray[np.float64]

IN_REGION, IN_NAMED = 0.45, 0.35
"""Probability that the speaker comes from where the region is spoken, and from the province or prefecture named beside.
A knob: how often clerks take one accent for another has not been published; one in five is taken."""
REGION_ALONE, NAMED_ALONE = 0.8, 0.6
ASSUMED_POINTS = 2.0
"""Weight, in surveyed places, of what the map of regions says of a prefecture beside its surveyed places."""
_KEYS_KEPT = 1 << 12
"""Recorded accents whose keys are in memory: clerks use few words for many records."""


class AccentMap:
    """The areas of one gazetteer with the regions of speech in each; threads may share it.

    Attributes
    ----------
    edges : ndarray of int64, shape (areas + 1,)
        Areas on the axis of innermost places.
    """

    def __init__(self, gazetteer: Gazetteer) -> None:
        level = gazetteer.level[: gazetteer.current]
        self._gazetteer = gazetteer
        rows = np.flatnonzero(level <= PREFECTURE)
        parts = np.flatnonzero(level == PREFECTURE + 1)
        parts = parts[level[gazetteer.parent[parts]] == PROVINCE]
        bounds = np.concatenate([rows, gazetteer.end[rows], parts, gazetteer.end[parts]])
        self.edges = np.unique(gazetteer.leaves_before[bounds])
        self.share = np.diff(self.edges) / self.edges[-1]
        self._kept: dict[str, Float64] = {}
        self._single_key = lru_cache(_KEYS_KEPT)(self._single_key_of)

    def key_of(self, texts: Sequence[str]) -> str:
        """Return the canonical form of what is recorded of an accent; empty when it says nothing about the home.

        A region of speech, and the code of a province or prefecture, as `chuanyu@510000`; several are joined by `+`.
        """
        found = {key for text in texts if (key := self._single_key(text)) != "@"}
        return "+".join(sorted(found))

    def relative(self, key: str) -> Float64:
        """Return how much likelier each area is with the accent than without it, shape (areas,); 1 for no accent."""
        known = self._kept.get(key)
        if known is None:
            singles = [self._relative(*single.split("@")) for single in key.split("+")] if key else []
            known = self._kept[key] = np.mean(singles, axis=0) if singles else np.ones(self.share.size)
        return known

    def _single_key_of(self, recorded: str) -> str:
        text = normalise(recorded)
        named = max((name for name in self._named if name in text), key=len, default="")
        return f"{region_of_accent(text) or ''}@{self._named.get(named, '')}"

    def _relative(self, region: str, code: str) -> Float64:
        spoken = np.ones(self.share.size) if not region else self._speech[REGION_IDS.index(region)]
        inside = np.zeros(self.share.size)
        for low, high in self._gazetteer.region(code) if code else ():
            first, last = np.searchsorted(self.edges, self._gazetteer.leaves_before[[low, high]])
            inside[first:last] = 1.0
        mass = float(inside @ self.share)
        in_named = 0.0 if not mass else IN_NAMED if region else NAMED_ALONE
        in_region = 0.0 if not region else IN_REGION if mass else REGION_ALONE
        named = inside / mass if mass else inside
        result: Float64 = 1.0 - in_region - in_named + in_region * spoken + in_named * named
        return result

    @cached_property
    def _named(self) -> dict[str, str]:
        """Codes of provinces and prefectures by core name."""
        gazetteer = self._gazetteer
        rows = np.flatnonzero(gazetteer.level[: gazetteer.current] <= PREFECTURE)[::-1].tolist()
        cores = gazetteer.places.column("core")
        return {str(cores[row]): gazetteer.code(row) for row in rows}

    @cached_property
    def _speech(self) -> Float64:
        """Share of each region of speech in each area relative to the whole, shape (regions, areas)."""
        gazetteer = self._gazetteer
        counts = np.zeros((len(REGION_IDS), self.share.size))
        first = np.searchsorted(gazetteer.leaves_before, self.edges[:-1], side="right") - 1
        for area, row in enumerate(first.tolist()):
            path = [str(gazetteer.places.column("core")[item]) for item in _upper_rows(gazetteer, row)]
            surveyed = _surveyed().get((path[0], path[-1]), {}) or _surveyed().get((path[0], ""), {})
            for region, points in surveyed.items():
                counts[REGION_IDS.index(region), area] += points
            assumed = region_of_accent("".join(path[-1:])) or region_of_accent(path[0])
            if assumed is not None:
                counts[REGION_IDS.index(assumed), area] += ASSUMED_POINTS
        shares = counts / np.maximum(counts.sum(axis=0), 1.0)
        unknown = counts.sum(axis=0) == 0
        known_share = np.where(unknown, 0.0, self.share)
        overall = shares @ known_share / known_share.sum()
        # An area of which nothing is known is as likely with any accent as without it.
        shares[:, unknown] = overall[:, None]
        relative: Float64 = np.divide(shares, overall[:, None], out=np.ones_like(shares), where=overall[:, None] > 0)
        return relative


def _upper_rows(gazetteer: Gazetteer, row: int) -> list[int]:
    """Return the province of a row and, where there is one, its prefecture."""
    rows: list[int] = []
    while row >= 0:
        if gazetteer.level[row] <= PREFECTURE:
            rows.insert(0, row)
        row = int(gazetteer.parent[row])
    return rows


@cache
def _surveyed() -> dict[tuple[str, str], dict[str, int]]:
    """Return surveyed places by region of speech, for each (province, prefecture)."""
    text = files("matcher.placenames").joinpath("data/dialect_areas.csv").read_text("utf-8")
    found: dict[tuple[str, str], dict[str, int]] = {}
    for row in csv.DictReader(text.splitlines()):
        found.setdefault((row["province"], row["prefecture"]), {})[row["region"]] = int(row["points"])
    return found
