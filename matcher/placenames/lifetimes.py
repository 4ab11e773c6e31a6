"""Whether a person can have known a name: one that ended before the birth is heard only from the elders."""

from __future__ import annotations

import numpy as np

from matcher.placenames.gazetteer import Gazetteer
from matcher.placenames.resolve import Resolution

LINGERS_YEARS = 15.0
FAINTEST = 0.05
"""A name that ended y years before the birth is used with e^(-y / LINGERS_YEARS) of its frequency, never below
FAINTEST: families keep calling places as they did. Judgements; no survey of the use of abolished names is known."""
BIRTH_STEP_YEARS = 5


def in_lifetime(gazetteer: Gazetteer, resolution: Resolution, born: int | None) -> Resolution:
    """Weigh what a told place may mean by whether its name was in use in the speaker's life.

    Parameters
    ----------
    born : int or None
        Year of birth; None = not known, which changes nothing.

    Returns
    -------
    Resolution
        The same object where no name ended before the birth.
    """
    if born is None or not resolution.nodes.size:
        return resolution
    gone = np.maximum(0, born - gazetteer.last_years[resolution.via])
    if not gone.any():
        return resolution
    weights = resolution.weights * np.maximum(np.exp(-gone / LINGERS_YEARS), FAINTEST)
    total = float(weights.sum()) + resolution.unlisted
    return Resolution(resolution.nodes, weights / total, resolution.via, resolution.unlisted / total)
