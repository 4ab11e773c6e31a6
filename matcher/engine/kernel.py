"""Compiled loops of the scan: for one probe, and for a tile of `LANES` probes at once.

Importing this module imports numba and loads (or, once per installation, compiles) the kernels;
`matcher.engine.search` does so only when a gallery is large enough to repay it. Everything here has a readable twin in
`matcher.engine.terms`, and tests hold the two together.

Invariants: rows, codes and tables arrive consistent, so nothing is checked here. All loops release the interpreter
lock. What a record is given depends on that record alone, never on its block, its neighbours or the thread.

Why it is fast: one probe is bound by memory, so each column is read once, in order, and faces as eight-bit integers
(the inner loop becomes the processor's integer dot product). A tile reads each record once for 64 probes and its inner
loop is a contiguous addition over the 64 lanes; rows of large tables are asked for ahead of time, because a random row
costs a trip to main memory. `exp10` and `log10` are polynomials, because a library call cannot be vectorised.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from matcher.engine import curves
from matcher.engine.jit import ask_for, inlined, kernel

GRID_CELLS = 4097
"""As in `curves`, written out: compiled code is kept until this file changes, and would not notice a change there."""
if GRID_CELLS != curves.GRID_CELLS:
    raise ImportError(f"kernels read curves of {GRID_CELLS} cells, curves have {curves.GRID_CELLS}")

LANES = 64
"""Probes a tile: 64 lanes of sixteen-bit table entries are two cache lines."""

AHEAD = 12
"""Table rows asked for ahead of use (measured: 8 to 16 are equal, 4 is slower)."""

VECTORS = 1024
"""Vectors compared with all queries of a probe before the next ones are read: 128 kB to 512 kB of the cache."""

EXCLUDED = np.float32(-1e30)
"""Score of a record that is left out; finite, so that arithmetic on it is defined."""

Float32 = NDArray[np.float32]
Int8 = NDArray[np.int8]
Int16 = NDArray[np.int16]
Int32 = NDArray[np.int32]
Int64 = NDArray[np.int64]
UInt8 = NDArray[np.uint8]
UInt32 = NDArray[np.uint32]

_f4, _i4 = np.float32, np.int32
HALF_CELLS = _f4((GRID_CELLS - 1) / 2)
_LAST_CELL = _f4(GRID_CELLS - 1)


@inlined
def _exp10(x: np.float32) -> np.float32:
    """Return 10**x to five parts in a million for |x| <= 37.9, clipped beyond.

    Source: 10**x = 2**k * 2**f with |f| <= 1/2; 2**f by its Taylor polynomial of degree 6.
    """
    y = min(max(x * _f4(3.3219280948873623), _f4(-126.0)), _f4(126.0))
    k = _i4(_i4(y + _f4(127.5)) - 127)
    f = y - _f4(k)
    p = _f4(1.5403530393381608e-4)
    p = p * f + _f4(1.3333558146428443e-3)
    p = p * f + _f4(9.6181291076284770e-3)
    p = p * f + _f4(5.5504108664821580e-2)
    p = p * f + _f4(2.4022650695910070e-1)
    p = p * f + _f4(6.9314718055994530e-1)
    p = p * f + _f4(1.0)
    return p * _i4((k + 127) << 23).view(_f4)


@inlined
def _log10(x: np.float32) -> np.float32:
    """Return log10 of a positive normal number to four millionths.

    Source: ln((1 + z) / (1 - z)) = 2 (z + z^3/3 + ...), with the mantissa taken in [sqrt(1/2), sqrt(2)).
    """
    bits = _f4(x).view(_i4)
    exponent = _i4(_i4(bits - 0x3F3504F3) >> 23)
    m = _i4(bits - _i4(exponent << 23)).view(_f4)
    z = (m - _f4(1.0)) / (m + _f4(1.0))
    w = z * z
    p = _f4(2.0 / 9.0) * w + _f4(2.0 / 7.0)
    p = p * w + _f4(2.0 / 5.0)
    p = p * w + _f4(2.0 / 3.0)
    p = p * w + _f4(2.0)
    return (_f4(exponent) * _f4(0.6931471805599453) + z * p) * _f4(0.4342944819032518)


@inlined
def _cell(dot: np.int32, step: np.float32) -> np.int32:
    """Return the curve cell of an integer product; `step` is the cosine of one unit, in cells."""
    return _i4(min(max(_f4(dot) * step + (HALF_CELLS + _f4(0.5)), _f4(0.0)), _LAST_CELL))


# One probe.


@kernel("f4[:] f4[:]*")
def powers(logs: Float32, linear: Float32) -> None:
    """Fill `linear` with 10**logs."""
    for i in range(logs.shape[0]):
        linear[i] = _exp10(logs[i])


@kernel("f4[:]* i8 u4[:] u4[:,:] f4[:]")
def add_lookups(scores: Float32, low: int, rows: UInt32, entries: UInt32, table: Float32) -> None:
    """Add the entries of joined tables; line r of `entries` belongs to record `rows[r]`."""
    for r in range(rows.shape[0]):
        total = _f4(0.0)
        for c in range(entries.shape[1]):
            total += table[np.int64(entries[r, c])]
        scores[np.int64(rows[r]) - low] += total


@kernel("f4[:]* i8 u4[:] u4[:] f4[:]")
def sum_codes(linear: Float32, low: int, owners: UInt32, codes: UInt32, table: Float32) -> None:
    """Add up, record by record, the LRs of its codes."""
    for j in range(codes.shape[0]):
        linear[np.int64(owners[j]) - low] += table[np.int64(codes[j])]


@kernel("f4[:]* i8 u4[:] u1[:,:] f4[:] u1[:] i1[:,:] f4[:] f4[:] i8[:]")
def sum_dense(
    linear: Float32,
    low: int,
    owners: UInt32,
    coarse: UInt8,
    scales: Float32,
    strata: UInt8,
    queries: Int8,
    steps: Float32,
    grid: Float32,
    starts: Int64,
) -> None:
    """Add up, record by record, the LRs of all pairs of a vector and a query.

    Query q reads its curves from `grid[starts[q]:]`. Products, curves and records are three loops: each of them runs at
    the speed of its own bottleneck, memory, look-ups and additions. Further queries find the vectors in the cache.
    """
    dots = np.empty(VECTORS, np.int32)
    cells = np.empty(VECTORS, np.int32)
    for begin in range(0, owners.shape[0], VECTORS):
        count = min(VECTORS, owners.shape[0] - begin)
        for q in range(queries.shape[0]):
            query = queries[q]
            # A row holds codes offset by 128: sum(row * query) is too large by 128 times the sum of the query.
            surplus = _i4(0)
            for k in range(query.shape[0]):
                surplus += _i4(query[k]) * _i4(128)
            for j in range(count):
                vector = coarse[begin + j]
                dot = _i4(0)
                for k in range(vector.shape[0]):
                    dot += _i4(vector[k]) * _i4(query[k])
                dots[j] = _i4(dot - surplus)
            for j in range(count):
                stratum = _i4(_i4(strata[begin + j]) * _i4(GRID_CELLS))
                cells[j] = _i4(_cell(dots[j], scales[begin + j] * steps[q]) + stratum)
            for j in range(count):
                linear[np.int64(owners[begin + j]) - low] += grid[starts[q] + np.int64(cells[j])]


@kernel("f4[:]* i8[:] f4[:] i8")
def add_means(scores: Float32, offsets: Int64, linear: Float32, probes: int) -> None:
    """Add log10 of the mean of the LRs added up, of which there are `probes` for each value of a record."""
    for i in range(scores.shape[0]):
        pairs = _f4((offsets[i + 1] - offsets[i]) * probes)
        # A record without values keeps its score: log10 of 1 is exactly 0.
        mean = linear[i] / pairs if pairs > _f4(0.0) else _f4(1.0)
        scores[i] += _log10(mean)


@kernel("f4[:]* f4[:]* f4[:]")
def add_bounded(total: Float32, channel: Float32, bounds: Float32) -> None:
    """Add a channel's sums to the total, and clear them; `bounds` holds floor, ceiling and weight."""
    for i in range(total.shape[0]):
        total[i] += min(max(channel[i], bounds[0]), bounds[1]) * bounds[2]
        channel[i] = _f4(0.0)


@kernel("f4[:]* f4[:]* f4[:]* f4[:,:] f4")
def add_tied(total: Float32, first: Float32, second: Float32, bounds: Float32, share: float) -> None:
    """Add the sums of two tied channels to the total, less a share of their common support, and clear them.

    `bounds` has floor, ceiling and weight of each, a line a channel.
    """
    for i in range(total.shape[0]):
        a = min(max(first[i], bounds[0, 0]), bounds[0, 1])
        b = min(max(second[i], bounds[1, 0]), bounds[1, 1])
        total[i] += a * bounds[0, 2] + b * bounds[1, 2] - max(min(a, b), _f4(0.0)) * share
        first[i] = _f4(0.0)
        second[i] = _f4(0.0)


@kernel("f4[:] f4", result="f8")
def power_sum(scores: Float32, shift: float) -> float:
    """Return the sum of 10**(score - shift)."""
    total = 0.0
    for i in range(scores.shape[0]):
        total += np.float64(_exp10(scores[i] - shift))
    return total


# A tile of probes; `target` and everything named in the plural of lanes has `LANES` columns.


@kernel("f8[:] f8 i2[:]*", result="i8")
def quantise(table: NDArray[np.float64], inverse_step: float, steps: Int16) -> int:
    """Round a table to steps; return how many values sixteen bits could not hold and were cut off."""
    cut = 0
    for code in range(table.shape[0]):
        rounded = np.rint(table[code] * inverse_step)
        # Counting, not the largest magnitude: a maximum of floats cannot be vectorised while NaN keeps its meaning.
        cut += abs(rounded) > 32767.0
        steps[code] = np.int16(np.int32(min(max(rounded, -32767.0), 32767.0)))
    return cut


@kernel("i2[:,:] i8[:]*")
def interleave(tables: Int16, target: Int64) -> None:
    """Store tables, one a line, code by code; four entries are written as one word, the first in its low bits.

    Going through 32 codes of four tables at a time is six times as fast as a plain transposition (0.35 against 2 ns an
    entry): reads are contiguous, and a written line is still in the cache when its next word arrives.
    """
    words = LANES // 4
    codes = target.shape[0] // words
    for begin in range(0, codes, 32):
        for word in range(words):
            first, second, third, fourth = (
                tables[4 * word],
                tables[4 * word + 1],
                tables[4 * word + 2],
                tables[4 * word + 3],
            )
            for code in range(begin, min(begin + 32, codes)):
                low = (np.int64(first[code]) & 0xFFFF) | ((np.int64(second[code]) & 0xFFFF) << 16)
                high = (np.int64(third[code]) & 0xFFFF) | (np.int64(fourth[code]) << 16)
                target[code * words + word] = low | (high << 32)


@kernel("f4[:,:]* i8 u4[:] u4[:,:] i2[:] f4[:,:]")
def tile_lookups(target: Float32, low: int, rows: UInt32, entries: UInt32, table: Int16, lanes: Float32) -> None:
    """Add the entries of joined tables; `lanes` holds step, floor, ceiling and weight of each lane.

    Entry v of the interleaved table is `table[v * LANES : (v + 1) * LANES]`.
    """
    sums = np.zeros(LANES, np.int32)
    for r in range(rows.shape[0]):
        if r + AHEAD < rows.shape[0]:
            for c in range(entries.shape[1]):
                line = np.int64(entries[r + AHEAD, c]) * LANES
                for p in range(0, LANES, 32):
                    ask_for(table, line + p)
        for c in range(entries.shape[1]):
            line = np.int64(entries[r, c]) * LANES
            values = table[line : line + LANES]
            for p in range(LANES):
                sums[p] = _i4(sums[p] + values[p])
        scores = target[np.int64(rows[r]) - low]
        for p in range(LANES):
            scores[p] += min(max(_f4(sums[p]) * lanes[0, p], lanes[1, p]), lanes[2, p]) * lanes[3, p]
            sums[p] = _i4(0)


@kernel("f4[:,:]* i8[:] u4[:] i2[:] f4[:,:]")
def tile_any_of(target: Float32, offsets: Int64, codes: UInt32, table: Int16, lanes: Float32) -> None:
    """Add log10 of the mean LR over each record's codes; arguments as of `tile_lookups`."""
    sums = np.zeros(LANES, np.float32)
    end = offsets[target.shape[0]]
    for i in range(target.shape[0]):
        first, last = offsets[i], offsets[i + 1]
        for j in range(first + AHEAD, min(last + AHEAD, end)):
            line = np.int64(codes[j]) * LANES
            for p in range(0, LANES, 32):
                ask_for(table, line + p)
        scores = target[i]
        if last - first == 1:
            line = np.int64(codes[first]) * LANES
            entries = table[line : line + LANES]
            for p in range(LANES):
                scores[p] += min(max(_f4(entries[p]) * lanes[0, p], lanes[1, p]), lanes[2, p]) * lanes[3, p]
        elif last > first:
            for j in range(first, last):
                line = np.int64(codes[j]) * LANES
                entries = table[line : line + LANES]
                for p in range(LANES):
                    sums[p] += _exp10(_f4(entries[p]) * lanes[0, p])
            share = _f4(1.0) / _f4(last - first)
            for p in range(LANES):
                scores[p] += min(max(_log10(sums[p] * share), lanes[1, p]), lanes[2, p]) * lanes[3, p]
                sums[p] = _f4(0.0)


@kernel("f4[:,:]* i8[:] i4[:,:] f4[:] u1[:] f4[:] f4[:] i4[:] i8[:] f4[:,:]")
def tile_dense(
    target: Float32,
    offsets: Int64,
    dots: Int32,
    scales: Float32,
    strata: UInt8,
    steps: Float32,
    grid: Float32,
    starts: Int32,
    groups: Int64,
    lanes: Float32,
) -> None:
    """Add log10 of the mean LR over all pairs of vectors.

    Columns `groups[g]:groups[g + 1]` of `dots` are vector g of lanes 0, 1, 2, ...; column q reads its curves from
    `grid[starts[q]:]`. The first line of `lanes` is one over the number of a lane's vectors, 0 for a lane without any.
    """
    count = dots.shape[1]
    cells = np.empty(count, np.int32)
    sums = np.zeros(LANES, np.float32)
    for i in range(target.shape[0]):
        first, last = offsets[i] - offsets[0], offsets[i + 1] - offsets[0]
        if last > first:
            for j in range(first, last):
                stratum, scale, products = _i4(_i4(strata[j]) * _i4(GRID_CELLS)), scales[j], dots[j]
                for q in range(count):
                    cells[q] = _i4(_cell(products[q], scale * steps[q]) + stratum + starts[q])
                for g in range(groups.shape[0] - 1):
                    begin = groups[g]
                    for p in range(groups[g + 1] - begin):
                        sums[p] += grid[np.int64(cells[begin + p])]
            share = _f4(1.0) / _f4(last - first)
            scores = target[i]
            for p in range(LANES):
                # A lane without vectors has no sum: log10 of 1 leaves it at exactly 0.
                mean = sums[p] * (lanes[0, p] * share) if lanes[0, p] > _f4(0.0) else _f4(1.0)
                scores[p] += min(max(_log10(mean), lanes[1, p]), lanes[2, p]) * lanes[3, p]
                sums[p] = _f4(0.0)


@kernel("f4[:,:]* f4[:,:]* f4[:,:]")
def tile_bounded(total: Float32, channel: Float32, lanes: Float32) -> None:
    """Add a channel's sums within its bounds to the totals, and clear them; `lanes` as of `tile_lookups`."""
    for i in range(total.shape[0]):
        for p in range(LANES):
            total[i, p] += min(max(channel[i, p], lanes[1, p]), lanes[2, p]) * lanes[3, p]
            channel[i, p] = _f4(0.0)


@kernel("f4[:,:]* f4[:,:]* f4[:,:]* f4[:,:]")
def tile_tied(total: Float32, first: Float32, second: Float32, lanes: Float32) -> None:
    """Add two tied channels, bounded before, to the totals, less a share of their common support, and clear them.

    `lanes` holds the weight of the first, of the second, and the share of each lane.
    """
    for i in range(total.shape[0]):
        for p in range(LANES):
            a, b = first[i, p], second[i, p]
            total[i, p] += a * lanes[0, p] + b * lanes[1, p] - max(min(a, b), _f4(0.0)) * lanes[2, p]
            first[i, p] = _f4(0.0)
            second[i, p] = _f4(0.0)


@kernel("f4[:,:]* i8 f4[:] f4[:] f8[:]* i8[:,:]* f4[:,:]* i8[:]*")
def tile_collect(
    total: Float32,
    low: int,
    shifts: Float32,
    thresholds: Float32,
    sums: NDArray[np.float64],
    rows: Int64,
    scores: Float32,
    counts: Int64,
) -> None:
    """Add up 10**(score - shift) of every lane, keep records at or above its threshold, and clear the totals.

    `counts` goes on counting when `rows` and `scores` are full; the caller leaves room for a whole block.
    """
    part = np.zeros(LANES, np.float64)
    for i in range(total.shape[0]):
        record = total[i]
        reached = 0
        for p in range(LANES):
            part[p] += np.float64(_exp10(record[p] - shifts[p]))
            reached += record[p] >= thresholds[p]
        if reached:
            for p in range(LANES):
                if record[p] >= thresholds[p]:
                    rows[p, counts[p]] = low + i
                    scores[p, counts[p]] = record[p]
                    counts[p] += 1
        for p in range(LANES):
            record[p] = _f4(0.0)
    for p in range(LANES):
        sums[p] += part[p]
