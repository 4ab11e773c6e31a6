"""A query in flat arrays against one gallery, for compiled loops; and the scoring of every name by them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matcher.phonetic.confusion import SPEECH_REGIONS
from matcher.phonetic.emission import Token
from matcher.phonetic.flat import Factors, Names, Ways
from matcher.phonetic.grouped import GroupedNames
from matcher.phonetic.name_model import LENGTHS, NameQuery, surname_values, token_table, transcribed_ratios
from matcher.phonetic.name_table import NameTable
from matcher.phonetic.slots import Slot

Float64 = NDArray[np.float64]
Rows = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Compiled:
    """A query made ready for the loops of `name_kernels`."""

    ways: Ways
    factors: Factors


def names_of(groups: GroupedNames) -> Names:
    """Return what the loops read of grouped names."""
    return Names(groups.first, groups.surname_codes, groups.given_codes, groups.given_lengths)


def likelihood_ratios_compiled(query: NameQuery, table: NameTable, groups: GroupedNames, rows: Rows) -> Float64:
    """Return `name_model.likelihood_ratios` by compiled loops, shape (N,).

    `groups` and `rows` are `grouped(table)`.
    """
    totals = np.ones(len(table))
    if len(groups):
        totals[rows] = han_ratios(query, table, groups)
    totals[table.transcribed.rows] = transcribed_ratios(query, table)
    return totals


def han_ratios(query: NameQuery, table: NameTable, groups: GroupedNames) -> Float64:
    """Return the LR of every name of the Han form in the order of the groups, shape (H,)."""
    from matcher.phonetic.name_kernels import score_all

    found = np.zeros(len(groups))
    if query.branches and len(groups):
        compiled = compiled_query(query, table)
        score_all(names_of(groups), compiled.ways, compiled.factors, found)
        found /= query.evidence
    return found


def compiled_query(query: NameQuery, table: NameTable) -> Compiled:
    """Tabulate a query that has branches against the surnames and characters of a table."""
    ways = flat_ways(query, table.given_slot)
    return Compiled(ways, _factors(query, table, ways))


def flat_ways(query: NameQuery, slot: Slot) -> Ways:
    """Flatten the ways of a query."""
    rows: list[tuple[int, int, float, list[int]]] = []
    values: list[Float64] = []
    numbers: dict[Token, int] = {}
    for number, branch in enumerate(query.branches):
        for length in LENGTHS:
            for way in branch.by_length[length]:
                codes = [-1, -1, -1]
                for position, at in enumerate(way.given):
                    if at is not None:
                        token = branch.form.tokens[at]
                        if token not in numbers:
                            numbers[token] = len(values)
                            values.append(token_table(query, token, slot))
                        codes[position] = numbers[token]
                rows.append((length, number, way.share, codes))
    rows.sort(key=lambda row: row[0])
    return Ways(
        values=np.stack(values) if values else np.zeros((0, len(slot), len(SPEECH_REGIONS))),
        first=np.searchsorted([row[0] for row in rows], np.arange(5)).astype(np.int32),
        branch_of=np.array([row[1] for row in rows], np.int32),
        share=np.array([row[2] for row in rows]),
        tokens=np.array([row[3] for row in rows], np.int32).reshape(-1, 3),
    )


def _factors(query: NameQuery, table: NameTable, ways: Ways) -> Factors:
    surnames = np.stack([surname_values(query, branch, table) for branch in query.branches])
    irregular = table.surnames[:, 1] >= 0
    irregular[0] = True  # the unknown surname
    parts = [number for number, branch in enumerate(query.branches) if len(branch.key) == 1]
    constant = surnames[:, int(np.argmin(irregular))].copy()
    constant[parts] = 0.0
    left, right, left_of, split = _pairs(ways, parts, constant)
    return Factors(
        surnames=surnames,
        means=np.stack([branch.given_mean for branch in query.branches]),
        constant=constant,
        branch_of_part=np.array(parts, np.int32),
        regular=np.ascontiguousarray(surnames[parts].transpose(1, 0, 2)),
        irregular=irregular,
        left=left,
        right=right,
        left_of=left_of,
        split=split,
    )


def _pairs(
    ways: Ways, parts: list[int], constant: Float64
) -> tuple[Float64, Float64, NDArray[np.int32], NDArray[np.int32]]:
    """Tabulate the ways of given names of two characters by part and left token; see `flat.Factors`."""
    count, size, _ = ways.values.shape
    left = np.ones((size, count + 1, len(SPEECH_REGIONS)))
    left[:, :count] = ways.values.transpose(1, 0, 2)
    part_of = {branch: number for number, branch in enumerate(parts, 1)}
    sums: dict[tuple[int, int], dict[int, Float64]] = {}
    for way in range(int(ways.first[2]), int(ways.first[3])):
        branch = int(ways.branch_of[way])
        part = part_of.get(branch, 0)
        weight = ways.share[way] * (constant[branch] if part == 0 else np.ones(len(SPEECH_REGIONS)))
        first, second = (int(token) % (count + 1) for token in ways.tokens[way, :2])  # -1 stands for the ones
        others = sums.setdefault((part, first), {})
        others[second] = others.get(second, 0.0) + weight
    ordered = sorted(sums)
    right = np.zeros((size, len(ordered), len(SPEECH_REGIONS)))
    for pair, key in enumerate(ordered):
        for token, weight in sums[key].items():
            right[:, pair] += weight if token == count else ways.values[token] * weight
    split = np.searchsorted([part for part, _ in ordered], np.arange(len(parts) + 2))
    return left, right, np.array([token for _, token in ordered], np.int32), split.astype(np.int32)
