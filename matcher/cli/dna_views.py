"""What `matcher dna` prints: JSON documents and plain tables of comparisons, searches and power."""

from __future__ import annotations

from math import inf, log10
from typing import TYPE_CHECKING

import click

from matcher.cli.options import note

if TYPE_CHECKING:
    from matcher.llr import Language
    from matcher.str_loci.compare import ProfileComparison
    from matcher.str_loci.gbt37223 import PracticeResult
    from matcher.str_loci.search import SearchResult


def comparison_document(result: ProfileComparison, language: Language) -> dict[str, object]:
    """Lay out a comparison as one JSON object."""
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
                "log10_lr": finite(item.log10_lr),
                "linked": item.linked,
                "steps": item.steps,
            }
            for item in result.loci
        ],
        "without_frequencies": list(result.left_out),
        "log10_lr": finite(result.log10_lr),
        "excluded": result.log10_lr == -inf,
        "verbal": verbal(result, language),
    }


def practice_document(practice: PracticeResult) -> dict[str, object]:
    """Lay out the laboratory index as one JSON object."""
    return {
        "log10_cpi": practice.log10_cpi,
        "rcp": practice.rcp,
        "inconsistent": list(practice.inconsistent),
        "excludes": practice.excludes,
        "loci": [{"locus": item.locus, "pi": item.index} for item in practice.loci],
    }


def print_comparison(result: ProfileComparison, language: Language) -> None:
    """Print a comparison as a table with its total and words."""
    from matcher.str_loci.alleles import format_genotype
    from matcher.str_loci.compare import verbal

    width = max(len(item.locus) for item in result.loci)
    click.echo(f"{'locus':<{width}}  " + "  ".join(f"{sample[:12]:>12}" for sample in result.samples) + "   log10 LR")
    for item in result.loci:
        genotypes = "  ".join(f"{format_genotype(genotype):>12}" for genotype in item.genotypes)
        mark = "  (linked: given its partner)" if item.linked else ""
        steps = f"  {item.steps:g} step(s) apart" if item.steps else ""
        click.echo(f"{item.locus:<{width}}  {genotypes}  {item.log10_lr:>+9.4f}{steps}{mark}")
    click.echo(f"{'total':<{width}}  {result.log10_lr:+.4f} over {len(result.loci)} loci")
    click.echo(verbal(result, language))
    if result.left_out:
        note(f"no frequencies for: {', '.join(result.left_out)}")


def search_document(result: SearchResult, relation: str) -> dict[str, object]:
    """Lay out a search as one JSON object."""
    return {
        "schema": "matcher.dna.search/1",
        "relation": relation,
        "profiles": result.profiles,
        "loci": list(result.loci),
        "threshold_log10_lr": result.threshold,
        "hits": [
            {
                "rank": hit.rank,
                "sample": hit.sample_id,
                "log10_lr": hit.log10_lr,
                "log10_posterior_odds": hit.log10_lr - log10(result.profiles),
                "expected_false": hit.expected_false,
                "loci": [
                    {"locus": x.locus, "observation": _designation(x.observation), "log10_lr": x.log10_lr}
                    for x in hit.loci
                ],
                "alternatives": dict(hit.alternatives),
            }
            for hit in result.hits
        ],
    }


def print_search(result: SearchResult) -> None:
    """Print the candidate list of a search."""
    click.echo(f"{result.profiles} profiles, {len(result.loci)} loci; one stranger in ten searches reaches log10 LR "
               f"{result.threshold:.2f}")  # fmt: skip
    click.echo(f"{'rank':>4}  {'sample':<24}{'log10 LR':>9}  {'strangers expected':>18}  best other relation")
    for hit in result.hits:
        other = max(hit.alternatives.items(), key=lambda item: item[1], default=("", 0.0))
        rival = f"{other[0]} {other[1]:+.2f}" if other[0] else ""
        click.echo(f"{hit.rank:>4}  {hit.sample_id:<24}{hit.log10_lr:>+9.3f}  {hit.expected_false:>18.3g}  {rival}")


def _designation(observation: str) -> str:
    from matcher.str_loci.alleles import format_allele
    from matcher.str_loci.observations import observed_alleles

    shown = "/".join(format_allele(allele) for allele in observed_alleles(observation))
    return f"{shown}/?" if observation.endswith("/") else shown


def finite(value: float) -> float | None:
    """Return a number JSON can hold; minus infinity (excluded) becomes null."""
    return value if abs(value) < inf else None


def posterior(log10_lr: float, prior: float | None) -> dict[str, float]:
    """Return the posterior probability of H1 for a stated prior; nothing without one."""
    from matcher.llr import probability

    if prior is None:
        return {}
    if log10_lr == -inf:
        return {"prior": prior, "posterior": 0.0}
    return {"prior": prior, "posterior": probability(log10_lr + log10(prior / (1.0 - prior)))}
