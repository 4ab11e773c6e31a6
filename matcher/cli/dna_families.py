"""`matcher dna families`: one profile against a database of families. Heavy imports stay inside the command."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import click

from matcher.cli.dna_inputs import family_members, kinship_options, query_profile
from matcher.cli.dna_options import RELATIONS, model_options, query_options, top_option
from matcher.cli.options import emit_json, json_option, note, progress, read_json_lines

if TYPE_CHECKING:
    from matcher.str_loci.compare import KinshipOptions
    from matcher.str_loci.families import FamilyDatabase
    from matcher.types import Genotype


@click.command()
@query_options
@click.option(
    "--families", "families_file", type=click.Path(path_type=Path),
    help='JSON lines, a family each: {"id", "pedigree": [[id, father, mother, sex]], "missing", "typed": {}}.',
)  # fmt: skip
@click.option(
    "--database", type=click.Path(path_type=Path),
    help="Profiles in Parquet instead: each the only relative of a missing person.",
)  # fmt: skip
@click.option(
    "-r", "--relation", type=click.Choice([one for one in RELATIONS if one != "direct"]), default="parent-child",
    show_default=True, help="What each profile of --database is to its missing person.",
)  # fmt: skip
@click.option("--write-store", type=click.Path(path_type=Path), help="Write the tables of all families to a directory.")
@click.option("--store", type=click.Path(path_type=Path), help="Search tables that --write-store wrote.")
@top_option
@model_options
@json_option
def families(
    query_file: Path | None,
    sample: str | None,
    families_file: Path | None,
    database: Path | None,
    relation: str,
    write_store: Path | None,
    store: Path | None,
    top: int,
    populations: tuple[str, ...],
    mutation: str,
    theta: float,
    founders: str,
    as_json: bool,  # noqa: FBT001 - click passes flags by name
) -> None:
    """Rank families by the LR that their missing member is the person of one profile.

    The number of families that a stranger's profile would reach each LR with is printed beside it, except for a store.

    \b
    Examples:
      matcher dna families --query unknown.csv --families families.jsonl --top 20 --json
      matcher dna families --query unknown.csv --database mothers.parquet --relation parent-child
      matcher dna families --families families.jsonl --write-store families.store
      matcher dna families --query unknown.csv --store families.store
    """
    from matcher.errors import UsageError

    sources = [source for source in (families_file, database, store) if source is not None]
    if len(sources) != 1 or (query_file is None) == (write_store is None) or (store and write_store):
        raise UsageError(
            "give one of --families, --database, --store, and either --query or --write-store",
            remedy="see matcher dna families --help",
        )
    if len(populations) != 1:
        raise UsageError("several populations", remedy="search families with one population at a time")
    options = kinship_options(populations, mutation, theta, founders)[populations[0]]
    loaded = None if store else _load(families_file, database, relation, options)
    if write_store is not None and loaded is not None:
        _write(loaded, write_store)
        return
    assert query_file is not None
    profile = query_profile(query_file, sample).genotypes
    hits = _store_hits(store, profile, top) if store else _hits(loaded, profile, top)
    for rank, (name, value, strangers) in enumerate(hits, 1):
        if as_json:
            emit_json({"rank": rank, "family": name, "log10_lr": value, "expected_false": strangers})
        else:
            expected = "" if strangers is None else f"\t{strangers:.3g} strangers expected"
            click.echo(f"{rank}\t{name}\t{value:+.3f}{expected}")


_Hits = list[tuple[str, float, float | None]]


def _load(families_file: Path | None, database: Path | None, relation: str, options: KinshipOptions) -> FamilyDatabase:
    from matcher.str_loci.families import families_of_relatives, family_database
    from matcher.str_loci.parquet import read_database

    if database is not None:
        return families_of_relatives(read_database(database).database, relation, options)
    assert families_file is not None
    return family_database(
        (family_members(row, f"{families_file.name}:{number}") for number, row in read_json_lines(families_file)),
        options,
    )


def _write(loaded: FamilyDatabase, directory: Path) -> None:
    from matcher.str_loci.family_store import FamilyStore

    with progress("loci", len(loaded.gallery.loci)) as step:
        FamilyStore.write(directory, loaded, progress=step)
    note(f"{len(loaded)} families written to {directory}")


def _hits(loaded: FamilyDatabase | None, profile: Mapping[str, Genotype], top: int) -> _Hits:
    assert loaded is not None
    tables = loaded.tables(profile)
    null = loaded.null(tables)
    return [(name, value, null.expected_above(value)) for name, value in loaded.ranked(tables, top=top)]


def _store_hits(store: Path, profile: Mapping[str, Genotype], top: int) -> _Hits:
    from matcher.str_loci.family_store import FamilyStore

    return [(name, value, None) for name, value in FamilyStore.open(store).search(profile, top=top)]
