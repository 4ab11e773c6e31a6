"""What a world draws from: names, places, loci and faces, each behind a narrow face of its own.

The generator sees only these; `matcher.synthetic.reference` fills them from the channels' packages.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from matcher.types import Genotype, Sex

Float32 = NDArray[np.float32]
Float64 = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Home:
    """A village, street or township with its superiors, as its people say it.

    Parameters
    ----------
    code : str
        Division code of the deepest level; empty where the gazetteer has none.
    levels : tuple of str
        Names from the province down to the deepest level known, at most five.
    former : tuple of str
        Older name of each level, empty string where none is known.
    region : str
        Dialect region of the people there.
    """

    code: str
    levels: tuple[str, ...]
    former: tuple[str, ...]
    region: str

    @property
    def text(self) -> str:
        """The whole name, largest first."""
        return "".join(self.levels)


class Names(Protocol):
    """Personal names by frequency, and what becomes of them in a listener's ear."""

    def surname(self, rng: np.random.Generator) -> str:
        """Draw a surname."""

    def given(self, rng: np.random.Generator, sex: Sex) -> str:
        """Draw a given name of one or two characters."""

    def misheard(self, rng: np.random.Generator, name: str, region: str) -> str:
        """Write down a name as a clerk hears it from a speaker of a region; may be exact."""

    def traditional(self, text: str) -> str:
        """Write a text in traditional characters."""


class Places(Protocol):
    """Places people come from, and what becomes of their names when told."""

    def home(self, rng: np.random.Generator) -> Home:
        """Draw a home."""

    def elsewhere(self, rng: np.random.Generator, home: Home, shared: int) -> Home:
        """Draw a home that shares the first `shared` levels with another one."""

    def misheard(self, rng: np.random.Generator, text: str, region: str) -> str:
        """Write down a place name as heard; may be exact."""


class Loci(Protocol):
    """STR genotypes of a population and their inheritance."""

    def founder(self, rng: np.random.Generator) -> Mapping[str, Genotype]:
        """Draw the profile of somebody without known parents."""

    def child(
        self, rng: np.random.Generator, father: Mapping[str, Genotype], mother: Mapping[str, Genotype]
    ) -> Mapping[str, Genotype]:
        """Transmit one allele of each parent at each locus, with mutation."""


class FaceSpace(Protocol):
    """The embedding space of a recogniser."""

    @property
    def model_id(self) -> str:
        """Recogniser whose vectors these are."""

    @property
    def latent_size(self) -> int:
        """Numbers that describe one person's face; standard normal, correlated between kin."""

    def photo(self, rng: np.random.Generator, latent: Float64, *, child: bool) -> Float32:
        """Draw the embedding of one photograph of a person, L2-normalised."""


@dataclass(frozen=True, slots=True)
class Sources:
    """Everything that a world draws from."""

    names: Names
    places: Places
    loci: Loci
    faces: FaceSpace
    versions: Mapping[str, str]
