"""Linked loci: which pairs there are, when their likelihoods do not multiply, and the joint likelihood where not.

The joint likelihood sums over inheritance vectors: which of a parent's two alleles each meiosis handed down. Given the
vectors the loci are independent; between two loci each meiosis recombines with probability rho. A founder's two alleles
are exchangeable, so that one vector stands for all that differ by swapping them (`InheritanceVectors`); the
probabilities given each vector come from `gene_trees`. A joint table over two loci is then `first.T @ kernel @ second`.

Source: Lander & Green, PNAS 84 (1987) 2363; Kruglyak et al., Am J Hum Genet 58 (1996) 1347 (founder symmetry).
"""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import dataclass, field
from itertools import product

import numpy as np
from numpy.typing import NDArray

from matcher.errors import LimitError
from matcher.str_loci.gene_trees import Meiosis, given_vectors
from matcher.str_loci.locus_model import LocusModel, lumped
from matcher.str_loci.pedigree import NOBODY, FounderConvention, Pedigree, reduced
from matcher.str_loci.peeling import States
from matcher.types import Genotype

Float64 = NDArray[np.float64]

LINKED_LOCI: Mapping[str, str] = {"vWA": "D12S391"}
"""Pairs of linked loci of the common kits; both on chromosome 12p."""

RECOMBINATION = 0.089
"""Recombination fraction of vWA and D12S391, 95 % interval 0.044 to 0.158. Source: O'Connor & Tillmar, FSI: Genetics 6
(2012) 840."""

LARGEST_VECTORS = 1024
"""Distinct inheritance vectors beyond which an answer would take seconds."""


def linkage_matters(pedigree: Pedigree, typed: Set[str]) -> bool:
    """Tell whether two linked loci would be dependent: somebody's two gametes or two meioses in a row show.

    Typed parents with one child inform on single gametes of unknown phase; their joint likelihood is the product
    whatever the recombination fraction.
    """
    for person, name in enumerate(pedigree.names):
        children = len(pedigree.children(person))
        if children > 1 or (children and not pedigree.is_founder(person) and name not in typed):
            return True
    return False


@dataclass(frozen=True, slots=True)
class InheritanceVectors:
    """The distinct inheritance vectors of a pedigree, and how likely the second locus has one given the first.

    Parameters
    ----------
    meioses : tuple of Meiosis, length m
        Every transmission by a person of the pedigree.
    vectors : ndarray of int8, shape (R, m)
        Which allele each hands down: 0 = the parent's from his father, 1 = from his mother. The first meiosis of each
        founder is 0.
    kernel : ndarray of float64, shape (R, R)
        Joint probability of the vectors at two loci; its sum is 1.
    """

    meioses: tuple[Meiosis, ...]
    vectors: NDArray[np.int8] = field(repr=False)
    kernel: Float64 = field(repr=False)

    @classmethod
    def of(cls, pedigree: Pedigree, rho: float) -> InheritanceVectors:
        """List the vectors of a reduced pedigree.

        Raises
        ------
        LimitError
            For more than 1,024 distinct vectors.
        """
        meioses = tuple(
            Meiosis(child, parent, paternal)
            for child in range(len(pedigree))
            for paternal, parent in ((True, pedigree.fathers[child]), (False, pedigree.mothers[child]))
            if parent != NOBODY
        )
        by_founder = [
            group
            for person in range(len(pedigree))
            if pedigree.is_founder(person) and (group := [i for i, m in enumerate(meioses) if m.parent == person])
        ]
        free = [i for i in range(len(meioses)) if i not in {group[0] for group in by_founder}]
        if 2 ** len(free) > LARGEST_VECTORS:
            raise LimitError(
                f"{len(meioses)} meioses are too many for the joint likelihood of linked loci",
                remedy="leave out relatives who add little, or leave out one of the linked loci",
            )
        vectors = np.zeros((2 ** len(free), len(meioses)), np.int8)
        vectors[:, free] = np.array(list(product((0, 1), repeat=len(free))), np.int8).reshape(2 ** len(free), len(free))
        return cls(meioses, vectors, _kernel(vectors, by_founder, rho))


def _kernel(vectors: NDArray[np.int8], by_founder: list[list[int]], rho: float) -> Float64:
    """Sum the recombination probabilities over the swaps of each founder's alleles."""
    differs = vectors[:, None, :] ^ vectors[None, :, :]
    one = np.where(differs, rho, 1.0 - rho)
    others = sorted(set(range(vectors.shape[1])) - {i for group in by_founder for i in group})
    kernel: Float64 = one[:, :, others].prod(axis=2)
    for group in by_founder:
        kernel = kernel * (one[:, :, group].prod(axis=2) + (1.0 - one[:, :, group]).prod(axis=2))
    return kernel / len(vectors)


@dataclass(frozen=True, slots=True)
class LinkedTable:
    """Joint probabilities of two loci in factored form.

    Parameters
    ----------
    first, second : ndarray of float64, shape (R, G)
        P(observations, genotype of the subject | vector) at each locus; one column where there is no subject.
    kernel : ndarray of float64, shape (R, R)
        Joint probability of the vectors.
    """

    first: Float64 = field(repr=False)
    second: Float64 = field(repr=False)
    kernel: Float64 = field(repr=False)

    def joint(self) -> Float64:
        """Multiply out, shape (G1, G2)."""
        whole: Float64 = self.first.T @ self.kernel @ self.second
        return whole


LinkedStates = tuple[Mapping[str, States], Mapping[str, States]]


def linked_table(
    pedigree: Pedigree,
    models: tuple[LocusModel, LocusModel],
    states: LinkedStates,
    *,
    rho: float = RECOMBINATION,
    subject: str | None = None,
    theta: float = 0.0,
) -> LinkedTable:
    """Tabulate P(observations at both loci, genotypes of the subject | pedigree), in linkage equilibrium.

    Parameters
    ----------
    pedigree : Pedigree
        Reduced as the founder convention asks, for the persons typed at either locus.
    models : pair of LocusModel
        The loci.
    states : pair of mapping of str to States
        Observed persons at each.
    rho : float
        Recombination fraction, 0 to 0.5.
    subject : str, optional
        Untyped person whose genotypes are asked for.
    theta : float
        Coancestry, applied to the founders at each locus.

    Raises
    ------
    LimitError
        When the pedigree is too large.
    """
    vectors = InheritanceVectors.of(pedigree, rho)
    first, second = (
        given_vectors(pedigree, model, shown, vectors.meioses, vectors.vectors, subject=subject, theta=theta)[0]
        for model, shown in zip(models, states, strict=True)
    )
    return LinkedTable(first, second, vectors.kernel)


def linked_likelihood(
    pedigree: Pedigree,
    models: tuple[LocusModel, LocusModel],
    genotypes: tuple[Mapping[str, Genotype], Mapping[str, Genotype]],
    *,
    rho: float,
    founders: FounderConvention = "pruned",
) -> float:
    """Return P(typings at both loci | pedigree) in linkage equilibrium.

    Parameters
    ----------
    pedigree : Pedigree
        Persons who are typed at neither locus and cannot matter are left out here.
    models, rho
        As for `linked_table`.
    genotypes : pair of mapping of str to Genotype
        Typings at each.
    founders : FounderConvention
        Treatment of untyped founders; a person typed at one of the loci counts as typed.
    """
    inside = [{name: g for name, g in typed.items() if name in pedigree.names} for typed in genotypes]
    kept = reduced(pedigree, inside[0].keys() | inside[1].keys(), founders)
    one, other = (
        lumped(model, {a for g in typed.values() for a in g}) for model, typed in zip(models, inside, strict=True)
    )
    first, second = (
        {name: States.one_of(model.observed(g)) for name, g in typed.items()}
        for model, typed in zip((one, other), inside, strict=True)
    )
    return float(linked_table(kept, (one, other), (first, second), rho=rho).joint()[0, 0])
