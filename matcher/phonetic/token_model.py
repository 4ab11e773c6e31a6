"""One observed element against any true character: values for a gallery's characters, and their mean over everybody."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matcher.phonetic.confusion import SPEECH_REGIONS
from matcher.phonetic.emission import ANY, RoleModel, Token, WritingHabits, copied, heard_columns
from matcher.phonetic.frequencies import HAN_CHARACTERS
from matcher.phonetic.name_table import SOUND_MARK, Slot
from matcher.phonetic.syllables import code_of

Float64 = NDArray[np.float64]
REGIONS = len(SPEECH_REGIONS)


@dataclass(frozen=True, slots=True)
class TokenModel:
    """P(token | true character) in pieces; add them up with `token_values`.

    Parameters
    ----------
    heard : ndarray of float64, shape (R, S, TONES)
        By hearing, for a true syllable and tone.
    by_sight : dict of str to float
        By sight, for true characters that are the token, its variants or look-alikes.
    noise : float
        By accident, for any true character.
    unreadable : float
        By hearing, for a character whose reading is not known.
    background : ndarray of float64, shape (R,)
        Sum over single characters of the slot's population of probability x P(token | character).
    remainder : ndarray of float64, shape (R,)
        Mean P(token | character) over the characters outside the frequency table.
    """

    heard: Float64
    by_sight: dict[str, float]
    noise: float
    unreadable: float
    background: Float64
    remainder: Float64


def token_model(token: Token, model: RoleModel, habits: WritingHabits) -> TokenModel:
    """Tabulate one token for one slot."""
    if token.character == ANY:
        ones = np.ones(REGIONS)
        mass = sum(model.shares.values()) + model.rest
        return TokenModel(np.ones((REGIONS, *model.sounding.shape)), {}, 0.0, 1.0, ones * mass, ones)
    share = habits.heard if token.character else 1.0 - habits.noise
    anything = token_noise(token, model)
    heard = heard_columns(token, model) * share
    by_sight = copied(token, habits)
    noise, unreadable = habits.noise * anything, share * anything
    inside = sum(model.shares.values())
    hearing = np.tensordot(heard, model.sounding, axes=([1, 2], [0, 1])) + model.unreadable * unreadable
    seen = sum(share * model.shares[character] for character, share in by_sight.items() if character in model.shares)
    unlisted = sum(share for character, share in by_sight.items() if character not in model.shares)
    remainder = hearing / inside + noise + unlisted / (HAN_CHARACTERS - len(model.shares))
    background = hearing + inside * noise + seen + model.rest * remainder
    return TokenModel(heard, by_sight, noise, unreadable, background, remainder)


def token_noise(token: Token, model: RoleModel) -> float:
    """Return P(token | nothing is meant by it): by the frequency of characters, or sounds, in given names."""
    if token.character == ANY:
        return 1.0
    if token.character:
        return model.frequencies.given_character(token.character)
    return sum(weight * float(model.sounding[code].sum()) for code, _, weight in token.sounds) + 1e-6


def token_values(tabulated: TokenModel, slot: Slot, model: RoleModel, start: int = 0) -> Float64:
    """Return P(token | element) for the elements of a slot from `start`, shape (V, R).

    An element known by sound alone gets the mean over the characters with that sound; an unknown one the mean over all.
    """
    codes, tones, weights = slot.reading_arrays(start)
    flat = tabulated.heard.transpose(1, 2, 0)  # (S, TONES, R)
    values: Float64 = (flat[codes, tones] * weights[:, :, None]).sum(axis=1)
    mass = sum(model.shares.values()) + model.rest
    for row, element in enumerate(slot.elements[start:]):
        if element == ANY:
            values[row] = tabulated.background / mass - tabulated.noise
        elif element.startswith(SOUND_MARK):
            values[row] = _mean_by_sound(tabulated, code_of(element[1:]), model)
        elif not weights[row].any():
            values[row] = tabulated.unreadable
    values += tabulated.noise
    for character, share in tabulated.by_sight.items():
        position = slot.find(character)
        if position is not None and position >= start:
            values[position - start] += share
    return values


def _mean_by_sound(tabulated: TokenModel, code: int, model: RoleModel) -> Float64:
    """Return the mean of P(token | character) over the characters of one toneless syllable, noise left out."""
    shares = model.sounding[code]
    total = float(shares.sum())
    if total <= 0.0:
        return np.asarray(tabulated.heard[:, code, 0])
    mean: Float64 = tabulated.heard[:, code, :] @ shares / total
    for character, share in tabulated.by_sight.items():
        weight = sum(r.weight for r in model.readings(character) if r.syllable_code == code)
        mean = mean + share * weight * model.shares.get(character, 0.0) / total
    return mean
