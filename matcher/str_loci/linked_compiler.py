"""Two linked loci of one gallery as one joint code: what they say together beyond the sum of what each says alone.

An entry is `own1|own2`, or `relatives1|relatives2|both` with the pedigree of those typed at either locus; a record has
one where both loci are shown by the same side. The table holds corrections, so that the three columns add up to the
joint LR; it is 0 where the loci are independent for the question asked.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from matcher.errors import LimitError
from matcher.str_loci.entries import Entries, Kindred
from matcher.str_loci.hypotheses import alternatives
from matcher.str_loci.linkage import linkage_matters
from matcher.str_loci.linked_families import FamilyShape, Patterns, VectorTables
from matcher.str_loci.locus_compiler import LocusRules
from matcher.str_loci.patterns import SEPARATOR, linked_entry, own_pattern, parse_linked
from matcher.str_loci.pedigree import reduced
from matcher.types import Genotype, Hypothesis, PedigreeMember

Float64 = NDArray[np.float64]
Genotypes = tuple[Genotype, Genotype]
Singles = tuple[Float64, Float64]


def linked_own_entry(first: str, second: str) -> str:
    """Write the joint entry of a subject who is typed at both loci."""
    return f"{first}{SEPARATOR}{second}"


def linked_family_entry(members: Sequence[PedigreeMember], loci: tuple[str, str], singles: tuple[str, str]) -> str:
    """Write the joint entry of a family; empty where the loci are independent for the subject and for its siblings.

    Parameters
    ----------
    members : sequence of PedigreeMember
        The pedigree around the subject.
    loci : pair of str
        The linked loci.
    singles : pair of str
        Entries of the two single columns.
    """
    both = linked_entry(members, loci) if all(singles) else ""
    if not both or not any(dependent(parse_linked(both), kind) for kind in ("self", "sibling")):
        return ""
    return SEPARATOR.join((*singles, both))


def dependent(patterns: Patterns, hypothesis: Hypothesis) -> bool:
    """Tell whether the two loci are dependent for a question about the subject of these patterns."""
    first, second = (alternatives(pattern, hypothesis) for pattern in patterns)
    for (_, one), (_, other) in zip(first, second, strict=True):
        typed = one.typed.keys() | other.typed.keys()
        if linkage_matters(reduced(one.pedigree, typed | {"0"}, "explicit"), typed):
            return True
    return False


@dataclass(frozen=True, slots=True)
class LinkedCompiler:
    """Joint entries of one gallery, parsed.

    Parameters
    ----------
    tables : VectorTables
        Models and rules of the two loci, with the tables computed so far.
    size : int
        Codes of the vocabulary, the missing code included.
    own : ndarray of intp, shape (M, 3)
        Code and the two genotype numbers of subjects' own joint entries.
    kindreds : tuple of Kindred
        Relatives' joint entries without alleles outside the tables.
    singles : ndarray of intp, shape (size, 2)
        Codes of the same evidence in the single columns.
    """

    tables: VectorTables
    size: int
    own: NDArray[np.intp] = field(repr=False)
    kindreds: tuple[Kindred, ...] = field(repr=False)
    singles: NDArray[np.intp] = field(repr=False)
    _shapes: dict[Hypothesis, _Families] = field(default_factory=dict, repr=False)

    @classmethod
    def of(cls, rules: tuple[LocusRules, LocusRules], entries: Entries, singles: NDArray[np.integer]) -> LinkedCompiler:
        """Take the joint entries of a gallery, given the codes of each in the two single columns."""
        tables = VectorTables(rules, (rules[0].model(), rules[1].model()))
        within = np.stack([rule.covers(entries.own[:, n]) for n, rule in enumerate(rules)], axis=1).all(axis=1)
        numbers = (model.indices(entries.own[within, n]) for n, model in enumerate(tables.models))
        own = np.stack([entries.own_codes[within].astype(np.intp), *numbers], axis=1)
        kindreds = (kindred.at(_covered(rules, kindred)) for kindred in entries.kindreds)
        kept = tuple(kindred for kindred in kindreds if kindred.codes.size)
        return cls(tables, entries.size, own, kept, singles.astype(np.intp))

    def table_for_profile(self, probe: Genotypes, hypothesis: Hypothesis, singles: Singles) -> Float64:
        """Return the corrections per code for a probe with its own genotypes, given the two single tables."""
        rules = self.tables.rules
        table = np.zeros(self.size)
        if any(rule.unknown([genotype]) for rule, genotype in zip(rules, probe, strict=True)):
            return table
        if hypothesis != "self":
            table = self.table_for_relatives((own_pattern(probe[0]), own_pattern(probe[1])), hypothesis, singles)
        families = self._families_of(hypothesis)
        if families.shapes:
            logs = self._family_logs(families, probe)
            table[families.codes] = logs - self._sum_of_singles(families.codes, singles)
        return table

    def _family_logs(self, families: _Families, probe: Genotypes) -> Float64:
        """Return the joint log10 LR of a probe with each family."""
        tables, errors = self.tables, self.tables.rules[0].errors
        first, second = (model.index(genotype) for model, genotype in zip(tables.models, probe, strict=True))
        p, q = (shown[g] for shown, g in zip(families.strangers, (first, second), strict=True))
        parts = [shape.seen((first, second), (float(p), float(q))) for shape in families.shapes]
        whole, one, other = (np.concatenate(part) for part in zip(*parts, strict=True))
        return errors.mixed_pairs(whole, (one, other), samples=families.samples)

    def table_for_relatives(self, probe: Patterns, hypothesis: Hypothesis, singles: Singles) -> Float64:
        """Return the corrections per code for a probe that is a family; entries that are families get 0."""
        table = np.zeros(self.size)
        found = self.family_logs(probe, hypothesis) if len(self.own) else None
        if found is not None:
            codes, first, second = self.own.T
            table[codes] = found[0][first, second] - self._sum_of_singles(codes, singles)
        return table

    def family_logs(self, probe: Patterns, hypothesis: Hypothesis) -> tuple[Float64, Float64] | None:
        """Return log10 LR of every two genotypes together and their probability in a stranger, (G1, G2) each.

        None where the loci count as independent: they are, the pedigree is too large, or an allele is not in a table.
        """
        tables = self.tables
        unknown = [rule.unknown(pattern.genotypes) for rule, pattern in zip(tables.rules, probe, strict=True)]
        if any(unknown) or not dependent(probe, hypothesis):
            return None
        try:
            question = tables.question(probe, hypothesis)
        except LimitError:
            return None
        errors = tables.rules[0].errors
        ratio = question.ratio(lambda number, genotypes: errors.observed(tables.models[number], genotypes))
        samples = 1 + len(probe[0].typed), 1 + len(probe[1].typed)
        return errors.mixed_pair(ratio.joint, ratio.single, samples=samples), ratio.background

    def _families_of(self, hypothesis: Hypothesis) -> _Families:
        """Tabulate the families once, those of one shape together."""
        if hypothesis not in self._shapes:
            found = [
                shape
                for kindred in self.kindreds
                if dependent((kindred.patterns[0], kindred.patterns[1]), hypothesis)
                and (shape := FamilyShape.of(self.tables, kindred, hypothesis)) is not None
            ]
            self._shapes[hypothesis] = _Families.of(found, self.tables)
        return self._shapes[hypothesis]

    def _sum_of_singles(self, codes: NDArray[np.intp], singles: Singles) -> Float64:
        total: Float64 = singles[0][self.singles[codes, 0]] + singles[1][self.singles[codes, 1]]
        return total


@dataclass(frozen=True, slots=True)
class _Families:
    """Families of all shapes: their codes end to end, genotypes involved at each locus, and what strangers show."""

    shapes: tuple[FamilyShape, ...]
    codes: NDArray[np.intp]
    samples: tuple[NDArray[np.int64], NDArray[np.int64]]
    strangers: tuple[Float64, Float64]

    @classmethod
    def of(cls, shapes: Sequence[FamilyShape], tables: VectorTables) -> _Families:
        counts = [shape.codes.size for shape in shapes]
        codes = np.concatenate([np.zeros(0, np.intp), *(shape.codes for shape in shapes)])
        first, second = (np.repeat([shape.samples[n] for shape in shapes], counts) for n in (0, 1))
        one, other = (rules.errors.observed(m, m.hwe) for rules, m in zip(tables.rules, tables.models, strict=True))
        return cls(tuple(shapes), codes, (first, second), (one, other))


def _covered(rules: tuple[LocusRules, LocusRules], kindred: Kindred) -> NDArray[np.bool_]:
    """Tell of each entry whether the tables have all its alleles."""
    typings = (kindred.typings(pattern) for pattern in kindred.patterns)
    known = [rule.covers(g) for rule, typed in zip(rules, typings, strict=True) for g in typed.values()]
    covered: NDArray[np.bool_] = np.logical_and.reduce(known)
    return covered
