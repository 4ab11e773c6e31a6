"""Several populations at once: the smallest LR, since the origin of an unknown person is not known.

A database is encoded once, because its codes do not depend on frequencies; only the tables differ.

Source: Ge & Budowle, J Forensic Sci 57 (2012) 1213 (kinship LRs over several populations, smallest reported).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from matcher.errors import InputError
from matcher.str_loci.compare import KinshipOptions, ProfileComparison, Question, compare_profiles
from matcher.str_loci.compiled import compile_query
from matcher.str_loci.database import ProfileDatabase
from matcher.str_loci.frequencies import FrequencySet, default_frequencies, population
from matcher.str_loci.null_distribution import database_null
from matcher.str_loci.query import Query
from matcher.str_loci.scan_kernel import scan
from matcher.str_loci.search import ONE_IN_TEN_SEARCHES, Hit, SearchResult, exact_sum, hit_scores, stack_tables
from matcher.types import StrProfile


def completed(name: str) -> FrequencySet:
    """Return one population's tables, completed by the default ones for loci that it lacks."""
    return dict(default_frequencies()) | dict(population(name))


def smallest_comparison(
    question: Question,
    profiles: Sequence[StrProfile],
    options: Mapping[str, KinshipOptions],
    *,
    mother: bool = False,
) -> tuple[str, ProfileComparison]:
    """Compare profiles under each population and return the one with the smallest total, with its name."""
    results = {name: compare_profiles(question, profiles, chosen, mother=mother) for name, chosen in options.items()}
    smallest = min(results, key=lambda name: (results[name].log10_lr, name))
    return smallest, results[smallest]


def search_populations(
    database: ProfileDatabase, query: Query, options: Mapping[str, KinshipOptions], *, top: int = 100
) -> SearchResult:
    """Rank a database by the smallest LR over several populations.

    The strangers expected beside a hit are the largest number over the populations, so both figures are on the side of
    caution. Otherwise as `search`.

    Raises
    ------
    InputError
        When question and database have no locus in common.
    """
    compiled = {
        name: compile_query(query, database.loci, database.observations, chosen) for name, chosen in options.items()
    }
    if not compiled or not all(one.tables for one in compiled.values()):
        raise InputError("question and database have no locus in common", remedy="check kits and locus names")
    lowest = np.full(len(database), np.inf, np.float32)
    for one in compiled.values():
        np.minimum(lowest, scan(database.codes, stack_tables(database, [one]))[:, 0], out=lowest)
    count = min(len(database), top + max(32, top // 4))
    rows = np.argpartition(-lowest, count - 1)[:count] if count else np.empty(0, np.intp)
    nulls = {name: database_null(database, one) for name, one in compiled.items()}
    hits = []
    for row in rows:
        sums = {name: exact_sum(database, one, int(row)) for name, one in compiled.items()}
        smallest = min(sums, key=lambda name: (sums[name], name))
        strangers = max(null.expected_above(sums[smallest]) for null in nulls.values())
        loci = tuple(hit_scores(database, compiled[smallest], int(row)))
        hits.append(Hit(0, str(database.sample_ids[row]), sums[smallest], strangers, loci, {}))
    ranked = sorted(hits, key=lambda hit: (-hit.log10_lr, hit.sample_id))[:top]
    cautious = max(nulls, key=lambda name: nulls[name].threshold_for(ONE_IN_TEN_SEARCHES))
    return SearchResult(
        len(database),
        tuple(table.locus for table in compiled[cautious].tables),
        nulls[cautious].threshold_for(ONE_IN_TEN_SEARCHES),
        tuple(replace(hit, rank=rank) for rank, hit in enumerate(ranked, 1)),
        nulls[cautious],
    )
