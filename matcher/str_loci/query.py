"""One question to a database, compiled: a table of log10 LRs over the database's observations, locus by locus.

A question is either "is this the same person" (a profile), or "is this the missing member of this family" (a pedigree
with typed persons, one of whom, `subject`, is missing). Both come down to probabilities of the subject's genotype.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matcher.errors import InputError
from matcher.str_loci.coancestry import joint_with_theta
from matcher.str_loci.compare import KinshipOptions
from matcher.str_loci.linkage import linkage_matters
from matcher.str_loci.locus_model import LocusModel
from matcher.str_loci.observations import (
    is_comparable,
    observation_probabilities,
    observation_states,
    observed_alleles,
)
from matcher.str_loci.pedigree import Pedigree, reduced
from matcher.str_loci.peeling import States, joint_with_genotype
from matcher.str_loci.relations import unrelated
from matcher.str_loci.typing_errors import ratio_of
from matcher.types import SUBJECT

Float64 = NDArray[np.float64]
Observations = Mapping[str, str]
"""Observation codes by locus."""


@dataclass(frozen=True, slots=True)
class Query:
    """A question about the subject.

    Parameters
    ----------
    pedigree : Pedigree
        Contains `subject`; for a direct comparison nobody else.
    typed : mapping of str to Observations
        Typed persons; the subject itself only in a direct comparison.
    """

    pedigree: Pedigree
    typed: Mapping[str, Observations]

    def __post_init__(self) -> None:
        """Refuse a question without a subject or about persons who are not in it."""
        if SUBJECT not in self.pedigree.names:
            raise InputError("the pedigree has no 'subject'", remedy="name the missing person 'subject'")
        strangers = self.typed.keys() - set(self.pedigree.names)
        if strangers or not self.typed:
            raise InputError(
                f"typed persons {sorted(strangers)} are not in the pedigree" if strangers else "nobody is typed",
                remedy="give the pedigree a row for each typed person",
            )

    @classmethod
    def same_person(cls, profile: Observations) -> Query:
        """Ask for other samples of one person."""
        return cls(Pedigree.of([(SUBJECT, None, None)]), {SUBJECT: profile})

    @property
    def loci(self) -> tuple[str, ...]:
        """Loci at which somebody is typed."""
        return tuple(sorted({locus for observations in self.typed.values() for locus in observations}))


@dataclass(frozen=True, slots=True)
class LocusTable:
    """One locus of a compiled question.

    Parameters
    ----------
    locus : str
        Canonical name.
    log10_lr : ndarray of float64, shape (V,)
        For each observation of the database; 0 for the missing one and for those that carry no evidence.
    null_probability : ndarray of float64, shape (G,)
        Probability of each plain genotype in an unrelated person.
    null_log10_lr : ndarray of float64, shape (G,)
        Its log10 LR; the mean LR is 1.
    """

    locus: str
    log10_lr: Float64
    null_probability: Float64
    null_log10_lr: Float64


def locus_table(query: Query, locus: str, entries: Sequence[str], options: KinshipOptions) -> LocusTable | None:
    """Tabulate one locus; None when no typed person shows a usable observation there."""
    shown = {
        name: observations[locus]
        for name, observations in query.typed.items()
        if is_comparable(observations.get(locus, "~"))
    }
    if not shown:
        return None
    source, errors = options.frequencies[locus], options.errors
    own = {allele for code in shown.values() for allele in observed_alleles(code)}
    result = np.zeros(len(entries))
    table: tuple[Float64, Float64] | None = None
    for extra, numbers in _by_extra_alleles(entries, own, set(source.alleles)).items():
        model = source.model(options.mutation, also=sorted(own | extra))
        expected = subject_probabilities(query, model, shown, options)
        background = background_probabilities(query, model, shown, options)
        ratio, null, null_ratio = _ratios(model, (expected, background), [entries[n] for n in numbers], options)
        logs = errors.mixed(ratio, samples=1 + len(shown))
        result[numbers] = np.where(np.isnan(logs), 0.0, logs)
        if not extra:
            table = null, errors.mixed(null_ratio, samples=1 + len(shown))
    assert table is not None
    return LocusTable(locus, result, *table)


def subject_probabilities(
    query: Query, model: LocusModel, shown: Mapping[str, str], options: KinshipOptions
) -> Float64:
    """Return P(true genotype of the subject | what the typed persons show), shape (G,)."""
    states = {name: observation_states(model, code, options.errors) for name, code in shown.items()}
    if SUBJECT in states:
        own = states.pop(SUBJECT)
        joint = np.zeros(model.genotype_count)
        joint[own.genotypes[0]] = own.weights[0] * model.hwe[own.genotypes[0]]
        # The typed sample may itself have lost an allele, as in `TypingErrors.same_person`.
        if not shown[SUBJECT].endswith("/") and model.first[own.genotypes[0, 0]] == model.second[own.genotypes[0, 0]]:
            carrying = (model.first == model.first[own.genotypes[0, 0]]) ^ (
                model.second == model.first[own.genotypes[0, 0]]
            )
            carrying &= joint == 0.0
            joint[carrying] = options.errors.drop_out / 2 * model.hwe[carrying]
        own_posterior: Float64 = joint / joint.sum()
        return own_posterior
    if options.theta > 0.0:
        joint = _joint_with_theta(query.pedigree, model, states, options)
    else:
        kept = reduced(query.pedigree, states.keys() | {SUBJECT}, options.founders)
        joint = joint_with_genotype(kept, model, states, subject=SUBJECT)[0]
    if not joint.sum() > 0.0:
        raise InputError("the family contradicts itself without mutation", remedy="use a mutation model with a rate")
    normalised: Float64 = joint / joint.sum()
    return normalised


def background_probabilities(
    query: Query, model: LocusModel, shown: Mapping[str, str], options: KinshipOptions
) -> Float64:
    """Return P(true genotype of an unrelated subject), shape (G,); with theta it depends on what is typed."""
    if options.theta == 0.0:
        return model.hwe
    states = {name: observation_states(model, code, options.errors) for name, code in shown.items()}
    if SUBJECT in states:
        states = {"other": states[SUBJECT]}
        apart = Pedigree.of([(SUBJECT, None, None), ("other", None, None)])
    else:
        apart = unrelated(query.pedigree)
    joint = _joint_with_theta(apart, model, states, options)
    normalised: Float64 = joint / joint.sum()
    return normalised


def _joint_with_theta(
    pedigree: Pedigree, model: LocusModel, states: Mapping[str, States], options: KinshipOptions
) -> Float64:
    kept = reduced(pedigree, states.keys() | {SUBJECT}, "explicit")
    return joint_with_theta(kept, model, states, theta=options.theta, subject=SUBJECT)


def _ratios(
    model: LocusModel, hypotheses: tuple[Float64, Float64], entries: Sequence[str], options: KinshipOptions
) -> tuple[Float64, Float64, Float64]:
    """Return the LR of each entry, and probability and LR of each plain genotype of an unrelated subject."""
    (expected, background), errors = hypotheses, options.errors
    usable = [entry if entry else "~" for entry in entries]
    above = observation_probabilities(model, expected, usable, errors)
    below = observation_probabilities(model, background, usable, errors)
    null = errors.observed(model, background)
    return above / below, null, ratio_of(errors.observed(model, expected), null)


def _by_extra_alleles(entries: Sequence[str], own: set[int], known: set[int]) -> dict[frozenset[int], list[int]]:
    """Group observations by the alleles that neither the table nor the question has; always with the plain group."""
    groups: dict[frozenset[int], list[int]] = {frozenset(): []}
    for number, code in enumerate(entries):
        extra = frozenset(observed_alleles(code)) - own - known if is_comparable(code) else frozenset()
        groups.setdefault(frozenset(extra), []).append(number)
    return groups


def has_dependent_meioses(query: Query) -> bool:
    """Tell whether linked loci are dependent for this question."""
    kept = reduced(query.pedigree, query.typed.keys() | {SUBJECT}, "explicit")
    return SUBJECT not in query.typed and linkage_matters(kept, query.typed.keys() - {SUBJECT})
