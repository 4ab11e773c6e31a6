"""How common names are in a gallery's own population, by sex, cohort and province where these are known.

Every estimate is shrunk toward a wider one: a sex and cohort toward the sex, that toward the general population of the
sex; a province's surnames toward the gallery's, those toward the general ones. A `NameModel` made from any of them
takes its denominator from the same frequencies, so that the mean LR over that population stays exactly 1.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from matcher.phonetic.emission import ANY
from matcher.phonetic.frequencies import NameFrequencies, cold_start, estimate
from matcher.phonetic.gallery_file import People
from matcher.phonetic.name_index import NameIndex, build_index
from matcher.types import Sex


@dataclass(frozen=True, slots=True)
class Stratum:
    """Part of a population; None = not known, or of no matter."""

    sex: Sex | None = None
    cohort: str | None = None
    province: str | None = None


@dataclass(frozen=True, slots=True)
class Population:
    """The bearers of an index, and what is known of each.

    Parameters
    ----------
    index : NameIndex
        The names.
    sexes, cohorts, provinces : ndarray of object, shape (M,)
        One entry for each of `index.bearers`; None = not known.
    """

    index: NameIndex
    sexes: NDArray[np.object_]
    cohorts: NDArray[np.object_]
    provinces: NDArray[np.object_]


def population_of(people: People) -> Population:
    """Index people, keeping what is known of each bearer."""
    index = build_index(enumerate(people.names))
    rows = np.asarray(index.bearers, np.int64)
    known = (np.array(column, np.object_)[rows] for column in (people.sexes, people.cohorts, people.provinces))
    whole = all(isinstance(record_id, int) for record_id in people.ids)
    ids = np.array(people.ids, np.int64) if whole else np.array(people.ids, np.str_)
    return Population(replace(index, bearers=ids[rows]), *known)


def plain_population(index: NameIndex) -> Population:
    """Take the bearers of an index as they are, with nothing known of them."""
    nothing = np.full(len(index.bearers), None, np.object_)
    return Population(index, nothing, nothing, nothing)


def own_frequencies(
    population: Population, stratum: Stratum | None = None, general: NameFrequencies | None = None
) -> NameFrequencies:
    """Estimate the frequencies of a population, or of one stratum of it.

    Every bearer counts; names known in part or by sound, and transcribed names, are left out.

    Parameters
    ----------
    population : Population
        Whose names.
    stratum : Stratum or None
        None = everybody.
    general : NameFrequencies or None
        Those of everybody, where they are known already.
    """
    everybody = np.ones(len(population.sexes), np.bool_)
    general = general or estimate(_people(population.index, everybody), cold_start())
    if stratum is None or stratum == Stratum():
        return general
    found, chosen = general, everybody
    if stratum.sex is not None:
        chosen = population.sexes == stratum.sex
        found = estimate(_people(population.index, chosen), cold_start(stratum.sex))
    if stratum.cohort is not None:
        found = estimate(_people(population.index, chosen & (population.cohorts == stratum.cohort)), found)
    surnames = general.surnames
    if stratum.province is not None:
        of_province = population.provinces == stratum.province
        surnames = estimate(_people(population.index, of_province), general).surnames
    return replace(found, surnames=surnames)


def _people(index: NameIndex, chosen: NDArray[np.bool_]) -> Iterator[tuple[str, str]]:
    """Yield surname and given name of every chosen bearer whose name is known in full."""
    table = index.table
    before = np.concatenate([[0], np.cumsum(chosen)])
    counts = np.diff(before[index.bearer_ends])
    for number in np.flatnonzero((counts > 0) & (table.surname_of > 0) & (table.given_of > 0)).tolist():
        surname = [table.surname_slot.elements[code] for code in table.surnames[table.surname_of[number]] if code >= 0]
        given = [table.given_slot.elements[code] for code in table.givens[table.given_of[number]] if code >= 0]
        if all(len(element) == 1 and element != ANY for element in (*surname, *given)):
            name = "".join(surname), "".join(given)
            for _ in range(int(counts[number])):
                yield name
