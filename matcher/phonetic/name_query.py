"""An observed name compiled: how its tokens may be read as a surname and a given name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from matcher.phonetic.confusion import SPEECH_REGIONS
from matcher.phonetic.emission import Role, Token
from matcher.phonetic.flat import Ways
from matcher.phonetic.population import NameModel
from matcher.phonetic.productions import Alignment, Key
from matcher.phonetic.slots import Slot
from matcher.phonetic.token_model import TokenModel
from matcher.phonetic.written import Form, WrittenName

Float64 = NDArray[np.float64]
LENGTHS = (1, 2, 3)


@dataclass(frozen=True, slots=True)
class Branch:
    """All productions of one form in which the same tokens stand for the surname.

    Parameters
    ----------
    form : Form
        The form.
    key : tuple of int
        Tokens of the surname.
    by_length : mapping of int to tuple of Alignment
        Ways to read the other tokens as a given name of each length.
    surname_mean, given_mean : ndarray of float64, shape (R,)
        Share x P(surname tokens | region) over the population of surnames, and sum over ways of share x P(given
        tokens | region) over that of given names.
    length_means : ndarray of float64, shape (3, R)
        `given_mean` over the given names of one, two and three characters.
    """

    form: Form
    key: Key
    by_length: Mapping[int, tuple[Alignment, ...]]
    surname_mean: Float64 = field(default_factory=lambda: np.zeros(len(SPEECH_REGIONS)))
    given_mean: Float64 = field(default_factory=lambda: np.zeros(len(SPEECH_REGIONS)))
    length_means: Float64 = field(default_factory=lambda: np.zeros((len(LENGTHS), len(SPEECH_REGIONS))))


@dataclass(frozen=True, slots=True)
class NameQuery:
    """An observed name compiled against the population.

    Parameters
    ----------
    written : WrittenName
        The observed name.
    region_weights : ndarray of float64, shape (R,)
        Prior over `SPEECH_REGIONS`.
    branches : tuple of Branch
        Productions, grouped.
    tokens : tuple of Token
        Distinct tokens that may stand for a character of a given name, T of them.
    ways : Ways
        The ways of all branches to read a given name, in numbers of `tokens`.
    evidence : float
        P(observed): the one denominator.
    syllables : tuple of Token
        The observed name as syllables of a transcribed name; empty when it does not look like one.
    transcribed_evidence : float
        P(observed | a random transcribed name).
    """

    model: NameModel
    written: WrittenName
    region_weights: Float64
    branches: tuple[Branch, ...]
    tokens: tuple[Token, ...]
    ways: Ways
    evidence: float = 1.0
    syllables: tuple[Token, ...] = ()
    transcribed_evidence: float = 0.0


def flat_ways(branches: Sequence[Branch]) -> tuple[tuple[Token, ...], Ways]:
    """Number the distinct tokens of given names, and lay the ways of all branches out by length of the given name."""
    numbers: dict[Token, int] = {}
    rows: list[tuple[int, int, float, list[int]]] = []
    for number, branch in enumerate(branches):
        for length in LENGTHS:
            for way in branch.by_length[length]:
                said = [branch.form.tokens[at] if at is not None else None for at in way.given]
                codes = [-1 if token is None else numbers.setdefault(token, len(numbers)) for token in said]
                rows.append((length, number, way.share, codes + [-1] * (LENGTHS[-1] - length)))
    rows.sort(key=lambda row: row[0])
    tokens = np.array([row[3] for row in rows], np.int32).reshape(-1, LENGTHS[-1])
    ways = Ways(
        first=np.searchsorted([row[0] for row in rows], np.arange(5)).astype(np.int32),
        branch_of=np.array([row[1] for row in rows], np.int32),
        share=np.array([row[2] for row in rows]),
        tokens=np.where(tokens >= 0, tokens, len(numbers)).astype(np.int32),
    )
    return tuple(numbers), ways


def tabulated(query: NameQuery, token: Token, role: Role) -> TokenModel:
    """Return the table of one token of a query in one slot."""
    return query.model.token(token, role, sound_only=query.written.sound_only)


def token_table(query: NameQuery, token: Token, slot: Slot) -> Float64:
    """Return P(token | element) for the elements of a slot, shape (V, R); read-only, the latest are cached."""
    return query.model.values(token, slot, sound_only=query.written.sound_only)


def values_by_token(query: NameQuery, slot: Slot) -> Float64:
    """Return P(token | character) for the given-name tokens of a query, then ones, shape (V, T + 1, R)."""
    tables = [token_table(query, token, slot) for token in query.tokens]
    return np.stack([*tables, np.ones((len(slot), len(SPEECH_REGIONS)))], axis=1)
