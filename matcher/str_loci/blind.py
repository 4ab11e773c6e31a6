"""All against all within one database: duplicates of one person, and kin who lie there unrecognised.

For a relation between two persons the LR of every pair of observations is tabulated once a locus; a query's table is
then one row of it, so that thousands of profiles are compared with all others at the speed of the scan.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matcher.str_loci.compare import KinshipOptions
from matcher.str_loci.compiled import compile_query
from matcher.str_loci.database import ProfileDatabase
from matcher.str_loci.linkage import LINKED_LOCI
from matcher.str_loci.observations import is_comparable
from matcher.str_loci.query import Query, has_dependent_meioses
from matcher.str_loci.relations import relation_pedigree
from matcher.str_loci.scan_kernel import ScanTables, scan_blocks

Float32 = NDArray[np.float32]

QUERIES_A_PASS = 32


@dataclass(frozen=True, slots=True)
class Pair:
    """Two samples whose profiles support a relation.

    Parameters
    ----------
    first, second : str
        Sample ids, in database order.
    log10_lr : float
        Support for the relation against unrelated.
    """

    first: str
    second: str
    log10_lr: float


@dataclass(frozen=True, slots=True)
class PairTables:
    """A relation between two profiles, tabulated for one database.

    Parameters
    ----------
    relation : str
        What was asked.
    options : KinshipOptions
        Parameters.
    single : ndarray of float32, shape (L, V, V)
        log10 LR of every two observations of every locus, padded with 0.
    """

    relation: str
    options: KinshipOptions
    single: Float32

    def of_rows(self, database: ProfileDatabase, rows: NDArray[np.intp]) -> ScanTables:
        """Lay out the tables of some profiles as queries: one row of each locus' table for each."""
        codes = database.codes[rows]
        # (L, Q, V) turned to the scan's (L, V, Q).
        single = np.swapaxes(np.stack([self.single[locus][column] for locus, column in enumerate(codes.T)]), 1, 2)
        pair = next((pair for pair in LINKED_LOCI.items() if {*pair} <= {*database.loci}), None)
        if pair is None or not has_dependent_meioses(self._question({pair[0]: ""})):
            return ScanTables(single)
        first, second = (database.loci.index(locus) for locus in pair)
        entries = database.observations[first], database.observations[second]
        corrections = [
            self._correction((first, second), (int(a), int(b)), database) for a, b in codes[:, [first, second]]
        ]
        empty = np.zeros((len(entries[0]), len(entries[1])), np.float32)
        stacked = np.stack([empty if one is None else one for one in corrections], axis=2)
        return ScanTables(single, stacked.astype(np.float32), first, second)

    def _correction(
        self, columns: tuple[int, int], codes: tuple[int, int], database: ProfileDatabase
    ) -> NDArray[np.float64] | None:
        if not all(codes):
            return None
        loci = [database.loci[column] for column in columns]
        entries = [database.observations[column] for column in columns]
        shown = {locus: entry[code] for locus, entry, code in zip(loci, entries, codes, strict=True)}
        linked = compile_query(self._question(shown), loci, entries, self.options).linked
        return None if linked is None else linked.log10_lr

    def _question(self, observations: Mapping[str, str]) -> Query:
        if self.relation == "direct":
            return Query.same_person(observations)
        return Query(relation_pedigree(self.relation), {"kin": observations})


def pair_tables(database: ProfileDatabase, relation: str, options: KinshipOptions) -> PairTables:
    """Tabulate a relation over the observations of a database.

    Parameters
    ----------
    database : ProfileDatabase
        Gives loci and observations.
    relation : str
        A symmetric question: `direct`, `parent-child`, `full-sibling`, `half-sibling`, ...
    options : KinshipOptions
        Parameters.
    """
    width = 1 << max(1, (max(len(entries) for entries in database.observations) - 1).bit_length())
    result = PairTables(relation, options, np.zeros((len(database.loci), width, width), np.float32))
    for number, (locus, entries) in enumerate(zip(database.loci, database.observations, strict=True)):
        for code, observation in enumerate(entries):
            if code and is_comparable(observation):
                compiled = compile_query(result._question({locus: observation}), [locus], [entries], options)
                if compiled.tables:
                    result.single[number, code, : len(entries)] = compiled.tables[0].log10_lr
    return result


def blind_search(
    database: ProfileDatabase, tables: PairTables, rows: Sequence[int], *, threshold: float
) -> Iterator[Pair]:
    """Yield every pair of one of `rows` with another profile at or above a log10 LR, each pair once.

    Parameters
    ----------
    database : ProfileDatabase
        N profiles.
    tables : PairTables
        For the relation asked for.
    rows : sequence of int
        Profiles to compare with all (the new ones of a night; `range(N)` for everything).
    threshold : float
        Smallest log10 LR to report.
    """
    asked = set(rows)
    for low in range(0, len(rows), QUERIES_A_PASS):
        chosen = np.array(rows[low : low + QUERIES_A_PASS])
        for start, sums in scan_blocks(database.codes, tables.of_rows(database, chosen)):
            for found, query in zip(*np.nonzero(sums >= threshold), strict=True):
                row, other = int(chosen[query]), start + int(found)
                if row != other and (other not in asked or other > row):
                    ids = database.sample_ids
                    first, second = min(row, other), max(row, other)
                    yield Pair(str(ids[first]), str(ids[second]), float(sums[found, query]))
