"""A record in the form of the identity tables: made from an entry, loaded, merged and compared."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import TypeAlias

from matcher.types import SUBJECT, DayInterval, PedigreeMember
from matcher.workspace.keys import listed
from matcher.workspace.values import FIELD_NAMES, Origin, RecordEntry

Cell: TypeAlias = str | int | float | None
Row: TypeAlias = tuple[Cell, ...]

RECORD_COLUMNS = (
    "kind, station, sex, birth_earliest, birth_latest, birth_estimated, event_earliest, event_latest, height_cm, accent"
)
NAME_COLUMNS = "text, kind, sound_only, credence, said_earliest, said_latest, source"
PLACE_COLUMNS = "text, role, credence, said_earliest, said_latest, source"
NOTE_COLUMNS = "header, text"
MEMBER_COLUMNS = "member, father, mother, sex, sample_id"

# Cells of the record row that belong to each scalar field.
_SCALARS: dict[str, slice] = {
    "station": slice(1, 2),
    "sex": slice(2, 3),
    "birth": slice(3, 6),
    "event": slice(6, 8),
    "height_cm": slice(8, 9),
    "accent": slice(9, 10),
}


@dataclass(frozen=True, slots=True)
class RecordRows:
    """One record as rows: `record` in the order of `RECORD_COLUMNS`, the others of their own columns."""

    record: Row
    names: tuple[Row, ...] = ()
    places: tuple[Row, ...] = ()
    notes: tuple[Row, ...] = ()
    members: tuple[Row, ...] = ()

    @property
    def kind(self) -> Cell:
        """Record kind."""
        return self.record[0]

    @property
    def station(self) -> Cell:
        """Station; None = not recorded."""
        return self.record[1]


def rows_of(entry: RecordEntry) -> RecordRows:
    """Lay out an entry as rows."""
    subject = entry.subject
    birth, event = _days(subject.birth), _days(subject.event)
    scalars = (subject.kind, subject.station, subject.sex, *birth, int(subject.birth_estimated), *event)
    name_origins = _padded(entry.name_origins, len(subject.names))
    place_origins = _padded(entry.place_origins, len(subject.places))
    return RecordRows(
        (*scalars, subject.height_cm, subject.accent),
        tuple(
            (name.text, name.kind, int(name.sound_only), name.credence, *_days(origin.said), origin.source)
            for name, origin in zip(subject.names, name_origins, strict=True)
        ),
        tuple(
            (place.text, place.role, place.credence, *_days(origin.said), origin.source)
            for place, origin in zip(subject.places, place_origins, strict=True)
        ),
        subject.notes,
        tuple(_member_row(member) for member in members_of(entry)),
    )


def members_of(entry: RecordEntry) -> tuple[PedigreeMember, ...]:
    """Return the pedigree with the subject's own row first, where there is a pedigree or a sample at all."""
    subject = entry.subject
    if subject.profile is None and not subject.pedigree:
        return ()
    own = next((m for m in subject.pedigree if m.member == SUBJECT), None)
    profile = subject.profile or (own.profile if own else None)
    first = PedigreeMember(SUBJECT, own.father if own else None, own.mother if own else None, None, profile)
    return (first, *(m for m in subject.pedigree if m.member != SUBJECT))


def merged(stored: RecordRows | None, came: RecordRows, fields: frozenset[str] | None) -> RecordRows:
    """Put what came over what is stored, leaving fields alone that the source has no column for.

    Children are brought into the order of their field names, so that the result does not depend on which of two
    files came first.
    """
    if fields is None:
        return came
    base = stored or RecordRows((came.kind, *[None] * 4, 0, *[None] * 4))
    record = list(base.record)
    for field, cells in _SCALARS.items():
        if field in fields:
            record[cells] = came.record[cells]
    return RecordRows(
        tuple(record),
        _merged_children(base.names, came.names, fields, _name_field),
        _merged_children(base.places, came.places, fields, _place_field),
        _merged_children(base.notes, came.notes, fields, _note_field),
        came.members if "samples" in fields else base.members,
    )


def unknown_fields(fields: frozenset[str]) -> frozenset[str]:
    """Return the field names that nothing here answers to."""
    return frozenset(f for f in fields if f not in FIELD_NAMES and f.split(".")[0] not in ("name", "place", "note"))


def load(identity: sqlite3.Connection, record_ids: Sequence[str]) -> dict[str, tuple[int, RecordRows]]:
    """Read records as rows: case number -> (record key, rows); unknown case numbers are absent."""
    found = identity.execute(
        f"SELECT record_id, record_key, {RECORD_COLUMNS} FROM record "  # noqa: S608 - constants of this module
        "WHERE record_id IN (SELECT value FROM json_each(?))",
        (listed(record_ids),),
    ).fetchall()
    keys = [row[1] for row in found]
    names = _children(identity, "told_name", NAME_COLUMNS, keys)
    places = _children(identity, "told_place", PLACE_COLUMNS, keys)
    notes = _children(identity, "note", NOTE_COLUMNS, keys)
    members = _children(identity, "pedigree_member", MEMBER_COLUMNS, keys)
    return {
        record_id: (
            key,
            RecordRows(tuple(cells), names.get(key, ()), places.get(key, ()), notes.get(key, ()), members.get(key, ())),
        )
        for record_id, key, *cells in found
    }


def write_children(identity: sqlite3.Connection, written: Sequence[tuple[int, RecordRows]]) -> None:
    """Insert names, places, notes and members of records that have none."""
    tables: tuple[tuple[str, int, Callable[[RecordRows], tuple[Row, ...]]], ...] = (
        ("told_name", 9, lambda rows: rows.names),
        ("told_place", 8, lambda rows: rows.places),
        ("note", 4, lambda rows: rows.notes),
        ("pedigree_member", 7, lambda rows: rows.members),
    )
    for table, width, children in tables:
        marks = ", ".join("?" * width)
        identity.executemany(
            f"INSERT INTO {table} VALUES ({marks})",  # noqa: S608 - constants
            ((key, n, *row) for key, rows in written for n, row in enumerate(children(rows))),
        )


def delete_children(identity: sqlite3.Connection, record_keys: Sequence[int]) -> None:
    """Delete names, places, notes and members of records."""
    for table in ("told_name", "told_place", "note", "pedigree_member"):
        identity.executemany(f"DELETE FROM {table} WHERE record_key = ?", ((key,) for key in record_keys))  # noqa: S608


def _children(identity: sqlite3.Connection, table: str, columns: str, keys: list[int]) -> dict[int, tuple[Row, ...]]:
    found = identity.execute(
        f"SELECT record_key, {columns} FROM {table} "  # noqa: S608 - constants of this module
        "WHERE record_key IN (SELECT value FROM json_each(?)) ORDER BY record_key, n",
        (listed(keys),),
    )
    return {key: tuple(row[1:] for row in group) for key, group in groupby(found, key=lambda row: int(row[0]))}


def _merged_children(
    stored: tuple[Row, ...], came: tuple[Row, ...], fields: frozenset[str], field_of: Callable[[Row], str]
) -> tuple[Row, ...]:
    # A cell can state what its column is not for, such as a nickname in brackets behind a name.
    kept = [row for row in stored if field_of(row) not in fields and row not in came]
    return tuple(sorted([*kept, *came], key=field_of))


def _name_field(row: Row) -> str:
    return f"name.{row[1]}"


def _place_field(row: Row) -> str:
    return f"place.{row[1]}"


def _note_field(row: Row) -> str:
    return f"note.{row[0]}"


def _member_row(member: PedigreeMember) -> Row:
    # The subject's sex stands in the record alone.
    sex = None if member.member == SUBJECT else member.sex
    return (member.member, member.father, member.mother, sex, member.profile.sample_id if member.profile else None)


def _days(interval: DayInterval | None) -> tuple[int | None, int | None]:
    return (interval.earliest, interval.latest) if interval else (None, None)


def _padded(origins: tuple[Origin, ...], count: int) -> tuple[Origin, ...]:
    return (*origins[:count], *[Origin()] * (count - len(origins)))
