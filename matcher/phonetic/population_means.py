"""Means of P(tokens | name) over a population, by tables kept for each token and compiled loops.

`slot_values.population_values` and `slot_values.mean_of_length` are the readable twins.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from matcher.phonetic.emission import Token
from matcher.phonetic.name_query import LENGTHS, Branch, NameQuery, tabulated, values_by_token
from matcher.phonetic.population import KEPT_TOKENS, NameModel
from matcher.phonetic.productions import key_share
from matcher.phonetic.slots import Slot, build_slot
from matcher.phonetic.token_model import REGIONS, token_values_compiled

Float64 = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class SurnameWeights:
    """The surnames of a population by their characters.

    Parameters
    ----------
    single : ndarray of float64, shape (V,)
        Share of people whose surname is this character of the population's slot.
    half : ndarray of float64, shape (V,)
        Half the share of those with a compound surname, for each of its characters.
    compound_slot : Slot
        Characters of compound surnames.
    compounds : ndarray of int32, shape (C, 2)
        The compound surnames in codes of that slot.
    shares : ndarray of float64, shape (C,)
        Their shares.
    """

    single: Float64
    half: Float64
    compound_slot: Slot
    compounds: NDArray[np.int32]
    shares: Float64


def surname_mean(query: NameQuery, branch: Branch) -> Float64:
    """Return the mean of share x P(surname tokens | surname, region) over the population, shape (R,)."""
    known, count = _surname_weights(query.model), len(branch.form.tokens)
    single, compound = (key_share(branch.key, count, compound=longer) for longer in (False, True))
    sound_only = query.written.sound_only
    tokens = [branch.form.tokens[index] for index in branch.key]
    if not tokens:
        compounds = float(known.shares.sum())
        return np.full(REGIONS, single * (float(query.model.surname_shares.sum()) - compounds) + compound * compounds)
    if len(tokens) == 1:
        whole, half = _surname_means(query.model, tokens[0], sound_only)
        return np.asarray(single * whole + compound * half)
    one, two = (query.model.values(token, known.compound_slot, sound_only=sound_only) for token in tokens)
    return compound * (known.shares @ (one[known.compounds[:, 0]] * two[known.compounds[:, 1]]))


def given_means(query: NameQuery) -> Float64:
    """Return the mean of P(given tokens | given name, region) over given names of each length, shape (B, 3, R)."""
    from matcher.phonetic.kernels import means_by_length

    model = query.model
    weights = np.array([part.weight for part in model.roles["given"].strata])
    said = [tabulated(query, token, "given").background for token in query.tokens]
    background = np.stack([*said, np.ones((len(weights), REGIONS))])
    whole = (model.whole_codes, model.whole_shares, values_by_token(query, model.whole_slot))
    means = np.zeros((len(query.branches), len(LENGTHS), REGIONS))
    means_by_length(query.ways, weights, background, whole, means)
    return means


@lru_cache(maxsize=KEPT_TOKENS)
def _surname_means(model: NameModel, token: Token, sound_only: bool) -> Float64:  # noqa: FBT001 - a cached key
    """Return the mean of P(token | surname) over surnames of one character, and over either half of others, (2, R)."""
    known, tabulated_token = _surname_weights(model), model.token(token, "surname", sound_only=sound_only)
    values = token_values_compiled(tabulated_token, model.surname_slot, model.roles["surname"])
    means = np.stack([known.single, known.half]) @ values
    means[0] += model.surname_shares[-1] * tabulated_token.remainder
    return np.asarray(means)


@lru_cache(maxsize=32)
def _surname_weights(model: NameModel) -> SurnameWeights:
    pairs, shares = model.surname_pairs, model.surname_shares[:-1]
    compound = pairs[:, 1] >= 0
    size = len(model.surname_slot)
    slot = build_slot(
        "surname", (c for name, two in zip(model.surname_names, compound, strict=True) if two for c in name)
    )
    elements = model.surname_slot.elements
    codes = [[slot.codes[elements[code]] for code in pair] for pair in pairs[compound].tolist()]
    half = np.zeros(size)
    np.add.at(half, pairs[compound], shares[compound, None] / 2.0)
    return SurnameWeights(
        single=np.bincount(pairs[~compound, 0], shares[~compound], size).astype(np.float64),
        half=half,
        compound_slot=slot,
        compounds=np.array(codes, np.int32).reshape(-1, 2),
        shares=shares[compound],
    )
