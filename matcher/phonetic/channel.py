"""The name channel: a subject's names, and those of its relatives, against the names of every record."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matcher.engine.channel import Background, Channel, Column, Compiler, Plan
from matcher.engine.columns import ColumnCodes, Vocabulary, many_from_rows
from matcher.engine.terms import AnyOf
from matcher.llr import Language
from matcher.phonetic.bulk_names import table_of_texts
from matcher.phonetic.factors import add_ratios
from matcher.phonetic.grouped import Grouped, GroupedNames, grouped
from matcher.phonetic.kept_queries import compiled_name
from matcher.phonetic.kin_factors import add_kin_ratios
from matcher.phonetic.kin_names import inheritance, kin_ratio_by_surname
from matcher.phonetic.name_model import transcribed_ratios
from matcher.phonetic.name_query import NameQuery
from matcher.phonetic.name_table import GalleryName, NameTable, true_name
from matcher.phonetic.nicknames import Nicknames, nickname_ratios, nicknames_of
from matcher.phonetic.population import NameModel, default_model
from matcher.phonetic.regions import region_of_accent
from matcher.phonetic.relatives import (
    MARK,
    RelativeNames,
    ToldRelative,
    relations_of,
    relatives_by_surname,
    relatives_log10,
    stand_in_ratios,
    stand_in_ratios_by_surname,
    surname_stand_ins,
)
from matcher.phonetic.slot_values import population_values
from matcher.phonetic.stored import Array, arrays_of, groups_from, parse_stamp, table_from
from matcher.phonetic.transcribed import SHARE
from matcher.phonetic.words import own_words, relative_words
from matcher.phonetic.written import WrittenName, understand
from matcher.schema import Evidence
from matcher.types import RELATIONS, ChannelName, Hypothesis, NameKind, Part, Sex, Subject, ToldName

NAME: ChannelName = "name"
COLUMNS = (
    Column("name", "many", "Normalised names, marked when only the sound is known"),
    Column("relatives", "many", "Normalised names of relatives, behind the relation"),
)

FLOOR, CEILING = -1.5, 6.0
"""An untrue or unrelated name is common enough that a contradiction never says more than the credence allows; a name
is never worth more than 1 in a million, because frequencies of rarer names are not supported by any table we have."""

SOUND_ONLY = "~"

# Probability that a name field is sincere and about this subject, by where the name comes from; a judgement, used only
# when the statement has no credence of its own.
DEFAULT_CREDENCE: dict[NameKind, float] = {
    "told": 0.90,
    "registered": 0.97,
    "former": 0.90,
    "alias": 0.75,
    "nickname": 0.80,
    **dict.fromkeys(RELATIONS, 0.80),
}

MOST_CREDENCE = 0.99
"""Nobody's judgement excludes a name that belongs to somebody else; keeps every LR positive."""

Float64 = NDArray[np.float64]
Opened = tuple[NameTable, Grouped]


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


@dataclass(frozen=True, slots=True)
class NameCompiler:
    """The channel made ready for one gallery.

    Parameters
    ----------
    model : NameModel
        Population and habits.
    table : NameTable
        The vocabulary without the missing code, taken apart.
    groups : GroupedNames
        The names of the Han form laid out for scanning.
    codes : ndarray of int64, shape (H,)
        Code in the vocabulary of each name of the groups.
    nicknames : Nicknames
        Those of its names that may be nicknames.
    relatives : RelativeNames
        The vocabulary of relatives' names, taken apart.
    """

    model: NameModel
    table: NameTable
    groups: GroupedNames
    codes: NDArray[np.int64]
    nicknames: Nicknames
    relatives: RelativeNames

    def compile(self, probe: Subject, hypothesis: Hypothesis = "self") -> Plan | None:
        """Make one look-up table over the distinct names, and one over those of relatives where the probe tells any.

        Names of relatives speak for "same person" only.
        """
        queries = compiled_names(probe, self.model)
        told = compiled_relatives(probe, self.model) if hypothesis == "self" else []
        terms = []
        if queries:
            terms.append(AnyOf("name", self._own_names(queries, probe.sex, hypothesis)))
        elif surname_stand_ins(told):
            laid_out = (self.groups, self.codes - 1)
            ratios = stand_in_ratios(surname_stand_ins(told), self.table, laid_out, probe.sex)
            terms.append(AnyOf("name", np.append(0.0, np.log10(ratios))))
        if told:
            terms.append(AnyOf("relatives", relatives_log10(told, self.relatives)))
        return Plan(NAME, tuple(terms), FLOOR, CEILING) if terms else None

    def _own_names(
        self, queries: Sequence[tuple[NameQuery, float]], sex: Sex | None, hypothesis: Hypothesis
    ) -> Float64:
        """Return the table of the mean LR over the probe's own names."""
        # An insincere name says nothing: its share of the mean is an LR of 1.
        doubt = 1.0 - sum(credence for _, credence in queries) / len(queries)
        shared = None if hypothesis == "self" else inheritance(hypothesis, sex)
        han, other = np.full(len(self.groups), doubt), np.full(len(self.table.transcribed.rows), doubt)
        nicknames = np.full(len(self.nicknames), doubt)
        for query, credence in queries:
            weight = credence / len(queries)
            if shared is None:
                add_ratios(query, self.table, self.groups, weight, han)
                other += weight * transcribed_ratios(query, self.table)
            else:
                add_kin_ratios(query, (self.table, self.groups), shared, weight, han)
                other += weight * query.transcribed_evidence / query.evidence
            if len(nicknames):
                nicknames += weight * nickname_ratios(query, self.nicknames, shared)
        ratios = np.ones(len(self.table) + 1)  # a name that cannot be compared says nothing
        ratios[self.codes] = han
        ratios[self.table.transcribed.rows + 1] = other
        called, as_written = self.nicknames.rows + 1, self.nicknames.as_written
        ratios[called] = as_written * ratios[called] + (1.0 - as_written) * nicknames
        return np.log10(ratios, out=ratios)

    def backgrounds(self, probe: Subject, hypothesis: Hypothesis = "self") -> tuple[Background, ...]:
        """Enumerate the population by surname; given names are summed exactly by factors within each surname."""
        queries = compiled_names(probe, self.model)
        told = compiled_relatives(probe, self.model) if hypothesis == "self" else []
        probability = np.append(self.model.surname_shares * (1.0 - SHARE), SHARE)
        found = []
        if queries:
            ratios = [_believed(_ratio_by_surname(query, probe.sex, hypothesis), c) for query, c in queries]
            found.append(Background("name", probability, np.log10(np.mean(ratios, axis=0))))
        elif surname_stand_ins(told):
            mean = stand_in_ratios_by_surname(surname_stand_ins(told), probe.sex)
            found.append(Background("name", probability, np.log10(mean)))
        if told:
            own = [_ratio_by_surname(item.query, probe.sex, "self") for item in told]
            means = relatives_by_surname(told, own)  # a record tells these relations, each as often as the others
            shares = np.tile(probability, len(means)) / len(means)
            found.append(Background("relatives", shares, np.log10(np.concatenate(means))))
        return tuple(found)


def name_channel() -> Channel:
    """Return the name channel."""
    return NameChannel()


def compiled_names(probe: Subject, model: NameModel) -> list[tuple[NameQuery, float]]:
    """Compile every name of a probe's own that carries evidence, with its credence."""
    return [(query, _credence(name)) for name, query in _compiled(probe, probe.own_names, model)]


def compiled_relatives(probe: Subject, model: NameModel) -> list[ToldRelative]:
    """Compile every name of a relative that carries evidence."""
    return [ToldRelative(name.kind, query, _credence(name)) for name, query in _compiled(probe, probe.relatives, model)]


def _compiled(probe: Subject, names: Sequence[ToldName], model: NameModel) -> Iterator[tuple[ToldName, NameQuery]]:
    region = region_of_accent(probe.accent)
    for name in names:
        query = compiled_name(model, name.text, name.sound_only, region)
        if query is not None:
            yield name, query


def _credence(name: ToldName) -> float:
    return min(MOST_CREDENCE, DEFAULT_CREDENCE[name.kind] if name.credence is None else float(name.credence))


def _believed(ratios: Float64, credence: float) -> Float64:
    """Mix LRs toward 1: an insincere name says nothing."""
    return credence * ratios + (1.0 - credence)


def _ratio_by_surname(query: NameQuery, sex: Sex | None, hypothesis: Hypothesis) -> Float64:
    """Return the mean LR of each surname of the model, of all unlisted ones, and of the transcribed names."""
    if hypothesis != "self":
        return kin_ratio_by_surname(query, inheritance(hypothesis, sex))
    total = np.zeros(len(query.model.surname_shares))
    for branch in query.branches:
        given = branch.given_mean * query.region_weights * branch.form.prior
        values = np.asarray(population_values(query, branch) @ given)
        total += values
    return np.append(total, query.transcribed_evidence) / query.evidence


def _stamp() -> NDArray[np.uint8]:
    return np.frombuffer(parse_stamp().encode(), np.uint8)


def _tables(vocabularies: Mapping[str, Vocabulary]) -> tuple[NameTable, NameTable]:
    """Take apart the names of subjects, and those of relatives."""
    own = vocabularies["name"].values[1:]
    kin = [value.partition(MARK)[2] for value in vocabularies["relatives"].values[1:]]
    return table_of_texts(own, _parsed), table_of_texts(kin, _parsed)


def _parsed(value: str) -> GalleryName | None:
    return true_name(_written(value))


def _compiler(vocabularies: Mapping[str, Vocabulary], own: Opened, kin: Opened) -> NameCompiler:
    (table, (groups, rows)), model = own, default_model()
    nicknames = nicknames_of(vocabularies["name"].values[1:], _parsed, model.frequencies)
    return NameCompiler(model, table, groups, rows + 1, nicknames, _relatives(vocabularies, *kin))


def _relatives(vocabularies: Mapping[str, Vocabulary], table: NameTable, groups: Grouped) -> RelativeNames:
    return RelativeNames(relations_of(vocabularies["relatives"].values[1:]), table, *groups)


_OF_RELATIVES = "relatives_"
"""Begins the names of the kept arrays that are of relatives' names."""


def _kept(table: NameTable) -> dict[str, Array]:
    groups, rows = grouped(table)
    return {**arrays_of(table, groups), "rows": rows}


def _opened(arrays: Mapping[str, Array], count: int) -> Opened:
    rows = arrays["rows"].astype(np.int64)
    return table_from(arrays, rows, count), (groups_from(arrays), rows)


def _value(text: str, sound_only: bool) -> str:  # noqa: FBT001 - a row of two columns
    written = understand(text, sound_only=sound_only)
    if not written.forms:
        return ""
    return written.canonical + (SOUND_ONLY if written.sound_only else "")


def _written(value: str) -> WrittenName:
    return understand(value.removesuffix(SOUND_ONLY), sound_only=value.endswith(SOUND_ONLY))
