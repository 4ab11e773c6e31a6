"""One observed element against any true character: values for a gallery's characters, and their mean over everybody."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from matcher.phonetic.confusion import SPEECH_REGIONS
from matcher.phonetic.emission import ANY, TONES, RoleModel, Stratum, Token, WritingHabits, copied
from matcher.phonetic.flat import read_only
from matcher.phonetic.frequencies import HAN_CHARACTERS
from matcher.phonetic.hearing import Heard, confusion_by_heard, heard_sounds, mean_heard, tone_columns
from matcher.phonetic.regions import STANDARD
from matcher.phonetic.slots import Slot, build_slot
from matcher.phonetic.spellings import hong_kong

Float64 = NDArray[np.float64]
REGIONS = len(SPEECH_REGIONS)


@dataclass(frozen=True, slots=True)
class TokenModel:
    """P(token | true character) in pieces; add them up with `token_values`.

    Parameters
    ----------
    heard : Heard or None
        By hearing; None for a token that any character explains alike.
    share : float
        Share written by hearing.
    by_sight : mapping of str to float
        By sight, for true characters that are the token, its variants or look-alikes.
    seen_as : ndarray of float64, shape (S,)
        By sight, the mean over the characters of each toneless syllable.
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

    heard: Heard | None
    share: float
    by_sight: Mapping[str, float]
    seen_as: Float64
    noise: float
    unreadable: float
    background: Float64
    mean: Float64
    remainder: Float64


def token_model(token: Token, model: RoleModel, habits: WritingHabits) -> TokenModel:
    """Tabulate one token for one slot."""
    everybody = model.everybody
    if token.character == ANY:
        ones, masses = np.ones(REGIONS), np.array([part.inside + part.rest for part in model.strata])
        mass = everybody.inside + everybody.rest
        return TokenModel(None, 1.0, {}, np.zeros(0), 0.0, 1.0, masses[:, None] * ones, ones * mass, ones)
    heard, share = heard_sounds(token, model), habits.heard if token.character else 1.0 - habits.noise
    by_sight, anything = copied(token, habits), token_noise(token, model)
    noise, unreadable = habits.noise * anything, share * anything
    seen, seen_as, unlisted = _seen(by_sight, model)
    hearing = share * mean_by_hearing(heard, everybody) + everybody.unreadable * unreadable
    remainder = hearing / everybody.inside + noise + unlisted / (HAN_CHARACTERS - len(everybody.shares))

    def over(part: Stratum, seen: float) -> Float64:
        heard_by = share * mean_by_hearing(heard, part) + part.unreadable * unreadable
        return np.asarray(heard_by + part.inside * noise + seen + part.rest * remainder)

    mean, *background = [over(part, s) for part, s in zip((everybody, *model.strata), seen.tolist(), strict=True)]
    return TokenModel(heard, share, by_sight, seen_as, noise, unreadable, np.stack(background), mean, remainder)


def _seen(by_sight: Mapping[str, float], model: RoleModel) -> tuple[Float64, Float64, float]:
    """Sum P(token | character, by sight) over the characters of everybody and of each stratum, shape (1 + K,).

    Returns
    -------
    tuple of (sums, means, float)
        The second is the mean over the characters of each toneless syllable, shape (S,), the third the sum over
        characters outside the table, each taken once.
    """
    slot, shares = _characters(model)
    listed = {slot.codes[character]: p for character, p in by_sight.items() if character in slot.codes}
    rows, probabilities = list(listed), np.array(list(listed.values()))
    weights = (shares[0, rows] * probabilities)[:, None] * slot.weights[rows]
    totals = model.everybody.sounding.sum(axis=1)
    sums = np.bincount(slot.syllables[rows].ravel(), weights.ravel(), len(totals)).astype(np.float64)
    means = np.divide(sums, totals, out=np.zeros_like(sums), where=totals > 0.0)
    unlisted = sum(p for character, p in by_sight.items() if character not in slot.codes)
    return shares[:, rows] @ probabilities, means, unlisted


@lru_cache(maxsize=32)
def _characters(model: RoleModel) -> tuple[Slot, Float64]:
    """Return the characters of a slot's population, and their shares in everybody and in each stratum, (1 + K, V)."""
    slot = build_slot(model.role, model.everybody.shares)
    parts = (model.everybody, *model.strata)
    return slot, np.array([[part.shares.get(element, 0.0) for element in slot.elements] for part in parts])


def mean_by_hearing(heard: Heard, part: Stratum) -> Float64:
    """Return the sum over the characters of a stratum of share x P(token | character, heard), shape (R,)."""
    table, standard = mean_heard(part), tone_columns()[:, :, SPEECH_REGIONS.index(STANDARD)]
    total = np.zeros(REGIONS)
    for code, tone, weight in zip(heard.codes.tolist(), heard.tones.tolist(), heard.weights.tolist(), strict=True):
        total += (1.0 - heard.right) * weight * table[code, tone]
        if heard.right:
            total += heard.right * weight * float(standard[tone] @ part.sounding[code])
    return total


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
    """Return P(token | element) for the elements of a slot, shape (V, R): the readable twin.

    An element known by sound alone gets the mean over the characters with that sound; an unknown one the mean over all.
    """
    if tabulated.heard is None:
        return np.ones((len(slot), REGIONS))
    heard = tabulated.heard.columns() * tabulated.share
    values: Float64 = (heard[slot.syllables, slot.tones] * slot.weights[:, :, None]).sum(axis=1)
    for row, code in zip(slot.sound_rows, slot.sound_codes, strict=True):
        values[row] = np.tensordot(sound_shares(model)[code], heard[code], axes=1)
    return _completed(values, tabulated, slot, model)


def token_values_compiled(tabulated: TokenModel, slot: Slot, model: RoleModel) -> Float64:
    """Return `token_values` by a compiled loop."""
    from matcher.phonetic.kernels import heard_values

    if tabulated.heard is None:
        return np.ones((len(slot), REGIONS))
    heard, share = tabulated.heard, tabulated.share
    sounds = (
        heard.codes,
        heard.tones,
        share * (1.0 - heard.right) * heard.weights,
        share * heard.right * heard.weights,
    )
    tables = (confusion_by_heard(), tone_columns())
    values = np.empty((len(slot), REGIONS))
    heard_values(slot.syllables, slot.tones, slot.weights, sounds, tables, values)
    if len(slot.sound_rows):
        by_sound = np.empty((len(slot.sound_rows), REGIONS))
        syllables = np.repeat(slot.sound_codes[:, None], TONES, axis=1)
        tones = np.broadcast_to(np.arange(TONES, dtype=np.int32), syllables.shape)
        heard_values(syllables, tones.copy(), sound_shares(model)[slot.sound_codes], sounds, tables, by_sound)
        values[slot.sound_rows] = by_sound
    return _completed(values, tabulated, slot, model)


def _completed(values: Float64, tabulated: TokenModel, slot: Slot, model: RoleModel) -> Float64:
    """Add what is not heard, in place."""
    everybody = model.everybody
    values[0] = tabulated.mean / (everybody.inside + everybody.rest) - tabulated.noise
    values[slot.silent_rows] = tabulated.unreadable
    values[slot.sound_rows] += tabulated.seen_as[slot.sound_codes][:, None]
    values += tabulated.noise
    for character in tabulated.by_sight.keys() & slot.codes.keys():
        values[slot.codes[character]] += tabulated.by_sight[character]
    return values


@lru_cache(maxsize=32)
def sound_shares(model: RoleModel) -> Float64:
    """Return the share of each tone among the characters of a toneless syllable, shape (S, TONES); read-only.

    A syllable that no character of the population has is taken without a tone.
    """
    sounding = model.everybody.sounding
    totals = sounding.sum(axis=1, keepdims=True)
    toneless = np.eye(1, TONES).repeat(len(sounding), axis=0)
    return read_only(np.divide(sounding, totals, out=toneless, where=totals > 0.0))
