"""Speed of the transposed search: one profile against databases of families, in memory and on disk."""

from __future__ import annotations

import tempfile
import time
from functools import partial
from pathlib import Path

import numpy as np

from bench.dna_rows import Row, median_seconds
from bench.dna_worlds import KIT_24, OPTIONS, drain, random_families
from matcher.str_loci.families import from_patterns
from matcher.str_loci.family_store import FamilyStore
from matcher.str_loci.simulate import draw_profile, locus_models


def family_rows(count: int) -> list[Row]:
    """Scan families: one relative each, couples, and the store on disk."""
    rng = np.random.default_rng(4)
    models = locus_models(OPTIONS.frequencies, OPTIONS.mutation, KIT_24)
    profile = draw_profile(rng, models)
    rows = []
    for name, persons, target in (("one parent", 1, 15), ("couples", 2, 20)):
        patterns = random_families(count, persons, models)
        database = from_patterns(patterns, OPTIONS)
        start = time.thread_time()
        tables = database.tables(profile)
        first = time.thread_time() - start
        tabulate = median_seconds(partial(database.tables, profile), 3)
        scan = median_seconds(partial(drain, patterns.codes, tables), 7)
        distinct = sum(len(entries) - 1 for entries in patterns.observations)
        size = f"{count / 1e6:g} M {name}"
        rows += [
            Row("families", f"{size}: distinct patterns over all loci", distinct, ""),
            Row("families", f"{size}: tables of a first query", 1000 * first, "ms"),
            Row("families", f"{size}: tables of a further query", 1000 * tabulate, "ms"),
            Row("families", f"{size}: scan", 1000 * scan, "ms", at_most=target * count / 1e6),
        ]
    return rows


def store_rows(count: int) -> list[Row]:
    """Write the tables of couples to disk and read what one query needs."""
    models = locus_models(OPTIONS.frequencies, OPTIONS.mutation, KIT_24)
    profile = draw_profile(np.random.default_rng(4), models)
    patterns = random_families(count, 2, models)
    with tempfile.TemporaryDirectory(prefix="bench-dna-") as directory:
        start = time.thread_time()
        store = FamilyStore.write(Path(directory), from_patterns(patterns, OPTIONS))
        written = time.thread_time() - start
        seconds = median_seconds(lambda: store.scores(profile), 7)
        size = sum(file.stat().st_size for file in Path(directory).glob("*.npy"))
    read = 2 * len(store.tables) * count
    name = f"store on disk, {count / 1e6:g} M couples"
    return [
        Row("families", f"{name}: size", size / 1e9, "GB"),
        Row("families", f"{name}: written in", written, "s"),
        Row("families", f"{name}: read by one query", read / 1e6, "MB"),
        Row("families", f"{name}: one query", count / seconds / 1e6, "M families/s"),
    ]
