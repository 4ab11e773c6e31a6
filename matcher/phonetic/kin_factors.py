"""Names of relatives against a gallery by compiled loops; `kin_names` tells the model and holds the readable twin."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from matcher.phonetic.factors import REGIONS, names_of, surnames_by_branch
from matcher.phonetic.flat import Shares
from matcher.phonetic.grouped import Grouped, GroupedNames
from matcher.phonetic.kin_names import Inheritance, inherited, means_by_length, parts_of
from matcher.phonetic.name_query import NameQuery, tabulated, values_by_token
from matcher.phonetic.name_table import NameTable
from matcher.phonetic.population import NameModel
from matcher.phonetic.slots import Slot

Float64 = NDArray[np.float64]


def kin_ratios_compiled(query: NameQuery, table: NameTable, laid_out: Grouped, shared: Inheritance) -> Float64:
    """Return `kin_names.kin_likelihood_ratios` by compiled loops, shape (N,); `laid_out` is `grouped(table)`."""
    groups, rows = laid_out
    totals, found = np.ones(len(table)), np.zeros(len(groups))
    add_kin_ratios(query, (table, groups), shared, 1.0, found)
    totals[rows] = found
    totals[table.transcribed.rows] = query.transcribed_evidence / query.evidence
    return totals


def add_kin_ratios(
    query: NameQuery, gallery: tuple[NameTable, GroupedNames], shared: Inheritance, weight: float, out: Float64
) -> None:
    """Add weight x LR to every name of the Han form, in the order of the groups; `out` has shape (H,)."""
    from matcher.phonetic.kin_kernels import score_kin

    table, groups = gallery
    if not query.branches or not len(groups):
        return
    mixed = zip(query.branches, surnames_by_branch(query, table), strict=True)
    surnames = np.stack([inherited(branch, values, query, shared) for branch, values in mixed], axis=1)
    lengths = np.stack(means_by_length(query, shared), axis=1)
    by_length = np.tensordot(surnames, lengths, axes=((1, 2), (1, 2)))
    means = _means_by_character(query, table.given_slot, shared)
    score_kin(names_of(groups), surnames, by_length, means, weight / query.evidence, out)


def _means_by_character(query: NameQuery, slot: Slot, shared: Inheritance) -> Float64:
    """Return P(shared) x mean P(given tokens | given name) over names with a character at a place, shape (2, V, B, R).

    By place and character of the slot; V is 0 when no character is shared.
    """
    from matcher.phonetic.kin_kernels import character_means

    model, branches = query.model, len(query.branches)
    if not shared.first and not shared.last:
        return np.zeros((2, 0, branches, REGIONS))
    known = shares_of(model, slot)
    said = [tabulated(query, token, "given").background for token in query.tokens]
    background = np.stack([*said, np.ones((known.parts.shape[1], REGIONS))])
    whole = (model.whole_codes, model.whole_shares, values_by_token(query, model.whole_slot))
    means = np.zeros((2, len(slot), branches, REGIONS))
    character_means(query.ways, values_by_token(query, slot), background, known, whole, means)
    means *= (np.array([shared.first, shared.last])[:, None] / known.totals.T)[:, :, None, None]
    return means


@lru_cache(maxsize=16)
def shares_of(model: NameModel, slot: Slot) -> Shares:
    """Look the characters of a slot up in the population."""
    parts = parts_of(model, slot)
    names = model.frequencies.whole
    codes = np.array([[slot.codes.get(character, -1) for character in name] for name in names], np.int32).reshape(-1, 2)
    totals = np.repeat(parts.sum(axis=1, keepdims=True), 2, axis=1)
    for position in (0, 1):
        present = codes[:, position] >= 0
        np.add.at(totals[:, position], codes[present, position], model.whole_shares[present])
    return Shares(parts, codes, totals)
