"""A question compiled for one database: the tables of all loci, with linked loci taken together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from matcher.str_loci.compare import KinshipOptions
from matcher.str_loci.linkage import LINKED_LOCI
from matcher.str_loci.linked_query import LinkedCorrection, linked_correction
from matcher.str_loci.query import LocusTable, Query, has_dependent_meioses, locus_table


@dataclass(frozen=True, slots=True)
class CompiledQuery:
    """A question as tables over the observations of one database.

    Parameters
    ----------
    tables : tuple of LocusTable
        Loci that count.
    linked : LinkedCorrection or None
        None where linked loci are independent for this question or not both typed.
    """

    tables: tuple[LocusTable, ...]
    linked: LinkedCorrection | None = None

    def independent(self) -> tuple[LocusTable, ...]:
        """Return tables whose LRs multiply: the linked pair, if any, stands last as one table in place of two."""
        if self.linked is None:
            return self.tables
        kept = (table for table in self.tables if table.locus not in self.linked.loci)
        pair = self.linked
        return (*kept, LocusTable(pair.name, np.zeros(1), pair.null_probability, pair.null_log10_lr))


def compile_query(
    query: Query, loci: Sequence[str], observations: Sequence[Sequence[str]], options: KinshipOptions
) -> CompiledQuery:
    """Tabulate a question over the loci of a database; loci without frequencies are left out."""
    entries = dict(zip(loci, observations, strict=True))
    tables = {}
    for locus, codes in entries.items():
        if locus in query.loci and locus in options.frequencies:
            table = locus_table(query, locus, codes, options)
            if table is not None:
                tables[locus] = table
    linked = None
    for first, second in LINKED_LOCI.items():
        if tables.keys() >= {first, second} and has_dependent_meioses(query):
            linked = linked_correction(
                query, (tables[first], tables[second]), (entries[first], entries[second]), options
            )
    return CompiledQuery(tuple(tables.values()), linked)
