"""Random profiles: founders from a population table, children from their parents with mutation, samples with errors.

All randomness comes from the generator that is passed in.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
from numpy.typing import NDArray

from matcher.str_loci.alleles import genotype_of
from matcher.str_loci.frequencies import FrequencySet
from matcher.str_loci.locus_model import LocusModel
from matcher.str_loci.mutation import MutationModel
from matcher.str_loci.pedigree import NOBODY, Pedigree
from matcher.str_loci.typing_errors import TypingErrors
from matcher.types import Genotype

Genotypes = dict[str, Genotype]


def locus_models(
    frequencies: FrequencySet, mutation: MutationModel, loci: Iterable[str] | None = None
) -> dict[str, LocusModel]:
    """Prepare the loci to simulate, unfloored: drawn alleles follow the table as published."""
    chosen = frequencies.keys() if loci is None else loci
    return {locus: frequencies[locus].model(mutation, floored=False) for locus in chosen}


def draw_profile(rng: np.random.Generator, models: Mapping[str, LocusModel]) -> Genotypes:
    """Draw the profile of a person without known parents.

    >>> from matcher.str_loci.frequencies import default_frequencies
    >>> from matcher.str_loci.mutation import DEFAULT_MUTATION
    >>> models = locus_models(default_frequencies(), DEFAULT_MUTATION, ["TH01", "FGA"])
    >>> draw_profile(np.random.default_rng(1), models)
    {'TH01': (90, 93), 'FGA': (210, 260)}
    """
    profile = {}
    for locus, model in models.items():
        first, second = rng.choice(len(model.alleles), size=2, p=model.frequencies)
        profile[locus] = genotype_of(model.alleles[first], model.alleles[second])
    return profile


def transmit(
    rng: np.random.Generator,
    models: Mapping[str, LocusModel],
    father: Mapping[str, Genotype],
    mother: Mapping[str, Genotype],
) -> Genotypes:
    """Draw the profile of a child at the loci that all three know, with mutation."""
    child = {}
    for locus, model in models.items():
        if locus in father and locus in mother:
            paternal = _gamete(rng, model, model.male, father[locus])
            maternal = _gamete(rng, model, model.female, mother[locus])
            child[locus] = genotype_of(paternal, maternal)
    return child


def draw_pedigree(
    rng: np.random.Generator, models: Mapping[str, LocusModel], pedigree: Pedigree
) -> dict[str, Genotypes]:
    """Draw the profiles of everybody in a pedigree, by name; a missing parent is drawn from the population."""
    profiles: dict[int, Genotypes] = {}
    while len(profiles) < len(pedigree):
        for person in range(len(pedigree)):
            father, mother = pedigree.fathers[person], pedigree.mothers[person]
            if person in profiles or not {father, mother} <= profiles.keys() | {NOBODY}:
                continue
            if pedigree.is_founder(person):
                profiles[person] = draw_profile(rng, models)
            else:
                parents = [draw_profile(rng, models) if p == NOBODY else profiles[p] for p in (father, mother)]
                profiles[person] = transmit(rng, models, *parents)
    return {name: profiles[person] for person, name in enumerate(pedigree.names)}


def type_sample(
    rng: np.random.Generator, models: Mapping[str, LocusModel], truth: Mapping[str, Genotype], errors: TypingErrors
) -> Genotypes:
    """Draw what a laboratory reports: drop-out of one allele, or rarely an unrelated genotype."""
    shown = {}
    for locus, genotype in truth.items():
        wrong, lost, which = rng.random(3)
        if wrong < errors.typing_error:
            genotype = draw_profile(rng, {locus: models[locus]})[locus]
        if genotype[0] != genotype[1] and lost < errors.drop_out:
            kept = genotype[int(which < 0.5)]
            genotype = (kept, kept)
        shown[locus] = genotype
    return shown


def _gamete(rng: np.random.Generator, model: LocusModel, matrix: NDArray[np.float64], genotype: Genotype) -> int:
    row = matrix[model.position(genotype[int(rng.random() < 0.5)])]
    return model.alleles[int(rng.choice(len(model.alleles), p=row))]
