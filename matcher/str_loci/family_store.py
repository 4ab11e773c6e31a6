"""Families of any pedigree on disk: the tables of all genotypes, of which a query reads one row a locus.

48 MB a query for a million families of 24 loci, however large the pedigrees are.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from matcher.errors import StaleIndexError
from matcher.progress import Advance, untold
from matcher.str_loci.families import FamilyDatabase
from matcher.str_loci.linkage import LINKED_LOCI
from matcher.types import Genotype

Float32 = NDArray[np.float32]

SCALE = 1000
"""Stored units per log10 LR: int16 then holds +-32.7 in steps of 0.001."""

MANIFEST = "manifest.json"
FAMILIES = "families.npy"


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
    def write(cls, directory: Path, families: FamilyDatabase, *, progress: Advance = untold) -> FamilyStore:
        """Write the tables of a family database, one file a locus, and open them; the manifest comes last.

        Parameters
        ----------
        directory : Path
            Made if needed.
        families : FamilyDatabase
            What to write.
        progress : callable
            Told 1 after each locus.
        """
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
            progress(1)
            loci[locus] = {"file": f"{number:02d}.npy", "genotypes": [list(genotype) for genotype in genotypes]}
        np.save(directory / FAMILIES, families.patterns.sample_ids, allow_pickle=False)
        manifest = {"version": 2, "loci": loci}
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
            names = np.load(directory / FAMILIES, allow_pickle=False)
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
        return cls(names, tables, genotypes)

    def search(self, profile: Mapping[str, Genotype], *, top: int) -> list[tuple[str, float]]:
        """Rank the families whose missing member this profile may be: (family, log10 LR), best first."""
        scores = self.scores(profile)
        order = np.lexsort((np.arange(len(scores)), -scores))[:top]
        return [(str(self.family_ids[row]), float(scores[row])) for row in order]


def _steps_back(families: FamilyDatabase, locus: str) -> NDArray[np.bool_]:
    """Mark the families in which a locus is left out for the one that it is linked with, shape (N,)."""
    name = f"{locus}+{LINKED_LOCI.get(locus, '')}"
    if name not in families.gallery.linked:
        return np.zeros(len(families), np.bool_)
    marked: NDArray[np.bool_] = families.patterns.codes[:, families.patterns.loci.index(name)] > 0
    return marked
