"""From judgements to reviews: what the lists promise, without any correction, for the leads whose outcome is known."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from matcher.leads.adjustment import Review
from matcher.leads.judgements import JudgedPair, Pair
from matcher.types import CandidateList


@dataclass(frozen=True, slots=True)
class ReviewedLeads:
    """Reviews with what could not be used.

    Parameters
    ----------
    reviews : tuple of Review
        One per case and person.
    groundless : int
        Pairs confirmed by two reviewers without ground truth.
    unlisted : int
        Judged pairs whose record stands on no list of the length asked for.
    """

    reviews: tuple[Review, ...]
    groundless: int
    unlisted: int


def outcome(item: JudgedPair) -> bool | None:
    """Return whether a judged pair turned out right; None = not known.

    A confirmation counts with ground truth alone, for two people can share one error; a rejection counts as it is.
    """
    if item.state == "rejected":
        return False
    return True if item.state == "confirmed" and item.ground is not None else None


def reviewed_leads(judged: Mapping[Pair, JudgedPair], list_of: Callable[[str], CandidateList]) -> ReviewedLeads:
    """Look up every pair of known outcome on the list of its case.

    Parameters
    ----------
    judged : mapping of Pair to JudgedPair
        Every judged pair.
    list_of : callable
        Gives the list of a case without correction, rejected records included.
    """
    by_case: dict[str, dict[str, bool]] = {}
    for item in judged.values():
        right = outcome(item)
        if right is not None:
            last = item.standing[-1]
            by_case.setdefault(last.probe_id, {})[last.record_id] = right
    reviews: list[Review] = []
    unlisted = 0
    for case, outcomes in sorted(by_case.items()):
        found = list(_on_list(case, outcomes, list_of(case)))
        reviews += [review for review, _ in found]
        unlisted += len(outcomes) - sum(records for _, records in found)
    groundless = sum(item.state == "confirmed" and item.ground is None for item in judged.values())
    return ReviewedLeads(tuple(reviews), groundless, unlisted)


def _on_list(case: str, outcomes: Mapping[str, bool], found: CandidateList) -> Iterable[tuple[Review, int]]:
    """Yield a review for every person on the list with a record of known outcome, and how many such records."""
    for lead in found.leads:
        known = [outcomes[i] for i in (lead.record_id, *(other.record_id for other in lead.others)) if i in outcomes]
        if known:
            yield Review(case, min(lead.person_posterior, 1.0), any(known)), len(known)
