"""`matcher dna y`: paternal lines by Y-STR haplotypes. Heavy imports stay inside the command."""

from __future__ import annotations

from pathlib import Path

import click

from matcher.cli.dna_inputs import load_haplotypes
from matcher.cli.dna_options import profiles_option, top_option
from matcher.cli.options import emit_json, json_option


@click.command()
@click.argument("sample")
@click.argument("other", required=False)
@profiles_option
@click.option(
    "--transmissions", type=click.IntRange(1, 40), default=1, show_default=True,
    help="Father-to-son steps between the two men: father and son 1, brothers 2, uncle 3, cousins 4.",
)  # fmt: skip
@top_option
@json_option
def y(
    sample: str,
    other: str | None,
    files: tuple[Path, ...],
    transmissions: int,
    top: int,
    as_json: bool,  # noqa: FBT001 - click passes flags by name
) -> None:
    """Compare a man's Y haplotype with another's, or with all in the files: fewest steps first.

    Steps exclude a near paternal relation or fail to; all men of one line share the haplotype, so that a match is no
    identification and has no likelihood ratio here.

    \b
    Examples:
      matcher dna y S1 S2 -p y.csv --transmissions 2
      matcher dna y S1 -p y.csv --top 20 --json
    """
    from matcher.errors import InputError
    from matcher.str_loci.y_lineage import rank_haplotypes

    haplotypes = load_haplotypes(files)
    for name in (sample, *([other] if other else [])):
        if name not in haplotypes:
            known = ", ".join(sorted(haplotypes)[:8])
            raise InputError(f"no Y haplotype of '{name}' in the files", remedy=f"samples there: {known or 'none'}")
    mine = haplotypes.pop(sample)
    others = {other: haplotypes[other]} if other else haplotypes
    for name, found in rank_haplotypes(mine, others, transmissions=transmissions)[:top]:
        if as_json:
            total = sum(found.steps.values())
            emit_json(
                {"sample": name, "loci": found.loci, "steps": total, "differing": dict(found.steps),
                 "expected_steps": found.expected, "tail": found.tail, "excluded": found.excluded}
            )  # fmt: skip
            continue
        shown = ", ".join(f"{locus} {steps}" for locus, steps in found.steps.items()) or "none"
        verdict = "excluded" if found.excluded else "not excluded"
        click.echo(f"{name}\t{verdict} at {transmissions} transmissions\t{found.loci} loci\tsteps: {shown}")
