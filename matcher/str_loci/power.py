"""What a family's samples can achieve against a database, and whom to sample next.

Against N records an LR clears the threshold N / alpha when fewer than alpha strangers are expected to reach it. The
probability that the true person does is exact for the relatives at hand: the distribution of his LR is the tilted
distribution of the null. For a relative who is not yet sampled, genotypes are drawn given the family.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from matcher.errors import InputError
from matcher.str_loci.compare import KinshipOptions
from matcher.str_loci.compiled import compile_query
from matcher.str_loci.locus_model import LocusModel
from matcher.str_loci.mutation import NO_MUTATION
from matcher.str_loci.null_distribution import related_above, related_median
from matcher.str_loci.observations import observation_code, observation_states, observed_alleles
from matcher.str_loci.pedigree import NOBODY, Pedigree, reduced
from matcher.str_loci.peeling import States, joint_with_genotype
from matcher.str_loci.query import LocusTable, Query, subject_probabilities
from matcher.types import SUBJECT

NEW_SIBLING = "further full sibling"

_BATCH_CELLS = 1 << 20
"""Cells of a batch times genotypes, 8 MB of float64."""


@dataclass(frozen=True, slots=True)
class Power:
    """What a set of relatives achieves.

    Parameters
    ----------
    relatives : tuple of str
        Persons sampled.
    threshold : float
        log10 of N / alpha.
    reach : float
        Probability that the true person's LR clears it.
    median : float
        Median log10 LR of the true person.
    """

    relatives: tuple[str, ...]
    threshold: float
    reach: float
    median: float


def threshold(records: int, alpha: float) -> float:
    """Return the log10 LR at which alpha strangers at most are expected among N records.

    >>> threshold(1_000_000, 0.1)
    7.0
    """
    if records < 1 or not alpha > 0.0:
        raise InputError(f"records {records}, alpha {alpha}", remedy="give at least one record and a positive alpha")
    return math.log10(records / alpha)


def family_power(query: Query, loci: Sequence[str], options: KinshipOptions, *, at: float) -> Power:
    """Return what the relatives at hand achieve with a kit, exactly.

    Parameters
    ----------
    query : Query
        The family.
    loci : sequence of str
        Loci that the missing person will be typed at; those the family lacks do not count.
    options : KinshipOptions
        Parameters.
    at : float
        log10 LR to clear.
    """
    tables = _tables(query, loci, options)
    return Power(tuple(sorted(query.typed)), at, related_above(tables, at), related_median(tables))


def exclusion_probability(query: Query, loci: Sequence[str], options: KinshipOptions) -> dict[str, float]:
    """Return, locus by locus, how often a stranger is incompatible with the family when nothing mutates.

    Over all loci a stranger is excluded with probability 1 - prod(1 - p). With mutation nobody is ever excluded; the
    figure shows how selective a set of relatives is in the terms of laboratory reports.
    """
    strict = replace(options, mutation=NO_MUTATION)
    found = {}
    for locus in loci:
        shown = {person: codes[locus] for person, codes in query.typed.items() if locus in codes}
        if not shown or locus not in options.frequencies:
            continue
        also = sorted({allele for code in shown.values() for allele in observed_alleles(code)})
        model = options.frequencies[locus].model(NO_MUTATION, also=also)
        compatible = subject_probabilities(query, model, shown, strict) > 0.0
        found[locus] = float(model.hwe[~compatible].sum())
    return found


def expected_exclusion(model: LocusModel, pedigree: Pedigree, typed: Sequence[str], *, subject: str) -> float:
    """Return how often a stranger who claims to be the subject is incompatible, over all genotypes of the typed.

    Parameters
    ----------
    model : LocusModel
        The locus, without mutation.
    pedigree : Pedigree
        The claim.
    typed : sequence of str
        Founders of the pedigree who are typed.
    subject : str
        Whom the stranger claims to be.
    """
    count = model.genotype_count
    combinations = count ** len(typed)
    total = 0.0
    for low in range(0, combinations, step := max(1, _BATCH_CELLS // count)):
        rows = np.unravel_index(np.arange(low, min(low + step, combinations)), [count] * len(typed))
        weights = np.prod([model.hwe[row] for row in rows], axis=0)
        states = {name: States.known(row) for name, row in zip(typed, rows, strict=True)}
        possible = joint_with_genotype(pedigree, model, states, subject=subject) > 0.0
        total += float(weights @ np.where(possible, 0.0, model.hwe).sum(axis=1))
    return total


def next_relatives(
    query: Query, loci: Sequence[str], options: KinshipOptions, *, at: float, rng: np.random.Generator, draws: int = 8
) -> list[Power]:
    """Rank the untyped members of a family, and one more full sibling, by what their sample would add.

    Parameters
    ----------
    query, loci, options, at
        As for `family_power`.
    rng : numpy.random.Generator
        Draws the genotypes of a relative who is not yet sampled.
    draws : int
        Drawn samples a candidate; `reach` and `median` are means over them.

    Returns
    -------
    list of Power
        Best first; the last of `relatives` is the candidate.
    """
    ranked = []
    for name, pedigree in _candidates(query):
        reached, medians = [], []
        for _ in range(draws):
            drawn = _draw(Query(pedigree, query.typed), name, loci, options, rng)
            wider = Query(pedigree, {**query.typed, name: drawn})
            power = family_power(wider, loci, options, at=at)
            reached.append(power.reach)
            medians.append(power.median)
        ranked.append(Power((*sorted(query.typed), name), at, float(np.mean(reached)), float(np.mean(medians))))
    return sorted(ranked, key=lambda power: (-power.reach, -power.median, power.relatives[-1]))


def _tables(query: Query, loci: Sequence[str], options: KinshipOptions) -> Sequence[LocusTable]:
    """Tabulate every locus of a kit, linked loci together."""
    tables = compile_query(query, loci, [[""]] * len(loci), options).independent()
    if not tables:
        raise InputError("the family has no typed locus of this kit", remedy="check the loci")
    return tables


def _candidates(query: Query) -> list[tuple[str, Pedigree]]:
    pedigree = query.pedigree
    untyped = [name for name in pedigree.names if name not in query.typed and name != SUBJECT]
    candidates = [(name, pedigree) for name in untyped]
    person = pedigree.names.index(SUBJECT)
    if pedigree.fathers[person] != NOBODY and pedigree.mothers[person] != NOBODY:
        wider = Pedigree(
            (*pedigree.names, NEW_SIBLING),
            (*pedigree.fathers, pedigree.fathers[person]),
            (*pedigree.mothers, pedigree.mothers[person]),
        )
        candidates.append((NEW_SIBLING, wider))
    return candidates


def _draw(
    query: Query, name: str, loci: Sequence[str], options: KinshipOptions, rng: np.random.Generator
) -> Mapping[str, str]:
    """Draw the profile of an untyped relative given the typed ones."""
    drawn = {}
    for locus in loci:
        if locus not in options.frequencies:
            continue
        shown = {person: codes[locus] for person, codes in query.typed.items() if locus in codes}
        model = options.frequencies[locus].model(
            options.mutation,
            also=sorted({allele for code in shown.values() for allele in observed_alleles(code)}),
        )
        states = {person: observation_states(model, code, options.errors) for person, code in shown.items()}
        kept = reduced(query.pedigree, states.keys() | {name}, "explicit")
        joint = joint_with_genotype(kept, model, states, subject=name)[0]
        genotype = model.genotypes()[int(rng.choice(len(joint), p=joint / joint.sum()))]
        drawn[locus] = observation_code(genotype)
    return drawn
