"""Linked loci: which pairs there are, when their likelihoods do not multiply, and the joint likelihood where not.

The joint likelihood sums over inheritance vectors: which of a parent's two alleles each meiosis handed down. Given the
vectors the loci are independent; between two loci each meiosis recombines with probability rho. Given a vector every
allele descends from one founder allele, so that a locus is a set of trees, peeled with the mutation matrices.

Source: Lander & Green, PNAS 84 (1987) 2363.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from itertools import product

import numpy as np
from numpy.typing import NDArray

from matcher.errors import LimitError
from matcher.str_loci.locus_model import LocusModel, lumped
from matcher.str_loci.pedigree import NOBODY, FounderConvention, Pedigree, reduced
from matcher.types import Genotype

Float64 = NDArray[np.float64]

LINKED_LOCI: Mapping[str, str] = {"vWA": "D12S391"}
"""Locus that steps back in a scan -> its partner on chromosome 12p; D12S391 is the more polymorphic of the two."""

RECOMBINATION = 0.089
"""Recombination fraction of vWA and D12S391, 95 % interval 0.044 to 0.158. Source: O'Connor & Tillmar, FSI: Genetics 6
(2012) 840."""

LARGEST_MEIOSES = 14


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
    models : pair of LocusModel
        The loci.
    genotypes : pair of mapping of str to Genotype
        Typings at each.
    rho : float
        Recombination fraction, 0 to 0.5.
    founders : FounderConvention
        Treatment of untyped founders; a person typed at one of the loci counts as typed.

    Raises
    ------
    LimitError
        When the pedigree has more than 14 informative meioses.
    """
    inside = [{name: g for name, g in typed.items() if name in pedigree.names} for typed in genotypes]
    kept = reduced(pedigree, inside[0].keys() | inside[1].keys(), founders)
    meioses = _meioses(kept)
    if len(meioses) > LARGEST_MEIOSES:
        raise LimitError(
            f"{len(meioses)} meioses are too many for the joint likelihood of linked loci",
            remedy="leave out relatives who add little, or leave out one of the linked loci",
        )
    first, second = (
        _given_vectors(kept, lumped(model, {a for g in typed.values() for a in g}), typed, meioses)
        for model, typed in zip(models, inside, strict=True)
    )
    mixed = second.reshape([2] * len(meioses))
    step = np.array([[1.0 - rho, rho], [rho, 1.0 - rho]])
    for axis in range(len(meioses)):
        mixed = np.moveaxis(np.tensordot(step, mixed, axes=(1, axis)), 0, axis)
    return float(first @ mixed.ravel()) / 2.0 ** len(meioses)


def _meioses(pedigree: Pedigree) -> list[tuple[int, bool]]:
    """List (child, from the father) of every transmission by a person of the pedigree."""
    return [
        (child, paternal)
        for child in range(len(pedigree))
        for paternal, parent in ((True, pedigree.fathers[child]), (False, pedigree.mothers[child]))
        if parent != NOBODY
    ]


def _given_vectors(
    pedigree: Pedigree, model: LocusModel, typed: Mapping[str, Genotype], meioses: Sequence[tuple[int, bool]]
) -> Float64:
    """Return P(typings | inheritance vector) for every vector, shape (2 ** meioses,)."""
    result = np.empty(2 ** len(meioses))
    names = [name for name in pedigree.names if name in typed]
    orders = [_orders(model, typed[name]) for name in names]
    persons = [pedigree.names.index(name) for name in names]
    for number, vector in enumerate(product((0, 1), repeat=len(meioses))):
        sources = _sources(pedigree, meioses, vector)
        total = 0.0
        for choice in product(*orders):
            shown = {
                (person, slot): pair[slot] for person, pair in zip(persons, choice, strict=True) for slot in (0, 1)
            }
            total += _peel_genes(pedigree, model, sources, shown)
        result[number] = total
    return result


def _orders(model: LocusModel, genotype: Genotype) -> list[tuple[int, int]]:
    """Return the ordered pairs (paternal, maternal) behind an observation, silent alleles included."""
    pairs: set[tuple[int, int]] = set()
    for state in model.observed(genotype):
        a, b = int(model.first[state]), int(model.second[state])
        pairs |= {(a, b), (b, a)}
    return sorted(pairs)


_Gene = tuple[int, int]
"""Person and slot: 0 = from the father, 1 = from the mother."""


def _sources(
    pedigree: Pedigree, meioses: Sequence[tuple[int, bool]], vector: Sequence[int]
) -> dict[_Gene, list[tuple[_Gene, bool]]]:
    """Map each gene to the genes that are copies of it, with "handed down by a father"."""
    copies: dict[_Gene, list[tuple[_Gene, bool]]] = {
        (person, slot): [] for person in range(len(pedigree)) for slot in (0, 1)
    }
    for (child, paternal), slot in zip(meioses, vector, strict=True):
        parent = pedigree.fathers[child] if paternal else pedigree.mothers[child]
        copies[parent, slot].append(((child, 0 if paternal else 1), paternal))
    return copies


def _peel_genes(
    pedigree: Pedigree,
    model: LocusModel,
    copies: Mapping[_Gene, Sequence[tuple[_Gene, bool]]],
    shown: Mapping[_Gene, int],
) -> float:
    """Multiply the trees of all founder genes, given the alleles of the typed persons' genes."""

    def below(gene: _Gene) -> Float64:
        """Return P(what is shown at this gene and its copies | its allele), shape (n,)."""
        likelihood = np.ones(len(model.alleles))
        if gene in shown:
            likelihood[:] = 0.0
            likelihood[shown[gene]] = 1.0
        for copy, paternal in copies[gene]:
            likelihood = likelihood * ((model.male if paternal else model.female) @ below(copy))
        return likelihood

    total = 1.0
    for person in range(len(pedigree)):
        for slot, parent in enumerate((pedigree.fathers[person], pedigree.mothers[person])):
            if parent == NOBODY:
                total *= float(model.frequencies @ below((person, slot)))
                if total == 0.0:
                    return 0.0
    return total
