"""Theta: founders of one subpopulation share alleles by the Balding-Nichols sampling formula.

The founder alleles of a hypothesis are drawn one after the other from an urn that each drawn allele joins. Typed
founders fill it first. The genotypes of untyped founders are enumerated, all but the last, whose distribution given the
others is known in closed form; for each enumerated world the pedigree is peeled as usual, in batches. A founder with
one child hands down one allele, so only one of his is drawn. Where that is too many, the sum runs over inheritance
vectors instead, with the founder alleles grouped by identity (`gene_trees`).

Source: Balding & Nichols, FSI 64 (1994) 125.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray

from matcher.errors import LimitError
from matcher.str_loci.gene_trees import given_vectors
from matcher.str_loci.linkage import InheritanceVectors
from matcher.str_loci.locus_model import LocusModel
from matcher.str_loci.pedigree import Pedigree
from matcher.str_loci.peeling import States, joint_with_genotype, likelihood

Float64 = NDArray[np.float64]
Indices = NDArray[np.intp]

LARGEST_ENUMERATION = 4_000_000
"""Joint genotypes of untyped founders beyond which an answer would take minutes."""

_BATCH_CELLS = 1 << 21
"""Cells of a batch times genotypes, 16 MB of float64."""


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
    return float(_either_way(pedigree, model, states, theta, subject=None)[0])


def joint_with_theta(
    pedigree: Pedigree, model: LocusModel, states: Mapping[str, States], *, theta: float, subject: str
) -> Float64:
    """Return P(all observations, genotype of one untyped person), shape (G,); errors as `likelihood_with_theta`."""
    return _either_way(pedigree, model, states, theta, subject=subject)


def _either_way(
    pedigree: Pedigree, model: LocusModel, states: Mapping[str, States], theta: float, *, subject: str | None
) -> Float64:
    """Enumerate founders, or, where they are too many, average over the inheritance vectors."""
    try:
        return _over_typed_founders(pedigree, model, states, theta, subject=subject)
    except LimitError as enumeration:
        try:
            vectors = InheritanceVectors.of(pedigree, rho=0.5)
            tables = given_vectors(
                pedigree, model, states, vectors.meioses, vectors.vectors, subject=subject, theta=theta
            )
        except LimitError:
            raise enumeration from None
    mean: Float64 = tables[0].mean(axis=0)
    return mean


def _over_typed_founders(
    pedigree: Pedigree, model: LocusModel, states: Mapping[str, States], theta: float, *, subject: str | None
) -> Float64:
    """Sum over the latent genotypes of typed founders; one each, unless a silent allele or drop-out may hide."""
    founders = [name for person, name in enumerate(pedigree.names) if pedigree.is_founder(person)]
    typed = [name for name in founders if name in states]
    total = np.zeros(1 if subject is None else model.genotype_count)
    for choice in product(*(range(states[name].size) for name in typed)):
        fixed = dict(states)
        urn = _Urn(model, theta, np.zeros((1, len(model.alleles))))
        weight = 1.0
        for name, state in zip(typed, choice, strict=True):
            genotypes = states[name].genotypes[:, state : state + 1]
            weight *= float(urn.draw_genotype(genotypes[:, 0])[0])
            fixed[name] = States(genotypes, states[name].weights[:, state : state + 1], prior_included=True)
        unknown = [name for name in founders if name not in states]
        total += weight * _over_untyped_founders(pedigree, model, fixed, urn, unknown, subject)
    return total


def _over_untyped_founders(
    pedigree: Pedigree,
    model: LocusModel,
    states: Mapping[str, States],
    urn: _Urn,
    unknown: Sequence[str],
    subject: str | None,
) -> Float64:
    single = {name for name in unknown if name != subject and len(pedigree.children(pedigree.names.index(name))) == 1}
    # The one with the most genotypes comes last, since the last need not be enumerated.
    order = sorted(unknown, key=lambda name: (name not in single, name == subject))
    if not order:
        return _evaluate(pedigree, model, states, np.ones(1), subject)
    *enumerated, last = order
    homozygous = np.flatnonzero(model.first == model.second)
    choices = [homozygous if name in single else np.arange(model.genotype_count) for name in enumerated]
    shape = [len(choice) for choice in choices]
    combinations = int(np.prod(shape)) if shape else 1
    if combinations > LARGEST_ENUMERATION:
        raise LimitError(
            f"theta with {len(unknown)} untyped founders needs {combinations} joint genotypes",
            remedy="type one more founder, leave out relatives who add nothing, or set theta to 0",
        )
    batch = max(1, _BATCH_CELLS // model.genotype_count)
    total = np.zeros(1 if subject is None else model.genotype_count)
    for low in range(0, combinations, batch):
        rows = np.unravel_index(np.arange(low, min(low + batch, combinations)), shape) if shape else ()
        drawn = urn.copied(min(batch, combinations - low))
        weights = np.ones(len(drawn.counts))
        full = dict(states)
        for name, choice, row in zip(enumerated, choices, rows, strict=True):
            genotypes = choice[row]
            probability = drawn.draw_allele(genotypes) if name in single else drawn.draw_genotype(genotypes)
            weights = weights * probability
            full[name] = States(genotypes[:, None], np.ones((len(genotypes), 1)), prior_included=True)
        prior = drawn.next_alleles() if last in single else drawn.next_genotypes()
        full[last] = States(np.arange(model.genotype_count)[None, :], prior, prior_included=True)
        total += _evaluate(pedigree, model, full, weights, subject)
    return total


def _evaluate(
    pedigree: Pedigree, model: LocusModel, states: Mapping[str, States], weights: Float64, subject: str | None
) -> Float64:
    if subject is None:
        return np.array([(weights * likelihood(pedigree, model, states)).sum()])
    joint = joint_with_genotype(pedigree, model, states, subject=subject)
    result: Float64 = (weights[:, None] * joint).sum(axis=0)
    return result


@dataclass(slots=True)
class _Urn:
    """Alleles drawn so far, in B worlds at a time; mutable within one evaluation.

    `counts` has shape (B, n). A founder with one child is stood for by a homozygote of the allele that he hands down.
    """

    model: LocusModel
    theta: float
    counts: Float64

    def copied(self, batch: int) -> _Urn:
        return _Urn(self.model, self.theta, np.repeat(self.counts, batch, axis=0))

    def base(self) -> Float64:
        """Return the distribution of the next allele, shape (B, n)."""
        drawn = self.counts.sum(axis=1, keepdims=True)
        mixed: Float64 = self.counts * self.theta + (1 - self.theta) * self.model.frequencies
        base: Float64 = mixed / (1 + (drawn - 1) * self.theta)
        return base

    def draw_allele(self, homozygotes: Indices) -> Float64:
        """Draw one allele in each world, given as its homozygote; return its probability."""
        return self._draw(self.model.first[homozygotes])

    def draw_genotype(self, genotypes: Indices) -> Float64:
        """Draw both alleles of a genotype in each world; return the probability of the unordered pair."""
        first, second = self.model.first[genotypes], self.model.second[genotypes]
        return self._draw(first) * self._draw(second) * np.where(first == second, 1.0, 2.0)

    def next_alleles(self) -> Float64:
        """Return the distribution of one further allele over the homozygotes, shape (B, G)."""
        return np.where(self.model.first == self.model.second, self.base()[:, self.model.first], 0.0)

    def next_genotypes(self) -> Float64:
        """Return the distribution of two further alleles over the genotypes, shape (B, G)."""
        first, second = self.model.first, self.model.second
        base = self.base()
        drawn = self.counts.sum(axis=1, keepdims=True)
        mixed = self.counts * self.theta + (1 - self.theta) * self.model.frequencies
        after = (mixed[:, second] + np.where(first == second, self.theta, 0.0)) / (1 + drawn * self.theta)
        result: Float64 = np.where(first == second, 1.0, 2.0) * base[:, first] * after
        return result

    def _draw(self, alleles: Indices) -> Float64:
        rows = np.arange(len(self.counts))
        probability: Float64 = self.base()[rows, alleles]
        self.counts[rows, alleles] += 1.0
        return probability
