"""Transcribed names (Uyghur, Tibetan, Mongolian, Yi): rows of syllables, compared by alignment.

A transcribed name has one or two elements; writers transcribe each syllable as they hear it, drop or add weak ones, give
one element alone, or turn the two round. P(o | c) sums over all alignments of the syllables (a pair hidden Markov model).

Such names are built from few recurring elements, so P(o) does not follow from syllable frequencies: the population is a
mixture of names built from the element lexicon (`data/elements.csv`) and of syllables at random.

Source: Durbin et al., Biological Sequence Analysis (1998), section 4.2, for the forward recursion.
"""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from matcher.phonetic.name_table import TranscribedTable

Float64 = NDArray[np.float64]

SHARE = 0.02
"""Share of people with a transcribed name; the census of 2020 counts about 2.5 % in the peoples concerned, some with
Han names."""

FROM_LEXICON = 0.8
"""Share of elements that are in the lexicon; the rest is syllables at random."""

TWO_ELEMENTS = 0.6

INSERTED, DELETED = 0.03, 0.04
"""Weak syllables added or left out, per syllable."""

# Ways in which a name of two elements is given: whole, the first alone, the second alone, turned round.
WHOLE, FIRST, SECOND, TURNED = 0.72, 0.20, 0.03, 0.05

MAX_SYLLABLES = 16


@dataclass(frozen=True, slots=True)
class Element:
    """One lexical element.

    Parameters
    ----------
    share : float
        Its share among elements; the shares of all elements sum to 1.
    forms : tuple of str
        Usual transcriptions, the commonest first.
    """

    share: float
    forms: tuple[str, ...]


@cache
def lexicon() -> tuple[Element, ...]:
    """Return the element lexicon; languages count by the size of their peoples."""
    sizes = {"uyg": 0.50, "tib": 0.25, "mon": 0.13, "yi": 0.12}
    text = files("matcher.phonetic").joinpath("data/elements.csv").read_text("utf-8")
    rows = list(csv.DictReader(text.splitlines()))
    totals = {language: sum(float(r["share"]) for r in rows if r["language"] == language) for language in sizes}
    return tuple(
        Element(sizes[row["language"]] * float(row["share"]) / totals[row["language"]], tuple(row["forms"].split()))
        for row in rows
    )


@cache
def lexical_forms() -> dict[str, float]:
    """Map each written form of the lexicon to its share; the first form of an element is twice as common as the rest."""
    shares: dict[str, float] = {}
    for element in lexicon():
        weights = [2.0, *([1.0] * (len(element.forms) - 1))]
        for form, weight in zip(element.forms, weights, strict=True):
            shares[form] = shares.get(form, 0.0) + element.share * weight / sum(weights)
    return shares


@cache
def character_shares() -> dict[str, float]:
    """Map each character of the lexicon to its share among transcribed syllables."""
    shares: dict[str, float] = {}
    for form, share in lexical_forms().items():
        for character in form:
            shares[character] = shares.get(character, 0.0) + share
    total = sum(shares.values())
    return {character: share / total for character, share in shares.items()}


def elements_of(name: str, separator: str) -> tuple[str, ...] | None:
    """Split a written name into at most two elements; None when it is not of the transcribed kind.

    >>> elements_of("阿迪力·买买提", "·"), elements_of("才让卓玛", "·"), elements_of("王山江", "·")
    (('阿迪力', '买买提'), ('才让', '卓玛'), None)
    """
    parts = tuple(part for part in name.split(separator) if part)
    if len(parts) > 1:
        return (parts[0], "".join(parts[1:]))[:2] if len("".join(parts)) <= MAX_SYLLABLES else None
    if name in lexical_forms():
        return (name,)
    if not 3 <= len(name) <= MAX_SYLLABLES:
        return None
    for split in range(2, len(name) - 1):
        if name[:split] in lexical_forms() and name[split:] in lexical_forms():
            return name[:split], name[split:]
    if len(name) == 4:
        return name[:2], name[2:]
    return (name,) if len(name) > 4 else None


def seems_transcribed(name: str, separator: str) -> bool:
    """Tell whether a query may be a transcribed name: by length, dot, or characters that transcriptions use."""
    characters = name.replace(separator, "")
    if separator in name or len(characters) > 3:
        return len(characters) > 1
    return len(characters) > 1 and all(character in character_shares() for character in characters)


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


def probabilities(emission: Float64, noise: Float64, table: TranscribedTable) -> Float64:
    """Return P(observed | name) of every transcribed name of a gallery, shape (M,)."""
    starts, splits, codes = table.starts, table.splits, table.codes
    whole = prefix_probabilities(emission, noise, (codes, starts))[:, -1]
    both = np.flatnonzero(splits < starts[1:])
    if not len(both):
        return whole
    parts = rows_of([codes[starts[m] : splits[m]].tolist() for m in both])
    rests = rows_of([codes[splits[m] : starts[m + 1]].tolist() for m in both])
    turned = rows_of([[*codes[splits[m] : starts[m + 1]], *codes[starts[m] : splits[m]]] for m in both])
    first, second, other = (prefix_probabilities(emission, noise, rows)[:, -1] for rows in (parts, rests, turned))
    whole[both] = WHOLE * whole[both] + FIRST * first + SECOND * second + TURNED * other
    return whole


def population(emission: Float64, mean: Float64, noise: Float64) -> float:
    """Return P(observed) over the population of transcribed names.

    Parameters
    ----------
    emission : ndarray of float64, shape (O, K)
        P(observed syllable | character k of `character_shares`).
    mean : ndarray of float64, shape (O,)
        P(observed syllable) over transcribed syllables.
    noise : ndarray of float64, shape (O,)
        P(observed syllable | nothing meant).
    """
    prefix = _element_prefixes(emission, mean, noise, backward=False)
    suffix = _element_prefixes(emission[::-1], mean[::-1], noise[::-1], backward=True)[::-1]
    one = float(prefix[-1])
    # Both orders of two independent elements have the same distribution.
    two = float((prefix[1:-1] * suffix[1:-1]).sum()) if len(mean) > 1 else 0.0
    return (1.0 - TWO_ELEMENTS) * one + TWO_ELEMENTS * ((WHOLE + TURNED) * two + (FIRST + SECOND) * one)


def _element_prefixes(emission: Float64, mean: Float64, noise: Float64, *, backward: bool) -> Float64:
    """Return P(observed[:i] | a random element), shape (O + 1,)."""
    shares = np.array(list(lexical_forms().values())) * FROM_LEXICON
    listed = np.asarray(
        shares @ prefix_probabilities(emission, np.ascontiguousarray(noise), _lexical_rows(backward=backward))
    )
    for length, share in _RANDOM_LENGTHS.items():
        listed += (1.0 - FROM_LEXICON) * share * forward(np.repeat(mean[:, None], length, axis=1), noise)
    return listed


@cache
def _lexical_rows(*, backward: bool) -> Rows:
    codes = {character: code for code, character in enumerate(character_shares())}
    return rows_of([[codes[c] for c in (form[::-1] if backward else form)] for form in lexical_forms()])


_RANDOM_LENGTHS = {2: 0.35, 3: 0.40, 4: 0.20, 5: 0.05}
