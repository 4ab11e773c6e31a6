"""P(observed name | true name) / P(observed name): the likelihood ratio of a name, exact over regions and parses.

For an observed name o and a true name c (surname s, given name g)

    P(o | c) = sum over forms, productions and regions of  share x region prior x P(o_s | s, r) x P(o_g | g, r)
    P(o)     = sum over all names c of frequency(c) P(o | c)

P(o) factorises over slots because a name's frequency is taken as frequency(s) x share(length) x product of character
frequencies, so the mean LR over the population is exactly 1 for every query. One region explains a whole name.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from matcher.phonetic import transcribed
from matcher.phonetic.confusion import SPEECH_REGIONS, region_prior
from matcher.phonetic.elements import MAX_SYLLABLES, character_shares, seems_transcribed
from matcher.phonetic.emission import Role, Token
from matcher.phonetic.name_table import NameTable
from matcher.phonetic.normalise import SEPARATOR
from matcher.phonetic.population import NameModel
from matcher.phonetic.productions import Alignment, Key, alignments, key_share, surname_keys
from matcher.phonetic.slots import Slot, build_slot
from matcher.phonetic.token_model import TokenModel, token_noise
from matcher.phonetic.written import Form, WrittenName

Float64 = NDArray[np.float64]
LENGTHS = (1, 2, 3)
LEAST_UNLISTED = 4
"""A shorter text without a dot is not taken for a transcribed name of unknown elements."""


@dataclass(frozen=True, slots=True)
class Branch:
    """All productions of one form in which the same tokens stand for the surname.

    Parameters
    ----------
    form : Form
        The form.
    key : tuple of int
        Tokens of the surname.
    by_length : mapping of int to tuple of Alignment
        Ways to read the other tokens as a given name of each length.
    surname_mean, given_mean : ndarray of float64, shape (R,)
        Share x P(surname tokens | region) over the population of surnames, and sum over ways of share x P(given
        tokens | region) over that of given names.
    """

    form: Form
    key: Key
    by_length: Mapping[int, tuple[Alignment, ...]]
    surname_mean: Float64 = field(default_factory=lambda: np.zeros(len(SPEECH_REGIONS)))
    given_mean: Float64 = field(default_factory=lambda: np.zeros(len(SPEECH_REGIONS)))


@dataclass(frozen=True, slots=True)
class NameQuery:
    """An observed name compiled against the population.

    Parameters
    ----------
    written : WrittenName
        The observed name.
    region_weights : ndarray of float64, shape (R,)
        Prior over `SPEECH_REGIONS`.
    branches : tuple of Branch
        Productions, grouped.
    evidence : float
        P(observed): the one denominator.
    syllables : tuple of Token
        The observed name as syllables of a transcribed name; empty when it does not look like one.
    transcribed_evidence : float
        P(observed | a random transcribed name).
    """

    model: NameModel
    written: WrittenName
    region_weights: Float64
    branches: tuple[Branch, ...]
    evidence: float
    syllables: tuple[Token, ...] = ()
    transcribed_evidence: float = 0.0


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
    branches = tuple(_branches(written, model))
    syllables = _syllables(written)
    if not branches and not syllables:
        return None
    query = NameQuery(model, written, region_prior(region), branches, 1.0, syllables)
    branches = tuple(
        replace(
            branch,
            surname_mean=model.surname_shares @ population_values(query, branch),
            given_mean=_given_mean(query, branch),
        )
        for branch in branches
    )
    branches = _equal_alternatives(branches, query.region_weights)
    han = _evidence(branches, query.region_weights)
    other = _transcribed_evidence(query) if syllables else 0.0
    evidence = (1.0 - transcribed.SHARE) * han + transcribed.SHARE * other
    if evidence <= 0.0:
        return None
    return NameQuery(model, written, query.region_weights, branches, evidence, syllables, other)


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
    """Return the LR of every name of a table, shape (N,); 1 for a name that cannot be compared."""
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


def surname_values(query: NameQuery, branch: Branch, table: NameTable) -> Float64:
    """Return share x region prior x P(surname tokens | surname, region), shape (A, R)."""
    slot, pairs = table.surname_slot, table.surnames
    compound = pairs[:, 1] >= 0
    values = np.empty((len(pairs), len(SPEECH_REGIONS)))
    values[~compound] = _single(branch, _values(query, branch, slot), len(slot))[pairs[~compound, 0]]
    values[compound] = _compound(branch, _values(query, branch, slot), pairs[compound])
    values[0] = branch.surname_mean
    return values * (branch.form.prior * query.region_weights)


def population_values(query: NameQuery, branch: Branch) -> Float64:
    """Return share x P(surname tokens | surname, region) for each of `NameModel.surname_names`, shape (P, R).

    The last row stands for all surnames outside the table.
    """
    slot, pairs = query.model.surname_slot, query.model.surname_pairs
    compound = pairs[:, 1] >= 0
    elements = _values(query, branch, slot)
    values = np.empty((len(pairs) + 1, len(SPEECH_REGIONS)))
    values[:-1][~compound] = _single(branch, elements, len(slot))[pairs[~compound, 0]]
    values[:-1][compound] = _compound(branch, elements, pairs[compound])
    values[-1] = key_share(branch.key, len(branch.form.tokens), compound=False) * _remainder(query, branch)
    return values


def given_values(query: NameQuery, branch: Branch, table: NameTable) -> Float64:
    """Return the sum over productions of share x P(given tokens | given name, region), shape (B, R)."""
    slot, givens = table.given_slot, table.givens
    lengths = (givens >= 0).sum(axis=1)
    values = np.zeros((len(givens), len(SPEECH_REGIONS)))
    tables: dict[int, Float64] = {}
    for length in LENGTHS:
        rows = np.flatnonzero(lengths == length)
        for way in branch.by_length[length] if len(rows) else ():
            product = np.full((len(rows), len(SPEECH_REGIONS)), way.share)
            for position, token in enumerate(way.given):
                if token is not None:
                    if token not in tables:
                        tables[token] = token_table(query, branch.form.tokens[token], slot)
                    product *= tables[token][givens[rows, position]]
            values[rows] += product
    values[lengths == 0] = branch.given_mean
    return values


def _given_mean(query: NameQuery, branch: Branch) -> Float64:
    """Return the mean of P(given tokens | given name, region) over the population of given names, shape (R,)."""
    total = np.zeros(len(SPEECH_REGIONS))
    for length, share in zip(LENGTHS, query.model.frequencies.given_lengths, strict=True):
        total += share * mean_of_length(query, branch, length)
    return total


def mean_of_length(query: NameQuery, branch: Branch, length: int) -> Float64:
    """Return the mean of P(given tokens | given name, region) over given names of one length, shape (R,)."""
    model = query.model
    weights = np.array([part.weight for part in model.roles["given"].strata])
    independent = 1.0 - float(model.whole_shares.sum()) if length == 2 else 1.0
    total = np.zeros(len(SPEECH_REGIONS))
    for way in branch.by_length[length]:
        product = np.repeat(weights[:, None] * way.share, len(SPEECH_REGIONS), axis=1)
        for token in way.given:
            if token is not None:
                product *= tabulated(query, branch.form.tokens[token], "given").background
        total += product.sum(axis=0) * independent
        if length == 2 and len(model.whole_shares):
            total += way.share * whole_products(query, branch, way).sum(axis=0)
    return total


def whole_products(query: NameQuery, branch: Branch, way: Alignment) -> Float64:
    """Return share x P(tokens | name, region) for each given name that is chosen as a whole, shape (W, R)."""
    model = query.model
    product = np.repeat(model.whole_shares[:, None], len(SPEECH_REGIONS), axis=1)
    for position, token in enumerate(way.given):
        if token is not None:
            product *= token_table(query, branch.form.tokens[token], model.whole_slot)[model.whole_codes[:, position]]
    return product


def _branches(written: WrittenName, model: NameModel) -> list[Branch]:
    found: list[Branch] = []
    for form in written.forms:
        count = len(form.tokens)
        noise = tuple(token_noise(token, model.roles["given"]) for token in form.tokens)
        if form.surname_only:
            withheld = {length: (Alignment(1.0, (None,) * length),) for length in LENGTHS}
            found.append(Branch(form, tuple(range(count))[:2], withheld))
            continue
        for key in surname_keys(count):
            ways = {length: tuple(alignments(form.tokens, key, length, noise)) for length in LENGTHS}
            if any(ways.values()):
                found.append(Branch(form, key, ways))
    return found


def tabulated(query: NameQuery, token: Token, role: Role) -> TokenModel:
    """Return the table of one token of a query in one slot."""
    return query.model.token(token, role, sound_only=query.written.sound_only)


def token_table(query: NameQuery, token: Token, slot: Slot) -> Float64:
    """Return P(token | element) for the elements of a slot, shape (V, R); read-only, the latest are cached."""
    return query.model.values(token, slot, sound_only=query.written.sound_only)


def _values(query: NameQuery, branch: Branch, slot: Slot) -> list[Float64]:
    """Return P(token | element) of each surname token, shape (V, R) each."""
    return [token_table(query, branch.form.tokens[index], slot) for index in branch.key]


def _single(branch: Branch, values: list[Float64], count: int) -> Float64:
    """Return share x P(tokens | surname of one character) for all elements, shape (V, R)."""
    share = key_share(branch.key, len(branch.form.tokens), compound=False)
    if not values:
        return np.full((count, len(SPEECH_REGIONS)), share)
    return values[0] * share if len(values) == 1 else values[0] * 0.0


def _compound(branch: Branch, values: list[Float64], pairs: NDArray[np.int32]) -> Float64:
    """Return share x P(tokens | surname of two characters), shape (len(pairs), R); a cut one keeps either half."""
    share = key_share(branch.key, len(branch.form.tokens), compound=True)
    if not values:
        return np.full((len(pairs), len(SPEECH_REGIONS)), share)
    if len(values) == 1:
        return (values[0][pairs[:, 0]] + values[0][pairs[:, 1]]) * (0.5 * share)
    return values[0][pairs[:, 0]] * values[1][pairs[:, 1]] * share


def _remainder(query: NameQuery, branch: Branch) -> Float64:
    """Return P(tokens | a surname outside the table), shape (R,)."""
    ones = np.ones(len(SPEECH_REGIONS))
    if len(branch.key) != 1:
        return ones * (not branch.key)
    return tabulated(query, branch.form.tokens[branch.key[0]], "surname").remainder
