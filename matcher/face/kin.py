"""Faces of brothers, sisters, parents and children: alike, but little, and the evidence is kept small accordingly.

No kinship photographs exist for the default recogniser: the curves rest on published verification rates. On Families
in the Wild, networks trained for kinship decide about 78 % of balanced pairs correctly, siblings better than parents
and children (Robinson et al., Recognizing Families in the Wild: the 4th edition, FG 2020, arXiv:2002.06303; Shadrikov,
Achieving better kinship recognition through better baseline, FG 2020, arXiv:2006.11739, with an ArcFace network). A
recogniser that was trained to tell relatives apart, used as it is, does less; how much less is a judgement of this
project: `CORRECT` below. Cosines of kin are those of strangers moved up, which for two equal normal distributions and a
correct share p means by 2 z(p) deviations, z the quantile of the normal distribution.

Identical twins are no case of this: their cosines are those of one person.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from statistics import NormalDist

from matcher.face.calibration import FaceCurves
from matcher.face.mixtures import Mixture, PairDistributions
from matcher.types import Hypothesis

CORRECT: Mapping[Hypothesis, float] = {"sibling": 0.68, "parent_child": 0.65}
"""Correct decisions on balanced pairs of kin and strangers that are assumed; .5 would be none at all."""

FLOOR, CEILING = -0.5, 1.0
"""Bounds in log10 LR: what resembles a brother most resembles the person himself, and many brothers are not alike."""


def curves_for(curves: FaceCurves, hypothesis: Hypothesis) -> FaceCurves:
    """Return the curves under which two photos show the same person, siblings, or parent and child."""
    if hypothesis == "self":
        return curves
    pairs = {name: _kin(pair, CORRECT[hypothesis]) for name, pair in curves.pairs.items()}
    return replace(curves, pairs=pairs, floor=FLOOR, ceiling=CEILING)


def _kin(pair: PairDistributions, correct: float) -> PairDistributions:
    strangers = pair.impostor
    moved = 2.0 * NormalDist().inv_cdf(correct) * strangers.total_sd
    return PairDistributions(
        Mixture(strangers.weight, tuple(mean + moved for mean in strangers.mean), strangers.sd), strangers
    )
