"""The sources of a real world: names, places, loci and faces as the channels' packages know them.

The generator shares its tables with the product: mishearing follows the published accent rules, alleles follow the
published frequencies. Figures measured on such worlds are optimistic where the product's model equals the world's.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from matcher.str_loci.frequencies import default_frequencies
from matcher.str_loci.loci import kits
from matcher.str_loci.locus_model import LocusModel
from matcher.str_loci.mutation import DEFAULT_MUTATION
from matcher.str_loci.simulate import draw_profile, locus_models, transmit
from matcher.synthetic.recipe import Recipe
from matcher.types import Genotype


@dataclass(frozen=True)
class PopulationLoci:
    """STR loci of the default population, with the default mutation model."""

    models: Mapping[str, LocusModel]

    def founder(self, rng: np.random.Generator) -> Mapping[str, Genotype]:
        """Draw the profile of somebody without known parents."""
        return draw_profile(rng, self.models)

    def child(
        self, rng: np.random.Generator, father: Mapping[str, Genotype], mother: Mapping[str, Genotype]
    ) -> Mapping[str, Genotype]:
        """Transmit one allele of each parent at each locus, with mutation."""
        return transmit(rng, self.models, father, mother)


def kit_loci(recipe: Recipe) -> PopulationLoci:
    """Prepare the loci that the recipe's kits type."""
    frequencies = default_frequencies()
    wanted = {locus for kit in recipe.dna.kit_share for locus in kits()[kit]}
    return PopulationLoci(locus_models(frequencies, DEFAULT_MUTATION, sorted(wanted & set(frequencies))))
