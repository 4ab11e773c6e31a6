"""Names told of relatives: the father's name of one record against the father's name of another.

A relative's name o against the reported name c of the same relation has the LR of one person's two names. A father, a
sibling and a child mostly bear the subject's own surname, which the subject's own name has counted already; there the
LR is taken given the surname of c,

    P(o | c) / P(o | surname of c),

whose mean over the given names of *each* surname is exactly 1: whatever the own names said about the surname, nothing
is counted twice. A probe that tells no name of its own is compared by the surname of such a relative instead.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from matcher.phonetic.factors import add_ratios
from matcher.phonetic.grouped import Grouped, GroupedNames
from matcher.phonetic.kin_factors import kin_ratios_compiled
from matcher.phonetic.kin_names import (
    FATHER_TO_CHILD,
    MOTHER_TO_CHILD,
    SIBLINGS_SHARE_SURNAME,
    Inheritance,
    kin_ratio_by_surname,
)
from matcher.phonetic.name_model import likelihood_ratios, transcribed_ratios
from matcher.phonetic.name_query import NameQuery
from matcher.phonetic.name_table import NameTable, transcribed_table
from matcher.types import RELATIONS, NameKind, Sex

Float64 = NDArray[np.float64]

SHARE_THE_SURNAME: frozenset[NameKind] = frozenset({"father", "sibling", "child"})
"""Relations whose surname is mostly the subject's own."""

LEAST_SURNAME_RATIO = 1e-12
"""A surname that makes what was told rarer than this excludes it: only rounding is left of the given name."""

MARK = ":"
"""Stands between relation and name in the vocabulary."""


@dataclass(frozen=True, slots=True)
class ToldRelative:
    """A relative's name that a probe tells.

    Parameters
    ----------
    relation : NameKind
        One of `RELATIONS`.
    query : NameQuery
        The name, compiled.
    credence : float
        Probability that it is sincere and about this relative.
    """

    relation: NameKind
    query: NameQuery
    credence: float


@dataclass(frozen=True, slots=True)
class RelativeNames:
    """The relatives' names of a gallery, taken apart.

    Parameters
    ----------
    relation : ndarray of int8, shape (N,)
        Place in `RELATIONS` of each value of the vocabulary, the missing one left out.
    table : NameTable
        The names, in the same order.
    groups : GroupedNames
        Those of the Han form laid out for scanning.
    rows : ndarray of int64, shape (H,)
        Place in the table of each name of the groups.
    """

    relation: NDArray[np.int8]
    table: NameTable
    groups: GroupedNames
    rows: NDArray[np.int64]


def relations_of(values: Sequence[str]) -> NDArray[np.int8]:
    """Return the place in `RELATIONS` of each value of the vocabulary.

    >>> relations_of(["father:王大山", "spouse:李秀英"]).tolist()
    [0, 4]
    """
    place = {relation: number for number, relation in enumerate(map(str, RELATIONS))}
    return np.fromiter((place[value.partition(MARK)[0]] for value in values), np.int8, len(values))


def relatives_log10(told: Sequence[ToldRelative], names: RelativeNames) -> Float64:
    """Return the log10 LR of every code of the column, shape (N + 1,); 0 for relations that the probe does not tell."""
    found = np.zeros(len(names.table) + 1)
    for number, relation in enumerate(RELATIONS):
        rows = np.flatnonzero(names.relation == number)
        own = [item for item in told if item.relation == relation]
        if len(rows) and own:
            ratios = [_ratios(item.query, names, relation)[rows] for item in own]
            found[rows + 1] = np.log10(_believed_mean(own, ratios))
    return found


def relative_ratios(query: NameQuery, table: NameTable, relation: NameKind) -> Float64:
    """Return the LR of every name of a table as the name of the same relative, shape (N,): the readable twin."""
    ratios = likelihood_ratios(query, table)
    return _given_the_surname(query, table, ratios) if relation in SHARE_THE_SURNAME else ratios


def _ratios(query: NameQuery, names: RelativeNames, relation: NameKind) -> Float64:
    """Return `relative_ratios` in one compiled pass over the names."""
    table, han = names.table, np.zeros(len(names.groups))
    add_ratios(query, table, names.groups, 1.0, han)
    ratios = np.ones(len(table))
    ratios[names.rows] = han
    ratios[table.transcribed.rows] = transcribed_ratios(query, table)
    return _given_the_surname(query, table, ratios) if relation in SHARE_THE_SURNAME else ratios


def _given_the_surname(query: NameQuery, table: NameTable, ratios: Float64) -> Float64:
    """Divide the LRs by the mean LR of their surname."""
    by_surname = np.ones(len(table))
    known = table.surname_of >= 0
    by_surname[known] = _surname_ratios(query, table)[table.surname_of[known]]
    by_surname[table.transcribed.rows] = query.transcribed_evidence / query.evidence
    # Where the surname alone excludes what was told, the given name says nothing further.
    return np.divide(ratios, by_surname, out=np.ones(len(table)), where=by_surname > LEAST_SURNAME_RATIO)


def relatives_by_surname(told: Sequence[ToldRelative], ratios: Sequence[Float64]) -> list[Float64]:
    """Return the mean LR of each surname class, shape (B,), for each relation that the probe tells.

    Parameters
    ----------
    told : sequence of ToldRelative
        The probe's relatives.
    ratios : sequence of ndarray of float64, shape (B,)
        Mean LR of each class as of one person's two names, one for each of `told`.
    """
    means = []
    for relation in dict.fromkeys(item.relation for item in told):
        own = [(item, ratio) for item, ratio in zip(told, ratios, strict=True) if item.relation == relation]
        given = [np.ones_like(ratio) if relation in SHARE_THE_SURNAME else ratio for _, ratio in own]
        means.append(_believed_mean([item for item, _ in own], given))
    return means


def surname_stand_ins(told: Sequence[ToldRelative]) -> list[ToldRelative]:
    """Return the relatives whose surname stands in for a name that the probe does not tell."""
    return [item for item in told if item.relation in SHARE_THE_SURNAME]


def stand_in_ratios(told: Sequence[ToldRelative], table: NameTable, laid_out: Grouped, sex: Sex | None) -> Float64:
    """Return the mean LR of every name as that of the probe, by its relatives' surnames alone; shape (N,)."""
    return _believed_mean(told, [kin_ratios_compiled(t.query, table, laid_out, _shared(t.relation, sex)) for t in told])


def stand_in_ratios_by_surname(told: Sequence[ToldRelative], sex: Sex | None) -> Float64:
    """Return the background of `stand_in_ratios`, as `kin_ratio_by_surname` lists it."""
    return _believed_mean(told, [kin_ratio_by_surname(t.query, _shared(t.relation, sex)) for t in told])


def _believed_mean(told: Sequence[ToldRelative], ratios: Sequence[Float64]) -> Float64:
    believed = [item.credence * ratio + 1.0 - item.credence for item, ratio in zip(told, ratios, strict=True)]
    return np.asarray(np.mean(believed, axis=0))


def _shared(relation: NameKind, sex: Sex | None) -> Inheritance:
    """Return how often the surname is the probe's own; no character of the given name counts.

    A shared generation character would make a sibling's name and the record's own names depend on each other beyond
    the surname.
    """
    if relation == "father":
        return Inheritance(FATHER_TO_CHILD)
    if relation == "sibling":
        return Inheritance(SIBLINGS_SHARE_SURNAME)
    as_child = (FATHER_TO_CHILD + MOTHER_TO_CHILD) / 2.0
    return Inheritance({"male": FATHER_TO_CHILD, "female": MOTHER_TO_CHILD, None: as_child}[sex])


def _surname_ratios(query: NameQuery, table: NameTable) -> Float64:
    """Return the mean LR over the given names of the population of each surname of a table, shape (A,)."""
    count = len(table.surnames)
    alone = replace(
        table,
        surname_of=np.arange(count, dtype=np.int32),
        given_of=np.zeros(count, np.int32),
        transcribed=transcribed_table(()),
    )
    return likelihood_ratios(query, alone)
