"""Profile databases in Parquet, read column by column without a Python object a cell.

Long form: `sample_id`, `locus`, `allele_1`, `allele_2`, one row a sample and locus. Wide form: `sample_id` and one
column a locus (`15/16`, `15,16`, `15` for one peak, `15/?` where a second may be lost), or two columns a locus
(`TH01_1`, `TH01_2`). Text alleles are designations (`9.3`); integer alleles are tenths of a repeat (93), as everywhere
in this package; decimal alleles are designations.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from matcher.errors import InputError
from matcher.str_loci.alleles import parse_allele
from matcher.str_loci.database import ProfileDatabase, assembled
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


@dataclass(frozen=True, slots=True)
class _Column:
    """Observations of one locus: distinct canonical codes ("" = not typed), a position in them per row, and losses."""

    distinct: tuple[str, ...]
    positions: NDArray[np.intp]
    unreadable: int


def _long(table: pa.Table, sample: str, path: Path) -> LoadedDatabase:
    ids, rows = _encoded(table.column(sample))
    names, which = _encoded(table.column("locus"))
    first = _tenths(table.column("allele_1"))
    second = _tenths(table.column("allele_2")) if "allele_2" in table.column_names else np.zeros_like(first)
    known = [find_locus(name) for name in names]
    autosomal = [locus.name if locus is not None and locus.kind == "autosomal" else "" for locus in known]
    loci = sorted(set(autosomal) - {""})
    # One number a locus, however it is spelt from row to row.
    meaning = np.array([loci.index(name) if name else -1 for name in autosomal], np.intp)[which]
    columns: dict[str, _Column] = {}
    for number, name in enumerate(loci):
        chosen = np.flatnonzero(meaning == number)
        found = _observations(first[chosen], second[chosen])
        positions = np.zeros(len(ids), np.intp)
        positions[rows[chosen]] = found.positions + 1
        columns[name] = _Column(("", *found.distinct), positions, found.unreadable)
    ignored = tuple(name for name, locus in zip(names, autosomal, strict=True) if not locus)
    return _loaded(np.array(ids, np.str_), columns, ignored, path)


def _wide(table: pa.Table, sample: str, path: Path) -> LoadedDatabase:
    columns: dict[str, _Column] = {}
    ignored = []
    for name in table.column_names:
        base = name.removesuffix("_1")
        paired = base != name and f"{base}_2" in table.column_names
        if name == sample or (name.endswith("_2") and f"{name.removesuffix('_2')}_1" in table.column_names):
            continue
        locus = find_locus(base if paired else name)
        if locus is None or locus.kind != "autosomal":
            ignored.append(name)
        elif locus.name in columns:
            raise InputError(f"{path}: {locus.name} stands under two names", remedy="use one spelling of each locus")
        elif paired:
            columns[locus.name] = _observations(_tenths(table.column(name)), _tenths(table.column(f"{base}_2")))
        else:
            columns[locus.name] = _genotype_texts(table.column(name))
    distinct, rows = _encoded(table.column(sample))
    if len(distinct) != len(rows):
        raise InputError(f"{path}: a sample stands in two rows", remedy="one row a sample (wide) or a locus (long)")
    return _loaded(np.array(distinct, np.str_)[rows], columns, tuple(ignored), path)


def _loaded(ids: NDArray[np.str_], columns: dict[str, _Column], ignored: tuple[str, ...], path: Path) -> LoadedDatabase:
    if not columns:
        raise InputError(f"{path}: no column is an autosomal STR locus", remedy="use names such as D3S1358 or Penta E")
    loci = tuple(sorted(columns))
    codes, vocabularies = [], []
    for locus in loci:
        column = columns[locus]
        # Several spellings may mean one observation ("15,16" and "16/15").
        vocabulary = ("", *sorted(set(column.distinct) - {""}))
        position = {observation: number for number, observation in enumerate(vocabulary)}
        renumbered = np.array([position[observation] for observation in column.distinct], np.intp)
        codes.append(renumbered[column.positions])
        vocabularies.append(vocabulary)
    unreadable = sum(column.unreadable for column in columns.values())
    return LoadedDatabase(assembled(ids, loci, codes, vocabularies), ignored, unreadable)


def _encoded(column: pa.ChunkedArray) -> tuple[list[str], NDArray[np.intp]]:
    """Return the distinct texts of a column and each row's position in them; null counts as empty."""
    import pyarrow as pa

    texts = column.cast(pa.string()).fill_null("").combine_chunks()
    encoded = (texts if isinstance(texts, pa.Array) else pa.concat_arrays(texts.chunks)).dictionary_encode()
    return encoded.dictionary.to_pylist(), np.asarray(encoded.indices.to_numpy(), np.intp)


def _tenths(column: pa.ChunkedArray) -> Tenths:
    """Return alleles as tenths; `MISSING` for null and empty, `UNREADABLE` for what is no allele."""
    import pyarrow as pa

    if pa.types.is_integer(column.type):
        return np.asarray(column.fill_null(MISSING).to_numpy(), np.int32)
    if pa.types.is_floating(column.type):
        values = column.to_numpy()
        return np.where(np.isnan(values), MISSING, np.rint(np.nan_to_num(values) * 10)).astype(np.int32)
    distinct, positions = _encoded(column)
    return np.array([_allele_or_code(text) for text in distinct], np.int32)[positions]


def _allele_or_code(text: str) -> int:
    if not text.strip():
        return MISSING
    try:
        return parse_allele(text)
    except InputError:
        return UNREADABLE


def _observations(first: Tenths, second: Tenths) -> _Column:
    """Turn two alleles a row into observation codes; one missing allele means a homozygote written once."""
    bad = (first < 0) | (second < 0)
    low, high = np.where(first == MISSING, second, first), np.where(second == MISSING, first, second)
    low, high = np.minimum(low, high), np.maximum(low, high)
    pairs = np.where(bad | (high == MISSING), 0, low.astype(np.int64) * 10_000 + high)
    distinct, positions = np.unique(pairs, return_inverse=True)
    codes = tuple("" if pair == 0 else observation_code(divmod(int(pair), 10_000)) for pair in distinct)
    return _Column(codes, positions, int(bad.sum()))


def _genotype_texts(column: pa.ChunkedArray) -> _Column:
    """Read one text a genotype."""
    distinct, positions = _encoded(column)
    read = [_genotype_text(text) for text in distinct]
    bad = np.array([code is None for code in read])
    return _Column(tuple(code or "" for code in read), positions, int(bad[positions].sum()))


def _genotype_text(text: str) -> str | None:
    parts = [part for part in text.replace(",", "/").replace(";", "/").split("/") if part.strip()]
    try:
        return read_observation(parts) if len(parts) <= LARGEST_PATTERN else None
    except InputError:
        return None
