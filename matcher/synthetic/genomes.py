"""STR profiles that run through the pedigrees, and what a laboratory makes of a sample."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from matcher.str_loci.loci import kits
from matcher.synthetic.lottery import draw
from matcher.synthetic.people import Person
from matcher.synthetic.recipe import Dna
from matcher.synthetic.sources import Sources
from matcher.synthetic.streams import Streams
from matcher.types import Genotype


@dataclass(slots=True)
class Genomes:
    """Genotypes of a world's people, inherited from founders on and drawn when first asked for.

    Parameters
    ----------
    people : mapping
        Persons by number.
    """

    people: Mapping[int, Person]
    sources: Sources
    streams: Streams
    _known: dict[int, Mapping[str, Genotype]] = field(default_factory=dict)

    def of(self, person: int) -> Mapping[str, Genotype]:
        """Return the true genotypes of a person at every locus of the population."""
        known = self._known.get(person)
        if known is None:
            known = self._known[person] = self._draw(self.people[person])
        return known

    def _draw(self, person: Person) -> Mapping[str, Genotype]:
        if person.twin is not None and person.twin < person.person:
            return self.of(person.twin)
        rng = self.streams.of("genes", person.person)
        if person.mother is None:
            return self.sources.loci.founder(rng)
        outsider = person.genetic_father is None
        father = self.sources.loci.founder(rng) if outsider else self.of(int(person.genetic_father or 0))
        return self.sources.loci.child(rng, father, self.of(person.mother))


@dataclass(frozen=True, slots=True)
class Typing:
    """One typed sample: genotypes as reported, and what went wrong on the way."""

    genotypes: Mapping[str, Genotype]
    dropped_loci: tuple[str, ...]
    dropped_alleles: tuple[str, ...]


def type_sample(rng: np.random.Generator, recipe: Dna, genotypes: Mapping[str, Genotype]) -> Typing:
    """Type a sample with a kit of the recipe; loci fail and alleles drop out at the recipe's rates.

    Loci of the kit that the population's table lacks (sex markers among them) are left out.
    """
    kit = sorted(kits()[draw(rng, recipe.kit_share)])
    reported: dict[str, Genotype] = {}
    lost_loci, lost_alleles = [], []
    for locus in kit:
        if locus not in genotypes:
            continue
        fate = rng.random(2)
        low, high = genotypes[locus]
        if fate[0] < recipe.locus_drop_out:
            lost_loci.append(locus)
            continue
        if low != high and fate[1] < recipe.allele_drop_out:
            lost_alleles.append(locus)
            low = high = (low, high)[int(rng.integers(2))]
        reported[locus] = (low, high)
    return Typing(reported, tuple(lost_loci), tuple(lost_alleles))


def choose_references(
    rng: np.random.Generator, recipe: Dna, people: Mapping[int, Person], members: Sequence[int], person: int
) -> list[int]:
    """Choose the relatives who give a reference sample for a missing person.

    Parameters
    ----------
    members : sequence of int
        The clan's people.
    person : int
        The missing person.

    Returns
    -------
    list of int
        None to several relatives of different kinds, in order of their number.
    """
    wanted = int(draw(rng, recipe.references))
    by_kind: dict[str, list[int]] = {}
    for other in members:
        kind = kinship(people, person, other) if other != person else None
        if kind is not None and kind in recipe.relative:
            by_kind.setdefault(kind, []).append(other)
    chosen: list[int] = []
    while len(chosen) < wanted and by_kind:
        kind = draw(rng, {kind: recipe.relative[kind] for kind in sorted(by_kind)})
        chosen.append(by_kind[kind].pop(int(rng.integers(len(by_kind[kind])))))
        if not by_kind[kind] or kind in {"father", "mother"}:
            by_kind.pop(kind)
    return sorted(chosen)


def kinship(people: Mapping[int, Person], person: int, other: int) -> str | None:
    """Say what `other` is to `person` in the register; None = no relation that a form has a column for.

    Father, mother, child, sibling, grandparent (the father's parents) or maternal_grandparent.
    """
    who, kin = people[person], people[other]
    above = {who.father: "father", who.mother: "mother"}
    for parent, name in ((who.father, "grandparent"), (who.mother, "maternal_grandparent")):
        if parent is not None:
            above |= {people[parent].father: name, people[parent].mother: name}
    if other in above:
        return above[other]
    if person in {kin.father, kin.mother}:
        return "child"
    return "sibling" if who.father is not None and (kin.father, kin.mother) == (who.father, who.mother) else None
