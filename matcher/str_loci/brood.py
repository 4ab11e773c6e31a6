"""What the children of a couple say about the genotypes of both parents, kept in factored form where it is small."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Float64 = NDArray[np.float64]

LARGEST_RANK = 16
"""Terms of a sum over known children (two each, four children) beyond which one table is smaller."""


@dataclass(frozen=True, slots=True)
class Brood:
    """P(everything below some children | both parents) as sum_r left_r (x) right_r, times a dense table if needed.

    A child with a known genotype a/b has rank two, "a from the father and b from the mother, or the other way round",
    which spares the table over both parents' genotypes.
    """

    left: Float64 | None = None
    """Shape (B, R, s_father)."""
    right: Float64 | None = None
    """Shape (B, R, s_mother)."""
    table: Float64 | None = None
    """Shape (B, s_father, s_mother)."""

    def with_known(self, left: Float64, right: Float64) -> Brood:
        """Multiply by a child with a known genotype, given as a sum of two products."""
        if self.left is None or self.right is None:
            return Brood(left, right, self.table)
        if self.left.shape[1] > LARGEST_RANK // 2:
            return Brood(left, right, self.dense())
        return Brood(_products(self.left, left), _products(self.right, right), self.table)

    def with_table(self, table: Float64) -> Brood:
        """Multiply by a dense table, shape (B, s_father, s_mother)."""
        return Brood(self.left, self.right, table if self.table is None else self.table * table)

    def turned(self) -> Brood:
        """Exchange father and mother."""
        return Brood(self.right, self.left, None if self.table is None else np.swapaxes(self.table, 1, 2))

    def dense(self) -> Float64:
        """Multiply everything out, shape (B, s_father, s_mother)."""
        assert self.left is not None
        assert self.right is not None
        whole: Float64 = np.swapaxes(self.left, 1, 2) @ self.right
        return whole if self.table is None else whole * self.table

    def to_father(self, mother: Float64) -> Float64:
        """Sum the mother out, shape (B, s_father)."""
        if self.left is None or self.right is None:
            return mother.sum(axis=1, keepdims=True) if self.table is None else _times(self.table, mother)
        weighted = self.right * mother[:, None, :]
        if self.table is None:
            return _times(np.swapaxes(self.left, 1, 2), weighted.sum(axis=2))
        inner: Float64 = np.einsum("brf,bfr->bf", self.left, self.table @ np.swapaxes(weighted, 1, 2))
        return inner

    def to_child(self, father: Float64, mother: Float64, from_father: Float64, from_mother: Float64) -> Float64:
        """Return P(ordered alleles of a further child, everything else), shape (B, n, n)."""
        if self.table is not None:
            whole = self.table if self.left is None else self.dense()
            joint = father[:, :, None] * mother[:, None, :] * whole
            ordered: Float64 = np.swapaxes(from_father, 1, 2) @ joint @ from_mother
            return ordered
        left = father[:, None, :] if self.left is None else self.left * father[:, None, :]
        right = mother[:, None, :] if self.right is None else self.right * mother[:, None, :]
        product: Float64 = np.swapaxes(left @ from_father, 1, 2) @ (right @ from_mother)
        return product


def _times(matrix: Float64, vector: Float64) -> Float64:
    """Multiply (B, i, j) by (B, j)."""
    return (matrix @ vector[:, :, None])[:, :, 0]


def paired(one: Float64, other: Float64) -> Float64:
    """Stack two (B, s) arrays to (B, 2, s)."""
    return np.stack(np.broadcast_arrays(one, other), axis=1)


def _products(one: Float64, other: Float64) -> Float64:
    """Multiply every term of one sum with every term of another: (B, R, s), (B, Q, s) to (B, R Q, s)."""
    product = one[:, :, None, :] * other[:, None, :, :]
    return product.reshape(product.shape[0], -1, product.shape[3])
