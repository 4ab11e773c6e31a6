"""Search a database: scan all profiles in float32, score the best again in float64, and say how to read the list."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from matcher.errors import InputError
from matcher.str_loci.compare import KinshipOptions
from matcher.str_loci.database import ProfileDatabase
from matcher.str_loci.null_distribution import NullDistribution, database_null
from matcher.str_loci.query import LocusTable, Query, compile_query, has_dependent_meioses, linked_addition
from matcher.str_loci.scan_kernel import best_rows

SLACK = 1e-3
"""More than float32 sums of a hundred loci can be wrong by; rows within it of the last place are scored again too."""


@dataclass(frozen=True, slots=True)
class LocusScore:
    """One addend of a hit.

    Parameters
    ----------
    locus : str
        Canonical name.
    observation : str
        What the hit shows.
    log10_lr : float
        Its contribution.
    """

    locus: str
    observation: str
    log10_lr: float


@dataclass(frozen=True, slots=True)
class Hit:
    """One profile of the list; a lead to be checked, never an identification.

    Parameters
    ----------
    rank : int
        1 = best.
    sample_id : str
        Sample in the database.
    log10_lr : float
        Sum over `loci`, in float64.
    expected_false : float
        Strangers expected at or above this log10 LR in the whole database.
    loci : tuple of LocusScore
        Addends.
    alternatives : mapping of str to float
        log10 LR of other questions about the same two samples, against unrelated.
    linked_log10_lr : float or None
        Sum with vWA added given D12S391, for the first `LINKED_HITS`; None where linkage does not matter or one of
        the two is not typed.
    """

    rank: int
    sample_id: str
    log10_lr: float
    expected_false: float
    loci: tuple[LocusScore, ...]
    alternatives: Mapping[str, float]
    linked_log10_lr: float | None = None


@dataclass(frozen=True, slots=True)
class SearchResult:
    """Answer to one question.

    Parameters
    ----------
    profiles : int
        Profiles scanned.
    loci : tuple of str
        Loci that counted.
    threshold : float
        log10 LR that one stranger in ten such searches reaches.
    hits : tuple of Hit
        Best first; ties in order of sample id.
    null : NullDistribution
        Of strangers, for this question and this database.
    """

    profiles: int
    loci: tuple[str, ...]
    threshold: float
    hits: tuple[Hit, ...]
    null: NullDistribution


ONE_IN_TEN_SEARCHES = 0.1

LINKED_HITS = 20
"""Hits whose linked loci are evaluated jointly; a joint likelihood costs milliseconds, a scan microseconds."""


def search(
    database: ProfileDatabase,
    query: Query,
    options: KinshipOptions,
    *,
    top: int = 100,
    rivals: Mapping[str, Query] | None = None,
) -> SearchResult:
    """Rank a database for one question.

    Parameters
    ----------
    database : ProfileDatabase
        Encoded profiles.
    query : Query
        The question.
    options : KinshipOptions
        Population, mutation, theta, errors.
    top : int
        Length of the list.
    rivals : mapping of str to Query
        Other explanations to score for every hit.

    Raises
    ------
    InputError
        When question and database have no locus in common.
    """
    return search_many(database, [query], options, top=top, rivals=rivals)[0]


def search_many(
    database: ProfileDatabase,
    queries: Sequence[Query],
    options: KinshipOptions,
    *,
    top: int = 100,
    rivals: Mapping[str, Query] | None = None,
) -> list[SearchResult]:
    """Rank a database for several questions in one pass; see `search`."""
    compiled = [compile_query(query, database.loci, database.observations, options) for query in queries]
    for tables in compiled:
        if not tables:
            raise InputError("question and database have no locus in common", remedy="check kits and locus names")
    rival_tables = {
        name: compile_query(query, database.loci, database.observations, options)
        for name, query in (rivals or {}).items()
    }
    stacked = stack_tables(database, compiled)
    best = best_rows(database.codes, stacked, top=min(len(database), top + _margin(top)))
    results = [
        _result(database, tables, rows, top, rival_tables) for tables, (rows, _) in zip(compiled, best, strict=True)
    ]
    return [
        _with_linked(result, rows, database, query, options)
        for query, (result, rows) in zip(queries, results, strict=True)
    ]


def stack_tables(database: ProfileDatabase, compiled: Sequence[Sequence[LocusTable]]) -> NDArray[np.float32]:
    """Lay the tables of several questions out for the scan, shape (L, V, Q); loci that do not count are 0."""
    width = 1 << max(1, (max(len(entries) for entries in database.observations) - 1).bit_length())
    stacked = np.zeros((len(database.loci), width, len(compiled)), np.float32)
    for number, tables in enumerate(compiled):
        for table in tables:
            stacked[database.loci.index(table.locus), : len(table.log10_lr), number] = table.log10_lr
    return stacked


def _margin(top: int) -> int:
    """Return how many more rows to score exactly, so that float32 ties at the end of the list cannot matter."""
    return max(32, top // 4)


def _result(
    database: ProfileDatabase,
    tables: Sequence[LocusTable],
    rows: NDArray[np.int64],
    top: int,
    rivals: Mapping[str, Sequence[LocusTable]],
) -> tuple[SearchResult, list[int]]:
    """Score the found rows exactly; returns the result and the row of each hit."""
    null = database_null(database, tables)
    scored = sorted((-exact_sum(database, tables, int(row)), str(database.sample_ids[row]), int(row)) for row in rows)[
        :top
    ]
    hits = []
    for rank, (negative, sample_id, row) in enumerate(scored, 1):
        alternatives = {name: exact_sum(database, others, row) for name, others in rivals.items()}
        loci = tuple(hit_scores(database, tables, row))
        hits.append(Hit(rank, sample_id, -negative, null.expected_above(-negative), loci, alternatives))
    threshold = null.threshold_for(ONE_IN_TEN_SEARCHES)
    result = SearchResult(len(database), tuple(table.locus for table in tables), threshold, tuple(hits), null)
    return result, [row for _, _, row in scored]


def _with_linked(
    result: SearchResult, rows: Sequence[int], database: ProfileDatabase, query: Query, options: KinshipOptions
) -> SearchResult:
    """Add the locus that stepped back in the scan to the first hits, jointly with its linked partner."""
    if not has_dependent_meioses(query):
        return result
    hits = []
    for hit, row in zip(result.hits, rows, strict=True):
        addition = linked_addition(query, database.profile(row), options) if hit.rank <= LINKED_HITS else None
        hits.append(hit if addition is None else replace(hit, linked_log10_lr=hit.log10_lr + addition))
    return replace(result, hits=tuple(hits))


def exact_sum(database: ProfileDatabase, tables: Sequence[LocusTable], row: int) -> float:
    """Add up one profile's log10 LRs in float64."""
    return math.fsum(score.log10_lr for score in hit_scores(database, tables, row))


def hit_scores(database: ProfileDatabase, tables: Sequence[LocusTable], row: int) -> list[LocusScore]:
    """List one profile's addends."""
    scores = []
    for table in tables:
        column = database.loci.index(table.locus)
        code = int(database.codes[row, column])
        if code:
            scores.append(LocusScore(table.locus, database.observations[column][code], float(table.log10_lr[code])))
    return scores
