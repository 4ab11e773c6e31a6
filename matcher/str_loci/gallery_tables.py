"""All loci of one gallery of profiles and families: the tables of a probe, linked loci with their joint column.

Shared by the DNA channel, whose gallery is the workspace's records, and by databases of families.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from matcher.str_loci.entries import Array, Entries, entries_of, laid_out, read_back
from matcher.str_loci.linkage import LINKED_LOCI
from matcher.str_loci.linked_compiler import LinkedCompiler, linked_family_entry
from matcher.str_loci.linked_families import Patterns
from matcher.str_loci.locus_compiler import LocusCompiler, LocusRules
from matcher.str_loci.patterns import (
    SEPARATOR,
    RelativePattern,
    linked_entry,
    parse_linked,
    parse_relatives,
    relatives_entry,
)
from matcher.types import Genotype, Hypothesis, PedigreeMember

Float64 = NDArray[np.float64]


def linked_columns(loci: Mapping[str, object]) -> dict[str, tuple[str, str]]:
    """Return the joint columns that these loci have, by name."""
    return {f"{one}+{other}": (one, other) for one, other in LINKED_LOCI.items() if {one, other} <= loci.keys()}


def family_entries(members: Sequence[PedigreeMember], loci: Mapping[str, object]) -> dict[str, str]:
    """Return what typed relatives show about the subject, by column, joint columns included."""
    typed = {locus for member in members if member.profile for locus in member.profile.genotypes}
    found = {locus: relatives_entry(members, locus) for locus in sorted(typed & loci.keys())}
    for name, pair in linked_columns(loci).items():
        found[name] = linked_family_entry(members, pair, (found.get(pair[0], ""), found.get(pair[1], "")))
    return {column: entry for column, entry in found.items() if entry}


@dataclass(frozen=True, slots=True)
class FamilyEvidence:
    """What the typed relatives of one probe show.

    Parameters
    ----------
    single : mapping of str to RelativePattern
        By locus.
    linked : mapping of str to Patterns
        By joint column.
    """

    single: Mapping[str, RelativePattern]
    linked: Mapping[str, Patterns]

    @classmethod
    def of(cls, members: Sequence[PedigreeMember], loci: Mapping[str, object], *, without: set[str]) -> FamilyEvidence:
        """Read the relatives of a probe at the loci where it has no genotype of its own."""
        typed = {locus for member in members if member.profile for locus in member.profile.genotypes}
        entries = {locus: relatives_entry(members, locus) for locus in sorted((typed & loci.keys()) - without)}
        single = {locus: parse_relatives(entry) for locus, entry in entries.items() if entry}
        pairs = {name: pair for name, pair in linked_columns(loci).items() if single.keys() >= set(pair)}
        linked = {name: parse_linked(linked_entry(members, pair)) for name, pair in pairs.items()}
        return cls(single, linked)


def arrays_of(values: Mapping[str, Sequence[str]]) -> dict[str, Array]:
    """Parse the distinct entries of each column into arrays to be kept, the columns in the order of their names."""
    arrays = laid_out([entries_of(values[name], _loci_in(name)) for name in sorted(values)])
    return arrays | {_SINGLES + name: codes for name, codes in _singles_of(values).items()}


_SINGLES = "singles_"
"""Begins the names of the arrays that lead from a joint column to the single ones."""


def _loci_in(column: str) -> int:
    return 1 + column.count("+")


def _singles_of(values: Mapping[str, Sequence[str]]) -> dict[str, Array]:
    """Return, for each joint column, the codes of its entries in the two single columns, shape (V, 2)."""
    found: dict[str, Array] = {}
    for name, pair in linked_columns(values).items():
        parts = [value.split(SEPARATOR)[:2] for value in values.get(name, ("",))[1:]]
        position = [{value: code for code, value in enumerate(values[locus])} for locus in pair] if parts else []
        codes = [[known[part] for known, part in zip(position, both, strict=True)] for both in parts]
        found[name] = np.array([[0, 0], *codes], np.uint32)
    return found


@dataclass(frozen=True, slots=True)
class GalleryTables:
    """The columns of one gallery.

    Parameters
    ----------
    loci : mapping of str to LocusCompiler
        Single loci.
    linked : mapping of str to LinkedCompiler
        Joint columns.
    """

    loci: Mapping[str, LocusCompiler] = field(repr=False)
    linked: Mapping[str, LinkedCompiler] = field(repr=False)

    @classmethod
    def of(cls, rules: Mapping[str, LocusRules], values: Mapping[str, Sequence[str]]) -> GalleryTables:
        """Parse the distinct entries of each column; a column without entries may be absent."""
        entries = {name: entries_of(column, _loci_in(name)) for name, column in values.items()}
        return cls._of_entries(rules, entries, _singles_of(values))

    @classmethod
    def restored(
        cls, rules: Mapping[str, LocusRules], columns: Sequence[str], arrays: Mapping[str, Array]
    ) -> GalleryTables:
        """Do as `of` from what `arrays_of` made of these columns."""
        names = sorted(columns)
        entries = dict(zip(names, read_back(arrays, [_loci_in(name) for name in names]), strict=True))
        singles = {name.removeprefix(_SINGLES): array for name, array in arrays.items() if name.startswith(_SINGLES)}
        return cls._of_entries(rules, entries, singles)

    @classmethod
    def _of_entries(
        cls, rules: Mapping[str, LocusRules], entries: Mapping[str, Entries], singles: Mapping[str, Array]
    ) -> GalleryTables:
        loci = {locus: LocusCompiler.of(rules[locus], entries[locus]) for locus in sorted(rules) if locus in entries}
        linked = {
            name: LinkedCompiler.of((rules[one], rules[other]), entries[name], singles[name])
            for name, (one, other) in linked_columns(loci).items()
            if name in entries
        }
        return cls(loci, linked)

    def of_profile(self, own: Mapping[str, Genotype], hypothesis: Hypothesis) -> dict[str, Float64]:
        """Tabulate log10 LRs of a probe with its own genotypes, by column."""
        tables = {
            locus: compiler.table_for_profile(own[locus], hypothesis)
            for locus, compiler in self.loci.items()
            if locus in own
        }
        for name, (one, other) in linked_columns(tables).items():
            if name in self.linked:
                genotypes, singles = (own[one], own[other]), (tables[one], tables[other])
                tables[name] = self.linked[name].table_for_profile(genotypes, hypothesis, singles)
        return tables

    def of_relatives(self, family: FamilyEvidence, hypothesis: Hypothesis) -> dict[str, Float64]:
        """Tabulate log10 LRs of a probe that is a family, by column."""
        tables = {
            locus: self.loci[locus].table_for_relatives(pattern, hypothesis)
            for locus, pattern in family.single.items()
            if locus in self.loci
        }
        for name, (one, other) in linked_columns(tables).items():
            if name in self.linked and name in family.linked:
                singles = tables[one], tables[other]
                tables[name] = self.linked[name].table_for_relatives(family.linked[name], hypothesis, singles)
        return tables
