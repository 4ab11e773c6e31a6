"""P(tokens | surname) and P(tokens | given name) of a branch: for the names of a table, and over the population."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from matcher.phonetic.confusion import SPEECH_REGIONS
from matcher.phonetic.name_query import LENGTHS, Branch, NameQuery, tabulated, token_table
from matcher.phonetic.name_table import NameTable
from matcher.phonetic.productions import Alignment, key_share
from matcher.phonetic.slots import Slot

Float64 = NDArray[np.float64]


def surname_values(query: NameQuery, branch: Branch, table: NameTable) -> Float64:
    """Return share x region prior x P(surname tokens | surname, region), shape (A, R)."""
    slot, pairs = table.surname_slot, table.surnames
    compound = pairs[:, 1] >= 0
    values = np.empty((len(pairs), len(SPEECH_REGIONS)))
    values[~compound] = _single(branch, _values(query, branch, slot), len(slot))[pairs[~compound, 0]]
    values[compound] = _compound(branch, _values(query, branch, slot), pairs[compound])
    values[0] = branch.surname_mean
    return values * (branch.form.prior * query.region_weights)


def population_values(query: NameQuery, branch: Branch) -> Float64:
    """Return share x P(surname tokens | surname, region) for each of `NameModel.surname_names`, shape (P, R).

    The last row stands for all surnames outside the table. The readable twin of `population_means.surname_mean`.
    """
    slot, pairs = query.model.surname_slot, query.model.surname_pairs
    compound = pairs[:, 1] >= 0
    elements = _values(query, branch, slot)
    values = np.empty((len(pairs) + 1, len(SPEECH_REGIONS)))
    values[:-1][~compound] = _single(branch, elements, len(slot))[pairs[~compound, 0]]
    values[:-1][compound] = _compound(branch, elements, pairs[compound])
    values[-1] = key_share(branch.key, len(branch.form.tokens), compound=False) * _remainder(query, branch)
    return values


def given_values(query: NameQuery, branch: Branch, table: NameTable) -> Float64:
    """Return the sum over productions of share x P(given tokens | given name, region), shape (B, R)."""
    slot, givens = table.given_slot, table.givens
    lengths = (givens >= 0).sum(axis=1)
    values = np.zeros((len(givens), len(SPEECH_REGIONS)))
    tables: dict[int, Float64] = {}
    for length in LENGTHS:
        rows = np.flatnonzero(lengths == length)
        for way in branch.by_length[length] if len(rows) else ():
            product = np.full((len(rows), len(SPEECH_REGIONS)), way.share)
            for position, token in enumerate(way.given):
                if token is not None:
                    if token not in tables:
                        tables[token] = token_table(query, branch.form.tokens[token], slot)
                    product *= tables[token][givens[rows, position]]
            values[rows] += product
    values[lengths == 0] = branch.given_mean
    return values


def mean_of_length(query: NameQuery, branch: Branch, length: int) -> Float64:
    """Return the mean of P(given tokens | given name, region) over given names of one length, shape (R,).

    The readable twin of `population_means.given_means`.
    """
    model = query.model
    weights = np.array([part.weight for part in model.roles["given"].strata])
    independent = 1.0 - float(model.whole_shares.sum()) if length == 2 else 1.0
    total = np.zeros(len(SPEECH_REGIONS))
    for way in branch.by_length[length]:
        product = np.repeat(weights[:, None] * way.share, len(SPEECH_REGIONS), axis=1)
        for token in way.given:
            if token is not None:
                product *= tabulated(query, branch.form.tokens[token], "given").background
        total += product.sum(axis=0) * independent
        if length == 2 and len(model.whole_shares):
            total += way.share * whole_products(query, branch, way).sum(axis=0)
    return total


def whole_products(query: NameQuery, branch: Branch, way: Alignment) -> Float64:
    """Return share x P(tokens | name, region) for each given name that is chosen as a whole, shape (W, R)."""
    model = query.model
    product = np.repeat(model.whole_shares[:, None], len(SPEECH_REGIONS), axis=1)
    for position, token in enumerate(way.given):
        if token is not None:
            product *= token_table(query, branch.form.tokens[token], model.whole_slot)[model.whole_codes[:, position]]
    return product


def _values(query: NameQuery, branch: Branch, slot: Slot) -> list[Float64]:
    """Return P(token | element) of each surname token, shape (V, R) each."""
    return [token_table(query, branch.form.tokens[index], slot) for index in branch.key]


def _single(branch: Branch, values: list[Float64], count: int) -> Float64:
    """Return share x P(tokens | surname of one character) for all elements, shape (V, R)."""
    share = key_share(branch.key, len(branch.form.tokens), compound=False)
    if not values:
        return np.full((count, len(SPEECH_REGIONS)), share)
    return values[0] * share if len(values) == 1 else values[0] * 0.0


def _compound(branch: Branch, values: list[Float64], pairs: NDArray[np.int32]) -> Float64:
    """Return share x P(tokens | surname of two characters), shape (len(pairs), R); a cut one keeps either half."""
    share = key_share(branch.key, len(branch.form.tokens), compound=True)
    if not values:
        return np.full((len(pairs), len(SPEECH_REGIONS)), share)
    if len(values) == 1:
        return (values[0][pairs[:, 0]] + values[0][pairs[:, 1]]) * (0.5 * share)
    return values[0][pairs[:, 0]] * values[1][pairs[:, 1]] * share


def _remainder(query: NameQuery, branch: Branch) -> Float64:
    """Return P(tokens | a surname outside the table), shape (R,)."""
    ones = np.ones(len(SPEECH_REGIONS))
    if len(branch.key) != 1:
        return ones * (not branch.key)
    return tabulated(query, branch.form.tokens[branch.key[0]], "surname").remainder
