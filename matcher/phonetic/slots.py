"""The distinct elements that stand in one slot of a gallery's names, with their readings."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matcher.phonetic.emission import ANY, Role
from matcher.phonetic.readings import MAX_READINGS, Reading, readings, surname_readings
from matcher.phonetic.syllables import code_of

SOUND_MARK = "~"
"""First sign of an element that is known by sound alone: `~wang`."""


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class Slot:
    """The distinct elements that stand in one slot of a gallery's names; position 0 is the unknown element.

    Two slots are never equal, so that what was computed for one can be kept with it.

    Parameters
    ----------
    role : {"surname", "given", "syllable"}
        Slot of the name.
    elements : tuple of str
        Distinct elements by code; the first is `□`.
    codes : mapping of str to int
        Position of each element.
    syllables, tones : ndarray of int32, shape (V, MAX_READINGS)
        Readings; syllable 0 fills up and has weight 0.
    weights : ndarray of float64, shape (V, MAX_READINGS)
        Probability of each reading; a row of zeros where none is known.
    sound_rows : ndarray of int64, shape (Q,)
        Elements that are known by sound alone.
    sound_codes : ndarray of int32, shape (Q,)
        Their syllables.
    silent_rows : ndarray of int64, shape (?,)
        Characters without a known reading.
    """

    role: Role
    elements: tuple[str, ...]
    codes: Mapping[str, int]
    syllables: NDArray[np.int32]
    tones: NDArray[np.int32]
    weights: NDArray[np.float64]
    sound_rows: NDArray[np.int64]
    sound_codes: NDArray[np.int32]
    silent_rows: NDArray[np.int64]

    def __len__(self) -> int:
        """Count the elements, the unknown one included."""
        return len(self.elements)


def build_slot(role: Role, elements: Iterable[str]) -> Slot:
    """Look up the readings of distinct elements; `□` is put first."""
    ordered = tuple(dict.fromkeys((ANY, *elements)))
    syllables = np.zeros((len(ordered), MAX_READINGS), np.int32)
    tones = np.zeros((len(ordered), MAX_READINGS), np.int32)
    weights = np.zeros((len(ordered), MAX_READINGS))
    for row, element in enumerate(ordered):
        for column, reading in enumerate(_readings(role, element)):
            syllables[row, column], tones[row, column] = reading.syllable_code, reading.tone
            weights[row, column] = reading.weight
    sounds = [row for row, element in enumerate(ordered) if element.startswith(SOUND_MARK)]
    silent = np.asarray(~weights.any(axis=1))
    silent[[0, *sounds]] = False
    return Slot(
        role=role,
        elements=ordered,
        codes={element: row for row, element in enumerate(ordered)},
        syllables=syllables,
        tones=tones,
        weights=weights,
        sound_rows=np.array(sounds, np.int64),
        sound_codes=np.array([code_of(ordered[row][1:]) for row in sounds], np.int32),
        silent_rows=np.flatnonzero(silent),
    )


def extended_slot(slot: Slot, elements: Iterable[str]) -> Slot:
    """Put further elements behind those of a slot; what it holds already keeps its code."""
    new = tuple(dict.fromkeys(element for element in elements if element not in slot.codes))
    if not new:
        return slot
    more, count = build_slot(slot.role, new), len(slot)
    return Slot(
        role=slot.role,
        elements=slot.elements + new,
        codes={**slot.codes, **{element: count + number for number, element in enumerate(new)}},
        syllables=np.concatenate([slot.syllables, more.syllables[1:]]),
        tones=np.concatenate([slot.tones, more.tones[1:]]),
        weights=np.concatenate([slot.weights, more.weights[1:]]),
        sound_rows=np.concatenate([slot.sound_rows, more.sound_rows + (count - 1)]),
        sound_codes=np.concatenate([slot.sound_codes, more.sound_codes]),
        silent_rows=np.concatenate([slot.silent_rows, more.silent_rows + (count - 1)]),
    )


def _readings(role: Role, element: str) -> tuple[Reading, ...]:
    if element == ANY or element.startswith(SOUND_MARK):
        return ()
    return surname_readings(element)[0] if role == "surname" else readings(element)
