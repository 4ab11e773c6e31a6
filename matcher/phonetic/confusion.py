"""P(heard syllable | true syllable, region): the sound model that names and places share.

The matrix of a region is a mixture of hearing right, accented Mandarin of the region (`accents`), its raw dialect in
two views (`dialects`) and general mishearing (`articulation`); see METHOD.md for how the weights were chosen. Matrices
are computed once and cached read-only.
"""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

from matcher.errors import UsageError
from matcher.phonetic.accents import accent
from matcher.phonetic.articulation import general_mishearing
from matcher.phonetic.dialects import VIEWS, dialect
from matcher.phonetic.regions import CHILD, REGION_IDS, STANDARD
from matcher.phonetic.syllables import syllable_count

Float64 = NDArray[np.float64]

SPEECH_REGIONS: tuple[str, ...] = (STANDARD, *REGION_IDS, CHILD)
"""Every id that `confusion` takes, in the order of `confusion_stack`."""

STANDARD_PRIOR = 0.5
CHILD_PRIOR = 0.02
KNOWN_REGION_SHARE = 0.8
"""Weight of the region that a 口音 field names; the rest stays spread, because clerks mistake accents."""

_STANDARD_MIX = {"right": 0.88, "general": 0.12}
_REGION_MIX = {"right": 0.25, "accent": 0.35, "homophony": 0.14, "ear": 0.18, "general": 0.08}
"""Shares of heard syllables; a view without a dialect point on record gives its share to the accent."""


@cache
def confusion(region: str | None) -> Float64:
    """Return P(heard syllable | true syllable) for a region.

    Parameters
    ----------
    region : str or None
        One of `SPEECH_REGIONS`; None = unknown region: the mixture over all of them by `region_prior(None)`.

    Returns
    -------
    ndarray of float64, shape (S, S)
        Row = true syllable, column = heard syllable, rows sum to 1; the unknown syllable 0 is heard as itself.
        Read-only.

    Raises
    ------
    UsageError
        When the region is not known.
    """
    if region is None:
        mixed: Float64 = np.tensordot(region_prior(None), confusion_stack(), axes=1)
        mixed.setflags(write=False)
        return mixed
    if region not in SPEECH_REGIONS:
        raise UsageError(f"region '{region}' is not known", remedy=f"use one of {', '.join(SPEECH_REGIONS)}")
    identity = np.eye(syllable_count())
    if region == STANDARD:
        result = _STANDARD_MIX["right"] * identity + _STANDARD_MIX["general"] * general_mishearing()
    else:
        result = _REGION_MIX["right"] * identity + _REGION_MIX["general"] * general_mishearing()
        for view in VIEWS:
            table = dialect(region, view) if region != CHILD else None
            result += _REGION_MIX[view] * (accent(region) if table is None else table)
        result += _REGION_MIX["accent"] * accent(region)
    result /= result.sum(axis=1, keepdims=True)
    result.setflags(write=False)
    return result


@cache
def confusion_stack() -> Float64:
    """Return the matrices of all `SPEECH_REGIONS`, shape (R, S, S); read-only."""
    stack = np.stack([confusion(region) for region in SPEECH_REGIONS])
    stack.setflags(write=False)
    return stack


@cache
def region_prior(region: str | None) -> Float64:
    """Return the prior over `SPEECH_REGIONS`, shape (R,).

    Parameters
    ----------
    region : str or None
        Region that the record's 口音 names; None = not recorded.
    """
    spread = (1.0 - STANDARD_PRIOR - CHILD_PRIOR) / len(REGION_IDS)
    prior = np.full(len(SPEECH_REGIONS), spread)
    prior[0], prior[-1] = STANDARD_PRIOR, CHILD_PRIOR
    if region is not None:
        if region not in SPEECH_REGIONS:
            raise UsageError(f"region '{region}' is not known", remedy=f"use one of {', '.join(SPEECH_REGIONS)}")
        prior *= 1.0 - KNOWN_REGION_SHARE
        prior[SPEECH_REGIONS.index(region)] += KNOWN_REGION_SHARE
    prior.setflags(write=False)
    return prior
