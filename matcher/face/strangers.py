"""Pairs of faces that cannot show one person, counted by cosine: the material that a ceiling rests on.

Two missing-person reports of one sex whose births lie at least `GAP_YEARS` apart are about two persons, and nobody has
to say so. Why reports alone: a family knows whom it is looking for and when that person was born. Records of stations
hold ages that were told or guessed, and hundreds of records of one wanderer; a wrong age among them makes two photos
of one person look like strangers that are much alike (METHOD.md has the figures). Whatever is wrong in the reports,
sex, birth, two reports about one person, a photo of somebody else, can only add likeness among "strangers" or leave
the count as it is: it lowers a ceiling or changes nothing.

People born years apart are less alike than people of one age. So *peers* are counted as well: reports of one sex whose
births lie within `PEER_YEARS` and whose registered names begin with different characters. That they are two persons is
less certain, and they are fewer, but they tell how much age matters.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matcher.face.metrics import COSINES, Counts
from matcher.face.strata import STRATA
from matcher.types import DAYS_PER_YEAR

GAP_YEARS = 15
"""Births this far apart belong to two persons: a family's date is hardly ever wrong by more; a choice."""

PEER_YEARS = 5
"""Births this close together are of one age; a choice."""

MOST_FACES = 20_000
"""Faces that pairs are counted of: some hundred million pairs, enough for the highest ceiling, in seconds."""

_BLOCK = 512

Float64 = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class DatedFaces:
    """Faces of missing-person reports.

    Parameters
    ----------
    vectors : ndarray of float32, shape (n, dim)
        L2-normalised, as the curves compare them.
    stratum : ndarray of uint8, shape (n,)
        Age group and quality class, as `matcher.face.strata` codes them.
    male : ndarray of bool, shape (n,)
        Sex of the person sought.
    born : ndarray of float64, shape (n, 2)
        First and last possible day of birth.
    surname : ndarray of str, shape (n,)
        First character of the registered name; empty = not known, and nobody's peer.
    """

    vectors: NDArray[np.float32]
    stratum: NDArray[np.uint8]
    male: NDArray[np.bool_]
    born: Float64
    surname: NDArray[np.str_]

    def __len__(self) -> int:
        """Count the faces."""
        return int(self.stratum.shape[0])

    def take(self, faces: NDArray[np.integer] | NDArray[np.bool_]) -> DatedFaces:
        """Select faces."""
        return DatedFaces(
            self.vectors[faces], self.stratum[faces], self.male[faces], self.born[faces], self.surname[faces]
        )


CosineCounts = Mapping[tuple[int, int], Counts]
"""Pairs in each cell of `COSINES`, by pair of strata; pairs of strata without a pair of faces are absent."""


@dataclass(frozen=True, slots=True)
class StrangerCounts:
    """Cosines of pairs of strangers.

    Parameters
    ----------
    faces : int
        Faces that took part.
    cosines : CosineCounts
        Of strangers proven by birth, by (older, younger) stratum.
    peers : CosineCounts
        Of strangers of one age, by (lower, higher) stratum.
    """

    faces: int
    cosines: CosineCounts
    peers: CosineCounts

    @property
    def pairs(self) -> int:
        """Count the pairs of strangers proven by birth."""
        return sum(int(counts.sum()) for counts in self.cosines.values())


def count_strangers(faces: DatedFaces, most: int = MOST_FACES) -> StrangerCounts:
    """Count the cosines of all pairs of strangers among at most `most` faces, taken at even distances."""
    if len(faces) > most:
        faces = faces.take(np.linspace(0, len(faces) - 1, most).astype(np.int64))
    strangers: dict[tuple[int, int], Counts] = {}
    peers: dict[tuple[int, int], Counts] = {}
    for (first, second), one, other in _groups(faces):
        _count_strangers(one, other, strangers.setdefault((first, second), np.zeros(COSINES.cells, np.int64)))
        if first <= second:
            counts = peers.setdefault((first, second), np.zeros(COSINES.cells, np.int64))
            _count_peers(one, other, counts, same=first == second)
    return StrangerCounts(len(faces), *({k: v for k, v in found.items() if v.any()} for found in (strangers, peers)))


def _groups(faces: DatedFaces) -> Iterator[tuple[tuple[int, int], DatedFaces, DatedFaces]]:
    """Yield the faces of one sex and stratum against those of the same sex and any stratum, in order of birth."""
    faces = faces.take(np.argsort(faces.born[:, 0], kind="stable"))
    for male in (False, True):
        by_stratum = [faces.take((faces.male == male) & (faces.stratum == code)) for code in range(STRATA)]
        present = [(code, own) for code, own in enumerate(by_stratum) if len(own)]
        for first, one in present:
            for second, other in present:
                yield (first, second), one, other


def _count_strangers(older: DatedFaces, younger: DatedFaces, counts: Counts) -> None:
    """Count the pairs whose younger one was certainly born `GAP_YEARS` or more after the older one."""
    older = older.take(np.argsort(older.born[:, 1], kind="stable"))
    first = np.searchsorted(younger.born[:, 0], older.born[:, 1] + GAP_YEARS * DAYS_PER_YEAR)
    for block in _blocks(len(older)):
        partners = slice(int(first[block][0]), len(younger))
        wanted = np.arange(partners.start, partners.stop) >= first[block, None]
        _add(counts, older.vectors[block], younger.vectors[partners], wanted)


def _count_peers(one: DatedFaces, other: DatedFaces, counts: Counts, *, same: bool) -> None:
    """Count the pairs certainly born within `PEER_YEARS` and of other surnames; `same`: both are the same faces."""
    years = PEER_YEARS * DAYS_PER_YEAR
    for block in _blocks(len(one)):
        own = one.take(np.arange(len(one))[block])
        low, high = np.searchsorted(other.born[:, 0], [own.born[0, 0] - years, own.born[-1, 0] + years])
        partners = other.take(np.arange(low, high))
        wanted = (own.surname[:, None] != partners.surname) & (own.surname != "")[:, None] & (partners.surname != "")
        latest = np.maximum(own.born[:, 1, None], partners.born[:, 1])
        wanted &= latest - np.minimum(own.born[:, 0, None], partners.born[:, 0]) <= years
        if same:
            wanted &= np.arange(low, high) > np.arange(len(one))[block, None]
        _add(counts, own.vectors, partners.vectors, wanted)


def _blocks(count: int) -> Iterator[slice]:
    yield from (slice(low, low + _BLOCK) for low in range(0, count, _BLOCK))


def _add(counts: Counts, left: NDArray[np.float32], right: NDArray[np.float32], wanted: NDArray[np.bool_]) -> None:
    """Count the cosines of the wanted pairs."""
    if wanted.any():
        cosines = left.astype(np.float64) @ right.astype(np.float64).T
        counts += np.bincount(COSINES.cells_of(cosines[wanted]), minlength=COSINES.cells)
