"""`matcher dna compare` and `lr`: the likelihood ratio of stated relations. Heavy imports stay inside the commands."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from matcher.cli.dna_inputs import kinship_options, load_profiles, practice_of, sample_of, sibling_score_of
from matcher.cli.dna_options import QUESTIONS, founders_option, model_options, prior_option, profiles_option
from matcher.cli.dna_views import comparison_document, posterior, practice_document, print_comparison
from matcher.cli.options import emit_json, json_option, language_option, note

if TYPE_CHECKING:
    from matcher.llr import Language
    from matcher.str_loci.pedigree import FounderConvention


@click.command()
@click.argument("samples", nargs=-1, required=True, metavar="SAMPLE SAMPLE [SAMPLE]")
@profiles_option
@click.option(
    "-r", "--relation", type=click.Choice(QUESTIONS), default="direct", show_default=True,
    help="What the first person may be to the others.",
)  # fmt: skip
@click.option("--mother", is_flag=True, help="The alleged relative is on the mother's side (female mutation rate).")
@model_options
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
    score = sibling_score_of(question, chosen, options[population])
    if as_json:
        document = (
            comparison_document(result, language) | {"population": population} | posterior(result.log10_lr, prior)
        )
        document |= {"gbt37223": practice_document(practice)} if practice else {}
        emit_json(document | ({"shared_alleles": asdict(score)} if score else {}))
        return
    print_comparison(result, language)
    if prior is not None:
        click.echo(f"posterior at prior {prior:g}: {posterior(result.log10_lr, prior)['posterior']:.10g}")
    if practice is not None:
        number = f"10^{practice.log10_cpi:.4f}, RCP {practice.rcp:.10f}"
        click.echo(f"GB/T 37223 practice: CPI {number}; inconsistent: {', '.join(practice.inconsistent) or '0'}")
    if score is not None:
        click.echo(
            f"shared alleles (IBS): {score.score} over {score.loci} loci; expected for full siblings "
            f"{score.expected_siblings:.1f}, unrelated {score.expected_unrelated:.1f}"
        )


@click.command()
@click.option(
    "--cases", "path", type=click.Path(path_type=Path), required=True,
    help="JSON with freq_tables and cases [{id, theta, pedigrees, typed, loci}], or a Familias file.",
)  # fmt: skip
@founders_option
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
    refused = found = 0
    for item in answers(read_text(path), source=path.name, founders=convention):
        found += 1
        if item.error is not None:
            refused += 1
            note(str(item.error))
            if as_json:
                emit_json({"id": item.entry, "error": str(item.error)})
        elif as_json:
            emit_json({**item.document, **(posterior(item.log10_lr, prior) if item.log10_lr is not None else {})})
        elif item.log10_lr is not None:
            click.echo(f"{item.entry}\t{item.log10_lr:+.6f}")
    if not found:
        note(f"{path.name} holds no case")
    if refused:
        raise InputError(f"{path.name}: {refused} cases could not be answered", remedy="see the lines above")
