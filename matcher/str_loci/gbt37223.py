"""Chinese laboratory practice for parentage: the paternity index of GB/T 37223-2018 as laboratories compute it.

At a locus where alleged parent and child share an allele (given the other parent, if known) the index is the ratio
without mutation. At an inconsistent locus only the explanation with the fewest repeat steps counts: mu / 2 for one step
in one direction, a tenth for each further step. The cumulative index CPI is the product over the loci. This is not a
coherent probability model (rows do not sum to 1, longer paths are dropped), so it stands beside the full model and
never in place of it.

Source: the rules as three independent open programs of Chinese laboratories implement them; GB/T 37223-2018 itself and
SF/Z JD0105001-2016 (three inconsistent loci exclude) are cited by them.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from matcher.errors import InputError
from matcher.llr import probability
from matcher.str_loci.frequencies import FrequencySet, LocusFrequencies
from matcher.types import Genotype

PARENT_RATE, OTHER_RATE = 0.002, 0.0005
"""Mutation per transmission from the alleged parent, and from the known other parent of a trio."""

FURTHER_STEP = 0.1
EXCLUDING_LOCI = 3


@dataclass(frozen=True, slots=True)
class PracticeLocus:
    """One locus.

    Parameters
    ----------
    locus : str
        Canonical name.
    index : float or None
        Paternity index; None where no whole number of steps explains the child, so that the practice has no rule.
    consistent : bool
        Needs no mutation.
    """

    locus: str
    index: float | None
    consistent: bool


@dataclass(frozen=True, slots=True)
class PracticeResult:
    """All loci.

    Parameters
    ----------
    loci : tuple of PracticeLocus
        In alphabetical order.
    """

    loci: tuple[PracticeLocus, ...]

    @property
    def log10_cpi(self) -> float:
        """log10 of the cumulative index over the loci that have one."""
        return math.fsum(math.log10(item.index) for item in self.loci if item.index is not None)

    @property
    def rcp(self) -> float:
        """Relative chance of paternity at a prior of one half."""
        return probability(self.log10_cpi)

    @property
    def inconsistent(self) -> tuple[str, ...]:
        """Loci that need a mutation."""
        return tuple(item.locus for item in self.loci if not item.consistent)

    @property
    def excludes(self) -> bool:
        """Tell whether practice excludes by the number of inconsistent loci."""
        return len(self.inconsistent) >= EXCLUDING_LOCI


def practice_index(
    child: Mapping[str, Genotype],
    parent: Mapping[str, Genotype],
    frequencies: FrequencySet,
    other: Mapping[str, Genotype] | None = None,
) -> PracticeResult:
    """Compute the indices over the loci that everybody shows and that have frequencies.

    Parameters
    ----------
    child, parent : mapping of str to Genotype
        Typings of the child and the alleged parent.
    frequencies : FrequencySet
        Population tables; taken as published, unseen alleles at the minimum frequency.
    other : mapping of str to Genotype, optional
        Typings of the known other parent.

    Raises
    ------
    InputError
        When no locus can be used.
    """
    shared = child.keys() & parent.keys() & frequencies.keys()
    shared = shared & other.keys() if other is not None else shared
    if not shared:
        raise InputError("no common locus with frequencies", remedy="check kits and locus names")
    loci = []
    for locus in sorted(shared):
        known = None if other is None else other[locus]
        loci.append(locus_index(locus, (child[locus], parent[locus], known), frequencies[locus]))
    return PracticeResult(tuple(loci))


def locus_index(
    locus: str, genotypes: tuple[Genotype, Genotype, Genotype | None], table: LocusFrequencies
) -> PracticeLocus:
    """Compute the index of one locus from child, alleged parent and perhaps the other parent.

    >>> from matcher.str_loci.frequencies import LocusFrequencies
    >>> table = LocusFrequencies("D3S1358", (150, 160), (0.6723, 0.3277), 1000)
    >>> locus_index("D3S1358", ((160, 160), (150, 150), None), table).index    # mu / (2 p16)
    0.003051571559353067
    """
    child, parent, other = genotypes
    p = {allele: _frequency(table, allele) for allele in set(child)}
    orders = {child, child[::-1]}
    above = [
        (steps + further, chance * maternal)
        for first, second in orders
        for steps, chance in _transmissions(parent, first, PARENT_RATE)
        for further, maternal in (_transmissions(other, second, OTHER_RATE) if other else [(0, p[second])])
    ]
    below = [
        (steps, p[first] * maternal)
        for first, second in orders
        for steps, maternal in (_transmissions(other, second, OTHER_RATE) if other else [(0, p[second])])
    ]
    if not above or not below:
        return PracticeLocus(locus, None, consistent=False)
    fewest = min(steps for steps, _ in above)
    least = min(steps for steps, _ in below)
    index = sum(x for steps, x in above if steps == fewest) / sum(x for steps, x in below if steps == least)
    return PracticeLocus(locus, index, consistent=fewest == 0)


def _transmissions(parent: Genotype, allele: int, rate: float) -> list[tuple[int, float]]:
    """Return (steps, probability) of each of a parent's alleles becoming this one by whole repeats."""
    found = []
    for mine in parent:
        difference = abs(mine - allele)
        if difference == 0:
            found.append((0, 0.5))
        elif difference % 10 == 0:
            steps = difference // 10
            found.append((steps, 0.5 * rate / 2 * FURTHER_STEP ** (steps - 1)))
    return found


def _frequency(table: LocusFrequencies, allele: int) -> float:
    if allele in table.alleles:
        return table.frequencies[table.alleles.index(allele)]
    return table.minimum
