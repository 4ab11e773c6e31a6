"""What a person may be to the subject of a record, as pedigrees in which that person is the one asked about.

`self`: the subject. `sibling`: another child of the subject's parents. `parent_child`: either parent, as far as his
place is not taken by a typed person, or a child with an unknown spouse. Parents and children have half the weight each,
shared between father and mother, who differ by their mutation rates; the LR is the weighted mean, locus by locus.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from matcher.str_loci.patterns import RelativePattern
from matcher.str_loci.pedigree import NOBODY, Pedigree
from matcher.types import Genotype, Hypothesis

Weighted = tuple[float, RelativePattern]


@lru_cache(maxsize=1 << 15)
def alternatives(pattern: RelativePattern, hypothesis: Hypothesis) -> tuple[Weighted, ...]:
    """Return the weighted pedigrees around person "0", who is the one asked about; the weights sum to 1.

    Parameters
    ----------
    pattern : RelativePattern
        Typed persons around a subject "0", who may be typed itself (then it is somebody else than the one asked about).
    hypothesis : Hypothesis
        What the one asked about is to the subject.
    """
    if hypothesis == "self":
        return ((1.0, pattern),)
    if hypothesis == "sibling":
        return ((1.0, _Draft.of(pattern).with_sibling().finished()),)
    parents = [found.finished() for father in (True, False) if (found := _Draft.of(pattern).as_parent(father=father))]
    children = [found.finished() for father in (True, False) if (found := _Draft.of(pattern).with_child(father=father))]
    share = 0.5 if parents else 1.0
    return (
        *((0.5 / len(parents), one) for one in parents),
        *((share / len(children), one) for one in children),
    )


@lru_cache(maxsize=1 << 15)
def apart(pattern: RelativePattern, hypothesis: Hypothesis) -> RelativePattern:
    """Return the pedigree of the other side of every LR: the person asked about, "0", is a stranger to everybody."""
    if hypothesis == "self":
        return _Draft.of(pattern).with_stranger_as_subject().finished()
    draft = _Draft.of(pattern)
    draft.asked = draft.add()
    return draft.finished()


@dataclass(slots=True)
class _Draft:
    """A pedigree being extended; person 0 is the old subject, `asked` the new one."""

    fathers: list[int]
    mothers: list[int]
    genotypes: list[Genotype | None]
    asked: int = 0

    @classmethod
    def of(cls, pattern: RelativePattern) -> _Draft:
        return cls(list(pattern.pedigree.fathers), list(pattern.pedigree.mothers), list(pattern.genotypes))

    def add(self, father: int = NOBODY, mother: int = NOBODY) -> int:
        self.fathers.append(father)
        self.mothers.append(mother)
        self.genotypes.append(None)
        return len(self.genotypes) - 1

    def with_parents(self) -> _Draft:
        for parents in (self.fathers, self.mothers):
            if parents[0] == NOBODY:
                parents[0] = self.add()
        return self

    def with_sibling(self) -> _Draft:
        self.with_parents()
        self.asked = self.add(self.fathers[0], self.mothers[0])
        return self

    def as_parent(self, *, father: bool) -> _Draft | None:
        """Ask about a parent; None where that parent is typed and so somebody else."""
        self.with_parents()
        self.asked = (self.fathers if father else self.mothers)[0]
        return self if self.genotypes[self.asked] is None else None

    def with_child(self, *, father: bool) -> _Draft | None:
        """Ask about a child of the subject as a father or mother; None where the subject is known to be the other."""
        if 0 in (self.mothers if father else self.fathers):
            return None
        spouse = self.add()
        self.asked = self.add(0, spouse) if father else self.add(spouse, 0)
        return self

    def with_stranger_as_subject(self) -> _Draft:
        """Take the subject out of the family; somebody else is in his place."""
        if 0 in {*self.fathers, *self.mothers}:
            other = self.add(self.fathers[0], self.mothers[0])
            self.fathers = [other if parent == 0 else parent for parent in self.fathers]
            self.mothers = [other if parent == 0 else parent for parent in self.mothers]
        self.fathers[0] = self.mothers[0] = NOBODY
        return self

    def finished(self) -> RelativePattern:
        """Put the person asked about first."""
        order = [self.asked, *(person for person in range(len(self.genotypes)) if person != self.asked)]
        position = {person: new for new, person in enumerate(order)} | {NOBODY: NOBODY}
        pedigree = Pedigree(
            tuple(map(str, range(len(order)))),
            tuple(position[self.fathers[person]] for person in order),
            tuple(position[self.mothers[person]] for person in order),
        )
        return RelativePattern(pedigree, tuple(self.genotypes[person] for person in order))
