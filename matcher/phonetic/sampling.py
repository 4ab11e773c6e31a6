"""Draw names by frequency, and write them down as a station would after hearing them: for synthetic populations.

Every function takes its own generator; nothing here is used in matching.
"""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

from matcher.phonetic.confusion import SPEECH_REGIONS, confusion, region_prior
from matcher.phonetic.emission import FREQUENCY_EXPONENT
from matcher.phonetic.frequencies import cold_start, compound_surnames
from matcher.phonetic.readings import readings, surname_readings
from matcher.phonetic.syllables import syllable_count
from matcher.types import Sex

Float64 = NDArray[np.float64]

HEARD_SHARE = 0.8
"""Share of characters that the clerk takes from the sound rather than knowing them."""

TONE_KEPT = 0.7
"""As measured on real pairs of wrong and right characters of one syllable (METHOD.md)."""


def draw_surname(rng: np.random.Generator) -> str:
    """Draw a surname by its frequency in the general population."""
    names, shares = _surnames()
    return names[int(rng.choice(len(names), p=shares))]


def draw_given_name(rng: np.random.Generator, sex: Sex | None = None) -> str:
    """Draw a given name: its length, then its characters, by frequency (independent of each other)."""
    lengths = np.array(cold_start().given_lengths)
    characters, shares = _given(sex)
    count = int(rng.choice([1, 2, 3], p=lengths / lengths.sum()))
    return "".join(characters[int(index)] for index in rng.choice(len(characters), size=count, p=shares))


def draw_name(rng: np.random.Generator) -> str:
    """Draw a full name."""
    return draw_surname(rng) + draw_given_name(rng)


def mishear(rng: np.random.Generator, name: str, region: str | None = None) -> str:
    """Write a name as a clerk does who hears it from a speaker of a region.

    Each character is either known to the clerk, or heard through the confusion matrix of one region (drawn from the
    prior when None) and written with a character of that sound, the commoner the likelier.

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of all randomness.
    name : str
        Surname and given name in simplified characters.
    region : str or None
        One of `matcher.phonetic.confusion.SPEECH_REGIONS`; None = unknown.
    """
    matrix = confusion(region if region is not None else _draw_region(rng))
    split = 2 if name[:2] in compound_surnames() else 1
    written = []
    for position, character in enumerate(name):
        in_surname = position < split
        if rng.random() >= HEARD_SHARE:
            written.append(character)
        else:
            written.append(_heard(rng, character, matrix, in_surname=in_surname and split == 1))
    return "".join(written)


def _heard(rng: np.random.Generator, character: str, matrix: Float64, *, in_surname: bool) -> str:
    options = surname_readings(character)[0] if in_surname else readings(character)
    if not options:
        return character
    reading = options[int(rng.choice(len(options), p=[option.weight for option in options]))]
    syllable = int(rng.choice(syllable_count(), p=matrix[reading.syllable_code]))
    tone = reading.tone if rng.random() < TONE_KEPT else int(rng.integers(1, 5))
    for key in ((syllable, tone), (syllable, reading.tone), (syllable, 0)):
        candidates, shares = _spellings(in_surname=in_surname).get(key, ((), None))
        if candidates:
            return candidates[int(rng.choice(len(candidates), p=shares))]
    return character


def _draw_region(rng: np.random.Generator) -> str:
    return SPEECH_REGIONS[int(rng.choice(len(SPEECH_REGIONS), p=region_prior(None)))]


Spellings = dict[tuple[int, int], tuple[tuple[str, ...], Float64]]


@cache
def _spellings(*, in_surname: bool) -> Spellings:
    """Map (syllable, tone), and (syllable, 0) for any tone, to characters with that sound and their shares."""
    frequencies = cold_start().surnames if in_surname else cold_start().given
    weights: dict[tuple[int, int], dict[str, float]] = {}
    for character, frequency in frequencies.items():
        if len(character) > 1:
            continue
        options = surname_readings(character)[0] if in_surname else readings(character)
        for option in options:
            for tone in (option.tone, 0):
                row = weights.setdefault((option.syllable_code, tone), {})
                row[character] = row.get(character, 0.0) + frequency**FREQUENCY_EXPONENT * option.weight
    return {key: (tuple(row), _normalised(list(row.values()))) for key, row in weights.items()}


@cache
def _surnames() -> tuple[tuple[str, ...], Float64]:
    table = cold_start().surnames
    return tuple(table), _normalised(list(table.values()))


@cache
def _given(sex: Sex | None) -> tuple[tuple[str, ...], Float64]:
    table = cold_start(sex).given
    return tuple(table), _normalised(list(table.values()))


def _normalised(weights: list[float]) -> Float64:
    array = np.array(weights)
    return np.asarray(array / array.sum())
