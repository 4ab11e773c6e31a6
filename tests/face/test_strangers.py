from __future__ import annotations

import numpy as np
import pytest

from matcher.face.metrics import COSINES
from matcher.face.strangers import GAP_YEARS, DatedFaces, StrangerCounts, count_strangers

YEAR = 365.2425


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
    )


def counted_slowly(given: DatedFaces) -> dict[tuple[int, int], dict[int, int]]:
    """Look at every pair in turn: the definition of a pair of strangers."""
    cells: dict[tuple[int, int], dict[int, int]] = {}
    for older in range(len(given)):
        for younger in range(len(given)):
            apart = given.born[younger, 0] - given.born[older, 1] >= GAP_YEARS * YEAR
            if not apart or given.male[older] != given.male[younger]:
                continue
            cosine = float(given.vectors[older].astype(np.float64) @ given.vectors[younger].astype(np.float64))
            cell = int(COSINES.cells_of(np.array([cosine]))[0])
            own = cells.setdefault((int(given.stratum[older]), int(given.stratum[younger])), {})
            own[cell] = own.get(cell, 0) + 1
    return cells


def as_cells(counts: StrangerCounts) -> dict[tuple[int, int], dict[int, int]]:
    return {
        pair: {int(cell): int(found[cell]) for cell in np.flatnonzero(found)} for pair, found in counts.cosines.items()
    }


@pytest.mark.parametrize("seed", range(4))
def test_counting_in_blocks_equals_looking_at_every_pair(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("matcher.face.strangers._BLOCK", 7)
    given = faces(150, seed)
    counts = count_strangers(given)
    assert as_cells(counts) == counted_slowly(given)
    assert counts.faces == 150
    assert counts.pairs > 1000


def test_the_order_of_the_faces_does_not_matter() -> None:
    given = faces(200, 9)
    shuffled = given.take(np.random.default_rng(1).permutation(200))
    assert as_cells(count_strangers(given)) == as_cells(count_strangers(shuffled))


def test_births_must_be_certain_to_lie_that_far_apart() -> None:
    def pairs(older: tuple[float, float], younger: tuple[float, float], *, same_sex: bool = True) -> int:
        vectors = np.eye(2, dtype=np.float32)
        born = np.array([older, younger]) * YEAR
        return count_strangers(DatedFaces(vectors, np.full(2, 8, np.uint8), np.array([True, same_sex]), born)).pairs

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
    assert as_cells(thinned) == as_cells(count_strangers(given.take(even)))


def test_nobody_has_no_strangers() -> None:
    counts = count_strangers(faces(0, 1))
    assert (counts.faces, counts.pairs, dict(counts.cosines)) == (0, 0, {})
