"""What a place says of a home nearby: where somebody got lost, seen as a statement about the home."""

from __future__ import annotations

import numpy as np

from matcher.placenames.gazetteer import Gazetteer
from matcher.placenames.nameparts import COUNTY, PREFECTURE, PROVINCE
from matcher.placenames.resolve import Resolution

NEARBY = {COUNTY: 0.35, PREFECTURE: 0.15, PROVINCE: 0.20}
"""Probability that the home is in the county where a person got lost, in that prefecture at large, or in the province
at large; the rest is anywhere. A judgement: old people and children get lost near home, migrants where they work;
station reports tell of both without counting them."""


def somewhere_near(gazetteer: Gazetteer, found: Resolution) -> Resolution:
    """Widen each place to the county, prefecture and province around it."""
    shares: dict[int, float] = {}
    for place, weight in zip(found.nodes.tolist(), found.weights.tolist(), strict=True):
        around = _around(gazetteer, place)
        for level, share in NEARBY.items():
            # A place larger than a county, or a county without prefecture, stands for what it is part of.
            inner = max((known for known in around if known <= level), default=None)
            if inner is not None:
                shares[around[inner]] = shares.get(around[inner], 0.0) + weight * share
    nodes = np.array(sorted(shares), np.int32)
    weights = np.array([shares[int(node)] for node in nodes])
    return Resolution(nodes, weights, nodes, max(0.0, 1.0 - float(weights.sum())))


def _around(gazetteer: Gazetteer, place: int) -> dict[int, int]:
    """Return the place and those above it by level."""
    found: dict[int, int] = {}
    while place >= 0:
        found[int(gazetteer.level[place])] = place
        place = int(gazetteer.parent[place])
    return found
