"""Search a database: scan all profiles in float32, score the best again in float64, and say how to read the list."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matcher.errors import InputError
from matcher.str_loci.compare import KinshipOptions
from matcher.str_loci.compiled import CompiledQuery, compile_query
from matcher.str_loci.database import ProfileDatabase
from matcher.str_loci.null_distribution import NullDistribution, database_null
from matcher.str_loci.query import Query
from matcher.str_loci.scan_kernel import ScanTables, best_rows


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
        Addends; where linked loci are both typed, one of them is what both together say beyond each alone.
    alternatives : mapping of str to float
        log10 LR of other questions about the same two samples, against unrelated.
    """

    rank: int
    sample_id: str
    log10_lr: float
    expected_false: float
    loci: tuple[LocusScore, ...]
    alternatives: Mapping[str, float]


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
    for one in compiled:
        if not one.tables:
            raise InputError("question and database have no locus in common", remedy="check kits and locus names")
    rival_tables = {
        name: compile_query(query, database.loci, database.observations, options)
        for name, query in (rivals or {}).items()
    }
    best = best_rows(database.codes, stack_tables(database, compiled), top=min(len(database), top + _margin(top)))
    return [_result(database, one, rows, top, rival_tables) for one, (rows, _) in zip(compiled, best, strict=True)]


def stack_tables(database: ProfileDatabase, compiled: Sequence[CompiledQuery]) -> ScanTables:
    """Lay the tables of several questions out for the scan; loci that do not count are 0."""
    width = 1 << max(1, (max(len(entries) for entries in database.observations) - 1).bit_length())
    single = np.zeros((len(database.loci), width, len(compiled)), np.float32)
    linked = [(number, one.linked) for number, one in enumerate(compiled) if one.linked is not None]
    for number, one in enumerate(compiled):
        for table in one.tables:
            single[database.loci.index(table.locus), : len(table.log10_lr), number] = table.log10_lr
    if not linked:
        return ScanTables(single)
    first, second = (database.loci.index(locus) for locus in linked[0][1].loci)
    pair = np.zeros((len(database.observations[first]), len(database.observations[second]), len(compiled)), np.float32)
    for number, correction in linked:
        pair[:, :, number] = correction.log10_lr
    return ScanTables(single, pair, first, second)


def _margin(top: int) -> int:
    """Return how many more rows to score exactly, so that float32 ties at the end of the list cannot matter."""
    return max(32, top // 4)


def _result(
    database: ProfileDatabase,
    compiled: CompiledQuery,
    rows: NDArray[np.int64],
    top: int,
    rivals: Mapping[str, CompiledQuery],
) -> SearchResult:
    """Score the found rows exactly and rank them."""
    null = database_null(database, compiled)
    scored = sorted((-exact_sum(database, compiled, int(row)), str(database.sample_ids[row]), int(row)) for row in rows)
    hits = []
    for rank, (negative, sample_id, row) in enumerate(scored[:top], 1):
        alternatives = {name: exact_sum(database, others, row) for name, others in rivals.items()}
        loci = tuple(hit_scores(database, compiled, row))
        hits.append(Hit(rank, sample_id, -negative, null.expected_above(-negative), loci, alternatives))
    threshold = null.threshold_for(ONE_IN_TEN_SEARCHES)
    return SearchResult(len(database), tuple(table.locus for table in compiled.tables), threshold, tuple(hits), null)


def exact_sum(database: ProfileDatabase, compiled: CompiledQuery, row: int) -> float:
    """Add up one profile's log10 LRs in float64."""
    return math.fsum(score.log10_lr for score in hit_scores(database, compiled, row))


def hit_scores(database: ProfileDatabase, compiled: CompiledQuery, row: int) -> list[LocusScore]:
    """List one profile's addends."""
    codes = dict(zip(database.loci, map(int, database.codes[row]), strict=True))
    shown = database.profile(row)
    scores = [
        LocusScore(table.locus, shown[table.locus], float(table.log10_lr[codes[table.locus]]))
        for table in compiled.tables
        if codes[table.locus]
    ]
    linked = compiled.linked
    if linked is not None and all(codes[locus] for locus in linked.loci):
        first, second = linked.loci
        observation = f"{shown[first]} {shown[second]}"
        scores.append(LocusScore(linked.name, observation, float(linked.log10_lr[codes[first], codes[second]])))
    return scores
