"""A database of encoded profiles: one uint16 code a locus, and the observations that the codes stand for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matcher.errors import InputError

LARGEST_NARROW = 1 << 16
"""Observations of a locus, the missing one included, that 16 bits can number."""

Codes = NDArray[np.uint16] | NDArray[np.uint32]


@dataclass(frozen=True, slots=True)
class ProfileDatabase:
    """Profiles of many samples.

    Parameters
    ----------
    sample_ids : ndarray of str, shape (N,)
        Laboratory ids, unique.
    loci : tuple of str, length L
        Canonical names.
    codes : ndarray of uint16, shape (N, L), row-major
        Position in the locus' observations; 0 = not typed. uint32 where a locus has more than 65,535 observations,
        as couples at SE33 do.
    observations : tuple of tuple of str, length L
        Distinct observations of each locus in canonical form; the first is empty.
    """

    sample_ids: NDArray[np.str_]
    loci: tuple[str, ...]
    codes: Codes
    observations: tuple[tuple[str, ...], ...]

    def __len__(self) -> int:
        """Count the profiles."""
        return len(self.sample_ids)

    def profile(self, row: int) -> dict[str, str]:
        """Return the observations of one sample by locus."""
        return {
            locus: self.observations[column][code]
            for column, (locus, code) in enumerate(zip(self.loci, self.codes[row], strict=True))
            if code
        }

    def typed_sets(self) -> list[tuple[NDArray[np.bool_], int]]:
        """Return the distinct sets of typed loci with the number of profiles that have each, most frequent first."""
        packed = np.packbits(self.codes != 0, axis=1)
        if not len(packed):
            return []
        # Whole rows as integers: comparing all with the first finds the usual case, one kit for all, at once.
        padded = np.zeros((len(packed), -(-packed.shape[1] // 8) * 8), np.uint8)
        padded[:, : packed.shape[1]] = packed
        words = padded.view(np.uint64)
        if (words == words[0]).all():
            return [(self.codes[0] != 0, len(packed))]
        keys = words.ravel() if words.shape[1] == 1 else padded.view(np.dtype((np.void, padded.shape[1]))).ravel()
        distinct, counts = np.unique(keys, return_counts=True)
        masks = np.unpackbits(
            np.ascontiguousarray(distinct).view(np.uint8).reshape(len(distinct), -1), axis=1, count=len(self.loci)
        )
        return [(masks[i].astype(np.bool_), int(counts[i])) for i in np.argsort(-counts, kind="stable")]


def encode_observations(samples: Mapping[str, Mapping[str, str]]) -> ProfileDatabase:
    """Encode samples given as observation codes by locus.

    Raises
    ------
    InputError
        When there is no locus at all.
    """
    loci = tuple(sorted({locus for observations in samples.values() for locus in observations}))
    if not loci:
        raise InputError("no sample has a typed locus", remedy="check the table")
    columns = [[observations.get(locus, "") for observations in samples.values()] for locus in loci]
    return database_of(np.array(list(samples), np.str_), loci, columns)


def database_of(
    sample_ids: NDArray[np.str_], loci: Sequence[str], columns: Sequence[Sequence[str] | NDArray[np.str_]]
) -> ProfileDatabase:
    """Encode one column of observations a locus; the empty string is "not typed"."""
    columns_of_codes = []
    vocabularies = []
    for column in columns:
        distinct, inverse = np.unique(np.asarray(column, np.str_), return_inverse=True)
        has_missing = len(distinct) > 0 and distinct[0] == ""
        columns_of_codes.append(inverse if has_missing else inverse + 1)
        vocabularies.append(("", *(str(value) for value in distinct[has_missing:])))
    return assembled(sample_ids, loci, columns_of_codes, vocabularies)


def assembled(
    sample_ids: NDArray[np.str_],
    loci: Sequence[str],
    codes: Sequence[NDArray[np.intp] | NDArray[np.uint16]],
    observations: Sequence[tuple[str, ...]],
) -> ProfileDatabase:
    """Lay out columns of codes row by row, in 16 bits where they fit."""
    narrow = all(len(entries) <= LARGEST_NARROW for entries in observations)
    kind = np.uint16 if narrow else np.uint32
    laid_out = np.ascontiguousarray(np.stack(codes, axis=1).astype(kind, copy=False))
    return ProfileDatabase(sample_ids, tuple(loci), laid_out, tuple(observations))
