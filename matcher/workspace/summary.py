"""Small questions about a whole workspace: how many, which, what changed."""

from __future__ import annotations

import sqlite3

from matcher.types import RecordKind
from matcher.workspace.databases import Databases
from matcher.workspace.values import Changes

_IDENTITY_TABLES = (
    "record", "told_name", "told_place", "note", "photo", "pedigree_member", "sample",
    "decision", "audit", "import_file", "reject", "tombstone",
)  # fmt: skip
_BIOMETRICS_TABLES = ("embedding", "genotype")

EMBEDDED_BY = "embedded_by."
"""Before a `model_id`: photographs that this recogniser embedded; vectors of different ones are never compared."""


def seq(identity: sqlite3.Connection) -> int:
    """Return the number of the last change."""
    return int(identity.execute("SELECT seq FROM store").fetchone()[0])


def record_ids(identity: sqlite3.Connection, kind: RecordKind | None) -> list[str]:
    """List case numbers, ascending."""
    found = identity.execute(
        "SELECT record_id FROM record WHERE ? IS NULL OR kind = ? ORDER BY record_id", (kind, kind)
    )
    return [row[0] for row in found]


def changes(identity: sqlite3.Connection, after_seq: int) -> Changes:
    """List what was changed and erased after a change number."""
    changed = identity.execute("SELECT record_id FROM record WHERE seq > ? ORDER BY record_id", (after_seq,))
    deleted = identity.execute("SELECT record_id FROM tombstone WHERE seq > ? ORDER BY record_id", (after_seq,))
    return Changes(tuple(row[0] for row in changed), tuple(row[0] for row in deleted), seq(identity))


def counts(db: Databases) -> dict[str, int]:
    """Count rows by table, records by kind, photographs by state and (`embedded_by.MODEL_ID`) by recogniser."""
    found = {name: _count(db.identity, name) for name in _IDENTITY_TABLES}
    found |= {name: _count(db.biometrics, name) for name in _BIOMETRICS_TABLES}
    kinds = dict(db.identity.execute("SELECT kind, count(*) FROM record GROUP BY kind"))
    found |= {f"record.{kind}": int(kinds.get(kind, 0)) for kind in ("intake", "rescue", "missing")}
    models = db.identity.execute(
        "SELECT model_id, count(*) FROM photo_model WHERE state = 'embedded' GROUP BY model_id"
    )
    found |= {f"{EMBEDDED_BY}{model_id}": int(count) for model_id, count in models}
    states = dict(
        db.identity.execute(
            "SELECT state, count(*) FROM (SELECT CASE max(m.state = 'embedded') WHEN 1 THEN 'embedded' "
            "WHEN 0 THEN 'unusable' ELSE 'pending' END AS state FROM photo p "
            "LEFT JOIN photo_model m USING (photo_key) GROUP BY p.photo_key) GROUP BY state"
        )
    )
    return found | {f"photo.{state}": int(states.get(state, 0)) for state in ("pending", "embedded", "unusable")}


def _count(db: sqlite3.Connection, table: str) -> int:
    return int(db.execute(f"SELECT count(*) FROM {table}").fetchone()[0])  # noqa: S608 - from the tuples above
