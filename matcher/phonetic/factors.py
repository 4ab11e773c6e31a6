"""A query in flat arrays against one gallery, for compiled loops; and the scoring of every name by them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from matcher.phonetic.confusion import SPEECH_REGIONS
from matcher.phonetic.flat import Factors, Names, Ways, read_only
from matcher.phonetic.grouped import GroupedNames
from matcher.phonetic.name_model import transcribed_ratios
from matcher.phonetic.name_query import NameQuery, token_table, values_by_token
from matcher.phonetic.name_table import NameTable
from matcher.phonetic.productions import key_share

Float64 = NDArray[np.float64]
Rows = NDArray[np.int64]
REGIONS = len(SPEECH_REGIONS)


def names_of(groups: GroupedNames) -> Names:
    """Return what the loops read of grouped names."""
    return Names(
        read_only(groups.first),
        read_only(groups.surname_codes),
        read_only(groups.given_codes),
        read_only(groups.given_lengths),
    )


def likelihood_ratios_compiled(query: NameQuery, table: NameTable, groups: GroupedNames, rows: Rows) -> Float64:
    """Return `name_model.likelihood_ratios` by compiled loops, shape (N,).

    `groups` and `rows` are `grouped(table)`.
    """
    totals, found = np.ones(len(table)), np.zeros(len(groups))
    add_ratios(query, table, groups, 1.0, found)
    totals[rows] = found
    totals[table.transcribed.rows] = transcribed_ratios(query, table)
    return totals


def add_ratios(query: NameQuery, table: NameTable, groups: GroupedNames, weight: float, out: Float64) -> None:
    """Add weight x LR to every name of the Han form, in the order of the groups; `out` has shape (H,)."""
    from matcher.phonetic.name_kernels import score_all

    if query.branches and len(groups):
        factors = compiled_query(query, table)
        score_all(names_of(groups), query.ways, factors, weight / query.evidence, out)


def compiled_query(query: NameQuery, table: NameTable) -> Factors:
    """Tabulate a query that has branches against the surnames and characters of a table."""
    surnames = surnames_by_branch(query, table)
    irregular = table.surnames[:, 1] >= 0
    irregular[0] = True  # the unknown surname
    spoken = [branch.form.tokens[branch.key[0]] if len(branch.key) == 1 else None for branch in query.branches]
    tokens = [token for token in dict.fromkeys(spoken) if token is not None]
    scale = surnames[:, int(np.argmin(irregular))].copy()
    for number, branch in enumerate(query.branches):
        if spoken[number] is not None:
            scale[number] = key_share(branch.key, len(branch.form.tokens), compound=False) * branch.form.prior
    by_token = [token_table(query, token, table.surname_slot)[table.surnames[:, 0]] for token in tokens]
    part_of = np.array([0 if token is None else 1 + tokens.index(token) for token in spoken], np.int32)
    values = values_by_token(query, table.given_slot)
    second_of, split, sums = pair_tables(query.ways, values, part_of, (scale, surnames[:, 0]))
    return Factors(
        surnames=surnames,
        means=np.stack([branch.given_mean for branch in query.branches]),
        part_of=part_of,
        scale=scale,
        regular=np.stack(by_token, axis=1) * query.region_weights if tokens else np.zeros((len(irregular), 0, REGIONS)),
        irregular=irregular,
        values=values,
        sums=sums,
        second_of=second_of,
        split=split,
    )


def surnames_by_branch(query: NameQuery, table: NameTable) -> Float64:
    """Return `slot_values.surname_values` of all branches by one compiled loop, shape (B, A, R)."""
    from matcher.phonetic.name_kernels import surname_factors

    branches = query.branches
    said = list(dict.fromkeys(branch.form.tokens[at] for branch in branches for at in branch.key))
    values = np.stack(
        [np.ones((len(table.surname_slot), REGIONS)), *(token_table(query, t, table.surname_slot) for t in said)]
    )
    tokens = np.zeros((len(branches), 2), np.int64)
    shares = np.zeros((len(branches), 2))
    for number, branch in enumerate(branches):
        tokens[number, : len(branch.key)] = [1 + said.index(branch.form.tokens[at]) for at in branch.key]
        shares[number] = [key_share(branch.key, len(branch.form.tokens), compound=longer) for longer in (False, True)]
    surnames = np.zeros((len(branches), len(table.surnames), REGIONS))
    surname_factors(table.surnames, values, tokens, shares, surnames)
    surnames[:, 0] = [branch.surname_mean for branch in branches]
    surnames *= (np.array([branch.form.prior for branch in branches])[:, None] * query.region_weights)[:, None, :]
    return surnames


def pair_sums(ways: Ways, part_of: NDArray[np.int32], scale: Float64) -> dict[tuple[int, int], dict[int, Float64]]:
    """Add up the ways of given names of two characters: (part, second token) to first token to share x scale."""
    sums: dict[tuple[int, int], dict[int, Float64]] = {}
    for way in range(int(ways.first[2]), int(ways.first[3])):
        branch, (first, second) = int(ways.branch_of[way]), ways.tokens[way, :2].tolist()
        others = sums.setdefault((int(part_of[branch]), second), {})
        others[first] = others.get(first, 0.0) + ways.share[way] * scale[branch]
    return dict(sorted(sums.items()))


def pair_tables(
    ways: Ways, values: Float64, part_of: NDArray[np.int32], scales: tuple[Float64, Float64]
) -> tuple[NDArray[np.int32], NDArray[np.int32], Float64]:
    """Return `second_of`, `split` and `sums` of `flat.Factors`; `scales` are of regular surnames and of the unknown."""
    from matcher.phonetic.name_kernels import weighted_tokens

    last, every = int(part_of.max()) + 1, range(values.shape[1])
    unknown = pair_sums(ways, np.zeros_like(part_of), scales[1])
    pairs: dict[tuple[int, int], dict[int, Float64]] = {(0, token): {} for token in every}
    pairs |= pair_sums(ways, part_of, scales[0])
    pairs |= {(last, token): unknown.get((0, token), {}) for token in every}
    pairs = dict(sorted(pairs.items()))
    terms = [(pair, token, weight) for pair, others in enumerate(pairs.values()) for token, weight in others.items()]
    sums = np.zeros((len(values), len(pairs), REGIONS))
    if terms:
        pair_of, tokens = (np.array([term[side] for term in terms], np.int32) for side in (0, 1))
        weighted_tokens(values, pair_of, tokens, np.stack([weight for _, _, weight in terms]), sums)
    split = np.searchsorted([part for part, _ in pairs], np.arange(last + 2)).astype(np.int32)
    return np.array([token for _, token in pairs], np.int32), split, sums
