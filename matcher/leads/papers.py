"""What the workspace knows about a record beside its evidence: photographs, rejected values, or that it is absent."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from matcher.leads.why_not_findings import Papers, Topic, topic_of_target
from matcher.types import Reject
from matcher.workspace.ingest.columns import target_of
from matcher.workspace.store import Workspace

_NEAR = 85.0
"""Similarity (RapidFuzz ratio, 0-100) from which another case number is shown: one wrong character in ten is 90."""

_MOST_NEAR = 3
_SEPARATORS = re.compile(r"[\W_]+")


@dataclass(frozen=True, slots=True)
class NotIngested:
    """A case number that the workspace does not hold.

    Parameters
    ----------
    record_id : str
        As asked for.
    erased : bool
        A case of this number was erased.
    rejects : tuple of Reject
        Lost rows that name the number.
    unnamed : tuple of (str, int)
        By file, lost rows whose case number could not be read: one of them may be meant.
    near : tuple of str
        Case numbers that resemble it, nearest first.
    """

    record_id: str
    erased: bool
    rejects: tuple[Reject, ...]
    unnamed: tuple[tuple[str, int], ...]
    near: tuple[str, ...]


def papers_of(workspace: Workspace, record_id: str) -> Papers:
    """Collect what became of a record's photographs and which of its values were left out at intake."""
    rejects: dict[Topic, Reject] = {}
    for reject in workspace.rejects(record_id=record_id):
        # A photograph of a folder has no column.
        topic = topic_of_target(target_of(reject.column) or "") if reject.column else "face"
        if topic is not None:
            rejects[topic] = reject
    return Papers(workspace.photos(record_id), rejects)


def not_ingested(workspace: Workspace, record_id: str) -> NotIngested | None:
    """Say what is known of a case number that is not in the workspace; None when it is."""
    known = workspace.record_ids()
    if record_id in set(known):
        return None
    lost = [reject for reject in workspace.rejects() if reject.record_lost]
    key = _key(record_id)
    naming = [reject for reject in lost if key and key in _key(reject.value)]
    own = [reject for reject in workspace.rejects(record_id=record_id) if reject not in naming]
    unnamed: dict[str, int] = {}
    for reject in lost:
        if reject.row is not None and not reject.value:
            unnamed[reject.source] = unnamed.get(reject.source, 0) + 1
    return NotIngested(
        record_id,
        record_id in workspace.changes(0).deleted,
        (*naming, *own),
        tuple(sorted(unnamed.items())),
        _nearest(record_id, known),
    )


def _nearest(record_id: str, known: Sequence[str]) -> tuple[str, ...]:
    """Find case numbers that differ by width, case, separators or a typing error."""
    from rapidfuzz import fuzz, process

    found = process.extract(
        record_id, known, scorer=fuzz.ratio, processor=_key, score_cutoff=_NEAR, limit=_MOST_NEAR
    )  # fmt: skip
    return tuple(near for near, _, _ in found)


def _key(text: str) -> str:
    return _SEPARATORS.sub("", unicodedata.normalize("NFKC", text)).casefold()
