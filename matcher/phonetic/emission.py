"""P(what is written for one element of a name | its true character, region): the channel between two name fields.

One element of an observed name is a `Token`. A speaker says the true character in one of its readings, the listener
hears a syllable and a tone through the confusion matrix of the region, and the clerk writes a character with that
sound, the commoner the likelier; or the character is copied, mistaken for one that looks alike, or anything at all.
All probabilities of one true character sum to at most 1. What is heard is in `hearing`; here is what clerks write.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from matcher.phonetic.frequencies import HAN_CHARACTERS, NameFrequencies
from matcher.phonetic.readings import Reading, readings, surname_readings
from matcher.phonetic.similar import similar_characters
from matcher.phonetic.spellings import hong_kong
from matcher.phonetic.syllables import syllable_count

Float64 = NDArray[np.float64]
Role = Literal["surname", "given", "syllable"]
"""Slot of a name of the Han form; or any syllable of a transcribed name."""

TONES = 6
"""Tone 0 (unknown), 1-4, 5 (neutral)."""

ANY = "□"


@dataclass(frozen=True, slots=True)
class Token:
    """One element of an observed name.

    Parameters
    ----------
    character : str
        Han character as written, `□` for one that is not known, empty for an element known by sound alone.
    sounds : tuple of (int, int, float)
        For an element known by sound: (syllable code, tone or 0, P(this spelling | syllable)).
    cantonese : str
        For an element spelt as in Hong Kong: the spelling, in lower case.
    """

    character: str = ""
    sounds: tuple[tuple[int, int, float], ...] = ()
    cantonese: str = ""


@dataclass(frozen=True, slots=True)
class WritingHabits:
    """How the writer of a name field errs; shares of one true character, the rest of 1 being heard.

    Parameters
    ----------
    same : float
        Copied or known to be this character.
    variant, shape : float
        Another form of the same character; a character that looks alike.
    noise : float
        Anything, by the frequency of characters in names: the floor of the model.
    """

    same: float = 0.50
    variant: float = 0.04
    shape: float = 0.03
    noise: float = 0.006

    @property
    def heard(self) -> float:
        """Share written from hearing."""
        return 1.0 - self.same - self.variant - self.shape - self.noise


FREQUENCY_EXPONENT = 0.7
"""Clerks use rare characters more than names do: P(character | sound) goes with frequency ** 0.7."""

SURNAME_SLOT_SHARE = 0.85
"""Share of surname slots in which a clerk writes a real surname rather than any character of that sound."""


@dataclass(frozen=True, slots=True, eq=False)
class Stratum:
    """One part of a slot's population, within which the characters of a name are independent.

    Parameters
    ----------
    weight : float
        Its share of the people.
    shares : mapping of str to float
        Probability of each character of the frequency table (of each surname of one character).
    inside, rest : float
        Sum of `shares`; probability of all other characters together. Compound surnames belong to neither.
    sounding : ndarray of float64, shape (S, TONES)
        Probability that a character of the table has this reading.
    unreadable : float
        Probability of the characters of the table that have no known reading.
    """

    weight: float
    shares: Mapping[str, float]
    inside: float
    rest: float
    sounding: Float64
    unreadable: float


@dataclass(frozen=True, slots=True, eq=False)
class RoleModel:
    """What does not depend on the query: one slot's population by character and by sound, and how clerks spell there.

    Parameters
    ----------
    role : {"surname", "given", "syllable"}
        Slot of the name.
    everybody : Stratum
        The population as one.
    strata : tuple of Stratum
        Its parts.
    frequencies : NameFrequencies
        The population.
    given_norm, surname_norm : ndarray of float64, shape (S, TONES)
        Sum of frequency ** 0.7 x weight over the given-name characters, and the surnames, that have a reading.
    """

    role: Role
    everybody: Stratum
    strata: tuple[Stratum, ...]
    frequencies: NameFrequencies
    given_norm: Float64
    surname_norm: Float64

    def spelling(self, character: str, reading: Reading) -> float:
        """Return P(character is written | syllable and tone heard)."""
        at = (reading.syllable_code, reading.tone)
        as_any = _part(self.frequencies.given_character(character), reading.weight, self.given_norm[at])
        if self.role != "surname" or not self.surname_norm[at]:
            return as_any
        as_surname = _part(self.frequencies.surnames.get(character, 0.0), reading.weight, self.surname_norm[at])
        return SURNAME_SLOT_SHARE * as_surname + (1.0 - SURNAME_SLOT_SHARE) * as_any

    def readings(self, character: str) -> tuple[Reading, ...]:
        """Return the readings of a character in this slot."""
        return surname_readings(character)[0] if self.role == "surname" else readings(character)


def role_models(frequencies: NameFrequencies) -> dict[Role, RoleModel]:
    """Tabulate both slots of a population; a second of work, to be kept."""
    given = {character: frequencies.given_character(character) for character in frequencies.given}
    surnames = {name: frequencies.surname(name) for name in frequencies.surnames if len(name) == 1}
    compounds = sum(share for name, share in frequencies.surnames.items() if len(name) > 1)
    given_norm, surname_norm = _by_sound(given, "given")[1], _by_sound(surnames, "surname")[1]
    reserved = frequencies.reserved_characters / HAN_CHARACTERS
    parts = tuple(
        _stratum("given", {character: table.get(character, 0.0) + reserved for character in given}, 1.0, weight)
        for weight, table in frequencies.strata()
    )
    everybody = {"given": _stratum("given", given, 1.0), "surname": _stratum("surname", surnames, 1.0 - compounds)}
    return {
        "given": RoleModel("given", everybody["given"], parts, frequencies, given_norm, surname_norm),
        "surname": RoleModel(
            "surname", everybody["surname"], (everybody["surname"],), frequencies, given_norm, surname_norm
        ),
    }


SYLLABLE_SHARE = 0.7
"""Share of the syllables of transcribed names that are written with the characters usual in transcriptions."""


def syllable_role(frequencies: NameFrequencies, usual: Mapping[str, float]) -> RoleModel:
    """Tabulate the syllables of transcribed names: writers prefer the characters of transcriptions (尔, 提, 买).

    Parameters
    ----------
    frequencies : NameFrequencies
        The population, for the other characters.
    usual : mapping of str to float
        Shares of the characters of transcriptions; sums to 1.
    """
    mixed = {
        character: (1.0 - SYLLABLE_SHARE) * frequencies.given.get(character, 0.0)
        + SYLLABLE_SHARE * (1.0 - frequencies.reserved_characters) * usual.get(character, 0.0)
        for character in dict.fromkeys((*frequencies.given, *usual))
    }
    population = replace(frequencies, given=mixed, given_strata=(), whole={})
    everybody = _stratum("syllable", {c: population.given_character(c) for c in mixed}, 1.0)
    norm = _by_sound(everybody.shares, "syllable")[1]
    return RoleModel("syllable", everybody, (everybody,), population, norm, norm)


def _stratum(role: Role, shares: Mapping[str, float], mass: float, weight: float = 1.0) -> Stratum:
    sounding, _ = _by_sound(shares, role)
    inside = sum(shares.values())
    return Stratum(weight, shares, inside, mass - inside, sounding, max(0.0, inside - float(sounding.sum())))


def _by_sound(shares: Mapping[str, float], role: Role) -> tuple[Float64, Float64]:
    """Return the sum of shares, and of shares ** 0.7, by reading, each of shape (S, TONES)."""
    sounding = np.zeros((syllable_count(), TONES))
    norm = np.zeros_like(sounding)
    for character, share in shares.items():
        for reading in surname_readings(character)[0] if role == "surname" else readings(character):
            sounding[reading.syllable_code, reading.tone] += share * reading.weight
            norm[reading.syllable_code, reading.tone] += _power(share) * reading.weight
    return sounding, norm


def _power(frequency: float) -> float:
    return float(frequency**FREQUENCY_EXPONENT)


def _part(frequency: float, weight: float, norm: float) -> float:
    """Return the part of a sound's spellings that one character takes; a character new to the table adds itself."""
    part = _power(frequency) * weight
    return part / max(norm, part) if part else 0.0


@lru_cache(maxsize=8192)
def copied(token: Token, habits: WritingHabits) -> Mapping[str, float]:
    """Return P(token | true character) by sight: the true characters for which this is not from hearing."""
    if token.cantonese:
        return {character: share * (1.0 - habits.noise) for character, share in hong_kong(token.cantonese)}
    if not token.character:
        return {}
    found = {token.character: habits.same}
    for other, kind, share in similar_characters(token.character):
        found[other] = found.get(other, 0.0) + share * (habits.variant if kind == "variant" else habits.shape)
    return found
