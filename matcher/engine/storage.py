"""Files of a generation: NumPy arrays and one Arrow file a vocabulary, all opened without pickle.

Layout: `record_ids.npy`, then `<channel>/<number>.<array>.npy` and `<channel>/<number>.vocabulary.arrow`;
`columns.json` says which column has which number, because the name of a locus may hold any character. A channel that
keeps tables has them in `<channel>/tables/<name>.npy`.

Everything is stored as narrow as it goes: whole numbers in the fewest bytes that hold the largest of them, nothing
where all are 0; ragged columns by the lengths of their rows; ids by their characters. What is large is opened as a
read-only memory map, vocabularies included, so that opening reads next to nothing.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import cast

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from matcher.engine.columns import Codes, ColumnCodes, DenseColumn, ManyColumn, SingleColumn, Vocabulary
from matcher.engine.gallery import Gallery
from matcher.engine.vectors import PackedVectors, pack
from matcher.types import ChannelName

Array = NDArray[np.generic]
Vocabularies = Mapping[ChannelName, Mapping[str, Vocabulary]]

_ARRAYS = {
    "single": ("codes",),
    "many": ("lengths", "codes"),
    "dense": ("lengths", "strata", "coarse", "fine", "scales", "errors"),
}
"""Arrays that each kind of column is stored in."""


def write_gallery(directory: Path, gallery: Gallery, vocabularies: Vocabularies) -> None:
    """Write codes and vocabularies into an empty directory."""
    np.save(directory / "record_ids.npy", _characters(gallery.record_ids), allow_pickle=False)
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
                _write_vocabulary(directory / f"{stem}.vocabulary.arrow", vocabularies[channel][name])
    (directory / "columns.json").write_text(json.dumps(described, ensure_ascii=False), "utf-8")


def read_gallery(directory: Path) -> tuple[Gallery, dict[ChannelName, dict[str, Vocabulary]]]:
    """Open codes and vocabularies as read-only memory maps."""
    record_ids = _ids(_open_array(directory / "record_ids.npy"))
    codes: dict[ChannelName, dict[str, ColumnCodes]] = {}
    vocabularies: dict[ChannelName, dict[str, Vocabulary]] = {}
    for entry in json.loads((directory / "columns.json").read_text("utf-8")):
        channel = cast(ChannelName, entry["channel"])
        stem, kind = entry["stem"], entry["kind"]
        arrays = [_open_array(directory / f"{stem}.{part}.npy") for part in _ARRAYS[kind]]
        codes.setdefault(channel, {})[entry["column"]] = _column_of(kind, arrays, record_ids.shape[0])
        words = directory / f"{stem}.vocabulary.arrow"
        own = vocabularies.setdefault(channel, {})
        if words.is_file():
            own[entry["column"]] = _read_vocabulary(words)
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
        return "single", (_filled(column.codes),)
    lengths = _filled(np.diff(column.offsets).astype(np.uint32))
    if isinstance(column, ManyColumn):
        return "many", (lengths, column.codes)
    packed = pack(column.vectors)
    return "dense", (lengths, column.strata, packed.coarse, packed.fine, packed.scales, packed.errors)


def _column_of(kind: str, arrays: list[Array], records: int) -> ColumnCodes:
    """Put a column together; the files were written by `write_gallery`, so their types are right."""
    first = cast(Codes, arrays[0] if arrays[0].shape[0] else np.zeros(records, np.uint8))
    if kind == "single":
        return SingleColumn(first)
    offsets = np.zeros(records + 1, np.int64)
    np.cumsum(first, out=offsets[1:])
    if kind == "many":
        return ManyColumn(offsets, cast(NDArray[np.uint32], arrays[1]))
    coarse, fine = cast(NDArray[np.uint8], arrays[2]), cast(NDArray[np.int16], arrays[3])
    scales, errors = cast(NDArray[np.float32], arrays[4]), cast(NDArray[np.float32], arrays[5])
    return DenseColumn(offsets, PackedVectors(coarse, fine, scales, errors), cast(NDArray[np.uint8], arrays[1]))


def narrow(numbers: Codes) -> Codes:
    """Return whole numbers in the fewest bytes that hold the largest of them."""
    return numbers.astype(np.min_scalar_type(int(numbers.max(initial=0))), copy=False)


def _filled(numbers: Codes) -> Codes:
    """Narrow numbers of which there is one a record; none are stored where all are 0."""
    return narrow(numbers) if numbers.any() else np.zeros(0, np.uint8)


def _characters(ids: NDArray[np.str_]) -> Codes:
    """Return the characters of each id, shape (N, length); most ids are ASCII, an eighth of what NumPy takes."""
    width = ids.dtype.itemsize // 4
    return narrow(np.ascontiguousarray(ids).view(np.uint32).reshape(ids.shape[0], width))


def _ids(characters: Array) -> NDArray[np.str_]:
    width = max(1, characters.shape[1])
    return characters.astype(np.uint32).reshape(-1).view(f"<U{width}") if characters.size else np.zeros(0, "<U1")


def _write_vocabulary(path: Path, vocabulary: Vocabulary) -> None:
    table = pa.table({"value": pa.array(vocabulary.values, pa.string())})
    with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, table.schema) as writer:
        writer.write_table(table)


def _read_vocabulary(path: Path) -> Vocabulary:
    with pa.memory_map(str(path)) as source:
        return Vocabulary(pa.ipc.open_file(source).read_all().column("value"))


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
