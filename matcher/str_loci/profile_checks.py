"""What a laboratory's files hold: kits, replicates that agree or not, different samples with one profile."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

from matcher.str_loci.concordance import Concordance, concordance
from matcher.str_loci.loci import likely_kit
from matcher.types import Genotype, StrProfile

DUPLICATE_LOCI = 8
"""Loci that must be compared before two samples are taken for one profile. Strangers of Chinese Han agree even at the
eight least variable loci of the Goldeneye 20A kit once in 5e7 pairs (product of the match probabilities)."""


@dataclass(frozen=True, slots=True)
class SampleSummary:
    """One typing: sample, number of loci, and the smallest known kit that types all of them."""

    sample: str
    loci: int
    kit: str | None


@dataclass(frozen=True, slots=True)
class Replicate:
    """Two typings under one sample id."""

    sample: str
    concordance: Concordance


@dataclass(frozen=True, slots=True)
class ProfileChecks:
    """What was found.

    Parameters
    ----------
    samples : tuple of SampleSummary
        In the order of the files.
    replicates : tuple of Replicate
        Every two typings of one sample.
    duplicates : tuple of (str, str, int)
        Different samples whose typings agree as two of one person do, with the number of loci compared.
    """

    samples: tuple[SampleSummary, ...]
    replicates: tuple[Replicate, ...]
    duplicates: tuple[tuple[str, str, int], ...]


def check_profiles(profiles: Sequence[StrProfile]) -> ProfileChecks:
    """Check typings against one another."""
    by_sample: dict[str, list[StrProfile]] = {}
    for profile in profiles:
        by_sample.setdefault(profile.sample_id, []).append(profile)
    replicates = tuple(
        Replicate(name, concordance(*pair)) for name, typings in by_sample.items() for pair in combinations(typings, 2)
    )
    summaries = (SampleSummary(p.sample_id, len(p.genotypes), likely_kit(p.genotypes)) for p in profiles)
    return ProfileChecks(tuple(summaries), replicates, tuple(_duplicates(profiles)))


def _duplicates(profiles: Sequence[StrProfile]) -> list[tuple[str, str, int]]:
    """Compare the samples that share a genotype pair at two loci; all others differ at too many."""
    found: dict[tuple[str, str], int] = {}
    for group in _candidates(profiles).values():
        for first, second in combinations(group, 2):
            names = min(first.sample_id, second.sample_id), max(first.sample_id, second.sample_id)
            if names[0] == names[1] or names in found:
                continue
            one = concordance(first, second)
            if one.same_person and one.compared >= DUPLICATE_LOCI:
                found[names] = one.compared
    return [(first, second, compared) for (first, second), compared in sorted(found.items())]


_Key = tuple[str, Genotype, str, Genotype, str, Genotype]


def _candidates(profiles: Sequence[StrProfile]) -> dict[_Key, list[StrProfile]]:
    """Group typings by three successive loci: two of one person that differ at one locus share most triples."""
    groups: dict[_Key, list[StrProfile]] = {}
    for profile in profiles:
        loci = sorted(profile.genotypes)
        for one, two, three in zip(loci, loci[1:], loci[2:], strict=False):
            pairs = profile.genotypes
            groups.setdefault((one, pairs[one], two, pairs[two], three, pairs[three]), []).append(profile)
    return {key: group for key, group in groups.items() if len(group) > 1}
