"""Arithmetic of evidence in one unit: the base-10 logarithm of a likelihood ratio (the "ban").

Invariants: 0 means "says nothing"; a missing observation contributes exactly 0; the mean of several LRs of one
piece of evidence is again an LR, their maximum is not.

Source: I. J. Good, Probability and the Weighing of Evidence (1950); ENFSI Guideline for Evaluative Reporting in
Forensic Science (2015) for the verbal scale; Bruemmer & du Preez, Computer Speech & Language 20 (2006) 230 for
the calibration view of LRs.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Literal

Language = Literal["zh", "en"]

# Lower limits of log10 LR in support of Hp, with the wording of the ENFSI guideline (2015), table in section 2.5,
# and our Chinese wording for the same steps.
_VERBAL_STEPS: tuple[tuple[float, str, str], ...] = (
    (6.0, "extremely strong support", "极强支持"),
    (4.0, "very strong support", "很强支持"),
    (3.0, "strong support", "强支持"),
    (2.0, "moderately strong support", "较强支持"),
    (1.0, "moderate support", "中等支持"),
    (math.log10(2.0), "weak support", "弱支持"),
)


Claim = Literal["self", "sibling", "parent_child", "relation"]
_CLAIMS: dict[Claim, dict[Language, tuple[str, str]]] = {
    "self": {"zh": ("系同一人", "非同一人"), "en": ("the same person", "different persons")},
    "sibling": {"zh": ("系兄弟姐妹", "非兄弟姐妹"), "en": ("siblings", "unrelated persons")},
    "parent_child": {"zh": ("系父母子女", "非父母子女"), "en": ("parent and child", "unrelated persons")},
    "relation": {"zh": ("所述亲缘关系", "无此亲缘关系"), "en": ("the stated relation", "no such relation")},
}


def log10_sum(values: Sequence[float]) -> float:
    """Return log10 of the sum of `10 ** value`, safely for large values.

    An empty sequence gives minus infinity, the logarithm of an empty sum.

    >>> round(log10_sum([1.0, 1.0]), 6)
    1.30103
    """
    if not values:
        return -math.inf
    top = max(values)
    if math.isinf(top):
        return top
    return top + math.log10(math.fsum(math.pow(10.0, value - top) for value in values))


def log10_mean(values: Sequence[float]) -> float:
    """Return log10 of the mean LR; 0 for an empty sequence (nothing observed says nothing).

    >>> log10_mean([])
    0.0
    >>> round(log10_mean([2.0, -10.0]), 6)
    1.69897
    """
    return log10_sum(values) - math.log10(len(values)) if values else 0.0


def bound(log10_lr: float, floor: float, ceiling: float) -> float:
    """Clip a log10 LR to what the validation data of its channel can support."""
    return min(max(log10_lr, floor), ceiling)


def probability(log10_odds: float) -> float:
    """Convert base-10 log odds to a probability without overflow.

    >>> probability(0.0)
    0.5
    """
    if log10_odds > 0:
        return 1.0 / (1.0 + math.pow(10.0, -log10_odds))
    odds = math.pow(10.0, log10_odds)
    return odds / (1.0 + odds)


def verbal_scale(log10_lr: float, language: Language, claim: Claim = "self") -> str:
    """Say a log10 LR in words, for the side it supports.

    Parameters
    ----------
    log10_lr : float
        Total or per-channel value; sign gives the side.
    language : {"zh", "en"}
        Language of the wording.
    claim : {"self", "sibling", "parent_child", "relation"}
        What the LR is for, against unrelated persons; `relation` is whatever kinship the question stated.

    Source: ENFSI Guideline for Evaluative Reporting in Forensic Science (2015), verbal equivalents.

    >>> verbal_scale(4.2, "en")
    'very strong support for the same person'
    >>> verbal_scale(0.1, "en")
    'no support for either side'
    >>> verbal_scale(-1.5, "zh", "sibling")
    '中等支持非兄弟姐妹'
    """
    magnitude = abs(log10_lr)
    for lower, english, chinese in _VERBAL_STEPS:
        if magnitude >= lower:
            side = _CLAIMS[claim][language][0 if log10_lr > 0 else 1]
            return f"{chinese}{side}" if language == "zh" else f"{english} for {side}"
    return "两方均无支持" if language == "zh" else "no support for either side"
