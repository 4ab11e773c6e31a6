"""A query in flat arrays against one gallery, for compiled loops; and the scoring of every name by them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from matcher.phonetic.confusion import SPEECH_REGIONS
from matcher.phonetic.emission import Token
from matcher.phonetic.flat import Factors, Names, Ways, read_only
from matcher.phonetic.grouped import GroupedNames
from matcher.phonetic.name_model import LENGTHS, NameQuery, surname_values, token_table, transcribed_ratios
from matcher.phonetic.name_table import NameTable
from matcher.phonetic.productions import key_share
from matcher.phonetic.slots import Slot

Float64 = NDArray[np.float64]
Rows = NDArray[np.int64]
Item = TypeVar("Item", bound=np.generic)
REGIONS = len(SPEECH_REGIONS)


@dataclass(frozen=True, slots=True)
class Compiled:
    """A query made ready for the loops of `name_kernels`."""

    ways: Ways
    factors: Factors


def names_of(groups: GroupedNames) -> Names:
    """Return what the loops read of grouped names."""
    return Names(
        read_only(groups.first),
        read_only(groups.surname_codes),
        read_only(groups.given_codes),
        read_only(groups.given_lengths),
    )


def likelihood_ratios_compiled(query: NameQuery, table: NameTable, groups: GroupedNames, rows: Rows) -> Float64:
    """Return `name_model.likelihood_ratios` by compiled loops, shape (N,).

    `groups` and `rows` are `grouped(table)`.
    """
    totals, found = np.ones(len(table)), np.zeros(len(groups))
    add_ratios(query, table, groups, 1.0, found)
    totals[rows] = found
    totals[table.transcribed.rows] = transcribed_ratios(query, table)
    return totals


def add_ratios(query: NameQuery, table: NameTable, groups: GroupedNames, weight: float, out: Float64) -> None:
    """Add weight x LR to every name of the Han form, in the order of the groups; `out` has shape (H,)."""
    from matcher.phonetic.name_kernels import score_all

    if query.branches and len(groups):
        compiled = compiled_query(query, table)
        score_all(names_of(groups), compiled.ways, compiled.factors, weight / query.evidence, out)


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
        values=np.stack(values) if values else np.zeros((0, len(slot), REGIONS)),
        first=np.searchsorted([row[0] for row in rows], np.arange(5)).astype(np.int32),
        branch_of=np.array([row[1] for row in rows], np.int32),
        share=np.array([row[2] for row in rows]),
        tokens=np.array([row[3] for row in rows], np.int32).reshape(-1, 3),
    )


def _factors(query: NameQuery, table: NameTable, ways: Ways) -> Factors:
    surnames = np.stack([surname_values(query, branch, table) for branch in query.branches])
    irregular = table.surnames[:, 1] >= 0
    irregular[0] = True  # the unknown surname
    spoken = [branch.form.tokens[branch.key[0]] if len(branch.key) == 1 else None for branch in query.branches]
    tokens = [token for token in dict.fromkeys(spoken) if token is not None]
    scale = surnames[:, int(np.argmin(irregular))].copy()
    for number, branch in enumerate(query.branches):
        if spoken[number] is not None:
            scale[number] = key_share(branch.key, len(branch.form.tokens), compound=False) * branch.form.prior
    by_token = [token_table(query, token, table.surname_slot)[table.surnames[:, 0]] for token in tokens]
    part_of = np.array([0 if token is None else 1 + tokens.index(token) for token in spoken], np.int32)
    left_of, split, right = pair_tables(ways, part_of, scale)
    return Factors(
        surnames=surnames,
        means=np.stack([branch.given_mean for branch in query.branches]),
        part_of=part_of,
        scale=scale,
        regular=np.stack(by_token, axis=1) * query.region_weights if tokens else np.zeros((len(irregular), 0, REGIONS)),
        irregular=irregular,
        left=_left(ways),
        right=right,
        left_of=left_of,
        split=split,
    )


def _left(ways: Ways) -> Float64:
    count, size, _ = ways.values.shape
    left = np.ones((size, count + 1, REGIONS))
    left[:, :count] = ways.values.transpose(1, 0, 2)
    return left


def pair_sums(ways: Ways, part_of: NDArray[np.int32], scale: Float64) -> dict[tuple[int, int], dict[int, Float64]]:
    """Add up the ways of given names of two characters: (part, left token) to right token to share x scale, shape (R,).

    A token that is not said has the number T.
    """
    unsaid = len(ways.values)
    sums: dict[tuple[int, int], dict[int, Float64]] = {}
    for way in range(int(ways.first[2]), int(ways.first[3])):
        branch = int(ways.branch_of[way])
        first, second = (int(token) if token >= 0 else unsaid for token in ways.tokens[way, :2])
        others = sums.setdefault((int(part_of[branch]), first), {})
        others[second] = others.get(second, 0.0) + ways.share[way] * scale[branch]
    return dict(sorted(sums.items()))


def pair_tables(
    ways: Ways, part_of: NDArray[np.int32], scale: Float64
) -> tuple[NDArray[np.int32], NDArray[np.int32], Float64]:
    """Return `left_of`, `split` and `right` of `flat.Factors`."""
    sums = pair_sums(ways, part_of, scale)
    right = np.zeros((ways.values.shape[1], len(sums), REGIONS))
    for pair, others in enumerate(sums.values()):
        for token, weight in others.items():
            right[:, pair] += weight if token == len(ways.values) else ways.values[token] * weight
    parts = np.array([part for part, _ in sums], np.int32)
    split = np.searchsorted(parts, np.arange(int(part_of.max()) + 2)).astype(np.int32)
    return np.array([token for _, token in sums], np.int32), split, right
