"""Hash-chained, append-only log of what was done to a workspace.

Each entry's hash covers the former hash and all of its own fields, so that an edited, removed or reordered entry
breaks the chain; the store row keeps count and head, so that a cut tail shows too. Whoever may rewrite the whole file
can rewrite the chain: note the head elsewhere (`verify` returns it) to prove that this did not happen.
"""

from __future__ import annotations

import getpass
import hashlib
import json
import sqlite3
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime

from matcher.workspace.values import AuditCheck, AuditEntry

Detail = Mapping[str, str | int]


def now() -> str:
    """Return the present time in UTC, ISO 8601 to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def system_user() -> str:
    """Return the name of the user who runs this process; empty where the system knows none."""
    try:
        return getpass.getuser()
    except (KeyError, ImportError, OSError):
        return ""


def append(identity: sqlite3.Connection, actor: str, action: str, detail: Detail) -> None:
    """Add an entry within the caller's transaction.

    Parameters
    ----------
    identity : sqlite3.Connection
        In a write transaction.
    actor : str
        Who acts.
    action : str
        Verb, such as `ingest` or `erase`.
    detail : mapping
        Ids and counts; never a name, a genotype or an image.
    """
    count, head = identity.execute("SELECT audit_count, audit_head FROM store").fetchone()
    fields = (count + 1, now(), actor, action, json.dumps(detail, ensure_ascii=False, sort_keys=True))
    digest = _digest(head, fields)
    identity.execute("INSERT INTO audit VALUES (?, ?, ?, ?, ?, ?)", (*fields, digest))
    identity.execute("UPDATE store SET audit_count = ?, audit_head = ?", (count + 1, digest))


def entries(identity: sqlite3.Connection) -> Iterator[AuditEntry]:
    """Yield the entries in order."""
    for n, at, actor, action, detail, digest in identity.execute("SELECT * FROM audit ORDER BY n"):
        yield AuditEntry(n, at, actor, action, detail, bytes(digest).hex())


def verify(identity: sqlite3.Connection) -> AuditCheck:
    """Recompute the chain and name the first entry that does not fit."""
    count, stored_head = identity.execute("SELECT audit_count, audit_head FROM store").fetchone()
    head = b""
    seen = 0
    for *fields, digest in identity.execute("SELECT * FROM audit ORDER BY n"):
        seen += 1
        if fields[0] != seen:
            return AuditCheck(seen, head.hex(), f"entry {seen} is missing")
        if _digest(head, tuple(fields)) != digest:
            return AuditCheck(seen, head.hex(), f"entry {seen} was altered, or one before it was removed")
        head = digest
    if seen != count or head != stored_head:
        return AuditCheck(seen, head.hex(), f"{count} entries were written, {seen} are there")
    return AuditCheck(seen, head.hex(), None)


def _digest(head: bytes, fields: tuple[object, ...]) -> bytes:
    content = json.dumps(fields, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(head + content.encode()).digest()
