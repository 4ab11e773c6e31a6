"""The distinct entries of one column as arrays: own genotypes, and relatives' entries grouped by their shape.

Relatives' entries of one shape (who is whose parent, and who is typed) differ by genotypes only, so each shape is
parsed and worked out once. A generation keeps these arrays; in `patterns` entries are read and written one by one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from matcher.str_loci.patterns import SEPARATOR, RelativePattern, parse_entry, parse_own
from matcher.types import Genotype

Array = NDArray[np.integer]

_GENOTYPE = re.compile(r"\d+/\d+")


@dataclass(frozen=True, slots=True)
class Kindred:
    """Relatives' entries of one shape.

    Parameters
    ----------
    shape : str
        An entry of this shape, in which the k-th genotype written is k/k.
    codes : ndarray of uint32, shape (P,)
        Codes of the vocabulary.
    shown : ndarray of int16, shape (P, T, 2)
        Genotypes in the order in which entries write them; of linked loci together.
    """

    shape: str
    codes: Array
    shown: Array

    @property
    def patterns(self) -> tuple[RelativePattern, ...]:
        """The shape, one pattern a locus; its genotypes (k, k) say which of `shown` belongs there."""
        return parse_entry(self.shape)

    def at(self, rows: NDArray[np.bool_]) -> Kindred:
        """Select some of the entries."""
        return Kindred(self.shape, self.codes[rows], self.shown[rows])

    def typings(self, pattern: RelativePattern) -> dict[str, Array]:
        """Return the genotypes, shape (P, 2), of each typed person of a pattern made from those of the shape."""
        return {name: self.shown[:, mark] for name, (mark, _) in pattern.typed.items()}

    def each(self, pattern: RelativePattern) -> Iterator[RelativePattern]:
        """Yield a pattern made from those of the shape with the genotypes of each entry."""
        for row in self.shown.tolist():
            shown: list[Genotype | None] = [
                None if g is None else (row[g[0]][0], row[g[0]][1]) for g in pattern.genotypes
            ]
            yield RelativePattern(pattern.pedigree, tuple(shown))


class Entries(NamedTuple):
    """The entries of one column of one locus, or of two linked ones.

    Parameters
    ----------
    size : int
        Codes of the vocabulary, the missing code included.
    own_codes : ndarray of uint32, shape (n,)
        Codes of subjects' own genotypes.
    own : ndarray of int16, shape (n, loci, 2)
        Their alleles.
    kindreds : tuple of Kindred
        Relatives' entries.
    """

    size: int
    own_codes: Array
    own: Array
    kindreds: tuple[Kindred, ...]


_NONE = tuple(Entries(1, np.zeros(0, np.uint32), np.zeros((0, loci, 2), np.int16), ()) for loci in (1, 2))


def entries_of(values: Sequence[str], loci: int = 1) -> Entries:
    """Read the values of a column, the missing value first; of linked loci only what they show together."""
    if len(values) == 1:
        return _NONE[loci - 1]
    own: dict[int, list[Genotype]] = {}
    kin: dict[str, list[tuple[int, list[int]]]] = {}
    for code, value in enumerate(values[1:], 1):
        parts = value.split(SEPARATOR)
        if len(parts) == loci and (shown := [parse_own(part) for part in parts])[0] is not None:
            own[code] = [genotype for genotype in shown if genotype is not None]
            continue
        genotypes = _GENOTYPE.findall(parts[-1])
        alleles = [int(allele) for genotype in genotypes for allele in genotype.split("/")]
        kin.setdefault(_shape_of(parts[-1]), []).append((code, alleles))
    kindreds = tuple(
        Kindred(shape, np.array([code for code, _ in rows], np.uint32), _alleles([row for _, row in rows], len(rows)))
        for shape, rows in kin.items()
    )
    return Entries(len(values), np.array(list(own), np.uint32), _alleles(list(own.values()), len(own), loci), kindreds)


def _shape_of(entry: str) -> str:
    """Write an entry with the numbers of its genotypes instead of them."""
    pieces = _GENOTYPE.split(entry)
    numbered = (f"{number}/{number}{piece}" for number, piece in enumerate(pieces[1:]))
    return pieces[0] + "".join(numbered)


def _alleles(rows: Sequence[object], count: int, genotypes: int = -1) -> Array:
    return (
        np.array(rows, np.int16).reshape(count, genotypes, 2) if count else np.zeros((0, abs(genotypes), 2), np.int16)
    )


def laid_out(columns: Sequence[Entries]) -> dict[str, Array]:
    """Return the entries of many columns as arrays to be kept."""
    kindreds = [(column, kindred) for column, entries in enumerate(columns) for kindred in entries.kindreds]
    number = {shape: place for place, shape in enumerate(dict.fromkeys(kindred.shape for _, kindred in kindreds))}
    return {
        "sizes": np.array([entries.size for entries in columns], np.uint32),
        "own_counts": np.array([entries.own_codes.size for entries in columns], np.uint32),
        "own_codes": _joined([entries.own_codes for entries in columns], np.uint32),
        "own": _joined([entries.own for entries in columns], np.int16),
        "kin_columns": np.array([column for column, _ in kindreds], np.uint16),
        "kin_shapes": np.array([number[kindred.shape] for _, kindred in kindreds], np.uint32),
        "kin_counts": np.array([kindred.codes.size for _, kindred in kindreds], np.uint32),
        "kin_codes": _joined([kindred.codes for _, kindred in kindreds], np.uint32),
        "kin": _joined([kindred.shown for _, kindred in kindreds], np.int16),
        "shapes": np.frombuffer("\n".join(number).encode(), np.uint8),
    }


def read_back(arrays: Mapping[str, Array], loci: Sequence[int]) -> list[Entries]:
    """Return what `laid_out` was given; `loci` says how many loci each column is of."""
    shapes = arrays["shapes"].tobytes().decode().split("\n")
    kin_shapes = [shapes[number] for number in arrays["kin_shapes"].tolist()]
    kin_widths = np.array([2 * len(_GENOTYPE.findall(shape)) for shape in kin_shapes], np.int64)
    kin_codes = _parted(arrays["kin_codes"], arrays["kin_counts"])
    kin = _parted(arrays["kin"], arrays["kin_counts"] * kin_widths)
    kindreds: list[list[Kindred]] = [[] for _ in loci]
    for column, shape, codes, shown in zip(arrays["kin_columns"].tolist(), kin_shapes, kin_codes, kin, strict=True):
        kindreds[column].append(Kindred(shape, codes, shown.reshape(codes.size, -1, 2)))
    own_codes = _parted(arrays["own_codes"], arrays["own_counts"])
    own = _parted(arrays["own"], arrays["own_counts"] * np.array(loci, np.int64) * 2)
    return [
        Entries(size, codes, shown.reshape(codes.size, of_loci, 2), tuple(of_column))
        for size, codes, shown, of_loci, of_column in zip(
            arrays["sizes"].tolist(), own_codes, own, loci, kindreds, strict=True
        )
    ]


def _joined(parts: Sequence[Array], dtype: type[np.integer]) -> Array:
    return np.concatenate([np.zeros(0, dtype), *(part.ravel() for part in parts)])


def _parted(joined: Array, counts: Array) -> list[Array]:
    """Return consecutive parts of so many items each."""
    return np.split(joined, np.cumsum(counts, dtype=np.int64)[:-1]) if counts.size else []
