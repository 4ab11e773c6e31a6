"""A population small enough to enumerate."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable

import numpy as np
import pytest

from matcher.phonetic.frequencies import NameFrequencies
from matcher.phonetic.name_query import LENGTHS
from matcher.phonetic.name_table import TrueName

Enumeration = tuple[list[TrueName], np.ndarray]


@pytest.fixture(scope="session")
def tiny_population() -> NameFrequencies:
    """Four surnames, four characters."""
    return NameFrequencies(
        surnames={"王": 0.5, "黄": 0.3, "解": 0.15, "欧阳": 0.05},
        given={"江": 0.4, "兴": 0.3, "芳": 0.2, "重": 0.1},
        given_lengths=(0.2, 0.7, 0.1),
        reserved_surnames=0.0,
        reserved_characters=0.0,
    )


@pytest.fixture(scope="session")
def everybody() -> Callable[[NameFrequencies], Enumeration]:
    """Return a function that lists every name of a population with its probability."""
    return _everybody


def _everybody(frequencies: NameFrequencies) -> Enumeration:
    """List every name of a population with its probability."""
    names, shares = [], []
    for surname, share in frequencies.surnames.items():
        for length, length_share in zip(LENGTHS, frequencies.given_lengths, strict=True):
            for characters in itertools.product(frequencies.given, repeat=length):
                chance = sum(part * math.prod(table[c] for c in characters) for part, table in frequencies.strata())
                if length == 2:
                    chance *= 1.0 - sum(frequencies.whole.values())
                    chance += frequencies.whole.get("".join(characters), 0.0)
                names.append(TrueName(tuple(surname), characters))
                shares.append(share * length_share * chance)
    return names, np.array(shares)
