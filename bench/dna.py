"""`python -m bench dna`: agreement with the forensic packages, speed of the search, calibration of its numbers.

CPU time of one thread throughout (`time.thread_time`), median of repeated runs. Databases and families are simulated
from the default population table with a fixed seed. The peers' figures in the last table were measured on another
machine with the packages named; they are orders of magnitude, not a race.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import asdict
from functools import partial
from pathlib import Path

import click
import numpy as np

from bench.dna_calibration import calibration_rows
from bench.dna_families import family_rows, store_rows
from bench.dna_rows import Row, median_seconds
from bench.dna_worlds import KIT_19, KIT_24, OPTIONS, drain, observed, simulated_database
from matcher.str_loci.compiled import compile_query
from matcher.str_loci.null_distribution import database_null
from matcher.str_loci.observations import observation_code
from matcher.str_loci.pedigree import FounderConvention, Pedigree
from matcher.str_loci.query import Query
from matcher.str_loci.reference_cases import read_cases
from matcher.str_loci.relations import relation_pedigree
from matcher.str_loci.scan_kernel import scan_blocks
from matcher.str_loci.search import search, stack_tables
from matcher.str_loci.simulate import draw_pedigree, draw_profile, locus_models
from matcher.types import SUBJECT

GOLDEN = Path(__file__).parents[1] / "tests" / "golden" / "str_pedigree_cases.json"
# Published or measured elsewhere on other machines; orders of magnitude beside which ours stand, not a race.
ELSEWHERE = "measured with R 4.2.2, one AMD EPYC core, 20 loci of a Chinese table, November 2026"
PEERS = (
    Row("peers", "forrel 1.9.0 missingPersonLR, duo to two grandparents: fastest", 106, "LRs/s", source=ELSEWHERE),
    Row(
        "peers", "Familias 2.6.4 FamiliasPosterior, same cases, loci prebuilt: fastest", 164, "LRs/s", source=ELSEWHERE
    ),
    Row("peers", "dvir 3.4.2 pairwiseLR, per victim: fastest", 233, "LRs/s", source=ELSEWHERE),
    Row("peers", "DNAprofiles 0.3.1 ki.db, pairs without mutation", 4.1e6, "LRs/s", source=ELSEWHERE),
)


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--cases", type=click.Path(path_type=Path), default=GOLDEN, help="Reference cases with `expected` values."
)
@click.option("--profiles", default=1_000_000, show_default=True, help="Profiles of the speed database.")
@click.option("--families", default=1_000_000, show_default=True, help="Families of the speed database.")
@click.option("--pairs", default=100_000, show_default=True, help="Simulated pairs a relation for the calibration.")
@click.option("--store", "stored", default=1_000_000, show_default=True, help="Families of the store on disk.")
@click.option(
    "--only", multiple=True, help="Task to measure: reference, compile, scan, families, calibration, false hits."
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object a row.")
@click.option("--gate", is_flag=True, help="Exit with 1 when a bound is not kept.")
def command(
    cases: Path,
    profiles: int,
    families: int,
    pairs: int,
    stored: int,
    only: tuple[str, ...],
    as_json: bool,  # noqa: FBT001 - click passes flags by name
    gate: bool,  # noqa: FBT001 - click passes flags by name
) -> int:
    """Measure the DNA search.

    \b
    Examples:
      python -m bench dna
      python -m bench dna --only calibration --pairs 20000 --json --gate
    """
    tasks: dict[str, Callable[[], list[Row]]] = {
        "reference": lambda: reference_rows(cases),
        "compile": compile_rows,
        "scan": lambda: scan_rows(profiles),
        "families": lambda: [*family_rows(families), *store_rows(stored)],
        "calibration": lambda: calibration_rows(pairs),
        "false hits": lambda: false_hit_rows(min(profiles, 300_000)),
    }
    unknown = set(only) - tasks.keys()
    if unknown:
        raise click.UsageError(f"no task {sorted(unknown)}; there are {', '.join(tasks)}")
    failed = 0
    for name, measure in tasks.items():
        for row in measure() if not only or name in only else []:
            failed += not row.passed
            click.echo(json.dumps({**asdict(row), "passed": row.passed}) if as_json else row.text())
    for row in PEERS:
        click.echo(json.dumps(asdict(row)) if as_json else f"{row.text()}")
    return int(gate and failed > 0)


def reference_rows(path: Path) -> list[Row]:
    """Solve every case in both conventions and compare each likelihood."""
    text = path.read_text("utf-8")
    expected = {case["id"]: case["expected"] for case in json.loads(text)["cases"]}
    conventions: dict[str, FounderConvention] = {"forrel": "explicit", "familias": "pruned"}
    rows = []
    for package, convention in conventions.items():
        worst, compared, start = 0.0, 0, time.thread_time()
        for case in read_cases(text, source=path.name):
            reference = expected[case.case_id].get(package)
            if reference is None:
                continue
            loci = reference if isinstance(reference, list) else [(x["H1"], x["H2"]) for x in reference["loci"]]
            for found, pair in zip(case.solve(convention).loci, loci, strict=True):
                for value, target in zip((found.likelihood_1, found.likelihood_2), pair, strict=True):
                    worst = max(worst, abs(value - target) / target if target else abs(value))
                    compared += 1
        rows.append(Row("reference", f"{package}: largest relative difference of {compared}", worst, "", at_most=1e-9))
        rows.append(Row("reference", f"{package}: CPU for all cases", time.thread_time() - start, "s"))
    return rows


def compile_rows() -> list[Row]:
    """Compile a three-generation pedigree with full stepwise mutation."""
    rng = np.random.default_rng(1)
    three = Pedigree.of(
        [
            *((name, None, None) for name in ("gf", "gm", "m", "other")),
            ("f", "gf", "gm"),
            ("uncle", "gf", "gm"),
            (SUBJECT, "f", "m"),
            ("sib", "f", "m"),
            ("half", "f", "other"),
        ]
    )
    models = locus_models(OPTIONS.frequencies, OPTIONS.mutation, KIT_24)
    world = draw_pedigree(rng, models, three)
    rows = []
    for name, typed in (
        ("grandmother", ("gm",)),
        ("grandmother, uncle", ("gm", "uncle")),
        ("sibling", ("sib",)),
        ("grandmother, uncle, sibling, half sibling", ("gm", "uncle", "sib", "half")),
    ):
        query = Query(three, {person: observed(world[person]) for person in typed})
        entries = [["", observation_code(models[locus].genotypes()[0])] for locus in KIT_19]
        value = median_seconds(partial(compile_query, query, KIT_19, entries, OPTIONS), 9)
        rows.append(Row("compile", f"three generations, typed: {name} (19 loci)", 1000 * value, "ms", at_most=10))
    return rows


def scan_rows(count: int) -> list[Row]:
    """Scan random profiles: one query, and 32 at once."""
    database = simulated_database(count, seed=2)
    rng = np.random.default_rng(3)
    models = locus_models(OPTIONS.frequencies, OPTIONS.mutation, KIT_24)
    queries = [
        Query(relation_pedigree("full-sibling"), {"kin": observed(draw_profile(rng, models))}) for _ in range(32)
    ]
    compiled = [compile_query(query, database.loci, database.observations, OPTIONS) for query in queries]
    one, many = stack_tables(database, compiled[:1]), stack_tables(database, compiled)
    single = median_seconds(lambda: drain(database.codes, one), 9)
    batch = median_seconds(lambda: drain(database.codes, many), 3)
    whole = median_seconds(lambda: search(database, queries[0], OPTIONS, top=100), 3)
    size = f"{count / 1e6:g} M profiles, {len(KIT_24)} loci"
    return [
        Row("scan", f"{size}: one query", 1000 * single, "ms", at_most=12 * count / 1e6),
        Row("scan", f"{size}: one query", count / single / 1e6, "M profiles/s"),
        Row("scan", f"{size}: batch of 32", 32 * count / batch / 1e6, "M pairs/s", at_least=300),
        Row("scan", f"{size}: whole search (compile, scan, null, top 100)", 1000 * whole, "ms"),
        Row("scan", "bytes a profile", database.codes.nbytes / count, "bytes", at_most=48),
    ]


def false_hit_rows(count: int) -> list[Row]:
    """Compare the expected number of strangers above a threshold with the number found."""
    database = simulated_database(count, seed=6, floored=True)
    rng = np.random.default_rng(7)
    models = locus_models(OPTIONS.frequencies, OPTIONS.mutation, KIT_24)
    expected, found = np.zeros(3), np.zeros(3)
    seconds = []
    for _ in range(20):
        query = Query(relation_pedigree("full-sibling"), {"kin": observed(draw_profile(rng, models))})
        tables = compile_query(query, database.loci, database.observations, OPTIONS)
        start = time.thread_time()
        null = database_null(database, tables)
        seconds.append(time.thread_time() - start)
        stacked = stack_tables(database, [tables])
        scores = np.concatenate([sums[:, 0].copy() for _, sums in scan_blocks(database.codes, stacked)])
        for number, threshold in enumerate((1.0, 2.0, 3.0)):
            expected[number] += null.expected_above(threshold)
            found[number] += (scores >= threshold).sum()
    rows = [Row("false hits", "exact null distribution, CPU", 1000 * float(np.median(seconds)), "ms")]
    for number, threshold in enumerate((1, 2, 3)):
        deviation = (found[number] - expected[number]) / np.sqrt(expected[number])
        label = (
            f"20 sibling searches, log10 LR >= {threshold}: expected {expected[number]:.1f}, found {found[number]:g}"
        )
        rows.append(Row("false hits", label, float(deviation), "sd", at_most=3, at_least=-3))
    return rows
