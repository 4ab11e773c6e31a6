"""Photographs of records and what recognisers made of them."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from matcher.errors import UsageError
from matcher.types import DayInterval
from matcher.workspace.databases import Databases
from matcher.workspace.keys import bump_records, listed, photo_id_of, photo_key_of, random_key
from matcher.workspace.values import (
    UNMEASURED,
    ChildOutcome,
    EmbeddedPhoto,
    FaceMeasures,
    PendingPhoto,
    PhotoFile,
    PhotoSource,
)

Item = TypeVar("Item", PhotoSource, EmbeddedPhoto)

# float32 rounding of a 512-d unit vector stays below 1e-6; anything beyond this is not normalised.
_NORM_TOLERANCE = 1e-3


@dataclass(frozen=True, slots=True)
class EmbeddingResult:
    """What a recogniser made of one photograph: a vector with its measures, or the reason why there is none."""

    photo_id: str
    model_id: str
    vector: bytes | None
    measures: FaceMeasures = UNMEASURED
    reason: str | None = None


def packed(vector: NDArray[np.float32]) -> bytes:
    """Check an embedding and write it as little-endian float32.

    Raises
    ------
    UsageError
        Unless it is one-dimensional, finite and of length 1.
    """
    values = np.ascontiguousarray(vector, "<f4")
    norm = float(np.linalg.norm(values.astype(np.float64))) if values.ndim == 1 and values.size else 0.0
    if not abs(norm - 1.0) <= _NORM_TOLERANCE:
        raise UsageError(
            f"an embedding of shape {values.shape} and length {norm:.4g}", remedy="L2-normalise the vector, shape (d,)"
        )
    return values.tobytes()


def put_files(db: Databases, sources: Sequence[PhotoSource]) -> list[ChildOutcome]:
    """Link photograph files to their records within a write; the files themselves are not copied.

    A file with the content of a photograph that the record has already is not stored again; other content under a
    path known before replaces that photograph.
    """
    return _put_each(db, sources, _put_file)


def put_embedded(db: Databases, items: Sequence[EmbeddedPhoto]) -> list[ChildOutcome]:
    """Store embeddings that came without photographs, within a write; known ones are compared and replaced."""
    return _put_each(db, items, _put_embedded)


def put_results(db: Databases, results: Sequence[EmbeddingResult]) -> int:
    """Store what a recogniser made of photographs, within a write, and return how many of them still exist."""
    changed: list[int] = []
    stored = 0
    for result in results:
        photo_key = photo_key_of(result.photo_id)
        owner = db.identity.execute("SELECT record_key FROM photo WHERE photo_key = ?", (photo_key,)).fetchone()
        if owner is None or photo_key is None:
            continue  # erased or replaced since the recogniser read it
        stored += 1
        if _set_vector(db, photo_key, result):
            changed.append(owner[0])
    bump_records(db.identity, changed)
    return stored


def pending(identity: sqlite3.Connection, model_id: str) -> list[PendingPhoto]:
    """List the photographs a recogniser has not seen, in order of case number and arrival."""
    found = identity.execute(
        "SELECT p.photo_key, r.record_id, p.path FROM photo p JOIN record r USING (record_key) "
        "LEFT JOIN photo_model m ON m.photo_key = p.photo_key AND m.model_id = ? "
        "WHERE m.photo_key IS NULL AND p.path IS NOT NULL ORDER BY r.record_id, p.n",
        (model_id,),
    )
    return [PendingPhoto(photo_id_of(key), record_id, path) for key, record_id, path in found]


def of_record(identity: sqlite3.Connection, record_id: str, model_id: str | None) -> Iterator[PhotoFile]:
    """Yield the photographs of a record in order of arrival; state over all models unless one is named."""
    found = identity.execute(
        "SELECT p.photo_key, p.path, max(m.state = 'embedded'), max(m.reason) FROM photo p "
        "JOIN record r USING (record_key) "
        "LEFT JOIN photo_model m ON m.photo_key = p.photo_key AND (? IS NULL OR m.model_id = ?) "
        "WHERE r.record_id = ? GROUP BY p.photo_key ORDER BY p.n",
        (model_id, model_id, record_id),
    )
    for key, path, embedded, reason in found:
        if embedded is None:
            yield PhotoFile(photo_id_of(key), path, "pending", None)
        elif embedded:
            yield PhotoFile(photo_id_of(key), path, "embedded", None)
        else:
            yield PhotoFile(photo_id_of(key), path, "unusable", reason)


def owners(identity: sqlite3.Connection) -> dict[str, str]:
    """Return the case number by path of every photograph that lies in a file."""
    return dict(
        identity.execute(
            "SELECT p.path, r.record_id FROM photo p JOIN record r USING (record_key) WHERE p.path IS NOT NULL"
        )
    )


def known_digests(identity: sqlite3.Connection, digests: Sequence[str]) -> frozenset[str]:
    """Return those digests that belong to a stored photograph."""
    found = identity.execute(
        "SELECT sha256 FROM photo WHERE sha256 IN (SELECT value FROM json_each(?))", (listed(digests),)
    )
    return frozenset(row[0] for row in found)


def vector_keys_of(identity: sqlite3.Connection, column: str, key: int) -> list[int]:
    """List the vector keys of a record (`record_key`) or of one photograph (`photo_key`)."""
    found = identity.execute(
        "SELECT m.vector_key FROM photo_model m JOIN photo p USING (photo_key) "  # noqa: S608 - one of two columns
        f"WHERE {'p.record_key' if column == 'record_key' else 'p.photo_key'} = ? AND m.vector_key IS NOT NULL",
        (key,),
    )
    return [row[0] for row in found]


def _put_each(
    db: Databases, items: Sequence[Item], put: Callable[[Databases, int, Item], ChildOutcome]
) -> list[ChildOutcome]:
    """Put each item to its record, and mark the records that it changed."""
    keys = _record_keys(db.identity, [item.record_id for item in items])
    outcomes: list[ChildOutcome] = []
    changed: list[int] = []
    for item in items:
        key = keys.get(item.record_id)
        outcome: ChildOutcome = "unknown_case" if key is None else put(db, key, item)
        outcomes.append(outcome)
        if key is not None and outcome in ("added", "updated"):
            changed.append(key)
    bump_records(db.identity, changed)
    return outcomes


def _record_keys(identity: sqlite3.Connection, record_ids: Sequence[str]) -> dict[str, int]:
    return dict(
        identity.execute(
            "SELECT record_id, record_key FROM record WHERE record_id IN (SELECT value FROM json_each(?))",
            (listed(record_ids),),
        )
    )


def _put_file(db: Databases, record_key: int, source: PhotoSource) -> ChildOutcome:
    same = db.identity.execute(
        "SELECT photo_key, path, taken_earliest, taken_latest FROM photo WHERE record_key = ? AND sha256 = ?",
        (record_key, source.sha256),
    ).fetchone()
    taken = _days(source.taken)
    if same is not None:
        photo_key, path, *stored_taken = same
        moved = path != source.path and not Path(path).is_file()
        dated = source.taken is not None and tuple(stored_taken) != taken
        if not (moved or dated):
            return "unchanged"
        new = (source.path if moved else path, *(taken if dated else stored_taken), photo_key)
        db.identity.execute("UPDATE photo SET path = ?, taken_earliest = ?, taken_latest = ? WHERE photo_key = ?", new)
        return "updated"
    former = db.identity.execute(
        "SELECT photo_key FROM photo WHERE record_key = ? AND path = ?", (record_key, source.path)
    ).fetchone()
    if former is not None:
        db.doom(vector_keys=vector_keys_of(db.identity, "photo_key", former[0]))
        db.identity.execute("DELETE FROM photo WHERE photo_key = ?", former)
    _insert_photo(db, record_key, (source.path, source.sha256, *taken, source.declared_age_group, None, None))
    return "added" if former is None else "updated"


def _put_embedded(db: Databases, record_key: int, item: EmbeddedPhoto) -> ChildOutcome:
    photo = item.photo
    described = (*_days(photo.taken), photo.declared_age_group, item.provenance)
    result = EmbeddingResult(
        photo.photo_id, photo.model_id, packed(photo.vector), FaceMeasures(confidence=photo.quality)
    )
    known = db.identity.execute(
        "SELECT photo_key, taken_earliest, taken_latest, declared_age_group, provenance FROM photo "
        "WHERE record_key = ? AND origin = ?",
        (record_key, photo.photo_id),
    ).fetchone()
    if known is None:
        *days_and_group, provenance = described
        key = _insert_photo(db, record_key, (None, None, *days_and_group, photo.photo_id, provenance))
        _set_vector(db, key, result)
        return "added"
    key, *stored = known
    if tuple(stored) != described:
        db.identity.execute(
            "UPDATE photo SET taken_earliest = ?, taken_latest = ?, declared_age_group = ?, provenance = ? "
            "WHERE photo_key = ?",
            (*described, key),
        )
    elif _has_vector(db, key, result):
        return "unchanged"
    _set_vector(db, key, result)
    return "updated"


def _insert_photo(db: Databases, record_key: int, cells: tuple[str | int | None, ...]) -> int:
    key = random_key()
    db.identity.execute(
        "INSERT INTO photo (photo_key, record_key, n, path, sha256, taken_earliest, taken_latest, "
        "declared_age_group, origin, provenance) VALUES "
        "(?, ?, (SELECT coalesce(max(n), -1) + 1 FROM photo WHERE record_key = ?), ?, ?, ?, ?, ?, ?, ?)",
        (key, record_key, record_key, *cells),
    )
    return key


def _has_vector(db: Databases, photo_key: int, result: EmbeddingResult) -> bool:
    row = db.identity.execute(
        "SELECT vector_key FROM photo_model WHERE photo_key = ? AND model_id = ?", (photo_key, result.model_id)
    ).fetchone()
    stored = (
        row and db.biometrics.execute("SELECT vector, confidence FROM embedding WHERE vector_key = ?", row).fetchone()
    )
    return bool(stored) and tuple(stored) == (result.vector, result.measures.confidence)


def _set_vector(db: Databases, photo_key: int, result: EmbeddingResult) -> bool:
    """Store a result in place of the model's former one; True when the record's evidence changed."""
    where = (photo_key, result.model_id)
    former = db.identity.execute(
        "DELETE FROM photo_model WHERE photo_key = ? AND model_id = ? RETURNING vector_key", where
    ).fetchall()
    old_keys = [row[0] for row in former if row[0] is not None]
    db.doom(vector_keys=old_keys)
    if result.vector is None:
        db.identity.execute("INSERT INTO photo_model VALUES (?, ?, 'unusable', ?, NULL)", (*where, result.reason))
        return bool(old_keys)
    key = random_key()
    m = result.measures
    db.biometrics.execute(
        "INSERT INTO embedding VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (key, result.model_id, result.vector, m.confidence, m.eye_distance_px, m.sharpness, m.yaw, m.roll_degrees),
    )
    db.touch_biometrics()
    db.identity.execute("INSERT INTO photo_model VALUES (?, ?, 'embedded', NULL, ?)", (*where, key))
    return True


def _days(interval: DayInterval | None) -> tuple[int | None, int | None]:
    return (interval.earliest, interval.latest) if interval else (None, None)
