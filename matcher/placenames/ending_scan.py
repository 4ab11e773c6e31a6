"""Weighted edit distance of every ending of a heard text to every listed name, exactly, in one pass.

A text is cut into levels in many ways, and most of the cuts differ only in where the innermost name begins: 巴集村 ends
in 巴集村, 集村 and 村. Names are therefore read from their ends, sorted so, and one column of the recurrence holds the
costs of all endings. A beginning is given up before its column is computed where the column before plus the cheapest
that the next character can cost is beyond the cut-off. `scan_plainly` of each ending by itself is the readable twin.

Source: R. A. Wagner & M. J. Fischer, J. ACM 21 (1974) 168 for the recurrence.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from matcher.placenames.costs import QueryCosts
from matcher.placenames.gazetteer import NameList

Float32 = NDArray[np.float32]
Int32 = NDArray[np.int32]

_DEPTH = 32
"""Longest name plus one, with room to spare."""
_FIRST_ROOM = 1 << 16


@dataclass(frozen=True, slots=True)
class Near:
    """Names within the cut-off of one ending: their rows in the `names` table, ascending, and costs."""

    ids: Int32
    cost: Float32


@dataclass(frozen=True, slots=True)
class EndingTree:
    """Names spelled backwards as a tree, a node for each beginning, in preorder.

    Parameters
    ----------
    character : ndarray of uint16, shape (T,)
        Character that a node adds.
    depth : ndarray of uint8, shape (T,)
        Characters before it.
    after : ndarray of int32, shape (T,)
        First node that does not continue this one.
    name : ndarray of int32, shape (T,)
        Row in the gazetteer's `names` table of the name that ends here; -1 = none does.
    """

    character: NDArray[np.uint16]
    depth: NDArray[np.uint8]
    after: Int32
    name: Int32


def ending_tree(names: NameList) -> EndingTree:
    """Spell the names backwards, sort them, and lay out what they do not share."""
    lengths = np.diff(names.offsets)
    spelled = np.zeros((lengths.size, max(int(lengths.max(initial=0)), 1)), ">u2")
    owner = np.repeat(np.arange(lengths.size), lengths)
    place = np.repeat(names.offsets[1:], lengths) - 1 - np.arange(names.codes.size)
    spelled[owner, place] = names.codes + 1
    order = np.argsort(spelled.view(f"S{2 * spelled.shape[1]}").ravel(), kind="stable")
    spelled, lengths = spelled[order], lengths[order]
    same = np.zeros(spelled.shape, bool)
    same[1:] = spelled[1:] == spelled[:-1]
    new = (spelled > 0) & ~np.logical_and.accumulate(same, axis=1)
    row, depth = np.nonzero(new)
    after = np.empty(row.size, np.int32)
    for level in range(spelled.shape[1]):
        members, ends = np.flatnonzero(depth == level), np.flatnonzero(depth <= level)
        after[members] = np.append(ends, row.size)[np.searchsorted(ends, members) + 1]
    name = np.where(depth == lengths[row] - 1, names.name_ids[order][row], -1)
    return EndingTree((spelled[new] - 1).astype(np.uint16), depth.astype(np.uint8), after, name.astype(np.int32))


def scan_endings(tree: EndingTree, costs: QueryCosts, *, lengths: Sequence[int], cutoff: float) -> dict[int, Near]:
    """Return the names near each ending, by its length.

    Parameters
    ----------
    tree : EndingTree
        Names.
    costs : QueryCosts
        Costs of the whole text.
    lengths : sequence of int
        Lengths of the endings that are looked for.
    cutoff : float
        Costs above are not wanted.
    """
    limit = np.full(costs.insert.shape[0] + 1, -1.0, np.float32)
    limit[list(lengths)] = cutoff
    replace, insert = np.ascontiguousarray(costs.replace[::-1].T), np.ascontiguousarray(costs.insert[::-1])
    nodes = tree.character, tree.depth, tree.after, tree.name
    count, room = _FIRST_ROOM, 0
    while count > room:
        room = count
        ids, length, cost = np.empty(room, np.int32), np.empty(room, np.int16), np.empty(room, np.float32)
        count = _kernel()(*nodes, replace, costs.drop, insert, limit, ids, length, cost)
    order = np.lexsort((ids[:count], length[:count]))
    ids, length, cost = ids[order], length[order], cost[order]
    edges = np.searchsorted(length, np.arange(limit.shape[0] + 1)).tolist()
    return {size: Near(ids[edges[size] : edges[size + 1]], cost[edges[size] : edges[size + 1]]) for size in lengths}


@cache
def _kernel() -> Callable[..., int]:
    """Compile `_walk`, whose parameters are its own."""
    import numba  # 0.3 s: only when something is really searched

    kernel: Callable[..., int] = numba.njit(cache=True, nogil=True, fastmath=False)(_walk)
    return kernel


def _walk(
    character: NDArray[np.uint16],
    depth: NDArray[np.uint8],
    after: Int32,
    name: Int32,
    replace: Float32,
    drop: Float32,
    insert: Float32,
    limit: Float32,
    found: Int32,
    ending: NDArray[np.int16],
    cost: Float32,
) -> int:
    """Write (name, length of the ending, cost) of what is within the limits; return how many there are."""
    width, alphabet = insert.shape[0], drop.shape[0]
    most = limit.max()
    shortest = 1
    while limit[shortest] < 0.0:
        shortest += 1
    # The cheapest that a character can cost where the first q + 1 elements are within reach.
    cheapest = np.empty((width, alphabet), np.float32)
    for a in range(alphabet):
        least_cost = drop[a]
        for q in range(width):
            least_cost = min(least_cost, replace[a, q])
            cheapest[q, a] = least_cost
    least_insert = insert.min()
    # Cells beyond the limit are taken for infinite: costs only grow, so nothing within it passes through them.
    columns = np.full((_DEPTH, width + 2), np.inf, np.float32)
    least, least_near_end = np.zeros(_DEPTH, np.float32), np.full(_DEPTH, np.inf, np.float32)
    first, last = np.zeros(_DEPTH, np.int64), np.zeros(_DEPTH, np.int64)
    columns[0, 0] = 0.0
    while last[0] < width and columns[0, last[0]] + insert[last[0]] <= most:
        columns[0, last[0] + 1] = columns[0, last[0]] + insert[last[0]]
        last[0] += 1
    least_near_end[0] = columns[0, shortest - 1]
    count = node = 0
    while node < character.shape[0]:
        level, letter = depth[node], character[node]
        step = cheapest[min(last[level], width - 1), letter]
        within = least[level] + step
        if after[node] == node + 1:
            # Nothing continues this name: it is of use only where it comes from a cell close to a wanted length.
            within = min(least_near_end[level] + step, within + least_insert)
        if within > most:
            node = after[node]
            continue
        before, column, heard, skip = columns[level], columns[level + 1], replace[letter], drop[letter]
        low, high = first[level], last[level]
        value = before[low] + skip
        column[low] = value
        lowest = value
        near_end = value if low >= shortest - 1 else np.float32(np.inf)
        start, stop = (low, low) if value <= most else (width + 1, low)
        q = low
        while q < width and (q <= high or value <= most):
            value = value + insert[q]
            if q <= high:  # cells further on were never reached
                one, other = before[q] + heard[q], before[q + 1] + skip
                one = one if one < other else other
                value = one if one < value else value
            q += 1
            column[q] = value
            if value <= most:
                lowest = value if value < lowest else lowest
                near_end = value if value < near_end and q >= shortest - 1 else near_end
                start = q if q < start else start
                stop = q
        if lowest > most:
            node = after[node]
            continue
        column[stop + 1] = np.inf
        least[level + 1], least_near_end[level + 1] = lowest, near_end
        first[level + 1], last[level + 1] = start, stop
        if name[node] >= 0:
            for q in range(max(start, 1), stop + 1):
                if column[q] <= limit[q]:
                    if count < found.shape[0]:
                        found[count], ending[count], cost[count] = name[node], q, column[q]
                    count += 1
        node += 1
    return count
