"""How common surnames and given-name characters are: cold-start tables, and what a gallery of one's own adds.

A frequency is the probability that a random person of the population bears the element. Every Han character has one:
what the tables do not hold shares a small reserved mass, so that no name is impossible.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from matcher.types import Sex

RESERVED_SURNAMES = 0.003
"""Share of people whose surname is not in the table; the national register knows 4,100 surnames, the table 684."""

RESERVED_CHARACTERS = 0.0005
"""Share of given-name characters outside the table of 8,500."""

HAN_CHARACTERS = 41_923
"""Characters with a known reading, over which the reserved mass is spread evenly."""


@dataclass(frozen=True, slots=True)
class NameFrequencies:
    """Frequencies of one population.

    Parameters
    ----------
    surnames : mapping of str to float
        Probability of each surname, compound ones included; sums to 1 - `reserved_surnames`.
    given : mapping of str to float
        Probability of each given-name character, per character; sums to 1 - `reserved_characters`.
    given_lengths : tuple of float
        Probability that a given name has 1, 2 or 3 characters.
    reserved_surnames, reserved_characters : float
        Probability of surnames, and of given-name characters, outside the tables; spread evenly over all characters.
    """

    surnames: Mapping[str, float]
    given: Mapping[str, float]
    given_lengths: tuple[float, float, float]
    reserved_surnames: float = RESERVED_SURNAMES
    reserved_characters: float = RESERVED_CHARACTERS

    def surname(self, surname: str) -> float:
        """Return the probability of a surname; a rare one shares the reserved mass."""
        rare = self.reserved_surnames / HAN_CHARACTERS
        return self.surnames.get(surname, 0.0) + (rare if len(surname) == 1 else 0.0)

    def given_character(self, character: str) -> float:
        """Return the probability of a character in a given name."""
        return self.given.get(character, 0.0) + self.reserved_characters / HAN_CHARACTERS


# Share of given names with one, two and three characters among adults; the register's report for 2020 puts names of two
# characters in all at 6-7 % of newborns, and cohorts of 1970-1999 at 15-25 %.
_GIVEN_LENGTHS = (0.15, 0.848, 0.002)


@cache
def cold_start(sex: Sex | None = None) -> NameFrequencies:
    """Return the frequencies of the general population, for one sex or for both.

    Source: `data/SOURCES.toml`, entries `surnames` and `given_characters`.
    """
    surnames = {row["surname"]: float(row["ppm"]) for row in _rows("surnames.csv")}
    total = sum(surnames.values())
    return NameFrequencies(
        surnames={name: ppm / total * (1.0 - RESERVED_SURNAMES) for name, ppm in surnames.items()},
        given=_given(sex),
        given_lengths=_GIVEN_LENGTHS,
    )


@cache
def compound_surnames() -> frozenset[str]:
    """Return the known surnames of two characters."""
    return frozenset(row["surname"] for row in _rows("surnames.csv") if len(row["surname"]) > 1)


def _given(sex: Sex | None) -> dict[str, float]:
    """Return character frequencies; both sexes count alike although the source holds twice as many men."""
    rows = _rows("given_characters.csv")
    totals = {column: sum(float(row[column]) for row in rows) for column in ("male", "female")}
    columns = ("male", "female") if sex is None else (sex,)
    share = (1.0 - RESERVED_CHARACTERS) / len(columns)
    return {row["character"]: sum(float(row[c]) / totals[c] for c in columns) * share for row in rows}


@cache
def _rows(name: str) -> tuple[dict[str, str], ...]:
    text = files("matcher.phonetic").joinpath(f"data/{name}").read_text("utf-8")
    return tuple(csv.DictReader(text.splitlines()))
