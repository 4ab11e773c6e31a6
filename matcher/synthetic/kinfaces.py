"""Faces that run in families: latent face vectors correlated between kin and drifting with the years.

Additive inheritance: a child's additive part is the mean of its parents' plus segregation of half the variance, so
parent and child (and siblings) correlate by half the heritable share; siblings share a further part, identical twins
nearly everything.

Source: Falconer & Mackay, Introduction to Quantitative Genetics (1996), resemblance between relatives, for the form;
the correlations themselves are recipe knobs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from matcher.face.ages import CHILD_BELOW_YEARS
from matcher.synthetic.people import Person
from matcher.synthetic.recipe import Faces
from matcher.synthetic.sources import Float32, Float64, Sources
from matcher.synthetic.streams import Streams
from matcher.types import DAYS_PER_YEAR


@dataclass(slots=True)
class KinFaces:
    """Latent faces of a world's people, drawn when first asked for.

    Parameters
    ----------
    people : mapping
        Persons by number.
    """

    people: Mapping[int, Person]
    recipe: Faces
    sources: Sources
    streams: Streams
    _additive: dict[int, Float64] = field(default_factory=dict)

    def photo(self, rng: np.random.Generator, person: int, day: int) -> Float32:
        """Draw the embedding of a photograph taken on a day."""
        age = (day - self.people[person].birth_day) / DAYS_PER_YEAR
        child = age < CHILD_BELOW_YEARS
        kept = 1.0 - self.recipe.photo_noise
        latent = self.latent(person, age)
        seen = kept * latent + np.sqrt(1.0 - kept**2) * rng.standard_normal(len(latent)) if kept < 1.0 else latent
        return self.sources.faces.photo(rng, seen, child=child)

    def latent(self, person: int, age: float) -> Float64:
        """Return the face of a person at an age in years: standard normal, shape (latent_size,)."""
        who = self.people[person]
        heritable = 2.0 * self.recipe.parent_correlation
        shared = max(0.0, self.recipe.sibling_correlation - self.recipe.parent_correlation)
        rest = 1.0 - heritable - shared
        family = self._normal("face_family", who.mother if who.mother is not None else who.person)
        own = self._normal("face_own", person)
        if who.twin is not None:
            common = self._normal("face_twins", min(person, who.twin))
            weight = np.clip((self.recipe.twin_correlation - heritable - shared) / rest, 0.0, 1.0)
            own = np.sqrt(weight) * common + np.sqrt(1.0 - weight) * own
        born = np.sqrt(heritable) * self._inherited(person) + np.sqrt(shared) * family + np.sqrt(rest) * own
        return self._aged(born, person, age)

    def _aged(self, latent: Float64, person: int, age: float) -> Float64:
        kept = 1.0 - self.recipe.drift_per_decade
        for decade in range(max(0, int((age - 20.0) // 10))):
            latent = kept * latent + np.sqrt(1.0 - kept**2) * self._normal("face_drift", person, decade)
        return latent

    def _inherited(self, person: int) -> Float64:
        found = self._additive.get(person)
        if found is not None:
            return found
        who = self.people[person]
        # Identical twins are one throw of the genetic dice.
        dice = min(person, who.twin) if who.twin is not None else person
        own = self._normal("face_genes", dice)
        if who.mother is None:
            value = own
        else:
            outsider = self._normal("face_outsider", dice)
            father = outsider if who.genetic_father is None else self._inherited(who.genetic_father)
            value = (father + self._inherited(who.mother)) / 2.0 + np.sqrt(0.5) * own
        self._additive[person] = value
        return value

    def _normal(self, concern: str, *indices: int) -> Float64:
        return self.streams.of(concern, *indices).standard_normal(self.sources.faces.latent_size)
