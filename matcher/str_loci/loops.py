"""Cutting the loops of a pedigree: copies of known persons, and loop breakers where known persons do not suffice."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from matcher.str_loci.pedigree import NOBODY, Pedigree


@dataclass(frozen=True, slots=True)
class Node:
    """A person, or one copy of a person with a known genotype.

    Parameters
    ----------
    person : int
        Position in the pedigree.
    families : tuple of int
        Families that this node belongs to.
    founder : bool
        The person has no parent in the pedigree.
    carries_weight : bool
        Exactly one copy of a person carries its observation and prior.
    """

    person: int
    families: tuple[int, ...]
    founder: bool
    carries_weight: bool


@dataclass(frozen=True, slots=True)
class Forest:
    """Pedigree without loops.

    Parameters
    ----------
    nodes : tuple of Node
        Persons and copies.
    families : tuple of (int, int, tuple of int)
        Father node, mother node (`NOBODY` = outside the pedigree) and child nodes.
    breakers : tuple of int
        Persons whose genotype must be conditioned on.
    """

    nodes: tuple[Node, ...]
    families: tuple[tuple[int, int, tuple[int, ...]], ...]
    breakers: tuple[int, ...]

    def roots(self, target: int | None) -> list[int]:
        """Choose one node of each tree to collect it at, a copy of the target where there is one."""
        order = sorted(range(len(self.nodes)), key=lambda node: self.nodes[node].person != target)
        seen: set[int] = set()
        roots = []
        for node in order:
            if node not in seen:
                roots.append(node)
                self._visit(node, seen)
        return roots

    def _visit(self, start: int, seen: set[int]) -> None:
        stack = [start]
        while stack:
            node = stack.pop()
            if node in seen:
                continue
            seen.add(node)
            for family in self.nodes[node].families:
                father, mother, children = self.families[family]
                stack += [member for member in (father, mother, *children) if member != NOBODY]


@lru_cache(maxsize=512)
def cut_into_forest(pedigree: Pedigree, states: tuple[int, ...]) -> Forest:
    """Cut a pedigree at its known persons and, while a loop remains, at the cheapest person on a loop.

    Parameters
    ----------
    pedigree : Pedigree
        Any pedigree.
    states : tuple of int
        Number of possible genotypes of each person; 1 = known.
    """
    families = list(pedigree.families())
    cut = {person for person, count in enumerate(states) if count == 1}
    breakers: list[int] = []
    while core := _loop_core(len(pedigree), families, cut):
        person = min(core, key=lambda candidate: (states[candidate], -core[candidate], candidate))
        breakers.append(person)
        cut.add(person)
    return _build(pedigree, families, cut, tuple(breakers))


_Family = tuple[int, int, tuple[int, ...]]


def _loop_core(count: int, families: list[_Family], cut: set[int]) -> dict[int, int]:
    """Return the uncut persons on loops, with the number of loop families each belongs to."""
    members = {
        number: {person for person in (father, mother, *children) if person != NOBODY and person not in cut}
        for number, (father, mother, children) in enumerate(families)
    }
    while True:
        degree = [sum(person in group for group in members.values()) for person in range(count)]
        kept = {number: {person for person in group if degree[person] >= 2} for number, group in members.items()}
        kept = {number: group for number, group in kept.items() if len(group) >= 2}
        if kept == members:
            return {person: degree[person] for group in kept.values() for person in group}
        members = kept


def _build(pedigree: Pedigree, families: list[_Family], cut: set[int], breakers: tuple[int, ...]) -> Forest:
    nodes: list[Node] = []
    node_in: dict[tuple[int, int], int] = {}
    for person in range(len(pedigree)):
        own = [number for number, (f, m, children) in enumerate(families) if person in (f, m, *children)]
        groups = [(family,) for family in own] if person in cut and own else [tuple(own)]
        for copy, group in enumerate(groups):
            node_in.update({(person, family): len(nodes) for family in group})
            nodes.append(Node(person, group, pedigree.is_founder(person), carries_weight=copy == 0))
    linked = tuple(
        (
            node_in.get((father, number), NOBODY),
            node_in.get((mother, number), NOBODY),
            tuple(node_in[child, number] for child in children),
        )
        for number, (father, mother, children) in enumerate(families)
    )
    return Forest(tuple(nodes), linked, breakers)
