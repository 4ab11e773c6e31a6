"""`matcher dna search`, `blind` and `power`: databases of profiles. Heavy imports stay inside the commands."""

from __future__ import annotations

from pathlib import Path

import click

from matcher.cli.dna_inputs import kinship_options, question_of, rows_of
from matcher.cli.dna_options import RELATIONS, database_option, model_options, query_options, top_option
from matcher.cli.dna_views import print_search, search_document
from matcher.cli.options import emit_json, finite, json_option, note


@click.command()
@database_option
@query_options
@click.option(
    "-r", "--relation", type=click.Choice(RELATIONS), default="direct", show_default=True,
    help="What the query is to the person looked for.",
)  # fmt: skip
@click.option(
    "--pedigree", type=click.Path(path_type=Path),
    help='JSON family instead of a query: {"pedigree": [[id, father, mother, sex]], "missing": id, "typed": {}}.',
)  # fmt: skip
@click.option("--mother", is_flag=True, help="The query is on the mother's side (female mutation rate).")
@top_option
@model_options
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


@click.command()
@click.option("--pedigree", type=click.Path(path_type=Path), required=True, help="JSON family, as for `dna search`.")
@click.option("--records", type=click.IntRange(1), default=1_000_000, show_default=True, help="Size of the database.")
@click.option("--alpha", type=float, default=0.1, show_default=True, callback=finite,
              help="Strangers tolerated above the threshold.")  # fmt: skip
@click.option("--kit", default="Goldeneye 20A", show_default=True, help="Kit of the missing person's profile.")
@click.option("--seed", type=click.IntRange(min=0), default=1, show_default=True,
              help="For the genotypes of relatives not yet sampled.")  # fmt: skip
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


@click.command()
@database_option
@click.option(
    "-r", "--relation", type=click.Choice(["direct", "parent-child", "full-sibling", "half-sibling"]),
    default="direct", show_default=True, help="What the pairs are to be.",
)  # fmt: skip
@click.option("--threshold", type=float, default=6.0, show_default=True, callback=finite,
              help="Smallest log10 LR of a pair.")  # fmt: skip
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
