"""From what the scan found to what is shown: rejected pairs out, one person once, posteriors corrected, words last."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from matcher.leads.adjustment import Adjustments, adjusted
from matcher.leads.grouping import Judged, grouped, persons_of
from matcher.leads.judgements import JudgedPair, Pair, suppressions, without
from matcher.leads.mutual import Pairs
from matcher.leads.pairs import put_into_words
from matcher.leads.prepared_gallery import PreparedGallery
from matcher.llr import Language
from matcher.types import CandidateList, Subject, Suppression

LONGER = 1.5
"""How many times the wanted persons are scanned at first: most lists hold few records of one person."""

LONGEST = 4
"""How many times they are scanned where that did not yield them: a hundred-record wanderer fills 50 places twice."""


@dataclass(frozen=True, slots=True)
class ListOptions:
    """What is done to a list once the records are ranked.

    Parameters
    ----------
    group : bool
        Show each person once.
    include_rejected : bool
        List records that a reviewer rejected, too.
    learn : bool
        Correct posteriors by what reviewed cases taught, where anything was learned.
    """

    group: bool = True
    include_rejected: bool = False
    learn: bool = True


@dataclass(frozen=True, slots=True)
class Reviewer:
    """What reviewers said about a workspace's pairs, and what was learned from it.

    Parameters
    ----------
    judged : mapping of Pair to JudgedPair
        State of every judged pair.
    seqs : mapping of str to int
        Number of the last change of every record concerned.
    adjustments : mapping of Stratum or None to PosteriorAdjustment
        Lists of a stratum without one stay as they are.
    """

    judged: Mapping[Pair, JudgedPair]
    seqs: Mapping[str, int]
    adjustments: Adjustments = field(default_factory=dict)

    def hidden(self, probe_id: str, options: ListOptions) -> dict[str, Suppression]:
        """Return what the list of a record leaves out."""
        return {} if options.include_rejected else suppressions(probe_id, self.judged, self.seqs)

    def pairs(self) -> Judged:
        """Return the pairs that reviewers told to be one person, and told apart."""
        states = {state: frozenset(pair for pair, item in self.judged.items() if item.state == state)
                  for state in ("confirmed", "rejected")}  # fmt: skip
        return Judged(states["confirmed"], states["rejected"])


def scan_length(top: int, hidden: int, options: ListOptions, *, again: bool = False) -> int:
    """Return how many records to scan for `top` persons.

    >>> scan_length(50, 0, ListOptions()), scan_length(50, 2, ListOptions(group=False))
    (75, 52)
    """
    factor = (LONGEST if again else LONGER) if options.group else 1
    return int(top * factor) + hidden


def reviewed(
    found: CandidateList,
    reviewer: Reviewer,
    top: int,
    options: ListOptions,
    pairs: Pairs,
    subjects: Mapping[str, Subject],
) -> CandidateList:
    """Apply judgements, grouping and correction to a list that is longer than wanted; words are still to be put.

    `subjects` holds the records of the list by case number; they are looked at only where persons are to be grouped.
    """
    shown = without(found, reviewer.hidden(found.probe_id, options))
    if options.group:
        shown = grouped(shown, persons_of(shown.leads, pairs, subjects, reviewer.pairs(), top=top), top)
    elif len(shown.leads) > top:
        leads = shown.leads[:top]
        shown = replace(shown, leads=leads, expected_wrong=top - sum(lead.posterior for lead in leads))
    learned = reviewer.adjustments.get(found.stratum) if options.learn else None
    return shown if learned is None else adjusted(shown, learned)


def worded(
    found: CandidateList, probe: Subject, subjects: Mapping[str, Subject], prepared: PreparedGallery, language: Language
) -> CandidateList:
    """Put the evidence of every lead into words."""
    leads = tuple(
        replace(
            lead,
            channels=put_into_words(lead.channels, probe, subjects[lead.record_id], prepared.channels, language),
        )
        for lead in found.leads
    )
    return replace(found, leads=leads)
