"""`python -m bench dna`: agreement with the forensic packages, speed of the search, calibration of its numbers.

CPU time of one thread throughout (`time.thread_time`), median of repeated runs. Databases and families are simulated
from the default population table with a fixed seed. The peers' figures in the last table were measured on another
machine with the packages named; they are orders of magnitude, not a race.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

import click
import numpy as np

from bench.dna_worlds import KIT_19, KIT_24, OPTIONS, observed, random_families, simulated_database, simulated_ratios
from matcher.str_loci.compare import KinshipOptions
from matcher.str_loci.compiled import compile_query
from matcher.str_loci.database import Codes
from matcher.str_loci.families import FamilyStore, from_patterns
from matcher.str_loci.locus_model import LocusModel
from matcher.str_loci.null_distribution import database_null
from matcher.str_loci.observations import observation_code
from matcher.str_loci.pedigree import FounderConvention, Pedigree
from matcher.str_loci.query import Query
from matcher.str_loci.reference_cases import read_cases
from matcher.str_loci.relations import relation_pedigree
from matcher.str_loci.scan_kernel import ScanTables, scan_blocks
from matcher.str_loci.search import search, stack_tables
from matcher.str_loci.simulate import draw_pedigree, draw_profile, locus_models
from matcher.str_loci.typing_errors import TypingErrors
from matcher.types import SUBJECT, Genotype

GOLDEN = Path(__file__).parents[1] / "tests" / "golden" / "str_pedigree_cases.json"
PEERS = (
    ("forrel 1.9.0 missingPersonLR", "43-106 LRs a second (duo to two grandparents, 20 loci)"),
    ("Familias 2.6.4 FamiliasPosterior", "17-164 LRs a second (same cases, loci prebuilt)"),
    ("dvir 3.4.2 pairwiseLR", "86-233 LRs a second (per victim)"),
    ("DNAprofiles 0.3.1 ki.db", "4.1 M LRs a second, pairs only, no mutation"),
)


@dataclass(frozen=True, slots=True)
class Row:
    """One measured figure.

    Parameters
    ----------
    task, figure : str
        What was measured.
    value : float
        In `unit`.
    unit : str
        Unit.
    target : str
        What it should be; empty = for information.
    """

    task: str
    figure: str
    value: float
    unit: str
    target: str = ""


def run(arguments: Sequence[str]) -> int:
    """Parse the bench's own options and print its table."""
    command(list(arguments), prog_name="python -m bench dna", standalone_mode=False)
    return 0


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--cases", type=click.Path(path_type=Path), default=GOLDEN, help="Reference cases with `expected` values."
)
@click.option("--profiles", default=1_000_000, show_default=True, help="Profiles of the speed database.")
@click.option("--families", default=1_000_000, show_default=True, help="Families of the speed database.")
@click.option("--pairs", default=100_000, show_default=True, help="Simulated pairs a relation for the calibration.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a row.")
def command(cases: Path, profiles: int, families: int, pairs: int, as_json: bool) -> None:  # noqa: FBT001 - click
    """Measure the DNA search."""
    rows = [
        *reference_rows(cases),
        *compile_rows(),
        *scan_rows(profiles),
        *family_rows(families),
        *calibration_rows(pairs),
        *false_hit_rows(min(profiles, 300_000)),
    ]
    for row in rows:
        shown = f"{row.task:<12}{row.figure:<58}{row.value:>12.4g} {row.unit:<14}{row.target}"
        click.echo(json.dumps(asdict(row)) if as_json else shown)
    if not as_json:
        click.echo("\npeers, published figures:")
        for name, figure in PEERS:
            click.echo(f"  {name:<36}{figure}")


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
        rows.append(Row("reference", f"{package}: largest relative difference of {compared}", worst, "", "<= 1e-9"))
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
        value = _median(partial(compile_query, query, KIT_19, entries, OPTIONS), 9)
        target = "<= 10"
        rows.append(Row("compile", f"three generations, typed: {name} (19 loci)", 1000 * value, "ms", target))
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
    single = _median(lambda: _drain(database.codes, one), 9)
    batch = _median(lambda: _drain(database.codes, many), 3)
    whole = _median(lambda: search(database, queries[0], OPTIONS, top=100), 3)
    size = f"{count / 1e6:g} M profiles, {len(KIT_24)} loci"
    return [
        Row("scan", f"{size}: one query", 1000 * single, "ms", f"<= {12 * count / 1e6:g}"),
        Row("scan", f"{size}: one query", count / single / 1e6, "M profiles/s"),
        Row("scan", f"{size}: batch of 32", 32 * count / batch / 1e6, "M pairs/s", ">= 300"),
        Row("scan", f"{size}: whole search (compile, scan, null, top 100)", 1000 * whole, "ms"),
        Row("scan", "bytes a profile", database.codes.nbytes / count, "bytes", "48"),
    ]


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
        tabulate = _median(partial(database.tables, profile), 3)
        scan = _median(partial(_drain, patterns.codes, tables), 7)
        distinct = sum(len(entries) - 1 for entries in patterns.observations)
        size = f"{count / 1e6:g} M {name}"
        rows += [
            Row("families", f"{size}: distinct patterns over all loci", distinct, ""),
            Row("families", f"{size}: tables of a first query", 1000 * first, "ms"),
            Row("families", f"{size}: tables of a further query", 1000 * tabulate, "ms"),
            Row("families", f"{size}: scan", 1000 * scan, "ms", f"<= {target * count / 1e6:g}"),
        ]
    return [*rows, *_store_rows(min(count, 50_000), models, profile)]


def _store_rows(count: int, models: dict[str, LocusModel], profile: dict[str, Genotype]) -> list[Row]:
    import tempfile

    patterns = random_families(count, 1, models)
    with tempfile.TemporaryDirectory(prefix="bench-dna-") as directory:
        store = FamilyStore.write(Path(directory), from_patterns(patterns, OPTIONS))
        store.scores(profile)
        seconds = _median(lambda: store.scores(profile), 7)
    return [Row("families", f"store on disk, {count} families: one query", count / seconds / 1e6, "M families/s")]


def calibration_rows(count: int) -> list[Row]:
    """Cllr and its calibration part for related and unrelated pairs, with mutation, drop-out, errors and swaps."""
    from bench.metrics import cllr, cllr_min

    options = KinshipOptions(errors=TypingErrors(1e-3, 1e-2))
    swap = 0.005
    rows = []
    for relation in ("direct", "parent-child", "full-sibling", "half-sibling", "grandparent"):
        genuine, impostor = simulated_ratios(relation, count, options, swap=swap)
        # A swapped sample makes a related pair unrelated: the floor of the channel, log10 LR >= log10(swap rate).
        related, strangers = (np.log10((1 - swap) * 10.0**values + swap) for values in (genuine, impostor))
        loss = cllr(related, strangers)
        rows.append(Row("calibration", f"{relation}, {count} pairs: Cllr", loss, "bits"))
        rows.append(Row("calibration", f"{relation}: Cllr_cal", loss - cllr_min(related, strangers), "bits", "<= 0.01"))
    return rows


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
        rows.append(Row("false hits", label, float(deviation), "sd", "|x| <= 3"))
    return rows


def _drain(codes: Codes, tables: ScanTables) -> float:
    """Scan everything and keep the largest sum, as the selection of a list would read it."""
    return max(float(sums.max()) for _, sums in scan_blocks(codes, tables))


def _median(work: Callable[[], object], repeats: int) -> float:
    work()
    seconds = []
    for _ in range(repeats):
        start = time.thread_time()
        work()
        seconds.append(time.thread_time() - start)
    return float(np.median(seconds))
