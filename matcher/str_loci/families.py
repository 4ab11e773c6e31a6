"""The transpose: one unidentified profile against a database of families that search.

A family is reduced at each locus to its canonical pattern (who is typed how around the missing member). Distinct
patterns are few: one relative has as many as there are genotypes, couples share most pairs. A query tabulates each
distinct pattern once and scans codes like any profile database. `FamilyStore` is the form for millions of large
pedigrees: the tables of all genotypes lie on disk and a query reads one row a locus.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from matcher.errors import InputError, StaleIndexError
from matcher.str_loci.compare import KinshipOptions
from matcher.str_loci.database import ProfileDatabase, database_of
from matcher.str_loci.gallery_tables import GalleryTables, family_entries
from matcher.str_loci.linkage import LINKED_LOCI
from matcher.str_loci.locus_compiler import LocusRules
from matcher.str_loci.scan_kernel import ScanTables, best_rows
from matcher.types import Genotype, Hypothesis, PedigreeMember

Float32 = NDArray[np.float32]

SCALE = 1000
"""Stored units per log10 LR: int16 then holds +-32.7 in steps of 0.001."""

MANIFEST = "manifest.json"


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

    def tables(self, profile: Mapping[str, Genotype], hypothesis: Hypothesis = "self") -> ScanTables:
        """Tabulate the log10 LR of each pattern for one profile; untyped loci are 0."""
        width = 1 << max(1, (max(len(entries) for entries in self.patterns.observations) - 1).bit_length())
        single = np.zeros((len(self.patterns.loci), width, 1), np.float32)
        for column, table in self.gallery.of_profile(profile, hypothesis).items():
            single[self.patterns.loci.index(column), : len(table), 0] = table
        return ScanTables(single)

    def search(self, profile: Mapping[str, Genotype], *, top: int) -> list[tuple[str, float]]:
        """Rank the families whose missing member this profile may be: (family, log10 LR), best first."""
        ((rows, sums),) = best_rows(self.patterns.codes, self.tables(profile), top=top)
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


@dataclass(frozen=True, slots=True)
class FamilyStore:
    """Tables of all families for all genotypes on disk: int16 log10 LR in thousandths, `[genotype, family]` a locus.

    Linked loci would need a row for each pair of genotypes; where they are dependent, the first of the two is left out.

    Parameters
    ----------
    family_ids : ndarray of str, shape (N,)
        Families in storage order.
    tables : mapping of str to ndarray of int16, shape (G, N)
        Memory maps by locus.
    genotypes : mapping of str to (mapping of Genotype to int)
        Row of each genotype.
    """

    family_ids: NDArray[np.str_]
    tables: Mapping[str, NDArray[np.int16]] = field(repr=False)
    genotypes: Mapping[str, Mapping[Genotype, int]] = field(repr=False)

    def scores(self, profile: Mapping[str, Genotype]) -> Float32:
        """Add up one stored row a locus, shape (N,); alleles outside the population table are left out."""
        total = np.zeros(len(self.family_ids), np.int32)
        for locus, table in self.tables.items():
            row = self.genotypes[locus].get(profile[locus]) if locus in profile else None
            if row is not None:
                total += table[row]
        return (total / SCALE).astype(np.float32)

    @classmethod
    def write(cls, directory: Path, families: FamilyDatabase) -> FamilyStore:
        """Write the tables of a family database, one file a locus, and open them; the manifest comes last."""
        directory.mkdir(parents=True, exist_ok=True)
        loci = {}
        for number, (locus, compiler) in enumerate(families.gallery.loci.items()):
            codes = families.patterns.codes[:, families.patterns.loci.index(locus)]
            codes = np.where(_steps_back(families, locus), 0, codes)
            genotypes = compiler.rules.model().genotypes()
            table = np.lib.format.open_memmap(
                directory / f"{number:02d}.npy", mode="w+", dtype=np.int16, shape=(len(genotypes), len(families))
            )
            for row, genotype in enumerate(genotypes):
                table[row] = np.rint(compiler.table_for_profile(genotype) * SCALE).astype(np.int16)[codes]
            table.flush()
            loci[locus] = {"file": f"{number:02d}.npy", "genotypes": [list(genotype) for genotype in genotypes]}
        manifest = {"version": 1, "families": [str(name) for name in families.patterns.sample_ids], "loci": loci}
        (directory / MANIFEST).write_text(json.dumps(manifest), "utf-8")
        return cls.open(directory)

    @classmethod
    def open(cls, directory: Path) -> FamilyStore:
        """Map a store that was written before.

        Raises
        ------
        StaleIndexError
            When it is absent or incomplete.
        """
        try:
            manifest = json.loads((directory / MANIFEST).read_text("utf-8"))
            tables = {
                locus: np.load(directory / item["file"], mmap_mode="r", allow_pickle=False)
                for locus, item in manifest["loci"].items()
            }
        except (OSError, ValueError, KeyError) as error:
            raise StaleIndexError(f"{directory}: no complete family store ({error})", remedy="write it again") from None
        genotypes = {
            locus: {(low, high): row for row, (low, high) in enumerate(item["genotypes"])}
            for locus, item in manifest["loci"].items()
        }
        return cls(np.array(manifest["families"], np.str_), tables, genotypes)


def _steps_back(families: FamilyDatabase, locus: str) -> NDArray[np.bool_]:
    """Mark the families in which a locus is left out for the one that it is linked with, shape (N,)."""
    name = f"{locus}+{LINKED_LOCI.get(locus, '')}"
    if name not in families.gallery.linked:
        return np.zeros(len(families), np.bool_)
    marked: NDArray[np.bool_] = families.patterns.codes[:, families.patterns.loci.index(name)] > 0
    return marked
