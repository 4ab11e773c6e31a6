"""`matcher dna`: compare STR profiles. Heavy imports stay inside the commands."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from matcher.cli.options import emit_json, json_option, language_option, note

if TYPE_CHECKING:
    from matcher.llr import Language
    from matcher.str_loci.compare import KinshipOptions, ProfileComparison
    from matcher.str_loci.pedigree import FounderConvention
    from matcher.types import StrProfile

QUESTIONS = ("direct", "parent-child", "full-sibling", "half-sibling", "grandparent", "avuncular", "trio")
MODELS = ("none", "equal", "proportional", "stepwise")


@click.group()
def dna() -> None:
    """Compare STR profiles and pedigrees."""


@dna.command()
@click.argument("samples", nargs=-1, required=True, metavar="SAMPLE SAMPLE [SAMPLE]")
@click.option(
    "-p", "--profiles", "files", type=click.Path(path_type=Path), multiple=True, required=True,
    help="Table in long layout (sample, locus, allele 1, allele 2); may be repeated.",
)  # fmt: skip
@click.option("-r", "--relation", type=click.Choice(QUESTIONS), default="direct", show_default=True)
@click.option("--mother", is_flag=True, help="The alleged relative is on the mother's side (female mutation rate).")
@click.option("--population", default="han_42", show_default=True, help="Frequency table of the catalogue.")
@click.option("--mutation", type=click.Choice(MODELS), default="stepwise", show_default=True, help="Mutation model.")
@click.option("--theta", type=float, default=0.0, show_default=True, help="Coancestry; 0.01 to 0.03 where kin marry.")
@click.option("--founders", type=click.Choice(["pruned", "explicit"]), default="pruned", show_default=True)
@language_option
@json_option
def compare(
    samples: tuple[str, ...],
    files: tuple[Path, ...],
    relation: str,
    mother: bool,  # noqa: FBT001 - click passes flags by name
    population: str,
    mutation: str,
    theta: float,
    founders: str,
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

    options = _options(population, mutation, theta, founders)
    profiles = _load(files)
    chosen = [_sample(profiles, sample) for sample in samples]
    question = next(known for known in comparing.QUESTIONS if known == relation)
    result = comparing.compare_profiles(question, chosen, options, mother=mother)
    emit_json(_document(result, language)) if as_json else _print(result, language)


def _options(population: str, mutation: str, theta: float, founders: str) -> KinshipOptions:
    from dataclasses import replace

    from matcher.str_loci.compare import KinshipOptions
    from matcher.str_loci.frequencies import DEFAULT_POPULATION, default_frequencies
    from matcher.str_loci.frequencies import population as read_population
    from matcher.str_loci.mutation import DEFAULT_MUTATION, MUTATION_KINDS

    return KinshipOptions(
        frequencies=default_frequencies() if population == DEFAULT_POPULATION else read_population(population),
        mutation=replace(DEFAULT_MUTATION, kind=next(kind for kind in MUTATION_KINDS if kind == mutation)),
        theta=theta,
        founders="explicit" if founders == "explicit" else "pruned",
    )


def _load(files: tuple[Path, ...]) -> dict[str, StrProfile]:
    from matcher.str_loci.profiles import read_profiles
    from matcher.str_loci.tables import read_rows

    found: dict[str, StrProfile] = {}
    for path in files:
        profiles, rejects = read_profiles(read_rows(path), source=path.name)
        found |= {profile.sample_id: profile for profile in profiles}
        for reject in rejects:
            note(
                f"{reject.source}:{reject.row} {reject.column or ''} {reject.value}: {reject.reason} -> {reject.remedy}"
            )
    return found


def _sample(profiles: dict[str, StrProfile], sample: str) -> StrProfile:
    from matcher.errors import InputError

    if sample not in profiles:
        known = ", ".join(sorted(profiles)[:8])
        raise InputError(f"no sample '{sample}' in the files", remedy=f"samples there: {known}")
    return profiles[sample]


def _finite(value: float) -> float | None:
    """Return a number JSON can hold; minus infinity (excluded) becomes null."""
    return value if abs(value) < float("inf") else None


def _document(result: ProfileComparison, language: Language) -> dict[str, object]:
    from matcher.str_loci.alleles import format_genotype
    from matcher.str_loci.compare import verbal

    return {
        "schema": "matcher.dna.compare/1",
        "relation": result.question,
        "samples": list(result.samples),
        "loci": [
            {
                "locus": item.locus,
                "genotypes": [format_genotype(genotype) for genotype in item.genotypes],
                "log10_lr": _finite(item.log10_lr),
                "counted": item.counted,
                "steps": item.steps,
            }
            for item in result.loci
        ],
        "without_frequencies": list(result.left_out),
        "log10_lr": _finite(result.log10_lr),
        "excluded": result.log10_lr == float("-inf"),
        "verbal": verbal(result, language),
    }


def _print(result: ProfileComparison, language: Language) -> None:
    from matcher.str_loci.alleles import format_genotype
    from matcher.str_loci.compare import verbal

    width = max(len(item.locus) for item in result.loci)
    click.echo(f"{'locus':<{width}}  " + "  ".join(f"{sample[:12]:>12}" for sample in result.samples) + "   log10 LR")
    for item in result.loci:
        genotypes = "  ".join(f"{format_genotype(genotype):>12}" for genotype in item.genotypes)
        mark = "" if item.counted else "  (linked, not added)"
        steps = f"  {item.steps:g} step(s) apart" if item.steps else ""
        click.echo(f"{item.locus:<{width}}  {genotypes}  {item.log10_lr:>+9.4f}{steps}{mark}")
    click.echo(f"{'total':<{width}}  {result.log10_lr:+.4f} over {sum(item.counted for item in result.loci)} loci")
    click.echo(verbal(result, language))
    if result.left_out:
        note(f"no frequencies for: {', '.join(result.left_out)}")


@dna.command()
@click.option(
    "--cases", "path", type=click.Path(path_type=Path), required=True,
    help="JSON with freq_tables and cases [{id, theta, pedigrees, typed, loci}].",
)  # fmt: skip
@click.option(
    "--founders", type=click.Choice(["pruned", "explicit"]), default="pruned", show_default=True,
    help="Untyped founders with one child: left out (as Familias) or kept (as pedprobr).",
)  # fmt: skip
@json_option
def lr(path: Path, founders: str, as_json: bool) -> None:  # noqa: FBT001 - click passes flags by name
    """Compute likelihood ratios of pedigrees, case by case.

    With --json one line a case: {"id", "loci": [{"locus", "H1", "H2", "lr"}], "log10_lr"}; null stands for an LR that
    is not defined and for the logarithm of 0.

    \b
    Example:
      matcher dna lr --cases cases.json --founders explicit --json
    """
    from matcher.str_loci.reference_cases import read_cases
    from matcher.str_loci.tables import read_text

    convention: FounderConvention = "explicit" if founders == "explicit" else "pruned"
    for case in read_cases(read_text(path), source=path.name):
        result = case.solve(convention)
        if not as_json:
            click.echo(f"{case.case_id}\t{result.log10_lr:+.6f}")
            continue
        loci = [
            {"locus": x.locus, "H1": x.likelihood_1, "H2": x.likelihood_2, "lr": _finite(x.lr)} for x in result.loci
        ]
        emit_json({"id": case.case_id, "loci": loci, "log10_lr": _finite(result.log10_lr)})
