"""Steps of confirmations: append-only rows; what a step means and which may follow is for `matcher.cases` to say."""

from __future__ import annotations

import sqlite3
from dataclasses import astuple

from matcher.errors import WorkspaceError
from matcher.workspace.values import ConfirmationStep

_COLUMNS = "probe_id, record_id, action, state, since, actor, at, note, sample_id, log10_lr"


def append(identity: sqlite3.Connection, step: ConfirmationStep, *, after: int) -> None:
    """Add a step within the caller's transaction.

    Parameters
    ----------
    identity : sqlite3.Connection
        In a write transaction.
    step : ConfirmationStep
        What was done.
    after : int
        How many steps of this pair the caller has seen; two people who act at once are told so.

    Raises
    ------
    WorkspaceError
        When somebody else took a step meanwhile.
    """
    if len(read(identity, pair=(step.probe_id, step.record_id))) != after:
        raise WorkspaceError(
            f"somebody else took a step in the confirmation of '{step.probe_id}' and '{step.record_id}' meanwhile",
            remedy="look at it again, then repeat",
        )
    identity.execute(
        f"INSERT INTO confirmation ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",  # noqa: S608 - a constant
        astuple(step),
    )


def read(identity: sqlite3.Connection, *, pair: tuple[str, str] | None = None) -> list[ConfirmationStep]:
    """List steps in the order they were taken, of all hits or of one."""
    probe_id, record_id = pair or (None, None)
    found = identity.execute(
        f"SELECT {_COLUMNS} FROM confirmation "  # noqa: S608 - a constant
        "WHERE (? IS NULL OR probe_id = ?) AND (? IS NULL OR record_id = ?) ORDER BY event_key",
        (probe_id, probe_id, record_id, record_id),
    )
    return [ConfirmationStep(*row) for row in found]


def remove_of(identity: sqlite3.Connection, record_id: str) -> None:
    """Remove the steps about an erased record, within its erasure."""
    identity.execute("DELETE FROM confirmation WHERE ? IN (probe_id, record_id)", (record_id,))
