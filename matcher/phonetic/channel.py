"""The name channel: a subject's names, and those of its relatives, against the names of every record."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matcher.engine.channel import Channel, Column, Compiler
from matcher.engine.columns import ColumnCodes, Vocabulary, many_from_rows
from matcher.llr import Language
from matcher.phonetic.bulk_names import table_of_texts
from matcher.phonetic.compiler import NAME, NameCompiler
from matcher.phonetic.grouped import Grouped, Laid, grouped
from matcher.phonetic.name_table import GalleryName, NameTable, true_name
from matcher.phonetic.nicknames import with_nicknames
from matcher.phonetic.population import default_model
from matcher.phonetic.relatives import MARK, RelativeNames, relations_of
from matcher.phonetic.stored import Array, arrays_of, groups_from, parse_stamp, table_from
from matcher.phonetic.words import own_words, relative_words
from matcher.phonetic.written import WrittenName, understand
from matcher.schema import Evidence
from matcher.types import RELATIONS, ChannelName, Part, Subject

COLUMNS = (
    Column("name", "many", "Normalised names, marked when only the sound is known"),
    Column("relatives", "many", "Normalised names of relatives, behind the relation"),
)

SOUND_ONLY = "~"


@dataclass(frozen=True, slots=True)
class NameChannel:
    """Personal names by sound, sight and structure; stateless. See METHOD.md for the model and its sources."""

    name: ChannelName = NAME
    version: str = "2"
    columns: tuple[Column, ...] = COLUMNS

    def encode(self, evidence: Evidence, vocabularies: Mapping[str, Vocabulary]) -> dict[str, ColumnCodes]:
        """Encode every name as its canonical text, a relative's behind its relation; placeholders vanish."""
        names = evidence.names.to_pydict()
        columns: dict[str, tuple[list[int], list[str]]] = {"name": ([], []), "relatives": ([], [])}
        for row, kind, text, sound in zip(*(names[c] for c in ("row", "kind", "text", "sound_only")), strict=True):
            value = _value(text, sound)
            rows, values = columns["relatives" if kind in RELATIONS else "name"]
            rows.append(row)
            values.append(f"{kind}{MARK}{value}" if value and kind in RELATIONS else value)
        return {
            column: many_from_rows(rows, vocabularies[column].intern_all(values), len(evidence))
            for column, (rows, values) in columns.items()
        }

    def prepare(self, vocabularies: Mapping[str, Vocabulary]) -> Compiler:
        """Take apart every distinct name."""
        own, kin = _tables(vocabularies)
        return _compiler(vocabularies, (own, grouped(own)), (kin, grouped(kin)))

    def tabulate(self, vocabularies: Mapping[str, Vocabulary]) -> dict[str, Array]:
        """Take apart every distinct name, as arrays to be kept with the codes."""
        own, kin = (_kept(table) for table in _tables(vocabularies))
        return {**own, **{_OF_RELATIVES + name: array for name, array in kin.items()}, "stamp": _stamp()}

    def restore(self, vocabularies: Mapping[str, Vocabulary], arrays: Mapping[str, Array]) -> Compiler:
        """Do as `prepare` from what `tabulate` made of the same vocabularies; tables of other versions are not used."""
        if not np.array_equal(arrays["stamp"], _stamp()):
            return self.prepare(vocabularies)
        kept = {n.removeprefix(_OF_RELATIVES): array for n, array in arrays.items() if n.startswith(_OF_RELATIVES)}
        own = _opened(arrays, len(vocabularies["name"]) - 1)
        return _compiler(vocabularies, own, _opened(kept, len(vocabularies["relatives"]) - 1))

    def describe(self, probe: Subject, record: Subject, parts: Sequence[Part], language: Language) -> tuple[str, ...]:
        """Say how the closest pair of names agrees, how common the surname is, and how relatives' names agree."""
        compared = {part.column for part in parts}
        words = own_words(probe, record, language) if "name" in compared else ()
        words += relative_words(probe, record, language) if "relatives" in compared else ()
        if words or not compared & {"name", "relatives"}:
            return words
        return ("姓名无法比较" if language == "zh" else "the names cannot be compared",)


def name_channel() -> Channel:
    """Return the name channel."""
    return NameChannel()


def _stamp() -> NDArray[np.uint8]:
    return np.frombuffer(parse_stamp().encode(), np.uint8)


def _tables(vocabularies: Mapping[str, Vocabulary]) -> tuple[NameTable, NameTable]:
    """Take apart the names of subjects, and those of relatives."""
    own = vocabularies["name"].values[1:]
    kin = [value.partition(MARK)[2] for value in vocabularies["relatives"].values[1:]]
    return table_of_texts(own, _parsed), table_of_texts(kin, _parsed)


def _parsed(value: str) -> GalleryName | None:
    return true_name(_written(value))


def _compiler(vocabularies: Mapping[str, Vocabulary], own: Laid, kin: Laid) -> NameCompiler:
    values, model = vocabularies["name"].values[1:], default_model()
    (table, (groups, rows)), nicknames = with_nicknames(values, own, model.frequencies)
    return NameCompiler(model, table, groups, rows, len(values), nicknames, _relatives(vocabularies, *kin))


def _relatives(vocabularies: Mapping[str, Vocabulary], table: NameTable, groups: Grouped) -> RelativeNames:
    return RelativeNames(relations_of(vocabularies["relatives"].values[1:]), table, *groups)


_OF_RELATIVES = "relatives_"
"""Begins the names of the kept arrays that are of relatives' names."""


def _kept(table: NameTable) -> dict[str, Array]:
    groups, rows = grouped(table)
    return {**arrays_of(table, groups), "rows": rows}


def _opened(arrays: Mapping[str, Array], count: int) -> Laid:
    rows = arrays["rows"].astype(np.int64)
    return table_from(arrays, rows, count), (groups_from(arrays), rows)


def _value(text: str, sound_only: bool) -> str:  # noqa: FBT001 - a row of two columns
    written = understand(text, sound_only=sound_only)
    if not written.forms:
        return ""
    return written.canonical + (SOUND_ONLY if written.sound_only else "")


def _written(value: str) -> WrittenName:
    return understand(value.removesuffix(SOUND_ONLY), sound_only=value.endswith(SOUND_ONLY))
