"""The distinct names of a gallery, taken apart once: surnames, given names, and the characters both are made of."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from matcher.phonetic.elements import elements_of, lexical_forms
from matcher.phonetic.emission import ANY, Role
from matcher.phonetic.frequencies import cold_start, compound_surnames
from matcher.phonetic.normalise import SEPARATOR, is_han, normalise
from matcher.phonetic.placeholders import placeholder_words
from matcher.phonetic.readings import readings, surname_readings
from matcher.phonetic.slots import SOUND_MARK, Slot, build_slot
from matcher.phonetic.syllables import text_of
from matcher.phonetic.transcribed import TranscribedTable, rows_of
from matcher.phonetic.written import WrittenName, titles, understand

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


@dataclass(frozen=True, slots=True)
class TranscribedName:
    """A gallery name of another language, transcribed syllable by syllable.

    Parameters
    ----------
    elements : tuple of str
        One or two.
    dotted : bool
        A dot stands between them.
    """

    elements: tuple[str, ...]
    dotted: bool = False


GalleryName = TrueName | TranscribedName


def true_name(written: WrittenName) -> GalleryName | None:
    """Take a gallery name apart; None when nothing in it can be compared.

    >>> true_name(understand("欧阳洪芝")), true_name(understand("美清"))
    (TrueName(surname=('欧', '阳'), given=('洪', '芝')), TrueName(surname=(), given=('美', '清')))
    """
    if not written.forms:
        return None
    form = max(written.forms, key=lambda item: item.prior)
    transcribed = _transcribed(written)
    if transcribed is not None:
        return transcribed
    if re.fullmatch("老.", written.canonical) and cold_start().surname(written.canonical[1]) >= _SURNAME_SHARE:
        return TrueName((written.canonical[1],), ())
    elements = tuple(_element(token.character, token.sounds) for token in form.tokens)
    if written.sound_only:
        elements = tuple(_sound_of(element, is_first=index == 0) for index, element in enumerate(elements))
    characters = "".join(token.character for token in form.tokens)
    split = _surname_length(characters, sounds=not characters, count=len(elements), withheld=form.surname_only)
    surname, given = elements[:split], elements[split:]
    return TrueName(surname, given) if len(given) <= MAX_GIVEN else None


_SURNAME_SHARE = 0.002
"""A name of two characters that begins with a surname at least this common is Han, whatever else it may be."""


def _transcribed(written: WrittenName) -> TranscribedName | None:
    name = written.canonical
    if written.sound_only or (name[:2] in compound_surnames() and len(name) < 5 and name not in lexical_forms()):
        return None
    if (len(name) == 2 and cold_start().surname(name[0]) >= _SURNAME_SHARE) or len(written.forms) > 1:
        return None
    if len(name) > 3 and not all(is_han(character) or character == SEPARATOR for character in name):
        return None
    elements = elements_of(name, SEPARATOR)
    return TranscribedName(elements, SEPARATOR in name) if elements is not None else None


def true_name_of(text: str) -> GalleryName | None:
    """Take a gallery name apart as `true_name(understand(text))` does, the ordinary ones by a short way.

    >>> true_name_of("王山江")
    TrueName(surname=('王',), given=('山', '江'))
    """
    if 2 <= len(text) <= 4 and ordinary_characters().issuperset(text) and text[:2] not in UNUSUAL_STARTS:
        compound = text[:2] in compound_surnames()
        if not (compound and len(text) == 2) and (len(text) < 4 or compound) and text not in special_words():
            split = 2 if compound else _surname_length(text, sounds=False, count=len(text), withheld=False)
            return TrueName(tuple(text[:split]), tuple(text[split:]))
    return true_name(understand(text))


# Characters and beginnings that marks, labels, titles, placeholders and withheld names are made of.
_UNUSUAL = frozenset("某氏无不未没姓身男女自疑暂临号床室老小阿叫化绰外又曾名别乳谐同音")
UNUSUAL_STARTS = frozenset(
    ("救助", "受助", "求助", "流浪", "乞讨", "滞留", "走失", "寻亲", "待查", "智障", "聋哑", "精神", "弃婴", "孤儿")
) | frozenset(("站内", "托养", "安置", "佚名"))


@cache
def ordinary_characters() -> frozenset[str]:
    """Characters of the frequency tables that are their own canonical form and end no title."""
    known = {*cold_start().given, *"".join(cold_start().surnames)}
    last = {title[-1] for title in titles()}
    return frozenset(c for c in known - _UNUSUAL - last if is_han(c) and normalise(c) == c)


@cache
def special_words() -> frozenset[str]:
    """Placeholders, and elements of transcribed names."""
    return frozenset((*placeholder_words(), *lexical_forms()))


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


def _element(character: str, sounds: Sequence[tuple[int, int, float]]) -> str:
    if character:
        return character
    if not sounds:
        return ANY  # spelt in Cantonese: its Mandarin sound is not known
    return SOUND_MARK + text_of(max(sounds, key=lambda item: item[2])[0]).replace("ü", "v")


def _sound_of(element: str, *, is_first: bool) -> str:
    if element.startswith(SOUND_MARK) or element == ANY:
        return element
    options = surname_readings(element)[0] if is_first else readings(element)
    return SOUND_MARK + text_of(options[0].syllable_code).replace("ü", "v") if options else ANY


def transcribed_table(names: Sequence[tuple[int, TranscribedName]]) -> TranscribedTable:
    """Number the distinct elements of transcribed names, given with their rows."""
    numbers = {element: n for n, element in enumerate(dict.fromkeys(e for _, name in names for e in name.elements))}
    slot = build_slot("syllable", (character for element in numbers for character in element))
    codes, starts = rows_of([[slot.codes[character] for character in element] for element in numbers])
    return TranscribedTable(
        slot=slot,
        rows=np.array([row for row, _ in names], np.int64),
        elements=tuple(numbers),
        codes=codes,
        starts=starts,
        first=np.array([numbers[name.elements[0]] for _, name in names], np.int64),
        second=np.array([numbers[name.elements[1]] if len(name.elements) > 1 else -1 for _, name in names], np.int64),
        dotted=np.array([name.dotted for _, name in names], np.bool_),
    )


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
        Surname and given name of each name of the Han form; -1 for others.
    transcribed : TranscribedTable
        The transcribed names.
    """

    surname_slot: Slot
    given_slot: Slot
    surnames: NDArray[np.int32]
    givens: NDArray[np.int32]
    surname_of: NDArray[np.int32]
    given_of: NDArray[np.int32]
    transcribed: TranscribedTable

    def __len__(self) -> int:
        """Count the distinct names."""
        return int(self.surname_of.shape[0])


def true_name_at(table: NameTable, row: int) -> TrueName | None:
    """Put a name of a table together again; None when it is not of the Han form."""
    number = int(table.surname_of[row])
    if number < 0:
        return None
    surname = table.surnames[number] if number else ()
    given = table.givens[table.given_of[row]]
    return TrueName(
        tuple(table.surname_slot.elements[code] for code in surname if code >= 0),
        tuple(table.given_slot.elements[code] for code in given if code >= 0),
    )


@dataclass(frozen=True, slots=True)
class NameRows:
    """Names as rows of element numbers; -1 = no element.

    Parameters
    ----------
    surnames : ndarray of int32, shape (N, 2)
        Elements of each surname; a row without any = the surname is not known.
    givens : ndarray of int32, shape (N, 3)
        Elements of each given name; a row without any = the given name is not known.
    elements : sequence of str
        By number; none twice.
    transcribed : sequence of (int, TranscribedName)
        Names of that kind, with their row.
    """

    surnames: NDArray[np.int32]
    givens: NDArray[np.int32]
    elements: Sequence[str]
    transcribed: Sequence[tuple[int, TranscribedName]]


def build_name_table(names: Iterable[GalleryName | None]) -> NameTable:
    """Take apart names, in the order given."""
    numbers: dict[str, int] = {}
    surnames: list[tuple[int, ...]] = []
    givens: list[tuple[int, ...]] = []
    others: list[tuple[int, TranscribedName]] = []
    for row, name in enumerate(names):
        if isinstance(name, TranscribedName):
            others.append((row, name))
        parts = (name.surname, name.given) if isinstance(name, TrueName) else ((), ())
        for rows, part, size in ((surnames, parts[0], 2), (givens, parts[1], MAX_GIVEN)):
            rows.append(padded([numbers.setdefault(e, len(numbers)) for e in part], size))
    both = np.array(surnames, np.int32).reshape(-1, 2), np.array(givens, np.int32).reshape(-1, MAX_GIVEN)
    return table_of_rows(NameRows(*both, tuple(numbers), others))


def table_of_one(name: TrueName) -> NameTable:
    """Do as `build_name_table` for one name of the Han form, without sorting: words compare names pair by pair."""
    surname_slot, surname = _coded("surname", name.surname, 2)
    given_slot, given = _coded("given", name.given, MAX_GIVEN)
    surnames = [(0, -1)] if surname[0] <= 0 > surname[1] else [(0, -1), surname]
    givens = [(-1,) * MAX_GIVEN, given] if name.given else [given]
    return NameTable(
        surname_slot=surname_slot,
        given_slot=given_slot,
        surnames=np.array(surnames, np.int32),
        givens=np.array(givens, np.int32),
        surname_of=np.array([len(surnames) - 1], np.int32),
        given_of=np.array([len(givens) - 1], np.int32),
        transcribed=_no_transcribed(),
    )


def _coded(role: Role, part: tuple[str, ...], size: int) -> tuple[Slot, tuple[int, ...]]:
    slot = build_slot(role, sorted(set(part)))
    return slot, padded([slot.codes[element] for element in part], size)


@cache
def _no_transcribed() -> TranscribedTable:
    return transcribed_table(())


def table_of_rows(rows: NameRows) -> NameTable:
    """Number distinct surnames and given names; both in the order of their text, what is not known first."""
    own = rows.elements
    by_text = sorted(range(len(own)), key=lambda number: (own[number] != ANY, own[number]))
    place = np.full(len(by_text) + 1, -1, np.int32)  # the last one is for -1
    place[by_text] = np.arange(len(by_text), dtype=np.int32)
    elements = [own[number] for number in by_text]
    if ANY not in own:
        elements, place = [ANY, *elements], np.where(place >= 0, place + 1, -1).astype(np.int32)
    surnames, givens = place[rows.surnames], place[rows.givens]
    known = (surnames[:, 0] >= 0) | (givens[:, 0] >= 0)
    surnames[known & (surnames[:, 0] < 0), 0] = 0
    surname_slot, surname_rows, surname_of = _numbered(surnames, known, elements, [0, -1])
    given_slot, given_rows, given_of = _numbered(givens, known, elements, [-1] * MAX_GIVEN)
    return NameTable(
        surname_slot=build_slot("surname", surname_slot),
        given_slot=build_slot("given", given_slot),
        surnames=surname_rows,
        givens=given_rows,
        surname_of=surname_of,
        given_of=given_of,
        transcribed=transcribed_table(rows.transcribed),
    )


def _numbered(
    rows: NDArray[np.int32], known: NDArray[np.bool_], elements: Sequence[str], unknown: list[int]
) -> tuple[list[str], NDArray[np.int32], NDArray[np.int32]]:
    """Return the elements that occur, the distinct rows in codes of these (the unknown one first), and who has which.

    A row of three elements is sorted as one number: elements are far fewer than 2 ** 21.
    """
    every = np.concatenate([[unknown], rows[known]]).astype(np.int64)
    packed = np.zeros(len(every), np.int64)
    for column in every.T:
        packed = (packed << 21) | (column + 1)
    _, first, number = np.unique(packed, return_index=True, return_inverse=True)
    distinct = every[first]
    used = np.unique(np.concatenate([[0], distinct.ravel()]))
    used = used[used >= 0]
    codes = np.searchsorted(used, distinct)
    which = np.full(len(rows), -1, np.int32)
    which[known] = number[1:]
    return (
        [elements[int(code)] for code in used],
        np.where(distinct >= 0, codes, -1).astype(np.int32),
        which,
    )


def name_table_of(texts: Iterable[str]) -> NameTable:
    """Take apart names as written."""
    return build_name_table(true_name_of(text) for text in texts)


def padded(codes: list[int], length: int) -> tuple[int, ...]:
    """Fill up a row of codes with -1."""
    return (*codes, *([-1] * (length - len(codes))))
