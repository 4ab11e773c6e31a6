"""Records as Arrow tables: bulk SQL from both files, joined by their random keys in NumPy."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from matcher.errors import InputError, WorkspaceError
from matcher.schema import EVIDENCE_SCHEMAS, Evidence
from matcher.subjects import subjects_of
from matcher.types import SUBJECT, Subject
from matcher.workspace.databases import Databases
from matcher.workspace.keys import listed, photo_id_of
from matcher.workspace.rows import Cell

Int64 = NDArray[np.int64]
Columns = list[Sequence[Cell]]


@dataclass(frozen=True, slots=True)
class _Selection:
    """The records asked for: their keys in row order, and the SQL that limits a query to them."""

    keys: Int64
    everything: bool

    def where(self, column: str, keys: Int64 | None = None) -> tuple[str, tuple[str, ...]]:
        """Return a WHERE clause and its parameter; empty when everything is asked for."""
        if self.everything:
            return "", ()
        chosen = self.keys if keys is None else keys
        return f"WHERE {column} IN (SELECT value FROM json_each(?))", (listed(chosen.tolist()),)  # noqa: S608

    def rows_of(self, record_keys: Int64) -> Int64:
        """Return the row of each record key."""
        order = np.argsort(self.keys)
        found: Int64 = order[np.searchsorted(self.keys, record_keys, sorter=order)]
        return found


def read(db: Databases, record_ids: Sequence[str] | None) -> Evidence:
    """Read the evidence of some or all records within a snapshot, ordered by case number.

    Raises
    ------
    InputError
        When a case number is not in the workspace.
    WorkspaceError
        When biometrics that a record refers to are missing.
    """
    records, selection = _records(db.identity, record_ids)
    members = _members(db.identity, selection, records)
    return Evidence(
        records=records,
        names=_texts(db.identity, "names", selection),
        places=_texts(db.identity, "places", selection),
        photos=_photos(db, selection),
        members=members,
        genotypes=_genotypes(db, selection),
    )


def read_subjects(db: Databases, record_ids: Sequence[str]) -> list[Subject]:
    """Read records as subjects with their notes, ordered by case number."""
    subjects = subjects_of(read(db, record_ids))
    notes: dict[str, list[tuple[str, str]]] = {}
    for record_id, header, text in db.identity.execute(
        "SELECT r.record_id, n.header, n.text FROM note n JOIN record r USING (record_key) "
        "WHERE r.record_id IN (SELECT value FROM json_each(?)) ORDER BY r.record_id, n.n",
        (listed(record_ids),),
    ):
        notes.setdefault(record_id, []).append((header, text))
    return [replace(subject, notes=tuple(notes.get(subject.record_id, ()))) for subject in subjects]


def _records(identity: sqlite3.Connection, record_ids: Sequence[str] | None) -> tuple[pa.Table, _Selection]:
    where, parameters = "", ()  # type: tuple[str, tuple[str, ...]]
    if record_ids is not None:
        where, parameters = "WHERE record_id IN (SELECT value FROM json_each(?))", (listed(record_ids),)
    columns = _columns(
        identity.execute(
            "SELECT record_key, record_id, seq, kind, station, sex, birth_earliest, birth_latest, birth_estimated, "  # noqa: S608
            f"event_earliest, event_latest, height_cm, accent FROM record {where} ORDER BY record_id",
            parameters,
        ),
        13,
    )
    if record_ids is not None and len(columns[1]) != len(set(record_ids)):
        unknown = min(set(record_ids) - set(columns[1]))
        raise InputError(f"no record '{unknown}' in the workspace", remedy="check the case number")
    columns[8] = [bool(value) for value in columns[8]]
    return _table("records", columns[1:]), _Selection(np.array(columns[0], np.int64), record_ids is None)


def _texts(identity: sqlite3.Connection, name: str, selection: _Selection) -> pa.Table:
    where, parameters = selection.where("record_key")
    table, wanted = {
        "names": ("told_name", "text, kind, sound_only, credence"),
        "places": ("told_place", "text, role, credence"),
    }[name]
    columns = _columns(
        identity.execute(
            f"SELECT record_key, {wanted} FROM {table} {where} ORDER BY record_key, n",  # noqa: S608 - from above
            parameters,
        ),
        wanted.count(",") + 2,
    )
    if name == "names":
        columns[3] = [bool(value) for value in columns[3]]
    rows = selection.rows_of(np.array(columns[0], np.int64))
    return _sorted_by_row(_table(name, [rows, *columns[1:]]))


def _photos(db: Databases, selection: _Selection) -> pa.Table:
    where, parameters = selection.where("p.record_key")
    keys, photo_keys, models, vector_keys, *described = _columns(
        db.identity.execute(
            "SELECT p.record_key, p.photo_key, m.model_id, m.vector_key, p.taken_earliest, p.taken_latest, "  # noqa: S608
            f"p.declared_age_group FROM photo p CROSS JOIN photo_model m USING (photo_key) {where} "
            f"{'AND' if where else 'WHERE'} m.state = 'embedded' ORDER BY p.record_key, p.n, m.model_id",
            parameters,
        ),
        7,
    )
    wanted = np.array(vector_keys, np.int64)
    where, parameters = selection.where("vector_key", wanted)
    stored_keys, vectors, confidences = _columns(
        db.biometrics.execute(
            f"SELECT vector_key, vector, confidence FROM embedding {where} ORDER BY vector_key",  # noqa: S608
            parameters,
        ),
        3,
    )
    places = _positions(np.array(stored_keys, np.int64), wanted)
    photos = _table(
        "photos",
        [
            selection.rows_of(np.array(keys, np.int64)),
            [photo_id_of(int(key or 0)) for key in photo_keys],
            models,
            pa.array(vectors, pa.binary()).take(places),
            pa.array(confidences, pa.float32()).take(places),
            *described,
        ],
    )
    return _sorted_by_row(photos)


def _members(identity: sqlite3.Connection, selection: _Selection, records: pa.Table) -> pa.Table:
    where, parameters = selection.where("m.record_key")
    keys, *columns = _columns(
        identity.execute(
            "SELECT m.record_key, m.member, m.father, m.mother, m.sex, s.sample_id FROM pedigree_member m "  # noqa: S608
            f"LEFT JOIN sample s USING (sample_id) {where} ORDER BY m.record_key, m.n",
            parameters,
        ),
        6,
    )
    rows = selection.rows_of(np.array(keys, np.int64))
    sexes = records["sex"].to_pylist()
    columns[3] = [
        sexes[row] if member == SUBJECT else sex for row, member, sex in zip(rows, columns[0], columns[3], strict=True)
    ]
    # A subject without relatives whose sample has no profile yet says nothing.
    alone = np.bincount(rows, minlength=len(records))[rows] == 1
    untyped = np.array([sample is None for sample in columns[4]], bool)
    table = _table("members", [rows, *columns]).filter(pa.array(~(alone & untyped)))
    return _sorted_by_row(table)


def _genotypes(db: Databases, selection: _Selection) -> pa.Table:
    where, parameters = selection.where("m.record_key")
    keys, members, sample_keys = _columns(
        db.identity.execute(
            "SELECT m.record_key, m.member, s.sample_key FROM pedigree_member m "  # noqa: S608
            f"JOIN sample s USING (sample_id) {where} ORDER BY m.record_key, m.n",
            parameters,
        ),
        3,
    )
    wanted = np.array(sample_keys, np.int64)
    where, parameters = selection.where("sample_key", wanted)
    stored_keys, loci, low, high = _columns(
        db.biometrics.execute(
            f"SELECT sample_key, locus, allele_1, allele_2 FROM genotype {where} ORDER BY sample_key, locus",  # noqa: S608
            parameters,
        ),
        4,
    )
    stored = np.array(stored_keys, np.int64)
    first, last = np.searchsorted(stored, wanted), np.searchsorted(stored, wanted, side="right")
    counts = last - first
    if (counts == 0).any():
        raise _missing(int((counts == 0).sum()), "STR profiles")
    # Position of every genotype: each member's run of rows, one after the other.
    starts = np.repeat(first - np.concatenate([[0], np.cumsum(counts)[:-1]]) if len(counts) else first, counts)
    places = pa.array(starts + np.arange(counts.sum()), pa.int64())
    genotypes = _table(
        "genotypes",
        [
            np.repeat(selection.rows_of(np.array(keys, np.int64)), counts),
            pa.array(members, pa.string()).take(pa.array(np.repeat(np.arange(len(members)), counts), pa.int64())),
            pa.array(loci, pa.string()).take(places),
            pa.array(low, pa.int16()).take(places),
            pa.array(high, pa.int16()).take(places),
        ],
    )
    return _sorted_by_row(genotypes)


def _positions(stored: Int64, wanted: Int64) -> pa.Array:
    """Return where each wanted key stands among the stored ones, which ascend."""
    places = np.searchsorted(stored, wanted)
    inside = np.minimum(places, max(len(stored) - 1, 0))
    if len(wanted) and (not len(stored) or (stored[inside] != wanted).any()):
        missing = int((stored[inside] != wanted).sum()) if len(stored) else len(wanted)
        raise _missing(missing, "face vectors")
    return pa.array(places, pa.int64())


def _missing(count: int, what: str) -> WorkspaceError:
    return WorkspaceError(
        f"{count} {what} that records refer to are missing from biometrics.sqlite",
        remedy="restore both database files from the same backup",
    )


def _columns(cursor: sqlite3.Cursor, width: int) -> Columns:
    """Fetch everything and turn rows into columns; `width` empty columns for no rows."""
    rows = cursor.fetchall()
    return [list(column) for column in zip(*rows, strict=True)] if rows else [[] for _ in range(width)]


def _table(name: str, columns: Sequence[Sequence[Cell] | Int64 | pa.Array]) -> pa.Table:
    schema = EVIDENCE_SCHEMAS[name]
    arrays = [
        column if isinstance(column, pa.Array) else pa.array(column, field.type)
        for column, field in zip(columns, schema, strict=True)
    ]
    return pa.Table.from_arrays(arrays, schema=schema)


def _sorted_by_row(table: pa.Table) -> pa.Table:
    """Order a child table by record row, keeping the order within a record."""
    rows = table["row"].to_numpy()
    if (np.diff(rows) >= 0).all():
        return table
    return table.take(pa.array(np.argsort(rows, kind="stable"), pa.int64()))
