"""Files of a generation: one NumPy file per array, one JSON file per vocabulary, all opened without pickle.

Layout: `record_ids.npy`, then `<channel>/<column>.<part>.npy` and `<channel>/<column>.vocabulary.json`. Column names
may hold any character of a locus name; they are stored in `columns.json` and files are numbered.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import cast

import numpy as np
from numpy.typing import NDArray

from matcher.engine.columns import ColumnCodes, DenseColumn, ManyColumn, SingleColumn, Vocabulary
from matcher.engine.gallery import Gallery
from matcher.types import ChannelName

_KINDS: dict[str, type[SingleColumn] | type[ManyColumn] | type[DenseColumn]] = {
    "single": SingleColumn,
    "many": ManyColumn,
    "dense": DenseColumn,
}
_NAMES = {kind: name for name, kind in _KINDS.items()}

Vocabularies = Mapping[ChannelName, Mapping[str, Vocabulary]]


def write_gallery(directory: Path, gallery: Gallery, vocabularies: Vocabularies) -> None:
    """Write codes and vocabularies into an empty directory."""
    np.save(directory / "record_ids.npy", gallery.record_ids, allow_pickle=False)
    described: list[dict[str, str]] = []
    for channel, columns in gallery.codes.items():
        (directory / channel).mkdir()
        for number, (name, column) in enumerate(columns.items()):
            stem = f"{channel}/{number:03d}"
            described.append({"channel": channel, "column": name, "kind": _NAMES[type(column)], "stem": stem})
            for item in fields(column):
                np.save(directory / f"{stem}.{item.name}.npy", getattr(column, item.name), allow_pickle=False)
            if name in vocabularies[channel]:
                values = vocabularies[channel][name].values[1:]
                _write_json(directory / f"{stem}.vocabulary.json", values)
    _write_json(directory / "columns.json", described)


def read_gallery(directory: Path) -> tuple[Gallery, dict[ChannelName, dict[str, Vocabulary]]]:
    """Open codes as read-only memory maps and read the vocabularies."""
    record_ids = np.load(directory / "record_ids.npy", allow_pickle=False)
    codes: dict[ChannelName, dict[str, ColumnCodes]] = {}
    vocabularies: dict[ChannelName, dict[str, Vocabulary]] = {}
    for entry in json.loads((directory / "columns.json").read_text("utf-8")):
        channel = cast(ChannelName, entry["channel"])
        kind = _KINDS[entry["kind"]]
        parts = {item.name: _open_array(directory / f"{entry['stem']}.{item.name}.npy") for item in fields(kind)}
        codes.setdefault(channel, {})[entry["column"]] = kind(**parts)  # type: ignore[arg-type]  # the dtype is the file's own
        words = directory / f"{entry['stem']}.vocabulary.json"
        if words.is_file():
            values = json.loads(words.read_text("utf-8"))
            vocabularies.setdefault(channel, {})[entry["column"]] = Vocabulary(["", *values])
        else:
            vocabularies.setdefault(channel, {})
    return Gallery(record_ids, codes), vocabularies


def write_durably(path: Path, content: bytes) -> None:
    """Replace a file so that after a crash it holds either the former content or all of the new one."""
    temporary = path.with_name(path.name + ".new")
    with temporary.open("wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())
    temporary.replace(path)
    sync_directory(path.parent)


def sync_tree(directory: Path) -> None:
    """Flush every file below a directory, then the directories, to disk."""
    for path in directory.rglob("*"):
        if path.is_file():
            with path.open("rb+") as stream:
                os.fsync(stream.fileno())
    for path in (*(p for p in directory.rglob("*") if p.is_dir()), directory):
        sync_directory(path)


def sync_directory(directory: Path) -> None:
    """Flush a directory entry to disk where the system can (POSIX); elsewhere renames are journalled."""
    if not hasattr(os, "O_DIRECTORY"):
        return
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _open_array(path: Path) -> NDArray[np.generic]:
    array: NDArray[np.generic] = np.load(path, mmap_mode="r" if _has_data(path) else None, allow_pickle=False)
    return array


def _has_data(path: Path) -> bool:
    """Tell whether an array file holds more than its header; an empty array cannot be mapped."""
    with path.open("rb") as stream:
        np.lib.format.read_magic(stream)
        shape, _, _ = np.lib.format.read_array_header_1_0(stream)
    return 0 not in shape


def _write_json(path: Path, value: object) -> None:
    path.write_text(json.dumps(value, ensure_ascii=False), "utf-8")
