"""Two linked loci of one question: the joint table over both, written as a correction of the sum of the single ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matcher.errors import LimitError
from matcher.str_loci.compare import KinshipOptions
from matcher.str_loci.linkage import LinkedTable, linked_table
from matcher.str_loci.linked_ratio import LinkedQuestion
from matcher.str_loci.locus_model import LocusModel
from matcher.str_loci.observations import (
    is_comparable,
    observation_probabilities,
    observation_states,
    observed_alleles,
)
from matcher.str_loci.pedigree import FounderConvention, Pedigree, reduced
from matcher.str_loci.peeling import States
from matcher.str_loci.query import LocusTable, Query
from matcher.str_loci.relations import unrelated
from matcher.types import SUBJECT

Float64 = NDArray[np.float64]

_Entries = tuple[Sequence[str], Sequence[str]]
_Models = tuple[LocusModel, LocusModel]


@dataclass(frozen=True, slots=True)
class LinkedCorrection:
    """What two linked loci say together beyond the sum of what each says alone.

    Parameters
    ----------
    loci : pair of str
        The loci.
    log10_lr : ndarray of float64, shape (V1, V2)
        To add to the two single tables, for each pair of observations of the database; 0 where one is missing.
    null_probability, null_log10_lr : ndarray of float64, shape (G1 * G2,)
        Of an unrelated person's two genotypes, and the LR of both loci together; the mean LR is 1.
    """

    loci: tuple[str, str]
    log10_lr: Float64
    null_probability: Float64
    null_log10_lr: Float64

    @property
    def name(self) -> str:
        """Name the pair as the part of an LR."""
        return "+".join(self.loci)


def linked_correction(
    query: Query, tables: tuple[LocusTable, LocusTable], entries: _Entries, options: KinshipOptions
) -> LinkedCorrection:
    """Tabulate both loci together and take off what the single tables say.

    Where the pedigree is too large for the joint likelihood only the second, more variable locus counts. A pair with
    an allele that neither table nor question has counts as independent.
    """
    loci = tables[0].locus, tables[1].locus
    models, errors = _models(query, loci, options), options.errors
    first, second = (_states(query, locus, model, options) for locus, model in zip(loci, models, strict=True))
    try:
        related = _table(query.pedigree, models, (first, second), options)
        strangers = _table(unrelated(query.pedigree), models, (first, second), options) if options.theta > 0.0 else None
    except LimitError:
        return _second_only(tables)
    question = LinkedQuestion(models, ((1.0, related),), strangers)
    usable = [_inside(model, codes) for model, codes in zip(models, entries, strict=True)]
    known = [np.where(fits, codes, "~").tolist() for fits, codes in zip(usable, entries, strict=True)]
    samples = 1 + len(first), 1 + len(second)
    found = question.ratio(lambda n, genotypes: observation_probabilities(models[n], genotypes, known[n], errors))
    logs = errors.mixed_pair(found.joint, found.single, samples=samples)
    correction = logs - tables[0].log10_lr[:, None] - tables[1].log10_lr[None, :]
    both = usable[0][:, None] & usable[1][None, :]
    null = question.ratio(lambda n, genotypes: errors.observed(models[n], genotypes))
    null_logs = errors.mixed_pair(null.joint, null.single, samples=samples)
    return LinkedCorrection(loci, np.where(both, correction, 0.0), null.background.ravel(), null_logs.ravel())


def _table(
    pedigree: Pedigree,
    models: _Models,
    states: tuple[Mapping[str, States], Mapping[str, States]],
    options: KinshipOptions,
) -> LinkedTable:
    convention: FounderConvention = "explicit" if options.theta > 0.0 else options.founders
    kept = reduced(pedigree, states[0].keys() | states[1].keys() | {SUBJECT}, convention)
    return linked_table(kept, models, states, subject=SUBJECT, theta=options.theta)


def _states(query: Query, locus: str, model: LocusModel, options: KinshipOptions) -> dict[str, States]:
    return {
        name: observation_states(model, codes[locus], options.errors)
        for name, codes in query.typed.items()
        if is_comparable(codes.get(locus, "~"))
    }


def _second_only(tables: tuple[LocusTable, LocusTable]) -> LinkedCorrection:
    first, second = tables
    typed = np.arange(len(second.log10_lr)) > 0
    correction = np.where(typed, -first.log10_lr[:, None], 0.0)
    return LinkedCorrection((first.locus, second.locus), correction, second.null_probability, second.null_log10_lr)


def _models(query: Query, loci: tuple[str, str], options: KinshipOptions) -> _Models:
    first, second = (
        options.frequencies[locus].model(
            options.mutation,
            also=sorted({a for codes in query.typed.values() for a in observed_alleles(codes.get(locus, "~"))}),
        )
        for locus in loci
    )
    return first, second


def _inside(model: LocusModel, codes: Sequence[str]) -> NDArray[np.bool_]:
    known = set(model.alleles)
    return np.array([is_comparable(code) and known.issuperset(observed_alleles(code)) for code in codes])
