"""Judgements of named reviewers on pairs: append-only; a changed mind is a further judgement."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import astuple, replace
from typing import get_args

from matcher.errors import InputError, UsageError
from matcher.workspace.audit import now
from matcher.workspace.keys import listed
from matcher.workspace.signature import signature
from matcher.workspace.values import Decision, Ground, Judgement

_COLUMNS = "probe_id, record_id, judgement, reviewer, reason, at, ground, probe_seq, record_seq"


def append(identity: sqlite3.Connection, decision: Decision) -> Decision:
    """Store a judgement within the caller's transaction and return it with its time.

    Raises
    ------
    UsageError
        Without a reviewer, for a judgement or ground that does not exist, or for a record judged against itself.
    InputError
        When one of the two cases is not in the workspace.
    """
    reviewer = signature(decision.reviewer)
    if decision.judgement not in get_args(Judgement):
        raise UsageError(f"judgement '{decision.judgement}'", remedy=f"use one of {', '.join(get_args(Judgement))}")
    if decision.ground is not None and decision.ground not in get_args(Ground):
        raise UsageError(f"ground '{decision.ground}'", remedy=f"use one of {', '.join(get_args(Ground))}, or none")
    if decision.probe_id == decision.record_id:
        raise UsageError(f"'{decision.probe_id}' judged against itself", remedy="name another record")
    known = seqs(identity, (decision.probe_id, decision.record_id))
    for record_id in (decision.probe_id, decision.record_id):
        if record_id not in known:
            raise InputError(f"no record '{record_id}' in the workspace", remedy="check the case number")
    dated = replace(
        decision,
        reviewer=reviewer,
        at=decision.at or now(),
        probe_seq=known[decision.probe_id],
        record_seq=known[decision.record_id],
    )
    identity.execute(
        f"INSERT INTO decision ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",  # noqa: S608 - a constant
        astuple(dated),
    )
    return dated


def seqs(identity: sqlite3.Connection, record_ids: Sequence[str]) -> dict[str, int]:
    """Return the number of the last change of each record named; unknown ones are left out."""
    found = identity.execute(
        "SELECT record_id, seq FROM record WHERE record_id IN (SELECT value FROM json_each(?))", (listed(record_ids),)
    )
    return dict(found.fetchall())


def read(identity: sqlite3.Connection, *, probe_id: str | None, record_id: str | None) -> list[Decision]:
    """List judgements in the order they were made, optionally of one probe, one record or one pair."""
    found = identity.execute(
        f"SELECT {_COLUMNS} FROM decision "  # noqa: S608 - a constant
        "WHERE (? IS NULL OR probe_id = ?) AND (? IS NULL OR record_id = ?) ORDER BY decision_key",
        (probe_id, probe_id, record_id, record_id),
    )
    return [Decision(*row) for row in found]


def remove_of(identity: sqlite3.Connection, record_id: str) -> int:
    """Remove the judgements about an erased record, within its erasure, and count them."""
    cursor = identity.execute("DELETE FROM decision WHERE ? IN (probe_id, record_id)", (record_id,))
    return cursor.rowcount
