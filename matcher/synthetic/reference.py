"""The sources of a real world: names, places, loci and faces as the channels' packages know them.

The generator shares its tables with the product: mishearing follows the published accent rules, alleles follow the
published frequencies. Figures measured on such worlds are optimistic where the product's model equals the world's.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from opencc import OpenCC

from matcher import __version__
from matcher.face.ageing import make_face_space
from matcher.phonetic.frequencies import cold_start
from matcher.phonetic.sampling import mishear
from matcher.placenames.gazetteer import Gazetteer
from matcher.settings import Settings
from matcher.str_loci.alleles import genotype_of
from matcher.str_loci.frequencies import default_frequencies
from matcher.str_loci.loci import kits
from matcher.str_loci.locus_model import LocusModel
from matcher.str_loci.mutation import DEFAULT_MUTATION
from matcher.str_loci.simulate import locus_models
from matcher.synthetic.homes import GazetteerHomes
from matcher.synthetic.lottery import Lottery, running_sums
from matcher.synthetic.recipe import Recipe
from matcher.synthetic.sources import Home, Sources
from matcher.synthetic.streams import Streams
from matcher.types import Genotype, Sex

_ANY_SURNAME = "王"
SEXES: tuple[Sex, Sex] = ("male", "female")


@dataclass(frozen=True)
class PopulationLoci:
    """STR loci of the default population, with the default mutation model.

    Draws are those of `matcher.str_loci.simulate`, from sums that are added up once.
    """

    models: Mapping[str, LocusModel]

    def founder(self, rng: np.random.Generator) -> Mapping[str, Genotype]:
        """Draw the profile of somebody without known parents."""
        profile = {}
        for locus, (alleles, frequencies, _, _) in self._sums.items():
            first = alleles[bisect_right(frequencies, rng.random())]
            profile[locus] = genotype_of(first, alleles[bisect_right(frequencies, rng.random())])
        return profile

    def child(
        self, rng: np.random.Generator, father: Mapping[str, Genotype], mother: Mapping[str, Genotype]
    ) -> Mapping[str, Genotype]:
        """Transmit one allele of each parent at each locus, with mutation."""
        profile = {}
        for locus, (alleles, _, male, female) in self._sums.items():
            paternal, maternal = (
                alleles[bisect_right(sums[parent[locus][int(rng.random() < 0.5)]], rng.random())]
                for sums, parent in ((male, father), (female, mother))
            )
            profile[locus] = genotype_of(paternal, maternal)
        return profile

    @cached_property
    def _sums(self) -> Mapping[str, tuple[Sequence[int], list[float], _Sums, _Sums]]:
        """Alleles of each locus; sums of their frequencies, and of their transitions from father and mother."""
        return {
            locus: (
                model.alleles,
                running_sums(model.frequencies),
                _rows(model, model.male),
                _rows(model, model.female),
            )
            for locus, model in self.models.items()
        }


_Sums = dict[int, list[float]]
"""Sums of the transitions of each allele."""


def _rows(model: LocusModel, matrix: NDArray[np.float64]) -> _Sums:
    return {allele: running_sums(matrix[model.position(allele)]) for allele in model.alleles}


@dataclass(frozen=True)
class PopulationNames:
    """Names by the frequencies of the general population, misheard by the sound model."""

    surnames: Lottery
    characters: Mapping[Sex, Lottery]
    two_characters: float
    to_traditional: OpenCC

    def surname(self, rng: np.random.Generator) -> str:
        """Draw a surname."""
        return self.surnames.draw(rng)

    def given(self, rng: np.random.Generator, sex: Sex) -> str:
        """Draw a given name: one character or two, independent of each other."""
        first = self.characters[sex].draw(rng)
        return first + self.characters[sex].draw(rng) if rng.random() < self.two_characters else first

    def misheard(self, rng: np.random.Generator, name: str, region: str) -> str:
        """Write down a name as a clerk hears it from a speaker of a region; may be exact."""
        return mishear(rng, name, region or None)

    def traditional(self, text: str) -> str:
        """Write a text in traditional characters."""
        return str(self.to_traditional.convert(text))


@dataclass(frozen=True)
class GazetteerPlaces:
    """Homes of a gazetteer, misheard by the sound model."""

    homes: GazetteerHomes

    def home(self, rng: np.random.Generator) -> Home:
        """Draw a home."""
        return self.homes.draw(rng)

    def elsewhere(self, rng: np.random.Generator, home: Home, shared: int) -> Home:
        """Draw a home that shares the first `shared` levels with another one."""
        return self.homes.draw_near(rng, home, shared)

    def misheard(self, rng: np.random.Generator, text: str, region: str) -> str:
        """Write down a place name as a clerk hears it; may be exact."""
        # No part of a place is written like a surname, so one goes before it and is cut off again.
        return mishear(rng, _ANY_SURNAME + text, region or None)[len(_ANY_SURNAME) :]


def open_sources(recipe: Recipe, settings: Settings, *, seed: int) -> Sources:
    """Open everything that a world draws from.

    Parameters
    ----------
    settings : Settings
        Where the gazetteer of this installation lives; not read when the recipe asks for the packaged sample.
    seed : int
        Seed of the world: the directions of its face space follow from it.

    Raises
    ------
    ReferenceDataError
        When the gazetteer has not been built, with the command that builds it.
    """
    built = recipe.world.gazetteer == "built"
    gazetteer = Gazetteer.open(settings.gazetteer) if built else Gazetteer.sample()
    versions = {"matcher": __version__, "numpy": np.__version__, "gazetteer": gazetteer.manifest.generation}
    return Sources(
        names=population_names(),
        places=GazetteerPlaces(GazetteerHomes(gazetteer, recipe.world.provinces)),
        loci=kit_loci(recipe),
        faces=make_face_space(Streams(seed).of("face_space")),
        versions=versions,
    )


def population_names() -> PopulationNames:
    """Prepare names by the cold-start frequencies of the name channel."""
    lengths = cold_start().given_lengths
    characters = {sex: Lottery.of(cold_start(sex).given) for sex in SEXES}
    return PopulationNames(Lottery.of(cold_start().surnames), characters, lengths[1] / (lengths[0] + lengths[1]),
                           OpenCC("s2t"))  # fmt: skip


def kit_loci(recipe: Recipe) -> PopulationLoci:
    """Prepare the loci that the recipe's kits type."""
    frequencies = default_frequencies()
    wanted = {locus for kit in recipe.dna.kit_share for locus in kits()[kit]}
    return PopulationLoci(locus_models(frequencies, DEFAULT_MUTATION, sorted(wanted & set(frequencies))))
