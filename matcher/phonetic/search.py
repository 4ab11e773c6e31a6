"""Exact search of a gallery of names: the distinct names whose bearers are most probably meant, and who they are.

Names are listed by LR x bearers, that is by the probability that one of their bearers is meant when everybody of the
gallery is as likely as anybody else. The LR of a name is a sum over branches and regions of a surname part x a
given-name part. Each distinct given name is bounded from above (`bounds.py`), and opened only when its bound can enter
the top. What is found equals the full scan (`full_scan`), which is kept as the oracle.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matcher.phonetic.bounds import upper_bounds
from matcher.phonetic.factors import compiled_query, names_of, surnames_by_branch
from matcher.phonetic.flat import Best, read_only
from matcher.phonetic.name_index import NameIndex, RecordId
from matcher.phonetic.name_model import compile_name, likelihood_ratios, transcribed_ratios
from matcher.phonetic.name_query import NameQuery
from matcher.phonetic.population import NameModel, default_model
from matcher.phonetic.written import understand

Float64 = NDArray[np.float64]

FIRST_OPENED = 256
"""Given names opened before the rest is judged by their scores; any number gives the same result."""


@dataclass(frozen=True, slots=True)
class NameHit:
    """One distinct name found.

    Parameters
    ----------
    name : str
        As written in the gallery.
    ids : tuple of int or str
        Everybody who bears it, in the order of the gallery.
    log10_lr : float
        Evidence that a bearer of this name is meant, before credence and bounds; rounded down by at most 0.00005, so
        that names without a meaningful difference tie.
    """

    name: str
    ids: tuple[RecordId, ...]
    log10_lr: float


def search_index(
    index: NameIndex, query: str, *, top: int = 20, region: str | None = None, model: NameModel | None = None
) -> tuple[NameHit, ...]:
    """Return the `top` distinct names with the greatest LR x bearers, best first; ties in index order.

    Parameters
    ----------
    index : NameIndex
        From `build_index`.
    query : str
        The name as told or written; a placeholder finds nobody.
    top : int
        Number of distinct names.
    region : str or None
        Region of the speaker's accent, see `matcher.phonetic.regions.region_of_accent`.
    model : NameModel or None
        Population and habits; None = the general population.
    """
    compiled = compile_name(understand(query), model if model is not None else default_model(), region)
    if compiled is None or not len(index):
        return ()
    numbers, ratios = best_names(index, compiled, top)
    found = zip(numbers.tolist(), ratios.tolist(), strict=True)
    return tuple(NameHit(index.name(n), index.bearers_of(n), float(np.log10(max(ratio, 1e-300)))) for n, ratio in found)


def full_scan(index: NameIndex, query: NameQuery, top: int) -> tuple[NDArray[np.int64], Float64]:
    """Return (numbers, LRs) of the top names by scoring every name: the oracle of `best_names`."""
    level = levels(query, likelihood_ratios(query, index.table), index.bearer_counts)
    return _listed(index, query, _ranked(np.arange(len(index)), level, top))


def best_names(index: NameIndex, query: NameQuery, top: int) -> tuple[NDArray[np.int64], Float64]:
    """Return (numbers, LRs) of the `top` names, best first, without scoring them all."""
    rows = index.table.transcribed.rows
    parts = [(rows, levels(query, transcribed_ratios(query, index.table), index.bearer_counts[rows]))]
    if query.branches:
        parts.append(_han_names(index, query, top))
    numbers, level = (np.concatenate([part[side] for part in parts]) for side in (0, 1))
    return _listed(index, query, _ranked(numbers.astype(np.int64), level, top))


def _listed(
    index: NameIndex, query: NameQuery, ranked: tuple[NDArray[np.int64], Float64]
) -> tuple[NDArray[np.int64], Float64]:
    return ranked[0], on_level(query, ranked[1], index.bearer_counts[ranked[0]])


def _han_names(index: NameIndex, query: NameQuery, top: int) -> tuple[NDArray[np.int64], Float64]:
    """Return (numbers, levels) of names of the Han form among which the best `top` are."""
    if query.tokens:
        return _opened(index, query, top)
    surnames = surnames_by_branch(query, index.table)
    background = np.stack([branch.given_mean for branch in query.branches])
    by_surname = np.einsum("bar,br->a", surnames, background) / query.evidence
    codes = index.groups.surname_codes
    found = levels(query, by_surname[codes], index.bearer_counts[: len(codes)])
    return _ranked(np.arange(len(codes)), found, top)


def levels(query: NameQuery, ratios: Float64, bearers: NDArray[np.uint32]) -> Float64:
    """Return what names are ranked by: the level of each LR and that of its bearers, added up; minus infinity for 0.

    A level is a whole number, see `name_kernels.LEVELS`, so that names of no meaningful difference tie.
    """
    from matcher.phonetic.name_kernels import LEVELS

    with np.errstate(divide="ignore"):
        return np.floor(np.log(ratios * query.evidence) * LEVELS) + np.floor(np.log(bearers) * LEVELS)


def on_level(query: NameQuery, level: Float64, bearers: NDArray[np.uint32]) -> Float64:
    """Return the LR at the foot of its level, from the sum that `levels` returns."""
    from matcher.phonetic.name_kernels import LEVELS

    return np.asarray(np.exp((level - np.floor(np.log(bearers) * LEVELS)) / LEVELS) / query.evidence)


def _ranked(numbers: NDArray[np.int64], level: Float64, top: int) -> tuple[NDArray[np.int64], Float64]:
    """Sort by level and index order; what cannot be is left out."""
    possible = np.isfinite(level)
    if len(level) > top:
        possible &= level >= np.partition(level, -top)[-top]
    numbers, level = numbers[possible], level[possible]
    order = np.lexsort((numbers, -level))[:top]
    return numbers[order], level[order]


def _opened(index: NameIndex, query: NameQuery, top: int) -> tuple[NDArray[np.int64], Float64]:
    """Return (numbers, levels) of the best names whose given name is known, opening given names by their bounds."""
    from matcher.phonetic.name_kernels import open_groups

    factors = compiled_query(query, index.table)
    bounds = upper_bounds(index.groups, query.ways, factors) * index.most_bearers
    widest = factors.regular.sum(axis=2)
    room = min(top, len(index.groups))
    best = Best(np.zeros(room), np.full(room, -1, np.int32))
    groups, bearers = names_of(index.groups), read_only(index.bearer_counts)
    state, above = (0, 0.0), float("inf")
    for wanted in (FIRST_OPENED, 16 * FIRST_OPENED, len(bounds)):
        below, above = above, _bound_of_rank(bounds, wanted)
        held, worst, _ = open_groups(bounds, (above, below), groups, query.ways, factors, widest, bearers, best, state)
        state = held, worst
        if above == 0.0:
            break
    return best.name[: state[0]].astype(np.int64), best.level[: state[0]]


def _bound_of_rank(bounds: NDArray[np.float32], wanted: int) -> float:
    """Return a bound that at least `wanted` given names reach; 0 when there are no more."""
    from matcher.phonetic.name_kernels import bound_histogram

    if wanted >= len(bounds):
        return 0.0
    counts = np.zeros(1024, np.int64)
    bound_histogram(bounds.view(np.int32), counts)
    from_top = np.cumsum(counts[::-1])
    key = 1023 - int(np.searchsorted(from_top, wanted))
    return 0.0 if key <= 0 else float(np.array([key << 21], np.int32).view(np.float32)[0])
