"""From log10 LRs to probabilities, with an explicit share for "nobody in this database".

In this version the channels' bounded log10 LRs are summed as if they were independent. That ranks well and is
over-confident: name and place depend on each other, and so do face and kinship. Every output therefore says
*uncalibrated*.

Source: open-set posterior P_i = pi_i LR_i / (pi_0 + sum_j pi_j LR_j) - Bayes' theorem over "record i is the person"
(prior pi_i) and "nobody in this database is" (prior pi_0).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matcher.errors import UsageError

DEFAULT_PRIOR_IN_DATABASE = 0.3
"""Prior probability that the person is in the gallery at all. Source: rescue stations identified between 23 % and
35 % of their long-staying clients in the drives that published figures; 0.3 lies between."""


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


def _check_prior(prior_in_database: float) -> None:
    if not 0.0 < prior_in_database < 1.0:
        raise UsageError(
            f"prior {prior_in_database} is not between 0 and 1", remedy="give the share of cases that you can solve"
        )
