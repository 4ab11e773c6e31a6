"""One locus given an inheritance vector: every allele descends from one founder allele, so a locus is a set of trees.

Each tree is peeled with the mutation matrices; what the trees say about their root alleles is multiplied and weighted
with the allele frequencies. With theta the root alleles are not independent: the mean over a subpopulation's
frequencies (Dirichlet) is a sum over the ways to group trees into those whose roots are copies of one allele.

Arrays have one axis for the allele of the gene, one for the families of a batch, one for each typed person, over the
ordered genotypes that he may have, and two for the subject's paternal and maternal allele; an axis of length 1 does not
matter.

Source: Lange, Mathematical and Statistical Methods for Genetic Analysis (1997) ch. 9; Balding & Nichols, FSI 64 (1994)
125, in the Dirichlet form of Ewens, Theor Popul Biol 3 (1972) 87.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import factorial

import numpy as np
from numpy.typing import NDArray

from matcher.errors import LimitError
from matcher.str_loci.locus_model import LocusModel
from matcher.str_loci.pedigree import NOBODY, Pedigree
from matcher.str_loci.peeling import States

Float64 = NDArray[np.float64]
Indices = NDArray[np.intp]

LARGEST_TYPINGS = 4096
"""Ordered typings of all typed persons together, beyond which arrays grow too large."""

LARGEST_TREES = 9
"""Trees whose groupings are summed for theta; 3^9 is about 20,000 terms."""


@dataclass(frozen=True, slots=True)
class Meiosis:
    """One transmission.

    Parameters
    ----------
    child, parent : int
        Positions in the pedigree.
    paternal : bool
        The parent is the father.
    """

    child: int
    parent: int
    paternal: bool


_BATCH_CELLS = 1 << 17
"""Cells of the largest array of one tree, 1 MB of float64; some hundred trees are kept at a time."""

_Gene = tuple[int, int]
"""Person and slot: 0 = from the father, 1 = from the mother."""

_Key = tuple[object, ...]

NOTHING = 0
"""Number of a tree at which nothing is shown."""


def given_vectors(
    pedigree: Pedigree,
    model: LocusModel,
    states: Mapping[str, States],
    meioses: Sequence[Meiosis],
    vectors: NDArray[np.int8],
    *,
    subject: str | None,
    theta: float,
) -> Float64:
    """Return P(observations, genotype of the subject | vector), shape (B, R, G), or (B, R, 1) without a subject.

    Parameters
    ----------
    pedigree : Pedigree
        The persons.
    model : LocusModel
        The locus.
    states : mapping of str to States
        Observed persons of a batch of B families.
    meioses : sequence of Meiosis, length m
        Transmissions.
    vectors : ndarray of int8, shape (R, m)
        Slot of the parent that each transmission copies.
    subject : str or None
        Untyped person.
    theta : float
        Coancestry of the founders.

    Raises
    ------
    LimitError
        When too many persons are typed, or with theta there are too many founder alleles.
    """
    orders = {pedigree.names.index(name): _orders(model, known) for name, known in states.items()}
    joint = int(np.prod([order.weights.shape[1] for order in orders.values()], initial=1))
    if joint > LARGEST_TYPINGS:
        raise LimitError(
            f"linked loci with {joint} joint typings are too many", remedy="leave out relatives who add little"
        )
    families = max((len(order.weights) for order in orders.values()), default=1)
    batch = max(1, _BATCH_CELLS // (joint * len(model.alleles) ** 2))
    copies = [_copies(meioses, vector) for vector in vectors]
    result = np.empty((families, len(vectors), 1 if subject is None else model.genotype_count))
    for low in range(0, families, batch):
        rows = slice(low, min(low + batch, families))
        trees = _Trees.of(pedigree, model, {person: order.at(rows) for person, order in orders.items()}, subject)
        for number, copied in enumerate(copies):
            by_alleles = trees.independent(copied) if theta == 0.0 else trees.grouped(copied, theta)
            if subject is not None:
                by_alleles = model.unordered(np.broadcast_to(by_alleles, (len(by_alleles), *(len(model.alleles),) * 2)))
            result[rows, number] = by_alleles.reshape(len(by_alleles), -1)
    return result


_Copies = Mapping[_Gene, Sequence[tuple[_Gene, bool]]]
"""Genes that are copied from each gene, and whether by a father."""


def _copies(meioses: Sequence[Meiosis], vector: NDArray[np.int8]) -> _Copies:
    copies: dict[_Gene, list[tuple[_Gene, bool]]] = {}
    for meiosis, slot in zip(meioses, vector, strict=True):
        copy = (meiosis.child, 0 if meiosis.paternal else 1), meiosis.paternal
        copies.setdefault((meiosis.parent, int(slot)), []).append(copy)
    return copies


@dataclass(frozen=True, slots=True)
class _Orders:
    """Ordered genotypes that a person may have, one family a row: alleles and weights, shape (B, s) each."""

    paternal: Indices
    maternal: Indices
    weights: Float64

    def at(self, rows: slice) -> _Orders:
        return self if len(self.weights) == 1 else _Orders(self.paternal[rows], self.maternal[rows], self.weights[rows])


@dataclass(frozen=True, slots=True)
class _Trees:
    """What is known of the genes themselves, and the trees met so far; equal subtrees are evaluated once."""

    model: LocusModel
    roots: tuple[_Gene, ...]
    shown: Mapping[_Gene, Float64]
    axes: int
    _numbers: dict[_Key, int] = field(default_factory=dict)
    _kept: dict[int, Float64] = field(default_factory=dict)
    _rooted: dict[int, Float64] = field(default_factory=dict)

    @classmethod
    def of(cls, pedigree: Pedigree, model: LocusModel, orders: Mapping[int, _Orders], subject: str | None) -> _Trees:
        axes = len(orders) + 4
        shown: dict[_Gene, Float64] = {}
        known = np.eye(len(model.alleles))
        for axis, (person, order) in enumerate(orders.items(), 2):
            shown[person, 0] = _along(known[:, order.paternal] * order.weights, axis, axes)
            shown[person, 1] = _along(known[:, order.maternal], axis, axes)
        if subject is not None:
            person = pedigree.names.index(subject)
            shown[person, 0], shown[person, 1] = (
                _along(known[:, None, :], axis, axes) for axis in (axes - 2, axes - 1)
            )
        roots = tuple(
            (person, slot)
            for person in range(len(pedigree))
            for slot, parent in enumerate((pedigree.fathers[person], pedigree.mothers[person]))
            if parent == NOBODY
        )
        return cls(model, roots, shown, axes)

    def independent(self, copies: _Copies) -> Float64:
        """Multiply the trees, their roots drawn from the frequencies; (B, n, n) over the subject's alleles."""
        # Trees that show the subject's paternal allele, the maternal one, both or neither: kept apart until the sum.
        products: dict[tuple[bool, bool], Float64] = {}
        for root in self.roots:
            number = self._below(root, copies)
            if number == NOTHING:
                continue
            if number not in self._rooted:
                self._rooted[number] = np.tensordot(self.model.frequencies, self._kept[number], axes=1)
            tree = self._rooted[number]
            which = tree.shape[-2] > 1, tree.shape[-1] > 1
            products[which] = products[which] * tree if which in products else tree
        nothing = np.ones((1,) * (self.axes - 1))
        rest, left = products.get((False, False), nothing), products.get((True, False), nothing)
        right, both = products.get((False, True), nothing), products.get((True, True))
        if both is not None:
            return _summed(rest * left * right * both)
        return _product_sum(rest * left, right)

    def grouped(self, copies: _Copies, theta: float) -> Float64:
        """Average the product of the trees over the subpopulation's frequencies; as `independent`."""
        numbers = (self._below(root, copies) for root in self.roots)
        trees = [self._kept[number] for number in numbers if number != NOTHING]
        if len(trees) > LARGEST_TREES:
            raise LimitError(
                f"theta with {len(trees)} founder alleles of linked loci",
                remedy="leave out relatives who add little, or set theta to 0",
            )
        alpha = (1.0 - theta) / theta
        sums: dict[int, Float64] = {0: np.ones((1,) * (self.axes - 1))}
        means: dict[int, Float64] = {}
        products: dict[int, Float64] = {0: np.ones((1,) * self.axes)}
        for group in range(1, 1 << len(trees)):
            lowest = group & -group
            products[group] = products[group ^ lowest] * trees[lowest.bit_length() - 1]
            means[group] = np.tensordot(self.model.frequencies, products[group], axes=1)
        for members in range(1, 1 << len(trees)):
            lowest = members & -members
            rest = members ^ lowest
            others, total = rest, np.zeros((1,) * (self.axes - 1))
            while True:
                block = others | lowest
                weight = alpha * factorial(block.bit_count() - 1)
                total = total + weight * means[block] * sums[members ^ block]
                if others == 0:
                    break
                others = (others - 1) & rest
            sums[members] = total
        rising = float(np.prod([alpha + number for number in range(len(trees))], initial=1.0))
        return _summed(sums[(1 << len(trees)) - 1] / rising)

    def _below(self, gene: _Gene, copies: _Copies) -> int:
        """Return the number under which P(what is shown at a gene and its copies | its allele) is kept."""
        parts = []
        for copy, paternal in copies.get(gene, ()):
            number = self._below(copy, copies)
            if number != NOTHING:
                parts.append((number, paternal))
        own = self.shown.get(gene)
        if own is None and not parts:
            return NOTHING
        key: _Key = (gene if own is not None else None, *parts)
        number = self._numbers.setdefault(key, len(self._numbers) + 1)
        if number not in self._kept:
            result = np.ones((1,) * self.axes) if own is None else own
            for part, paternal in parts:
                matrix = self.model.male if paternal else self.model.female
                result = result * np.tensordot(matrix, self._kept[part], axes=1)
            self._kept[number] = result
        return number


def _summed(whole: Float64) -> Float64:
    """Sum over the typed persons' ordered genotypes; shape (B, n, n)."""
    total: Float64 = whole.reshape(len(whole), -1, *whole.shape[-2:]).sum(axis=1)
    return total


def _product_sum(left: Float64, right: Float64) -> Float64:
    """Return `_summed(left * right)` where one shows the paternal allele alone and the other the maternal one alone."""
    orders = np.broadcast_shapes(left.shape[:-2], right.shape[:-2])
    one = np.broadcast_to(left[..., 0], (*orders, left.shape[-2])).reshape(orders[0], -1, left.shape[-2])
    other = np.broadcast_to(right[..., 0, :], (*orders, right.shape[-1])).reshape(orders[0], -1, right.shape[-1])
    product: Float64 = np.swapaxes(one, 1, 2) @ other
    return product


def _along(table: Float64, axis: int, axes: int) -> Float64:
    """Give a table over (allele, family, something) its third axis among all."""
    lengths = (table.shape[2] if number == axis else 1 for number in range(2, axes))
    return table.reshape(*table.shape[:2], *lengths)


def _orders(model: LocusModel, known: States) -> _Orders:
    """Return the ordered pairs (paternal, maternal) that a person may have, each with its weight."""
    genotypes, weights = np.broadcast_arrays(known.genotypes, known.weights)
    first, second = model.first[genotypes], model.second[genotypes]
    paternal, maternal = (np.stack(pair, axis=2) for pair in ((first, second), (second, first)))
    both = np.stack([weights, np.where(first == second, 0.0, weights)], axis=2).reshape(len(genotypes), -1)
    used = both.any(axis=0)
    shape = len(genotypes), -1
    return _Orders(paternal.reshape(shape)[:, used], maternal.reshape(shape)[:, used], both[:, used])
