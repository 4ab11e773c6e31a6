"""Small random galleries and probes with every kind of column, term and gap."""

from __future__ import annotations

import numpy as np

from matcher.engine.channel import Plan
from matcher.engine.columns import DenseColumn, ManyColumn, SingleColumn
from matcher.engine.combination import Combination, Tie
from matcher.engine.curves import Curve, CurveGrid
from matcher.engine.gallery import Gallery
from matcher.engine.shortlist import ScanProbe
from matcher.engine.terms import AnyOf, Dense, Lookup

LENGTH = 24
STRATA = 3
NAMES, PLACES, AREAS, GENOTYPES = 40, 30, 300, 12
LOCI = ("A", "B", "C")
TIED = Combination(
    {"name": 0.9, "place": 0.7, "face": 0.8, "demographics": 0.6},
    (Tie("name", "place", 0.35), Tie("face", "dna", 0.5)),
)


def gallery_of(count: int, seed: int = 1) -> Gallery:
    rng = np.random.default_rng(seed)
    typed = rng.random(count) < 0.2
    codes = {
        "face": {"photo": _dense(rng, count)},
        "name": {"name": _many(rng, count, NAMES)},
        "place": {"told": _many(rng, count, PLACES), "area": SingleColumn(_codes(rng, count, AREAS, 0.5))},
        "dna": {locus: SingleColumn(np.where(typed, _codes(rng, count, GENOTYPES, 0.9), 0)) for locus in LOCI},
        "demographics": {"sex": SingleColumn(_codes(rng, count, 3, 0.9).astype(np.uint8))},
    }
    return Gallery(np.array([f"R{number:06d}" for number in range(count)]), codes)


def probe_of(
    gallery: Gallery,
    seed: int,
    *,
    photos: int = 1,
    excluded: int | None = None,
    combination: Combination = TIED,
) -> ScanProbe:
    """Draw a probe with evidence of every kind; the place channel has three terms, two over one column."""
    rng = np.random.default_rng(seed)
    plans = [
        Plan("name", (AnyOf("name", table(rng, NAMES)),), -2.0, 3.0),
        Plan(
            "place",
            (
                AnyOf("told", table(rng, PLACES)),
                AnyOf("told", table(rng, PLACES)),
                Lookup("area", table(rng, AREAS)),
            ),
            -1.5,
            4.0,
        ),
        Plan(
            "dna", tuple(Lookup(locus, table(rng, GENOTYPES)) for locus in LOCI[: int(rng.integers(1, 4))]), -2.0, 9.0
        ),
        Plan("demographics", (Lookup("sex", table(rng, 3)), Lookup("sex", table(rng, 3))), -1.0, 1.0),
    ]
    if photos:
        query = rng.standard_normal((photos, LENGTH))
        query /= np.linalg.norm(query, axis=1, keepdims=True)
        curves = tuple(tuple(curve(rng) for _ in range(STRATA)) for _ in range(photos))
        plans.append(Plan("face", (Dense("photo", query.astype(np.float32), curves),), -1.5, 4.0))
    return ScanProbe(plans, excluded, combination)


def table(rng: np.random.Generator, size: int, spread: float = 1.0) -> np.ndarray:
    values = rng.normal(-0.4, spread, size)
    values[0] = 0.0
    return values


def curve(rng: np.random.Generator) -> CurveGrid:
    knots = np.linspace(-0.8, 0.9, 12)
    return CurveGrid.of(Curve(tuple(knots), tuple(np.sort(rng.uniform(-1.5, 4.0, 12)))))


def _codes(rng: np.random.Generator, count: int, size: int, share: float) -> np.ndarray:
    return np.where(rng.random(count) < share, rng.integers(1, size, count), 0).astype(np.uint32)


def _many(rng: np.random.Generator, count: int, size: int) -> ManyColumn:
    offsets = np.concatenate([[0], np.cumsum(rng.choice(5, count, p=(0.3, 0.4, 0.15, 0.1, 0.05)))])
    return ManyColumn(offsets.astype(np.int64), rng.integers(1, size, int(offsets[-1])).astype(np.uint32))


def _dense(rng: np.random.Generator, count: int) -> DenseColumn:
    offsets = np.concatenate([[0], np.cumsum(rng.choice(4, count, p=(0.4, 0.3, 0.2, 0.1)))]).astype(np.int64)
    vectors = rng.standard_normal((int(offsets[-1]), LENGTH)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return DenseColumn(offsets, vectors, rng.integers(0, STRATA, int(offsets[-1])).astype(np.uint8))
