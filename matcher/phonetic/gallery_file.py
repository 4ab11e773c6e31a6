"""Read a gallery of names from a Parquet file; the only module here that knows Arrow besides the channel."""

from __future__ import annotations

from pathlib import Path

from matcher.errors import InputError
from matcher.phonetic.name_index import NameIndex, build_index

REMEDY = "the file needs the columns id and name"


def read_gallery(path: Path) -> NameIndex:
    """Read columns `id` and `name`; ids may be numbers or text, null names are skipped.

    Raises
    ------
    InputError
        When the file is absent, is not Parquet, or lacks a column.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    if not path.is_file():
        raise InputError(f"{path}: no such file", remedy=REMEDY)
    try:
        table = pq.read_table(path, columns=["id", "name"])
    except (pa.ArrowException, OSError) as error:
        raise InputError(f"{path}: cannot be read as Parquet ({type(error).__name__})", remedy=REMEDY) from error
    if table.column_names != ["id", "name"]:
        raise InputError(f"{path}: has columns {table.column_names}", remedy=REMEDY)
    ids, names = table["id"].to_pylist(), table["name"].to_pylist()
    return build_index(
        (i if isinstance(i, int) else str(i), str(name)) for i, name in zip(ids, names, strict=True) if name is not None
    )
