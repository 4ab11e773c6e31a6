"""How common surnames and given-name characters are: cold-start tables, and what a gallery of one's own adds.

A frequency is the probability that a random person of the population bears the element. Every Han character has one:
what the tables do not hold shares a small reserved mass, so that no name is impossible.
"""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from importlib.resources import files

from matcher.types import Sex

RESERVED_SURNAMES = 0.003
"""Share of people whose surname is not in the table of 684."""

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
    whole : mapping of str to float
        Given names of two characters that are chosen as a whole (建国, 秀英, 婷婷), as shares of all given names of
        two characters; sums to less than 1, the others being two characters drawn independently within a stratum.
    given_strata : tuple of (float, mapping of str to float)
        Parts of the population (the sexes) within which the characters of a given name are independent: share of the
        people, and frequencies that sum to 1 - `reserved_characters`. `given` is their mean; empty = one stratum.
    reserved_surnames, reserved_characters : float
        Probability of surnames, and of given-name characters, outside the tables; spread evenly over all characters.
    """

    surnames: Mapping[str, float]
    given: Mapping[str, float]
    given_lengths: tuple[float, float, float]
    whole: Mapping[str, float] = field(default_factory=dict)
    given_strata: tuple[tuple[float, Mapping[str, float]], ...] = ()
    reserved_surnames: float = RESERVED_SURNAMES
    reserved_characters: float = RESERVED_CHARACTERS

    def surname(self, surname: str) -> float:
        """Return the probability of a surname; a rare one shares the reserved mass."""
        rare = self.reserved_surnames / HAN_CHARACTERS
        return self.surnames.get(surname, 0.0) + (rare if len(surname) == 1 else 0.0)

    def given_character(self, character: str) -> float:
        """Return the probability of a character in a given name."""
        return self.given.get(character, 0.0) + self.reserved_characters / HAN_CHARACTERS

    def strata(self) -> tuple[tuple[float, Mapping[str, float]], ...]:
        """Return the strata of given names, the whole population where none are told apart."""
        return self.given_strata or ((1.0, self.given),)

    def pair(self, given: str) -> float:
        """Return the share of a name among given names of two characters that are not chosen as a whole."""
        return sum(share * table.get(given[0], 0.0) * table.get(given[1], 0.0) for share, table in self.strata())


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
    given = _given(sex)
    return NameFrequencies(
        surnames={name: ppm / total * (1.0 - RESERVED_SURNAMES) for name, ppm in surnames.items()},
        given=given,
        given_lengths=_GIVEN_LENGTHS,
        whole=_chosen_as_a_whole(given),
        given_strata=((1.0, given),) if sex else ((0.5, _given("male")), (0.5, _given("female"))),
    )


DOUBLED = 0.012
"""Share of given names of two characters that double one (婷婷); a judgement."""

MOST_DOUBLED = 300
"""Doubled names are spread over so many of the commonest characters."""


def _chosen_as_a_whole(given: Mapping[str, float]) -> dict[str, float]:
    """Return names of two characters that are no chance meeting of their characters, with their shares."""
    common = {row["given_name"]: float(row["per_mille"]) / 1e3 for row in _rows("common_given_names.csv")}
    doubled = sorted(given, key=lambda character: (-given[character], character))[:MOST_DOUBLED]
    total = sum(given[character] for character in doubled)
    return {character * 2: DOUBLED * given[character] / total for character in doubled} | common


PRIOR_WEIGHT = 2_000.0
"""Names that the cold-start tables count as, when a gallery's own names are added to them."""

LEAST_WHOLE = 5
"""Bearers that a given name needs before it counts as chosen as a whole."""

MOST_WHOLE = 0.6


def estimate(names: Iterable[tuple[str, str]], prior: NameFrequencies) -> NameFrequencies:
    """Estimate frequencies from the names of a gallery, shrunk toward a prior population.

    Given names of two characters that occur more often than their characters predict become `whole` names, with the
    excess as their share: the joint frequency of pairs such as 建国.

    Parameters
    ----------
    names : iterable of (str, str)
        Surname and given name of each person.
    prior : NameFrequencies
        For one sex, region or the general population.
    """
    people = [(surname, given) for surname, given in names if surname and given]
    surnames = Counter(surname for surname, _ in people if surname in prior.surnames)
    characters = Counter(c for _, given in people for c in given if c in prior.given)
    lengths = Counter(min(len(given), 3) for _, given in people)
    total = len(people) + PRIOR_WEIGHT
    shares = [(lengths[n] + PRIOR_WEIGHT * prior.given_lengths[n - 1]) / total for n in (1, 2, 3)]
    told = NameFrequencies(
        surnames=_posterior(surnames, prior.surnames, 1.0 - prior.reserved_surnames),
        given=_posterior(characters, prior.given, 1.0 - prior.reserved_characters),
        given_lengths=(shares[0], shares[1], shares[2]),
        reserved_surnames=prior.reserved_surnames,
        reserved_characters=prior.reserved_characters,
    )
    told = replace(told, given_strata=_shifted(told, prior))
    return replace(told, whole=_whole(Counter(given for _, given in people if len(given) == 2), told, prior))


def _posterior(counts: Mapping[str, int], prior: Mapping[str, float], mass: float) -> dict[str, float]:
    seen = sum(counts.values())
    known = sum(prior.values())
    weights = {key: counts.get(key, 0) + PRIOR_WEIGHT * share / known for key, share in prior.items()}
    return {key: weight / (seen + PRIOR_WEIGHT) * mass for key, weight in weights.items()}


def _shifted(told: NameFrequencies, prior: NameFrequencies) -> tuple[tuple[float, Mapping[str, float]], ...]:
    """Carry the strata of the prior over: a character keeps the odds of the strata that use it."""
    found: list[tuple[float, Mapping[str, float]]] = []
    mass = 1.0 - told.reserved_characters
    for share, table in prior.given_strata:
        moved = {c: told.given[c] * value / prior.given[c] for c, value in table.items() if prior.given[c]}
        total = sum(moved.values())
        found.append((share * total / mass, {c: value * mass / total for c, value in moved.items()}))
    return tuple(found)


def _whole(counts: Counter[str], told: NameFrequencies, prior: NameFrequencies) -> dict[str, float]:
    """Return names that occur more often than their characters predict, with the excess as their share."""
    total = sum(counts.values()) + PRIOR_WEIGHT
    excess: dict[str, float] = {}
    for name in sorted({*prior.whole, *(name for name, count in counts.items() if count >= LEAST_WHOLE)}):
        before = prior.whole.get(name, 0.0) + prior.pair(name)
        share = (counts[name] + PRIOR_WEIGHT * before) / total
        excess[name] = share - told.pair(name)
    excess = {name: share for name, share in excess.items() if share > 0.0}
    scale = min(1.0, MOST_WHOLE / sum(excess.values())) if excess else 1.0
    return {name: share * scale for name, share in excess.items()}


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
