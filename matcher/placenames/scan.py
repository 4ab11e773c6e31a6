"""Weighted edit distance of one heard name to every listed name, exactly.

The names are sorted, so that consecutive ones share the columns of their common beginning, and a beginning that is
already beyond the cut-off ends all names that continue it. No name within the cut-off is lost. `scan_plainly` is the
readable twin without either trick.

Source: R. A. Wagner & M. J. Fischer, J. ACM 21 (1974) 168 for the recurrence.
"""

from __future__ import annotations

from functools import cache
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from matcher.placenames.gazetteer import NameList

Float32 = NDArray[np.float32]
DEPTH = 32
"""Longest name plus one, with room to spare."""


class _Kernel(Protocol):
    def __call__(
        self,
        codes: NDArray[np.uint16],
        offsets: NDArray[np.int32],
        shared: NDArray[np.uint8],
        replace: Float32,
        drop: Float32,
        insert: Float32,
        cutoff: float,
    ) -> Float32: ...


def scan(names: NameList, replace: Float32, drop: Float32, insert: Float32, *, cutoff: float) -> Float32:
    """Return the cost of every name, shape (N,); infinite beyond the cut-off.

    Parameters
    ----------
    names : NameList
        Sorted names.
    replace : ndarray of float32, shape (Q, A)
        Cost of hearing listed character a as query character q.
    drop : ndarray of float32, shape (A,)
        Cost of a listed character that was not said.
    insert : ndarray of float32, shape (Q,)
        Cost of a query character that the listed name has not.
    cutoff : float
        Costs above are not wanted.
    """
    return _kernel()(names.codes, names.offsets, names.shared, replace, drop, insert, cutoff)


def scan_plainly(names: NameList, replace: Float32, drop: Float32, insert: Float32, *, cutoff: float) -> Float32:
    """Do the same name by name: slow, and the oracle of `scan`."""
    costs = np.empty(names.shared.shape[0], np.float32)
    for index in range(costs.shape[0]):
        said = names.codes[names.offsets[index] : names.offsets[index + 1]]
        costs[index] = _distance(said, replace, drop, insert)
    costs[costs > cutoff] = np.inf
    return costs


def _distance(said: NDArray[np.uint16], replace: Float32, drop: Float32, insert: Float32) -> float:
    column = np.concatenate([[np.float32(0)], np.cumsum(insert, dtype=np.float32)])
    for character in said:
        after = np.empty_like(column)
        after[0] = column[0] + drop[character]
        for q in range(insert.shape[0]):
            after[q + 1] = min(column[q] + replace[q, character], column[q + 1] + drop[character], after[q] + insert[q])
        column = after
    return float(column[-1])


@cache
def _kernel() -> _Kernel:
    import numba  # 0.3 s: only when something is really searched

    kernel: _Kernel = numba.njit(cache=True, nogil=True, fastmath=False)(_scan_shared)
    return kernel


def _scan_shared(
    codes: NDArray[np.uint16],
    offsets: NDArray[np.int32],
    shared: NDArray[np.uint8],
    replace: Float32,
    drop: Float32,
    insert: Float32,
    cutoff: float,
) -> Float32:
    count = shared.shape[0]
    width = insert.shape[0]
    costs = np.empty(count, np.float32)
    columns = np.empty((DEPTH, width + 1), np.float32)
    columns[0, 0] = 0.0
    for q in range(width):
        columns[0, q + 1] = columns[0, q] + insert[q]
    dead = DEPTH
    for index in range(count):
        depth = int(shared[index])
        if depth >= dead:
            costs[index] = np.inf
            continue
        dead = DEPTH
        start, stop = offsets[index], offsets[index + 1]
        length = stop - start
        while depth < length:
            character = codes[start + depth]
            skip = drop[character]
            least = columns[depth, 0] + skip
            columns[depth + 1, 0] = least
            for q in range(width):
                best = columns[depth, q] + replace[q, character]
                other = columns[depth, q + 1] + skip
                if other < best:
                    best = other
                other = columns[depth + 1, q] + insert[q]
                if other < best:
                    best = other
                columns[depth + 1, q + 1] = best
                if best < least:
                    least = best
            depth += 1
            if least > cutoff:
                dead = depth
                break
        if dead < DEPTH:
            costs[index] = np.inf
        else:
            cost = columns[length, width]
            costs[index] = cost if cost <= cutoff else np.inf
    return costs
