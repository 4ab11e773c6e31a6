"""Index generations: derived codes on disk, swapped atomically, refused when stale.

`indexes/` holds one directory per generation and a file `CURRENT` that names the valid one. A generation is
written under a temporary name, synchronised to disk, renamed, and only then named in `CURRENT`; a process killed at
any moment leaves the former generation valid. Everything here is safe to delete: `matcher index` builds it again.
"""

from __future__ import annotations

import errno
import hashlib
import json
import shutil
import sqlite3
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from matcher.durable import replace_file, sync_directory, sync_tree
from matcher.engine import storage
from matcher.engine.assembly import compact, concatenate, take_rows
from matcher.engine.channel import Channel, Compiler, KeepsTables
from matcher.engine.columns import ColumnCodes, Vocabulary
from matcher.engine.gallery import Gallery
from matcher.errors import StaleIndexError
from matcher.schema import Evidence
from matcher.types import ChannelName

FORMAT_VERSION = 3
CURRENT = "CURRENT"
MANIFEST = "manifest.json"


class ChangeSet(Protocol):
    """What happened to a source after some point."""

    @property
    def changed(self) -> Sequence[str]:
        """Case numbers inserted or changed."""


class Source(Protocol):
    """What an index is derived from; a workspace is one."""

    @property
    def store_id(self) -> str:
        """Identity of the store; an index of another store is never used."""

    def snapshot(self) -> AbstractContextManager[None]:
        """Make all reads inside see one and the same moment."""

    def seq(self) -> int:
        """Sequence number of the last change."""

    def record_ids(self) -> list[str]:
        """All case numbers, ascending."""

    def changes(self, after_seq: int) -> ChangeSet:
        """Case numbers inserted or changed after a sequence number."""

    def evidence(self, record_ids: Sequence[str]) -> Evidence:
        """Evidence of the records named, in ascending order of case number."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a generation was made from.

    Parameters
    ----------
    format_version : int
        Version of this layout.
    store_id, seq : str, int
        The workspace and its last change that the generation contains.
    records : int
        Number of records N.
    channels : mapping of str to str
        Channel name to channel version.
    files : mapping of str to str
        Relative path to SHA-256.
    """

    format_version: int
    store_id: str
    seq: int
    records: int
    channels: Mapping[str, str]
    files: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Generation:
    """One opened generation: codes (memory-mapped) and the vocabularies that explain them."""

    directory: Path
    manifest: Manifest
    gallery: Gallery
    vocabularies: Mapping[ChannelName, Mapping[str, Vocabulary]]

    def compiler(self, channel: Channel) -> Compiler:
        """Make a channel ready, from the tables that were kept for it if there are any."""
        own = self.vocabularies[channel.name]
        tables = storage.read_tables(self.directory, channel.name) if isinstance(channel, KeepsTables) else {}
        return channel.restore(own, tables) if tables and isinstance(channel, KeepsTables) else channel.prepare(own)


@dataclass(frozen=True, slots=True)
class UpdateReport:
    """What an update did: records in the new generation, and how many of them were encoded afresh per channel."""

    records: int
    encoded: Mapping[ChannelName, int]
    seq: int
    unchanged: bool


def update(indexes: Path, source: Source, channels: Sequence[Channel]) -> UpdateReport:
    """Bring the index up to date with its source, encoding only records that changed.

    Parameters
    ----------
    indexes : Path
        Directory of the generations; made when absent.
    source : Source
        Usually the workspace.
    channels : sequence of Channel
        All channels to encode. A channel whose version changed is encoded in full.
    """
    indexes.mkdir(parents=True, exist_ok=True)
    with _only_writer(indexes):
        previous = _previous(indexes, source)
        versions: dict[str, str] = {channel.name: channel.version for channel in channels}
        with source.snapshot():
            seq = source.seq()
            if previous and previous.manifest.seq == seq and previous.manifest.channels == versions:
                return UpdateReport(len(previous.gallery), {c.name: 0 for c in channels}, seq, unchanged=True)
            record_ids = source.record_ids()
            builder = _Builder(source, record_ids, previous)
            built = {channel.name: builder.build(channel) for channel in channels}
        gallery = Gallery(np.asarray(record_ids, np.str_), {name: columns for name, (columns, _, _) in built.items()})
        vocabularies = {name: vocabulary for name, (_, vocabulary, _) in built.items()}
        manifest = Manifest(FORMAT_VERSION, source.store_id, seq, len(gallery), versions, {})
        _publish(indexes, manifest, (gallery, vocabularies), channels)
        return UpdateReport(len(gallery), {n: fresh for n, (_, _, fresh) in built.items()}, seq, unchanged=False)


def open_current(indexes: Path, source: Source, channels: Sequence[Channel]) -> Generation:
    """Open the valid generation.

    Raises
    ------
    StaleIndexError
        When there is none, or it does not contain the last change of the source or the channels' present versions.
    """
    remedy = "run: matcher index"
    generation = _read_current(indexes)
    if generation is None:
        raise StaleIndexError(f"no index in '{indexes}'", remedy=remedy)
    manifest = generation.manifest
    if manifest.store_id != source.store_id:
        raise StaleIndexError(f"the index in '{indexes}' belongs to another workspace", remedy=remedy)
    if manifest.seq != source.seq():
        raise StaleIndexError(
            f"the index holds change {manifest.seq} of the workspace, which is at change {source.seq()}", remedy=remedy
        )
    for channel in channels:
        if manifest.channels.get(channel.name) != channel.version:
            raise StaleIndexError(f"the index was made by another version of channel '{channel.name}'", remedy=remedy)
    return generation


def verify(generation: Generation) -> tuple[str, ...]:
    """Return the relative paths of files that are missing or differ from the manifest; empty = sound."""
    return tuple(
        name
        for name, digest in generation.manifest.files.items()
        if not (generation.directory / name).is_file() or _sha256(generation.directory / name) != digest
    )


class _Builder:
    """Builds the columns of one channel after another, reading the changed evidence once."""

    def __init__(self, source: Source, record_ids: Sequence[str], previous: Generation | None) -> None:
        self._source = source
        self._record_ids = record_ids
        self._previous = previous
        self._evidence: dict[bool, tuple[list[str], Evidence]] = {}
        self._origin: NDArray[np.int64] | None = None

    def build(self, channel: Channel) -> tuple[dict[str, ColumnCodes], dict[str, Vocabulary], int]:
        """Return columns, vocabularies and the number of records encoded afresh."""
        kept = self._kept(channel)
        fresh_ids, evidence = self._fresh(everything=kept is None)
        vocabularies = {
            column.name: Vocabulary(kept.vocabularies[channel.name][column.name].values if kept else [""])
            for column in channel.columns
            if column.kind != "dense"
        }
        fresh = channel.encode(evidence, vocabularies)
        columns: dict[str, ColumnCodes] = {}
        for column in channel.columns:
            codes = fresh[column.name]
            if kept is not None:
                both = concatenate(kept.gallery.codes[channel.name][column.name], codes)
                codes = take_rows(both, self._origins(kept, fresh_ids))
            if column.name in vocabularies:
                codes, vocabularies[column.name] = compact(codes, vocabularies[column.name])
            columns[column.name] = codes
        return columns, vocabularies, len(fresh_ids)

    def _kept(self, channel: Channel) -> Generation | None:
        previous = self._previous
        return previous if previous and previous.manifest.channels.get(channel.name) == channel.version else None

    def _fresh(self, *, everything: bool) -> tuple[list[str], Evidence]:
        if everything not in self._evidence:
            if everything or self._previous is None:
                ids = list(self._record_ids)
            else:
                changed = set(self._source.changes(self._previous.manifest.seq).changed)
                ids = [record_id for record_id in self._record_ids if record_id in changed]
            evidence = self._source.evidence(ids)
            if len(evidence) != len(ids):
                raise StaleIndexError("the workspace changed while the index was built", remedy="run: matcher index")
            self._evidence[everything] = ids, evidence
        return self._evidence[everything]

    def _origins(self, kept: Generation, fresh_ids: Sequence[str]) -> NDArray[np.int64]:
        """Say where each record comes from: its place among the kept records followed by the fresh ones."""
        if self._origin is None:
            ids = np.asarray(self._record_ids, np.str_)
            origin = np.full(ids.shape[0], -1, np.int64)
            for known, first in ((kept.gallery.record_ids, 0), (np.asarray(fresh_ids, np.str_), len(kept.gallery))):
                places = np.minimum(np.searchsorted(ids, known), max(ids.shape[0] - 1, 0))
                # A record that was erased since has no place; a fresh one takes that of its kept self.
                found = np.flatnonzero(ids[places] == known) if ids.shape[0] else np.zeros(0, np.int64)
                origin[places[found]] = first + found
            if (origin < 0).any():
                raise StaleIndexError("the workspace changed while the index was built", remedy="run: matcher index")
            self._origin = origin
        return self._origin


def _publish(
    indexes: Path,
    manifest: Manifest,
    encoded: tuple[Gallery, Mapping[ChannelName, Mapping[str, Vocabulary]]],
    channels: Sequence[Channel],
) -> None:
    gallery, vocabularies = encoded
    name = f"g{manifest.seq:012d}-{uuid.uuid4().hex[:8]}"
    building = indexes / f"{name}.tmp"
    building.mkdir()
    storage.write_gallery(building, gallery, vocabularies)
    for channel in channels:
        if isinstance(channel, KeepsTables):
            storage.write_tables(building, channel.name, channel.tabulate(vocabularies[channel.name]))
    files = {str(p.relative_to(building).as_posix()): _sha256(p) for p in sorted(building.rglob("*")) if p.is_file()}
    described = asdict(manifest) | {"files": files}
    replace_file(building / MANIFEST, json.dumps(described, indent=1, ensure_ascii=False).encode())
    sync_tree(building)
    building.rename(indexes / name)
    sync_directory(indexes)
    replace_file(indexes / CURRENT, name.encode())
    _sweep(indexes, keep=name)


def _previous(indexes: Path, source: Source) -> Generation | None:
    _sweep(indexes, keep=_current_name(indexes))
    try:
        generation = _read_current(indexes)
    except StaleIndexError:
        return None
    return generation if generation and generation.manifest.store_id == source.store_id else None


def _current_name(indexes: Path) -> str | None:
    pointer = indexes / CURRENT
    return pointer.read_text("utf-8").strip() if pointer.is_file() else None


def _read_current(indexes: Path) -> Generation | None:
    name = _current_name(indexes)
    if name is None or not (indexes / name / MANIFEST).is_file():
        return None
    directory = indexes / name
    described = json.loads((directory / MANIFEST).read_text("utf-8"))
    if described.get("format_version") != FORMAT_VERSION:
        raise StaleIndexError(f"the index in '{indexes}' has another format", remedy="run: matcher index")
    manifest = Manifest(**described)
    gallery, vocabularies = storage.read_gallery(directory)
    return Generation(directory, manifest, gallery, vocabularies)


def _sweep(indexes: Path, *, keep: str | None) -> None:
    """Remove what earlier runs left: former generations and those that were never finished."""
    for entry in indexes.iterdir():
        if entry.is_dir() and entry.name.startswith("g") and entry.name != keep:
            # A reader may still hold a former generation open where the system forbids deleting open files.
            shutil.rmtree(entry, ignore_errors=True)


@contextmanager
def _only_writer(indexes: Path) -> Iterator[None]:
    """Hold the index lock: an SQLite transaction, because every system releases it when a process is killed."""
    with ExitStack() as held:
        try:
            lock = sqlite3.connect(indexes / "lock.sqlite", timeout=0.2, isolation_level=None)
            held.callback(lock.close)
            lock.execute("BEGIN EXCLUSIVE")
        except sqlite3.DatabaseError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY:  # a full disk, a missing right: nobody to wait for
                raise OSError(errno.EIO, str(error), str(indexes / "lock.sqlite")) from error
            raise StaleIndexError(
                f"another process is updating the index in '{indexes}'", remedy="wait for it to finish, then repeat"
            ) from error
        yield


def _sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
