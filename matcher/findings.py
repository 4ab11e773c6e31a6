"""What came of comparing: evidence channel by channel, and the ranked leads of a candidate list. Frozen values.

Everybody speaks of them through `matcher.types`, which hands them on beside the evidence that they come from.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

ChannelName = Literal["face", "name", "place", "dna", "demographics"]
CHANNEL_NAMES: tuple[ChannelName, ...] = ("face", "name", "place", "dna", "demographics")

Hypothesis = Literal["self", "sibling", "parent_child"]
HYPOTHESES: tuple[Hypothesis, ...] = ("self", "sibling", "parent_child")
"""What the probe may be to the subject of a record: the same person, a full sibling, or parent or child. Each has a
likelihood ratio of its own, always against an unrelated person."""


@dataclass(frozen=True, slots=True)
class Part:
    """One addend of a channel's log10 LR.

    Parameters
    ----------
    channel : ChannelName
        Channel the part belongs to.
    column : str
        Column compared, or `bounded` for what the channel's floor or ceiling took away or gave back.
    log10_lr : float
        Signed contribution; positive supports "same person".
    """

    channel: ChannelName
    column: str
    log10_lr: float


Comparison = Literal["compared", "probe_missing", "record_missing", "both_missing", "not_comparable"]
"""`not_comparable`: both sides have evidence, but of sorts that say nothing about each other (two families' DNA)."""


@dataclass(frozen=True, slots=True)
class ChannelEvidence:
    """What one channel says about a probe and a record.

    Parameters
    ----------
    channel : ChannelName
        The channel.
    log10_lr : float
        Sum of `parts`; exactly 0 unless `comparison` is `compared`.
    comparison : Comparison
        Whether there was something to compare, and if not, which side lacks it.
    parts : tuple of Part
        Addends of `log10_lr`.
    words : tuple of str
        Explanation in the language asked for, one sentence each.
    """

    channel: ChannelName
    log10_lr: float
    comparison: Comparison
    parts: tuple[Part, ...] = ()
    words: tuple[str, ...] = ()


AdjustmentKind = Literal["discounted", "tied"]
"""`discounted`: a channel counts for less than it says; `tied`: two channels say partly the same thing."""


@dataclass(frozen=True, slots=True)
class Adjustment:
    """What fusion takes off the plain sum of the channels, or gives back.

    Parameters
    ----------
    kind : AdjustmentKind
        Why.
    channels : tuple of ChannelName
        The channel discounted, or the two that are tied.
    log10_lr : float
        Signed contribution to the fused log10 LR.
    """

    kind: AdjustmentKind
    channels: tuple[ChannelName, ...]
    log10_lr: float


@dataclass(frozen=True, slots=True)
class HypothesisShare:
    """What one hypothesis about a record has, taken by itself: as if no other record could be the person's.

    Several records of one person share `Lead.posterior` between them; here they do not, so that hypotheses about one
    record can be compared.

    Parameters
    ----------
    hypothesis : Hypothesis
        What the probe may be to the record's subject.
    log10_lr : float
        Fused log10 LR against an unrelated person.
    posterior : float
        Its posterior; with those of the other hypotheses and "unrelated" it sums to 1.
    """

    hypothesis: Hypothesis
    log10_lr: float
    posterior: float


@dataclass(frozen=True, slots=True)
class PersonRecord:
    """A further record taken for the same person as a lead: its fused log10 LR and its posterior."""

    record_id: str
    log10_lr: float
    posterior: float


@dataclass(frozen=True, slots=True)
class Suppression:
    """A record left out of a list because a reviewer rejected it and neither side has new evidence since.

    Parameters
    ----------
    record_id : str
        Case number.
    reviewer, reason : str
        Who rejected it last, and why.
    at : str
        When, UTC, ISO 8601.
    """

    record_id: str
    reviewer: str
    reason: str
    at: str


@dataclass(frozen=True, slots=True)
class Lead:
    """One ranked, explained candidate for a probe; never an identification.

    Parameters
    ----------
    probe_id, record_id : str
        Case numbers.
    rank : int
        1 = first of the candidate list.
    log10_lr : float
        Fused log10 LR under the hypothesis of the list, the sum over `channels` and `adjustments`.
    posterior : float
        Probability that this record's subject is what the list asks for: the probe's own person, unless the list is of
        another hypothesis.
    channels : tuple of ChannelEvidence
        One entry per channel, also for those with nothing to compare.
    adjustments : tuple of Adjustment
        What fusion took off the plain sum of `channels`; empty = nothing.
    hypotheses : tuple of HypothesisShare
        One entry per hypothesis that was weighed, the list's own included. Empty = only the list's own was.
    others : tuple of PersonRecord
        Further records taken for the same person, best first; empty = none, or the list is not grouped by person.
    """

    probe_id: str
    record_id: str
    rank: int
    log10_lr: float
    posterior: float
    channels: tuple[ChannelEvidence, ...]
    adjustments: tuple[Adjustment, ...] = ()
    hypotheses: tuple[HypothesisShare, ...] = ()
    others: tuple[PersonRecord, ...] = ()

    @property
    def person_posterior(self) -> float:
        """Posterior of the person: the sum over this record and the others taken for the same person."""
        return self.posterior + sum(other.posterior for other in self.others)

    @property
    def likeliest(self) -> Hypothesis | None:
        """The hypothesis with the greatest posterior; None when none was weighed against the list's own."""
        return max(self.hypotheses, key=lambda share: share.posterior).hypothesis if self.hypotheses else None


Stratum = Literal["fresh", "long_stayer"]
"""`fresh`: at a station for days or weeks; `long_stayer` 长期滞留: for more than three months."""


@dataclass(frozen=True, slots=True)
class CandidateList:
    """Leads of one probe with what must be known to read them.

    Parameters
    ----------
    probe_id : str
        Case number of the probe.
    gallery_size : int
        Records scored, the probe's own excluded.
    prior_in_database : float
        Prior probability that the probe's person is in the gallery at all.
    nobody : float
        Posterior probability that neither the probe's person nor a sibling, parent or child is in this database.
    expected_wrong : float
        Expected number of wrong leads in the list: the list length minus the sum of the persons' posteriors.
    calibrated : bool
        False: probabilities come from summed LRs and have not been checked against outcomes.
    leads : tuple of Lead
        Best first; ties in order of record id.
    hypothesis : Hypothesis
        What the list asks for: what the probe is to the subjects of its records.
    kin : float
        Posterior probability that a sibling, parent or child of the probe's person is in this database, but not the
        person; with `nobody` and the posterior of the person it sums to 1.
    stratum : Stratum or None
        What the prior was chosen for; None = it was given, or the length of stay is not known.
    fusion : str
        Name of the fusion model that made the numbers; empty = the plain sum of the channels.
    alert_log10_lr : float or None
        Fused log10 LR from which a lead raises an alert; None = no alerts were asked for.
    suppressed : tuple of Suppression
        Records left out because they were rejected before.
    learned_from : int
        Reviewed cases whose outcomes corrected the posteriors; 0 = they are those of the fusion model.
    """

    probe_id: str
    gallery_size: int
    prior_in_database: float
    nobody: float
    expected_wrong: float
    calibrated: bool
    leads: tuple[Lead, ...] = field(default=())
    hypothesis: Hypothesis = "self"
    kin: float = 0.0
    stratum: Stratum | None = None
    fusion: str = ""
    alert_log10_lr: float | None = None
    suppressed: tuple[Suppression, ...] = ()
    learned_from: int = 0

    @property
    def alerts(self) -> tuple[Lead, ...]:
        """Leads that reach the alert threshold; none when no threshold was asked for."""
        lowest = self.alert_log10_lr
        return () if lowest is None else tuple(lead for lead in self.leads if lead.log10_lr >= lowest)
