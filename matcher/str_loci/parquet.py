"""Profile databases in Parquet, read column by column without a Python object a cell.

Long form: `sample_id`, `locus`, `allele_1`, `allele_2`, one row a sample and locus. Wide form: `sample_id` and one
column a locus (`15/16`, `15,16`, `15` for one peak, `15/?` where a second may be lost), or two columns a locus
(`TH01_1`, `TH01_2`). Text alleles are designations (`9.3`); integer alleles are tenths of a repeat (93), as everywhere
in this package; decimal alleles are designations.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from matcher.errors import InputError
from matcher.str_loci.alleles import parse_allele
from matcher.str_loci.database import ProfileDatabase, database_of
from matcher.str_loci.loci import find_locus
from matcher.str_loci.observations import observation_code, read_observation

if TYPE_CHECKING:
    import pyarrow as pa

SAMPLE_COLUMNS = ("sample_id", "sample", "样本编号")
MISSING, UNREADABLE = 0, -1

LARGEST_PATTERN = 3
"""Alleles of one person at one locus; more is a mixture."""

Tenths = NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class LoadedDatabase:
    """A database with what could not be used.

    Parameters
    ----------
    database : ProfileDatabase
        Encoded profiles.
    ignored_columns : tuple of str
        Columns or loci that are not autosomal STRs.
    unreadable : int
        Genotypes left out because an allele could not be read.
    """

    database: ProfileDatabase
    ignored_columns: tuple[str, ...]
    unreadable: int


def read_database(path: Path) -> LoadedDatabase:
    """Read a Parquet file of either form.

    Raises
    ------
    InputError
        When the file is not Parquet, has no sample column, or no locus is recognised.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        table = pq.read_table(path)
    except (OSError, pa.ArrowInvalid) as error:
        raise InputError(f"{path}: not a readable Parquet file ({error})", remedy="write it with pyarrow") from None
    sample = next((name for name in SAMPLE_COLUMNS if name in table.column_names), None)
    if sample is None:
        raise InputError(f"{path}: no column 'sample_id' among {table.column_names[:8]}", remedy="name the samples")
    if {"locus", "allele_1"} <= set(table.column_names):
        return _long(table, sample, path)
    return _wide(table, sample, path)


def _long(table: pa.Table, sample: str, path: Path) -> LoadedDatabase:
    ids, rows = np.unique(_text(table.column(sample)), return_inverse=True)
    names, which = np.unique(_text(table.column("locus")), return_inverse=True)
    first = _tenths(table.column("allele_1"))
    second = _tenths(table.column("allele_2")) if "allele_2" in table.column_names else np.zeros_like(first)
    known = [find_locus(str(name)) for name in names]
    columns: dict[str, NDArray[np.str_]] = {}
    unreadable = 0
    for number, locus in enumerate(known):
        if locus is None or locus.kind != "autosomal":
            continue
        chosen = which == number
        codes, bad = _observations(first[chosen], second[chosen])
        column = columns.setdefault(locus.name, np.zeros(len(ids), codes.dtype))
        if column.dtype.itemsize < codes.dtype.itemsize:
            column = columns[locus.name] = column.astype(codes.dtype)
        column[rows[chosen]] = codes
        unreadable += bad
    ignored = tuple(str(n) for n, locus in zip(names, known, strict=True) if locus is None or locus.kind != "autosomal")
    return _loaded(ids, columns, ignored, unreadable, path)


def _wide(table: pa.Table, sample: str, path: Path) -> LoadedDatabase:
    ids = _text(table.column(sample))
    columns: dict[str, NDArray[np.str_]] = {}
    ignored = []
    unreadable = 0
    for name in table.column_names:
        base = name.removesuffix("_1")
        locus = find_locus(base if base != name and f"{base}_2" in table.column_names else name)
        if name == sample or (name.endswith("_2") and f"{name.removesuffix('_2')}_1" in table.column_names):
            continue
        if locus is None or locus.kind != "autosomal":
            ignored.append(name)
            continue
        if base != name and f"{base}_2" in table.column_names:
            codes, bad = _observations(_tenths(table.column(name)), _tenths(table.column(f"{base}_2")))
        else:
            codes, bad = _genotype_texts(table.column(name))
        columns[locus.name] = codes
        unreadable += bad
    return _loaded(ids, columns, tuple(ignored), unreadable, path)


def _loaded(
    ids: NDArray[np.str_], columns: dict[str, NDArray[np.str_]], ignored: tuple[str, ...], unreadable: int, path: Path
) -> LoadedDatabase:
    if not columns:
        raise InputError(f"{path}: no column is an autosomal STR locus", remedy="use names such as D3S1358 or Penta E")
    if len(np.unique(ids)) != len(ids):
        raise InputError(f"{path}: a sample stands in two rows", remedy="one row a sample (wide) or a locus (long)")
    loci = tuple(sorted(columns))
    return LoadedDatabase(database_of(ids, loci, [columns[locus] for locus in loci]), ignored, unreadable)


def _text(column: pa.ChunkedArray) -> NDArray[np.str_]:
    import pyarrow as pa

    filled = column.cast(pa.string()).fill_null("")
    return np.asarray(filled.to_numpy(), np.str_)


def _tenths(column: pa.ChunkedArray) -> Tenths:
    """Return alleles as tenths; `MISSING` for null and empty, `UNREADABLE` for what is no allele."""
    import pyarrow as pa

    if pa.types.is_integer(column.type):
        return np.asarray(column.fill_null(MISSING).to_numpy(), np.int32)
    if pa.types.is_floating(column.type):
        values = column.to_numpy()
        return np.where(np.isnan(values), MISSING, np.rint(np.nan_to_num(values) * 10)).astype(np.int32)
    return _by_distinct_text(column, _allele_or_code)


def _allele_or_code(text: str) -> int:
    if not text.strip():
        return MISSING
    try:
        return parse_allele(text)
    except InputError:
        return UNREADABLE


def _by_distinct_text(column: pa.ChunkedArray, read: Callable[[str], int]) -> Tenths:
    distinct, inverse = np.unique(_text(column), return_inverse=True)
    return np.array([read(str(text)) for text in distinct], np.int32)[inverse]


def _observations(first: Tenths, second: Tenths) -> tuple[NDArray[np.str_], int]:
    """Turn two alleles a row into observation codes; one missing allele means a homozygote written once."""
    bad = (first < 0) | (second < 0)
    low, high = np.where(first == MISSING, second, first), np.where(second == MISSING, first, second)
    low, high = np.minimum(low, high), np.maximum(low, high)
    pairs = np.where(bad | (high == MISSING), 0, low.astype(np.int64) * 10_000 + high)
    distinct, inverse = np.unique(pairs, return_inverse=True)
    codes = ["" if pair == 0 else observation_code(divmod(int(pair), 10_000)) for pair in distinct]
    return np.array(codes, np.str_)[inverse], int(bad.sum())


def _genotype_texts(column: pa.ChunkedArray) -> tuple[NDArray[np.str_], int]:
    """Read one text a genotype."""
    distinct, inverse = np.unique(_text(column), return_inverse=True)
    read = [_genotype_text(str(text)) for text in distinct]
    bad = np.array([code is None for code in read])
    codes = np.array([code or "" for code in read], np.str_)
    return codes[inverse], int(bad[inverse].sum())


def _genotype_text(text: str) -> str | None:
    parts = [part for part in text.replace(",", "/").replace(";", "/").split("/") if part.strip()]
    try:
        return read_observation(parts) if len(parts) <= LARGEST_PATTERN else None
    except InputError:
        return None
