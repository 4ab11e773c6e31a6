"""From judgements to reviews: what the lists promise, without any correction, for the leads whose outcome is known.

Who goes down a list looks at the second lead because the first was wrong. So a lead is held against what the list
promises of it then - its share of what the leads found wrong before it have left,

    P(k right | j.. wrong) = P_k / (1 - sum_j P_j),

and the reviews of a case multiply to the probability of all its outcomes together. Held against P_k itself, the lower
leads of an honest list come true too often, and the more so, the more is reviewed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from matcher.leads.adjustment import Review
from matcher.leads.judgements import JudgedPair, Pair
from matcher.types import CandidateList, Stratum


@dataclass(frozen=True, slots=True)
class ReviewedLeads:
    """Reviews with what could not be used.

    Parameters
    ----------
    reviews : tuple of Review
        One per case and person, down to the right one.
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
        candidates = list_of(case)
        found = list(_on_list(outcomes, candidates))
        leads = ((promised, any(known)) for promised, known in found)
        reviews += chained(case, leads, candidates.stratum)
        unlisted += len(outcomes) - sum(len(known) for _, known in found)
    groundless = sum(item.state == "confirmed" and item.ground is None for item in judged.values())
    return ReviewedLeads(tuple(reviews), groundless, unlisted)


def chained(case: str, leads: Iterable[tuple[float, bool]], stratum: Stratum | None = None) -> Iterator[Review]:
    """Yield the reviews of one case, each given those before it; none after the right person, when nothing is open.

    Parameters
    ----------
    case : str
        Case number.
    leads : iterable of (float, bool)
        Posterior of each person whose outcome is known, best first, and whether it was right.
    stratum : Stratum or None
        Of the case's list.

    >>> [review.posterior for review in chained("A1", [(0.5, False), (0.25, True), (0.1, False)])]
    [0.5, 0.5]
    """
    left = 1.0
    for posterior, right in leads:
        yield Review(case, posterior / left if posterior < left else 1.0, right, stratum)
        if right:
            return
        left -= posterior


def _on_list(outcomes: Mapping[str, bool], found: CandidateList) -> Iterator[tuple[float, list[bool]]]:
    """Yield the posterior of every person on the list with records of known outcome, and those outcomes."""
    for lead in found.leads:
        known = [outcomes[i] for i in (lead.record_id, *(other.record_id for other in lead.others)) if i in outcomes]
        if known:
            yield lead.person_posterior, known
