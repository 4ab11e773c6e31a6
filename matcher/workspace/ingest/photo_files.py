"""Photographs into the workspace, found in a folder by case number or named in a form; files stay where they are."""

from __future__ import annotations

import hashlib
import os
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from matcher.errors import InputError, LimitError
from matcher.types import Reject
from matcher.workspace.ingest.entries import ReadRow
from matcher.workspace.ingest.files import read_capped, sha256_of
from matcher.workspace.ingest.limits import Limits
from matcher.workspace.ingest.request import FileSummary, IngestSettings
from matcher.workspace.ingest.tally import Tally
from matcher.workspace.ingest.text import is_text, shortened
from matcher.workspace.keys import batches
from matcher.workspace.store import Workspace
from matcher.workspace.values import ChildOutcome, ImportFile, PhotoSource

_SUFFIXES = frozenset((".jpg", ".jpeg", ".jpe", ".png", ".bmp", ".webp", ".gif", ".tif", ".tiff", ".heic", ".heif"))
_BATCH_PHOTOS = 100
_DEEPEST = 8

# What may follow the case number in a file name: a view, a number after _ or space or in brackets, or both. A number
# straight behind, or behind a hyphen, could be part of another case number: such a file is refused, not guessed at.
_VIEW = (
    r"(?:正面?照?|侧面?照?|左侧?|右侧?|背面?|全身照?|半身照?|近照|旧照|童年照?|成年照?|证件照|照片"
    r"|front|side|left|right|photo|face)"
)
_COUNT = r"(?:[_\s]+(?:\d{1,3}|[a-z])|\s*[(\[]\s*(?:\d{1,3}|[a-z])\s*[)\]])"
_SUFFIX = re.compile(
    rf"(?:[\s_\-.—·]*[(\[]?{_VIEW}[)\]]?)?(?:{_COUNT}|(?<=[^\da-z])\d{{1,3}})?(?:[\s_\-.—·]*[(\[]?{_VIEW}[)\]]?)?",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class PhotoTask:
    """A photograph to be linked, and where it was named.

    Parameters
    ----------
    path : Path
        The file.
    record_id : str or None
        Case it belongs to; None = no case matches its name.
    source, row, header, shown : str, int or None, str or None, str
        File, row and header for a reject, and the name to show.
    """

    path: Path
    record_id: str | None
    source: str
    row: int | None
    header: str | None
    shown: str

    def reject(self, reason: str, remedy: str) -> Reject:
        """Say why this photograph is not stored."""
        shown = shortened(self.shown)
        return Reject(self.source, self.row, self.header, shown, reason, remedy, record_lost=False)


def ingest_folder(workspace: Workspace, folder: Path, settings: IngestSettings) -> Iterator[FileSummary]:
    """Link every photograph below a folder to the case its name, or its folder's name, begins with.

    Raises
    ------
    InputError
        When there is no such folder.
    LimitError
        When it holds too many files.
    """
    if folder.is_symlink() or not folder.is_dir():
        what = "a symbolic link" if folder.is_symlink() else "no such folder"
        raise InputError(f"{folder}: {what}", remedy="name the folder of photographs itself")
    owners = CaseNames(workspace.record_ids(), workspace.photo_owners())
    tasks = []
    for path in _walk(folder.absolute(), settings.limits):
        shown = path.relative_to(folder.absolute()).as_posix()
        tasks.append(PhotoTask(path, owners.owner(path, folder.absolute()), folder.name, None, None, shown))
    file = ImportFile(str(folder.absolute()), "", "photos")
    yield store_photos(workspace, file, tasks, settings)


def named_photo_tasks(row: ReadRow, source: str, base: Path) -> list[PhotoTask]:
    """Turn the file names of a form's row into tasks; a name that leads out of the folder keeps no path."""
    assert row.entry is not None
    return [
        PhotoTask(_below(base, name), row.record_id, source, row.entry.source_row, header, name)
        for header, name in row.photo_files
    ]


def store_photos(
    workspace: Workspace, file: ImportFile, tasks: Sequence[PhotoTask], settings: IngestSettings
) -> FileSummary:
    """Read, check and link photographs, and keep the books of them."""
    tally = Tally()
    digest = hashlib.sha256()
    with settings.progress("checking photographs", len(tasks)) as advance:
        for some in batches(tasks, _BATCH_PHOTOS):
            _store(workspace, some, settings, tally, digest)
            advance(len(some))
    described = ImportFile(file.path, digest.hexdigest(), "photos", file.kind)
    import_key = workspace.begin_import(described)
    workspace.finish_import(import_key, tally.counts(), tally.rejects)
    rejects = tuple(item.reject for item in tally.rejects)
    return FileSummary(Path(file.path).name, "photos", tally.counts(), rejects=rejects)


@dataclass(slots=True)
class CaseNames:
    """Which case a photograph belongs to, by its name.

    Parameters
    ----------
    record_ids : sequence of str
        All case numbers.
    owners : mapping of str to str
        Case number by path of photographs that are linked already.
    """

    _cases: dict[str, str]
    _owners: Mapping[str, str]

    def __init__(self, record_ids: Sequence[str], owners: Mapping[str, str]) -> None:
        self._cases = {_folded(record_id): record_id for record_id in record_ids}
        self._owners = owners

    def owner(self, path: Path, folder: Path) -> str | None:
        """Return the case: of the nearest folder named by one, else of the longest number the name begins with.

        >>> names = CaseNames(["A0012", "A0012-1"], {})
        >>> [names.owner(Path("p", n), Path("p")) for n in ("A0012_2.jpg", "a0012-1 正.JPG", "A00123.jpg")]
        ['A0012', 'A0012-1', None]
        """
        for parent in path.relative_to(folder).parents:
            if found := self._cases.get(_folded(parent.name)):
                return found
        stem = _folded(path.stem)
        for end in range(len(stem), 0, -1):
            if stem[:end] in self._cases and _SUFFIX.fullmatch(stem[end:]):
                return self._cases[stem[:end]]
        return self._owners.get(str(path))


def _store(
    workspace: Workspace, tasks: Sequence[PhotoTask], settings: IngestSettings, tally: Tally, digest: hashlib._Hash
) -> None:
    sources: list[tuple[PhotoTask, PhotoSource]] = []
    contents: list[tuple[PhotoTask, bytes | None, str]] = []
    for task in tasks:
        tally.read += 1
        content = _read(task, settings.limits, tally)
        content_digest = sha256_of(content) if content is not None else ""
        digest.update(f"{task.shown}\0{content_digest}\n".encode("utf-8", "replace"))
        if content is not None and task.record_id is not None:
            contents.append((task, content, content_digest))
    known = workspace.known_photos([item[2] for item in contents])
    for task, content, content_digest in contents:
        reason = None if content_digest in known or content is None else settings.readers.check_photo(content)
        if reason is not None:
            tally.lose(task.reject(reason, settings.readers.photo_remedy(reason)), task.record_id)
        else:
            sources.append((task, PhotoSource(task.record_id or "", str(task.path), content_digest)))
    for (task, _), outcome in zip(sources, workspace.put_photos([s for _, s in sources]), strict=True):
        _book(tally, task, outcome)


def _book(tally: Tally, task: PhotoTask, outcome: ChildOutcome) -> None:
    if outcome == "unknown_case":
        tally.lose(task.reject("unknown_case", _UNKNOWN_CASE), task.record_id)
    else:
        tally.keep(outcome)


_UNKNOWN_CASE = "no case has this number; name the file by it (A0012.jpg, A0012_2.jpg), or ingest the form first"


def _read(task: PhotoTask, limits: Limits, tally: Tally) -> bytes | None:
    """Read a photograph's bytes, or book why not."""
    if task.record_id is None:
        tally.lose(task.reject("unknown_case", _UNKNOWN_CASE))
        return None
    if not is_text(str(task.path)):
        tally.lose(task.reject("bad_file_name", "rename the file"), task.record_id)
        return None
    try:
        return read_capped(task.path, limits.photo_bytes)
    except LimitError as error:
        tally.lose(task.reject("photo_too_large", error.remedy), task.record_id)
    except InputError as error:
        tally.lose(task.reject(_reason_of(task.path), error.remedy), task.record_id)
    return None


def _reason_of(path: Path) -> str:
    if path.is_symlink():
        return "symbolic_link"
    if not path.exists():
        return "no_such_file"
    return "empty_photo" if path.is_file() and not path.stat().st_size else "unreadable_file"


def _walk(folder: Path, limits: Limits) -> Iterator[Path]:
    """Yield image files in order of name; symbolic links to folders are not followed, hidden files are passed over."""
    seen = 0
    for directory, folders, names in os.walk(folder, followlinks=False):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        if len(Path(directory).relative_to(folder).parts) >= _DEEPEST:
            folders.clear()
        for name in sorted(names):
            seen += 1
            if seen > limits.photo_files:
                raise LimitError(f"{folder}: more than {limits.photo_files} files", remedy="split the folder")
            if not name.startswith(".") and Path(name).suffix.lower() in _SUFFIXES:
                yield Path(directory, name)


def _below(base: Path, name: str) -> Path:
    """Return a path below the folder; names with directories of their own must stay inside it."""
    relative = Path(name.replace("\\", "/"))
    inside = not relative.is_absolute() and ".." not in relative.parts
    # Of a name that leads outside only the last part is looked for, which then does not exist or is inside.
    return base.absolute() / (relative if inside else Path(relative.name or "_"))


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).strip().casefold()
