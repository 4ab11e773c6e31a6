"""Which syllables a dialect region does not tell apart, as costs of hearing one for the other.

For 20 contrasts of Mandarin the share of syllable pairs that the dialects of a region pronounce alike was measured over
712 published homophone lists (`data/dialect_mergers.csv`). A listener writes the other syllable at most as often as the
speaker merges the two, so the shares are shrunk.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray

from matcher.phonetic.syllables import code_of_parts, parts_of, syllable_count

SHRINK = 0.6
"""Share of merged syllables that are also written as the other: speakers of Mandarin correct themselves. A judgement
between one half and seven tenths until resolved cases are counted."""
FAINT = 0.02
"""Shares below are noise of the lists."""

_RETROFLEX = (("zh", "z"), ("ch", "c"), ("sh", "s"))
_ROUNDED = {"u": "u", "ua": "a", "uo": "o", "uei": "ei", "uan": "an", "uen": "en", "uang": "ang", "ong": "eng"}
_AFTER_W = tuple((final, final) for final in ("u", "ua", "uo", "uai", "uei", "uan", "uen", "uang"))
_FINAL_PAIRS = {
    "eng/en": (("eng", "en"), ("ueng", "uen")), "ing/in": (("ing", "in"),), "ang/an": (("ang", "an"),),
    "iang/ian": (("iang", "ian"),), "uang/uan": (("uang", "uan"),), "ong/un": (("ong", "uen"), ("iong", "vn")),
    "v/i": (("v", "i"), ("ve", "ie"), ("van", "ian"), ("vn", "in")),
}  # fmt: skip
_INITIAL_PAIRS = {
    "n/l": (("n", "l"),), "zh/z": _RETROFLEX, "r/l": (("r", "l"),), "k/h": (("k", "h"),),
    "b/p": (("b", "p"), ("d", "t"), ("g", "k"), ("z", "c"), ("zh", "ch"), ("j", "q")),
}  # fmt: skip


def _words(text: str) -> tuple[tuple[str, str], ...]:
    """Read pairs written as `en:in an:ian`."""
    pairs = [word.split(":") for word in text.split()]
    return tuple((one, other) for one, other in pairs)


def _crossed(initials: str, finals: str) -> tuple[tuple[tuple[str, str], tuple[str, str]], ...]:
    """Combine every pair of initials with every pair of finals; `0` is the zero initial."""
    return tuple(
        ((a.replace("0", ""), c), (b.replace("0", ""), d)) for a, b in _words(initials) for c, d in _words(finals)
    )


_BOTH_PAIRS = {
    "f/hu": _crossed("h:f", " ".join(f"{round_}:{plain}" for round_, plain in _ROUNDED.items())),
    "hu/w": _crossed("h:0", " ".join(f"{one}:{other}" for one, other in _AFTER_W)),
    "r/y": _crossed("r:0", "en:in eng:ing an:ian ang:iang ao:iao ou:iou u:v -i:i e:ie ong:iong"),
    "shu/fu": _crossed("sh:f", "u:u uei:ei uan:an uo:o uang:ang"),
    "zhu/ju": _crossed("zh:j ch:q sh:x", "u:v uan:van uen:vn"),
    "ji/zhi": _crossed("j:zh q:ch x:sh", "i:-i in:en ing:eng ian:an iao:ao iou:ou"),
    "j/g": _crossed("j:g q:k x:h", "ie:ai ia:a ian:an iang:ang iao:ao"),
    "e/uo": _crossed("g:g k:k h:h", "e:uo"),
}


@cache
def merger_rates(region: str | None) -> Mapping[str, float]:
    """Return the share of merged syllables per contrast; the mean over regions where a region has no lists."""
    text = files("matcher.placenames").joinpath("data/dialect_mergers.csv").read_text("utf-8")
    rows = {row["region"]: row for row in csv.DictReader(text.splitlines())}
    contrasts = [name for name in next(iter(rows.values())) if name not in {"region", "points"}]
    chosen = [rows[region]] if region in rows else list(rows.values())
    return {name: float(np.mean([float(row[name]) for row in chosen])) for name in contrasts}


@cache
def merger_costs(region: str | None) -> NDArray[np.float64]:
    """Return -ln of how often one syllable is taken for another, infinite where no contrast joins them; shape (S, S).

    An initial and a final contrast add up: 城 heard as 岑 is zh/z and eng/en at once.
    """
    size = syllable_count()
    costs = np.full((size, size), np.inf)
    rates = {name: rate * SHRINK for name, rate in merger_rates(region).items() if rate >= FAINT}
    for code in range(1, size):
        parts = parts_of(code)
        initials = {parts.initial: 0.0} | _partners(parts.initial, _INITIAL_PAIRS, rates)
        finals = {parts.final: 0.0} | _partners(parts.final, _FINAL_PAIRS, rates)
        sounds = {(i, f): a + b for i, a in initials.items() for f, b in finals.items()}
        for sound, cost in _joint(parts.initial, parts.final, rates).items():
            sounds[sound] = min(cost, sounds.get(sound, np.inf))
        for (initial, final), cost in sounds.items():
            other = code_of_parts(initial, final)
            if other and other != code:
                costs[code, other] = min(costs[code, other], cost)
    costs[:] = np.minimum(costs, costs.T)
    costs.setflags(write=False)
    return costs


def _partners(
    part: str, pairs: Mapping[str, tuple[tuple[str, str], ...]], rates: Mapping[str, float]
) -> dict[str, float]:
    found: dict[str, float] = {}
    for contrast, choices in pairs.items():
        for one, other in choices:
            if part in (one, other) and contrast in rates:
                partner = other if part == one else one
                found[partner] = min(found.get(partner, np.inf), -float(np.log(rates[contrast])))
    return found


def _joint(initial: str, final: str, rates: Mapping[str, float]) -> dict[tuple[str, str], float]:
    found: dict[tuple[str, str], float] = {}
    for contrast, choices in _BOTH_PAIRS.items():
        for one, other in choices:
            if (initial, final) in (one, other) and contrast in rates:
                partner = other if (initial, final) == one else one
                found[partner] = min(found.get(partner, np.inf), -float(np.log(rates[contrast])))
    return found
