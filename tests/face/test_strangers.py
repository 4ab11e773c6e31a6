from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest
from numpy.typing import NDArray

from matcher.face.metrics import COSINES
from matcher.face.strangers import GAP_YEARS, PEER_YEARS, CosineCounts, DatedFaces, count_strangers

YEAR = 365.2425
Cells = dict[tuple[int, int], dict[int, int]]
"""Pairs by cell of `COSINES`, by pair of strata."""


def faces(count: int, seed: int) -> DatedFaces:
    """Faces of all strata and both sexes, births within eighty years, known to the day or to some years."""
    rng = np.random.default_rng(seed)
    vectors = rng.normal(size=(count, 16)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    born = rng.integers(0, int(80 * YEAR), count).astype(np.float64)
    width = rng.choice([0, 364, 3000], count)
    return DatedFaces(
        vectors,
        rng.choice([0, 4, 8, 9, 11], count).astype(np.uint8),
        rng.random(count) < 0.5,
        np.stack([born, born + width], axis=1),
        rng.choice(["", "王", "李", "张"], count),
    )


def counted_slowly(given: DatedFaces) -> tuple[Cells, Cells]:
    """Look at every pair in turn: the definitions of strangers proven by birth, and of strangers of one age."""
    strangers: Cells = {}
    peers: Cells = {}
    for one, other in permutations(range(len(given)), 2):
        if given.male[one] != given.male[other]:
            continue
        cosine = float(given.vectors[one].astype(np.float64) @ given.vectors[other].astype(np.float64))
        cell = int(COSINES.cells_of(np.array([cosine]))[0])
        strata = int(given.stratum[one]), int(given.stratum[other])
        (earliest, latest), (other_earliest, other_latest) = given.born[one], given.born[other]
        if other_earliest - latest >= GAP_YEARS * YEAR:
            own = strangers.setdefault(strata, {})
            own[cell] = own.get(cell, 0) + 1
        names = {given.surname[one], given.surname[other]}
        close = max(latest, other_latest) - min(earliest, other_earliest) <= PEER_YEARS * YEAR
        if one < other and close and len(names) == 2 and "" not in names:
            own = peers.setdefault((min(strata), max(strata)), {})
            own[cell] = own.get(cell, 0) + 1
    return strangers, peers


def as_cells(counts: CosineCounts) -> Cells:
    return {pair: {int(cell): int(found[cell]) for cell in np.flatnonzero(found)} for pair, found in counts.items()}


@pytest.mark.parametrize("seed", range(4))
def test_counting_in_blocks_equals_looking_at_every_pair(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("matcher.face.strangers._BLOCK", 7)
    given = faces(150, seed)
    counts = count_strangers(given)
    strangers, peers = counted_slowly(given)
    assert as_cells(counts.cosines) == strangers
    assert as_cells(counts.peers) == peers
    assert counts.faces == 150
    assert counts.pairs == sum(sum(cells.values()) for cells in strangers.values()) > 1000
    assert sum(sum(cells.values()) for cells in peers.values()) > 50


def test_the_order_of_the_faces_does_not_matter() -> None:
    given = faces(200, 9)
    shuffled = given.take(np.random.default_rng(1).permutation(200))
    one, other = count_strangers(given), count_strangers(shuffled)
    assert as_cells(one.cosines) == as_cells(other.cosines)
    assert as_cells(one.peers) == as_cells(other.peers)


def two_faces(born: NDArray[np.float64], surnames: str, *, same_sex: bool = True) -> DatedFaces:
    vectors = np.eye(2, dtype=np.float32)
    return DatedFaces(
        vectors, np.full(2, 8, np.uint8), np.array([True, same_sex]), born, np.array(list(surnames), "U1")
    )


def test_peers_are_of_one_age_and_of_other_surnames() -> None:
    def pairs(one: tuple[float, float], other: tuple[float, float], surnames: str = "王李") -> int:
        return sum(
            int(found.sum())
            for found in count_strangers(two_faces(np.array([one, other]) * YEAR, surnames)).peers.values()
        )

    assert pairs((0, 0), (5, 5)) == pairs((5, 5), (0, 0)) == pairs((3, 3), (3, 3)) == 1
    assert pairs((0, 0), (5.01, 5.01)) == 0
    assert pairs((0, 1), (2, 5.5)) == 0
    assert pairs((0, 6), (3, 3)) == 0
    assert pairs((0, 0), (5, 5), "王王") == 0


def test_births_must_be_certain_to_lie_that_far_apart() -> None:
    def pairs(older: tuple[float, float], younger: tuple[float, float], *, same_sex: bool = True) -> int:
        born = np.array([older, younger]) * YEAR
        return count_strangers(two_faces(born, "王李", same_sex=same_sex)).pairs

    assert pairs((0, 0), (15, 15)) == 1
    assert pairs((15, 15), (0, 0)) == 1
    assert pairs((0, 0), (15, 15), same_sex=False) == 0
    assert pairs((0, 0), (14.99, 14.99)) == 0
    assert pairs((0, 1), (15, 40)) == 0
    assert pairs((0, 1), (16, 40)) == 1


def test_of_many_faces_some_are_taken_at_even_distances() -> None:
    given = faces(300, 3)
    thinned = count_strangers(given, most=100)
    assert thinned.faces == 100
    even = np.linspace(0, 299, 100).astype(np.int64)
    assert as_cells(thinned.cosines) == as_cells(count_strangers(given.take(even)).cosines)


def test_nobody_has_no_strangers() -> None:
    counts = count_strangers(faces(0, 1))
    assert (counts.faces, counts.pairs, dict(counts.cosines), dict(counts.peers)) == (0, 0, {}, {})
