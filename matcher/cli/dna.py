"""`matcher dna`: compare STR profiles. Heavy imports stay inside the commands."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from matcher.cli.dna_inputs import (
    kinship_options,
    load_profiles,
    practice_of,
    question_of,
    rows_of,
    sample_of,
)
from matcher.cli.dna_views import (
    comparison_document,
    posterior,
    practice_document,
    print_comparison,
    print_search,
    search_document,
)
from matcher.cli.options import emit_json, json_option, language_option, note

if TYPE_CHECKING:
    from matcher.llr import Language
    from matcher.str_loci.pedigree import FounderConvention

RELATIONS = (
    "direct", "parent-child", "child", "full-sibling", "half-sibling", "grandparent", "grandchild", "avuncular",
    "first-cousin",
)  # fmt: skip
QUESTIONS = ("direct", "parent-child", "full-sibling", "half-sibling", "grandparent", "avuncular", "trio")
MODELS = ("none", "equal", "proportional", "stepwise")


prior_option = click.option(
    "--prior",
    type=click.FloatRange(0, 1, min_open=True, max_open=True),
    help="Prior probability of H1; adds the posterior.",
)


@click.group()
def dna() -> None:
    """Compare STR profiles and pedigrees."""


@dna.command()
@click.argument("samples", nargs=-1, required=True, metavar="SAMPLE SAMPLE [SAMPLE]")
@click.option(
    "-p", "--profiles", "files", type=click.Path(path_type=Path), multiple=True, required=True,
    help="CSV, text or XLSX table (long, wide, GeneMapper) or CODIS XML; may be repeated.",
)  # fmt: skip
@click.option(
    "-r", "--relation", type=click.Choice(QUESTIONS), default="direct", show_default=True,
    help="What the first person may be to the others.",
)  # fmt: skip
@click.option("--mother", is_flag=True, help="The alleged relative is on the mother's side (female mutation rate).")
@click.option(
    "--population", "populations", multiple=True, default=("han_42",), show_default=True,
    help="Frequency table of the catalogue, or a CSV of your own; repeated, the smallest LR counts.",
)  # fmt: skip
@click.option("--mutation", type=click.Choice(MODELS), default="stepwise", show_default=True, help="Mutation model.")
@click.option("--theta", type=float, default=0.0, show_default=True, help="Coancestry; 0.01 to 0.03 where kin marry.")
@click.option(
    "--founders", type=click.Choice(["pruned", "explicit"]), default="pruned", show_default=True,
    help="Untyped founders with one child: left out (as Familias) or kept (as pedprobr).",
)  # fmt: skip
@prior_option
@language_option
@json_option
def compare(
    samples: tuple[str, ...],
    files: tuple[Path, ...],
    relation: str,
    mother: bool,  # noqa: FBT001 - click passes flags by name
    populations: tuple[str, ...],
    mutation: str,
    theta: float,
    founders: str,
    prior: float | None,
    language: Language,
    as_json: bool,  # noqa: FBT001 - click passes flags by name
) -> None:
    """Compare two samples, or three for a trio: the subject first, then its alleged relative.

    \b
    Examples:
      matcher dna compare S1 S2 -p lab.csv                               the same person?
      matcher dna compare CHILD FATHER -p lab.csv -r parent-child        parent and child?
      matcher dna compare CHILD FATHER MOTHER -p lab.csv -r trio --json  father, given the mother
    """
    from matcher.str_loci import compare as comparing
    from matcher.str_loci.populations import smallest_comparison

    options = kinship_options(populations, mutation, theta, founders)
    profiles = load_profiles(files)
    chosen = [sample_of(profiles, sample) for sample in samples]
    question = next(known for known in comparing.QUESTIONS if known == relation)
    population, result = smallest_comparison(question, chosen, options, mother=mother)
    practice = practice_of(question, chosen, options[population])
    if as_json:
        document = (
            comparison_document(result, language) | {"population": population} | posterior(result.log10_lr, prior)
        )
        emit_json(document | ({"gbt37223": practice_document(practice)} if practice else {}))
        return
    print_comparison(result, language)
    if prior is not None:
        click.echo(f"posterior at prior {prior:g}: {posterior(result.log10_lr, prior)['posterior']:.10g}")
    if practice is not None:
        number = f"10^{practice.log10_cpi:.4f}, RCP {practice.rcp:.10f}"
        click.echo(f"GB/T 37223 practice: CPI {number}; inconsistent: {', '.join(practice.inconsistent) or '0'}")


@dna.command()
@click.option(
    "--cases", "path", type=click.Path(path_type=Path), required=True,
    help="JSON with freq_tables and cases [{id, theta, pedigrees, typed, loci}].",
)  # fmt: skip
@click.option(
    "--founders", type=click.Choice(["pruned", "explicit"]), default="pruned", show_default=True,
    help="Untyped founders with one child: left out (as Familias) or kept (as pedprobr).",
)  # fmt: skip
@prior_option
@json_option
def lr(path: Path, founders: str, prior: float | None, as_json: bool) -> None:  # noqa: FBT001 - click passes flags by name
    """Compute likelihood ratios of pedigrees, case by case.

    With --json one line a case: {"id", "loci": [{"locus", "H1", "H2", "lr"}], "log10_lr"}; null stands for an LR that
    is not defined and for the logarithm of 0. A locus with "chromosome": "X" is X-chromosomal. A case that cannot be
    read gives {"id", "error"} and a line on standard error; the others are answered all the same, with exit code 3.

    \b
    Example:
      matcher dna lr --cases cases.json --founders explicit --json
    """
    from matcher.errors import InputError
    from matcher.str_loci.reference_answers import answers
    from matcher.str_loci.tables import read_text

    convention: FounderConvention = "explicit" if founders == "explicit" else "pruned"
    refused = 0
    for item in answers(read_text(path), source=path.name, founders=convention):
        if item.error is not None:
            refused += 1
            note(str(item.error))
            if as_json:
                emit_json({"id": item.entry, "error": str(item.error)})
        elif as_json:
            emit_json({**item.document, **(posterior(item.log10_lr, prior) if item.log10_lr is not None else {})})
        elif item.log10_lr is not None:
            click.echo(f"{item.entry}\t{item.log10_lr:+.6f}")
    if refused:
        raise InputError(f"{path.name}: {refused} cases could not be answered", remedy="see the lines above")


@dna.command()
@click.option("--database", type=click.Path(path_type=Path), required=True, help="Profiles in Parquet, long or wide.")
@click.option("--query", "query_file", type=click.Path(path_type=Path), help="Table with the relative's profile.")
@click.option("--sample", help="Sample of the query table; needed when it holds several.")
@click.option(
    "-r", "--relation", type=click.Choice(RELATIONS), default="direct", show_default=True,
    help="What the query is to the person looked for.",
)  # fmt: skip
@click.option(
    "--pedigree", type=click.Path(path_type=Path),
    help='JSON family instead of a query: {"pedigree": [[id, father, mother, sex]], "missing": id, "typed": {}}.',
)  # fmt: skip
@click.option("--mother", is_flag=True, help="The query is on the mother's side (female mutation rate).")
@click.option("--top", type=click.IntRange(1, 10_000), default=100, show_default=True, help="Length of the list.")
@click.option(
    "--population", "populations", multiple=True, default=("han_42",), show_default=True,
    help="Frequency table of the catalogue, or a CSV of your own; repeated, the smallest LR counts.",
)  # fmt: skip
@click.option("--mutation", type=click.Choice(MODELS), default="stepwise", show_default=True, help="Mutation model.")
@click.option("--theta", type=float, default=0.0, show_default=True, help="Coancestry; 0.01 to 0.03 where kin marry.")
@click.option(
    "--founders", type=click.Choice(["pruned", "explicit"]), default="pruned", show_default=True,
    help="Untyped founders with one child: left out (as Familias) or kept (as pedprobr).",
)  # fmt: skip
@json_option
def search(
    database: Path,
    query_file: Path | None,
    sample: str | None,
    relation: str,
    pedigree: Path | None,
    mother: bool,  # noqa: FBT001 - click passes flags by name
    top: int,
    populations: tuple[str, ...],
    mutation: str,
    theta: float,
    founders: str,
    as_json: bool,  # noqa: FBT001 - click passes flags by name
) -> None:
    """Rank a database of profiles for one relative, or for a family with one missing member.

    Every hit comes with the number of strangers expected at or above its LR in this database, and with the LR of the
    other close relations. A hit is a lead: re-sample before anything else.

    \b
    Examples:
      matcher dna search --query father.csv --database profiles.parquet -r parent-child --top 20 --json
      matcher dna search --pedigree family.json --database profiles.parquet
    """
    from matcher.str_loci.parquet import read_database
    from matcher.str_loci.populations import search_populations
    from matcher.str_loci.search import search as run_search

    question, rivals = question_of(query_file, sample, pedigree, relation, mother=mother)
    loaded = read_database(database)
    if loaded.ignored_columns:
        note(f"not compared: {', '.join(loaded.ignored_columns[:10])}")
    if loaded.unreadable:
        note(f"{loaded.unreadable} genotypes left out: an allele is not a repeat number (off-ladder, range mark)")
    options = kinship_options(populations, mutation, theta, founders)
    if len(options) == 1:
        result = run_search(loaded.database, question, options[populations[0]], top=top, rivals=rivals)
    else:
        result = search_populations(loaded.database, question, options, top=top)
    emit_json(search_document(result, "pedigree" if pedigree else relation)) if as_json else print_search(result)


@dna.command()
@click.option("--pedigree", type=click.Path(path_type=Path), required=True, help="JSON family, as for `dna search`.")
@click.option("--records", type=click.IntRange(1), default=1_000_000, show_default=True, help="Size of the database.")
@click.option("--alpha", type=float, default=0.1, show_default=True, help="Strangers tolerated above the threshold.")
@click.option("--kit", default="Goldeneye 20A", show_default=True, help="Kit of the missing person's profile.")
@click.option("--seed", type=int, default=1, show_default=True, help="For the genotypes of relatives not yet sampled.")
@json_option
def power(pedigree: Path, records: int, alpha: float, kit: str, seed: int, as_json: bool) -> None:  # noqa: FBT001
    """Say whether a family's samples suffice for a database, and whom to sample next.

    \b
    Example:
      matcher dna power --pedigree family.json --records 1000000
    """
    import numpy as np

    from matcher.str_loci.compare import KinshipOptions
    from matcher.str_loci.loci import kit_loci
    from matcher.str_loci.power import family_power, next_relatives, threshold
    from matcher.str_loci.questions import read_family
    from matcher.str_loci.tables import read_text

    query, loci = read_family(read_text(pedigree), source=pedigree.name), kit_loci(kit)
    options, goal = KinshipOptions(), threshold(records, alpha)
    now = family_power(query, loci, options, at=goal)
    further = next_relatives(query, loci, options, at=goal, rng=np.random.default_rng(seed))
    if as_json:
        rows = [
            {"relatives": list(x.relatives), "reach": x.reach, "median_log10_lr": x.median} for x in (now, *further)
        ]
        emit_json({"schema": "matcher.dna.power/1", "threshold_log10_lr": goal, "now": rows[0], "further": rows[1:]})
        return
    click.echo(f"threshold for {records} records: log10 LR {goal:.2f}")
    for label, item in (("now", now), *((f"+ {item.relatives[-1]}", item) for item in further)):
        click.echo(
            f"{label:<28} the true person clears it with probability {item.reach:6.1%}, median {item.median:5.2f}"
        )


@dna.command()
@click.option("--database", type=click.Path(path_type=Path), required=True, help="Profiles in Parquet, long or wide.")
@click.option(
    "-r", "--relation", type=click.Choice(["direct", "parent-child", "full-sibling", "half-sibling"]),
    default="direct", show_default=True, help="What the pairs are to be.",
)  # fmt: skip
@click.option("--threshold", type=float, default=6.0, show_default=True, help="Smallest log10 LR of a pair.")
@click.option("--new", "new_samples", multiple=True, help="Compare only these samples with all; may be repeated.")
@json_option
def blind(
    database: Path,
    relation: str,
    threshold: float,
    new_samples: tuple[str, ...],
    as_json: bool,  # noqa: FBT001 - click passes flags by name
) -> None:
    """Compare all profiles of a database with one another: duplicates of one person, and kin nobody knew of.

    \b
    Example:
      matcher dna blind --database profiles.parquet --relation full-sibling --threshold 5 --json
    """
    from matcher.str_loci.blind import blind_search, pair_tables
    from matcher.str_loci.compare import KinshipOptions
    from matcher.str_loci.parquet import read_database

    loaded = read_database(database).database
    rows = rows_of(loaded.sample_ids.tolist(), new_samples)
    tables = pair_tables(loaded, relation, KinshipOptions())
    for pair in blind_search(loaded, tables, rows, threshold=threshold):
        if as_json:
            emit_json({"first": pair.first, "second": pair.second, "log10_lr": pair.log10_lr})
        else:
            click.echo(f"{pair.first}\t{pair.second}\t{pair.log10_lr:+.3f}")
