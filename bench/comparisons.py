"""Is the fused list better than a peer's, on the same cases? Paired differences with a bootstrap over persons."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import product

import numpy as np
from numpy.typing import NDArray

from bench.figures import HARD_SETS, SUBSETS
from bench.lines import CHANNELS, PEERS, STRATA, Line, Row
from bench.metrics import Interval, bootstrap_mean
from bench.tasks import RawResults

BEST_CHANNEL = "best channel"
"""The single channel that ranks best in a stratum, by hit@10, chosen after the fact: the strongest opponent."""

DRAWS = 1000
FEWEST = 10
"""Cases of a subset below which a difference of rates says nothing."""


def comparisons(results: RawResults) -> Iterator[Line]:
    """Compare the fused list with every peer, stratum by stratum and subset by subset.

    Figures are differences of hit rates, fused minus peer; their intervals come from resampling persons.
    """
    probes = {str(row["probe_id"]): row for row in results.probes.to_pylist()}
    ranks = _ranks(results.placements.to_pylist())
    for stratum, (subset, keep) in product(STRATA, (*SUBSETS, *HARD_SETS)):
        natural = not subset.startswith("made: ")
        chosen = [
            probe for probe, row in probes.items()
            if row["stratum"] == stratum and row["mated"] and keep(row) and not (natural and row["designed"])
        ]  # fmt: skip
        if not chosen or (subset != "all" and len(chosen) < FEWEST):
            continue
        persons = [int(str(probes[probe]["person"])) for probe in chosen]
        for name, peer in _opponents(ranks, chosen):
            figures = _differences(ranks, ("fused", peer), chosen, persons)
            yield Line("fused minus peer", stratum, subset, name, figures)
        if subset == "all" and {"text", "splink"} <= set(ranks):
            # Splink sees neither faces nor DNA: on its own ground the product's text channels are its opponent.
            figures = _differences(ranks, ("text", "splink"), chosen, persons)
            yield Line("text minus peer", stratum, subset, "splink", figures)


def _ranks(placements: Sequence[Row]) -> Mapping[str, Mapping[str, float]]:
    """Ranks by method and probe; infinite where the mate cannot be found."""
    found: dict[str, dict[str, float]] = {}
    for row in placements:
        rank = row["rank"]
        found.setdefault(str(row["method"]), {})[str(row["probe_id"])] = rank if isinstance(rank, float) else np.inf
    return found


def _opponents(ranks: Mapping[str, Mapping[str, float]], probes: Sequence[str]) -> Iterator[tuple[str, str]]:
    best = max(CHANNELS, key=lambda channel: (_hits(ranks, channel, probes, 10).sum(), channel))
    yield f"{BEST_CHANNEL} ({best})", best
    yield "face", "face"
    yield from ((peer, peer) for peer in PEERS if peer in ranks)


def _hits(ranks: Mapping[str, Mapping[str, float]], method: str, probes: Sequence[str], k: int) -> NDArray[np.float64]:
    of = ranks.get(method, {})
    return np.array([float(np.ceil(of.get(probe, np.inf)) <= k) for probe in probes])


def _differences(
    ranks: Mapping[str, Mapping[str, float]], pair: tuple[str, str], probes: Sequence[str], persons: Sequence[int]
) -> dict[str, Interval]:
    figures = {}
    for k in (1, 10, 50):
        difference = _hits(ranks, pair[0], probes, k) - _hits(ranks, pair[1], probes, k)
        figures[f"hit@{k}"] = bootstrap_mean(persons, difference, seed=k, draws=DRAWS)
    return figures
