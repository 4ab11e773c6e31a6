"""Face embeddings without their photographs, as a Parquet file: synthetic worlds, and moves between stations.

Columns: photo_id, record_id, model_id (text); vector (list of float32, L2-normalised); optional taken (text or date),
declared_age_group (unknown, child, adult), quality (detector confidence in [0, 1]), provenance (text).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any, cast

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from matcher.errors import InputError, LimitError, UsageError
from matcher.types import AgeGroup, DayInterval, FacePhoto, Reject
from matcher.workspace.ingest.dates import days, parse_date
from matcher.workspace.ingest.files import opened, sha256_of_stream
from matcher.workspace.ingest.request import FileSummary, IngestSettings
from matcher.workspace.ingest.tally import Tally
from matcher.workspace.ingest.text import UnreadableValueError, is_text, shortened
from matcher.workspace.photos import packed
from matcher.workspace.store import Workspace
from matcher.workspace.values import EmbeddedPhoto, ImportFile

_NEEDED = ("photo_id", "record_id", "model_id", "vector")
_OPTIONAL = ("taken", "declared_age_group", "quality", "provenance")
_AGE_GROUPS = ("unknown", "child", "adult")
_BATCH_ROWS = 1000
_LONGEST_DIMENSION = 8192
_LONGEST_TEXT = 200

Row = Mapping[str, Any]
Float32 = NDArray[np.float32]


def ingest_embeddings(workspace: Workspace, path: Path, settings: IngestSettings) -> Iterator[FileSummary]:
    """Store the embeddings of a Parquet file.

    Raises
    ------
    InputError
        When it is not a Parquet file with the needed columns.
    LimitError
        Beyond a cap on size.
    """
    tally = Tally()
    try:
        with opened(path, settings.limits.embeddings_bytes) as stream:
            sha256 = sha256_of_stream(stream)
            table = pq.ParquetFile(stream)
            columns = _check(table, path, settings)
            with settings.progress(f"storing embeddings of {path.name}", table.metadata.num_rows) as advance:
                for batch in table.iter_batches(_BATCH_ROWS, columns=columns):
                    _store(workspace, batch, (path.name, tally.read), settings.today, tally)
                    advance(batch.num_rows)
    except (pa.ArrowException, OSError, ValueError) as error:
        raise InputError(
            f"{path}: not a sound Parquet file ({type(error).__name__})", remedy="export it again"
        ) from error
    key = workspace.begin_import(ImportFile(str(path.absolute()), sha256, "embeddings"))
    workspace.finish_import(key, tally.counts(), tally.rejects)
    yield FileSummary(path.name, "embeddings", tally.counts(), rejects=tuple(item.reject for item in tally.rejects))


def _check(table: pq.ParquetFile, path: Path, settings: IngestSettings) -> list[str]:
    names = table.schema_arrow.names
    missing = [name for name in _NEEDED if name not in names]
    if missing:
        raise InputError(f"{path}: no column {', '.join(missing)}", remedy=f"needed: {', '.join(_NEEDED)}")
    kind = table.schema_arrow.field("vector").type
    if not (pa.types.is_list(kind) or pa.types.is_fixed_size_list(kind) or pa.types.is_large_list(kind)):
        raise InputError(f"{path}: column vector is {kind}", remedy="write it as a list of float32")
    metadata = table.metadata
    largest = max((metadata.row_group(n).total_byte_size for n in range(metadata.num_row_groups)), default=0)
    if largest > settings.limits.embeddings_group_bytes:
        raise LimitError(
            f"{path}: a row group of {largest / 2**20:.0f} MiB, at most "
            f"{settings.limits.embeddings_group_bytes / 2**20:.0f} MiB are accepted",
            remedy="write it with smaller row groups",
        )
    return [name for name in (*_NEEDED, *_OPTIONAL) if name in names]


def _store(workspace: Workspace, batch: pa.RecordBatch, place: tuple[str, int], today: int, tally: Tally) -> None:
    source, before = place
    items: list[tuple[int, EmbeddedPhoto]] = []
    rows = batch.drop_columns(["vector"]).to_pylist()
    for number, (row, vector) in enumerate(zip(rows, _vectors(batch.column("vector")), strict=True), before + 1):
        tally.read += 1
        try:
            items.append((number, _photo(row, vector, today)))
        except UnreadableValueError as error:
            tally.lose(_reject(source, number, row, error.reason, error.remedy))
    outcomes = workspace.put_embedded([item for _, item in items])
    for (number, item), outcome in zip(items, outcomes, strict=True):
        if outcome == "unknown_case":
            row = {"record_id": item.record_id}
            tally.lose(_reject(source, number, row, "unknown_case", "ingest the form with this case number first"))
        else:
            tally.keep(outcome)


def _photo(row: Row, vector: Float32 | None, today: int) -> EmbeddedPhoto:
    group = row.get("declared_age_group") or "unknown"
    if group not in _AGE_GROUPS:
        raise UnreadableValueError("bad_age_group", f"use one of {', '.join(_AGE_GROUPS)}")
    provenance = shortened(str(row.get("provenance") or ""), _LONGEST_TEXT) or None
    photo = FacePhoto(
        photo_id=_text(row, "photo_id"), model_id=_text(row, "model_id"), vector=_checked(vector),
        quality=_quality(row.get("quality")), taken=_taken(row.get("taken"), today),
        declared_age_group=cast(AgeGroup, group),
    )  # fmt: skip
    return EmbeddedPhoto(
        _text(row, "record_id"), photo, None if provenance is None else shortened(str(provenance), 200)
    )


def _text(row: Row, name: str) -> str:
    value = row.get(name)
    if not isinstance(value, str) or not value.strip() or len(value) > _LONGEST_TEXT or not is_text(value):
        raise UnreadableValueError(f"bad_{name}", f"{name} must be text of 1 to {_LONGEST_TEXT} characters")
    return value.strip()


def _vectors(column: pa.Array) -> Iterator[Float32 | None]:
    """Yield the vectors of a batch; None for a null, or for a list of anything but numbers with a point."""
    if not pa.types.is_floating(column.type.value_type):
        yield from [None] * len(column)
        return
    # A null inside a list becomes NaN, which no vector of length 1 holds.
    values = column.flatten().to_numpy(zero_copy_only=False)
    start = 0
    for length in pc.list_value_length(column).to_pylist():
        if length is None:
            yield None
            continue
        yield np.asarray(values[start : start + length], np.float32)
        start += length


def _checked(vector: Float32 | None) -> Float32:
    if vector is not None and len(vector) <= _LONGEST_DIMENSION:
        try:
            packed(vector)
        except UsageError:
            pass
        else:
            return vector
    raise UnreadableValueError("bad_vector", "write an L2-normalised list of float32")


def _quality(value: object) -> float | None:
    if value is None:
        return None
    if not isinstance(value, int | float) or not 0.0 <= value <= 1.0:
        raise UnreadableValueError("bad_quality", "quality lies between 0 and 1")
    return float(value)


def _taken(value: object, today: int) -> DayInterval | None:
    if value is None or value == "":
        return None
    if isinstance(value, str):
        return parse_date(value, today=today).interval
    if isinstance(value, date):  # a timestamp is one too
        return days(value, value)
    raise UnreadableValueError("bad_date", "taken must be text or a date")


def _reject(source: str, number: int, row: Row, reason: str, remedy: str) -> Reject:
    shown = shortened(str(row.get("record_id") or ""))
    return Reject(source, number, None, shown, reason, remedy, record_lost=True)
