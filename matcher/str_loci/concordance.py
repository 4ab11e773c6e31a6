"""Two typings of what should be one person: are they, and what do they say together?"""

from __future__ import annotations

from dataclasses import dataclass

from matcher.errors import InputError
from matcher.types import StrProfile

LARGEST_DISAGREEMENT = 1
"""Loci at which two typings of one person may differ by a drop-out before it is treated as a sample swap."""


@dataclass(frozen=True, slots=True)
class Concordance:
    """Two typings of what should be one person.

    Parameters
    ----------
    compared : int
        Loci typed in both.
    dropped : tuple of str
        Loci that differ by one lost allele.
    different : tuple of str
        Loci that differ in another way.
    """

    compared: int
    dropped: tuple[str, ...]
    different: tuple[str, ...]

    @property
    def same_person(self) -> bool:
        """Tell whether the typings agree as two of one person do."""
        return self.compared > 0 and not self.different and len(self.dropped) <= LARGEST_DISAGREEMENT


def concordance(first: StrProfile, second: StrProfile) -> Concordance:
    """Compare two typings locus by locus."""
    dropped: list[str] = []
    different: list[str] = []
    shared = sorted(first.genotypes.keys() & second.genotypes.keys())
    for locus in shared:
        one, other = first.genotypes[locus], second.genotypes[locus]
        if one == other:
            continue
        lost = (one[0] == one[1]) != (other[0] == other[1]) and set(one) & set(other)
        (dropped if lost else different).append(locus)
    return Concordance(len(shared), tuple(dropped), tuple(different))


def merged(first: StrProfile, second: StrProfile) -> StrProfile:
    """Join two typings of one sample, as two kits give; loci that differ by one lost allele keep the heterozygote.

    Raises
    ------
    InputError
        When the typings are not of one person.
    """
    found = concordance(first, second)
    if found.different:
        raise InputError(
            f"sample '{first.sample_id}' has two profiles that differ at {', '.join(found.different)}",
            remedy="check for exchanged tubes; give the right profile only",
        )
    joined = dict(second.genotypes) | dict(first.genotypes)
    for locus in found.dropped:
        joined[locus] = max(first.genotypes[locus], second.genotypes[locus], key=lambda pair: pair[0] != pair[1])
    return StrProfile(first.sample_id, joined)
