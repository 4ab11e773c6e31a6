"""One locus of one gallery: its distinct entries, and a table of LRs for each probe.

The questions a table answers, by what the probe and the entry are: same person or near kin (two own genotypes), member
of this family or near kin of one (own genotype against typed relatives, either way round), and nothing (two families).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

import numpy as np
from numpy.typing import NDArray

from matcher.str_loci.coancestry import joint_with_theta
from matcher.str_loci.entries import Entries, Kindred
from matcher.str_loci.frequencies import LocusFrequencies
from matcher.str_loci.hypotheses import alternatives, apart
from matcher.str_loci.locus_model import LocusModel
from matcher.str_loci.mutation import MutationModel
from matcher.str_loci.patterns import RelativePattern, own_pattern
from matcher.str_loci.pedigree import FounderConvention, Pedigree, reduced
from matcher.str_loci.peeling import States, typed_states
from matcher.str_loci.relatives import subject_probabilities, typed_probabilities
from matcher.str_loci.typing_errors import TypingErrors, ratio_of
from matcher.types import Genotype, Hypothesis

Float64 = NDArray[np.float64]

KEPT_CELLS = 1 << 25
"""Cells of relatives' tables kept between probes for one locus (256 MB of float64); beyond, they are recomputed."""

KEPT_PROBES = 1024
"""Tables of probes kept for one locus, 2 kB each: the genotypes of many probes repeat. Each is computed by itself: the
last digit of one computed among others depends on the others."""


@dataclass(frozen=True, slots=True)
class LocusRules:
    """How one locus is evaluated.

    Parameters
    ----------
    frequencies : LocusFrequencies
        Population table.
    mutation : MutationModel
        For transmissions.
    errors : TypingErrors
        For genotypes.
    founders : FounderConvention
        For untyped founders; with theta they are explicit.
    theta : float
        Coancestry of the population; above 0 every distinct pattern is tabulated on its own.
    """

    frequencies: LocusFrequencies
    mutation: MutationModel
    errors: TypingErrors
    founders: FounderConvention
    theta: float = 0.0
    _known: dict[tuple[RelativePattern, Hypothesis], Float64] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )
    _listed: NDArray[np.bool_] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Mark the alleles of the table; the place behind the largest stands for all beyond it."""
        alleles = np.array([allele for allele in self.frequencies.alleles if allele >= 0])
        listed = np.zeros(int(alleles.max(initial=0)) + 2, np.bool_)
        listed[alleles] = True
        object.__setattr__(self, "_listed", listed)

    def model(self, also: frozenset[int] = frozenset()) -> LocusModel:
        """Build the locus model with further alleles of the case."""
        return self.frequencies.model(self.mutation, also=sorted(also))

    def unknown(self, genotypes: Sequence[Genotype | None]) -> frozenset[int]:
        """Return the alleles that the population table lacks."""
        table = set(self.frequencies.alleles)
        return frozenset(allele for g in genotypes if g for allele in g if allele not in table)

    def covers(self, genotypes: NDArray[np.integer]) -> NDArray[np.bool_]:
        """Tell of each genotype, shape (..., 2), whether the population table has both alleles, shape (...)."""
        known: NDArray[np.bool_] = self._listed[np.minimum(genotypes, self._listed.size - 1)]
        return known[..., 0] & known[..., 1]

    def own_against_own(self, probe: Genotype, entry: Genotype) -> float:
        """Compare two genotypes of perhaps one person when the entry has an allele outside the model; log10 LR."""
        model = self.model(self.unknown([probe, entry]))
        return float(self.own_logs(model, model.index(probe))[0][model.index(entry)])

    def own_logs(self, model: LocusModel, genotype: int) -> tuple[Float64, Float64]:
        """Return log10 LR of every shown genotype as one person's, and its probability in a stranger, (G,) each."""
        background = model.hwe
        if self.theta > 0.0:
            pair = Pedigree.of([("0", None, None), ("other", None, None)])
            states = {"other": States.known(np.array([genotype]))}
            background = _normalised(joint_with_theta(pair, model, states, theta=self.theta, subject="0"))
        stranger = self.errors.observed(model, background)
        ratio = ratio_of(self.errors.observed(model, self.errors.behind(model, genotype)), stranger)
        return self.errors.mixed(ratio, samples=2), stranger

    def hypothesis_table(
        self, model: LocusModel, patterns: Sequence[RelativePattern], hypothesis: Hypothesis
    ) -> Float64:
        """Return the LR of each shown genotype under a hypothesis about each pattern's subject, shape (P, G)."""
        expanded = [
            (row, weight, one)
            for row, pattern in enumerate(patterns)
            for weight, one in alternatives(pattern, hypothesis)
        ]
        expected = self._given(model, [one for _, _, one in expanded])
        if len(expanded) > len(patterns):
            rows, weights = [row for row, _, _ in expanded], np.array([[weight] for _, weight, _ in expanded])
            mean = np.zeros((len(patterns), model.genotype_count))
            np.add.at(mean, rows, expected * weights)
            expected = mean
        return ratio_of(expected, self.strangers(model, patterns, hypothesis))

    def kindred_table(self, model: LocusModel, kindreds: Sequence[Kindred], hypothesis: Hypothesis) -> Float64:
        """Return `hypothesis_table` of the entries of some shapes, shape (P, G); those of one shape together."""
        if self.theta > 0.0:
            each = [pattern for kindred in kindreds for pattern in kindred.each(kindred.patterns[0])]
            return self.hypothesis_table(model, each, hypothesis)
        expected = np.zeros((sum(kindred.codes.size for kindred in kindreds), model.genotype_count))
        high = 0
        for kindred in kindreds:
            low, high = high, high + kindred.codes.size
            for weight, pattern in alternatives(kindred.patterns[0], hypothesis):
                typed = kindred.typings(pattern)
                found = typed_probabilities(model, pattern.pedigree, typed, founders=self.founders)
                expected[low:high] += weight * found
        return ratio_of(self.errors.observed(model, expected), self.errors.observed(model, model.hwe[None, :]))

    def table_of_probe(self, model: LocusModel, probe: RelativePattern, hypothesis: Hypothesis) -> Float64:
        """Return `hypothesis_table` of one pattern in the model that it needs, shape (G,); kept for other galleries."""
        key = probe, hypothesis
        found = self._known.get(key)
        if found is None:
            if len(self._known) >= KEPT_PROBES:
                self._known.clear()
            found = self._known[key] = self.hypothesis_table(model, [probe], hypothesis)[0]
        return found

    def strangers(self, model: LocusModel, patterns: Sequence[RelativePattern], hypothesis: Hypothesis) -> Float64:
        """Return the probability of each shown genotype in a person unrelated to each pattern, shape (P or 1, G)."""
        if self.theta == 0.0:
            return self.errors.observed(model, model.hwe[None, :])
        return self._given(model, [apart(pattern, hypothesis) for pattern in patterns])

    def _given(self, model: LocusModel, patterns: Sequence[RelativePattern]) -> Float64:
        """Return the probability of each shown genotype of person "0" given each pattern's typed persons."""
        if self.theta == 0.0:
            return self.errors.observed(model, subject_probabilities(model, patterns, founders=self.founders))
        return self.errors.observed(model, np.stack([self._given_with_theta(model, pattern) for pattern in patterns]))

    def _given_with_theta(self, model: LocusModel, pattern: RelativePattern) -> Float64:
        states = {name: typed_states(model, [genotype]) for name, genotype in pattern.typed.items()}
        kept = reduced(pattern.pedigree, states.keys() | {"0"}, "explicit")
        return _normalised(joint_with_theta(kept, model, states, theta=self.theta, subject="0"))


def _normalised(joint: Float64) -> Float64:
    result: Float64 = joint / joint.sum()
    return result


@dataclass(frozen=True, slots=True)
class KinGroup:
    """Relatives' entries of one locus that need the same alleles beyond the population table.

    Parameters
    ----------
    kindreds : tuple of Kindred
        Entries by shape.
    codes : ndarray of intp, shape (P,)
        Codes of the vocabulary, shape after shape.
    samples : ndarray of int64, shape (P,)
        Genotypes that a comparison involves, the probe's included.
    """

    kindreds: tuple[Kindred, ...]
    codes: NDArray[np.intp]
    samples: NDArray[np.int64]

    @classmethod
    def of(cls, kindreds: Sequence[Kindred]) -> KinGroup:
        """Lay out entries."""
        codes = np.concatenate([kindred.codes for kindred in kindreds]).astype(np.intp)
        samples = [np.full(kindred.codes.size, 1 + kindred.shown.shape[1]) for kindred in kindreds]
        return cls(tuple(kindreds), codes, np.concatenate(samples))


@dataclass(frozen=True, slots=True)
class LocusCompiler:
    """Entries of one locus.

    Parameters
    ----------
    rules : LocusRules
        How to evaluate.
    entries : Entries
        Entries of the vocabulary.
    groups : mapping of frozenset of int to KinGroup
        Relatives' entries by the alleles that they need beyond the population table.
    """

    rules: LocusRules
    entries: Entries
    groups: Mapping[frozenset[int], KinGroup]
    _kept: dict[tuple[Hypothesis, frozenset[int]], Float64] = field(default_factory=dict, repr=False)

    @classmethod
    def of(cls, rules: LocusRules, entries: Entries) -> LocusCompiler:
        """Take the entries of a gallery."""
        groups: dict[frozenset[int], list[Kindred]] = {}
        for kindred in entries.kindreds:
            known: NDArray[np.bool_] = np.logical_and.reduce(rules.covers(kindred.shown), axis=1)
            if known.all():
                groups.setdefault(frozenset(), []).append(kindred)
                continue
            extras: dict[frozenset[int], NDArray[np.bool_]] = {frozenset(): known} if known.any() else {}
            for row in np.flatnonzero(~known).tolist():
                extra = rules.unknown([(int(low), int(high)) for low, high in kindred.shown[row]])
                extras.setdefault(extra, np.zeros(known.size, np.bool_))[row] = True
            for extra, rows in extras.items():
                groups.setdefault(extra, []).append(kindred.at(rows))
        return cls(rules, entries, {extra: KinGroup.of(kindreds) for extra, kindreds in groups.items()})

    def table_for_profile(self, probe: Genotype, hypothesis: Hypothesis = "self") -> Float64:
        """Return log10 LR per code for a probe with its own genotype, who may be this to the records' subjects."""
        if hypothesis == "self":
            table = np.zeros(self.entries.size)
            model = self.rules.model(self.rules.unknown([probe]))
            same, _ = self.rules.own_logs(model, model.index(probe))
            self._fill_own(table, model, same, partial(self.rules.own_against_own, probe))
        else:
            table = self.table_for_relatives(own_pattern(probe), hypothesis)
        added = self.rules.unknown([probe])
        for extra, group in self.groups.items():
            wider = self.rules.model(extra | added)
            ratios = self._group_ratios(wider, extra | added, group, hypothesis, keep=added <= extra)
            table[group.codes] = self.rules.errors.mixed(ratios[wider.index(probe)], samples=group.samples)
        return table

    def table_for_relatives(self, probe: RelativePattern, hypothesis: Hypothesis = "self") -> Float64:
        """Return log10 LR per code for a probe that is a family; entries that are families get 0."""
        table = np.zeros(self.entries.size)
        model, logs, _ = self.family_logs(probe, hypothesis)
        self._fill_own(table, model, logs, partial(self._unseen, probe, hypothesis))
        return table

    def family_logs(
        self, probe: RelativePattern, hypothesis: Hypothesis = "self"
    ) -> tuple[LocusModel, Float64, Float64]:
        """Return the model, log10 LR of every genotype as the family's member, and its probability in a stranger."""
        model = self.rules.model(self.rules.unknown(probe.genotypes))
        ratios = self.rules.table_of_probe(model, probe, hypothesis)
        logs = self.rules.errors.mixed(ratios, samples=1 + len(probe.typed))
        return model, logs, self.rules.strangers(model, [probe], hypothesis)[0]

    def _fill_own(self, table: Float64, model: LocusModel, logs: Float64, unseen: Callable[[Genotype], float]) -> None:
        codes, genotypes = self.entries.own_codes, self.entries.own[:, 0]
        inside = np.isin(genotypes, np.asarray(model.alleles)).all(axis=1)
        table[codes[inside]] = logs[model.indices(genotypes[inside])]
        for code, (low, high) in zip(codes[~inside].tolist(), genotypes[~inside].tolist(), strict=True):
            table[code] = unseen((low, high))

    def _unseen(self, probe: RelativePattern, hypothesis: Hypothesis, entry: Genotype) -> float:
        """Compare a family with a genotype that holds an allele outside the model."""
        wider = self.rules.model(self.rules.unknown([*probe.genotypes, entry]))
        ratio = self.rules.hypothesis_table(wider, [probe], hypothesis)[0, wider.index(entry)]
        return float(self.rules.errors.mixed(np.array(ratio), samples=1 + len(probe.typed)))

    def _group_ratios(
        self, model: LocusModel, extra: frozenset[int], group: KinGroup, hypothesis: Hypothesis, *, keep: bool
    ) -> Float64:
        """Return the LR of each genotype with each entry, (G, P), kept where the probe brings no new allele."""
        key = hypothesis, extra
        if keep and key in self._kept:
            return self._kept[key]
        ratios = np.ascontiguousarray(self.rules.kindred_table(model, group.kindreds, hypothesis).T)
        if keep and ratios.size <= KEPT_CELLS:
            self._kept[key] = ratios
        return ratios
