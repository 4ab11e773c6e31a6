"""Alleles as integer tenths of a repeat: 9.3 is 93, so that no comparison ever rounds.

A microvariant "9.3" has nine full repeats and three more bases; the digit after the point counts bases, it is not a
decimal fraction. Arithmetic on tenths therefore only compares, sorts and subtracts.

Source: Baer et al., Int J Legal Med 110 (1997) 175 (ISFH nomenclature of variant alleles).
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from matcher.errors import InputError
from matcher.types import Genotype

SILENT: Final = -1
"""Allele that gives no peak; it stands last in a frequency table and never mutates."""

LARGEST_REPEAT: Final = 99
"""Larger repeat numbers are misread fragment lengths; the longest published allele is SE33 50.2."""

_ALLELE = re.compile(r"(?P<repeat>\d{1,2})(?:[.,·](?P<bases>[0-9]))?")


def parse_allele(text: str) -> int:
    """Read an allele designation as tenths of a repeat.

    Accepts `9.3`, `9,3`, full-width digits and `silent`; a tenth of 0 (`9.0`) is the plain repeat.

    Raises
    ------
    InputError
        For anything else, also for off-ladder and range marks (`OL`, `>20`), which callers treat on their own.

    >>> parse_allele("9.3"), parse_allele("１７"), parse_allele("silent")
    (93, 170, -1)
    """
    clean = unicodedata.normalize("NFKC", text).strip()
    if clean.lower() == "silent":
        return SILENT
    match = _ALLELE.fullmatch(clean)
    if match is None or not 0 < int(match["repeat"]) <= LARGEST_REPEAT:
        raise InputError(
            f"allele {text[:20]!r} is not a repeat number", remedy="use forms such as 12, 9.3 or 30.2 (1 to 99)"
        )
    return 10 * int(match["repeat"]) + int(match["bases"] or 0)


def format_allele(allele: int) -> str:
    """Write an allele in the usual designation.

    >>> format_allele(93), format_allele(170), format_allele(-1)
    ('9.3', '17', 'silent')
    """
    if allele == SILENT:
        return "silent"
    repeat, bases = divmod(allele, 10)
    return f"{repeat}.{bases}" if bases else str(repeat)


def format_genotype(genotype: Genotype) -> str:
    """Write a genotype as `a/b`.

    >>> format_genotype((93, 100))
    '9.3/10'
    """
    return f"{format_allele(genotype[0])}/{format_allele(genotype[1])}"


def genotype_of(first: int, second: int) -> Genotype:
    """Order two alleles into a genotype."""
    return (first, second) if first <= second else (second, first)


def parse_genotype(text: str) -> Genotype:
    """Read `a/b` as a genotype.

    Raises
    ------
    InputError
        When there are not exactly two alleles.

    >>> parse_genotype("10/9.3")
    (93, 100)
    """
    parts = text.split("/")
    if len(parts) != 2:
        raise InputError(f"genotype {text[:20]!r} has {len(parts)} alleles", remedy="write two alleles as 12/13")
    return genotype_of(parse_allele(parts[0]), parse_allele(parts[1]))


def repeat_steps(first: int, second: int) -> float:
    """Count repeats between two alleles; a fraction means that they differ by a partial repeat.

    >>> repeat_steps(93, 103), repeat_steps(93, 100)
    (1.0, 0.7)
    """
    return abs(first - second) / 10
