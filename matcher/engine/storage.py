"""Files of a generation: one NumPy file per array, one JSON file per vocabulary, all opened without pickle.

Layout: `record_ids.npy`, then `<channel>/<number>.<array>.npy` and `<channel>/<number>.vocabulary.json`; `columns.json`
says which column has which number, because the name of a locus may hold any character. A channel that keeps tables has
them in `<channel>/tables/<name>.npy`. Arrays are stored as narrow as
they go and opened as read-only memory maps, so opening a generation costs the reading of its vocabularies.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import cast

import numpy as np
from numpy.typing import NDArray

from matcher.engine.columns import Codes, ColumnCodes, DenseColumn, ManyColumn, SingleColumn, Vocabulary
from matcher.engine.gallery import Gallery
from matcher.engine.vectors import PackedVectors, pack
from matcher.types import ChannelName

Array = NDArray[np.generic]
Vocabularies = Mapping[ChannelName, Mapping[str, Vocabulary]]

_ARRAYS = {
    "single": ("codes",),
    "many": ("offsets", "codes"),
    "dense": ("offsets", "strata", "coarse", "fine", "scales", "errors"),
}
"""Arrays that each kind of column is stored in."""


def write_gallery(directory: Path, gallery: Gallery, vocabularies: Vocabularies) -> None:
    """Write codes and vocabularies into an empty directory."""
    np.save(directory / "record_ids.npy", gallery.record_ids, allow_pickle=False)
    described: list[dict[str, str]] = []
    for channel, columns in gallery.codes.items():
        (directory / channel).mkdir()
        for number, (name, column) in enumerate(columns.items()):
            stem = f"{channel}/{number:03d}"
            kind, arrays = _arrays_of(column)
            described.append({"channel": channel, "column": name, "kind": kind, "stem": stem})
            for part, array in zip(_ARRAYS[kind], arrays, strict=True):
                np.save(directory / f"{stem}.{part}.npy", array, allow_pickle=False)
            if name in vocabularies[channel]:
                values = vocabularies[channel][name].values[1:]
                _write_json(directory / f"{stem}.vocabulary.json", values)
    _write_json(directory / "columns.json", described)


def read_gallery(directory: Path) -> tuple[Gallery, dict[ChannelName, dict[str, Vocabulary]]]:
    """Open codes as read-only memory maps and read the vocabularies."""
    record_ids = cast(NDArray[np.str_], _open_array(directory / "record_ids.npy"))
    codes: dict[ChannelName, dict[str, ColumnCodes]] = {}
    vocabularies: dict[ChannelName, dict[str, Vocabulary]] = {}
    for entry in json.loads((directory / "columns.json").read_text("utf-8")):
        channel = cast(ChannelName, entry["channel"])
        stem, kind = entry["stem"], entry["kind"]
        arrays = [_open_array(directory / f"{stem}.{part}.npy") for part in _ARRAYS[kind]]
        codes.setdefault(channel, {})[entry["column"]] = _column_of(kind, arrays)
        words = directory / f"{stem}.vocabulary.json"
        own = vocabularies.setdefault(channel, {})
        if words.is_file():
            own[entry["column"]] = Vocabulary(["", *json.loads(words.read_text("utf-8"))])
    return Gallery(record_ids, codes), vocabularies


def write_tables(directory: Path, channel: ChannelName, tables: Mapping[str, Array]) -> None:
    """Write a channel's kept tables."""
    own = directory / channel / "tables"
    own.mkdir(parents=True)
    for name, array in tables.items():
        np.save(own / f"{name}.npy", array, allow_pickle=False)


def read_tables(directory: Path, channel: ChannelName) -> dict[str, Array]:
    """Open a channel's kept tables as read-only memory maps; empty when it keeps none."""
    return {path.stem: _open_array(path) for path in sorted((directory / channel / "tables").glob("*.npy"))}


def _arrays_of(column: ColumnCodes) -> tuple[str, tuple[Array, ...]]:
    """Take a column apart, in the order of `_ARRAYS`."""
    if isinstance(column, SingleColumn):
        return "single", (_narrow(column.codes),)
    if isinstance(column, ManyColumn):
        return "many", (column.offsets, column.codes)
    packed = pack(column.vectors)
    return "dense", (column.offsets, column.strata, packed.coarse, packed.fine, packed.scales, packed.errors)


def _column_of(kind: str, arrays: list[Array]) -> ColumnCodes:
    """Put a column together; the files were written by `write_gallery`, so their types are right."""
    if kind == "single":
        return SingleColumn(cast(NDArray[np.uint32], arrays[0]))
    offsets = cast(NDArray[np.int64], arrays[0])
    if kind == "many":
        return ManyColumn(offsets, cast(NDArray[np.uint32], arrays[1]))
    coarse, fine = cast(NDArray[np.uint8], arrays[2]), cast(NDArray[np.int16], arrays[3])
    scales, errors = cast(NDArray[np.float32], arrays[4]), cast(NDArray[np.float32], arrays[5])
    return DenseColumn(offsets, PackedVectors(coarse, fine, scales, errors), cast(NDArray[np.uint8], arrays[1]))


def _narrow(codes: Codes) -> Codes:
    """Store codes in the fewest bytes that hold the largest of them."""
    largest = int(codes.max(initial=0))
    if largest < 1 << 8:
        return codes.astype(np.uint8, copy=False)
    return codes.astype(np.uint16 if largest < 1 << 16 else np.uint32, copy=False)


def _open_array(path: Path) -> Array:
    array: Array = np.load(path, mmap_mode="r" if _has_data(path) else None, allow_pickle=False)
    # A plain view: the map's own class recomputes its bookkeeping at every slice, which the scan takes by the million.
    return np.asarray(array)


def _has_data(path: Path) -> bool:
    """Tell whether an array file holds more than its header; an empty array cannot be mapped."""
    with path.open("rb") as stream:
        np.lib.format.read_magic(stream)
        shape, _, _ = np.lib.format.read_array_header_1_0(stream)
    return 0 not in shape


def _write_json(path: Path, value: object) -> None:
    path.write_text(json.dumps(value, ensure_ascii=False), "utf-8")
