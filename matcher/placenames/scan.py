"""Weighted edit distance of one heard name to every listed name: the readable twin of `ending_scan`.

All names go through the recurrence side by side, one character at a time; nothing is given up early and nothing shared.

Source: R. A. Wagner & M. J. Fischer, J. ACM 21 (1974) 168 for the recurrence.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from matcher.placenames.gazetteer import NameList

Float32 = NDArray[np.float32]


def scan_plainly(names: NameList, replace: Float32, drop: Float32, insert: Float32, *, cutoff: float) -> Float32:
    """Return the cost of every name, shape (N,); infinite beyond the cut-off.

    Parameters
    ----------
    names : NameList
        Names.
    replace : ndarray of float32, shape (Q, A)
        Cost of hearing listed character a as query character q.
    drop : ndarray of float32, shape (A,)
        Cost of a listed character that was not said.
    insert : ndarray of float32, shape (Q,)
        Cost of a query character that the listed name has not.
    cutoff : float
        Costs above are not wanted.
    """
    lengths = np.diff(names.offsets)
    column = np.tile(np.append(np.float32(0), np.cumsum(insert, dtype=np.float32)), (lengths.size, 1))
    for place in range(int(lengths.max(initial=0))):
        rows = np.flatnonzero(lengths > place)
        said = names.codes[names.offsets[rows] + place]
        before, after = column[rows], np.empty((rows.size, column.shape[1]), np.float32)
        after[:, 0] = before[:, 0] + drop[said]
        for q in range(insert.size):
            kept = np.minimum(before[:, q] + replace[q, said], before[:, q + 1] + drop[said])
            after[:, q + 1] = np.minimum(kept, after[:, q] + insert[q])
        column[rows] = after
    costs = column[:, -1].copy()
    costs[costs > cutoff] = np.inf
    return costs
