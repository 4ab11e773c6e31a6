"""Books of one file while it is read: every row is stored, a duplicate or rejected, and nothing else."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from matcher.types import Reject
from matcher.workspace.values import ImportCounts, StoredReject


@dataclass(slots=True)
class Tally:
    """Counts and rejects of a file; `rejected` counts lost rows, `values` what was left out of stored ones."""

    read: int = 0
    stored: int = 0
    updated: int = 0
    duplicate: int = 0
    rejected: int = 0
    values: int = 0
    placeholders: int = 0
    rejects: list[StoredReject] = field(default_factory=list)

    def keep(self, outcome: str) -> None:
        """Count one row that the workspace accepted."""
        self.stored += outcome in ("added", "updated")
        self.updated += outcome == "updated"
        self.duplicate += outcome == "unchanged"

    def lose(self, reject: Reject, record_id: str | None = None) -> None:
        """Count one row that was not stored."""
        self.rejected += 1
        self.rejects.append(StoredReject(reject, record_id))

    def leave_out(self, rejects: Iterable[Reject], record_id: str | None = None, *, value_stored: bool = True) -> None:
        """Count single values left out of rows that are stored."""
        found = [StoredReject(reject, record_id, value_stored) for reject in rejects]
        self.values += len(found)
        self.rejects += found

    def counts(self) -> ImportCounts:
        """Close the books."""
        return ImportCounts(self.read, self.stored, self.updated, self.duplicate, self.rejected, self.values)

    def sorted_rejects(self) -> list[StoredReject]:
        """Return the rejects in the order of rows."""
        return sorted(self.rejects, key=lambda item: item.reject.row if item.reject.row is not None else 0)
