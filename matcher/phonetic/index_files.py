"""A name index on disk: NumPy files opened as memory maps, and a manifest that tells when they no longer fit.

Layout: `manifest.json` and one `<array>.npy` for each array. The directory is written under another name and then
renamed, so that a reader finds a whole index or none.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from matcher.durable import replace_file, sync_tree
from matcher.errors import InputError, StaleIndexError
from matcher.phonetic.name_index import NameIndex, Texts
from matcher.phonetic.stored import Array, arrays_of, groups_from, parse_stamp, table_from

FORMAT_VERSION = 1
MANIFEST = "manifest.json"


@dataclass(frozen=True, slots=True)
class IndexManifest:
    """What an index was made from.

    Parameters
    ----------
    format_version : int
        Version of this layout.
    rules : str
        Version of the rules and tables by which names are taken apart.
    gallery : str
        Absolute path of the gallery file.
    gallery_bytes, gallery_modified_ns : int
        Its size and time of change.
    gallery_sha256 : str
        Its checksum, for when size or time differ.
    names, bearers : int
        Distinct names, and persons who bear one of them.
    files : dict of str to int
        Size of each array file in bytes.
    """

    format_version: int
    rules: str
    gallery: str
    gallery_bytes: int
    gallery_modified_ns: int
    gallery_sha256: str
    names: int
    bearers: int
    files: dict[str, int]


def save_index(index: NameIndex, directory: Path, *, gallery: Path) -> IndexManifest:
    """Write an index; a former one in the same directory is replaced.

    Raises
    ------
    InputError
        When the directory holds something else.
    """
    if directory.exists() and any(directory.iterdir()) and not (directory / MANIFEST).is_file():
        raise InputError(f"'{directory}' holds something else than a name index", remedy="name another directory")
    building = directory.with_name(f".{directory.name}.tmp")
    shutil.rmtree(building, ignore_errors=True)
    building.mkdir(parents=True)
    for name, array in _arrays(index).items():
        np.save(building / f"{name}.npy", array, allow_pickle=False)
    status = gallery.stat()
    manifest = IndexManifest(
        format_version=FORMAT_VERSION,
        rules=parse_stamp(),
        gallery=str(gallery.resolve()),
        gallery_bytes=status.st_size,
        gallery_modified_ns=status.st_mtime_ns,
        gallery_sha256=_sha256(gallery),
        names=len(index),
        bearers=int(index.bearer_ends[-1]),
        files={path.name: path.stat().st_size for path in sorted(building.iterdir())},
    )
    replace_file(building / MANIFEST, json.dumps(asdict(manifest), ensure_ascii=False, indent=1).encode())
    sync_tree(building)
    if directory.exists():
        shutil.rmtree(directory)
    building.rename(directory)
    return manifest


def open_index(directory: Path) -> NameIndex:
    """Open an index.

    Raises
    ------
    StaleIndexError
        When there is none, when it is damaged, or when it was made by other rules or from another state of its gallery.
    """
    manifest = read_manifest(directory)
    _check(directory, manifest)
    arrays = {name.removesuffix(".npy"): _opened(directory / name) for name in manifest.files}
    groups = groups_from(arrays)
    table = table_from(arrays, np.arange(len(groups)), manifest.names)
    numbers, utf8, ends = (arrays[f"texts_{part}"] for part in ("numbers", "utf8", "ends"))
    texts = Texts(np.asarray(numbers, np.int64), np.asarray(utf8, np.uint8), np.asarray(ends, np.int64))
    return NameIndex(table, groups, texts, arrays["bearers"], arrays["bearer_counts"])  # type: ignore[arg-type]


def read_manifest(directory: Path) -> IndexManifest:
    """Read what an index was made from; errors as of `open_index`."""
    path = directory / MANIFEST
    if not path.is_file():
        raise StaleIndexError(
            f"no name index in '{directory}'", remedy=f"make one with: matcher names index --output {directory}"
        )
    try:
        described = json.loads(path.read_text("utf-8"))
        if described.get("format_version") == FORMAT_VERSION:
            return IndexManifest(**described)
    except (ValueError, TypeError, AttributeError) as error:
        raise StaleIndexError(f"{path}: damaged ({type(error).__name__})", remedy=_remedy(directory)) from error
    raise StaleIndexError(f"the name index in '{directory}' has another format", remedy=_remedy(directory))


def _check(directory: Path, manifest: IndexManifest) -> None:
    remedy = _remedy(directory, manifest.gallery)
    if manifest.rules != parse_stamp():
        raise StaleIndexError(f"the name index in '{directory}' was made by another version", remedy=remedy)
    for name, size in manifest.files.items():
        if not (directory / name).is_file() or (directory / name).stat().st_size != size:
            raise StaleIndexError(f"{directory / name}: missing or damaged", remedy=remedy)
    gallery = Path(manifest.gallery)
    if not gallery.is_file():
        return  # an index serves without its gallery, as on another machine
    status = gallery.stat()
    same = (status.st_size, status.st_mtime_ns) == (manifest.gallery_bytes, manifest.gallery_modified_ns)
    if not same and _sha256(gallery) != manifest.gallery_sha256:
        raise StaleIndexError(f"'{gallery}' has changed since it was indexed", remedy=remedy)


def _arrays(index: NameIndex) -> dict[str, Array]:
    bearers = index.bearers
    if bearers.dtype == np.object_:
        raise InputError("ids are numbers and text mixed", remedy="make all ids text")
    if bearers.dtype == np.int64 and (not len(bearers) or -(1 << 31) <= bearers.min() <= bearers.max() < 1 << 31):
        kept: Array = bearers.astype(np.int32)
    else:
        kept = bearers
    return {
        **arrays_of(index.table, index.groups),
        "texts_numbers": index.texts.numbers,
        "texts_utf8": index.texts.utf8,
        "texts_ends": index.texts.ends,
        "bearers": kept,
        "bearer_counts": index.bearer_counts,
    }


def _opened(path: Path) -> NDArray[np.generic]:
    try:
        array: NDArray[np.generic] = np.load(path, mmap_mode="r", allow_pickle=False)
    except ValueError:  # an empty array cannot be mapped
        array = np.load(path, allow_pickle=False)
    return np.asarray(array)


def _remedy(directory: Path, gallery: str = "GALLERY.parquet") -> str:
    return f"run: matcher names index --gallery {gallery} --output {directory}"


def _sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
