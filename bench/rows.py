"""One probe's share of the raw results; nothing of the size of the gallery outlives it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from bench.lines import Row
from bench.scoring import Float32, Placement, ProbeScores, placement
from bench.truth import ProbeTruth, Truth, View
from matcher.engine.gallery import Gallery
from matcher.types import CandidateList, Lead

RANDOM_OTHERS = 40
"""Other persons' records sampled per probe for calibration on random pairs."""

HARD_OTHERS = 20
"""Highest-scoring other persons' records kept per probe for calibration on hard pairs."""


@dataclass(frozen=True, slots=True)
class Pairs:
    """Pairs of one probe under one method: `how` is `mate`, `random` or `hard`, the values are their log10 LRs."""

    probe_id: str
    method: str
    how: str
    log10_lr: Float32


@dataclass(frozen=True, slots=True)
class Tables:
    """What has been gathered, probe by probe."""

    probes: list[Row] = field(default_factory=list)
    placements: list[Row] = field(default_factory=list)
    leads: list[Row] = field(default_factory=list)
    pairs: list[Pairs] = field(default_factory=list)

    def add(
        self, probe: ProbeTruth, scores: ProbeScores, view: View, surroundings: tuple[Truth, Gallery],
        rng: np.random.Generator,
    ) -> None:  # fmt: skip
        """Take what the figures need from one probe's scores."""
        truth, gallery = surroundings
        self.probes.append(probe_row(probe, scores, truth))
        self.leads.extend(lead_rows(probe, scores.candidates, truth))
        for method, values in scores.methods():
            row = placement_row(probe.probe_id, method, placement(values, view.mates, view.own))
            row["mean_lr_strangers"] = mean_lr_strangers(values, view)
            if method == "fused":
                row["rank"] = placement(scores.shown(gallery), view.mates, view.own).rank
            self.placements.append(row)
            self.pairs.extend(sampled_pairs(rng, (probe.probe_id, method), values, view))

    def add_peer(self, probe_id: str, peer: str, values: Float32, view: View) -> None:
        """Take a peer's placement; its values are no likelihood ratios."""
        place = placement(values, view.mates, view.own)
        self.placements.append(placement_row(probe_id, peer, place) | {"mean_lr_strangers": None})

    def arrow(self) -> Mapping[str, pa.Table]:
        """Return the tables by name."""
        tables = {name: pa.Table.from_pylist(getattr(self, name)) for name in ("probes", "placements", "leads")}
        return tables | {"pairs": pairs_table(self.pairs)}


def probe_row(probe: ProbeTruth, scores: ProbeScores, truth: Truth) -> Row:
    """Describe a case by its truth, and what its list promised."""
    listed = scores.candidates.leads
    first = listed[0] if listed else None
    described = {name: value for name, value in asdict(probe).items() if name not in {"mates", "kin"}}
    return described | {
        "hard_sets": list(probe.hard_sets), "causes": list(probe.causes), "mated": probe.mated,
        "solvable": probe.solvable, "mates": len(probe.mates), "nobody": scores.candidates.nobody,
        "top_posterior": min(first.person_posterior, 1.0) if first else 0.0,
        "top_is_mate": bool(first and first.record_id in probe.mates),
        "top_is_kin": bool(first and first.record_id in probe.kin),
        "person_posterior": sum(lead.person_posterior for lead in listed if first and _same(first, lead, truth)),
        "cpu_seconds": scores.list_seconds, "scan_seconds": scores.scan_seconds,
        **_hypotheses(probe, scores.candidates),
    }  # fmt: skip


def _hypotheses(probe: ProbeTruth, candidates: CandidateList) -> Row:
    """Say what the product made of the case's stay, of kin among the leads, and whether it raised an alert."""
    mates = [lead.likeliest for lead in candidates.leads if lead.record_id in probe.mates]
    kin = [lead.likeliest for lead in candidates.leads if lead.record_id in probe.kin - probe.mates]
    alerts = candidates.alerts
    return {
        "stratum_found": candidates.stratum, "kin_posterior": candidates.kin,
        "mates_listed": len(mates), "mates_called_kin": sum(name not in {None, "self"} for name in mates),
        "kin_listed": len(kin), "kin_called_kin": sum(name not in {None, "self"} for name in kin),
        "alerted": bool(alerts), "alert_is_mate": bool(alerts and alerts[0].record_id in probe.mates),
    }  # fmt: skip


def _same(first: Lead, lead: Lead, truth: Truth) -> bool:
    return truth.owners.get(first.record_id) == truth.owners.get(lead.record_id)


def lead_rows(probe: ProbeTruth, candidates: CandidateList, truth: Truth) -> Iterator[Row]:
    """Yield what the list promised of each person listed, and whether any of the records shown is the case's person."""
    alerts = {lead.record_id for lead in candidates.alerts}
    for lead in candidates.leads:
        records = (lead.record_id, *(other.record_id for other in lead.others))
        yield {
            "probe_id": probe.probe_id, "rank": lead.rank, "posterior": min(lead.person_posterior, 1.0),
            "right": any(truth.owners.get(record) == probe.person for record in records),
            "alert": lead.record_id in alerts,
        }  # fmt: skip


def placement_row(probe_id: str, method: str, place: Placement) -> Row:
    """Describe where one method puts the right person."""
    return {
        "probe_id": probe_id, "method": method, "rank": place.rank, "mate_value": place.mate_value,
        "best_other": place.best_other,
    }  # fmt: skip


def mean_lr_strangers(values: Float32, view: View) -> float:
    """Return the mean LR over everybody who is neither the probe's person nor close kin: 1 for honest LRs.

    Source: Good, Probability and the Weighing of Evidence (1950), E[LR | Hd] = 1.

    >>> view = View(np.array([0]), np.array([0]), np.array([0, 1]))
    >>> round(mean_lr_strangers(np.array([9, 3, 0, np.log10(3)], np.float32), view), 6)
    2.0
    """
    exponents = values.astype(np.float64)
    exponents[view.related] = -np.inf
    exponents *= math.log(10.0)
    return float(np.exp(exponents, out=exponents).sum() / (len(values) - len(view.related)))


def sampled_pairs(rng: np.random.Generator, named: tuple[str, str], values: Float32, view: View) -> Iterator[Pairs]:
    """Yield the pairs that were compared at all: the mates', some strangers' at random, and the hardest strangers'."""
    comparable = values.copy()
    comparable[view.related] = 0.0
    others = np.flatnonzero(comparable)
    random = rng.choice(others, min(RANDOM_OTHERS, len(others)), replace=False) if len(others) else others
    mates = view.mates[values[view.mates] != 0.0]
    for how, rows in (("mate", mates), ("random", random), ("hard", highest(values, others, HARD_OTHERS))):
        yield Pairs(*named, how, values[rows])


def highest(values: Float32, rows: NDArray[np.int64], count: int) -> NDArray[np.int64]:
    """Return the rows of greatest value, best first; equals in their order.

    >>> highest(np.array([1, 5, 5, 7], np.float32), np.array([0, 1, 2]), 2).tolist()
    [1, 2]
    """
    if len(rows) > count:
        chosen = values[rows]
        rows = rows[chosen >= np.partition(chosen, -count)[-count]]
    return rows[np.argsort(-values[rows], kind="stable")[:count]]


def pairs_table(pairs: Sequence[Pairs]) -> pa.Table:
    """Lay pairs out as one row each; names are stored once."""
    lengths = [len(item.log10_lr) for item in pairs]
    columns = {name: _repeated((getattr(item, name) for item in pairs), lengths)
               for name in ("probe_id", "method", "how")}  # fmt: skip
    values = [item.log10_lr for item in pairs]
    columns["log10_lr"] = pa.array(np.concatenate(values) if values else np.zeros(0, np.float32)).cast(pa.float64())
    return pa.table(columns)


def _repeated(names: Iterable[str], lengths: Sequence[int]) -> pa.DictionaryArray:
    encoded = pa.array(list(names), pa.string()).dictionary_encode()
    indices = np.repeat(encoded.indices.to_numpy(), lengths)
    return pa.DictionaryArray.from_arrays(pa.array(indices, pa.int32()), encoded.dictionary)
