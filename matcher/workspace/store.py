"""The workspace: a directory that holds the truth about all cases.

`identity.sqlite` says who, `biometrics.sqlite` holds face vectors and STR genotypes, and random keys join the two.
`indexes/` beside them is derived and safe to delete. See METHOD.md for tables, guarantees and limits.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

import numpy as np
from numpy.typing import NDArray

from matcher.errors import UsageError
from matcher.types import RecordKind, Reject, StrProfile, Subject
from matcher.workspace import (
    audit,
    bulk,
    confirmations,
    decisions,
    erasure,
    imports,
    keys,
    photos,
    records,
    samples,
    summary,
)
from matcher.workspace.creation import build
from matcher.workspace.databases import Databases
from matcher.workspace.photos import EmbeddingResult
from matcher.workspace.values import (
    UNMEASURED,
    AuditCheck,
    AuditEntry,
    Changes,
    ChildOutcome,
    ConfirmationStep,
    Decision,
    EmbeddedPhoto,
    Erasure,
    FaceMeasures,
    Ground,
    ImportCounts,
    ImportFile,
    Judgement,
    Outcome,
    PendingPhoto,
    PhotoFile,
    PhotoSource,
    RecordEntry,
    StoredReject,
)

if TYPE_CHECKING:
    from matcher.schema import Evidence

# An embedding takes tens of milliseconds and a commit about as long: 64 per commit make the commit free, and two
# seconds bound what a killed run has to do again.
_BUFFERED_RESULTS = 64
_BUFFERED_SECONDS = 2.0


class Workspace:
    """An opened workspace; threads may share it and then take turns, processes may open it at the same time.

    Readers see committed data only and never wait for writers. Make one with `Workspace.create` or `Workspace.open`
    and close it, or use it as a context manager.
    """

    def __init__(self, databases: Databases, *, actor: str) -> None:
        self._db = databases
        self._actor = actor
        self._results: list[EmbeddingResult] = []
        self._results_lock = threading.Lock()
        self._oldest_result = 0.0
        self._store_id = str(databases.identity.execute("SELECT store_id FROM store").fetchone()[0])

    @classmethod
    def create(cls, path: Path, *, actor: str = "") -> Workspace:
        """Make an empty workspace in a directory that does not exist or is empty, and open it.

        Raises
        ------
        WorkspaceError
            When something is there already, or the directory cannot be made.
        """
        build(path)
        workspace = cls.open(path, actor=actor)
        with workspace._writing():
            audit.append(workspace._db.identity, actor, "create", {"store_id": workspace.store_id})
        return workspace

    @classmethod
    def open(cls, path: Path, *, read_only: bool = False, actor: str = "") -> Workspace:
        """Open an existing workspace; opening for writing upgrades an older schema and mends a write cut short.

        Parameters
        ----------
        path : Path
            The directory.
        read_only : bool
            True never writes, and works beside a writer.
        actor : str
            Who acts, for the audit log.

        Raises
        ------
        WorkspaceError
            When it is missing, damaged, locked, or from a newer version.
        """
        return cls(Databases(path, read_only=read_only), actor=actor)

    def __enter__(self) -> Self:
        """Return the workspace itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Write what is buffered and close."""
        self.close()

    def close(self) -> None:
        """Write buffered embeddings and close both files; closing twice does nothing."""
        try:
            self.flush()
        finally:
            self._db.close()

    @property
    def path(self) -> Path:
        """The workspace directory."""
        return self._db.directory

    @property
    def indexes(self) -> Path:
        """Directory of derived data."""
        return self._db.directory / erasure.INDEXES

    @property
    def store_id(self) -> str:
        """Random name of this workspace; an index of another workspace does not carry it."""
        return self._store_id

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """Let all reads inside see one and the same moment, whatever writers do meanwhile."""
        with self._reading():
            yield

    @contextmanager
    def rehearsal(self) -> Iterator[None]:
        """Let everything inside see its own writes and undo them at the end; other writers wait meanwhile."""
        self.flush()
        with self._db.rehearsing():
            yield

    def seq(self) -> int:
        """Number of the last change of any record."""
        with self._reading():
            return summary.seq(self._db.identity)

    def record_ids(self, kind: RecordKind | None = None) -> list[str]:
        """All case numbers, or those of one kind, ascending."""
        with self._reading():
            return summary.record_ids(self._db.identity, kind)

    def changes(self, after_seq: int) -> Changes:
        """Cases changed or erased after a change number; a case is changed when anything about it is."""
        with self._reading():
            return summary.changes(self._db.identity, after_seq)

    def evidence(self, record_ids: Sequence[str] | None = None) -> Evidence:
        """Evidence of the records named, or of all, ordered by case number, with the photographs of all models.

        Raises
        ------
        InputError
            When a case number is not in the workspace.
        """
        from matcher.workspace import evidence  # Arrow is heavy, and writers do without it

        with self._reading():
            return evidence.read(self._db, record_ids)

    def subject(self, record_id: str) -> Subject:
        """One record with its notes."""
        return self.subjects([record_id])[0]

    def subjects(self, record_ids: Sequence[str]) -> list[Subject]:
        """Several records with their notes, ordered by case number; raises as `evidence`."""
        from matcher.workspace import evidence

        with self._reading():
            return evidence.read_subjects(self._db, record_ids)

    def put(self, entries: Sequence[RecordEntry], *, import_key: int | None = None) -> list[Outcome]:
        """Store a batch of records in one commit and say what became of each; equal content changes nothing."""
        with self._writing():
            return records.put(self._db.identity, entries, import_key=import_key)

    def put_profiles(self, profiles: Sequence[StrProfile]) -> list[ChildOutcome]:
        """Store STR profiles by laboratory sample name in one commit; a contradiction is refused (`conflict`)."""
        with self._writing():
            return samples.put(self._db, profiles)

    def put_photos(self, sources: Sequence[PhotoSource]) -> list[ChildOutcome]:
        """Link photograph files to their records in one commit; the files stay where they are."""
        with self._writing():
            return photos.put_files(self._db, sources)

    def put_embedded(self, items: Sequence[EmbeddedPhoto]) -> list[ChildOutcome]:
        """Store embeddings that come without photographs in one commit."""
        with self._writing():
            return photos.put_embedded(self._db, items)

    def put_subjects(self, subjects: Sequence[Subject]) -> None:
        """Store subjects with all they hold: record, profiles of own and relatives' samples, embeddings."""
        with self._writing():
            bulk.put_subjects(self._db, subjects)

    def pending_photos(self, model_id: str) -> list[PendingPhoto]:
        """Photographs that a recogniser has not seen yet, in order of case number; a killed run resumes with them."""
        with self._reading():
            return photos.pending(self._db.identity, model_id)

    def photos(self, record_id: str, model_id: str | None = None) -> tuple[PhotoFile, ...]:
        """Photographs of a record in order of arrival; the state is over all models unless one is named."""
        with self._reading():
            return tuple(photos.of_record(self._db.identity, record_id, model_id))

    def photo_owners(self) -> dict[str, str]:
        """Case number by path of every photograph that lies in a file."""
        with self._reading():
            return photos.owners(self._db.identity)

    def known_photos(self, digests: Sequence[str]) -> frozenset[str]:
        """Those of some SHA-256 digests that belong to a stored photograph."""
        with self._reading():
            return photos.known_digests(self._db.identity, digests)

    def store_embedding(
        self,
        photo_id: str,
        model_id: str,
        vector: NDArray[np.float32],
        measures: FaceMeasures = UNMEASURED,
    ) -> None:
        """Keep the embedding of a photograph; commits every 64 results or two seconds, at `flush` and at `close`.

        Parameters
        ----------
        photo_id, model_id : str
            Photograph and recogniser; a former embedding by the same recogniser is replaced.
        vector : ndarray of float32, shape (d,)
            L2-normalised.
        measures : FaceMeasures
            Quality of the face; `confidence` becomes the photograph's `quality`.
        """
        self._buffer(EmbeddingResult(photo_id, model_id, photos.packed(vector), measures))

    def mark_unusable(self, photo_id: str, model_id: str, reason: str) -> None:
        """Say that a recogniser cannot use a photograph, and why (a reason code); commits as `store_embedding`."""
        self._buffer(EmbeddingResult(photo_id, model_id, None, reason=reason))

    def flush(self) -> int:
        """Commit buffered embeddings; return how many belonged to photographs that still exist."""
        with self._results_lock:
            results, self._results = self._results, []
        if not results:
            return 0
        with self._db.writing():
            return photos.put_results(self._db, results)

    def counts(self) -> dict[str, int]:
        """Rows by table, records by kind (`record.intake`), photographs by state (`photo.pending`) and model."""
        with self._reading():
            return summary.counts(self._db)

    def begin_import(self, file: ImportFile) -> int:
        """Register a file about to be ingested and return its key; a file known before keeps its key."""
        with self._writing():
            return imports.begin(self._db.identity, file)

    def finish_import(self, import_key: int, counts: ImportCounts, rejects: Sequence[StoredReject]) -> bool:
        """Close an import with its counts and rejects; False, and nothing written, when it repeated a former one."""
        with self._writing():
            identity = self._db.identity
            changed = imports.replace_rejects(identity, import_key, rejects)
            if not changed and not counts.stored and imports.is_complete(identity, import_key):
                return False
            imports.finish(identity, import_key, counts)
            detail = {"import": import_key, "read": counts.read, "stored": counts.stored, "rejected": counts.rejected}
            audit.append(identity, self._actor, "ingest", detail)
            return True

    def rejects(self, source: str | None = None, *, record_id: str | None = None) -> list[Reject]:
        """What was rejected, of all files or of one file name, of all cases or of one."""
        with self._reading():
            return imports.rejects(self._db.identity, source=source, record_id=record_id)

    def decide(
        self, probe_id: str, record_id: str, *, judgement: Judgement, reviewer: str, reason: str = "",
        ground: Ground | None = None,
    ) -> Decision:  # fmt: skip
        """Append the judgement of a named reviewer on a pair; judgements are never changed or removed."""
        return self.decide_all([Decision(probe_id, record_id, judgement, reviewer, reason, "", ground)])[0]

    def decide_all(self, judgements: Sequence[Decision]) -> list[Decision]:
        """Append several judgements in one commit, all or none, and return them with their times."""
        with self._writing():
            stored = [decisions.append(self._db.identity, judgement) for judgement in judgements]
            for item in stored:
                detail = {"probe_id": item.probe_id, "record_id": item.record_id, "judgement": item.judgement}
                audit.append(self._db.identity, item.reviewer, "decide", detail)
            return stored

    def seqs(self, record_ids: Sequence[str]) -> dict[str, int]:
        """Number of the last change of each record named; unknown ones are left out."""
        with self._reading():
            return decisions.seqs(self._db.identity, record_ids)

    def decisions(self, *, probe_id: str | None = None, record_id: str | None = None) -> list[Decision]:
        """Judgements in the order they were made, optionally of one probe, one record or one pair."""
        with self._reading():
            return decisions.read(self._db.identity, probe_id=probe_id, record_id=record_id)

    def profile(self, sample_id: str) -> StrProfile | None:
        """STR profile of one laboratory sample; None when there is none."""
        with self._reading():
            found = samples.load(self._db, [sample_id]).get(sample_id)
        return StrProfile(sample_id, found[1]) if found else None

    def add_confirmation_step(self, step: ConfirmationStep, *, after: int) -> None:
        """Append one step of the confirmation of a hit; `after` = steps of this pair that the caller has seen."""
        with self._writing():
            confirmations.append(self._db.identity, step, after=after)
            detail = {"probe_id": step.probe_id, "record_id": step.record_id, "step": step.action, "state": step.state}
            audit.append(self._db.identity, step.actor, "confirmation", detail)

    def confirmation_steps(self, pair: tuple[str, str] | None = None) -> list[ConfirmationStep]:
        """Steps in the order they were taken, of all hits or of one pair of case and record."""
        with self._reading():
            return confirmations.read(self._db.identity, pair=pair)

    def audit_entries(self) -> list[AuditEntry]:
        """The audit log in order."""
        with self._reading():
            return list(audit.entries(self._db.identity))

    def verify_audit(self) -> AuditCheck:
        """Recompute the audit chain; `problem` says what was altered or removed, None = sound."""
        with self._reading():
            return audit.verify(self._db.identity)

    def erase(self, record_id: str) -> Erasure:
        """Erase a case for good: both files, their logs, and the indexes derived from them."""
        self.flush()
        return erasure.erase(self._db, record_id, self._actor)

    def erase_sample(self, sample_id: str) -> bool:
        """Erase the profile of one laboratory sample for good; False when there is none."""
        self.flush()
        return erasure.erase_sample(self._db, sample_id, self._actor)

    def _buffer(self, result: EmbeddingResult) -> None:
        if keys.photo_key_of(result.photo_id) is None:
            raise UsageError(f"'{result.photo_id}' is no photograph id", remedy="take it from pending_photos()")
        with self._results_lock:
            if not self._results:
                self._oldest_result = time.monotonic()
            self._results.append(result)
            full = len(self._results) >= _BUFFERED_RESULTS
            due = full or time.monotonic() - self._oldest_result > _BUFFERED_SECONDS
        if due and not self._db.busy:
            self.flush()

    @contextmanager
    def _reading(self) -> Iterator[None]:
        if not self._db.busy:
            self.flush()
        with self._db.reading():
            yield

    @contextmanager
    def _writing(self) -> Iterator[None]:
        self.flush()
        with self._db.writing():
            yield
