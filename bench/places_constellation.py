"""`python -m bench places --constellation`: how often several garbled village names lead to the right area.

Townships are drawn at random, three villages of each, and each name is written as a listener hears it through the
accent of the place: every syllable as the accent turns it, then by some character of that sound. No scope is given.
Ranks of equal areas count as the middle of the group.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bench.places_report import CUTS
from matcher.phonetic.accents import accent
from matcher.phonetic.regions import region_of_accent
from matcher.placenames.constellation import area_posterior
from matcher.placenames.gazetteer import Gazetteer
from matcher.placenames.nameparts import COUNTY, TOWNSHIP, VILLAGE
from matcher.placenames.names import folded, place_readings
from matcher.placenames.search import Searcher

NAMES = 3


@dataclass(frozen=True, slots=True)
class AreaRecall:
    """Share of homes whose area is among the first 1, 5 and 20."""

    level: int
    names: int
    accent_known: bool
    homes: int
    recall: tuple[float, ...]


def simulate(searcher: Searcher, *, homes: int, seed: int) -> list[AreaRecall]:
    """Rank counties and townships by one to three garbled village names, with and without the accent known."""
    gazetteer = searcher.gazetteer
    rng = np.random.default_rng(seed)
    written = _characters(gazetteer)
    townships = np.flatnonzero(gazetteer.level[: gazetteer.current] == TOWNSHIP)
    ranks: dict[tuple[int, int, bool], list[float]] = {}
    while len(ranks.get((COUNTY, 1, False), [])) < homes:
        township = int(rng.choice(townships))
        names = _village_names(gazetteer, township)
        region = region_of_accent("".join(gazetteer.path(township)[:2]))
        if len(names) < NAMES or region is None:
            continue
        chosen = [names[index] for index in rng.choice(len(names), NAMES, replace=False)]
        heard = ["".join(_heard(rng, character, region, written) for character in name) for name in chosen]
        home = {TOWNSHIP: township, COUNTY: int(gazetteer.parent[township])}
        for level, count, known in ((lv, n, k) for lv in home for n in range(1, NAMES + 1) for k in (False, True)):
            rank = _rank(searcher, heard[:count], home[level], level=level, region=region if known else None)
            ranks.setdefault((level, count, known), []).append(rank)
    return [
        AreaRecall(level, count, known, len(found), tuple(float((np.array(found) < cut).mean()) for cut in CUTS))
        for (level, count, known), found in sorted(ranks.items())
    ]


def _village_names(gazetteer: Gazetteer, township: int) -> list[str]:
    rows = range(township + 1, int(gazetteer.end[township]))
    cores = (folded(str(gazetteer.places.column("core")[row])) for row in rows if gazetteer.level[row] == VILLAGE)
    return sorted({core for core in cores if core})


def _rank(searcher: Searcher, clues: Sequence[str], home: int, *, level: int, region: str | None) -> float:
    areas, posterior, _ = area_posterior(searcher, clues, level=level, region=region)
    own = posterior[np.searchsorted(areas, home)]
    equal = np.isclose(posterior, own, rtol=1e-9, atol=0.0)
    return float((~equal & (posterior > own)).sum() + (equal.sum() - 1) / 2)


def _heard(rng: np.random.Generator, character: str, region: str, written: dict[int, list[str]]) -> str:
    options = place_readings(character)
    if not options:
        return character
    row = accent(region)[options[0].syllable_code]
    syllable = int(rng.choice(row.size, p=row / row.sum()))
    return str(rng.choice(written.get(syllable, [character])))


def _characters(gazetteer: Gazetteer) -> dict[int, list[str]]:
    """Return the characters of the alphabet by their first reading."""
    found: dict[int, list[str]] = {}
    for character in gazetteer.alphabet.column("character").to_pylist():
        options = place_readings(character)
        if options:
            found.setdefault(options[0].syllable_code, []).append(character)
    return found
