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
from matcher.str_loci.hypotheses import alternatives
from matcher.str_loci.linkage import linkage_matters
from matcher.str_loci.linked_families import FamilyShape, Patterns, VectorTables
from matcher.str_loci.locus_compiler import LocusRules
from matcher.str_loci.patterns import linked_entry, own_pattern, parse_linked, parse_own
from matcher.str_loci.pedigree import reduced
from matcher.types import Genotype, Hypothesis, PedigreeMember

Float64 = NDArray[np.float64]
Genotypes = tuple[Genotype, Genotype]
Singles = tuple[Float64, Float64]

SEPARATOR = "|"


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
    families : tuple of (int, Patterns)
        Code and patterns of relatives' joint entries.
    singles : ndarray of intp, shape (size, 2)
        Codes of the same evidence in the single columns.
    """

    tables: VectorTables
    size: int
    own: NDArray[np.intp] = field(repr=False)
    families: tuple[tuple[int, Patterns], ...] = field(repr=False)
    singles: NDArray[np.intp] = field(repr=False)
    _shapes: dict[Hypothesis, list[FamilyShape]] = field(default_factory=dict, repr=False)

    @classmethod
    def of(
        cls, rules: tuple[LocusRules, LocusRules], values: Sequence[str], singles: tuple[Sequence[str], Sequence[str]]
    ) -> LinkedCompiler:
        """Parse the distinct entries of a gallery, given those of the two single columns."""
        tables = VectorTables(rules, (rules[0].model(), rules[1].model()))
        position = [{value: code for code, value in enumerate(column)} for column in singles]
        numbers = [{g: number for number, g in enumerate(model.genotypes())} for model in tables.models]
        codes = np.zeros((len(values), 2), np.intp)
        own: list[tuple[int, int, int]] = []
        families: list[tuple[int, Patterns]] = []
        for code, value in enumerate(values[1:], 1):
            first, second, *both = value.split(SEPARATOR)
            codes[code] = position[0][first], position[1][second]
            if both:
                patterns = parse_linked(both[0])
                if _covered(rules, patterns):
                    families.append((code, patterns))
                continue
            pair = [numbers[n].get(parse_own(text) or (0, 0)) for n, text in enumerate((first, second))]
            if pair[0] is not None and pair[1] is not None:
                own.append((code, pair[0], pair[1]))
        return cls(tables, len(values), np.array(own, np.intp).reshape(-1, 3), tuple(families), codes)

    def table_for_profile(self, probe: Genotypes, hypothesis: Hypothesis, singles: Singles) -> Float64:
        """Return the corrections per code for a probe with its own genotypes, given the two single tables."""
        patterns = own_pattern(probe[0]), own_pattern(probe[1])
        if not _covered(self.tables.rules, patterns):
            return np.zeros(self.size)
        table = np.zeros(self.size)
        if hypothesis != "self":
            table = self.table_for_relatives(patterns, hypothesis, singles)
        first, second = (model.index(genotype) for model, genotype in zip(self.tables.models, probe, strict=True))
        for shape in self._families_of(hypothesis):
            logs = shape.logs((first, second), self.tables)
            table[shape.codes] = logs - self._sum_of_singles(shape.codes, singles)
        return table

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
        if not dependent(probe, hypothesis) or not _covered(tables.rules, probe):
            return None
        try:
            question = tables.question(probe, hypothesis)
        except LimitError:
            return None
        errors = tables.rules[0].errors
        ratio = question.ratio(lambda number, genotypes: errors.observed(tables.models[number], genotypes))
        samples = 1 + len(probe[0].typed), 1 + len(probe[1].typed)
        return errors.mixed_pair(ratio.joint, ratio.single, samples=samples), ratio.background

    def _families_of(self, hypothesis: Hypothesis) -> list[FamilyShape]:
        """Tabulate the families once, those of one shape together."""
        if hypothesis not in self._shapes:
            groups: dict[object, list[tuple[int, Patterns]]] = {}
            for code, patterns in self.families:
                groups.setdefault((patterns[0].shape, patterns[1].shape), []).append((code, patterns))
            self._shapes[hypothesis] = [
                shape
                for group in groups.values()
                if dependent(group[0][1], hypothesis)
                and (shape := FamilyShape.of(self.tables, group, hypothesis)) is not None
            ]
        return self._shapes[hypothesis]

    def _sum_of_singles(self, codes: NDArray[np.intp], singles: Singles) -> Float64:
        total: Float64 = singles[0][self.singles[codes, 0]] + singles[1][self.singles[codes, 1]]
        return total


def _covered(rules: tuple[LocusRules, LocusRules], patterns: Patterns) -> bool:
    return not any(rule.unknown(pattern.genotypes) for rule, pattern in zip(rules, patterns, strict=True))
