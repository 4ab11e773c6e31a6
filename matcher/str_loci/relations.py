"""Named relations as pedigrees around the missing subject, and the usual pairs of hypotheses."""

from __future__ import annotations

from collections.abc import Mapping

from matcher.errors import InputError
from matcher.str_loci.pedigree import Pedigree
from matcher.types import SUBJECT

_ROWS: Mapping[str, str] = {
    # relation: persons as name:father:mother; the typed reference person is `kin` (and `kin2`)
    "parent-child": "kin other subject:kin:other",
    "child": "subject other kin:subject:other",
    "full-sibling": "f m kin:f:m subject:f:m",
    "half-sibling": "f m1 m2 kin:f:m1 subject:f:m2",
    "grandparent": "kin gm f:kin:gm m subject:f:m",
    "grandchild": "subject o c:subject:o o2 kin:c:o2",
    "avuncular": "gf gm kin:gf:gm f:gf:gm m subject:f:m",
    "first-cousin": "gf gm u:gf:gm o kin:u:o f:gf:gm m subject:f:m",
    "both-parents": "kin kin2 subject:kin:kin2",
}

RELATIONS: tuple[str, ...] = tuple(_ROWS)
"""`parent-child`: the reference is the subject's parent (which one does not matter but for mutation rates)."""


def relation_pedigree(relation: str, *, mother: bool = False) -> Pedigree:
    """Return the pedigree that joins the references `kin` (and `kin2`) with the `subject`.

    Parameters
    ----------
    relation : str
        One of `RELATIONS`.
    mother : bool
        The reference of `parent-child`, `half-sibling` or `grandparent` is on the female side: the mother, a child
        of the same mother, the grandmother.

    Raises
    ------
    InputError
        For an unknown relation.
    """
    if relation not in _ROWS:
        raise InputError(f"relation '{relation}' is unknown", remedy=f"use one of {', '.join(RELATIONS)}")
    rows = []
    for person in _ROWS[relation].split():
        name, _, parents = person.partition(":")
        father, _, other = parents.partition(":")
        if mother and parents and relation in {"parent-child", "half-sibling", "grandparent", "child"}:
            father, other = other, father
        rows.append((name, father or None, other or None))
    return Pedigree.of(rows)


def unrelated(pedigree: Pedigree, subject: str = SUBJECT) -> Pedigree:
    """Return the alternative hypothesis: the subject is a founder without children, the others stay as they are."""
    position = pedigree.names.index(subject)
    children = pedigree.children(position)
    rows: list[tuple[str, str | None, str | None]] = []
    for person, name in enumerate(pedigree.names):
        father, mother = (pedigree.fathers[person], pedigree.mothers[person])
        if person == position:
            rows.append((name, None, None))
            continue
        named = [None if p < 0 else ("stranger" if p == position else pedigree.names[p]) for p in (father, mother)]
        rows.append((name, named[0], named[1]))
    if children:
        rows.append(("stranger", None, None))
    return Pedigree.of(rows)
