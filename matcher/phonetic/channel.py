"""The name channel: told, registered, former names and nicknames against the names of every record."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from matcher.engine.channel import Background, Channel, Column, Compiler, Plan
from matcher.engine.columns import ColumnCodes, Vocabulary, many_from_rows
from matcher.engine.terms import AnyOf
from matcher.llr import Language
from matcher.phonetic.bulk_names import table_of_texts
from matcher.phonetic.explain import pair, pairing_words
from matcher.phonetic.factors import add_ratios
from matcher.phonetic.grouped import GroupedNames, grouped
from matcher.phonetic.kin_names import inheritance, kin_likelihood_ratios, kin_ratio_by_surname
from matcher.phonetic.name_model import (
    NameQuery,
    compile_name,
    likelihood_ratios,
    population_values,
    transcribed_ratios,
)
from matcher.phonetic.name_table import GalleryName, NameTable, TrueName, build_name_table, true_name
from matcher.phonetic.population import NameModel, default_model
from matcher.phonetic.regions import CHILD, STANDARD, region_name, region_of_accent
from matcher.phonetic.stored import Array, arrays_of, groups_from, parse_stamp, table_from
from matcher.phonetic.transcribed import SHARE
from matcher.phonetic.written import WrittenName, understand
from matcher.schema import Evidence
from matcher.types import ChannelName, Hypothesis, NameKind, Part, Sex, Subject, ToldName

NAME: ChannelName = "name"
COLUMNS = (Column("name", "many", "Normalised names, marked when only the sound is known"),)

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
}

LIKELY_REGION = 0.5
"""Posterior share from which an accent is worth a sentence."""

MOST_CREDENCE = 0.99
"""Nobody's judgement excludes a name that belongs to somebody else; keeps every LR positive."""

_KEPT_QUERIES = 1024
"""Compiled names kept in memory, some 20 kB each: a list asks for each of its names under several hypotheses."""

_FEW_NAMES = 256
"""Names up to which the readable way is quicker than laying a query out for the compiled loops."""

Float64 = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class NameChannel:
    """Personal names by sound, sight and structure; stateless. See METHOD.md for the model and its sources."""

    name: ChannelName = NAME
    version: str = "1"
    columns: tuple[Column, ...] = COLUMNS

    def encode(self, evidence: Evidence, vocabularies: Mapping[str, Vocabulary]) -> dict[str, ColumnCodes]:
        """Encode every name as its canonical text; placeholders vanish."""
        rows = evidence.names.to_pydict()
        values = (_value(text, sound) for text, sound in zip(rows["text"], rows["sound_only"], strict=True))
        codes = vocabularies["name"].intern_all(values)
        return {"name": many_from_rows(rows["row"], codes, len(evidence))}

    def prepare(self, vocabularies: Mapping[str, Vocabulary]) -> Compiler:
        """Take apart every distinct name."""
        table = _table(vocabularies)
        groups, rows = grouped(table)
        return NameCompiler(default_model(), table, groups, rows + 1)

    def tabulate(self, vocabularies: Mapping[str, Vocabulary]) -> dict[str, Array]:
        """Take apart every distinct name, as arrays to be kept with the codes."""
        table = _table(vocabularies)
        groups, rows = grouped(table)
        return {**arrays_of(table, groups), "rows": rows, "stamp": _stamp()}

    def restore(self, vocabularies: Mapping[str, Vocabulary], arrays: Mapping[str, Array]) -> Compiler:
        """Do as `prepare` from what `tabulate` made of the same vocabularies; tables of other versions are not used."""
        if not np.array_equal(arrays["stamp"], _stamp()):
            return self.prepare(vocabularies)
        rows = arrays["rows"].astype(np.int64)
        table = table_from(arrays, rows, len(vocabularies["name"]) - 1)
        return NameCompiler(default_model(), table, groups_from(arrays), rows + 1)

    def describe(self, probe: Subject, record: Subject, parts: Sequence[Part], language: Language) -> tuple[str, ...]:
        """Say how the closest pair of names agrees, and how common the surname is."""
        if not any(part.column == "name" for part in parts):
            return ()
        return _closest_words(probe, record, language) or (
            "姓名无法比较" if language == "zh" else "the names cannot be compared",
        )


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
    """

    model: NameModel
    table: NameTable
    groups: GroupedNames
    codes: NDArray[np.int64]

    def compile(self, probe: Subject, hypothesis: Hypothesis = "self") -> Plan | None:
        """Make one look-up table over the distinct names: the mean LR over the probe's names."""
        queries = compiled_names(probe, self.model)
        if not queries:
            return None
        # An insincere name says nothing: its share of the mean is an LR of 1.
        doubt = 1.0 - sum(credence for _, credence in queries) / len(queries)
        weighted = [(query, credence / len(queries)) for query, credence in queries]
        if hypothesis == "self":
            table = self._same_person(weighted, doubt)
        else:
            shared = inheritance(hypothesis, probe.sex)
            ratios = sum(weight * kin_likelihood_ratios(query, self.table, shared) for query, weight in weighted)
            table = np.append(0.0, np.log10(doubt + ratios))
        return Plan(NAME, (AnyOf("name", table),), FLOOR, CEILING)

    def _same_person(self, queries: list[tuple[NameQuery, float]], doubt: float) -> Float64:
        """Return the table in one pass over the names for each query; a name that cannot be compared gets 0."""
        han, other = np.full(len(self.groups), doubt), np.full(len(self.table.transcribed.rows), doubt)
        for query, weight in queries:
            if len(self.table) <= _FEW_NAMES:
                han += weight * likelihood_ratios(query, self.table)[self.codes - 1]
            else:
                add_ratios(query, self.table, self.groups, weight, han)
            other += weight * transcribed_ratios(query, self.table)
        table = np.zeros(len(self.table) + 1)
        table[self.codes] = np.log10(han, out=han)
        table[self.table.transcribed.rows + 1] = np.log10(other)
        return table

    def backgrounds(self, probe: Subject, hypothesis: Hypothesis = "self") -> tuple[Background, ...]:
        """Enumerate the population by surname; given names are summed exactly by factors within each surname."""
        queries = compiled_names(probe, self.model)
        if not queries:
            return ()
        probability = np.append(self.model.surname_shares * (1.0 - SHARE), SHARE)
        ratios = [_believed(_ratio_by_surname(query, probe.sex, hypothesis), credence) for query, credence in queries]
        return (Background("name", probability, np.log10(np.mean(ratios, axis=0))),)


def name_channel() -> Channel:
    """Return the name channel."""
    return NameChannel()


def compiled_names(probe: Subject, model: NameModel) -> list[tuple[NameQuery, float]]:
    """Compile every name of a probe that carries evidence, with its credence."""
    region = region_of_accent(probe.accent)
    found = [(_compiled(model, name.text, name.sound_only, region), _credence(name)) for name in probe.names]
    return [(query, credence) for query, credence in found if query is not None]


def _understood(name: ToldName) -> WrittenName:
    return understand(name.text, sound_only=name.sound_only)


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


def _table(vocabularies: Mapping[str, Vocabulary]) -> NameTable:
    return table_of_texts(vocabularies["name"].values[1:], lambda value: true_name(_written(value)))


def _value(text: str, sound_only: bool) -> str:  # noqa: FBT001 - a row of two columns
    written = understand(text, sound_only=sound_only)
    if not written.forms:
        return ""
    return written.canonical + (SOUND_ONLY if written.sound_only else "")


def _written(value: str) -> WrittenName:
    return understand(value.removesuffix(SOUND_ONLY), sound_only=value.endswith(SOUND_ONLY))


def _closest_words(probe: Subject, record: Subject, language: Language) -> tuple[str, ...]:
    """Put the closest pair of names into words; empty when no pair can be compared."""
    region = region_of_accent(probe.accent)
    queries = [(told, _compiled(default_model(), told.text, told.sound_only, region)) for told in probe.names]
    names = [(told, true_name(_understood(told))) for told in record.names]
    pairs = [
        ((told, other), (query, name))
        for told, query in queries
        for other, name in names
        if query is not None and name is not None
    ]
    if not pairs:
        return ()
    # The first of equals; the only one need not be compared with any other.
    told, other = (pairs[0] if len(pairs) == 1 else max(pairs, key=lambda item: _ratio(*item[1])))[0]
    return _sentences((told.text, told.sound_only, region), (other.text, other.sound_only), language)


@lru_cache(maxsize=_KEPT_QUERIES)
def _compiled(model: NameModel, text: str, sound_only: bool, region: str | None) -> NameQuery | None:  # noqa: FBT001
    """Compile a name once for all hypotheses and all records that it is compared with."""
    return compile_name(understand(text, sound_only=sound_only), model, region)


def _ratio(query: NameQuery, name: GalleryName) -> float:
    return float(likelihood_ratios(query, build_name_table([name]))[0])


@lru_cache(maxsize=4096)
def _sentences(observed: tuple[str, bool, str | None], true: tuple[str, bool], language: Language) -> tuple[str, ...]:
    """Say how two names agree; many records bear one name, so the latest are kept."""
    label = f"{observed[0]} ~ {true[0]}: "
    query, name = _compiled(default_model(), *observed), true_name(understand(true[0], sound_only=true[1]))
    if query is None or not isinstance(name, TrueName) or not query.branches:
        said = "音译名，按音节比对" if language == "zh" else "transcribed names, compared by syllable"
        return (label + said,)
    pairing = pair(query, name)
    found = [label + pairing_words(pairing, language)]
    if pairing.region not in (STANDARD, CHILD) and pairing.region_share > LIKELY_REGION:
        region = region_name(pairing.region, language)
        found.append(f"符合{region}口音" if language == "zh" else f"fits the accent of {region}")
    surname = "".join(name.surname)
    if surname and SOUND_ONLY not in surname:
        text = _percent(default_model().frequencies.surname(surname))
        found.append(
            f"{surname}姓约占人口{text}" if language == "zh" else f"surname {surname} is held by {text} of people"
        )
    return tuple(found)


def _percent(share: float) -> str:
    return f"{share * 100:.2g}%" if share >= 1e-4 else "<0.01%"
