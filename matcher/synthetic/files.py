"""Files of a synthetic world, byte for byte the same from the same rows: forms, laboratory table, embeddings, truth."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from matcher.outputs import inert_workbook
from matcher.synthetic import truth
from matcher.synthetic.clerks import write_date
from matcher.synthetic.sources import Float32
from matcher.types import Genotype

_CODECS = {"csv-gbk": "gbk", "csv-gb18030": "gb18030", "csv-utf8": "utf-8", "csv-utf8-bom": "utf-8-sig"}
SUFFIXES = dict.fromkeys(_CODECS, ".csv") | {"xlsx": ".xlsx", "jsonl": ".jsonl"}
"""File suffix of each form."""

EMBEDDINGS = pa.schema(
    [
        pa.field("photo_id", pa.string(), nullable=False),
        pa.field("record_id", pa.string(), nullable=False),
        pa.field("model_id", pa.string(), nullable=False),
        pa.field("vector", pa.list_(pa.float32()), nullable=False),
        pa.field("taken", pa.string()),
        pa.field("declared_age_group", pa.string(), nullable=False),
        pa.field("provenance", pa.string(), nullable=False),
    ]
)

_PROFILE_HEADERS = ("样本编号", "基因座", "等位基因1", "等位基因2")
_PROFILE_ROWS = 1_000_000
"""Rows of one laboratory table; a longer one comes in parts, each below what spreadsheets and `matcher ingest` take."""

_ROW_GROUP = 10_000
_CREATED = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class PhotoRow:
    """One photograph that exists as an embedding only."""

    photo_id: str
    record_id: str
    vector: Float32
    taken_day: int
    age_group: str
    provenance: str


def write_form(path: Path, form: str, headers: Sequence[str], rows: Sequence[Mapping[str, str]]) -> None:
    """Write one station's table.

    Parameters
    ----------
    form : str
        Key of `SUFFIXES`.
    headers : sequence of str
        Columns in order.
    rows : sequence of mapping
        Cells by header; an absent cell is empty.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    if form == "xlsx":
        _write_xlsx(path, headers, rows)
    elif form == "jsonl":
        path.write_bytes("".join(json.dumps(dict(row), ensure_ascii=False) + "\n" for row in rows).encode())
    else:
        path.write_bytes(_csv_text(headers, rows).encode(_CODECS[form], "replace"))


def _csv_text(headers: Sequence[str], rows: Iterable[Mapping[str, str]]) -> str:
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\r\n")
    writer.writerow(headers)
    writer.writerows([row.get(header, "") for header in headers] for row in rows)
    return buffer.getvalue()


def _write_xlsx(path: Path, headers: Sequence[str], rows: Sequence[Mapping[str, str]]) -> None:
    book = inert_workbook(path)
    book.set_properties({"created": _CREATED.replace(tzinfo=None)})
    sheet = book.add_worksheet("登记表")
    sheet.write_row(0, 0, list(headers))
    for number, row in enumerate(rows, 1):
        for column, header in enumerate(headers):
            if row.get(header):
                sheet.write_string(number, column, row[header])
    book.close()


class Tables:
    """Tables that grow block by block: laboratory profiles, embeddings, truth."""

    def __init__(self, directory: Path, stack: ExitStack) -> None:
        self._directory = directory
        self._stack = stack
        self._writers: dict[str, pq.ParquetWriter] = {}
        self._parts, self._rows = 0, 0
        self._profiles = self._next_profiles()
        for name in truth.SCHEMAS:
            self.write_truth(name, [])
        self.append("embeddings.parquet", EMBEDDINGS.empty_table())

    def write_profiles(self, samples: Iterable[tuple[str, Mapping[str, Genotype]]]) -> None:
        """Append profiles to the long table of the laboratory: sample, locus, allele 1, allele 2."""
        rows = [
            dict(zip(_PROFILE_HEADERS, (sample, locus, allele(low), allele(high)), strict=True))
            for sample, genotypes in samples
            for locus, (low, high) in genotypes.items()
        ]
        self._rows += len(rows)
        if self._rows > _PROFILE_ROWS:
            self._profiles, self._rows = self._next_profiles(), len(rows)
        self._profiles.write(_csv_text(_PROFILE_HEADERS, rows).partition("\r\n")[2].encode())

    def _next_profiles(self) -> BinaryIO:
        self._parts += 1
        name = f"profiles-{self._parts}.csv" if self._parts > 1 else "profiles.csv"
        opened = self._stack.enter_context((self._directory / name).open("wb"))
        opened.write(_csv_text(_PROFILE_HEADERS, []).encode("utf-8-sig"))
        return opened

    def write_truth(self, name: str, rows: Sequence[Mapping[str, object]]) -> None:
        """Append rows to a truth table."""
        self.append(f"truth/{name}.parquet", pa.Table.from_pylist(rows, truth.SCHEMAS[name]))

    def move(self, name: str, path: Path) -> None:
        """Append a table written by `write_arrow`, and remove it."""
        self.append(name, read_arrow(path))
        path.unlink()

    def append(self, name: str, table: pa.Table) -> None:
        """Append rows to a Parquet table."""
        writer = self._writers.get(name)
        if writer is None:
            path = self._directory / name
            path.parent.mkdir(parents=True, exist_ok=True)
            writer = self._stack.enter_context(pq.ParquetWriter(path, table.schema, compression="zstd"))
            self._writers[name] = writer
        for start in range(0, len(table), _ROW_GROUP):
            writer.write_table(table.slice(start, _ROW_GROUP))


@contextmanager
def open_tables(directory: Path) -> Iterator[Tables]:
    """Open the growing tables of a world."""
    with ExitStack() as stack:
        yield Tables(directory, stack)


def photo_table(model_id: str, photos: Sequence[PhotoRow]) -> pa.Table:
    """Lay out embeddings for the Parquet table that `matcher ingest` reads."""
    flat = np.concatenate([photo.vector for photo in photos]) if photos else np.zeros(0, np.float32)
    ends = np.cumsum([0, *(len(photo.vector) for photo in photos)], dtype=np.int32)
    columns: tuple[pa.Array, ...] = (
        pa.array([photo.photo_id for photo in photos], pa.string()),
        pa.array([photo.record_id for photo in photos], pa.string()),
        pa.array([model_id] * len(photos), pa.string()),
        pa.ListArray.from_arrays(pa.array(ends), pa.array(flat)),
        pa.array([write_date(photo.taken_day, "dash") for photo in photos], pa.string()),
        pa.array([photo.age_group for photo in photos], pa.string()),
        pa.array([photo.provenance for photo in photos], pa.string()),
    )
    return pa.Table.from_arrays(list(columns), schema=EMBEDDINGS)


def write_arrow(path: Path, table: pa.Table) -> None:
    """Write a table for reading it once again soon."""
    with pa.OSFile(str(path), "wb") as stream, pa.ipc.new_file(stream, table.schema) as writer:
        writer.write_table(table)


def read_arrow(path: Path) -> pa.Table:
    """Read a table written by `write_arrow`."""
    with pa.OSFile(str(path), "rb") as stream:
        return pa.ipc.open_file(stream).read_all()


def allele(tenths: int) -> str:
    """Write an allele in tenths of a repeat as laboratories do.

    >>> allele(93), allele(120)
    ('9.3', '12')
    """
    return f"{tenths // 10}.{tenths % 10}" if tenths % 10 else str(tenths // 10)


def write_json(path: Path, value: object) -> None:
    """Write a JSON document with sorted keys; a date as YYYY-MM-DD."""
    path.write_text(json.dumps(value, ensure_ascii=False, indent=1, sort_keys=True, default=str) + "\n", "utf-8")


def hashes(directory: Path) -> dict[str, str]:
    """Return the SHA-256 of every file below a directory, by relative path."""
    found = {}
    for path in sorted(directory.rglob("*")):
        if path.is_file():
            with path.open("rb") as stream:
                found[path.relative_to(directory).as_posix()] = hashlib.file_digest(stream, "sha256").hexdigest()
    return found
