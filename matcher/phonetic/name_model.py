"""P(observed name | true name) / P(observed name): the likelihood ratio of a name, exact over regions and parses.

For an observed name o and a true name c (surname s, given name g)

    P(o | c) = sum over forms, productions and regions of  share x region prior x P(o_s | s, r) x P(o_g | g, r)
    P(o)     = sum over all names c of frequency(c) P(o | c)

P(o) factorises over slots because a name's frequency is taken as frequency(s) x share(length) x product of character
frequencies, so the mean LR over the population is exactly 1 for every query. One region explains a whole name.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from matcher.phonetic import transcribed
from matcher.phonetic.affixes import said
from matcher.phonetic.confusion import region_prior
from matcher.phonetic.elements import MAX_SYLLABLES, character_shares, seems_transcribed
from matcher.phonetic.emission import Token
from matcher.phonetic.name_query import LENGTHS, Branch, NameQuery, flat_ways, token_table
from matcher.phonetic.name_table import NameTable
from matcher.phonetic.normalise import SEPARATOR
from matcher.phonetic.population import NameModel
from matcher.phonetic.population_means import given_means, surname_mean
from matcher.phonetic.productions import Alignment, alignments, surname_keys
from matcher.phonetic.slot_values import given_values, surname_values
from matcher.phonetic.slots import Slot, build_slot
from matcher.phonetic.token_model import token_noise
from matcher.phonetic.written import WrittenName

Float64 = NDArray[np.float64]
LEAST_UNLISTED = 4
"""A shorter text without a dot is not taken for a transcribed name of unknown elements."""


def compile_name(written: WrittenName, model: NameModel, region: str | None = None) -> NameQuery | None:
    """Compile an observed name; None when it carries no evidence.

    Parameters
    ----------
    written : WrittenName
        From `matcher.phonetic.written.understand`.
    model : NameModel
        Population and habits.
    region : str or None
        Region that the subject's accent names, see `region_of_accent`.
    """
    weights = region_prior(region)
    branches, syllables = tuple(_branches(written, model, weights)), _syllables(written)
    if not branches and not syllables:
        return None
    query = NameQuery(model, written, weights, branches, *flat_ways(branches), syllables=syllables)
    branches = _with_means(query)
    branches = _equal_alternatives(branches, query.region_weights)
    han = _evidence(branches, query.region_weights)
    other = _transcribed_evidence(query) if syllables else 0.0
    evidence = (1.0 - transcribed.SHARE) * han + transcribed.SHARE * other
    if evidence <= 0.0:
        return None
    return replace(query, branches=branches, evidence=evidence, transcribed_evidence=other)


def _with_means(query: NameQuery) -> tuple[Branch, ...]:
    """Add what the population makes of each branch."""
    shares = np.array(query.model.frequencies.given_lengths)
    return tuple(
        replace(branch, surname_mean=surname_mean(query, branch), given_mean=shares @ means, length_means=means)
        for branch, means in zip(query.branches, given_means(query), strict=True)
    )


def _evidence(branches: tuple[Branch, ...], region_weights: Float64) -> float:
    """Return P(observed) over the names of the Han form."""
    return sum(b.form.prior * float((b.surname_mean * region_weights) @ b.given_mean) for b in branches)


def _equal_alternatives(branches: tuple[Branch, ...], region_weights: Float64) -> tuple[Branch, ...]:
    """Weigh the names of one field so that the LR of the field is the mean of theirs, however rare each is.

    One of them is the subject's and the others are anybody's, so that P(field | c) is the mean over k of P(name k | c)
    x product of P(other names), and P(field) the product of all P(name k).
    """
    numbers = sorted({branch.form.alternative for branch in branches})
    if len(numbers) < 2:
        return branches
    parts = {n: _evidence(tuple(b for b in branches if b.form.alternative == n), region_weights) for n in numbers}
    rarest = min(part for part in parts.values() if part > 0.0)
    scaled = {n: rarest / part if part > 0.0 else 0.0 for n, part in parts.items()}
    return tuple(replace(b, form=replace(b.form, prior=b.form.prior * scaled[b.form.alternative])) for b in branches)


def likelihood_ratios(query: NameQuery, table: NameTable) -> Float64:
    """Return the LR of every name of a table, shape (N,); 1 for a name that cannot be compared.

    The readable twin of `factors.likelihood_ratios_compiled`.
    """
    totals = np.zeros(len(table))
    known = table.surname_of >= 0
    surname_of, given_of = table.surname_of[known], table.given_of[known]
    for branch in query.branches:
        surname = surname_values(query, branch, table)
        given = given_values(query, branch, table)
        totals[known] += np.einsum("nr,nr->n", surname[surname_of], given[given_of])
    totals[known] /= query.evidence
    totals[~known] = 1.0
    totals[table.transcribed.rows] = transcribed_ratios(query, table)
    return totals


def transcribed_ratios(query: NameQuery, table: NameTable) -> Float64:
    """Return the LR of every transcribed name of a table, shape (M,); 0 when the query cannot be such a name."""
    if not query.syllables or not len(table.transcribed.rows):
        return np.zeros(len(table.transcribed.rows))
    return transcribed.probabilities(_observed(query, table.transcribed.slot), table.transcribed) / query.evidence


def _syllables(written: WrittenName) -> tuple[Token, ...]:
    name = written.canonical
    if len(written.forms) != 1 or not seems_transcribed(name, SEPARATOR):
        return ()
    tokens = written.forms[0].tokens
    usable = all(token.character for token in tokens) and not written.forms[0].surname_only
    return tokens[:MAX_SYLLABLES] if usable else ()


def _observed(query: NameQuery, slot: Slot) -> transcribed.Observed:
    """Tabulate the syllables of a query against the characters of a slot, mixed over regions."""
    tables: dict[Token, Float64] = {}
    for token in query.syllables:
        if token not in tables:
            tables[token] = token_table(query, token, slot) @ query.region_weights
    return transcribed.Observed(
        text="".join(token.character for token in query.syllables),
        emission=np.stack([tables[token] for token in query.syllables]),
        noise=np.array([token_noise(token, query.model.roles["syllable"]) for token in query.syllables]),
    )


def _transcribed_evidence(query: NameQuery) -> float:
    against = _observed(query, query.model.transcribed_slot)
    listed = transcribed.Observed(against.text, against.emission[:, 1:], against.noise)
    slot = build_slot("syllable", against.text)
    own = _observed(query, slot)
    itself = own.emission[:, [slot.codes[character] for character in against.text]]
    if len(against.text) < LEAST_UNLISTED and SEPARATOR not in query.written.canonical:
        itself = itself * 0.0  # as likely a Han name as an element that no lexicon has
    mean = listed.emission @ np.array(list(character_shares().values()))
    return transcribed.population(listed, mean, itself)


def _branches(written: WrittenName, model: NameModel, region_weights: Float64) -> list[Branch]:
    found: list[Branch] = []
    for form in written.forms:
        count = len(form.tokens)
        if form.surname_only:
            withheld = {length: (Alignment(1.0, (None,) * length),) for length in LENGTHS}
            found.append(Branch(form, tuple(range(count))[:2], withheld))
            continue
        row = said(form.tokens, model, region_weights, sound_only=written.sound_only)
        for key in surname_keys(count):
            ways = {length: tuple(alignments(row, key, length)) for length in LENGTHS}
            if any(ways.values()):
                found.append(Branch(form, key, ways))
    return found
