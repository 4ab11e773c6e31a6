"""What reviewers' judgements come to: one state per pair, and what a list leaves out because of them.

A pair is the two records whoever was the case. Each reviewer counts with the last judgement that was not withdrawn, so
a changed mind is a further judgement and nothing is ever overwritten.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Literal

from matcher.leads.adjustment import scaled
from matcher.types import CandidateList, Suppression
from matcher.workspace.values import Decision, Ground, Judgement

PairState = Literal["confirmed", "awaiting_second", "rejected", "conflict", "need_dna", "deferred", "open"]
"""`confirmed`: by two reviewers, nobody against; `awaiting_second`: by one so far; `conflict`: confirmed and rejected;
`open`: every judgement was withdrawn."""

Pair = tuple[str, str]
"""Two case numbers, ascending."""

REVIEWERS_TO_CONFIRM = 2


@dataclass(frozen=True, slots=True)
class JudgedPair:
    """Where a pair stands.

    Parameters
    ----------
    pair : Pair
        The two records.
    state : PairState
        What the standing judgements come to.
    standing : tuple of Decision
        The last judgement of each reviewer, in the order they were made; withdrawn ones are gone.
    """

    pair: Pair
    state: PairState
    standing: tuple[Decision, ...]

    @property
    def ground(self) -> Ground | None:
        """Ground truth behind a confirmed or rejected pair; None = there is none, or the pair is neither."""
        wanted = {"confirmed": "confirm", "rejected": "reject"}.get(self.state)
        grounds = [item.ground for item in self.standing if item.judgement == wanted and item.ground is not None]
        return grounds[-1] if grounds else None


def pair_of(one: str, other: str) -> Pair:
    """Order two case numbers.

    >>> pair_of("M1", "A1")
    ('A1', 'M1')
    """
    return (one, other) if one <= other else (other, one)


def judged_pairs(decisions: Iterable[Decision]) -> dict[Pair, JudgedPair]:
    """Work out the state of every pair that was judged, from judgements in the order they were made."""
    ordered = sorted(decisions, key=lambda item: pair_of(item.probe_id, item.record_id))
    grouped = groupby(ordered, key=lambda item: pair_of(item.probe_id, item.record_id))
    return {pair: _judged(pair, items) for pair, items in grouped}


def suppressions(
    record_id: str, judged: Mapping[Pair, JudgedPair], seqs: Mapping[str, int]
) -> dict[str, Suppression]:  # fmt: skip
    """Return, by case number, what the list of one record leaves out: rejected, and no new evidence on either side.

    Parameters
    ----------
    record_id : str
        The record whose list it is.
    judged : mapping
        Of `judged_pairs`.
    seqs : mapping of str to int
        Number of the last change of each record concerned; a record that is not named counts as changed.
    """
    found = {}
    for pair, item in judged.items():
        if record_id in pair and item.state == "rejected" and not has_new_evidence(item, seqs):
            other = pair[0] if pair[1] == record_id else pair[1]
            last = item.standing[-1]
            found[other] = Suppression(other, last.reviewer, last.reason, last.at)
    return found


def has_new_evidence(judged: JudgedPair, seqs: Mapping[str, int]) -> bool:
    """Tell whether either record changed after the last standing judgement on the pair."""
    last = judged.standing[-1]
    known = ((last.probe_id, last.probe_seq), (last.record_id, last.record_seq))
    return any(seq is None or seqs.get(record_id, seq + 1) > seq for record_id, seq in known)


def without(candidates: CandidateList, hidden: Mapping[str, Suppression]) -> CandidateList:
    """Take rejected records out of a list: Bayes' theorem given that none of them is the person.

    The shares of the others, of kin and of nobody grow in proportion; likelihood ratios stay.
    """
    if not hidden:
        return candidates
    out = [lead for lead in candidates.leads if lead.record_id in hidden]
    rest = max(1.0 - sum(lead.posterior for lead in out), 0.0)
    grow = 1.0 / rest if rest > 0.0 else 0.0
    leads = tuple(
        replace(scaled(lead, grow), rank=rank)
        for rank, lead in enumerate((lead for lead in candidates.leads if lead.record_id not in hidden), 1)
    )
    return replace(
        candidates,
        leads=leads,
        nobody=candidates.nobody * grow if rest > 0.0 else 1.0,
        kin=candidates.kin * grow,
        expected_wrong=len(leads) - sum(lead.posterior for lead in leads),
        suppressed=tuple(hidden[lead.record_id] for lead in out),
    )


def _judged(pair: Pair, items: Iterable[Decision]) -> JudgedPair:
    last: dict[str, Decision] = {}
    for item in items:
        last.pop(item.reviewer, None)  # a further judgement moves its reviewer to the end
        if item.judgement != "withdraw":
            last[item.reviewer] = item
    standing = tuple(last.values())
    return JudgedPair(pair, _state([item.judgement for item in standing]), standing)


def _state(judgements: list[Judgement]) -> PairState:
    confirmed, rejected = judgements.count("confirm"), judgements.count("reject")
    if confirmed and rejected:
        return "conflict"
    if confirmed:
        return "confirmed" if confirmed >= REVIEWERS_TO_CONFIRM else "awaiting_second"
    if rejected:
        return "rejected"
    if "need_dna" in judgements:
        return "need_dna"
    return "deferred" if judgements else "open"
