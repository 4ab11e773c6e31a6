"""Allele frequencies of populations: a cited catalogue, a laboratory's own table, and the minimum frequency rule."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files

from matcher.errors import InputError, ReferenceDataError
from matcher.str_loci.alleles import SILENT, format_allele, parse_allele
from matcher.str_loci.loci import find_locus
from matcher.str_loci.locus_model import LocusModel, locus_model
from matcher.str_loci.mutation import MutationModel

DEFAULT_POPULATION = "han_42"
COMPLETION = "east_asia_norway"
"""Table that supplies the loci which the default lacks (D22S1045, SE33 and others)."""

POPULATIONS = ("han_42", "east_asia_norway", "us_asian", "uk_chinese", "filipino")

MINIMUM_COUNT = 5
"""Alleles seen less often count as seen five times. Source: NRC, The Evaluation of Forensic DNA Evidence (1996) 148."""

MINIMUM_WITHOUT_COUNT = 0.001
"""Floor where a table does not say how many persons it rests on; the floor of the only such table shipped."""

SUM_TOLERANCE = 0.02
"""A table whose frequencies at a locus sum further from 1 lacks an allele or repeats one."""


@dataclass(frozen=True, slots=True)
class LocusFrequencies:
    """Frequencies of one locus.

    Parameters
    ----------
    locus : str
        Canonical name.
    alleles : tuple of int
        Ascending, tenths of a repeat; `SILENT` last where the table estimates alleles without a peak.
    frequencies : tuple of float
        As published, sum about 1.
    sampled : int or None
        Alleles counted (2 N); None = not published.
    """

    locus: str
    alleles: tuple[int, ...]
    frequencies: tuple[float, ...]
    sampled: int | None

    @property
    def minimum(self) -> float:
        """Return the frequency that rarer and unseen alleles are given, 5 / (2 N)."""
        return MINIMUM_COUNT / self.sampled if self.sampled else MINIMUM_WITHOUT_COUNT

    def model(self, mutation: MutationModel, *, also: Iterable[int] = (), floored: bool = True) -> LocusModel:
        """Build the numbers for peeling.

        Parameters
        ----------
        mutation : MutationModel
            Laid over all alleles, the added ones included.
        also : iterable of int
            Alleles of the case that the table may lack; they enter at the minimum frequency.
        floored : bool
            Raise rare alleles to the minimum before normalising; False takes the table as it is.
        """
        return _model(self, mutation, frozenset(also) - set(self.alleles), floored)


@lru_cache(maxsize=1024)
def _model(
    source: LocusFrequencies,
    mutation: MutationModel,
    added: frozenset[int],
    floored: bool,  # noqa: FBT001 - lru_cache distinguishes keyword from position
) -> LocusModel:
    """Build a model once for many queries; the arrays of a model are never written to."""
    floor = source.minimum if floored else 0.0
    table = {allele: max(p, floor) for allele, p in zip(source.alleles, source.frequencies, strict=True)}
    table |= dict.fromkeys(added, source.minimum)
    alleles = sorted(table, key=_silent_last)
    return locus_model(alleles, (table[allele] for allele in alleles), mutation)


FrequencySet = Mapping[str, LocusFrequencies]
"""Frequencies by canonical locus name."""


@cache
def population(name: str) -> FrequencySet:
    """Read one table of the catalogue; its source and licence stand in `data/SOURCES.toml`.

    Raises
    ------
    ReferenceDataError
        For a population that is not in the catalogue.

    >>> sorted(population("han_42")["TH01"].alleles)[:3]
    [60, 70, 80]
    """
    if name not in POPULATIONS:
        raise ReferenceDataError(f"population '{name}' is unknown", remedy=f"use one of {', '.join(POPULATIONS)}")
    path = files("matcher.str_loci") / "data" / "frequencies" / f"{name}.csv"
    with path.open(encoding="utf-8") as lines:
        return read_frequencies(csv.DictReader(lines), source=f"{name}.csv")


@cache
def default_frequencies() -> FrequencySet:
    """Return the Chinese Han table, completed for the loci that it lacks."""
    return dict(population(COMPLETION)) | dict(population(DEFAULT_POPULATION))


def read_frequencies(rows: Iterable[Mapping[str, str]], *, source: str) -> FrequencySet:
    """Read a table with the columns locus, allele, frequency and, where known, alleles_sampled (2 N).

    Raises
    ------
    InputError
        For a column that is absent, or naming the row, for an unknown locus, an unreadable allele, a frequency outside
        (0, 1], a repeated allele, or a locus whose frequencies do not sum to 1 within 2 %.
    """
    tables: dict[str, dict[int, float]] = {}
    sampled: dict[str, int | None] = {}
    for number, row in enumerate(rows, 2):
        absent = [column for column in ("locus", "allele", "frequency") if column not in row]
        if absent:
            raise InputError(f"{source}: no column '{absent[0]}'", remedy="name the columns locus, allele, frequency")
        locus, allele, frequency, count = _frequency_row(row, f"{source}:{number}")
        table = tables.setdefault(locus, {})
        if allele in table:
            raise InputError(
                f"{source}:{number} {locus} allele {format_allele(allele)} stands twice", remedy="keep one row of each"
            )
        table[allele] = frequency
        sampled[locus] = count
    for locus, table in tables.items():
        if abs(sum(table.values()) - 1.0) > SUM_TOLERANCE:
            raise InputError(
                f"{source}: {locus} sums to {sum(table.values()):.4f}, not 1", remedy="check for missing alleles"
            )
    return {
        locus: LocusFrequencies(locus, tuple(alleles), tuple(table[a] for a in alleles), sampled[locus])
        for locus, table in tables.items()
        for alleles in [sorted(table, key=_silent_last)]
    }


def _silent_last(allele: int) -> tuple[bool, int]:
    return allele == SILENT, allele


def _frequency_row(row: Mapping[str, str], place: str) -> tuple[str, int, float, int | None]:
    locus = find_locus(row.get("locus") or "")
    if locus is None:
        raise InputError(
            f"{place} locus: {row.get('locus')!r} is unknown", remedy="use the name of the kit, such as D3S1358"
        )
    try:
        frequency = float(row.get("frequency") or "")
        count = int(row["alleles_sampled"]) if row.get("alleles_sampled") else None
    except ValueError:
        raise InputError(f"{place} frequency: {row.get('frequency')!r} is not a number", remedy="use 0.1234") from None
    if not 0.0 < frequency <= 1.0 or (count is not None and count < 2):
        raise InputError(f"{place} frequency: {frequency} is outside (0, 1]", remedy="leave out alleles never seen")
    return locus.name, parse_allele(row.get("allele") or ""), frequency, count
