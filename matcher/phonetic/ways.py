"""The productions of a query in flat arrays, for compiled loops; and the scoring of every name of a table by them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matcher.phonetic.confusion import SPEECH_REGIONS
from matcher.phonetic.emission import Token
from matcher.phonetic.name_model import LENGTHS, NameQuery, surname_values, token_table, transcribed_ratios
from matcher.phonetic.name_table import NameTable
from matcher.phonetic.slots import Slot

Float64 = NDArray[np.float64]


def likelihood_ratios_compiled(query: NameQuery, table: NameTable) -> Float64:
    """Return `name_model.likelihood_ratios` by a compiled loop, shape (N,)."""
    from matcher.phonetic.kernels import score_all

    totals = np.zeros(len(table))
    if query.branches and len(table):
        ways = flat_ways(query, table.given_slot)
        surnames = np.stack([surname_values(query, branch, table) for branch in query.branches])
        means = np.stack([branch.given_mean for branch in query.branches])
        lengths = (table.givens >= 0).sum(axis=1).astype(np.uint8)
        score_all(
            table.surname_of, table.given_of, np.maximum(table.givens, 0), lengths, surnames, means, ways.values,
            ways.first, ways.branch_of, ways.share, ways.tokens, totals,
        )  # fmt: skip
        totals /= query.evidence
    totals[table.surname_of < 0] = 1.0
    totals[table.transcribed.rows] = transcribed_ratios(query, table)
    return totals


@dataclass(frozen=True, slots=True)
class Ways:
    """All ways of a query in flat arrays: those of given names of m characters are `first[m]:first[m + 1]`.

    Parameters
    ----------
    values : ndarray of float64, shape (T, V, R)
        P(token | character of the gallery, region) of each distinct token.
    first : ndarray of int32, shape (5,)
        Where the ways of each length begin.
    branch_of : ndarray of int32, shape (W,)
        Branch of each way.
    share : ndarray of float64, shape (W,)
        Its probability.
    tokens : ndarray of int32, shape (W, 3)
        Row of `values` for each character; -1 = not said.
    """

    values: Float64
    first: NDArray[np.int32]
    branch_of: NDArray[np.int32]
    share: Float64
    tokens: NDArray[np.int32]


def flat_ways(query: NameQuery, slot: Slot) -> Ways:
    """Flatten the ways of a query against the given-name characters of a gallery."""
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
