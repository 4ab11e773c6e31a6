"""Read a gallery of names from a Parquet file; the only module here that knows Arrow besides the channel."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from matcher.errors import InputError
from matcher.phonetic.name_index import NameIndex, RecordId, build_index
from matcher.types import Sex

if TYPE_CHECKING:
    import pyarrow as pa

REMEDY = "the file needs the columns id (numbers or text) and name (text); sex, cohort and province are optional"

_SEXES: dict[str, Sex] = {"male": "male", "m": "male", "男": "male", "female": "female", "f": "female", "女": "female"}


def sex_of(word: str) -> Sex | None:
    """Return the sex that a word means, None when it means none."""
    return _SEXES.get(word.strip().lower())


@dataclass(frozen=True, slots=True)
class People:
    """The persons of a gallery who have a name; all sequences have one length.

    Parameters
    ----------
    ids : list of int or str
        Who they are.
    names : list of str
        As written.
    sexes : list of Sex or None
        None = not known; so for the others.
    cohorts, provinces : list of str or None
        In the words of the gallery.
    """

    ids: list[RecordId]
    names: list[str]
    sexes: list[Sex | None]
    cohorts: list[str | None]
    provinces: list[str | None]

    def index(self) -> NameIndex:
        """Make the names ready for search."""
        return build_index(zip(self.ids, self.names, strict=True))


def read_gallery(path: Path) -> NameIndex:
    """Read a gallery and make it ready for search; see `read_people`."""
    return read_people(path).index()


def read_people(path: Path) -> People:
    """Read columns `id` and `name`, and `sex`, `cohort` and `province` where there are such; null names are skipped.

    Raises
    ------
    InputError
        When the file is absent, is not Parquet, lacks a column, or has a value that is not what the column holds.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    if not path.is_file():
        raise InputError(f"{path}: no such file", remedy=REMEDY)
    try:
        present = pq.read_schema(path).names
        missing = [column for column in ("id", "name") if column not in present]
        if missing:
            raise InputError(f"{path}: lacks column {' and '.join(missing)}; has {', '.join(present)}", remedy=REMEDY)
        wanted = [column for column in ("id", "name", "sex", "cohort", "province") if column in present]
        table = pq.read_table(path, columns=wanted)
    except (pa.ArrowException, OSError) as error:
        raise InputError(f"{path}: cannot be read as Parquet ({type(error).__name__})", remedy=REMEDY) from error
    _check_types(path, table)
    named = table.filter(table["name"].is_valid()) if table["name"].null_count else table
    return People(
        ids=named["id"].to_pylist(),
        names=named["name"].to_pylist(),
        sexes=_sexes(path, table, named),
        cohorts=_words(named, "cohort"),
        provinces=_words(named, "province"),
    )


def _check_types(path: Path, table: pa.Table) -> None:
    from pyarrow import types

    kind = table.schema.field("name").type
    if not (types.is_string(kind) or types.is_large_string(kind) or types.is_null(kind)):
        raise InputError(f"{path}: column name holds {kind}, not text", remedy=REMEDY)
    kind = table.schema.field("id").type
    if not (types.is_integer(kind) or types.is_string(kind) or types.is_large_string(kind)):
        raise InputError(f"{path}: column id holds {kind}, not numbers or text", remedy=REMEDY)
    if table["id"].null_count:
        row = table["id"].is_null().to_pylist().index(True)
        raise InputError(f"{path}: row {row + 1}: id is empty", remedy="give every person an id")


def _sexes(path: Path, table: pa.Table, named: pa.Table) -> list[Sex | None]:
    words = _words(named, "sex")
    known = {word: sex_of(word) for word in set(words) if word is not None}
    wrong = sorted(word for word, sex in known.items() if sex is None and word.strip())
    if wrong:
        row = _words(table, "sex").index(wrong[0])
        raise InputError(
            f"{path}: row {row + 1}: sex '{wrong[0][:80]}' is not known", remedy=f"write one of {', '.join(_SEXES)}"
        )
    return [known[word] if word is not None else None for word in words]


def _words(table: pa.Table, column: str) -> list[str | None]:
    if column not in table.column_names:
        return [None] * len(table)
    return [None if value is None else str(value) for value in table[column].to_pylist()]
