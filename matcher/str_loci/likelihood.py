"""Likelihood ratios of two pedigrees, locus by locus: the forensic question "how are these typed persons related?"."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matcher.errors import InputError
from matcher.str_loci.coancestry import likelihood_with_theta
from matcher.str_loci.locus_model import LocusModel, lumped
from matcher.str_loci.pedigree import FounderConvention, Pedigree, reduced
from matcher.str_loci.peeling import States, Typings, joint_with_genotype, likelihood, typed_states
from matcher.types import Genotype

Float64 = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class LocusEvidence:
    """Typings of one locus.

    Parameters
    ----------
    locus : str
        Canonical name.
    model : LocusModel
        Frequencies and mutation.
    genotypes : mapping of str to Genotype
        By person; an untyped person is absent.
    """

    locus: str
    model: LocusModel
    genotypes: Mapping[str, Genotype]


@dataclass(frozen=True, slots=True)
class LocusRatio:
    """Result of one locus.

    Parameters
    ----------
    locus : str
        Canonical name.
    likelihood_1, likelihood_2 : float
        P(typings | H1) and P(typings | H2), unordered genotypes.
    """

    locus: str
    likelihood_1: float
    likelihood_2: float

    @property
    def lr(self) -> float:
        """Divide; infinite when only H2 is impossible, NaN when both are."""
        if self.likelihood_2 > 0.0:
            return self.likelihood_1 / self.likelihood_2
        return math.inf if self.likelihood_1 > 0.0 else math.nan


@dataclass(frozen=True, slots=True)
class PedigreeRatio:
    """Result over all loci, taken as independent.

    Parameters
    ----------
    loci : tuple of LocusRatio
        In the order given.
    convention : FounderConvention
        What was applied: theta > 0 keeps all founders, whatever was asked for (as Familias does).
    """

    loci: tuple[LocusRatio, ...]
    convention: FounderConvention

    @property
    def log10_lr(self) -> float:
        """Sum the log10 LRs; minus infinity when a locus excludes H1."""
        return math.fsum(math.log10(x.lr) for x in self.loci) if all(x.lr > 0.0 for x in self.loci) else -math.inf


def pedigree_ratio(
    h1: Pedigree,
    h2: Pedigree,
    loci: Iterable[LocusEvidence],
    *,
    theta: float = 0.0,
    founders: FounderConvention = "pruned",
) -> PedigreeRatio:
    """Compare two pedigrees over the same typed persons.

    Raises
    ------
    InputError
        When theta is not in [0, 1), or a typed person is in neither pedigree.
    """
    if not 0.0 <= theta < 1.0:
        raise InputError(f"theta {theta} is outside [0, 1)", remedy="usual values are 0 to 0.03")
    results = tuple(locus_ratio(h1, h2, item, theta=theta, founders=founders) for item in loci)
    return PedigreeRatio(results, "explicit" if theta > 0.0 else founders)


def locus_ratio(
    h1: Pedigree, h2: Pedigree, item: LocusEvidence, *, theta: float = 0.0, founders: FounderConvention = "pruned"
) -> LocusRatio:
    """Compare two pedigrees at one locus; errors as `pedigree_ratio`."""
    unknown = item.genotypes.keys() - set(h1.names) - set(h2.names)
    if unknown:
        raise InputError(
            f"{item.locus}: typed persons {sorted(unknown)} are in neither pedigree",
            remedy="give every typed person a row in both pedigrees",
        )
    ones, twos = (locus_likelihood(side, item, theta=theta, founders=founders) for side in (h1, h2))
    return LocusRatio(item.locus, ones, twos)


def locus_likelihood(
    pedigree: Pedigree, evidence: LocusEvidence, *, theta: float = 0.0, founders: FounderConvention = "pruned"
) -> float:
    """Return P(typings of one locus | pedigree); typed persons who are not in the pedigree are left out."""
    typed = {name: genotype for name, genotype in evidence.genotypes.items() if name in pedigree.names}
    model = lumped(evidence.model, (allele for genotype in typed.values() for allele in genotype))
    states = {name: States.one_of(model.observed(genotype)) for name, genotype in typed.items()}
    kept = reduced(pedigree, typed.keys(), "explicit" if theta > 0.0 else founders)
    if theta > 0.0:
        return likelihood_with_theta(kept, model, states, theta=theta)
    return float(likelihood(kept, model, states)[0])


def genotype_probabilities(
    pedigree: Pedigree,
    model: LocusModel,
    typed: Mapping[str, Typings],
    *,
    subject: str,
    founders: FounderConvention = "pruned",
) -> Float64:
    """Return P(genotype of the subject | relatives) for many typings of one pedigree at once, shape (B, G).

    Parameters
    ----------
    pedigree : Pedigree
        Contains the subject, untyped.
    model : LocusModel
        The locus; no pooling, since every genotype is asked for.
    typed : mapping of str to sequence of Genotype or ndarray, shape (B, 2)
        B genotypes of each typed relative.
    """
    kept = reduced(pedigree, typed.keys() | {subject}, founders)
    states = {name: typed_states(model, genotypes) for name, genotypes in typed.items()}
    joint = joint_with_genotype(kept, model, states, subject=subject)
    total: Float64 = joint.sum(axis=1, keepdims=True)
    if not (total > 0.0).all():
        raise InputError(
            "these relatives cannot be related as stated without mutation", remedy="use a mutation model with a rate"
        )
    return joint / total
