"""The two scans of a `FaceIndex`: which rows can be among the best of a query, judged by packed codes alone.

Every row is given a lowest and a highest possible cosine. The bar is the k-th largest of the lowest ones seen so far:
k rows are surely that good, so a row whose highest is below the bar can never be on the list. Rows above it are kept;
when the room for them is full, the bar is raised and those now below it go. One pass, no guess, no second try, and
what is left holds the exact list, whatever the data are like.

A batch takes the products of a block of rows from the integer matrix product; a single query looks at four bits first
and at eight only where four leave it open. `bounds_slowly` is their readable twin.

Products are kept in units of the query (`Queries.unit`). Importing this module imports numba.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matcher.engine.jit import ask_for, inlined, kernel
from matcher.engine.products import integer_product
from matcher.face import packing
from matcher.face.packing import Packed, Queries
from matcher.face.vector_code import LANES, lowest_bit, nibble_dot, octet_dot, reaching

_f4, _SIXTEEN = np.float32, np.uint32(16)

_BLOCK = 2048
_ROOM = 1024
"""Least room for kept rows."""

_ROOM_PER_PLACE = 8
_MOST = 0.75
"""Share of the room that rows may fill after the bar was raised; above it the room is doubled, to keep raising rare."""

_STRETCH = 256
"""Rows of which the best one helps to find the first bar of a single query."""

_SURE = 6.0
"""Deviations by which the four-bit look can be wrong. A row's rounding error is as good as random to a query, because
both were turned at random: its effect has a deviation of error / sqrt(d), and reaches six of them once in 10^9 rows.
The bound of Cauchy and Schwarz, at sqrt(d) deviations, is used for d up to 36; for d = 128 it would leave three
times as many rows to the second look."""

_AHEAD = 8
"""Rows asked for ahead of use: a row that is not read in order costs a trip to main memory."""

_CHUNK, _ZERO, _MIDDLE = 128, 128, np.float32(7.5)
"""As in `packing`, written out: compiled code is kept until this file changes, and would not notice a change there."""
if (_CHUNK, _ZERO, float(_MIDDLE)) != (packing.CHUNK, packing.ZERO, packing.MIDDLE):
    raise ImportError("the compiled scans were written for another packing")

_OUT = _f4(-3e38)
_OCTET_STEP, _NIBBLE_STEP, _ERROR = _f4(packing.OCTET_STEP), _f4(packing.NIBBLE_STEP), _f4(packing.ERROR)

Float32 = NDArray[np.float32]
Int32 = NDArray[np.int32]
Int64 = NDArray[np.int64]
UInt8 = NDArray[np.uint8]
UInt32 = NDArray[np.uint32]


@dataclass(frozen=True, slots=True)
class Kept:
    """Rows that can be among the best, of Q queries.

    Parameters
    ----------
    rows : ndarray of int64, shape (Q, C)
        Positions; only the first `used` of each query count.
    lowest, highest : ndarray of float32, shape (Q, C)
        Bounds on the cosine of each row, but for the query's own rounding.
    used : ndarray of int64, shape (Q,)
        Rows kept.
    bar : ndarray of float32, shape (Q,)
        A row whose highest is below this has no place on the list.
    """

    rows: Int64
    lowest: Float32
    highest: Float32
    used: Int64
    bar: Float32

    @classmethod
    def empty(cls, queries: int, room: int) -> Kept:
        """Make room for rows of each query."""
        return cls(
            np.empty((queries, room), np.int64),
            np.empty((queries, room), np.float32),
            np.empty((queries, room), np.float32),
            np.zeros(queries, np.int64),
            np.full(queries, _OUT, np.float32),
        )

    def larger(self) -> Kept:
        """Copy into twice the room."""
        grown = Kept.empty(len(self.used), 2 * self.rows.shape[1])
        for name in ("rows", "lowest", "highest"):
            getattr(grown, name)[:, : self.rows.shape[1]] = getattr(self, name)
        grown.used[:], grown.bar[:] = self.used, self.bar
        return grown

    def of(self, query: int) -> tuple[Int64, Float32]:
        """Return the rows of one query whose cosine may reach the bar, and their highest."""
        here = slice(0, int(self.used[query]))
        stay = self.highest[query, here] >= self.bar[query]
        return self.rows[query, here][stay], self.highest[query, here][stay]


def keep_batch(packed: Packed, queries: Queries, wanted: int) -> Kept:
    """Return the rows that can be among the `wanted` best of each query; `wanted` is at most the number of rows."""
    count = len(queries.codes)
    width = -(-count // LANES) * LANES
    right = np.zeros((queries.codes.shape[1], width), np.int8)
    right[:, :count] = queries.codes.T
    kept = Kept.empty(width, _room(wanted))
    kept.bar[count:] = -_OUT
    reach, slack = _padded(queries.reach, width), _padded(queries.slack, width)
    for low in range(0, len(packed.octets), _BLOCK):
        products, first = integer_product(packed.octets[low : low + _BLOCK], right), 0
        levels = packed.octet_levels[low : low + _BLOCK]
        while first < len(products):
            place = np.array([low, first, wanted])
            first = _pick(
                products, levels, reach, slack, place, kept.rows, kept.lowest, kept.highest, kept.used, kept.bar
            )
            kept, first = (kept.larger(), -first) if first < 0 else (kept, first)
    _close(kept, slack, wanted)
    return kept


def keep_single(packed: Packed, queries: Queries, query: int, wanted: int) -> Kept:
    """As `keep_batch`, for one of the queries, at the speed of memory.

    The best rows of many stretches of the gallery, judged by four bits, give a bar that is nearly the final one before
    anything is kept.
    """
    count, code, reach = len(packed.octets), queries.codes[query], queries.reach[query]
    slack = queries.slack[query : query + 1]
    highest, tops = np.empty(count, np.float32), np.empty(-(-count // _STRETCH), np.int32)
    unlikely = reach * _f4(min(1.0, _SURE / math.sqrt(queries.dim)))
    _rough(packed.nibbles, packed.nibble_levels, code, unlikely, highest, tops)
    kept, first = Kept.empty(1, _room(wanted)), 0
    promising = _promising(highest, tops, 2 * wanted)
    kept.bar[0] = _first_bar(packed, (code, reach), promising, wanted) - 2 * slack[0]
    while first < count:
        place = np.array([0, first, wanted])
        first = _look(
            highest, packed.octets, packed.octet_levels, code, reach, slack, place,
            kept.rows, kept.lowest, kept.highest, kept.used, kept.bar,
        )  # fmt: skip
        kept, first = (kept.larger(), -first) if first < 0 else (kept, first)
    _close(kept, slack, wanted)
    return kept


def bounds_slowly(packed: Packed, queries: Queries) -> tuple[Float32, Float32]:
    """Return the lowest and highest of every row and query, shapes (n, Q), from the octets."""
    products = (packed.octets.astype(np.int64) - _ZERO) @ queries.codes.T.astype(np.int64)
    steps, errors = _halves(packed.octet_levels)
    middle = products.astype(np.float32) * (steps * _OCTET_STEP)[:, None]
    around = (errors * _ERROR)[:, None] * queries.reach
    return middle - around, middle + around


def _room(wanted: int) -> int:
    return max(_ROOM, _ROOM_PER_PLACE * wanted)


def _padded(values: Float32, width: int) -> Float32:
    return np.pad(values, (0, width - len(values)))


def _halves(levels: UInt32) -> tuple[UInt32, UInt32]:
    return levels & np.uint32(0xFFFF), levels >> np.uint32(16)


def _promising(highest: Float32, tops: Int32, count: int) -> Int64:
    """Return the best row of each of the `count` best stretches, of all whole stretches when there are fewer."""
    whole = len(highest) // _STRETCH
    best = np.argpartition(tops[:whole], -count)[-count:] if count < whole else np.arange(whole)
    rows: Int64 = best * _STRETCH + highest[: whole * _STRETCH].reshape(whole, _STRETCH)[best].argmax(axis=1)
    return rows


def _first_bar(packed: Packed, query: tuple[NDArray[np.int8], np.float32], rows: Int64, wanted: int) -> float:
    """Return the lowest cosine, in units of the query, that `wanted` rows surely have."""
    code, reach = query
    if len(rows) < wanted:
        return float(_OUT)
    products = (packed.octets[rows].astype(np.int32) - _ZERO) @ code.astype(np.int32)
    steps, errors = _halves(packed.octet_levels[rows])
    lowest = products * (steps * _OCTET_STEP) - errors * _ERROR * reach
    return float(np.partition(lowest, -wanted)[-wanted])


def _close(kept: Kept, slack: Float32, wanted: int) -> None:
    """Raise every bar as far as the whole gallery allows."""
    for query in range(len(slack)):
        lowest = kept.lowest[query, : kept.used[query]]
        if len(lowest) >= wanted:
            kept.bar[query] = max(kept.bar[query], np.partition(lowest, -wanted)[-wanted] - 2 * slack[query])


@inlined
def _raised(
    rows: Int64, lowest: Float32, highest: Float32, slack: np.float32, wanted: int, bar: np.float32
) -> tuple[int, np.float32]:
    """Raise the bar of one query whose room is full, and close up the rows that stay; return their number and it."""
    bar = max(bar, np.partition(lowest, len(lowest) - wanted)[len(lowest) - wanted] - _f4(2.0) * slack)
    stay = 0
    for place in range(len(rows)):
        if highest[place] >= bar:
            rows[stay], lowest[stay], highest[stay] = rows[place], lowest[place], highest[place]
            stay += 1
    return stay, bar


@kernel("i4[:,:] u4[:] f4[:] f4[:] i8[:] i8[:,:]* f4[:,:]* f4[:,:]* i8[:]* f4[:]*", "i8")
def _pick(
    products: Int32, levels: UInt32, reach: Float32, slack: Float32, place: Int64,
    rows: Int64, lowest: Float32, highest: Float32, used: Int64, bar: Float32,
) -> int:  # fmt: skip
    """Keep the rows of a block that reach their query's bar; return the number of rows in it.

    `place` is the position of the block, the row of it to begin with, and the length of the list. When the rows that
    have to stay leave a query little room it stops after a whole row, and returns the negative of the next one.
    """
    low, room, full = int(place[0]), rows.shape[1], False
    for row in range(place[1], products.shape[0]):
        step, error = _f4(np.uint16(levels[row])) * _OCTET_STEP, _f4(np.uint16(levels[row] >> _SIXTEEN)) * _ERROR
        for group in range(products.shape[1] // LANES):
            mask = np.uint64(reaching(products, row, group, step, error, reach, bar))
            while mask != 0:
                query = group * LANES + lowest_bit(mask)
                mask = np.uint64(mask & (mask - np.uint64(1)))
                middle, around = _f4(products[row, query]) * step, error * reach[query]
                at = int(used[query])
                rows[query, at], lowest[query, at], highest[query, at] = low + row, middle - around, middle + around
                used[query] = at + 1
                if at + 1 == room:
                    used[query], bar[query] = _raised(
                        rows[query], lowest[query], highest[query], slack[query], place[2], bar[query]
                    )
                    full = full or used[query] > _MOST * room
        if full:
            return int(-(row + 1))
    return int(products.shape[0])


@kernel("u1[:,:] u4[:] i1[:] f4 f4[:]* i4[:]*")
def _rough(
    nibbles: UInt8, levels: UInt32, query: NDArray[np.int8], reach: np.float32, highest: Float32, tops: Int32
) -> None:
    """Bound the cosine of every row by its four-bit codes, and each stretch of `_STRETCH` rows by its greatest bound.

    The latter is given by the bits of the float32: integers in the same order, but for negative ones, which are never
    chosen, and a greatest integer is found sixteen at a time.
    """
    chunks, zero = query.shape[0] // _CHUNK, _f4(0.0)
    far = _ERROR * reach
    for part in range(query.shape[0]):
        zero += _MIDDLE * _f4(query[part])
    for which in range(tops.shape[0]):
        low, high = which * _STRETCH, min((which + 1) * _STRETCH, nibbles.shape[0])
        bound, level = highest[low:high], levels[low:high]
        if chunks == 1:  # a loop over one chunk would keep the query from staying in registers
            for row in range(high - low):
                bound[row] = _f4(nibble_dot(nibbles, low + row, query, 0))
        else:
            for row in range(high - low):
                product = np.int32(0)
                for chunk in range(chunks):
                    product = np.int32(product + nibble_dot(nibbles, low + row, query, chunk))
                bound[row] = _f4(product)
        for row in range(high - low):
            bound[row] = (bound[row] - zero) * (_f4(np.uint16(level[row])) * _NIBBLE_STEP) + _f4(
                np.uint16(level[row] >> _SIXTEEN)
            ) * far
        bits, top = bound.view(np.int32), np.int32(-(2**31))
        for row in range(high - low):
            top = np.int32(max(top, bits[row]))
        tops[which] = top


@kernel("f4[:] u1[:,:] u4[:] i1[:] f4 f4[:] i8[:] i8[:,:]* f4[:,:]* f4[:,:]* i8[:]* f4[:]*", "i8")
def _look(
    rough: Float32, octets: UInt8, levels: UInt32, query: NDArray[np.int8], reach: np.float32, slack: Float32,
    place: Int64, rows: Int64, lowest: Float32, highest: Float32, used: Int64, bar: Float32,
) -> int:  # fmt: skip
    """Keep the rows that reach the bar of one query, of those `rough` leaves open; `place` and result as of `_pick`."""
    chunks, room, zero = query.shape[0] // _CHUNK, rows.shape[1], np.int32(0)
    for part in range(query.shape[0]):
        zero = np.int32(zero + np.int32(query[part]) * _ZERO)
    open_rows = np.empty(_BLOCK, np.int64)
    for low in range(place[1], rough.shape[0], _BLOCK):
        high, count = min(low + _BLOCK, rough.shape[0]), 0
        for row in range(low, high):
            open_rows[count] = row
            count += int(rough[row] >= bar[0])
        for which in range(count):
            if which + _AHEAD < count:
                ask_for(octets, open_rows[which + _AHEAD] * octets.shape[1])
                ask_for(octets, open_rows[which + _AHEAD] * octets.shape[1] + 64)
            row = int(open_rows[which])
            product = np.int32(-zero)
            for chunk in range(chunks):
                product = np.int32(product + octet_dot(octets, row, query, chunk))
            middle = _f4(product) * (_f4(np.uint16(levels[row])) * _OCTET_STEP)
            around = _f4(np.uint16(levels[row] >> _SIXTEEN)) * _ERROR * reach
            if middle + around >= bar[0]:
                at = int(used[0])
                rows[0, at], lowest[0, at], highest[0, at] = row, middle - around, middle + around
                used[0] = at + 1
                if at + 1 == room:
                    used[0], bar[0] = _raised(rows[0], lowest[0], highest[0], slack[0], place[2], bar[0])
                    if used[0] > _MOST * room:
                        return int(-(row + 1))
    return int(rough.shape[0])
