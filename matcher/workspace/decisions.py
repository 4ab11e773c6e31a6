"""Judgements of named reviewers on pairs: append-only; a changed mind is a further judgement."""

from __future__ import annotations

import sqlite3
from typing import get_args

from matcher.errors import InputError, UsageError
from matcher.workspace.audit import now
from matcher.workspace.keys import listed
from matcher.workspace.values import Decision, Judgement


def append(identity: sqlite3.Connection, decision: Decision) -> Decision:
    """Store a judgement within the caller's transaction and return it with its time.

    Raises
    ------
    UsageError
        Without a reviewer, or for a judgement that does not exist.
    InputError
        When one of the two cases is not in the workspace.
    """
    if not decision.reviewer.strip():
        raise UsageError("a decision without a reviewer", remedy="name who judged")
    if decision.judgement not in get_args(Judgement):
        raise UsageError(f"judgement '{decision.judgement}'", remedy=f"use one of {', '.join(get_args(Judgement))}")
    pair = (decision.probe_id, decision.record_id)
    found = {
        row[0]
        for row in identity.execute(
            "SELECT record_id FROM record WHERE record_id IN (SELECT value FROM json_each(?))", (listed(pair),)
        )
    }
    for record_id in pair:
        if record_id not in found:
            raise InputError(f"no record '{record_id}' in the workspace", remedy="check the case number")
    dated = Decision(*pair, decision.judgement, decision.reviewer.strip(), decision.reason, decision.at or now())
    identity.execute(
        "INSERT INTO decision (probe_id, record_id, judgement, reviewer, reason, at) VALUES (?, ?, ?, ?, ?, ?)",
        (dated.probe_id, dated.record_id, dated.judgement, dated.reviewer, dated.reason, dated.at),
    )
    return dated


def read(identity: sqlite3.Connection, *, probe_id: str | None, record_id: str | None) -> list[Decision]:
    """List judgements in the order they were made, optionally of one probe, one record or one pair."""
    found = identity.execute(
        "SELECT probe_id, record_id, judgement, reviewer, reason, at FROM decision "
        "WHERE (?1 IS NULL OR probe_id = ?1) AND (?2 IS NULL OR record_id = ?2) ORDER BY decision_key",
        (probe_id, record_id),
    )
    return [Decision(*row) for row in found]


def remove_of(identity: sqlite3.Connection, record_id: str) -> int:
    """Remove the judgements about an erased record, within its erasure, and count them."""
    cursor = identity.execute("DELETE FROM decision WHERE ?1 IN (probe_id, record_id)", (record_id,))
    return cursor.rowcount
