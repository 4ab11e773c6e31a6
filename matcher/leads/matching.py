"""One probe against the whole gallery: compile, scan, re-score exactly, weigh the hypotheses, rank.

Lists hold numbers; words are put to what is shown of them (`matcher.leads.reviewing.worded`).

Pure: everything comes in as arguments, and a probe, its plans, the scores and the leads are printable values.

The scan finds the best records under the hypothesis of the list. They are re-scored in float64 under the other
hypotheses too, and put in the order of what they are worth (`matcher.leads.fusion.worth_order`). So a brother's record
stands below the person's own, never vanishes, and says what it is.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matcher.engine.exact import exact_totals, leaders
from matcher.engine.shortlist import ScanProbe, Shortlist
from matcher.leads.fusion import (
    RecordShares,
    listed_posterior,
    log10_mixture,
    posterior_alone,
    record_shares,
    worth_order,
)
from matcher.leads.fusion_model import fused_log10_lr
from matcher.leads.fusion_prior import prior_in_database, prior_of_hypothesis, stratum_of
from matcher.leads.pairs import channel_numbers, compile_plans, totals_by_hypothesis
from matcher.leads.prepared_gallery import PreparedGallery
from matcher.types import (
    HYPOTHESES,
    Adjustment,
    CandidateList,
    ChannelEvidence,
    Hypothesis,
    HypothesisShare,
    Lead,
    Stratum,
    Subject,
)

Float64 = NDArray[np.float64]
Numbers = Mapping[int, tuple[ChannelEvidence, ...]]


@dataclass(frozen=True, slots=True)
class ListRequest:
    """What sort of candidate list is wanted.

    Parameters
    ----------
    top : int
        Greatest number of leads.
    prior_in_database : float or None
        Prior probability that the person is in the gallery at all; None = that of the case's stratum.
    threads : int
        Worker threads of the scan.
    hypothesis : Hypothesis
        What the probe is to be to the subjects of the records.
    alert_fpir : float or None
        Greatest share of probes without a mate that may raise an alert; None = no alerts.
    """

    top: int
    prior_in_database: float | None = None
    threads: int = 1
    hypothesis: Hypothesis = "self"
    alert_fpir: float | None = None


@dataclass(frozen=True, slots=True)
class _Prior:
    """What is believed beforehand: that the list's sort of record is here at all, and the rate of each other sort."""

    stratum: Stratum | None
    in_database: float
    listed: float
    rates: Mapping[Hypothesis, float]

    def listed_odds(self, eligible: int) -> float:
        """Return the prior odds that one record is what the list asks for, against nobody."""
        return self.listed / (1.0 - self.listed) / max(eligible, 1)


@dataclass(frozen=True, slots=True)
class _Weighed:
    """Records of the list, best first: rows, exact numbers, fused log10 LRs by hypothesis, posteriors."""

    rows: tuple[int, ...]
    numbers: Numbers
    adjustments: Mapping[int, tuple[Adjustment, ...]]
    fused: Mapping[Hypothesis, Float64]
    shares: RecordShares


def candidates(probe: Subject, prepared: PreparedGallery, request: ListRequest) -> CandidateList:
    """Rank the gallery for one probe.

    The probe's own record is left out. The best are found among everything that can reach the list once scored
    exactly, so the list is the same as if every record had been scored in float64.
    """
    compiled = _scan_probe(probe, prepared, request)
    found = prepared.search.best(compiled, request.top, threads=request.threads)
    return _listed(probe, (compiled, found), prepared, request)


def candidate_lists(
    probes: Iterable[Subject], prepared: PreparedGallery, request: ListRequest, *, expected: int
) -> Iterator[CandidateList]:
    """Yield the candidate list of each probe, in order, the same as `candidates` gives; many are scanned in one pass.

    Parameters
    ----------
    probes : iterable of Subject
        Compiled some dozens at a time.
    prepared, request
        As of `candidates`.
    expected : int
        About how many probes there will be.
    """
    waiting: deque[tuple[Subject, ScanProbe]] = deque()

    def compiled() -> Iterator[ScanProbe]:
        for probe in probes:
            waiting.append((probe, _scan_probe(probe, prepared, request)))
            yield waiting[-1][1]

    for found in prepared.search.best_of_each(compiled(), request.top, expected=expected, threads=request.threads):
        probe, scanned = waiting.popleft()
        yield _listed(probe, (scanned, found), prepared, request)


def _scan_probe(probe: Subject, prepared: PreparedGallery, request: ListRequest) -> ScanProbe:
    plans = compile_plans(probe, prepared, request.hypothesis)
    return ScanProbe(plans, prepared.gallery.position(probe.record_id), prepared.fusion.combination)


def _listed(
    probe: Subject, scanned: tuple[ScanProbe, Shortlist], prepared: PreparedGallery, request: ListRequest
) -> CandidateList:
    """Score a shortlist exactly and weigh the hypotheses."""
    eligible = scanned[1].eligible
    prior = _prior(probe, prepared, request, eligible)
    weighed = _weighed(probe, scanned, prepared, request, prior)
    leads = tuple(_lead(probe, prepared, request, weighed, place) for place in range(len(weighed.rows)))
    fpir, model = request.alert_fpir, prepared.fusion
    return CandidateList(
        probe_id=probe.record_id,
        gallery_size=eligible,
        prior_in_database=prior.in_database,
        nobody=weighed.shares.nobody,
        expected_wrong=len(leads) - sum(lead.posterior for lead in leads),
        calibrated=model.calibrated,
        leads=leads,
        hypothesis=request.hypothesis,
        kin=weighed.shares.kin,
        stratum=prior.stratum,
        fusion=model.name,
        alert_log10_lr=None
        if fpir is None
        else model.alert_log10_lr(fpir, gallery_size=eligible, stratum=prior.stratum),
    )


def _prior(probe: Subject, prepared: PreparedGallery, request: ListRequest, eligible: int) -> _Prior:
    given = request.prior_in_database
    stratum = stratum_of(probe, prepared.as_of_day) if given is None else None
    in_database = prior_in_database(stratum) if given is None else given
    rates = {
        hypothesis: prior_of_hypothesis(hypothesis, in_database) / max(eligible, 1)
        for hypothesis in HYPOTHESES
        if hypothesis != request.hypothesis
    }
    return _Prior(stratum, in_database, prior_of_hypothesis(request.hypothesis, in_database), rates)


def _weighed(
    probe: Subject,
    scanned: tuple[ScanProbe, Shortlist],
    prepared: PreparedGallery,
    request: ListRequest,
    prior: _Prior,
) -> _Weighed:
    compiled, found = scanned
    gallery, model = prepared.gallery, prepared.fusion
    totals = exact_totals(compiled.plans, gallery, found.rows, model.combination)
    kept = leaders(totals, request.top)
    numbers = channel_numbers(compiled.plans, prepared, found.rows[kept])
    adjustments = {row: model.adjustments(channels) for row, channels in numbers.items()}
    own = np.array([fused_log10_lr(numbers[row], adjustments[row]) for row in numbers], np.float64)
    # Rows ascend with the record id, and a stable sort keeps that order among equals.
    chosen = np.argsort(-own, kind="stable")[: request.top]
    kept, own = kept[chosen], own[chosen]
    asked = [hypothesis for hypothesis in HYPOTHESES if hypothesis != request.hypothesis]
    others = totals_by_hypothesis(probe, prepared, found.rows[kept], asked)
    own_over_mixture = own - log10_mixture(others, prior.rates, own.shape[0])
    totals[kept] = own_over_mixture
    posterior = listed_posterior(
        own_over_mixture,
        log10_sum=found.corrected_log10_sum(totals),
        eligible=found.eligible,
        prior_in_database=prior.listed,
    )
    alone = posterior_alone(own_over_mixture, prior.listed_odds(found.eligible))
    shares = record_shares(posterior, alone, others, prior.rates, unlisted=found.eligible - own.shape[0])
    order = worth_order(shares, own_over_mixture)
    return _Weighed(
        rows=tuple(int(found.rows[kept[place]]) for place in order),
        numbers=numbers,
        adjustments=adjustments,
        fused={name: values[order] for name, values in {request.hypothesis: own, **others}.items()},
        shares=RecordShares(
            shares.own[order],
            {name: values[order] for name, values in shares.others.items()},
            shares.alone[order],
            shares.nobody,
            shares.kin,
        ),
    )


def _lead(probe: Subject, prepared: PreparedGallery, request: ListRequest, weighed: _Weighed, place: int) -> Lead:
    row = weighed.rows[place]
    evidence = weighed.numbers[row]
    posteriors = {request.hypothesis: weighed.shares.alone, **weighed.shares.others}
    shares = tuple(
        HypothesisShare(name, float(weighed.fused[name][place]), float(posteriors[name][place]))
        for name in HYPOTHESES
        if name in weighed.fused
    )
    return Lead(
        probe_id=probe.record_id,
        record_id=str(prepared.gallery.record_ids[row]),
        rank=place + 1,
        log10_lr=fused_log10_lr(evidence, weighed.adjustments[row]),
        posterior=float(weighed.shares.own[place]),
        channels=evidence,
        adjustments=weighed.adjustments[row],
        hypotheses=shares if len(shares) > 1 else (),
    )
