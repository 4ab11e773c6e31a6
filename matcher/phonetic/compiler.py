"""The name channel made ready for one gallery: a probe's names against every name, as tables of log10 LRs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from matcher.engine.channel import Background, Plan
from matcher.engine.terms import AnyOf
from matcher.phonetic.factors import add_ratios
from matcher.phonetic.grouped import GroupedNames
from matcher.phonetic.kept_queries import compiled_name
from matcher.phonetic.kin_factors import add_kin_ratios
from matcher.phonetic.kin_names import inheritance, kin_ratio_by_surname
from matcher.phonetic.name_model import transcribed_ratios
from matcher.phonetic.name_query import NameQuery
from matcher.phonetic.name_table import NameTable
from matcher.phonetic.nicknames import Nicknames, kept_nicknames
from matcher.phonetic.population import NameModel
from matcher.phonetic.regions import region_of_accent
from matcher.phonetic.relatives import (
    RelativeNames,
    ToldRelative,
    relatives_by_surname,
    relatives_log10,
    stand_in_ratios,
    stand_in_ratios_by_surname,
    surname_stand_ins,
)
from matcher.phonetic.slot_values import population_values
from matcher.phonetic.transcribed import SHARE
from matcher.types import RELATIONS, ChannelName, Hypothesis, NameKind, Sex, Subject, ToldName

NAME: ChannelName = "name"
Float64 = NDArray[np.float64]
FLOOR, CEILING = -1.5, 6.0
"""An untrue or unrelated name is common enough that a contradiction never says more than the credence allows; a name
is never worth more than 1 in a million, because frequencies of rarer names are not supported by any table we have."""

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

EXCERPT_NAMES = 2048
"""A gallery of at most so many names is an excerpt for one list, and keeps what was compiled against it."""

MOST_PLANS = 256

MOST_CREDENCE = 0.99
"""Nobody's judgement excludes a name that belongs to somebody else; keeps every LR positive."""

_Asked = tuple[tuple[ToldName, ...], Sex | None, str | None, Hypothesis]


@dataclass(frozen=True, slots=True)
class NameCompiler:
    """The channel made ready for one gallery.

    Parameters
    ----------
    model : NameModel
        Population and habits.
    table : NameTable
        The vocabulary without the missing code, taken apart, and behind it what its nicknames may stand for.
    groups : GroupedNames
        The names of the Han form laid out for scanning.
    rows : ndarray of int64, shape (H,)
        Place in the table of each name of the groups.
    count : int
        Names of the vocabulary.
    nicknames : Nicknames
        Those of its names that may be nicknames.
    relatives : RelativeNames
        The vocabulary of relatives' names, taken apart.
    plans : dict
        What was compiled against an excerpt of a gallery: several records of one person tell the same names.
    """

    model: NameModel
    table: NameTable
    groups: GroupedNames
    rows: NDArray[np.int64]
    count: int
    nicknames: Nicknames
    relatives: RelativeNames
    plans: dict[_Asked, Plan] = field(default_factory=dict, repr=False, compare=False)

    def compile(self, probe: Subject, hypothesis: Hypothesis = "self") -> Plan | None:
        """Make one look-up table over the distinct names, and one over those of relatives where the probe tells any.

        Names of relatives speak for "same person" only.
        """
        asked = (probe.names, probe.sex, probe.accent, hypothesis)
        plan = self.plans.get(asked)
        if plan is None:
            plan = self._compiled(probe, hypothesis)
            if plan is not None and len(self.table) <= EXCERPT_NAMES and len(self.plans) < MOST_PLANS:
                self.plans[asked] = plan
        return plan

    def _compiled(self, probe: Subject, hypothesis: Hypothesis) -> Plan | None:
        queries = compiled_names(probe, self.model)
        told = compiled_relatives(probe, self.model) if hypothesis == "self" else []
        terms = []
        if queries:
            terms.append(AnyOf("name", self._own_names(queries, probe.sex, hypothesis)))
        elif surname_stand_ins(told):
            laid_out = (self.groups, self.rows)
            ratios = stand_in_ratios(surname_stand_ins(told), self.table, laid_out, probe.sex)
            terms.append(AnyOf("name", self._log10_by_code(ratios, np.zeros(len(self.nicknames)))))
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
        kept = np.zeros(len(self.nicknames))
        for query, credence in queries:
            weight = credence / len(queries)
            if shared is None:
                add_ratios(query, self.table, self.groups, weight, han)
                other += weight * transcribed_ratios(query, self.table)
                kept += weight * kept_nicknames(query, self.table, self.nicknames)
            else:
                add_kin_ratios(query, (self.table, self.groups), shared, weight, han)
                other += weight * query.transcribed_evidence / query.evidence
        ratios = np.ones(len(self.table))  # a name that cannot be compared says nothing
        ratios[self.rows] = han
        ratios[self.table.transcribed.rows] = other
        return self._log10_by_code(ratios, kept)

    def _log10_by_code(self, ratios: Float64, kept: Float64) -> Float64:
        """Return the table over the vocabulary from the LRs of all names of the table."""
        self.nicknames.put_right(ratios, kept)
        found = np.zeros(1 + self.count)
        np.log10(ratios[: self.count], out=found[1:])
        return found

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
