"""The Arrow tables of a gazetteer, each column defined once, and how they are written.

A gazetteer is a folder: `manifest.json` names the current generation, a sub-folder that holds the four tables. All
numeric columns are read as memory maps, so that opening costs milliseconds whatever the size.
"""

from __future__ import annotations

import json
import os
import shutil
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from matcher.errors import ReferenceDataError

FORMAT = 2
MANIFEST = "manifest.json"
BUILD_REMEDY = "matcher gazetteer build"


def _column(name: str, kind: pa.DataType, doc: str, *, nullable: bool = False) -> pa.Field:
    return pa.field(name, kind, nullable=nullable, metadata={"doc": doc})


PLACES = pa.schema(
    [
        _column("gid", pa.int32(), "Row: current places in preorder, then former names that have successors"),
        _column("code", pa.string(), "6 digits for levels 1-3, 9 for townships, 12 for villages; empty = has none"),
        _column("name", pa.string(), "Name as listed"),
        _column("core", pa.string(), "Name without generic suffix and ethnic groups"),
        _column("suffix", pa.string(), "Generic suffix, such as 县, 镇, 村民委员会"),
        _column("level", pa.int8(), "1 province, 2 prefecture, 3 county, 4 township, 5 village"),
        _column("parent", pa.int32(), "gid of the place above; -1 = none"),
        _column("end", pa.int32(), "gid after the last place inside this one"),
        _column("valid_from", pa.int16(), "First year known under this name and code; null = not known", nullable=True),
        _column("valid_to", pa.int16(), "Last year known; null = still valid at the vintage", nullable=True),
        _column("successors", pa.list_(pa.int32()), "gids that took its place; empty = current, or unknown"),
        _column("former_parents", pa.list_(pa.int32()), "gids of townships it once belonged to that went elsewhere"),
        _column("successor_how", pa.string(), "How the successors are known; `unknown`; empty = current place"),
        _column("source", pa.dictionary(pa.int8(), pa.string()), "Key of the source list"),
        _column(
            "syllables", pa.list_(pa.uint16()), "First readings of the core, codes of `matcher.phonetic.syllables`"
        ),
    ]
)

NAMES = pa.schema(
    [
        _column("text", pa.string(), "Distinct core name, folded; rows in order of `characters`"),
        _column("characters", pa.list_(pa.uint16()), "Positions in `alphabet`"),
        _column("shared", pa.uint8(), "Number of leading characters shared with the row before"),
        _column("top_level", pa.int8(), "Smallest level (largest area) of the places with this name"),
        _column("first_posting", pa.int32(), "First row of `postings` with this name; they are contiguous"),
    ]
)

POSTINGS = pa.schema(
    [
        _column("place", pa.int32(), "gid of the place meant, a current one where its successors are known"),
        _column("via", pa.int32(), "gid of the row that bears the name: the place itself or a former name of it"),
    ]
)

ALPHABET = pa.schema(
    [
        _column(
            "character", pa.string(), "One character of the names, simplified; a private-use one has a local reading"
        ),
        _column("syllables", pa.list_(pa.uint16()), "Its readings, most likely first; empty = not readable"),
        _column("tones", pa.list_(pa.uint8()), "Tone of each reading; 5 = neutral, 0 = unknown"),
        _column("weights", pa.list_(pa.float32()), "Probability of each reading"),
    ]
)

SCHEMAS: dict[str, pa.Schema] = {"places": PLACES, "names": NAMES, "postings": POSTINGS, "alphabet": ALPHABET}


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a gazetteer was built from.

    Parameters
    ----------
    generation : str
        Hash of the inputs and of the builder; also the name of the sub-folder.
    sources : tuple of (key, description)
        Source lists with version, licence, vintage and digest, for people.
    counts : dict of str to int
        Rows by kind.
    """

    generation: str
    sources: tuple[tuple[str, str], ...]
    counts: dict[str, int]


def read_manifest(folder: Path) -> Manifest:
    """Read the manifest of a gazetteer folder.

    Raises
    ------
    ReferenceDataError
        When there is none, or it is of another format.
    """
    try:
        document = json.loads((folder / MANIFEST).read_text("utf-8"))
        if document["format"] != FORMAT:
            raise ReferenceDataError(f"{folder}: gazetteer format {document['format']}, not {FORMAT}",
                                     remedy=BUILD_REMEDY)  # fmt: skip
        sources = tuple((str(key), str(text)) for key, text in document["sources"])
        counts = {str(key): int(count) for key, count in document["counts"].items()}
        return Manifest(str(document["generation"]), sources, counts)
    except FileNotFoundError:
        raise ReferenceDataError(f"no gazetteer at '{folder}'", remedy=BUILD_REMEDY) from None
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ReferenceDataError(f"{folder / MANIFEST}: unreadable ({error!r})", remedy=BUILD_REMEDY) from error


def write_gazetteer(folder: Path, manifest: Manifest, tables: dict[str, pa.Table], *, compressed: bool = False) -> None:
    """Write a generation and switch to it; readers of the old one keep their mapped files.

    Compressed tables are small but are unpacked into memory when opened.
    """
    options = pa.ipc.IpcWriteOptions(compression=pa.Codec("zstd", compression_level=19) if compressed else None)
    folder.mkdir(parents=True, exist_ok=True)
    scratch = folder / f".{manifest.generation}.{os.getpid()}"
    scratch.mkdir(exist_ok=True)
    try:
        for name, table in tables.items():
            with (
                pa.OSFile(str(scratch / f"{name}.arrow"), "wb") as sink,
                pa.ipc.new_file(sink, SCHEMAS[name], options=options) as writer,
            ):
                writer.write_table(table.combine_chunks())
        final = folder / manifest.generation
        if final.exists():
            shutil.rmtree(final)
        scratch.rename(final)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    document = {
        "format": FORMAT,
        "generation": manifest.generation,
        "sources": [list(item) for item in manifest.sources],
        "counts": manifest.counts,
    }
    pending = folder / f"{MANIFEST}.{os.getpid()}"
    pending.write_text(json.dumps(document, ensure_ascii=False, indent=1) + "\n", "utf-8")
    pending.replace(folder / MANIFEST)
    for other in folder.iterdir():
        if other.is_dir() and other.name != manifest.generation:
            shutil.rmtree(other, ignore_errors=True)


def open_table(folder: Path, name: str) -> pa.Table:
    """Map one table of a generation into memory and check its columns.

    Raises
    ------
    ReferenceDataError
        When it is missing, damaged or of another form.
    """
    path = folder / f"{name}.arrow"
    try:
        table = pa.ipc.open_file(pa.memory_map(str(path))).read_all()
    except (OSError, pa.ArrowInvalid) as error:
        raise ReferenceDataError(f"{path}: unreadable ({error})", remedy=f"{BUILD_REMEDY} --force") from error
    if not table.schema.equals(SCHEMAS[name]):
        raise ReferenceDataError(f"{path}: columns {table.schema.names} are not those of this version",
                                 remedy=BUILD_REMEDY)  # fmt: skip
    return table
