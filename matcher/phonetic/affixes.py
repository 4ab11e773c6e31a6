"""Affixes of nicknames as they are heard: 茂娃 may be written 茂挖."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from matcher.phonetic.emission import Token
from matcher.phonetic.population import NameModel
from matcher.phonetic.productions import AFFIXES, PREFIXES, SUFFIXES, Said
from matcher.phonetic.token_model import token_noise

Float64 = NDArray[np.float64]

SHARES = np.array([*PREFIXES.values(), *SUFFIXES.values()])
"""Share of each of `AFFIXES` among prefixes, or among suffixes."""

IS_PREFIX = np.arange(len(AFFIXES)) < len(PREFIXES)

LEAST_HEARD = 3e-4
"""A token that an affix gives rise to more seldom is not heard as that affix; accidents stay below."""


def heard_affixes(model: NameModel, token: Token, region_weights: Float64, *, sound_only: bool) -> Float64:
    """Return P(affix is told) x P(token | affix), the one within prefixes or suffixes, over `AFFIXES`."""
    heard = model.values(token, model.affix_slot, sound_only=sound_only)[1:] @ region_weights
    return np.where(heard >= LEAST_HEARD, heard * SHARES, 0.0)


def said(tokens: tuple[Token, ...], model: NameModel, region_weights: Float64, *, sound_only: bool) -> Said:
    """Ask what each token of a row may be but a part of the name; an affix is misheard in rows of two alone.

    Names in full are the many, and in them a misheard affix is far rarer than any other explanation.
    """
    noise = tuple(token_noise(token, model.roles["given"]) for token in tokens)
    if len(tokens) != 2:
        exact = [(PREFIXES.get(token.character, 0.0), SUFFIXES.get(token.character, 0.0)) for token in tokens]
        return Said(tokens, noise, tuple(prefix for prefix, _ in exact), tuple(suffix for _, suffix in exact))
    heard = [heard_affixes(model, token, region_weights, sound_only=sound_only) for token in tokens]
    prefix, suffix = (tuple(float(one[kind].sum()) for one in heard) for kind in (IS_PREFIX, ~IS_PREFIX))
    return Said(tokens, noise, prefix, suffix)
