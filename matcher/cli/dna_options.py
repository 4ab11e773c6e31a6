"""Options that the commands of `matcher dna` share."""

from __future__ import annotations

from pathlib import Path

import click

from matcher.cli.options import Command, finite

RELATIONS = (
    "direct", "parent-child", "child", "full-sibling", "half-sibling", "grandparent", "grandchild", "avuncular",
    "first-cousin",
)  # fmt: skip
QUESTIONS = ("direct", "parent-child", "full-sibling", "half-sibling", "grandparent", "avuncular", "trio")
MODELS = ("none", "equal", "proportional", "stepwise")

prior_option = click.option(
    "--prior",
    type=click.FloatRange(0, 1, min_open=True, max_open=True),
    callback=finite,
    help="Prior probability of H1; adds the posterior.",
)

founders_option = click.option(
    "--founders",
    type=click.Choice(["pruned", "explicit"]),
    default="pruned",
    show_default=True,
    help="Untyped founders with one child: left out (as Familias) or kept (as pedprobr).",
)

profiles_option = click.option(
    "-p",
    "--profiles",
    "files",
    type=click.Path(path_type=Path),
    multiple=True,
    required=True,
    help="CSV, text or XLSX table (long, wide, GeneMapper) or CODIS XML; may be repeated.",
)

database_option = click.option(
    "--database", type=click.Path(path_type=Path), required=True, help="Profiles in Parquet, long or wide."
)

top_option = click.option(
    "--top", type=click.IntRange(1, 10_000), default=100, show_default=True, help="Length of the list."
)


def query_options(command: Command) -> Command:
    """Add `--query FILE` and `--sample ID`, passed as `query_file` and `sample`."""
    sample = click.option("--sample", help="Sample of the query table; needed when it holds several.")
    table = click.option(
        "--query", "query_file", type=click.Path(path_type=Path), help="Table with the profile that asks."
    )
    return table(sample(command))


def model_options(command: Command) -> Command:
    """Add the population and inheritance, passed as `populations`, `mutation`, `theta` and `founders`."""
    populations = click.option(
        "--population",
        "populations",
        multiple=True,
        default=("han_42",),
        show_default=True,
        help="Frequency table of the catalogue, or a CSV of your own; repeated, the smallest LR counts.",
    )
    mutation = click.option(
        "--mutation", type=click.Choice(MODELS), default="stepwise", show_default=True, help="Mutation model."
    )
    theta = click.option(
        "--theta", type=float, default=0.0, show_default=True, help="Coancestry; 0.01 to 0.03 where kin marry."
    )
    return populations(mutation(theta(founders_option(command))))
