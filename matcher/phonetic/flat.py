"""Flat arrays that the compiled loops of `name_kernels` read: plain tuples, so that importing them costs nothing.

Shapes: B branches, A surnames, T tokens, V given-name characters, R regions, G given names, W ways, P pairs, C parts.
"""

from __future__ import annotations

from typing import NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

Float64 = NDArray[np.float64]
Int32 = NDArray[np.int32]
UInt16 = NDArray[np.uint16]
Item = TypeVar("Item", bound=np.generic)


def read_only(array: NDArray[Item]) -> NDArray[Item]:
    """Return a view as a memory map gives it, so that loops are compiled for one kind of array."""
    view = array.view()
    view.flags.writeable = False
    return view


class Names(NamedTuple):
    """Names of the Han form, as `matcher.phonetic.grouped.GroupedNames` describes them."""

    first: Int32
    surname_of: UInt16
    givens: UInt16
    lengths: NDArray[np.uint8]


class Ways(NamedTuple):
    """All ways of a query to read its tokens as a given name.

    Parameters
    ----------
    first : ndarray of int32, shape (5,)
        Ways `first[m]:first[m + 1]` are those of given names of m characters.
    branch_of : ndarray of int32, shape (W,)
        Branch of each way.
    share : ndarray of float64, shape (W,)
        Its probability.
    tokens : ndarray of int32, shape (W, 3)
        Token of each character, T where it is not said (and beyond the name).
    """

    first: Int32
    branch_of: Int32
    share: Float64
    tokens: Int32


class Factors(NamedTuple):
    """A query against the surnames and characters of a gallery, as `factors` makes it.

    Branches in which the same one token stands for the surname are a part; they differ by a factor alone. All other
    branches give every surname of one character the same value, and are added up in part 0. Surnames for which that
    is not so are irregular.

    Parameters
    ----------
    surnames : ndarray of float64, shape (B, A, R)
        Share x region prior x P(surname tokens | surname) by branch.
    means : ndarray of float64, shape (B, R)
        Mean P(given tokens | given name) by branch, for given names that are not known.
    part_of : ndarray of int32, shape (B,)
        Part of each branch, 0 to C.
    scale : ndarray of float64, shape (B, R)
        Value of all regular surnames for a branch of part 0; for any other, its share.
    regular : ndarray of float64, shape (A, C, R)
        Region prior x P(token | surname) of parts 1 to C.
    irregular : ndarray of bool, shape (A,)
        Surnames that need the sum over all branches.
    values : ndarray of float64, shape (V, T + 1, R)
        P(token | character), then ones for a character that is not said.
    sums : ndarray of float64, shape (V, P, R)
        For the first of two characters: sum, over the ways of a part with one token for the second, of scale x
        P(token of the first). Names that share their first character are neighbours, and this is the larger table.
    second_of : ndarray of int32, shape (P,)
        Token of the second character of each such pair.
    split : ndarray of int32, shape (C + 3,)
        Pairs `split[k]:split[k + 1]` belong to part k; those behind the last part are of the unknown surname, row 0.
        Part 0 and the unknown surname have every token, in order.
    """

    surnames: Float64
    means: Float64
    part_of: Int32
    scale: Float64
    regular: Float64
    irregular: NDArray[np.bool_]
    values: Float64
    sums: Float64
    second_of: Int32
    split: Int32


class Shares(NamedTuple):
    """The characters of a slot in the population's given names of two characters.

    Parameters
    ----------
    parts : ndarray of float64, shape (V, K)
        Share of each character in each stratum's names of independent characters.
    whole_codes : ndarray of int32, shape (W, 2)
        Characters of the names that are chosen as a whole; -1 = not in the slot.
    totals : ndarray of float64, shape (V, 2)
        Share of the names that have a character at the first, and at the last, place.
    """

    parts: Float64
    whole_codes: NDArray[np.int32]
    totals: Float64


class Best(NamedTuple):
    """The best names found so far, in no order: their levels, and which they are."""

    level: Float64
    name: Int32
