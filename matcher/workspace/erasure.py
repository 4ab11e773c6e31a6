"""Erasing one case: every row in both files, the pages they stood on, and everything derived from them."""

from __future__ import annotations

import shutil
from pathlib import Path

from matcher.errors import InputError
from matcher.workspace import audit, confirmations, decisions, samples
from matcher.workspace.databases import Databases
from matcher.workspace.keys import bump
from matcher.workspace.photos import vector_keys_of
from matcher.workspace.values import Erasure

INDEXES = "indexes"
REJECTS_FILE = "rejects.csv"


def erase(db: Databases, record_id: str, actor: str) -> Erasure:
    """Erase a case for good; its number stays in a tombstone and in the audit log, nothing else does.

    Deleted cells are overwritten (`secure_delete`), the write-ahead logs are written back and cut to nothing, and
    index generations and the exported list of rejects are removed, as both can quote the case.

    Raises
    ------
    InputError
        When there is no such case.
    """
    with db.writing():
        counts = _delete(db, record_id, actor)
    drop_derived(db.directory)
    return Erasure(record_id, *counts, wal_pending=not db.truncate_logs())


def erase_sample(db: Databases, sample_id: str, actor: str) -> bool:
    """Erase the profile of one laboratory sample for good; records that name the sample keep its name."""
    with db.writing():
        if not samples.remove(db, sample_id):
            return False
        audit.append(db.identity, actor, "erase_sample", {"sample_id": sample_id})
    drop_derived(db.directory)
    db.truncate_logs()
    return True


def drop_derived(directory: Path) -> None:
    """Remove index generations and exported rejects; the next index run builds the former again."""
    (directory / REJECTS_FILE).unlink(missing_ok=True)
    indexes = directory / INDEXES
    (indexes / "CURRENT").unlink(missing_ok=True)
    for entry in indexes.iterdir() if indexes.is_dir() else ():
        if entry.is_dir():
            shutil.rmtree(entry)


def _delete(db: Databases, record_id: str, actor: str) -> tuple[int, int, int, int]:
    identity = db.identity
    row = identity.execute("SELECT record_key FROM record WHERE record_id = ?", (record_id,)).fetchone()
    if row is None:
        raise InputError(f"no record '{record_id}' in the workspace", remedy="check the case number")
    vector_keys = vector_keys_of(identity, "record_key", row[0])
    db.doom(vector_keys=vector_keys)
    photos = identity.execute("SELECT count(*) FROM photo WHERE record_key = ?", row).fetchone()[0]
    named = identity.execute(
        "SELECT sample_id FROM pedigree_member WHERE record_key = ? AND sample_id IS NOT NULL", row
    ).fetchall()
    identity.execute("DELETE FROM record WHERE record_key = ?", row)
    identity.execute("DELETE FROM reject WHERE record_id = ?", (record_id,))
    removed_samples = samples.remove_unreferenced(db, [sample for (sample,) in named])
    identity.execute("INSERT OR REPLACE INTO tombstone VALUES (?, ?)", (record_id, bump(identity)))
    removed_decisions = decisions.remove_of(identity, record_id)
    confirmations.remove_of(identity, record_id)
    audit.append(
        identity,
        actor,
        "erase",
        {"record_id": record_id, "photos": photos, "vectors": len(vector_keys), "samples": removed_samples},
    )
    return photos, len(vector_keys), removed_samples, removed_decisions
