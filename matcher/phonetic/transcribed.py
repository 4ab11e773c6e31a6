"""Transcribed names (Uyghur, Tibetan, Mongolian, Yi): rows of syllables, compared by alignment.

A transcribed name has one or two elements; writers transcribe each syllable as they hear it, drop or add weak ones,
give one element alone, or turn the two round. P(o | c) sums over all alignments of the syllables (a pair hidden Markov
model).

Such names are built from few recurring elements, so P(o) does not follow from syllable frequencies: the population is a
mixture of names built from the element lexicon (`data/elements.csv`) and of syllables at random.

Source: Durbin et al., Biological Sequence Analysis (1998), section 4.2, for the forward recursion.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from matcher.phonetic.elements import LANGUAGES, Language, character_shares, forms_of, transcription_shares, usual_forms
from matcher.phonetic.slots import Slot

Float64 = NDArray[np.float64]

SHARE = 0.02
"""Share of people with a transcribed name; the census of 2020 counts about 2.5 % in the peoples concerned, some with
Han names."""

FROM_LEXICON = 0.8
"""Share of elements that are in the lexicon; the rest is syllables at random."""

INSERTED, DELETED = 0.03, 0.04
"""Weak syllables added or left out, per syllable."""

UNLISTED_FORMS = 400.0
"""An element outside the lexicon that turns up in a name has at least this frequency among such elements, 1 in 400;
a judgement: no table of them exists, and frequencies of what was never counted must not be claimed to be small."""

USUAL_FORM = 0.35
"""Share of writers who take one of the usual transcriptions of a lexical element instead of spelling by ear."""


@dataclass(frozen=True, slots=True)
class Ways:
    """Shares of the ways in which a name of two elements is given: whole, one alone, turned round."""

    whole: float
    first: float
    second: float
    turned: float


DOTTED = Ways(0.72, 0.20, 0.03, 0.05)
"""Own name and father's name, with a dot: the first is often given alone."""

JOINED = Ways(0.93, 0.03, 0.03, 0.01)
"""Two elements of one name, as in 才让卓玛."""


def forward(emission: Float64, noise: Float64) -> Float64:
    """Return P(observed[:i] | true name) for every i, by the forward recursion.

    Parameters
    ----------
    emission : ndarray of float64, shape (O, C)
        P(observed syllable | true syllable).
    noise : ndarray of float64, shape (O,)
        P(observed syllable | nothing meant).

    Returns
    -------
    ndarray of float64, shape (O + 1,)
        The last column of the recursion.
    """
    observed, true = emission.shape
    table = np.zeros((observed + 1, true + 1))
    table[0, 0] = 1.0
    kept = 1.0 - INSERTED - DELETED
    for i in range(observed + 1):
        for j in range(true + 1):
            if i and j:
                table[i, j] += table[i - 1, j - 1] * kept * emission[i - 1, j - 1]
            if i:
                table[i, j] += table[i - 1, j] * INSERTED * noise[i - 1]
            if j:
                table[i, j] += table[i, j - 1] * DELETED
    return np.asarray(table[:, true])


def prefix_probabilities(emission: Float64, noise: Float64, rows: Rows) -> Float64:
    """Return `forward` for many true names at once, shape (M, O + 1).

    Parameters
    ----------
    emission : ndarray of float64, shape (O, V)
        P(observed syllable | character v).
    noise : ndarray of float64, shape (O,)
        As in `forward`.
    rows : (codes, starts)
        Characters of name m are `codes[starts[m]:starts[m + 1]]`.
    """
    from matcher.phonetic.kernels import forward_rows

    codes, starts = rows
    result = np.zeros((len(starts) - 1, emission.shape[0] + 1))
    forward_rows(np.ascontiguousarray(emission), noise, codes, starts, INSERTED, DELETED, result)
    return result


Rows = tuple[NDArray[np.int32], NDArray[np.int64]]


def rows_of(forms: Sequence[Sequence[int]]) -> Rows:
    """Lay out rows of codes one after the other."""
    lengths = np.array([len(form) for form in forms], np.int64)
    return (
        np.array([code for form in forms for code in form], np.int32),
        np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64),
    )


@dataclass(frozen=True, slots=True)
class Observed:
    """An observed name against the characters of some table.

    Parameters
    ----------
    text : str
        The observed characters.
    emission : ndarray of float64, shape (O, V)
        P(observed syllable | character v).
    noise : ndarray of float64, shape (O,)
        P(observed syllable | nothing meant).
    """

    text: str
    emission: Float64
    noise: Float64


def element_ends(observed: Observed, elements: Sequence[str], rows: Rows) -> tuple[Float64, Float64]:
    """Return P(observed[:k] | element) and P(observed[k:] | element) for every k, each of shape (E, O + 1).

    Parameters
    ----------
    observed : Observed
        The observed name.
    elements : sequence of str
        Distinct elements.
    rows : (codes, starts)
        Their characters as columns of `observed.emission`.
    """
    prefix = prefix_probabilities(observed.emission, observed.noise, rows)
    noise = np.ascontiguousarray(observed.noise[::-1])
    suffix = prefix_probabilities(observed.emission[::-1], noise, _reversed(rows))[:, ::-1].copy()
    count = len(observed.text)
    for number, element in enumerate(elements):
        usual = usual_forms().get(element)
        if usual is None:
            continue
        prefix[number] *= 1.0 - USUAL_FORM
        suffix[number] *= 1.0 - USUAL_FORM
        for form, share in usual.items():
            if observed.text.startswith(form):
                prefix[number, len(form)] += USUAL_FORM * share
            if observed.text.endswith(form):
                suffix[number, count - len(form)] += USUAL_FORM * share
    return prefix, suffix


@dataclass(frozen=True, slots=True)
class TranscribedTable:
    """Transcribed names as one or two of their distinct elements.

    Parameters
    ----------
    slot : Slot
        Distinct characters.
    rows : ndarray of int64, shape (M,)
        Position of each name in the name table.
    elements : tuple of str
        Distinct elements, E of them.
    codes : ndarray of int32, shape (?,)
        Characters of the elements, one after the other, as codes in `slot`.
    starts : ndarray of int64, shape (E + 1,)
        Element e is `codes[starts[e]:starts[e + 1]]`.
    first, second : ndarray of int64, shape (M,)
        Elements of each name; second = -1 where there is none.
    dotted : ndarray of bool, shape (M,)
        The elements stand apart.
    """

    slot: Slot
    rows: NDArray[np.int64]
    elements: tuple[str, ...]
    codes: NDArray[np.int32]
    starts: NDArray[np.int64]
    first: NDArray[np.int64]
    second: NDArray[np.int64]
    dotted: NDArray[np.bool_]


def probabilities(observed: Observed, table: TranscribedTable) -> Float64:
    """Return P(observed | name) of every transcribed name of a gallery, shape (M,)."""
    prefix, suffix = element_ends(observed, table.elements, (table.codes, table.starts))
    first, second = table.first, table.second
    result = prefix[first, -1]
    for dotted, ways in ((True, DOTTED), (False, JOINED)):
        rows = np.flatnonzero((second >= 0) & (table.dotted == dotted))
        a, b = first[rows], second[rows]
        whole = np.einsum("mk,mk->m", prefix[a], suffix[b])
        turned = np.einsum("mk,mk->m", prefix[b], suffix[a])
        result[rows] = (
            ways.whole * whole + ways.first * prefix[a, -1] + ways.second * prefix[b, -1] + ways.turned * turned
        )
    return np.asarray(result)


def population(observed: Observed, mean: Float64, itself: Float64) -> float:
    """Return P(observed) over the population of transcribed names.

    Parameters
    ----------
    observed : Observed
        Against the characters of `character_shares`.
    mean : ndarray of float64, shape (O,)
        P(observed syllable) over transcribed syllables.
    itself : ndarray of float64, shape (O, O)
        P(observed syllable i | character of syllable j).
    """
    unlisted = _unlisted_spans(observed, mean, itself)
    total = 0.0
    for language in LANGUAGES:
        spans = FROM_LEXICON * _lexical_spans(observed, language) + (1.0 - FROM_LEXICON) * unlisted
        one, two = float(spans[0, -1]), float(spans[0] @ spans[:, -1])
        pair = sum(
            share * ((ways.whole + ways.turned) * two + (ways.first + ways.second) * one)
            for share, ways in ((language.dotted, DOTTED), (1.0 - language.dotted, JOINED))
        )
        total += language.share * ((1.0 - language.two_elements) * one + language.two_elements * pair)
    return total


def _lexical_spans(observed: Observed, language: Language) -> Float64:
    """Return P(observed[j:k] | a random lexical element of a language), shape (O + 1, O + 1); 0 for k < j."""
    shares, rows = np.array(list(forms_of(language).values())), _lexical_rows(language)
    taken, count = transcription_shares(language), len(observed.text)
    spans = np.zeros((count + 1, count + 1))
    for start in range(count + 1):
        heard = shares @ prefix_probabilities(observed.emission[start:], observed.noise[start:], rows)
        spans[start, start:] = (1.0 - USUAL_FORM) * heard
        for end in range(start + 1, count + 1):
            spans[start, end] += USUAL_FORM * taken.get(observed.text[start:end], 0.0)
    return spans


def _unlisted_spans(observed: Observed, mean: Float64, itself: Float64) -> Float64:
    """Return P(observed[j:k] | an element outside the lexicon), shape (O + 1, O + 1).

    Such an element is syllables at random, or - because it was seen just now, and names are built from few elements -
    one of `UNLISTED_FORMS` as written here.
    """
    count = len(observed.text)
    spans = np.zeros((count + 1, count + 1))
    for length, share in _RANDOM_LENGTHS.items():
        columns = np.repeat(mean[:, None], length, axis=1)
        for start in range(count + 1):
            spans[start, start:] += share * forward(columns[start:], observed.noise[start:])
            part = slice(start, start + length)
            if start + length <= count:
                again = forward(itself[part, part], observed.noise[part])[-1]
                spans[start, start + length] += again / UNLISTED_FORMS
    return spans


def _reversed(rows: Rows) -> Rows:
    """Turn every row round."""
    codes, starts = rows
    lengths = np.diff(starts)
    ends = np.repeat(starts[1:], lengths)
    offsets = np.arange(len(codes)) - np.repeat(starts[:-1], lengths)
    return codes[ends - 1 - offsets], starts


@cache
def _lexical_rows(language: Language) -> Rows:
    codes = {character: number for number, character in enumerate(character_shares())}
    return rows_of([[codes[c] for c in form] for form in forms_of(language)])


_RANDOM_LENGTHS = {2: 0.35, 3: 0.40, 4: 0.20, 5: 0.05}
