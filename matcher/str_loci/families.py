"""The transpose: one unidentified profile against a database of families that search.

A family is reduced at each locus to its canonical pattern (who is typed how around the missing member). Distinct
patterns are few: one relative has as many as there are genotypes, couples share most pairs. A query tabulates each
distinct pattern once and scans codes like any profile database. `family_store` is the form for millions of large
pedigrees.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from matcher.errors import InputError
from matcher.str_loci.compare import KinshipOptions
from matcher.str_loci.database import ProfileDatabase, assembled, database_of
from matcher.str_loci.gallery_tables import GalleryTables, family_entries, linked_columns
from matcher.str_loci.locus_compiler import LocusRules
from matcher.str_loci.null_distribution import NullDistribution, null_distribution
from matcher.str_loci.observations import plain_genotype
from matcher.str_loci.query import LocusTable
from matcher.str_loci.relations import relation_pedigree
from matcher.str_loci.scan_kernel import ScanTables, best_rows
from matcher.types import Genotype, PedigreeMember, StrProfile


@dataclass(frozen=True, slots=True)
class FamilyDatabase:
    """Families encoded as patterns, with the tables made ready.

    Parameters
    ----------
    patterns : ProfileDatabase
        As for profiles, but the observations are relatives' patterns and the ids are families'.
    gallery : GalleryTables
        Its columns, parsed.
    """

    patterns: ProfileDatabase
    gallery: GalleryTables = field(repr=False)

    def __len__(self) -> int:
        """Count the families."""
        return len(self.patterns)

    def tables(self, profile: Mapping[str, Genotype]) -> ScanTables:
        """Tabulate the log10 LR of each pattern for one profile; untyped loci are 0."""
        width = 1 << max(1, (max(len(entries) for entries in self.patterns.observations) - 1).bit_length())
        single = np.zeros((len(self.patterns.loci), width, 1), np.float32)
        for column, table in self.gallery.of_profile(profile, "self").items():
            single[self.patterns.loci.index(column), : len(table), 0] = table
        return ScanTables(single)

    def null(self, tables: ScanTables) -> NullDistribution:
        """Return how many families a profile that belongs to none of them would reach each LR with.

        The families are taken as they are: at each locus the profile meets the patterns of this database as often as
        they occur in it, independently of other loci; linked loci are taken together.
        """
        joint = [{*pair, name} for name, pair in linked_columns(dict.fromkeys(self.patterns.loci)).items()]
        groups = [group & {*self.patterns.loci} for group in joint]
        groups += [{locus} for locus in self.patterns.loci if not any(locus in group for group in groups)]
        units = []
        for group in groups:
            total = np.zeros(len(self))
            for column in (self.patterns.loci.index(locus) for locus in sorted(group)):
                total += tables.single[column, :, 0][self.patterns.codes[:, column]]
            units.append(LocusTable("", np.zeros(1), np.full(len(total), 1.0 / len(total)), total))
        return null_distribution(units, [(np.ones(len(units), np.bool_), len(self))])

    def search(self, profile: Mapping[str, Genotype], *, top: int) -> list[tuple[str, float]]:
        """Rank the families whose missing member this profile may be: (family, log10 LR), best first."""
        return self.ranked(self.tables(profile), top=top)

    def ranked(self, tables: ScanTables, *, top: int) -> list[tuple[str, float]]:
        """Rank the families by the tables of one profile."""
        ((rows, sums),) = best_rows(self.patterns.codes, tables, top=top)
        return [(str(self.patterns.sample_ids[row]), float(value)) for row, value in zip(rows, sums, strict=True)]


def family_database(
    families: Iterable[tuple[str, Sequence[PedigreeMember]]], options: KinshipOptions
) -> FamilyDatabase:
    """Encode families (id, pedigree around member `subject`).

    Raises
    ------
    InputError
        When no family has a relative typed at a locus with frequencies.
    """
    samples = {name: family_entries(members, options.frequencies) for name, members in families}
    columns = sorted({column for entries in samples.values() for column in entries})
    if not columns:
        raise InputError("no family has a typed relative", remedy="check the pedigrees and their samples")
    cells = [[entries.get(column, "") for entries in samples.values()] for column in columns]
    return from_patterns(database_of(np.array(list(samples), np.str_), columns, cells), options)


def from_patterns(patterns: ProfileDatabase, options: KinshipOptions) -> FamilyDatabase:
    """Make encoded patterns ready for queries."""
    rules = {
        locus: LocusRules(frequencies, options.mutation, options.errors, options.founders, options.theta)
        for locus, frequencies in options.frequencies.items()
    }
    values = dict(zip(patterns.loci, patterns.observations, strict=True))
    return FamilyDatabase(patterns, GalleryTables.of(rules, values))


def families_of_relatives(relatives: ProfileDatabase, relation: str, options: KinshipOptions) -> FamilyDatabase:
    """Turn a database of profiles into one of families, each profile the only typed relative of a missing person.

    Parameters
    ----------
    relatives : ProfileDatabase
        Profiles; only unambiguous observations of two alleles become evidence.
    relation : str
        What each is to the missing person, one of `relations.RELATIONS` with one reference.
    options : KinshipOptions
        Parameters.

    Raises
    ------
    InputError
        When the database is empty.
    """
    if not len(relatives):
        raise InputError("the database holds no profile", remedy="check the file")
    columns = {locus: number for number, locus in enumerate(relatives.loci) if locus in options.frequencies}
    codes: list[NDArray[np.intp]] = []
    observations = []
    for locus, number in columns.items():
        entries = [
            _lone_entries(relation, {locus: code}, options).get(locus, "") for code in relatives.observations[number]
        ]
        codes.append(_positions(entries)[relatives.codes[:, number]])
        observations.append(_distinct(entries))
    names = list(columns)
    for name, (one, other) in linked_columns(columns).items():
        first, second = (relatives.codes[:, columns[locus]].astype(np.int64) for locus in (one, other))
        keys, inverse = np.unique(first << 32 | second, return_inverse=True)
        shown = relatives.observations[columns[one]], relatives.observations[columns[other]]
        pairs = ({one: shown[0][int(key) >> 32], other: shown[1][int(key) & 0xFFFFFFFF]} for key in keys)
        entries = [_lone_entries(relation, pair, options).get(name, "") for pair in pairs]
        codes.append(_positions(entries)[inverse])
        observations.append(_distinct(entries))
        names.append(name)
    return from_patterns(assembled(relatives.sample_ids, names, codes, observations), options)


def _lone_entries(relation: str, shown: Mapping[str, str], options: KinshipOptions) -> dict[str, str]:
    genotypes = {locus: pair for locus, code in shown.items() if (pair := plain_genotype(code or "~")) is not None}
    pedigree = relation_pedigree(relation)
    names = (*pedigree.names, None)
    members = [
        PedigreeMember(
            name,
            names[pedigree.fathers[person]],
            names[pedigree.mothers[person]],
            None,
            StrProfile(name, genotypes) if name == "kin" else None,
        )
        for person, name in enumerate(pedigree.names)
    ]
    return family_entries(members, options.frequencies) if genotypes else {}


def _distinct(entries: Sequence[str]) -> tuple[str, ...]:
    return ("", *sorted(set(entries) - {""}))


def _positions(entries: Sequence[str]) -> NDArray[np.intp]:
    position = {entry: number for number, entry in enumerate(_distinct(entries))}
    return np.array([position[entry] for entry in entries], np.intp)
