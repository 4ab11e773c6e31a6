"""One probe against the whole gallery: compile, scan, re-score exactly, rank, explain.

Pure: everything comes in as arguments, and a probe, its plans, the scores and the leads are printable values.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from matcher.engine.channel import Channel, Compiler, Plan
from matcher.engine.exact import exact_totals, leaders
from matcher.engine.gallery import Gallery
from matcher.engine.scan import exact_parts, present
from matcher.engine.search import Search
from matcher.engine.shortlist import ScanProbe, Shortlist
from matcher.leads.fusion import listed_posterior
from matcher.llr import Language
from matcher.types import CandidateList, ChannelEvidence, ChannelName, Comparison, Lead, Subject

ReadSubjects = Callable[[Sequence[str]], Mapping[str, Subject]]
"""Fetches the evidence of a few records, for words only."""


@dataclass(frozen=True, slots=True)
class PreparedGallery:
    """A gallery with every channel's compiler made ready.

    Parameters
    ----------
    gallery : Gallery
        Encoded records.
    channels : tuple of Channel
        In the order in which evidence is shown.
    compilers : mapping of channel name to Compiler
        One for each channel.
    search : Search
        Made from the gallery; keeps what a scan needs from probe to probe.
    """

    gallery: Gallery
    channels: tuple[Channel, ...]
    compilers: Mapping[ChannelName, Compiler]
    search: Search = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Open the search."""
        object.__setattr__(self, "search", Search(self.gallery))


@dataclass(frozen=True, slots=True)
class ListRequest:
    """What sort of candidate list is wanted.

    Parameters
    ----------
    top : int
        Greatest number of leads.
    prior_in_database : float
        Prior probability that the person is in the gallery at all.
    language : {"zh", "en"}
        Language of the words.
    threads : int
        Worker threads of the scan.
    """

    top: int
    prior_in_database: float
    language: Language = "zh"
    threads: int = 1


def candidates(
    probe: Subject, prepared: PreparedGallery, request: ListRequest, read_subjects: ReadSubjects
) -> CandidateList:
    """Rank the gallery for one probe and explain the best records.

    The probe's own record is left out. The best are found among everything that can reach the list once scored
    exactly, so the list is the same as if every record had been scored in float64.
    """
    compiled = _scan_probe(probe, prepared)
    found = prepared.search.best(compiled, request.top, threads=request.threads)
    return _explained(probe, (compiled, found), prepared, request, read_subjects)


def candidate_lists(
    probes: Iterable[Subject],
    prepared: PreparedGallery,
    request: ListRequest,
    read_subjects: ReadSubjects,
    *,
    expected: int,
) -> Iterator[CandidateList]:
    """Yield the candidate list of each probe, in order, the same as `candidates` gives; many are scanned in one pass.

    Parameters
    ----------
    probes : iterable of Subject
        Compiled some dozens at a time.
    prepared, request, read_subjects
        As of `candidates`.
    expected : int
        About how many probes there will be.
    """
    waiting: deque[tuple[Subject, ScanProbe]] = deque()

    def compiled() -> Iterator[ScanProbe]:
        for probe in probes:
            waiting.append((probe, _scan_probe(probe, prepared)))
            yield waiting[-1][1]

    for found in prepared.search.best_of_each(compiled(), request.top, expected=expected, threads=request.threads):
        probe, scanned = waiting.popleft()
        yield _explained(probe, (scanned, found), prepared, request, read_subjects)


def _scan_probe(probe: Subject, prepared: PreparedGallery) -> ScanProbe:
    return ScanProbe(compile_plans(probe, prepared), prepared.gallery.position(probe.record_id))


def _explained(
    probe: Subject,
    scanned: tuple[ScanProbe, Shortlist],
    prepared: PreparedGallery,
    request: ListRequest,
    read_subjects: ReadSubjects,
) -> CandidateList:
    """Score a shortlist exactly, cut it to the list and put each lead into words."""
    gallery, (compiled, found) = prepared.gallery, scanned
    totals = exact_totals(compiled.plans, gallery, found.rows)
    numbers = _channel_numbers(compiled.plans, prepared, found.rows[leaders(totals, request.top)])
    fused = {row: math.fsum(item.log10_lr for item in channels) for row, channels in numbers.items()}
    # Rows ascend with the record id, and a stable sort keeps that order among equals.
    best = sorted(fused, key=lambda row: -fused[row])[: request.top]
    posterior = listed_posterior(
        np.array([fused[row] for row in best]),
        log10_sum=found.corrected_log10_sum(totals),
        eligible=found.eligible,
        prior_in_database=request.prior_in_database,
    )
    subjects = read_subjects([str(gallery.record_ids[row]) for row in best])
    leads = tuple(
        _lead(probe, subjects, prepared, request, (rank, row, float(share), numbers[row]))
        for rank, (row, share) in enumerate(zip(best, posterior.records, strict=True), 1)
    )
    return CandidateList(
        probe_id=probe.record_id,
        gallery_size=found.eligible,
        prior_in_database=request.prior_in_database,
        nobody=posterior.nobody,
        expected_wrong=len(leads) - sum(lead.posterior for lead in leads),
        calibrated=False,
        leads=leads,
    )


def compile_plans(probe: Subject, prepared: PreparedGallery) -> list[Plan]:
    """Compile a probe for every channel that it has evidence for."""
    compiled = (prepared.compilers[channel.name].compile(probe) for channel in prepared.channels)
    return [plan for plan in compiled if plan is not None]


def pair_evidence(
    probe: Subject, record: Subject, prepared: PreparedGallery, language: Language
) -> tuple[ChannelEvidence, ...]:
    """Compare a probe with one record of the gallery, in the numbers that the candidate list would show.

    Raises
    ------
    KeyError
        When the record is not in the gallery.
    """
    row = prepared.gallery.position(record.record_id)
    if row is None:
        raise KeyError(record.record_id)
    numbers = _channel_numbers(compile_plans(probe, prepared), prepared, np.array([row]))[row]
    return put_into_words(numbers, probe, record, prepared.channels, language)


def put_into_words(
    evidence: Sequence[ChannelEvidence],
    probe: Subject,
    record: Subject,
    channels: Sequence[Channel],
    language: Language,
) -> tuple[ChannelEvidence, ...]:
    """Give every channel's evidence its words in one language; numbers stay as they are."""
    by_name = {channel.name: channel for channel in channels}
    return tuple(
        ChannelEvidence(
            item.channel,
            item.log10_lr,
            item.comparison,
            item.parts,
            by_name[item.channel].describe(probe, record, item.parts, language) if item.parts else (),
        )
        for item in evidence
    )


def _channel_numbers(
    plans: Sequence[Plan], prepared: PreparedGallery, rows: NDArray[np.int64]
) -> dict[int, tuple[ChannelEvidence, ...]]:
    """Return the exact numbers of every channel for the records named, without words."""
    plan_of = {plan.channel: plan for plan in plans}
    found: dict[int, list[ChannelEvidence]] = {int(row): [] for row in rows}
    for channel in prepared.channels:
        columns = prepared.gallery.codes[channel.name]
        plan = plan_of.get(channel.name)
        for row, recorded in zip(found, present(columns, rows), strict=True):
            parts = exact_parts(plan, columns, row) if plan else ()
            comparison = _comparison(compared=bool(parts), probe_has=plan is not None, record_has=bool(recorded))
            evidence = ChannelEvidence(channel.name, math.fsum(p.log10_lr for p in parts), comparison, parts)
            found[row].append(evidence)
    return {row: tuple(channels) for row, channels in found.items()}


def _comparison(*, compared: bool, probe_has: bool, record_has: bool) -> Comparison:
    if compared:
        return "compared"
    if probe_has and record_has:
        return "not_comparable"
    if probe_has:
        return "record_missing"
    return "probe_missing" if record_has else "both_missing"


def _lead(
    probe: Subject,
    subjects: Mapping[str, Subject],
    prepared: PreparedGallery,
    request: ListRequest,
    ranked: tuple[int, int, float, tuple[ChannelEvidence, ...]],
) -> Lead:
    rank, row, posterior, numbers = ranked
    record_id = str(prepared.gallery.record_ids[row])
    evidence = put_into_words(numbers, probe, subjects[record_id], prepared.channels, request.language)
    return Lead(
        probe_id=probe.record_id,
        record_id=record_id,
        rank=rank,
        log10_lr=math.fsum(item.log10_lr for item in evidence),
        posterior=posterior,
        channels=evidence,
    )
