"""From fused log10 LRs to probabilities, with an explicit share for "nobody in this database".

One person has his own records; each of the others is, or is not, a sibling's or a parent's or child's. So the records
compete for being what the list asks for, against each other and against nobody; and each by itself is asked whether
another hypothesis explains it better. With r_h = m_h / N the prior that a record is about somebody related as h,

    mixture_i = 1 + sum_h r_h (LR_h,i - 1)                   what else record i can be: unrelated, or related as h
    P(own_i)  = pi/N LR_i / mixture_i / (1 - pi + sum_j pi/N LR_j / mixture_j)
    P(h_i)    = (1 - A_i) r_h LR_h,i / mixture_i             A_i: P(own_i) as if no other record could be

A brother's record agrees with the probe in face, surname and home, so its LR for the same person is high; but the LR
for a sibling is higher, the mixture grows with it, and the record gives way to one that only identity explains.
Several records of one person share P(own); A_i does not, so that they are not taken for a sibling's. P(h_i) is a lower
limit where others compete: at most 1 - P(own_i) times the same.

Source: Bayes' theorem over "record i is the person" (prior pi / N each) and "nobody in this database is" (prior
1 - pi), with alternatives that contain more than unrelated persons: ENFSI Guideline for Evaluative Reporting in
Forensic Science (2015), section 2.2 on the choice of propositions; C. Brenner & B. Weir, Theor. Popul. Biol. 63 (2003)
173 for priors of kin among the records of one search.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matcher.errors import UsageError
from matcher.types import Hypothesis

Float64 = NDArray[np.float64]


OTHERWISE_WORTH = 0.5
"""What a record about a sibling, parent or child is worth beside the person's own. Knob, no source: it leads to the
same family, by one more step."""


@dataclass(frozen=True, slots=True)
class OpenSetPosterior:
    """Posterior over all records and nobody.

    Parameters
    ----------
    records : ndarray of float64, shape (N,)
        P(record i is the person); 0 for records that were left out.
    nobody : float
        P(nobody in this database is the person); `records.sum() + nobody == 1` where all records are given.
    """

    records: NDArray[np.float64]
    nobody: float


def open_set_posterior(log10_lr: NDArray[np.float64], prior_in_database: float) -> OpenSetPosterior:
    """Turn fused log10 LRs into probabilities.

    Parameters
    ----------
    log10_lr : ndarray of float64, shape (N,)
        Fused values; minus infinity marks a record that is left out (the probe's own).
    prior_in_database : float
        In (0, 1); shared equally among the records that are not left out.

    Raises
    ------
    UsageError
        For a prior outside (0, 1).
    """
    _check_prior(prior_in_database)
    eligible = int((log10_lr > -np.inf).sum())
    if eligible == 0:
        return OpenSetPosterior(np.zeros(log10_lr.shape[0]), 1.0)
    weights = log10_lr + math.log10(prior_in_database / eligible)
    log10_nobody = math.log10(1.0 - prior_in_database)
    top = max(float(weights.max()), log10_nobody)
    shares = 10.0 ** (weights - top)
    nobody = math.pow(10.0, log10_nobody - top)
    total = float(shares.sum()) + nobody
    return OpenSetPosterior(shares / total, nobody / total)


def listed_posterior(
    log10_lr: NDArray[np.float64], *, log10_sum: float, eligible: int, prior_in_database: float
) -> OpenSetPosterior:
    """Turn the fused log10 LRs of a few records into probabilities, given what all records weigh together.

    Parameters
    ----------
    log10_lr : ndarray of float64, shape (n,)
        Fused values of the records to be listed.
    log10_sum : float
        log10 of the sum of the LRs of all eligible records, the listed ones included.
    eligible : int
        Records that share the prior.
    prior_in_database : float
        As in `open_set_posterior`, of which this is a part; the records that are not listed hold the rest.

    Raises
    ------
    UsageError
        For a prior outside (0, 1).
    """
    _check_prior(prior_in_database)
    if eligible == 0:
        return OpenSetPosterior(np.zeros(log10_lr.shape[0]), 1.0)
    log10_share = math.log10(prior_in_database / eligible)
    log10_nobody = math.log10(1.0 - prior_in_database)
    top = max(log10_sum + log10_share, log10_nobody)
    nobody = math.pow(10.0, log10_nobody - top)
    total = math.pow(10.0, log10_sum + log10_share - top) + nobody
    return OpenSetPosterior(10.0 ** (log10_lr + log10_share - top) / total, nobody / total)


@dataclass(frozen=True, slots=True)
class RecordShares:
    """Posteriors of the listed records under every hypothesis.

    Parameters
    ----------
    own : ndarray of float64, shape (n,)
        P(record i is what the list asks for).
    others : mapping of Hypothesis to ndarray of float64, shape (n,)
        P(record i is about somebody related otherwise).
    alone : ndarray of float64, shape (n,)
        P(record i is what the list asks for) as if no other record could be; what `others` are weighed against.
    nobody : float
        P(no record of the gallery is about the probe under any hypothesis).
    kin : float
        P(no record is what the list asks for, but some record is about the probe under another hypothesis).
    """

    own: Float64
    others: Mapping[Hypothesis, Float64]
    alone: Float64
    nobody: float
    kin: float


def log10_mixture(others: Mapping[Hypothesis, Float64], rates: Mapping[Hypothesis, float], count: int) -> Float64:
    """Return log10 of the LR of "anything else" against "unrelated" for each of `count` records.

    Parameters
    ----------
    others : mapping of Hypothesis to ndarray of float64, shape (count,)
        Fused log10 LRs of the other hypotheses.
    rates : mapping of Hypothesis to float
        Prior that one record is about somebody so related.
    """
    total = np.ones(count)
    for hypothesis, values in others.items():
        total += rates[hypothesis] * (10.0**values - 1.0)
    return np.log10(total)


def record_shares(
    own: OpenSetPosterior,
    alone: Float64,
    others: Mapping[Hypothesis, Float64],
    rates: Mapping[Hypothesis, float],
    *,
    unlisted: int,
) -> RecordShares:
    """Share out what the records' own posteriors leave among the other hypotheses.

    Parameters
    ----------
    own : OpenSetPosterior
        Of the listed records, from LRs over their mixtures; its `nobody` is P(no record is what the list asks for).
    alone : ndarray of float64, shape (n,)
        The same of each record as if no other could be: `posterior_alone`.
    others, rates
        As of `log10_mixture`.
    unlisted : int
        Eligible records that are not listed; each keeps its prior, which is right on average: the mean LR of unrelated
        records is 1.
    """
    mixture = 10.0 ** log10_mixture(others, rates, own.records.shape[0])
    related = {name: rates[name] * 10.0**values / mixture for name, values in others.items()}
    unrelated = 1.0 - sum(related.values(), start=np.zeros(own.records.shape[0]))
    rest = unlisted * math.log1p(-sum(rates[name] for name in others))
    none_related = float(np.exp(np.log(np.maximum(unrelated, 1e-300)).sum() + rest))
    shares = {name: (1.0 - alone) * share for name, share in related.items()}
    return RecordShares(own.records, shares, alone, own.nobody * none_related, own.nobody * (1.0 - none_related))


def posterior_alone(over_mixture: Float64, prior_odds: float) -> Float64:
    """Return P(own) of each record as if it were the only one that could be.

    Parameters
    ----------
    over_mixture : ndarray of float64, shape (n,)
        Fused log10 LRs over their mixtures.
    prior_odds : float
        Of one record being what the list asks for, against nobody being in the database.
    """
    odds = prior_odds * 10.0**over_mixture
    return odds / (1.0 + odds)


def worth_order(shares: RecordShares, over_mixture: Float64) -> NDArray[np.int64]:
    """Return the positions of a list's records, those worth most first.

    A record is worth the probability that it is what the list asks for, and `OTHERWISE_WORTH` of the probability that
    it is about the probe in another way. Both are taken as if it were the only record that could be: what other records
    say changes no order, and no sum over all records, which a scan knows to three digits only, can turn one round.
    """
    otherwise = sum(shares.others.values(), start=np.zeros(over_mixture.shape[0]))
    # Equals stand by their LR, then as they come, by record id.
    return np.lexsort((-over_mixture, -(shares.alone + OTHERWISE_WORTH * otherwise)))


def _check_prior(prior_in_database: float) -> None:
    if not 0.0 < prior_in_database < 1.0:
        raise UsageError(
            f"prior {prior_in_database} is not between 0 and 1", remedy="give the share of cases that you can solve"
        )
