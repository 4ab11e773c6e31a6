"""Likelihood of one locus over any pedigree: Elston-Stewart peeling on unordered genotypes, batched.

Persons and nuclear families form a graph. A person with a known genotype is cut into one copy per family, which
turns most loops into trees; loops that remain are cut by conditioning on one more person at a time, all of whose
genotypes are evaluated in one batch. What is left is a forest, peeled by matrix products.

Shapes: B = batch (1 or many typings of the same pedigree), s = states of a person, n = alleles, G = genotypes.

Source: Elston & Stewart, Human Heredity 21 (1971) 523; Lange & Elston, Human Heredity 25 (1975) 95 (loops); Cannings,
Thompson & Skolnick, Adv Appl Prob 10 (1978) 26.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matcher.errors import LimitError
from matcher.str_loci.alleles import SILENT
from matcher.str_loci.brood import Brood, paired
from matcher.str_loci.locus_model import LocusModel
from matcher.str_loci.loops import Forest, Node, cut_into_forest
from matcher.str_loci.pedigree import NOBODY, Pedigree
from matcher.types import Genotype

Float64 = NDArray[np.float64]
Indices = NDArray[np.intp]

Typings = Sequence[Genotype] | NDArray[np.integer]
"""Genotypes of as many persons, also as an array of shape (B, 2)."""

LARGEST_CONDITIONING = 2_000_000
"""Joint genotypes of loop breakers beyond which an answer would take minutes."""

_BATCH_CELLS = 1 << 22
"""Cells of the largest intermediate array, 32 MB of float64."""


@dataclass(frozen=True, slots=True)
class States:
    """Genotypes a person may have, with the probability of what was observed given each.

    Parameters
    ----------
    genotypes : ndarray of intp, shape (B, s)
        Genotype numbers of the locus model; B may be 1.
    weights : ndarray of float64, shape (B, s)
        P(observation | genotype), times the prior where `prior_included`.
    prior_included : bool
        The weights already hold this founder's genotype probabilities.
    """

    genotypes: Indices
    weights: Float64
    prior_included: bool = False

    @classmethod
    def known(cls, genotypes: Indices) -> States:
        """Make states of persons whose genotype is known, one per batch entry, shape (B,)."""
        column = np.asarray(genotypes, np.intp).reshape(-1, 1)
        return cls(column, np.ones(column.shape))

    @classmethod
    def one_of(cls, genotypes: Indices) -> States:
        """Make states of a person who has one of several genotypes, shape (s,)."""
        row = np.asarray(genotypes, np.intp).reshape(1, -1)
        return cls(row, np.ones(row.shape))

    @property
    def size(self) -> int:
        """Count the states, s."""
        return int(self.genotypes.shape[1])


def typed_states(model: LocusModel, genotypes: Typings) -> States:
    """Make states of persons who show these genotypes, one a batch entry; a silent allele may hide beside one peak."""
    shown = model.indices(np.asarray(genotypes, np.int64).reshape(-1, 2))
    if SILENT not in model.alleles:
        return States.known(shown)
    first, last = model.first[shown], len(model.alleles) - 1
    hides = (first == model.second[shown]) & (first < last)
    hidden = model.pair_index(first, np.full(len(first), last, np.intp))
    weights = np.stack([np.ones(len(shown)), hides.astype(np.float64)], axis=1)
    return States(np.stack([shown, np.where(hides, hidden, shown)], axis=1), weights)


@dataclass(frozen=True, slots=True)
class _Peeler:
    model: LocusModel
    forest: Forest
    states: Mapping[int, States]

    def belief(self, node: int, excluded: int) -> Float64:
        """Multiply what a person and all families but one say about its states, shape (B, s)."""
        result = self.own_weights(self.forest.nodes[node])
        for family in self.forest.nodes[node].families:
            if family != excluded:
                result = result * self.message(family, node)
        return result

    def own_weights(self, node: Node) -> Float64:
        states = self.states[node.person]
        if not node.carries_weight:
            return np.ones(states.weights.shape)
        if not node.founder or states.prior_included:
            return states.weights
        return states.weights * self.model.hwe[states.genotypes]

    def message(self, family: int, receiver: int) -> Float64:
        """Say what one family knows about the states of one of its members."""
        father, mother, children = self.forest.families[family]
        others = [child for child in children if child != receiver]
        if receiver == father:
            return self.brood(family, others).to_father(self.parent_belief(mother, family))
        if receiver == mother:
            return self.brood(family, others).turned().to_father(self.parent_belief(father, family))
        return self.message_to_child(family, receiver, others)

    def message_to_child(self, family: int, child: int, siblings: list[int]) -> Float64:
        father, mother, _ = self.forest.families[family]
        from_father, from_mother = self.transmission(father, male=True), self.transmission(mother, male=False)
        left, right = self.parent_belief(father, family), self.parent_belief(mother, family)
        ordered = self.brood(family, siblings).to_child(left, right, from_father, from_mother)
        return _take_rows(self.model.unordered(ordered), self.states[self.forest.nodes[child].person].genotypes)

    def brood(self, family: int, children: list[int]) -> Brood:
        """Collect P(everything below these children | genotypes of both parents)."""
        father, mother, _ = self.forest.families[family]
        from_father, from_mother = self.transmission(father, male=True), self.transmission(mother, male=False)
        brood = Brood()
        # Few known children first: their table has rank two each; beyond a handful the dense table is smaller.
        for child in sorted(children, key=lambda node: self.states[self.forest.nodes[node].person].size):
            genotypes = self.states[self.forest.nodes[child].person].genotypes
            weights = self.belief(child, family)
            first, second = self.model.first[genotypes], self.model.second[genotypes]
            if genotypes.shape[1] == 1:
                swapped = np.where(first == second, 0.0, weights)
                brood = brood.with_known(
                    paired(_pick(from_father, first) * weights, _pick(from_father, second) * swapped),
                    paired(_pick(from_mother, second), _pick(from_mother, first)),
                )
                continue
            n = len(self.model.alleles)
            ordered = np.zeros((max(len(weights), len(genotypes)), n, n))
            batch = np.arange(len(ordered))[:, None]
            ordered[batch, first, second] = weights
            ordered[batch, second, first] = weights
            brood = brood.with_table(from_father @ ordered @ np.swapaxes(from_mother, 1, 2))
        return brood

    def parent_belief(self, node: int, family: int) -> Float64:
        return np.ones((1, 1)) if node == NOBODY else self.belief(node, family)

    def transmission(self, node: int, *, male: bool) -> Float64:
        """Return P(allele handed down | state of the parent), shape (B, s, n); nobody draws from the population."""
        if node == NOBODY:
            return (self.model.from_any_father if male else self.model.from_any_mother)[None, None, :]
        table = self.model.from_father if male else self.model.from_mother
        return table[self.states[self.forest.nodes[node].person].genotypes]


def likelihood(pedigree: Pedigree, model: LocusModel, states: Mapping[str, States]) -> Float64:
    """Return P(all observations) for each batch entry, shape (B,).

    Parameters
    ----------
    pedigree : Pedigree
        Already reduced as the founder convention asks.
    model : LocusModel
        The locus.
    states : mapping of str to States
        Observed persons; everybody else may have any genotype.

    Raises
    ------
    LimitError
        When the loops need conditioning on too many joint genotypes.
    """
    total: Float64 = _peel(pedigree, model, states, subject=None)[:, 0]
    return total


def joint_with_genotype(
    pedigree: Pedigree, model: LocusModel, states: Mapping[str, States], *, subject: str
) -> Float64:
    """Return P(all observations, genotype of one untyped person), shape (B, G)."""
    return _peel(pedigree, model, states, subject=subject)


def _peel(pedigree: Pedigree, model: LocusModel, states: Mapping[str, States], subject: str | None) -> Float64:
    everything = States.one_of(np.arange(model.genotype_count))
    by_person = {person: states.get(name, everything) for person, name in enumerate(pedigree.names)}
    target = None if subject is None else pedigree.names.index(subject)
    forest = cut_into_forest(pedigree, tuple(known.size for known in by_person.values()))
    if not forest.breakers:
        return _evaluate(model, forest, by_person, target)
    combinations = [by_person[person].size for person in forest.breakers]
    total = int(np.prod(combinations))
    if total > LARGEST_CONDITIONING:
        raise LimitError(
            f"the loops of this pedigree need {total} joint genotypes",
            remedy="type one more person on the loop, or use a mutation model that pools alleles (proportional, equal)",
        )
    rows = max(max(known.genotypes.shape[0], known.weights.shape[0]) for known in by_person.values())
    results = [
        _condition(model, forest, {person: _row(known, row) for person, known in by_person.items()}, target, total)
        for row in range(rows)
    ]
    return np.concatenate(results)


def _condition(
    model: LocusModel, forest: Forest, by_person: Mapping[int, States], target: int | None, total: int
) -> Float64:
    """Sum over all joint genotypes of the loop breakers, in batches."""
    shape = [by_person[person].size for person in forest.breakers]
    chunk = max(1, _BATCH_CELLS // model.genotype_count**2)
    result = np.zeros((1, 1 if target is None else model.genotype_count))
    for low in range(0, total, chunk):
        chosen = np.unravel_index(np.arange(low, min(low + chunk, total)), shape)
        fixed = dict(by_person)
        for person, states in zip(forest.breakers, chosen, strict=True):
            known = by_person[person]
            columns = known.genotypes[0, states][:, None], known.weights[0, states][:, None]
            fixed[person] = States(*columns, known.prior_included)
        result += _evaluate(model, forest, fixed, target).sum(axis=0, keepdims=True)
    return result


def _evaluate(model: LocusModel, forest: Forest, by_person: Mapping[int, States], target: int | None) -> Float64:
    """Peel a forest: shape (B, 1) without a target, else (B, G) over the target's genotypes."""
    peeler = _Peeler(model, forest, by_person)
    total: Float64 = np.ones((1, 1))
    vector: Float64 | None = None
    for root in forest.roots(target):
        belief = peeler.belief(root, excluded=NOBODY)
        if target is not None and forest.nodes[root].person == target and vector is None:
            vector = belief
        else:
            total = total * belief.sum(axis=1, keepdims=True)
    if target is None:
        return total
    assert vector is not None
    result: Float64 = np.zeros((max(len(vector), len(total)), model.genotype_count))
    genotypes = by_person[target].genotypes
    if genotypes.shape == (1, model.genotype_count):
        # Any genotype, in the order of their numbers.
        result += total * vector
        return result
    np.put_along_axis(result, np.broadcast_to(genotypes, (len(result), genotypes.shape[1])), total * vector, axis=1)
    return result


def _row(states: States, row: int) -> States:
    at = row if states.genotypes.shape[0] > 1 else 0
    weights = row if states.weights.shape[0] > 1 else 0
    return States(states.genotypes[at : at + 1], states.weights[weights : weights + 1], states.prior_included)


def _pick(transmission: Float64, alleles: Indices) -> Float64:
    """Select one transmitted allele per batch entry: (B, s, n) and (B, 1) to (B, s)."""
    if len(alleles) == 1:
        return transmission[:, :, alleles[0, 0]]
    if len(transmission) == 1:
        shared: Float64 = transmission[0].T[alleles[:, 0]]
        return shared
    return np.take_along_axis(transmission, alleles[:, None, :], axis=2)[:, :, 0]


def _take_rows(values: Float64, genotypes: Indices) -> Float64:
    if len(genotypes) == 1:
        return values[:, genotypes[0]]
    return np.take_along_axis(values, genotypes, axis=1)
