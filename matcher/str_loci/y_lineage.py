"""Y-STR haplotypes: are two men of one paternal line? Exclusion and counting only, never a likelihood ratio.

Men of one line share the haplotype up to mutations. The number of steps therefore excludes a near paternal relation or
fails to; how common a haplotype is cannot be said without a haplotype database of the region, and none is published in
machine-readable form for China.

Source: rates by locus in `data/y_mutation_rates.csv`, for the others the average of 16 loci in South China Han (Weng et
al., Int J Legal Med 127 (2013) 369: 36 mutations in 15,606 transmissions).
"""

from __future__ import annotations

import csv
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from matcher.errors import InputError
from matcher.str_loci.alleles import parse_allele
from matcher.str_loci.layouts import Cell
from matcher.str_loci.loci import find_locus

YHaplotype = Mapping[str, tuple[int, ...]]
"""Alleles in tenths by Y locus, ascending; one allele at most loci, two at DYS385 and DYF387S1."""

AVERAGE_RATE = 2.3e-3

EXCLUSION_PROBABILITY = 1e-3
"""A number of steps that men of the claimed distance exceed less often than this speaks against the line."""


@dataclass(frozen=True, slots=True)
class YComparison:
    """Two haplotypes side by side.

    Parameters
    ----------
    loci : int
        Loci compared.
    steps : mapping of str to int
        Repeat steps at the loci that differ; a partial repeat or another number of copies counts as one step.
    expected : float
        Steps expected over the claimed number of transmissions.
    tail : float
        Probability of this many steps or more in one paternal line at that distance (Poisson).
    """

    loci: int
    steps: Mapping[str, int]
    expected: float
    tail: float

    @property
    def excluded(self) -> bool:
        """Tell whether the line is excluded at the claimed distance."""
        return self.tail < EXCLUSION_PROBABILITY


@cache
def mutation_rates() -> Mapping[str, float]:
    """Return the published rate per transmission of each locus."""
    with (files("matcher.str_loci") / "data" / "y_mutation_rates.csv").open(encoding="utf-8") as lines:
        return {row["locus"]: float(row["rate"]) for row in csv.DictReader(lines)}


def compare_haplotypes(first: YHaplotype, second: YHaplotype, *, transmissions: int) -> YComparison:
    """Count the steps between two haplotypes.

    Parameters
    ----------
    first, second : YHaplotype
        Typings.
    transmissions : int
        Father-to-son transmissions between the two men as claimed: father and son 1, brothers 2, grandfather 2,
        uncle 3, cousins 4.

    Raises
    ------
    InputError
        When no locus is shared or the distance is not positive.
    """
    shared = sorted(first.keys() & second.keys())
    if not shared or transmissions < 1:
        raise InputError(
            f"{len(shared)} common Y loci, {transmissions} transmissions",
            remedy="compare profiles of one Y kit over at least one transmission",
        )
    steps = {locus: count for locus in shared if (count := _steps(first[locus], second[locus]))}
    expected = transmissions * sum(mutation_rates().get(locus, AVERAGE_RATE) for locus in shared)
    total = sum(steps.values())
    below = math.fsum(math.exp(-expected) * expected**k / math.factorial(k) for k in range(total))
    return YComparison(len(shared), steps, expected, max(0.0, 1.0 - below))


def read_haplotype(cells: Mapping[str, str]) -> dict[str, tuple[int, ...]]:
    """Read alleles by locus as written, such as `{"DYS391": "10", "DYS385": "11,14"}`; other loci are left out.

    Raises
    ------
    InputError
        For an allele that is not a repeat number.

    >>> read_haplotype({"DYS391": "10", "DYS385 a/b": "14,11", "TH01": "6,7"})
    {'DYS391': (100,), 'DYS385': (110, 140)}
    """
    haplotype = {}
    for name, text in cells.items():
        locus = find_locus(name)
        parts = [part for part in text.replace("/", ",").replace("-", ",").split(",") if part.strip()]
        if locus is not None and locus.kind == "y" and parts:
            haplotype[locus.name] = tuple(sorted(parse_allele(part) for part in parts))
    return haplotype


def haplotypes_of_cells(cells: Iterable[Cell], *, source: str) -> dict[str, YHaplotype]:
    """Gather the Y loci of each sample from the cells of a profile table; a sample without any is left out.

    Raises
    ------
    InputError
        Naming sample and locus, for an allele that is not a repeat number.
    """
    found: dict[str, dict[str, tuple[int, ...]]] = {}
    for cell in cells:
        try:
            read = read_haplotype({cell.locus: ",".join(cell.alleles)})
        except InputError as error:
            place = f"{source}:{cell.row}" if cell.row else source
            raise InputError(f"{place} {cell.sample} {cell.locus}: {error.message}", remedy=error.remedy) from None
        if read and cell.sample:
            found.setdefault(cell.sample, {}).update(read)
    return dict(found)


def rank_haplotypes(
    mine: YHaplotype, others: Mapping[str, YHaplotype], *, transmissions: int
) -> list[tuple[str, YComparison]]:
    """Compare one man with many; those of fewest steps first, then most loci, then by name.

    Samples without a common locus are left out. Errors as `compare_haplotypes`.
    """
    found = [
        (name, compare_haplotypes(mine, other, transmissions=transmissions))
        for name, other in others.items()
        if mine.keys() & other.keys()
    ]
    return sorted(found, key=lambda item: (sum(item[1].steps.values()), -item[1].loci, item[0]))


def _steps(first: tuple[int, ...], second: tuple[int, ...]) -> int:
    if len(first) != len(second):
        # A single peak at a duplicated locus stands for two equal copies.
        longest = max(len(first), len(second))
        first, second = (one * longest if len(one) == 1 else one for one in (first, second))
    if len(first) != len(second):
        return 1
    return sum(math.ceil(abs(a - b) / 10) for a, b in zip(first, second, strict=True))
