"""All against all within one database: duplicates of one person, and kin who lie there unrecognised.

For a relation between two persons the LR of every pair of observations is tabulated once a locus; a query's table is
then one row of it, so that thousands of profiles are compared with all others at the speed of the scan.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matcher.str_loci.compare import KinshipOptions
from matcher.str_loci.database import ProfileDatabase
from matcher.str_loci.linkage import LINKED_LOCI
from matcher.str_loci.observations import is_comparable
from matcher.str_loci.query import Query, compile_query
from matcher.str_loci.relations import relation_pedigree
from matcher.str_loci.scan_kernel import scan_blocks
from matcher.types import SUBJECT

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


def pair_tables(database: ProfileDatabase, relation: str, options: KinshipOptions) -> Float32:
    """Tabulate the log10 LR of every two observations of every locus, shape (L, V, V), padded with 0.

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
    result = np.zeros((len(database.loci), width, width), np.float32)
    for number, (locus, entries) in enumerate(zip(database.loci, database.observations, strict=True)):
        if _steps_back(locus, database.loci, relation):
            continue
        for code, observation in enumerate(entries):
            if code and is_comparable(observation):
                compiled = compile_query(_question(relation, locus, observation), [locus], [entries], options)
                if compiled:
                    result[number, code, : len(entries)] = compiled[0].log10_lr
    return result


def blind_search(
    database: ProfileDatabase, tables: Float32, rows: Sequence[int], *, threshold: float
) -> Iterator[Pair]:
    """Yield every pair of one of `rows` with another profile at or above a log10 LR, each pair once.

    Parameters
    ----------
    database : ProfileDatabase
        N profiles.
    tables : ndarray of float32, shape (L, V, V)
        Of `pair_tables` for the relation asked for.
    rows : sequence of int
        Profiles to compare with all (the new ones of a night; `range(N)` for everything).
    threshold : float
        Smallest log10 LR to report.
    """
    asked = set(rows)
    for low in range(0, len(rows), QUERIES_A_PASS):
        chosen = np.array(rows[low : low + QUERIES_A_PASS])
        # One row of each locus' pair table for each query: (L, Q, V) turned to the scan's (L, V, Q).
        gathered = np.stack([tables[locus][codes] for locus, codes in enumerate(database.codes[chosen].T)])
        for start, sums in scan_blocks(database.codes, np.swapaxes(gathered, 1, 2)):
            for found, query in zip(*np.nonzero(sums >= threshold), strict=True):
                row, other = int(chosen[query]), start + int(found)
                if row != other and (other not in asked or other > row):
                    ids = database.sample_ids
                    first, second = min(row, other), max(row, other)
                    yield Pair(str(ids[first]), str(ids[second]), float(sums[found, query]))


def _question(relation: str, locus: str, observation: str) -> Query:
    if relation == "direct":
        return Query.same_person({locus: observation})
    return Query(relation_pedigree(relation), {"kin": {locus: observation}})


def _steps_back(locus: str, loci: Sequence[str], relation: str) -> bool:
    """Leave vWA out for siblings and the like when the database has D12S391, whoever of the pair is typed there."""
    if relation in {"direct", "parent-child"} or LINKED_LOCI.get(locus) not in loci:
        return False
    return SUBJECT in relation_pedigree(relation).names
