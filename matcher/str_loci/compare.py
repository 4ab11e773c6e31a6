"""Two or three profiles and one question: the same person, parent and child, siblings, a trio.

Unlike the search channel this is the exact ratio of two pedigrees without error floors, so that a reviewer can check
every locus by hand; only the direct comparison uses the typing error model, since one misread allele would make it
impossible.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from matcher.errors import InputError
from matcher.llr import Language, verbal_scale
from matcher.str_loci.alleles import repeat_steps
from matcher.str_loci.frequencies import FrequencySet, LocusFrequencies, default_frequencies
from matcher.str_loci.likelihood import LocusEvidence, locus_likelihood, pedigree_ratio
from matcher.str_loci.linkage import LINKED_LOCI, RECOMBINATION, linkage_matters, linked_likelihood
from matcher.str_loci.mutation import DEFAULT_MUTATION, MutationModel
from matcher.str_loci.pedigree import FounderConvention, Pedigree
from matcher.str_loci.relations import relation_pedigree, unrelated
from matcher.str_loci.typing_errors import DEFAULT_ERRORS, TypingErrors
from matcher.str_loci.verdict import kinship_words
from matcher.types import SUBJECT, Genotype, StrProfile

Question = Literal["direct", "parent-child", "full-sibling", "half-sibling", "grandparent", "avuncular", "trio"]
QUESTIONS: tuple[Question, ...] = (
    "direct", "parent-child", "full-sibling", "half-sibling", "grandparent", "avuncular", "trio",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class KinshipOptions:
    """What the population and inheritance are taken to be.

    Parameters
    ----------
    frequencies : FrequencySet
        Population tables.
    mutation : MutationModel
        Model and rates.
    theta : float
        Coancestry coefficient.
    founders : FounderConvention
        Treatment of untyped founders.
    errors : TypingErrors
        Used by the direct comparison only.
    """

    frequencies: FrequencySet = field(default_factory=default_frequencies)
    mutation: MutationModel = DEFAULT_MUTATION
    theta: float = 0.0
    founders: FounderConvention = "pruned"
    errors: TypingErrors = DEFAULT_ERRORS

    def __post_init__(self) -> None:
        """Refuse a coancestry that is no probability of identity by descent."""
        if not 0.0 <= self.theta < 1.0:
            raise InputError(f"theta {self.theta} is outside [0, 1)", remedy="usual values are 0 to 0.03")


@dataclass(frozen=True, slots=True)
class ComparedLocus:
    """One locus of a comparison.

    Parameters
    ----------
    locus : str
        Canonical name.
    genotypes : tuple of Genotype
        In the order of the profiles.
    log10_lr : float
        Minus infinity where the relation is impossible without mutation.
    linked : bool
        The value is that of the linked pair together less that of the partner, which stands in its own row.
    steps : float or None
        Smallest number of repeats between an allele of the first and one of the second profile; 0 = they share one.
    """

    locus: str
    genotypes: tuple[Genotype, ...]
    log10_lr: float
    linked: bool
    steps: float


@dataclass(frozen=True, slots=True)
class ProfileComparison:
    """Answer to one question.

    Parameters
    ----------
    question : Question
        What was asked.
    samples : tuple of str
        Sample ids in the order of the profiles.
    loci : tuple of ComparedLocus
        Loci typed in all profiles that have frequencies, alphabetical.
    left_out : tuple of str
        Loci typed in all profiles without frequencies.
    """

    question: Question
    samples: tuple[str, ...]
    loci: tuple[ComparedLocus, ...]
    left_out: tuple[str, ...]

    @property
    def log10_lr(self) -> float:
        """Sum over the loci; minus infinity when one excludes the relation."""
        return math.fsum(item.log10_lr for item in self.loci)


def compare_profiles(
    question: Question, profiles: Sequence[StrProfile], options: KinshipOptions, *, mother: bool = False
) -> ProfileComparison:
    """Answer a question about two profiles, or three for a trio.

    Parameters
    ----------
    question : Question
        `trio`: profiles are child, alleged parent, known other parent; H2 keeps the known parent.
    profiles : sequence of StrProfile
        For kinship: the subject first, then its alleged relative.
    options : KinshipOptions
        Parameters.
    mother : bool
        The alleged relative is on the mother's side (female mutation rate).

    Raises
    ------
    InputError
        For the wrong number of profiles or no common locus with frequencies.
    """
    needed = 3 if question == "trio" else 2
    if len(profiles) != needed:
        raise InputError(f"'{question}' compares {needed} profiles, got {len(profiles)}", remedy="name the samples")
    common = sorted(set.intersection(*(set(profile.genotypes) for profile in profiles)))
    usable = [locus for locus in common if locus in options.frequencies]
    if not usable:
        raise InputError("the profiles have no common locus with frequencies", remedy="check kits and locus names")
    typed = {locus: tuple(profile.genotypes[locus] for profile in profiles) for locus in usable}
    values = {locus: _value(question, locus, typed[locus], options, mother=mother) for locus in usable}
    linked = {locus for locus in usable if _is_linked(question, locus, usable, mother=mother)}
    for locus in linked:
        partner = LINKED_LOCI[locus]
        pair = (locus, typed[locus]), (partner, typed[partner])
        values[locus] = _linked(question, pair, options, mother=mother) - values[partner]
    rows = [
        ComparedLocus(
            locus,
            typed[locus],
            values[locus],
            locus in linked,
            min(repeat_steps(a, b) for a in typed[locus][0] for b in typed[locus][1]),
        )
        for locus in usable
    ]
    samples = tuple(profile.sample_id for profile in profiles)
    left_out = tuple(locus for locus in common if locus not in options.frequencies)
    return ProfileComparison(question, samples, tuple(rows), left_out)


def _value(
    question: Question, locus: str, genotypes: Sequence[Genotype], options: KinshipOptions, *, mother: bool
) -> float:
    if question == "direct":
        return _direct(options.frequencies[locus], genotypes, options)
    return _kinship(question, locus, genotypes, options, mother=mother)


def _direct(source: LocusFrequencies, genotypes: Sequence[Genotype], options: KinshipOptions) -> float:
    model = source.model(options.mutation, also=sorted({a for genotype in genotypes for a in genotype}))
    if options.theta > 0.0 and genotypes[0] == genotypes[1]:
        # Drop-out is left out here: it changes the ratio of two equal genotypes by less than theta does.
        evidence = LocusEvidence("", model, {"a": genotypes[0], "b": genotypes[1]})
        one, pair = Pedigree.of([("a", None, None)]), Pedigree.of([("a", None, None), ("b", None, None)])
        above, below = (locus_likelihood(side, evidence, theta=options.theta) for side in (one, pair))
        ratio = above / below
    else:
        ratio = float(options.errors.same_person(model, model.index(genotypes[0]))[model.index(genotypes[1])])
    return float(options.errors.mixed(np.array(ratio), samples=2))


def _kinship(
    question: Question, locus: str, genotypes: Sequence[Genotype], options: KinshipOptions, *, mother: bool
) -> float:
    h1, h2 = hypotheses(question, mother=mother)
    names = (SUBJECT, "kin", "kin2")[: len(genotypes)]
    typed: Mapping[str, Genotype] = dict(zip(names, genotypes, strict=True))
    model = options.frequencies[locus].model(
        options.mutation, also=sorted({allele for genotype in genotypes for allele in genotype})
    )
    evidence = LocusEvidence(locus, model, typed)
    result = pedigree_ratio(h1, h2, [evidence], theta=options.theta, founders=options.founders)
    return result.log10_lr


def _linked(
    question: Question,
    pair: tuple[tuple[str, Sequence[Genotype]], tuple[str, Sequence[Genotype]]],
    options: KinshipOptions,
    *,
    mother: bool,
) -> float:
    """Return log10 LR of two linked loci together; theta is not applied to the pair."""
    names = (SUBJECT, "kin", "kin2")
    one, other = (
        options.frequencies[locus].model(options.mutation, also=sorted({a for g in genotypes for a in g}))
        for locus, genotypes in pair
    )
    first, second = (dict(zip(names, genotypes, strict=False)) for _, genotypes in pair)
    above, below = (
        linked_likelihood(side, (one, other), (first, second), rho=RECOMBINATION, founders=options.founders)
        for side in hypotheses(question, mother=mother)
    )
    return math.log10(above / below) if above > 0.0 else -math.inf


def hypotheses(question: Question, *, mother: bool = False) -> tuple[Pedigree, Pedigree]:
    """Return H1 and H2 of a kinship question over `subject`, `kin` and, for a trio, `kin2`."""
    if question == "trio":
        father, other = ("kin2", "kin") if mother else ("kin", "kin2")
        h1 = Pedigree.of([("kin", None, None), ("kin2", None, None), (SUBJECT, father, other)])
        father, other = ("kin2", "stranger") if mother else ("stranger", "kin2")
        rows = [("kin", None, None), ("kin2", None, None), ("stranger", None, None), (SUBJECT, father, other)]
        return h1, Pedigree.of(rows)
    h1 = relation_pedigree(question, mother=mother)
    return h1, unrelated(h1)


def _is_linked(question: Question, locus: str, usable: Sequence[str], *, mother: bool) -> bool:
    if question == "direct" or LINKED_LOCI.get(locus) not in usable:
        return False
    names = {SUBJECT, "kin"} | ({"kin2"} if question == "trio" else set())
    return linkage_matters(hypotheses(question, mother=mother)[0], names)


def verbal(result: ProfileComparison, language: Language) -> str:
    """Put the total into words."""
    if result.question == "direct":
        return verbal_scale(result.log10_lr, language)
    return kinship_words(result.log10_lr, language)
