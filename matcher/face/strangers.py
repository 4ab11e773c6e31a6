"""Pairs of faces that cannot show one person, counted by cosine: the material that a ceiling rests on.

Two missing-person reports of one sex whose births lie at least `GAP_YEARS` apart are about two persons, and nobody has
to say so. Why reports alone: a family knows whom it is looking for and when that person was born. Records of stations
hold ages that were told or guessed, and hundreds of records of one wanderer; a wrong age among them makes two photos
of one person look like strangers that are much alike (METHOD.md has the figures). Whatever is wrong in the reports,
sex, birth, two reports about one person, a photo of somebody else, can only add likeness among "strangers" or leave
the count as it is: it lowers a ceiling or changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matcher.face.metrics import COSINES, Counts
from matcher.face.strata import STRATA

GAP_YEARS = 15
"""Births this far apart belong to two persons: a family's date is hardly ever wrong by more; a choice."""

MOST_FACES = 20_000
"""Faces that pairs are counted of: some hundred million pairs, enough for the highest ceiling, in seconds."""

_BLOCK = 512
_GAP_DAYS = GAP_YEARS * 365.2425

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
    """

    vectors: NDArray[np.float32]
    stratum: NDArray[np.uint8]
    male: NDArray[np.bool_]
    born: Float64

    def __len__(self) -> int:
        """Count the faces."""
        return int(self.stratum.shape[0])

    def take(self, faces: NDArray[np.integer] | NDArray[np.bool_]) -> DatedFaces:
        """Select faces."""
        return DatedFaces(self.vectors[faces], self.stratum[faces], self.male[faces], self.born[faces])


@dataclass(frozen=True, slots=True)
class StrangerCounts:
    """Cosines of pairs of strangers.

    Parameters
    ----------
    faces : int
        Faces that took part.
    cosines : mapping of (int, int) to ndarray of int64, shape (COSINES.cells,)
        Pairs in each cell, by (older, younger) stratum; those without a pair are absent.
    """

    faces: int
    cosines: Mapping[tuple[int, int], Counts]

    @property
    def pairs(self) -> int:
        """Count all pairs."""
        return sum(int(counts.sum()) for counts in self.cosines.values())


def count_strangers(faces: DatedFaces, most: int = MOST_FACES) -> StrangerCounts:
    """Count the cosines of all pairs of strangers among at most `most` faces, taken at even distances."""
    if len(faces) > most:
        faces = faces.take(np.linspace(0, len(faces) - 1, most).astype(np.int64))
    cosines: dict[tuple[int, int], Counts] = {}
    for pair, older, younger in _groups(faces):
        counts = cosines.setdefault(pair, np.zeros(COSINES.cells, np.int64))
        _count(older, younger, counts)
    return StrangerCounts(len(faces), {pair: counts for pair, counts in cosines.items() if counts.any()})


def _groups(faces: DatedFaces) -> Iterator[tuple[tuple[int, int], DatedFaces, DatedFaces]]:
    """Yield the faces of one sex and stratum against those of the same sex and any stratum, to be counted as older."""
    for male in (False, True):
        by_stratum = [faces.take((faces.male == male) & (faces.stratum == code)) for code in range(STRATA)]
        present = [(code, own) for code, own in enumerate(by_stratum) if len(own)]
        for first, older in present:
            for second, younger in present:
                yield (first, second), older, younger


def _count(older: DatedFaces, younger: DatedFaces, counts: Counts) -> None:
    """Count the pairs whose younger one was certainly born `GAP_YEARS` or more after the older one.

    Both are put in order of birth, so that the partners of a face are the end of a list that gets shorter.
    """
    older = older.take(np.argsort(older.born[:, 1], kind="stable"))
    younger = younger.take(np.argsort(younger.born[:, 0], kind="stable"))
    first = np.searchsorted(younger.born[:, 0], older.born[:, 1] + _GAP_DAYS)
    right = younger.vectors.astype(np.float64).T
    for low in range(0, int(np.searchsorted(first, len(younger))), _BLOCK):
        block = slice(low, low + _BLOCK)
        start = int(first[low])
        cosines = older.vectors[block].astype(np.float64) @ right[:, start:]
        strangers = np.arange(start, len(younger)) >= first[block, None]
        counts += np.bincount(COSINES.cells_of(cosines[strangers]), minlength=COSINES.cells)
