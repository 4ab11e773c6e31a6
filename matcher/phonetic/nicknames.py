"""Nicknames in a gallery: 小峰, 平子 and 芳芳 tell one character of a given name, and no name in full.

Taken for a surname and a given name, 平子 would be so rare that any second 平子 looked like the same person. A written
nickname w is what its bearer may be called: LR = sum over true names c of P(c | w) P(o | c) / P(o), which is the mean
over the given names that have the character at some place, with any surname - or over all names of one surname (小王),
or that of the name as written (a given name 小峰), each as probable as the ways of `productions` make it.

A person mostly keeps one nickname. Of an observed nickname, the part that `P(o | c)` would draw anew is with
probability `KEPT` the very nickname w. Over all nicknames that people have, drawn as `productions` says, this leaves
the mean LR as it is, 1.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeGuard

import numpy as np
from numpy.typing import NDArray

from matcher.phonetic.affixes import IS_PREFIX, SHARES, heard_affixes
from matcher.phonetic.emission import ANY
from matcher.phonetic.frequencies import NameFrequencies
from matcher.phonetic.grouped import Laid, appended
from matcher.phonetic.name_query import LENGTHS, NameQuery, tabulated, token_table
from matcher.phonetic.name_table import GalleryName, NameTable, TrueName, true_name_at
from matcher.phonetic.productions import AFFIXES, PREFIXES, RATES, SUFFIXES, affixed_alone, stems, usual
from matcher.phonetic.slots import SOUND_MARK
from matcher.phonetic.written import Form

Float64 = NDArray[np.float64]

KEPT = 0.8
"""How often a person who goes by a nickname, and is recorded by one again, is recorded by the same; a judgement."""

LEAST_LENGTH = 0.01
"""Given names of a length that fewer people have (three characters) are not asked for."""

Places = tuple[int | None, ...]

DOUBLED = len(AFFIXES)
"""Stands for "the character twice" where affixes are numbered."""


@dataclass(frozen=True, slots=True)
class Nicknames:
    """The K names of a gallery that may be nicknames, and what their bearers may be called.

    Parameters
    ----------
    rows : ndarray of int64, shape (K,)
        Place of each in the gallery's names.
    as_written : ndarray of float64, shape (K,)
        Probability that it is a name as written.
    reading_of : ndarray of int64, shape (K, P)
        Names, known in part, that it may stand for: their place in the table, where they follow the gallery's own.
    weights : ndarray of float64, shape (K, P)
        Their probabilities, given that it is a nickname.
    stems : ndarray of int64, shape (K,)
        The character that is told, in the given-name slot of the table.
    affixes : ndarray of int64, shape (K,)
        Place in `AFFIXES`, or `DOUBLED`.
    of_given : ndarray of float64, shape (K,)
        Probability that the character is of the given name, given that it is a nickname.
    """

    rows: NDArray[np.int64]
    as_written: Float64
    reading_of: NDArray[np.int64]
    weights: Float64
    stems: NDArray[np.int64]
    affixes: NDArray[np.int64]
    of_given: Float64

    def __len__(self) -> int:
        """Count the nicknames."""
        return len(self.rows)

    def put_right(self, ratios: Float64, kept: Float64) -> None:
        """Replace the LRs of names that may be nicknames by those of what their bearers may be called.

        Parameters
        ----------
        ratios : ndarray of float64, shape (N,)
            LR of each name of the table, those known in part included.
        kept : ndarray of float64, shape (K,)
            What `kept_nicknames` adds.
        """
        called = np.einsum("kp,kp->k", ratios[self.reading_of], self.weights) + kept
        ratios[self.rows] = self.as_written * ratios[self.rows] + (1.0 - self.as_written) * called


@dataclass(frozen=True, slots=True)
class _Nickname:
    row: int
    stem: str
    affix: int
    as_written: float
    of_given: float


def with_nicknames(values: Sequence[str], laid_out: Laid, frequencies: NameFrequencies) -> tuple[Laid, Nicknames]:
    """Find the nicknames among a gallery's names, and put what they may stand for behind these.

    Parameters
    ----------
    values : sequence of str
        Canonical names, those known by sound alone with `SOUND_MARK` behind.
    laid_out : (NameTable, Grouped)
        The same names, taken apart and laid out.
    frequencies : NameFrequencies
        The population.
    """
    found = _found(values, laid_out[0], frequencies)
    of_given = np.array([one.of_given for one in found])
    stems_of = {stem: number for number, stem in enumerate(dict.fromkeys(one.stem for one in found))}
    chances, patterns = _patterns(frequencies)
    names = [_as_given(stem, places) for stem in stems_of for places in patterns]
    with_surname = dict.fromkeys(one.stem for one in found if one.of_given < 1.0)
    surnames = {stem: len(names) + number for number, stem in enumerate(with_surname)}
    names += [TrueName((stem,), ()) for stem in surnames]
    first = np.array([stems_of[one.stem] for one in found], np.int64) * len(patterns)
    of_surname = np.array([surnames.get(one.stem, 0) for one in found], np.int64)
    table, groups = appended(laid_out, names)
    return (table, groups), Nicknames(
        rows=np.array([one.row for one in found], np.int64),
        as_written=np.array([one.as_written for one in found]),
        reading_of=len(values) + np.column_stack([of_surname, first[:, None] + np.arange(len(patterns))]),
        weights=np.column_stack([1.0 - of_given, of_given[:, None] * chances]),
        stems=np.array([table.given_slot.codes[one.stem] for one in found], np.int64),
        affixes=np.array([one.affix for one in found], np.int64),
        of_given=of_given,
    )


def _found(values: Sequence[str], table: NameTable, frequencies: NameFrequencies) -> list[_Nickname]:
    """Find names of two elements that an affix, or one element twice, makes what may be nicknames."""
    surname_lengths, given_lengths = ((parts >= 0).sum(axis=1) for parts in (table.surnames, table.givens))
    surname_lengths[0] = 0
    known = table.surname_of >= 0
    given = np.where(known, given_lengths[table.given_of], 0)
    rows = np.flatnonzero((given > 0) & (given + surname_lengths[table.surname_of] == 2))
    found = []
    for row in rows.tolist():
        value = values[row]
        if (len(value) == 2 or value[2:] == SOUND_MARK) and _affix_of(value) is not None:
            name = true_name_at(table, row)
            if _may_be_nickname(name):
                found.append(_weighed(row, value[:2], name, frequencies))
    return found


def _patterns(frequencies: NameFrequencies) -> tuple[Float64, list[Places]]:
    """List where one character may stand in a given name, with probabilities."""
    lengths = {n: share for n, share in zip(LENGTHS, frequencies.given_lengths, strict=True) if share >= LEAST_LENGTH}
    every = [(share * chance, places) for n, share in lengths.items() for chance, places in stems(0, n)]
    chances = np.array([chance for chance, _ in every])
    return chances / chances.sum(), [places for _, places in every]


def _as_given(stem: str, places: Places) -> TrueName:
    return TrueName((), tuple(ANY if place is None else stem for place in places))


def kept_nicknames(query: NameQuery, table: NameTable, nicknames: Nicknames) -> Float64:
    """Return what `KEPT` adds to the LR of each nickname, shape (K,).

    (P(o, a nickname | the same one) - P(o, a nickname | one drawn anew)) / P(o), by the probabilities of both being so.
    """
    stem_again = _stem_again(query.model.frequencies)
    makes = np.array([_habit(affix) for affix in range(DOUBLED + 1)])
    difference = np.zeros(len(nicknames))
    for form in query.written.forms:
        for habits, token in _as_nickname(query, form):
            told = token_table(query, form.tokens[token], table.given_slot)[nicknames.stems] @ query.region_weights
            anew = habits.sum() * (stem_again * told + (1.0 - stem_again) * _anybodys(query, form, token))
            again = (habits / makes * makes.sum())[nicknames.affixes] * told
            difference += form.prior * RATES.surname_missing * (again - anew)
    return difference * nicknames.of_given * (KEPT / query.evidence)


def told_character(text: str, name: GalleryName | None, frequencies: NameFrequencies) -> str:
    """Return the character of the given name that a canonical name tells if it is a nickname; mostly empty.

    >>> from matcher.phonetic.frequencies import cold_start
    >>> told_character("平子", TrueName(("平",), ("子",)), cold_start())
    '平'
    """
    if len(text) != 2 or _affix_of(text) is None or not _may_be_nickname(name):
        return ""
    nickname = _weighed(0, text, name, frequencies)
    return nickname.stem if (1.0 - nickname.as_written) * nickname.of_given > 0.5 else ""


def _may_be_nickname(name: GalleryName | None) -> TypeGuard[TrueName]:
    return isinstance(name, TrueName) and bool(name.given) and len(name.surname + name.given) == 2


def _affix_of(text: str) -> tuple[int, int] | None:
    """Return the affix, by number, and the place of the character that is told."""
    if text[0] in PREFIXES:
        return AFFIXES.index(text[0]), 1
    if text[1] in SUFFIXES:
        return AFFIXES.index(text[1]), 0
    return (DOUBLED, 0) if text[0] == text[1] else None


def _weighed(row: int, text: str, name: TrueName, frequencies: NameFrequencies) -> _Nickname:
    """Weigh the readings of what may be a nickname by how often people are recorded so."""
    affix, place = _affix_of(text) or (DOUBLED, 0)
    told = text[place]
    if name.surname:
        as_written = RATES.surname_first * usual(alone=False) * frequencies.given_lengths[0]
        as_written *= frequencies.surname(text[0]) * frequencies.given_character(text[1])
    else:
        pairs = frequencies.whole.get(text, 0.0) + frequencies.pair(text) * (1.0 - sum(frequencies.whole.values()))
        as_written = RATES.surname_missing * usual(alone=True) * frequencies.given_lengths[1] * pairs
    of_given = RATES.surname_missing * _habit(affix) * frequencies.given_character(told)
    of_surname = 0.0
    if affix != DOUBLED:
        turned = 1.0 if IS_PREFIX[affix] else RATES.surname_first
        of_surname = RATES.affixed * 0.4 * SHARES[affix] * turned * frequencies.surnames.get(told, 0.0)
    nickname = of_given + of_surname
    return _Nickname(
        row=row,
        stem=(*name.surname, *name.given)[place],
        affix=affix,
        as_written=as_written / (as_written + nickname),
        of_given=of_given / nickname,
    )


def _habit(affix: int) -> float:
    """Return P(a nickname of this make | no surname is told)."""
    return affixed_alone(doubled=True) if affix == DOUBLED else affixed_alone() * float(SHARES[affix])


def _as_nickname(query: NameQuery, form: Form) -> Iterator[tuple[Float64, int]]:
    """Yield the ways to read a form as a nickname told alone.

    Each is P(make of nickname) x P(token | its affix) over `AFFIXES` and `DOUBLED`, with the token of the character.
    """
    if len(form.tokens) != 2 or form.surname_only:
        return
    for kind, place in ((IS_PREFIX, 0), (~IS_PREFIX, 1)):
        heard = heard_affixes(
            query.model, form.tokens[place], query.region_weights, sound_only=query.written.sound_only
        )
        if heard[kind].any():
            yield np.append(np.where(kind, heard, 0.0) * affixed_alone(), 0.0), 1 - place
    if form.tokens[0] == form.tokens[1] and form.tokens[0].character != ANY:
        yield np.append(np.zeros(len(AFFIXES)), affixed_alone(doubled=True)), 0


def _anybodys(query: NameQuery, form: Form, token: int) -> float:
    """Return P(token | a character of anybody's given name)."""
    strata = np.array([part.weight for part in query.model.roles["given"].strata])
    background = tabulated(query, form.tokens[token], "given").background
    return float(strata @ background @ query.region_weights)


def _stem_again(frequencies: NameFrequencies) -> float:
    """Return the probability that two nicknames of one person are made of the character at the same place."""
    return sum(
        share * sum(chance**2 for chance, _ in stems(0, length))
        for length, share in zip(LENGTHS, frequencies.given_lengths, strict=True)
    )
