"""Random keys: 63-bit numbers without meaning, the only link between the identity and the biometrics file."""

from __future__ import annotations

import json
import secrets
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import TypeVar

Item = TypeVar("Item")


def random_key() -> int:
    """Draw a key; two among a million agree with probability 5e-8; the insert then fails, undoing its batch."""
    return secrets.randbits(63)


def photo_id_of(photo_key: int) -> str:
    """Write a photograph's key as its public id.

    >>> photo_id_of(255)
    '00000000000000ff'
    """
    return f"{photo_key:016x}"


def photo_key_of(photo_id: str) -> int | None:
    """Read a public photograph id; None for a text that cannot be one.

    >>> photo_key_of('00000000000000ff'), photo_key_of('A0012')
    (255, None)
    """
    try:
        key = int(photo_id, 16)
    except ValueError:
        return None
    return key if photo_id_of(key) == photo_id and key < 1 << 63 else None


def listed(values: Sequence[str] | Sequence[int]) -> str:
    """Pack values for `IN (SELECT value FROM json_each(?))`, which has no limit on their number."""
    return json.dumps(list(values))


def batches(items: Iterable[Item], size: int) -> Iterator[list[Item]]:
    """Cut an iterable into lists of at most `size`."""
    iterator = iter(items)
    while batch := list(islice(iterator, size)):
        yield batch


def bump(identity: sqlite3.Connection) -> int:
    """Move the workspace's change number on by one and return it."""
    row = identity.execute("UPDATE store SET seq = seq + 1 RETURNING seq").fetchone()
    return int(row[0])


def bump_records(identity: sqlite3.Connection, record_keys: Iterable[int]) -> None:
    """Give records a new change number because something about them changed; nothing for no records."""
    keys = sorted(set(record_keys))
    if keys:
        seq = bump(identity)
        identity.executemany("UPDATE record SET seq = ? WHERE record_key = ?", ((seq, key) for key in keys))
