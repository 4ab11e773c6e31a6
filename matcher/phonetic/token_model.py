"""One observed element against any true character: values for a gallery's characters, and their mean over everybody."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matcher.phonetic.confusion import SPEECH_REGIONS
from matcher.phonetic.emission import ANY, RoleModel, Stratum, Token, WritingHabits, copied, heard_columns
from matcher.phonetic.frequencies import HAN_CHARACTERS
from matcher.phonetic.slots import SOUND_MARK, Slot
from matcher.phonetic.spellings import hong_kong
from matcher.phonetic.syllables import code_of

Float64 = NDArray[np.float64]
REGIONS = len(SPEECH_REGIONS)


@dataclass(frozen=True, slots=True)
class TokenModel:
    """P(token | true character) in pieces; add them up with `token_values`.

    Parameters
    ----------
    heard : ndarray of float64, shape (S, TONES, R)
        By hearing, for a true syllable and tone.
    by_sight : dict of str to float
        By sight, for true characters that are the token, its variants or look-alikes.
    seen_as : dict of int to float
        By sight, summed over the characters of a toneless syllable with their frequency and weight of reading.
    noise : float
        By accident, for any true character.
    unreadable : float
        By hearing, for a character whose reading is not known.
    background : ndarray of float64, shape (K, R)
        Sum over single characters of each stratum of the slot's population of probability x P(token | character).
    mean : ndarray of float64, shape (R,)
        The same over everybody.
    remainder : ndarray of float64, shape (R,)
        Mean P(token | character) over the characters outside the frequency table.
    """

    heard: Float64
    by_sight: dict[str, float]
    seen_as: dict[int, float]
    noise: float
    unreadable: float
    background: Float64
    mean: Float64
    remainder: Float64


def token_model(token: Token, model: RoleModel, habits: WritingHabits) -> TokenModel:
    """Tabulate one token for one slot."""
    if token.character == ANY:
        ones, masses = np.ones(REGIONS), np.array([part.inside + part.rest for part in model.strata])
        sounds = np.ones((*model.everybody.sounding.shape, REGIONS))
        mass = model.everybody.inside + model.everybody.rest
        return TokenModel(sounds, {}, {}, 0.0, 1.0, masses[:, None] * ones, ones * mass, ones)
    share = habits.heard if token.character else 1.0 - habits.noise
    anything = token_noise(token, model)
    heard = heard_columns(token, model) * share
    by_sight = copied(token, habits)
    noise, unreadable = habits.noise * anything, share * anything
    everybody = model.everybody
    unlisted = sum(share for character, share in by_sight.items() if character not in everybody.shares)
    hearing = np.tensordot(everybody.sounding, heard, axes=2) + everybody.unreadable * unreadable
    remainder = hearing / everybody.inside + noise + unlisted / (HAN_CHARACTERS - len(everybody.shares))

    def over(part: Stratum) -> Float64:
        heard_by = np.tensordot(part.sounding, heard, axes=2) + part.unreadable * unreadable
        seen = sum(p * part.shares[character] for character, p in by_sight.items() if character in part.shares)
        return np.asarray(heard_by + part.inside * noise + seen + part.rest * remainder)

    background = np.stack([over(part) for part in model.strata])
    seen_as = _seen_as(by_sight, model)
    return TokenModel(heard, by_sight, seen_as, noise, unreadable, background, over(everybody), remainder)


def _seen_as(by_sight: dict[str, float], model: RoleModel) -> dict[int, float]:
    found: dict[int, float] = {}
    for character, share in by_sight.items():
        frequent = share * model.everybody.shares.get(character, 0.0)
        for reading in model.readings(character) if frequent else ():
            found[reading.syllable_code] = found.get(reading.syllable_code, 0.0) + frequent * reading.weight
    return found


def token_noise(token: Token, model: RoleModel) -> float:
    """Return P(token | nothing is meant by it): by the frequency of characters, or sounds, in given names."""
    if token.character == ANY:
        return 1.0
    if token.character:
        return model.frequencies.given_character(token.character)
    if token.cantonese:
        return sum(
            share * model.frequencies.given_character(character) for character, share in hong_kong(token.cantonese)
        )
    return sum(weight * float(model.everybody.sounding[code].sum()) for code, _, weight in token.sounds) + 1e-6


def token_values(tabulated: TokenModel, slot: Slot, model: RoleModel) -> Float64:
    """Return P(token | element) for the elements of a slot, shape (V, R).

    An element known by sound alone gets the mean over the characters with that sound; an unknown one the mean over all.
    """
    values: Float64 = (tabulated.heard[slot.syllables, slot.tones] * slot.weights[:, :, None]).sum(axis=1)
    return _completed(values, tabulated, slot, model)


def token_values_compiled(tabulated: TokenModel, slot: Slot, model: RoleModel) -> Float64:
    """Return `token_values` by a compiled loop, for galleries."""
    from matcher.phonetic.kernels import element_values

    values = np.empty((len(slot), REGIONS))
    element_values(slot.syllables, slot.tones, slot.weights, tabulated.heard, values)
    return _completed(values, tabulated, slot, model)


def _completed(values: Float64, tabulated: TokenModel, slot: Slot, model: RoleModel) -> Float64:
    """Add what is not heard, and treat elements without a reading, in place."""
    mass = model.everybody.inside + model.everybody.rest
    for row in np.flatnonzero(~slot.weights.any(axis=1)):
        element = slot.elements[row]
        if element == ANY:
            values[row] = tabulated.mean / mass - tabulated.noise
        elif element.startswith(SOUND_MARK):
            values[row] = _mean_by_sound(tabulated, code_of(element[1:]), model)
        else:
            values[row] = tabulated.unreadable
    values += tabulated.noise
    for character, share in tabulated.by_sight.items():
        position = slot.codes.get(character)
        if position is not None:
            values[position] += share
    return values


def _mean_by_sound(tabulated: TokenModel, code: int, model: RoleModel) -> Float64:
    """Return the mean of P(token | character) over the characters of one toneless syllable, noise left out."""
    shares = model.everybody.sounding[code]
    total = float(shares.sum())
    if total <= 0.0:
        return np.asarray(tabulated.heard[code, 0])
    return np.asarray((shares @ tabulated.heard[code] + tabulated.seen_as.get(code, 0.0)) / total)
