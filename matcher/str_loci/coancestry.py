"""Theta: founders of one subpopulation share alleles by the Balding-Nichols sampling formula.

The founder alleles of a hypothesis form an urn. Known founders fill it first; each further allele copies one already
there or is a fresh draw. Summing over the set partitions of the unknown alleles into "copies of each other" is exact:
alleles of one block are identical, blocks are independent draws, and a block that spans two founders is summed over
its value. Only alleles that reach somebody typed take part: a founder with one child hands down one allele.

Source: Balding & Nichols, FSI 64 (1994) 125; the partition form is the Chinese restaurant representation of the
Polya urn (Aldous, Ecole d'ete de Saint-Flour XIII, 1985).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray

from matcher.errors import LimitError
from matcher.str_loci.locus_model import LocusModel
from matcher.str_loci.pedigree import Pedigree
from matcher.str_loci.peeling import States, likelihood

Float64 = NDArray[np.float64]

LARGEST_UNKNOWN = 8
"""Unknown founder alleles beyond which the partitions (Bell numbers: 8 give 4,140, 9 give 21,147) take too long."""

_BATCH = 4096


def likelihood_with_theta(
    pedigree: Pedigree, model: LocusModel, states: Mapping[str, States], *, theta: float
) -> float:
    """Return P(all observations) when all founders come from one subpopulation.

    Parameters
    ----------
    pedigree : Pedigree
        All founders of the hypothesis, unrelated ones included; reduced under `explicit`.
    model : LocusModel
        The locus.
    states : mapping of str to States
        Observed persons, batch of 1.
    theta : float
        Coancestry coefficient in [0, 1).

    Raises
    ------
    LimitError
        When too many founders are untyped.
    """
    founders = [person for person in range(len(pedigree)) if pedigree.is_founder(person)]
    typed = [name for name in (pedigree.names[person] for person in founders) if name in states]
    total = 0.0
    for choice in product(*(range(states[name].size) for name in typed)):
        total += _with_known_founders(pedigree, model, states, dict(zip(typed, choice, strict=True)), theta)
    return total


def _with_known_founders(
    pedigree: Pedigree, model: LocusModel, states: Mapping[str, States], choice: Mapping[str, int], theta: float
) -> float:
    counts = np.zeros(len(model.alleles))
    urn = _Urn(model.frequencies, theta, counts)
    probability = 1.0
    fixed = dict(states)
    for name, state in choice.items():
        genotype = int(states[name].genotypes[0, state])
        first, second = int(model.first[genotype]), int(model.second[genotype])
        probability *= urn.draw(first) * urn.draw(second) * (1.0 if first == second else 2.0)
        weights = states[name].weights[:, state : state + 1]
        fixed[name] = States(np.array([[genotype]]), weights, prior_included=True)
    genes = _unknown_genes(pedigree, set(choice))
    if len(genes) > LARGEST_UNKNOWN:
        raise LimitError(
            f"theta with {len(genes)} alleles of untyped founders is too much to sum",
            remedy="type one more founder, leave out relatives who add nothing, or set theta to 0",
        )
    base = urn.base()
    return probability * sum(
        weight * _over_shared_values(pedigree, model, fixed, genes, blocks, base)
        for blocks, weight in _partitions(len(genes), theta, seated=int(counts.sum()))
    )


@dataclass(frozen=True, slots=True)
class _Urn:
    frequencies: Float64
    theta: float
    counts: Float64

    def base(self) -> Float64:
        """Return the distribution of the next allele."""
        drawn = self.counts.sum()
        mixed: Float64 = self.counts * self.theta + (1 - self.theta) * self.frequencies
        base: Float64 = mixed / (1 + (drawn - 1) * self.theta)
        return base

    def draw(self, allele: int) -> float:
        """Return the probability of the next allele and put it into the urn."""
        probability = float(self.base()[allele])
        self.counts[allele] += 1
        return probability


def _unknown_genes(pedigree: Pedigree, known: set[str]) -> list[str]:
    """List each untyped founder once per allele of his that can matter."""
    return [
        name
        for person, name in enumerate(pedigree.names)
        if pedigree.is_founder(person) and name not in known
        for _ in range(min(2, len(pedigree.children(person))))
    ]


def _partitions(count: int, theta: float, seated: int) -> Iterator[tuple[tuple[int, ...], float]]:
    """Yield the block of each unknown allele and the probability of the partition.

    `seated` alleles are in the urn already; copying one of those counts as a fresh draw from the urn's base.
    """
    if count == 0:
        yield (), 1.0
        return
    for blocks, weight in _partitions(count - 1, theta, seated):
        size = 1 + (seated + count - 2) * theta
        used = max(blocks, default=-1) + 1
        for block in range(used):
            yield (*blocks, block), weight * blocks.count(block) * theta / size
        yield (*blocks, used), weight * (1 + (seated - 1) * theta) / size


def _over_shared_values(
    pedigree: Pedigree,
    model: LocusModel,
    states: Mapping[str, States],
    genes: list[str],
    blocks: tuple[int, ...],
    base: Float64,
) -> float:
    """Sum the likelihood over the values of all blocks that span several founders."""
    owners: dict[int, set[str]] = {}
    for name, block in zip(genes, blocks, strict=True):
        owners.setdefault(block, set()).add(name)
    shared = [block for block, names in owners.items() if len(names) > 1]
    n = len(base)
    total = 0.0
    for low in range(0, n ** len(shared), _BATCH):
        rows = np.arange(low, min(low + _BATCH, n ** len(shared)))
        values = np.unravel_index(rows, [n] * len(shared)) if shared else ()
        weights = np.ones(len(rows))
        distribution: dict[int, Float64] = dict.fromkeys(owners, base[None, :])
        for block, value in zip(shared, values, strict=True):
            weights = weights * base[value]
            distribution[block] = np.eye(n)[value]
        full = dict(states)
        for name in dict.fromkeys(genes):
            own = [block for gene, block in zip(genes, blocks, strict=True) if gene == name]
            full[name] = _founder_states(model, [distribution[block] for block in own], same=len(set(own)) == 1)
        total += float((weights * likelihood(pedigree, model, full)).sum())
    return total


def _founder_states(model: LocusModel, alleles: list[Float64], *, same: bool) -> States:
    """Give a founder the genotype prior of its alleles; one allele, or two copies of one, make him homozygous.

    A founder with one child hands down one allele only, so a homozygote stands for him exactly.
    """
    genotypes = np.arange(model.genotype_count)[None, :]
    if same:
        homozygous = model.first == model.second
        prior = np.where(homozygous, alleles[0][:, model.first], 0.0)
    else:
        prior = model.pair_probability(alleles[0], alleles[1])
    return States(genotypes, prior, prior_included=True)
