"""Layouts of STR tables: any of them becomes a sequence of cells, one genotype as written with where it stands.

Long: sample, locus, allele 1 ... allele n (GeneMapper exports have this form with further columns). One allele a row:
sample, locus, allele. Wide: sample and one column a locus (`15,16`), or two (`TH01 1`, `TH01 2`; `TH01`, `TH01 (2)`).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

from matcher.errors import InputError
from matcher.str_loci.loci import find_locus

SAMPLE_HEADERS = (
    "sample name", "sample", "sample id", "sample_id", "样本编号", "样品编号", "样品名称", "样本名称", "样本",
    "检材编号", "血样编号", "dna编号", "编号", "person", "id", "sample file",
)  # fmt: skip
LOCUS_HEADERS = ("locus", "marker", "基因座", "位点", "座位", "标记")
ALLELE_HEADERS = ("allele", "等位基因", "allele value")

_NUMBERED_ALLELE = re.compile(r"(?:allele|等位基因|基因型)[ _]?(?P<number>\d{1,2}|[ab])")
_SECOND_COLUMN = re.compile(r"(?P<locus>.+?)(?:[ _.\-](?P<number>[12ab])|[ ]?\((?P<repeated>2)\))", re.IGNORECASE)
_SEPARATORS = re.compile(r"[,/;|、\s]+")
_ABSENT = {"", "-", "--", "—", "na", "n/a", "nan", "none", "null", "无", "未检出", "nr", "0"}
_LONGEST_SAMPLE_ID = 80


@dataclass(frozen=True, slots=True)
class Cell:
    """One genotype as written.

    Parameters
    ----------
    row : int or None
        Row of the file, the header being 1; None where the format has no rows.
    sample, locus : str
        As written, trimmed.
    alleles : tuple of str
        Non-empty designations in order.
    """

    row: int | None
    sample: str
    locus: str
    alleles: tuple[str, ...]


def cells_of_table(rows: Iterable[Mapping[str, str]], *, source: str) -> Iterator[Cell]:
    """Recognise the layout by the header and yield the cells.

    Raises
    ------
    InputError
        When there is no sample column, or nothing that can hold alleles.
    """
    remaining = iter(rows)
    first = next(remaining, None)
    if first is None:
        return
    # A laboratory's table of a million samples has twenty million rows: they are never held together.
    table = chain([first], remaining)
    headers = list(first)
    sample = _named(headers, SAMPLE_HEADERS)
    if sample is None:
        raise InputError(
            f"{source}: no column for the sample", remedy=f"name it one of {', '.join(SAMPLE_HEADERS[:5])}"
        )
    locus = _named(headers, LOCUS_HEADERS)
    alleles = [header for header in headers if _NUMBERED_ALLELE.fullmatch(_clean(header).lower())]
    single = _named(headers, ALLELE_HEADERS)
    if locus is not None and alleles:
        yield from _long(table, sample, locus, alleles)
    elif locus is not None and single is not None:
        yield from _allele_a_row(table, sample, locus, single)
    elif wide := _wide_columns(headers, sample):
        yield from _wide(table, sample, wide)
    else:
        raise InputError(
            f"{source}: no column for alleles",
            remedy="use sample, locus, allele 1, allele 2 (样本编号, 基因座, 等位基因1, ...), or one column a locus",
        )


def _long(table: Iterable[Mapping[str, str]], sample: str, locus: str, alleles: list[str]) -> Iterator[Cell]:
    for number, row in enumerate(table, 2):
        cell = Cell(number, _sample(row, sample), _clean(row.get(locus)), _present(row.get(a) for a in alleles))
        if cell.sample or cell.locus or cell.alleles:
            yield cell


def _allele_a_row(table: Iterable[Mapping[str, str]], sample: str, locus: str, allele: str) -> Iterator[Cell]:
    """Gather the rows of one sample and locus; the cell stands at the first of them."""
    gathered: dict[tuple[str, str], tuple[int, list[str]]] = {}
    for number, row in enumerate(table, 2):
        key = _sample(row, sample), _clean(row.get(locus))
        if any(key) or _present([row.get(allele)]):
            gathered.setdefault(key, (number, []))[1].extend(_present([row.get(allele)]))
    for (name, where), (number, found) in gathered.items():
        yield Cell(number, name, where, tuple(dict.fromkeys(found)))


def _wide(table: Iterable[Mapping[str, str]], sample: str, columns: Mapping[str, list[str]]) -> Iterator[Cell]:
    for number, row in enumerate(table, 2):
        name = _sample(row, sample)
        for locus, headers in columns.items():
            texts = [_clean(row.get(header)) for header in headers]
            # A comma between two digits of one column separates alleles; in a column of its own it is a decimal comma.
            parts = texts if len(headers) > 1 else _SEPARATORS.split(texts[0])
            alleles = _present(parts)
            if alleles:
                yield Cell(number, name, locus, alleles)


def _wide_columns(headers: Iterable[str], sample: str) -> dict[str, list[str]]:
    """Group the columns that belong to one locus, by the locus' first header."""
    columns: dict[str, list[str]] = {}
    for header in headers:
        if header == sample:
            continue
        text = _clean(header)
        paired = _SECOND_COLUMN.fullmatch(text)
        if find_locus(text) is not None:
            columns.setdefault(text, []).append(header)
        elif paired is not None and find_locus(paired["locus"]) is not None:
            columns.setdefault(paired["locus"], []).append(header)
    return columns


def _named(headers: Iterable[str], spellings: Sequence[str]) -> str | None:
    """Return the header with the earliest of the spellings."""
    by_text = {_clean(header).lower(): header for header in reversed(list(headers))}
    return next((by_text[spelling] for spelling in spellings if spelling in by_text), None)


def _sample(row: Mapping[str, str], header: str) -> str:
    return _clean(row.get(header))[:_LONGEST_SAMPLE_ID]


def _clean(text: object) -> str:
    return unicodedata.normalize("NFKC", str(text or "")).strip()


def _present(texts: Iterable[object]) -> tuple[str, ...]:
    return tuple(text for text in map(_clean, texts) if text.lower() not in _ABSENT)
