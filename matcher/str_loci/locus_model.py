"""One locus made ready for peeling: alleles, frequencies, mutation matrices and all unordered genotypes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matcher.errors import InputError
from matcher.str_loci.alleles import SILENT, format_allele
from matcher.str_loci.mutation import MutationModel
from matcher.types import Genotype

Float64 = NDArray[np.float64]
Indices = NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class LocusModel:
    """Numbers of one locus under one frequency table and one mutation model.

    Parameters
    ----------
    alleles : tuple of int
        Tenths of a repeat, ascending; `SILENT` last where the table has it; a lumped rest is `LUMPED`.
    frequencies : ndarray of float64, shape (n,)
        Sum 1.
    male, female : ndarray of float64, shape (n, n)
        Mutation matrices for transmissions from father and mother.
    first, second : ndarray of intp, shape (G,)
        Allele positions of each unordered genotype, first <= second.
    hwe : ndarray of float64, shape (G,)
        Hardy-Weinberg probability of each genotype.
    from_father, from_mother : ndarray of float64, shape (G, n)
        Probability that a parent of each genotype hands down each allele, mutation included.
    from_any_father, from_any_mother : ndarray of float64, shape (n,)
        The same for a parent outside the pedigree: the frequencies, but on the X chromosome.
    """

    alleles: tuple[int, ...]
    frequencies: Float64
    male: Float64
    female: Float64
    first: Indices
    second: Indices
    hwe: Float64
    from_father: Float64
    from_mother: Float64
    from_any_father: Float64
    from_any_mother: Float64

    @property
    def genotype_count(self) -> int:
        """Count the unordered genotypes, n (n + 1) / 2."""
        return int(self.first.shape[0])

    def position(self, allele: int) -> int:
        """Return the position of an allele.

        Raises
        ------
        InputError
            When the table has no such allele.
        """
        try:
            return self.alleles.index(allele)
        except ValueError:
            raise InputError(
                f"allele {format_allele(allele)} is not in the frequency table",
                remedy="extend the table with a minimum frequency first",
            ) from None

    def index(self, genotype: Genotype) -> int:
        """Return the number of an unordered genotype."""
        low, high = sorted((self.position(genotype[0]), self.position(genotype[1])))
        return int(self.pair_index(np.intp(low), np.intp(high)))

    def indices(self, genotypes: NDArray[np.integer]) -> Indices:
        """Return the numbers of many unordered genotypes, shape (B, 2); errors as `position`."""
        alleles = np.asarray(self.alleles)
        order = np.argsort(alleles)
        places = np.minimum(np.searchsorted(alleles[order], genotypes), len(alleles) - 1)
        found = order[places]
        outside = genotypes[alleles[found] != genotypes]
        if outside.size:
            self.position(int(outside[0]))
        return self.pair_index(found.min(axis=1), found.max(axis=1))

    def pair_index(self, low: NDArray[np.intp] | np.intp, high: NDArray[np.intp] | np.intp) -> NDArray[np.intp]:
        """Return genotype numbers of allele positions low <= high (row-wise upper triangle)."""
        n = len(self.alleles)
        return np.asarray(low * n - low * (low - 1) // 2 + (high - low), np.intp)

    def genotypes(self) -> list[Genotype]:
        """List all genotypes in the order of their numbers."""
        return [
            (min(a, b), max(a, b))
            for a, b in ((self.alleles[i], self.alleles[j]) for i, j in zip(self.first, self.second, strict=True))
        ]

    def observed(self, genotype: Genotype) -> Indices:
        """Return the genotypes that look like this observation: with a silent allele a/a may be a/silent.

        `(SILENT, SILENT)` is the observation of no peak at all.
        """
        states = [self.index(genotype)]
        if SILENT in self.alleles and genotype[0] == genotype[1] != SILENT:
            states.append(self.index((genotype[0], SILENT)))
        return np.asarray(states, np.intp)

    def unordered(self, ordered: Float64) -> Float64:
        """Sum ordered allele pairs, shape (..., n, n), into unordered genotypes, shape (..., G)."""
        both = ordered[..., self.first, self.second]
        swapped = ordered[..., self.second, self.first]
        return np.where(self.first == self.second, both, both + swapped)


LUMPED = 10_000
"""Stands for all alleles that nobody in the case shows, where the mutation model allows to pool them."""


def locus_model(alleles: Iterable[int], frequencies: Iterable[float], mutation: MutationModel) -> LocusModel:
    """Build the numbers of one locus.

    Parameters
    ----------
    alleles : iterable of int
        Ascending tenths; `SILENT` may stand last.
    frequencies : iterable of float
        Normalised here to sum 1.

    Raises
    ------
    InputError
        For an empty table, a repeated or descending allele, or a frequency that is not positive.
    """
    names = tuple(alleles)
    p = np.fromiter(frequencies, np.float64)
    visible = [allele for allele in names if allele != SILENT]
    if not names or len(p) != len(names) or visible != sorted(set(visible)) or SILENT in names[:-1]:
        raise InputError("frequency table must hold each allele once, ascending, silent last", remedy="sort the table")
    if not np.isfinite(p).all() or p.min() <= 0.0:
        raise InputError("allele frequencies must be positive", remedy="leave out alleles that were never seen")
    p = p / p.sum()
    male, female = (mutation.matrix(names, p, parent=parent) for parent in ("male", "female"))
    return _assemble(names, p, male, female)


def _assemble(alleles: tuple[int, ...], p: Float64, male: Float64, female: Float64) -> LocusModel:
    first, second = np.triu_indices(len(alleles))
    hwe = np.where(first == second, 1.0, 2.0) * p[first] * p[second]
    model = LocusModel(
        alleles,
        p,
        male,
        female,
        first.astype(np.intp),
        second.astype(np.intp),
        hwe,
        (male[first] + male[second]) / 2,
        (female[first] + female[second]) / 2,
        p,
        p,
    )
    for array in (p, male, female, model.first, model.second, hwe, model.from_father, model.from_mother):
        array.setflags(write=False)
    return model


def lumped(model: LocusModel, seen: Iterable[int]) -> LocusModel:
    """Pool the alleles that nobody shows into one, where that is exact; otherwise return the model itself.

    Pooling is exact when all pooled alleles mutate alike into each allele that stays (strong lumpability); this
    holds for none, equal and proportional, not for stepwise matrices.

    Source: Kemeny & Snell, Finite Markov Chains (1960), theorem 6.3.2.
    """
    shown = {*seen, SILENT}
    keep = np.array([allele in shown for allele in model.alleles])
    pool = ~keep
    if pool.sum() < 2 or not all(_lumpable(matrix, keep) for matrix in (model.male, model.female)):
        return model
    alleles = (*(a for a, kept in zip(model.alleles, keep, strict=True) if kept and a != SILENT), LUMPED)
    order = np.flatnonzero(keep & (np.asarray(model.alleles) != SILENT))
    silent = np.flatnonzero(np.asarray(model.alleles) == SILENT)
    groups = [*(np.array([i]) for i in order), np.flatnonzero(pool), *(np.array([i]) for i in silent)]
    names = (*alleles, *([SILENT] * len(silent)))
    p = np.array([model.frequencies[group].sum() for group in groups])
    male, female = (_pooled(matrix, groups) for matrix in (model.male, model.female))
    return _assemble(names, p, male, female)


def _lumpable(matrix: Float64, keep: NDArray[np.bool_]) -> bool:
    into_kept = matrix[np.ix_(~keep, keep)]
    return bool(np.allclose(into_kept, into_kept[:1], rtol=1e-13, atol=0.0))


def _pooled(matrix: Float64, groups: list[NDArray[np.intp]]) -> Float64:
    return np.array([[matrix[source[0], target].sum() for target in groups] for source in groups])
