"""Embeddings without photographs, from Parquet."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from matcher.errors import InputError, LimitError
from matcher.types import DayInterval
from matcher.workspace.ingest.dates import days_of
from matcher.workspace.ingest.limits import DEFAULT_LIMITS
from matcher.workspace.ingest.request import FileSummary
from tests.workspace.conftest import Intake, unit_vector


def row(photo_id: str, record_id: str, seed: int, **more: object) -> dict[str, object]:
    vector = [float(value) for value in unit_vector(seed)]
    return {"photo_id": photo_id, "record_id": record_id, "model_id": "m", "vector": vector} | more


def write(intake: Intake, rows: list[dict[str, object]], types: Mapping[str, pa.DataType] | None = None) -> Path:
    intake.folder.mkdir(parents=True, exist_ok=True)
    path = intake.folder / "faces.parquet"
    table = pa.Table.from_pylist(rows)
    for name, kind in {"vector": pa.list_(pa.float32()), **(types or {})}.items():
        if name in table.column_names:
            table = table.set_column(table.column_names.index(name), name, table[name].cast(kind))
    pq.write_table(table, path)
    return path


def run(intake: Intake, path: Path) -> FileSummary:
    report = intake.run(embeddings=path)
    assert report.errors == ()
    return report.files[0]


@pytest.fixture
def cases(intake: Intake) -> Intake:
    intake.form("编号\nA1\nA2\n")
    return intake


def test_embeddings_are_stored_with_what_is_known_of_them(cases: Intake) -> None:
    rows = [
        row("p1", "A1", 1, taken="2019-03", declared_age_group="child", quality=0.5, provenance="generator 7"),
        row("p2", "A1", 2, taken=None, declared_age_group=None, quality=None, provenance=None),
    ]
    summary = run(cases, write(cases, rows))
    assert (summary.counts.read, summary.counts.stored) == (2, 2)
    first, second = cases.workspace.subject("A1").photos
    assert first.vector.tobytes() == unit_vector(1).tobytes()
    assert first.taken == DayInterval(days_of(2019, 3, 1), days_of(2019, 3, 31))
    assert (first.declared_age_group, first.quality) == ("child", 0.5)
    assert (second.taken, second.declared_age_group, second.quality) == (None, "unknown", None)
    stored = cases.workspace._db.identity.execute("SELECT origin, provenance FROM photo ORDER BY n").fetchall()
    assert stored == [("p1", "generator 7"), ("p2", None)]


def test_again_changes_nothing_and_a_new_vector_replaces_the_old(cases: Intake) -> None:
    path = write(cases, [row("p1", "A1", 1), row("p2", "A2", 2)])
    run(cases, path)
    seq = cases.workspace.seq()
    assert run(cases, path).counts.duplicate == 2
    assert cases.workspace.seq() == seq
    summary = run(cases, write(cases, [row("p1", "A1", 1), row("p2", "A2", 3)]))
    assert (summary.counts.updated, summary.counts.duplicate) == (1, 1)
    assert cases.workspace.changes(seq).changed == ("A2",)
    assert cases.workspace.counts()["embedding"] == 2


@pytest.mark.parametrize(
    ("kind", "taken"),
    [(pa.date32(), date(2019, 3, 5)), (pa.timestamp("us"), date(2019, 3, 5)), (pa.string(), "2019年3月5日")],
)
def test_forms_of_dates(cases: Intake, kind: pa.DataType, taken: object) -> None:
    run(cases, write(cases, [row("p1", "A1", 1, taken=taken)], {"taken": kind}))
    day = days_of(2019, 3, 5)
    assert cases.workspace.subject("A1").photos[0].taken == DayInterval(day, day)


def test_vectors_of_fixed_size_and_double(cases: Intake) -> None:
    for kind in (pa.list_(pa.float32(), 16), pa.list_(pa.float64()), pa.large_list(pa.float32())):
        run(cases, write(cases, [row("p1", "A1", 1)], {"vector": kind}))
    assert cases.workspace.subject("A1").photos[0].vector.tobytes() == unit_vector(1).tobytes()


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"record_id": "X9"}, "unknown_case"),
        ({"record_id": ""}, "bad_record_id"),
        ({"photo_id": "\x00"}, "bad_photo_id"),
        ({"model_id": "m" * 300}, "bad_model_id"),
        ({"vector": [1.0, 1.0]}, "bad_vector"),
        ({"vector": [float("nan")] * 4}, "bad_vector"),
        ({"vector": []}, "bad_vector"),
        ({"vector": [0.0] * 9000}, "bad_vector"),
        ({"taken": "soon"}, "bad_date"),
        ({"quality": 7.0}, "bad_quality"),
        ({"declared_age_group": "old"}, "bad_age_group"),
    ],
)
def test_bad_rows_are_named_and_the_others_stored(cases: Intake, change: dict[str, object], reason: str) -> None:
    summary = run(cases, write(cases, [dict.fromkeys(change) | row("p0", "A2", 4), row("p1", "A1", 1) | change]))
    assert [(r.row, r.reason, r.record_lost) for r in summary.rejects] == [(2, reason, True)]
    assert (summary.counts.read, summary.counts.stored, summary.counts.rejected) == (2, 1, 1)


def test_what_is_not_such_a_file(cases: Intake) -> None:
    path = write(cases, [row("p1", "A1", 1)])
    whole = path.read_bytes()
    damaged = {
        "garbage": b"PAR1" + np.random.default_rng(1).bytes(500) + b"PAR1",
        "truncated": whole[:-10],
        "text": b"hello",
        "body": whole[:40] + b"\xff" * 60 + whole[100:],
    }
    for content in damaged.values():
        path.write_bytes(content)
        [error] = cases.run(embeddings=path).errors
        assert type(error) is InputError
        assert "not a sound Parquet file" in str(error)
    path = write(cases, [{"photo_id": "p", "record_id": "A1"}])
    assert "no column model_id, vector" in str(cases.run(embeddings=path).errors[0])
    path = write(cases, [row("p1", "A1", 1) | {"vector": None}], {"vector": pa.string()})
    assert "column vector is string" in str(cases.run(embeddings=path).errors[0])


def test_a_row_group_beyond_the_cap(cases: Intake) -> None:
    path = write(cases, [row(f"p{n}", "A1", n) for n in range(50)])
    cases.settings = replace(cases.settings, limits=replace(DEFAULT_LIMITS, embeddings_group_bytes=1000))
    [error] = cases.run(embeddings=path).errors
    assert type(error) is LimitError
