"""`matcher dna check` and `convert`: profile files. Heavy imports stay inside the commands."""

from __future__ import annotations

from pathlib import Path

import click

from matcher.cli.dna_inputs import load_profiles, read_all_profiles
from matcher.cli.dna_options import profiles_option
from matcher.cli.options import emit_json, json_option, note


@click.command()
@profiles_option
@json_option
def check(files: tuple[Path, ...], as_json: bool) -> None:  # noqa: FBT001 - click passes flags by name
    """Say what profile files hold: kits, replicates that disagree, different samples with one profile.

    \b
    Example:
      matcher dna check -p lab.csv -p second_kit.csv --json
    """
    from matcher.str_loci.profile_checks import check_profiles

    found = check_profiles(read_all_profiles(files))
    if as_json:
        emit_json(
            {
                "schema": "matcher.dna.check/1",
                "samples": [{"sample": x.sample, "loci": x.loci, "kit": x.kit} for x in found.samples],
                "replicates": [
                    {"sample": x.sample, "compared": x.concordance.compared, "dropped": list(x.concordance.dropped),
                     "different": list(x.concordance.different), "same_person": x.concordance.same_person}
                    for x in found.replicates
                ],
                "duplicates": [{"first": a, "second": b, "compared": n} for a, b, n in found.duplicates],
            }
        )  # fmt: skip
        return
    for item in found.samples:
        click.echo(f"{item.sample}\t{item.loci} loci\t{item.kit or 'no known kit'}")
    for replicate in found.replicates:
        one = replicate.concordance
        verdict = "agrees" if one.same_person else "NOT ONE PERSON"
        lost = f"; lost allele: {', '.join(one.dropped)}" if one.dropped else ""
        differing = f"; differs: {', '.join(one.different)}" if one.different else ""
        click.echo(f"replicate {replicate.sample}\t{verdict} over {one.compared} loci{lost}{differing}")
    for first, second, compared in found.duplicates:
        click.echo(f"one profile\t{first}\t{second}\t{compared} loci equal")


@click.command()
@profiles_option
@click.option("--to", "form", type=click.Choice(["cmf", "csv"]), default="cmf", show_default=True, help="Form written.")
@click.option("--output", type=click.Path(path_type=Path), required=True, help="File to write; must not exist.")
@click.option("--laboratory", default="MATCHER", show_default=True, help="Source and destination laboratory (CMF).")
@click.option("--category", default="Unidentified Person", show_default=True, help="Specimen category (CMF).")
@json_option
def convert(
    files: tuple[Path, ...],
    form: str,
    output: Path,
    laboratory: str,
    category: str,
    as_json: bool,  # noqa: FBT001 - click passes flags by name
) -> None:
    """Write profiles as CODIS XML (CMF 3.2) or as a long CSV table; two typings of one sample are joined or refused.

    \b
    Example:
      matcher dna convert -p genemapper.txt --to cmf --output profiles.xml --laboratory STATION-1
    """
    from datetime import UTC, datetime

    from matcher.errors import UsageError
    from matcher.outputs import output_file, require_place
    from matcher.str_loci.codis import write_cmf
    from matcher.str_loci.profiles import write_table

    if output.exists():
        raise UsageError(f"'{output}' exists", remedy="name a new file")
    require_place(output)
    profiles = list(load_profiles(files).values())
    if form == "cmf":
        text = write_cmf(profiles, laboratory=laboratory, category=category, made=datetime.now(UTC))
    else:
        text = write_table(profiles)
    with output_file(output) as temporary:
        temporary.write_text(text, "utf-8", newline="")
    if as_json:
        emit_json({"schema": "matcher.dna.convert/1", "profiles": len(profiles), "output": str(output)})
    else:
        note(f"{len(profiles)} profiles written to {output}")
