"""The name of a sibling, parent or child: P(observed name | kinship to the bearer of a name) / P(observed name).

The true name c' of the probe is drawn given the name c of its relative: the surname is inherited or else anybody's; a
character of the given name is shared, the rest then being anybody's who has that character, or the given name is
anybody's of the population. Each draw leaves the population as it is (sum over c of frequency(c) P(c' | c) =
frequency(c')), so that the mean LR over unrelated people is exactly 1 here too. Relatives of bearers of transcribed
names are taken for any bearer of such a name.

Surname: of the children registered in 2020, one in thirteen took the mother's surname (Ministry of Public Security,
report on names 2020: father's to mother's 12 : 1); in the cohorts that stations see it was rarer. The other rates are
judgements: no count of shared generation characters is published.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matcher.phonetic.emission import ANY, Stratum
from matcher.phonetic.frequencies import HAN_CHARACTERS
from matcher.phonetic.name_query import Branch, NameQuery, tabulated, token_table
from matcher.phonetic.name_table import NameTable
from matcher.phonetic.population import NameModel
from matcher.phonetic.slot_values import population_values, surname_values, whole_products
from matcher.phonetic.slots import Slot
from matcher.types import Hypothesis, Sex

Float64 = NDArray[np.float64]

SIBLINGS_SHARE_SURNAME = 0.97
FATHER_TO_CHILD, MOTHER_TO_CHILD = 0.94, 0.05
SIBLINGS_SHARE_FIRST, SIBLINGS_SHARE_LAST = 0.30, 0.08


@dataclass(frozen=True, slots=True)
class Inheritance:
    """What the names of two relatives have in common, beyond chance.

    Parameters
    ----------
    surname : float
        Probability that the surname is inherited.
    first, last : float
        Probability that the first, or the last, of two given characters is shared.
    """

    surname: float
    first: float = 0.0
    last: float = 0.0


def inheritance(hypothesis: Hypothesis, sex: Sex | None = None) -> Inheritance:
    """Return what names share under a hypothesis; `sex` is the probe's.

    >>> inheritance("parent_child", "male").surname > inheritance("parent_child", "female").surname
    True
    """
    if hypothesis == "sibling":
        return Inheritance(SIBLINGS_SHARE_SURNAME, SIBLINGS_SHARE_FIRST, SIBLINGS_SHARE_LAST)
    if hypothesis == "self":
        raise ValueError("the same person has the same name: use likelihood_ratios")
    as_child = (FATHER_TO_CHILD + MOTHER_TO_CHILD) / 2.0
    as_parent = {"male": FATHER_TO_CHILD, "female": MOTHER_TO_CHILD, None: as_child}[sex]
    return Inheritance((as_child + as_parent) / 2.0)


def kin_likelihood_ratios(query: NameQuery, table: NameTable, shared: Inheritance) -> Float64:
    """Return the LR of every name of a table as the name of the probe's relative, shape (N,): the readable twin.

    It is a sum of products of a surname's part and a part of the given name's length, or of one of its characters. A
    name that cannot be compared has LR 1.
    """
    totals = np.ones(len(table))
    known = np.flatnonzero(table.surname_of >= 0)
    surname_of, given_of = table.surname_of[known], table.given_of[known]
    lengths = (table.givens >= 0).sum(axis=1)[given_of]
    if query.branches:
        surnames = np.hstack([inherited(b, surname_values(query, b, table), query, shared) for b in query.branches])
        found = (surnames @ np.hstack(means_by_length(query, shared)).T)[surname_of, lengths]
        pairs = np.flatnonzero(lengths == 2)
        slot = table.given_slot
        parts = parts_of(query.model, slot) if len(pairs) and (shared.first or shared.last) else None
        for position, share in ((0, shared.first), (1, shared.last)):
            if share and parts is not None:
                means = np.hstack([_means_by_character(query, b, (slot, parts), position) for b in query.branches])
                characters = table.givens[given_of[pairs], position]
                found[pairs] += share * (surnames @ means.T)[surname_of[pairs], characters]
        totals[known] = found / query.evidence
    else:
        totals[known] = 0.0
    totals[table.transcribed.rows] = query.transcribed_evidence / query.evidence
    return totals


def kin_ratio_by_surname(query: NameQuery, shared: Inheritance) -> Float64:
    """Return the mean LR of each surname of the model, of all unlisted ones, and of transcribed names, shape (P + 2,).

    Over the given names of the population the related given name is anybody's.
    """
    total = np.zeros(len(query.model.surname_shares))
    for branch in query.branches:
        weights = query.region_weights * branch.form.prior
        surname = inherited(branch, population_values(query, branch) * weights, query, shared)
        total += surname @ branch.given_mean
    return np.append(total, query.transcribed_evidence) / query.evidence


def inherited(branch: Branch, values: Float64, query: NameQuery, shared: Inheritance) -> Float64:
    """Mix surname values, which carry the region prior, with those of anybody's surname."""
    anybody = branch.surname_mean * query.region_weights * branch.form.prior
    return shared.surname * values + (1.0 - shared.surname) * anybody


def means_by_length(query: NameQuery, shared: Inheritance) -> list[Float64]:
    """Return the part of a related given name that its length alone decides, for each branch of shape (4, R).

    Nothing is known of a given name of length 0; the shared characters of one of length 2 come on top.
    """
    kept = shared.first + shared.last
    found = []
    for branch in query.branches:
        one, _, three = branch.length_means
        same = np.stack([branch.given_mean, one, np.zeros_like(one), three])
        found.append((1.0 - kept) * branch.given_mean + kept * same)
    return found


def parts_of(model: NameModel, slot: Slot) -> Float64:
    """Return the share of each character of a slot in each stratum's names of independent characters, shape (V, K)."""
    strata = model.roles["given"].strata
    frequency = np.array([[_frequency(part, element) for part in strata] for element in slot.elements])
    independent = 1.0 - float(model.whole_shares.sum())
    return np.asarray(frequency * np.array([part.weight for part in strata]) * independent)


def _means_by_character(query: NameQuery, branch: Branch, population: tuple[Slot, Float64], position: int) -> Float64:
    """Return the mean of P(given tokens | given name) over names of two characters with a character at a position.

    `population` is a slot with its `parts_of`.

    Returns
    -------
    ndarray of float64, shape (V, R)
        By character of the slot; one that is not known in writing counts as any.
    """
    model, (slot, parts) = query.model, population
    total, whole_total = np.zeros((len(slot), len(query.region_weights))), np.zeros(len(slot))
    codes = np.array([slot.codes.get(name[position], -1) for name in model.frequencies.whole], np.int64)
    present = codes >= 0
    np.add.at(whole_total, codes[present], model.whole_shares[present])
    for way in branch.by_length[2]:
        own, other = way.given[position], way.given[1 - position]
        product = np.full(total.shape, way.share)
        if own is not None:
            product *= token_table(query, branch.form.tokens[own], slot)
        background = np.ones((parts.shape[1], total.shape[1]))
        if other is not None:
            background = tabulated(query, branch.form.tokens[other], "given").background
        total += product * (parts @ background)
        if present.any():
            np.add.at(total, codes[present], way.share * whole_products(query, branch, way)[present])
    return np.asarray(total / (parts.sum(axis=1) + whole_total)[:, None])


def _frequency(part: Stratum, element: str) -> float:
    """Return the frequency of a character in a stratum; 1 for an element that is not one written character."""
    if element in part.shares:
        return part.shares[element]
    return 1.0 if len(element) != 1 or element == ANY else max(part.rest, 1e-12) / HAN_CHARACTERS
