"""The distinct names of a gallery, taken apart once: surnames, given names, and the characters both are made of."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from matcher.phonetic.emission import ANY, Role
from matcher.phonetic.frequencies import cold_start, compound_surnames
from matcher.phonetic.readings import MAX_READINGS, Reading, readings, surname_readings
from matcher.phonetic.syllables import code_of, text_of
from matcher.phonetic.written import WrittenName, understand

SOUND_MARK = "~"
"""First sign of an element that is known by sound alone: `~wang`."""

MAX_GIVEN = 3


@dataclass(frozen=True, slots=True)
class TrueName:
    """A gallery name as the model takes it.

    Parameters
    ----------
    surname : tuple of str
        One element, two for a compound surname, none when the surname is not known.
    given : tuple of str
        One to three elements; none when the given name is not known. An element is a Han character, `□` for one that
        cannot be read, or `~` with a toneless syllable.
    """

    surname: tuple[str, ...]
    given: tuple[str, ...]


def true_name(written: WrittenName) -> TrueName | None:
    """Take a gallery name apart; None when it is no name of the Han form (transcribed names have another model).

    >>> true_name(understand("欧阳洪芝")), true_name(understand("美清"))
    (TrueName(surname=('欧', '阳'), given=('洪', '芝')), TrueName(surname=(), given=('美', '清')))
    """
    if not written.forms:
        return None
    form = max(written.forms, key=lambda item: item.prior)
    elements = tuple(_element(index, token.character, token.sounds) for index, token in enumerate(form.tokens))
    if written.sound_only:
        elements = tuple(_sound_of(element, is_first=index == 0) for index, element in enumerate(elements))
    characters = "".join(token.character for token in form.tokens)
    split = _surname_length(characters, sounds=not characters, count=len(elements), withheld=form.surname_only)
    surname, given = elements[:split], elements[split:]
    return TrueName(surname, given) if len(given) <= MAX_GIVEN else None


def _surname_length(characters: str, *, sounds: bool, count: int, withheld: bool) -> int:
    if withheld:
        return count
    if sounds:
        return 1 if count > 1 else 0
    if characters[:2] in compound_surnames():
        return 2
    listed = characters[0] in cold_start().surnames
    if count == 1:
        return 1 if listed and cold_start().surname(characters) > cold_start().given_character(characters) else 0
    # 美清 without a surname is commoner than a person named 美; in three characters the first is one all the same.
    return 1 if listed or count > 2 or characters[0] == ANY else 0


def _element(index: int, character: str, sounds: Sequence[tuple[int, int, float]]) -> str:
    if character:
        return character
    del index
    return SOUND_MARK + text_of(max(sounds, key=lambda item: item[2])[0]).replace("ü", "v")


def _sound_of(element: str, *, is_first: bool) -> str:
    if element.startswith(SOUND_MARK) or element == ANY:
        return element
    options = surname_readings(element)[0] if is_first else readings(element)
    return SOUND_MARK + text_of(options[0].syllable_code).replace("ü", "v") if options else ANY


@dataclass(slots=True)
class Slot:
    """The distinct elements that stand in one slot of a gallery's names; position 0 is the unknown element.

    Parameters
    ----------
    role : {"surname", "given"}
        Slot of the name.
    elements : list of str
        Distinct elements by code.
    """

    role: Role
    elements: list[str] = field(default_factory=lambda: [ANY])
    _codes: dict[str, int] = field(default_factory=lambda: {ANY: 0}, repr=False)

    def intern(self, element: str) -> int:
        """Return the code of an element, appending it when new."""
        code = self._codes.setdefault(element, len(self.elements))
        if code == len(self.elements):
            self.elements.append(element)
        return code

    def find(self, element: str) -> int | None:
        """Return the code of an element, None when no name of the gallery has it."""
        return self._codes.get(element)

    def reading_arrays(self, start: int = 0) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.float64]]:
        """Return syllable codes, tones and weights of all elements from `start`, each of shape (V, MAX_READINGS)."""
        count = len(self.elements) - start
        codes = np.zeros((count, MAX_READINGS), np.int32)
        tones = np.zeros((count, MAX_READINGS), np.int32)
        weights = np.zeros((count, MAX_READINGS))
        for row, element in enumerate(self.elements[start:]):
            for column, reading in enumerate(self._readings(element)):
                codes[row, column], tones[row, column] = reading.syllable_code, reading.tone
                weights[row, column] = reading.weight
        return codes, tones, weights

    def _readings(self, element: str) -> tuple[Reading, ...]:
        if element == ANY:
            return ()
        if element.startswith(SOUND_MARK):
            return (Reading(code_of(element[1:]), 0, 1.0),)
        return surname_readings(element)[0] if self.role == "surname" else readings(element)


@dataclass(frozen=True, slots=True)
class NameTable:
    """Distinct names as codes.

    Parameters
    ----------
    surname_slot, given_slot : Slot
        Elements of each slot.
    surnames : ndarray of int32, shape (A, 2)
        Distinct surnames as codes in `surname_slot`; -1 = no second character; row 0 = surname not known (0, -1).
    givens : ndarray of int32, shape (B, 3)
        Distinct given names as codes in `given_slot`, padded with -1; row 0 = given name not known.
    surname_of, given_of : ndarray of int32, shape (N,)
        Surname and given name of each name; -1 where the model has no say about the name.
    """

    surname_slot: Slot
    given_slot: Slot
    surnames: NDArray[np.int32]
    givens: NDArray[np.int32]
    surname_of: NDArray[np.int32]
    given_of: NDArray[np.int32]

    def __len__(self) -> int:
        """Count the distinct names."""
        return int(self.surname_of.shape[0])


def build_name_table(names: Iterable[TrueName | None]) -> NameTable:
    """Take apart names, in the order given."""
    slots = Slot("surname"), Slot("given")
    surnames: dict[tuple[int, ...], int] = {(0, -1): 0}
    givens: dict[tuple[int, ...], int] = {(-1, -1, -1): 0}
    pairs: list[tuple[int, int]] = []
    for name in names:
        if name is None or not (name.surname or name.given):
            pairs.append((-1, -1))
            continue
        surname = _padded([slots[0].intern(element) for element in name.surname] or [0], 2)
        given = _padded([slots[1].intern(element) for element in name.given], MAX_GIVEN)
        pairs.append((surnames.setdefault(surname, len(surnames)), givens.setdefault(given, len(givens))))
    both = np.array(pairs, np.int32).reshape(-1, 2)
    return NameTable(
        *slots,
        surnames=np.array(list(surnames), np.int32).reshape(-1, 2),
        givens=np.array(list(givens), np.int32).reshape(-1, MAX_GIVEN),
        surname_of=np.ascontiguousarray(both[:, 0]),
        given_of=np.ascontiguousarray(both[:, 1]),
    )


def name_table_of(texts: Iterable[str]) -> NameTable:
    """Take apart names as written."""
    return build_name_table(true_name(understand(text)) for text in texts)


def _padded(codes: list[int], length: int) -> tuple[int, ...]:
    return (*codes, *([-1] * (length - len(codes))))
