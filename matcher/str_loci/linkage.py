"""Linked loci: which pairs there are, and when their likelihoods do not multiply."""

from __future__ import annotations

from collections.abc import Mapping, Set

from matcher.str_loci.pedigree import Pedigree

LINKED_LOCI: Mapping[str, str] = {"vWA": "D12S391"}
"""Locus that steps back -> its partner on chromosome 12p, 11.94 cM away; D12S391 is the more polymorphic of the two.

Source of the distance: Phillips et al., FSI: Genetics 6 (2012) 354."""


def linkage_matters(pedigree: Pedigree, typed: Set[str]) -> bool:
    """Tell whether two linked loci would be dependent: somebody's two gametes or two meioses in a row show.

    Typed parents with one child inform on single gametes of unknown phase; their joint likelihood is the product
    whatever the recombination fraction.
    """
    for person, name in enumerate(pedigree.names):
        children = len(pedigree.children(person))
        if children > 1 or (children and not pedigree.is_founder(person) and name not in typed):
            return True
    return False
