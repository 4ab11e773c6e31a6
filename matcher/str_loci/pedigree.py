"""Pedigrees as values: who is whose parent, what may be left out, and what convention treats untyped founders."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Set
from dataclasses import dataclass, replace
from typing import Literal

from matcher.errors import InputError, LimitError

FounderConvention = Literal["pruned", "explicit"]
"""How an untyped founder with at most one child counts when mutation is not stationary.

`pruned` (as Familias): he is left out and the child's allele on that side is drawn from the allele frequencies.
`explicit` (as pedprobr): he stays and the allele passes the mutation matrix. Equal for stationary models.
"""

LARGEST_PEDIGREE = 200
"""Persons beyond which peeling, which walks the pedigree recursively, is refused."""

NOBODY = -1
"""Parent that is not part of the pedigree."""


@dataclass(frozen=True, slots=True)
class Pedigree:
    """Persons with their parents by position.

    Parameters
    ----------
    names : tuple of str
        Unique within the pedigree.
    fathers, mothers : tuple of int
        Positions of the parents; `NOBODY` = not in the pedigree, so that the allele comes from the population.
    """

    names: tuple[str, ...]
    fathers: tuple[int, ...]
    mothers: tuple[int, ...]

    @classmethod
    def of(cls, rows: Iterable[tuple[str, str | None, str | None]]) -> Pedigree:
        """Build from rows (name, father, mother) in any order.

        Raises
        ------
        InputError
            For a repeated name, an unknown or single parent, a person who is his own ancestor, or one who is
            both father and mother.
        LimitError
            For more than 200 persons.
        """
        table = list(rows)
        if len(table) > LARGEST_PEDIGREE:
            raise LimitError(f"pedigree has {len(table)} persons", remedy=f"give at most {LARGEST_PEDIGREE}")
        names = tuple(name for name, _, _ in table)
        positions = {name: position for position, name in enumerate(names)}
        if len(positions) != len(names):
            twice = sorted({name for name in names if names.count(name) > 1})
            raise InputError(f"pedigree names {twice} stand twice", remedy="give every person one row")
        for name, father, mother in table:
            _check_row(name, father, mother, positions)
        fathers = tuple(NOBODY if father is None else positions[father] for _, father, _ in table)
        mothers = tuple(NOBODY if mother is None else positions[mother] for _, _, mother in table)
        both = (set(fathers) & set(mothers)) - {NOBODY}
        if both:
            raise InputError(
                f"'{names[min(both)]}' is both a father and a mother", remedy="check the father and mother columns"
            )
        pedigree = cls(names, fathers, mothers)
        pedigree.check_acyclic()
        return pedigree

    def __len__(self) -> int:
        """Count the persons."""
        return len(self.names)

    def is_founder(self, person: int) -> bool:
        """Tell whether neither parent is in the pedigree."""
        return self.fathers[person] == NOBODY and self.mothers[person] == NOBODY

    def children(self, person: int) -> list[int]:
        """List the children of a person."""
        return [c for c in range(len(self)) if person in (self.fathers[c], self.mothers[c])]

    def families(self) -> Iterator[tuple[int, int, tuple[int, ...]]]:
        """Yield (father, mother, children) of each couple that has children here."""
        couples: dict[tuple[int, int], list[int]] = {}
        for child, couple in enumerate(zip(self.fathers, self.mothers, strict=True)):
            if couple != (NOBODY, NOBODY):
                couples.setdefault(couple, []).append(child)
        for (father, mother), children in couples.items():
            yield father, mother, tuple(children)

    def check_acyclic(self) -> None:
        """Refuse a pedigree in which somebody is his own ancestor."""
        done: set[int] = set()
        while len(done) < len(self):
            ready = {
                person
                for person in range(len(self))
                if person not in done and {self.fathers[person], self.mothers[person]} <= done | {NOBODY}
            }
            if not ready:
                names = sorted(self.names[person] for person in range(len(self)) if person not in done)
                raise InputError(f"pedigree has a cycle among {names}", remedy="nobody can be his own ancestor")
            done |= ready

    def without(self, dropped: Set[int]) -> Pedigree:
        """Leave persons out; a child of a dropped parent keeps the other parent."""
        kept = [person for person in range(len(self)) if person not in dropped]
        position = {person: new for new, person in enumerate(kept)} | {NOBODY: NOBODY}
        return replace(
            self,
            names=tuple(self.names[person] for person in kept),
            fathers=tuple(position.get(self.fathers[person], NOBODY) for person in kept),
            mothers=tuple(position.get(self.mothers[person], NOBODY) for person in kept),
        )


def reduced(pedigree: Pedigree, informative: Set[str], convention: FounderConvention) -> Pedigree:
    """Leave out everybody who cannot change the likelihood, and under `pruned` the untyped loose founders.

    Parameters
    ----------
    pedigree : Pedigree
        Any pedigree.
    informative : set of str
        Persons to keep in any case: the typed ones and the one whose genotype is asked for.
    convention : FounderConvention
        See there; the removal of childless untyped persons is exact under both.
    """
    current = pedigree
    while True:
        dropped = {
            person
            for person, name in enumerate(current.names)
            if name not in informative
            and (
                not (children := current.children(person))
                or (convention == "pruned" and len(children) == 1 and current.is_founder(person))
            )
        }
        if not dropped:
            return current
        current = current.without(dropped)


def _check_row(name: str, father: str | None, mother: str | None, positions: dict[str, int]) -> None:
    if (father is None) != (mother is None):
        raise InputError(
            f"'{name}' has one parent in the pedigree", remedy="name both parents; an untyped one is enough, or neither"
        )
    for parent in (father, mother):
        if parent is not None and parent not in positions:
            raise InputError(f"parent '{parent}' of '{name}' has no row", remedy="add a row for every parent")
    if father is not None and father == mother:
        raise InputError(f"'{name}' has the same father and mother", remedy="name two different parents")
