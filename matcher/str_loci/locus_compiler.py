"""One locus of one gallery: its distinct entries parsed once, and a table of LRs for each probe.

The three questions a table answers, by what the probe and the entry are: same person (two own genotypes), member of
this family (own genotype against typed relatives, either way round), and nothing (two families).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from matcher.str_loci.coancestry import joint_with_theta
from matcher.str_loci.frequencies import LocusFrequencies
from matcher.str_loci.locus_model import LocusModel
from matcher.str_loci.mutation import MutationModel
from matcher.str_loci.patterns import RelativePattern, parse_own, parse_relatives
from matcher.str_loci.pedigree import FounderConvention, Pedigree, reduced
from matcher.str_loci.peeling import States
from matcher.str_loci.relations import unrelated
from matcher.str_loci.relatives import subject_probabilities
from matcher.str_loci.typing_errors import TypingErrors
from matcher.types import Genotype

Float64 = NDArray[np.float64]

LINKED_MARK = "*"
"""Suffix of an entry whose record also holds the linked partner locus."""

KEPT_CELLS = 1 << 25
"""Cells of relatives' tables kept between probes for one locus (256 MB of float64); beyond, they are recomputed."""


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

    def model(self, also: frozenset[int] = frozenset()) -> LocusModel:
        """Build the locus model with further alleles of the case."""
        return self.frequencies.model(self.mutation, also=sorted(also))

    def unknown(self, genotypes: Sequence[Genotype | None]) -> frozenset[int]:
        """Return the alleles that the population table lacks."""
        table = set(self.frequencies.alleles)
        return frozenset(allele for g in genotypes if g for allele in g if allele not in table)

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
        ratio = self.errors.observed(model, self.errors.behind(model, genotype)) / stranger
        return self.errors.mixed(ratio, samples=2), stranger

    def relatives_table(self, model: LocusModel, patterns: Sequence[RelativePattern]) -> Float64:
        """Return the LR of each shown genotype for each pattern, shape (P, G), without typing errors."""
        if self.theta > 0.0:
            return np.stack([self.relatives_ratio(model, pattern)[0] for pattern in patterns])
        expected = self.errors.observed(model, subject_probabilities(model, patterns, founders=self.founders))
        ratio: Float64 = expected / self.errors.observed(model, model.hwe)
        return ratio

    def relatives_ratio(self, model: LocusModel, pattern: RelativePattern) -> tuple[Float64, Float64]:
        """Return the LR of each shown genotype for one pattern, and its probability in a stranger, (G,) each."""
        if self.theta == 0.0:
            return self.relatives_table(model, [pattern])[0], self.errors.observed(model, model.hwe)
        states = {name: States.known(np.array([model.index(g)])) for name, g in pattern.typed.items()}
        expected, background = (
            self.errors.observed(model, self._given_relatives(model, side, states))
            for side in (pattern.pedigree, unrelated(pattern.pedigree, "0"))
        )
        return expected / background, background

    def _given_relatives(self, model: LocusModel, pedigree: Pedigree, states: Mapping[str, States]) -> Float64:
        kept = reduced(pedigree, states.keys() | {"0"}, "explicit")
        return _normalised(joint_with_theta(kept, model, states, theta=self.theta, subject="0"))


def _normalised(joint: Float64) -> Float64:
    result: Float64 = joint / joint.sum()
    return result


@dataclass(frozen=True, slots=True)
class PatternGroup:
    """Relatives' entries of one locus that need the same alleles beyond the population table.

    Parameters
    ----------
    codes : ndarray of intp, shape (P,)
        Codes of the vocabulary.
    patterns : tuple of RelativePattern, length P
        Parsed entries.
    samples : ndarray of int64, shape (P,)
        Genotypes that a comparison involves, the probe's included.
    steps_back : ndarray of bool, shape (P,)
        The record holds the linked partner locus as well, and linkage matters for this pedigree.
    """

    codes: NDArray[np.intp]
    patterns: tuple[RelativePattern, ...]
    samples: NDArray[np.int64]
    steps_back: NDArray[np.bool_]

    @classmethod
    def of(cls, entries: Sequence[tuple[int, RelativePattern, bool]]) -> PatternGroup:
        """Lay out (code, pattern, partner typed) triples."""
        return cls(
            np.array([code for code, _, _ in entries], np.intp),
            tuple(pattern for _, pattern, _ in entries),
            np.array([1 + len(pattern.typed) for _, pattern, _ in entries], np.int64),
            np.array([marked and pattern.linkage_matters for _, pattern, marked in entries], np.bool_),
        )


@dataclass(frozen=True, slots=True)
class LocusCompiler:
    """Entries of one locus, parsed.

    Parameters
    ----------
    rules : LocusRules
        How to evaluate.
    size : int
        Codes of the vocabulary, the missing code included.
    own : mapping of Genotype to int
        Codes of own genotypes.
    groups : mapping of frozenset of int to PatternGroup
        Relatives' entries by the alleles that they need beyond the population table.
    """

    rules: LocusRules
    size: int
    own: Mapping[Genotype, int]
    groups: Mapping[frozenset[int], PatternGroup]
    _kept: dict[frozenset[int], Float64] = field(default_factory=dict, repr=False)

    @classmethod
    def of(cls, rules: LocusRules, values: Sequence[str]) -> LocusCompiler:
        """Parse the distinct entries of a gallery."""
        own: dict[Genotype, int] = {}
        entries: dict[frozenset[int], list[tuple[int, RelativePattern, bool]]] = {}
        for code, value in enumerate(values[1:], 1):
            genotype = parse_own(value)
            if genotype is not None:
                own[genotype] = code
                continue
            pattern = parse_relatives(value.removesuffix(LINKED_MARK))
            entry = (code, pattern, value.endswith(LINKED_MARK))
            entries.setdefault(rules.unknown(pattern.genotypes), []).append(entry)
        groups = {extra: PatternGroup.of(group) for extra, group in entries.items()}
        return cls(rules, len(values), own, groups)

    def table_for_profile(self, probe: Genotype, *, partner_typed: bool) -> Float64:
        """Return log10 LR per code for a probe with its own genotype.

        Parameters
        ----------
        probe : Genotype
            Of the probe's person.
        partner_typed : bool
            The probe is typed at the linked partner locus too; then relatives who are typed at both say nothing here.
        """
        table = np.zeros(self.size)
        added = self.rules.unknown([probe])
        model = self.rules.model(added)
        same, _ = self.rules.own_logs(model, model.index(probe))
        self._fill_own(table, model, same, probe)
        for extra, group in self.groups.items():
            wider = self.rules.model(extra | added)
            ratios = self._group_tables(wider, extra | added, group, keep=added <= extra)[:, wider.index(probe)]
            logs = self.rules.errors.mixed(ratios, samples=group.samples)
            table[group.codes] = np.where(group.steps_back & partner_typed, 0.0, logs)
        return table

    def table_for_relatives(self, probe: RelativePattern) -> Float64:
        """Return log10 LR per code for a probe that is a family; entries that are families get 0."""
        table = np.zeros(self.size)
        model, logs, _ = self.family_logs(probe)
        self._fill_own(table, model, logs, None, probe)
        return table

    def family_logs(self, probe: RelativePattern) -> tuple[LocusModel, Float64, Float64]:
        """Return the model, log10 LR of every genotype as the family's member, and its probability in a stranger."""
        model = self.rules.model(self.rules.unknown(probe.genotypes))
        ratios, stranger = self.rules.relatives_ratio(model, probe)
        return model, self.rules.errors.mixed(ratios, samples=1 + len(probe.typed)), stranger

    def _fill_own(
        self,
        table: Float64,
        model: LocusModel,
        logs: Float64,
        genotype: Genotype | None,
        family: RelativePattern | None = None,
    ) -> None:
        known = set(model.alleles)
        inside = [(entry, code) for entry, code in self.own.items() if known.issuperset(entry)]
        position = {allele: number for number, allele in enumerate(model.alleles)}
        low = np.array([position[entry[0]] for entry, _ in inside], np.intp)
        high = np.array([position[entry[1]] for entry, _ in inside], np.intp)
        table[[code for _, code in inside]] = logs[model.pair_index(low, high)]
        for entry, code in self.own.items():
            if known.issuperset(entry):
                continue
            if genotype is not None:
                table[code] = self.rules.own_against_own(genotype, entry)
            elif family is not None:
                wider = self.rules.model(self.rules.unknown([*family.genotypes, entry]))
                ratio = self.rules.relatives_table(wider, [family])[0, wider.index(entry)]
                table[code] = self.rules.errors.mixed(np.array(ratio), samples=1 + len(family.typed))

    def _group_tables(self, model: LocusModel, extra: frozenset[int], group: PatternGroup, *, keep: bool) -> Float64:
        """Return relatives' tables, kept for the next probe where the probe itself brings no new allele."""
        if keep and extra in self._kept:
            return self._kept[extra]
        tables = self.rules.relatives_table(model, group.patterns)
        if keep and tables.size <= KEPT_CELLS:
            self._kept[extra] = tables
        return tables
