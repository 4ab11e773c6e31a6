"""From a cosine to a likelihood ratio: one curve per pair of age groups, bounded and exact by construction.

For each pair of age groups the cosines of photos of one person (genuine) and of two (impostor) are given as small
normal mixtures g and u on a grid of cosines. Then

* `u' = (1 - delta) u + delta g`: a share delta of "different" pairs is the same person after all (labels, twins);
* `g' = (1 - epsilon) g + epsilon u'`: a share epsilon of photos shows somebody else (swapped or misfiled photos);
* `LR = g' / u'`, made non-decreasing by pooling neighbours with weights u'.

Each step keeps `sum(u' * LR) = sum(g') = 1` exactly, and `epsilon <= LR <= 1 / delta`: the bounds are part of the
model, not cut off afterwards. Blurred photos weaken g towards u before these steps (`mixtures.attenuate`).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib.resources import files
from itertools import product
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from matcher.errors import ReferenceDataError
from matcher.face.ages import AGE_GROUPS
from matcher.face.centring import Centring
from matcher.face.mixtures import GRID, Mixture, PairDistributions, attenuate
from matcher.face.strata import CLASS_RELIABILITY, split
from matcher.face.support import CeilingSupport, read_support, support_table
from matcher.types import AgeGroup

Float64 = NDArray[np.float64]

PAIRS: tuple[str, ...] = ("adult-adult", "adult-child", "child-child")
FORMAT = 1
CURVES_FILE = "face-curves.json"
"""A station's own curves, in its workspace or beside the models of the installation."""


@dataclass(frozen=True, slots=True)
class LrCurve:
    """A calibrated curve with the background it was made for.

    Parameters
    ----------
    impostor : ndarray of float64, shape (401,)
        Probability of each cosine of `GRID` for two different persons.
    log10_lr : ndarray of float64, shape (401,)
        Non-decreasing; `sum(impostor * 10 ** log10_lr)` is 1.
    """

    impostor: Float64
    log10_lr: Float64


@dataclass(frozen=True, slots=True)
class FaceCurves:
    """Everything that turns cosines of one recogniser into evidence.

    Parameters
    ----------
    model_id : str
        Recogniser the curves belong to.
    dim : int
        Length of its embeddings.
    floor, ceiling : float
        Bounds in log10 LR that the data behind the curves support.
    unknown_child_share : float
        Probability that a photo of unknown age group shows a child.
    pairs : mapping of str to PairDistributions
        One entry for each of `PAIRS`.
    source : str
        Where the distributions come from.
    centring : Centring or None
        Means that are subtracted before cosines are taken; the distributions then belong to centred cosines.
    support : CeilingSupport or None
        What a ceiling rests on that a gallery's strangers gave; None = it belongs to the distributions.
    """

    model_id: str
    dim: int
    floor: float
    ceiling: float
    unknown_child_share: float
    pairs: Mapping[str, PairDistributions]
    source: str
    centring: Centring | None = None
    support: CeilingSupport | None = None

    def curve(self, probe: AgeGroup, record: AgeGroup, *, reliability: float = 1.0) -> LrCurve:
        """Return the curve of a pair of age groups; an unknown group is a mixture of both.

        Parameters
        ----------
        probe, record : AgeGroup
            When each photo was taken; the order does not matter.
        reliability : float
            Product of both photos' reliabilities in (0, 1].
        """
        genuine, impostor = np.zeros_like(GRID), np.zeros_like(GRID)
        for (a, share_a), (b, share_b) in product(self._shares(probe), self._shares(record)):
            pair = self.pairs["-".join(sorted((a, b)))]
            impostor += share_a * share_b * pair.impostor.on_grid()
            genuine += share_a * share_b * attenuate(pair, reliability).on_grid()
        return bounded_curve(genuine, impostor, floor=self.floor, ceiling=self.ceiling)

    def of_strata(self, probe: int, record: int) -> LrCurve:
        """Return the curve of two photos, given the code of each one's age group and class of quality."""
        (group, quality), (other, other_quality) = split(probe), split(record)
        return self.curve(group, other, reliability=CLASS_RELIABILITY[quality] * CLASS_RELIABILITY[other_quality])

    def _shares(self, group: AgeGroup) -> tuple[tuple[str, float], ...]:
        if group != "unknown":
            return ((group, 1.0),)
        return (("child", self.unknown_child_share), ("adult", 1.0 - self.unknown_child_share))


def bounded_curve(genuine: Float64, impostor: Float64, *, floor: float, ceiling: float) -> LrCurve:
    """Make the bounded, non-decreasing LR curve of two distributions on `GRID`, as the module docstring derives it."""
    epsilon, delta = 10.0**floor, 10.0**-ceiling
    background = (1.0 - delta) * impostor + delta * genuine
    same = (1.0 - epsilon) * genuine + epsilon * background
    ratio = pool_adjacent(same / background, background)
    return LrCurve(background, np.log10(ratio))


def pool_adjacent(values: Float64, weights: Float64) -> Float64:
    """Return the closest non-decreasing sequence; pools keep the weighted sum.

    Source: pool adjacent violators, Ayer et al., Annals of Mathematical Statistics 26 (1955) 641.

    >>> pool_adjacent(np.array([1.0, 3.0, 2.0]), np.array([1.0, 1.0, 3.0])).tolist()
    [1.0, 2.25, 2.25]
    """
    pools: list[tuple[float, float, int]] = []
    for value, weight in zip(values.tolist(), weights.tolist(), strict=True):
        pool = (value, weight, 1)
        while pools and pools[-1][0] >= pool[0]:
            before = pools.pop()
            total = before[1] + pool[1]
            pool = ((before[0] * before[1] + pool[0] * pool[1]) / total, total, before[2] + pool[2])
        pools.append(pool)
    return np.repeat([pool[0] for pool in pools], [pool[2] for pool in pools]).astype(np.float64)


def default_curves() -> FaceCurves:
    """Return the curves of the default recogniser, from published statistics."""
    resource = files("matcher.face").joinpath("data/curves/sface-2021dec.json")
    return parse_curves(resource.read_text(encoding="utf-8"), origin="sface-2021dec.json")


def station_curves(directories: Sequence[Path]) -> FaceCurves:
    """Return the curves of the first directory that holds `CURVES_FILE`, else the published ones.

    Raises
    ------
    ReferenceDataError
        When that file is not a curve file.
    """
    found = next((directory / CURVES_FILE for directory in directories if (directory / CURVES_FILE).is_file()), None)
    return default_curves() if found is None else read_curves(found)


def read_curves(path: Path) -> FaceCurves:
    """Read curves that `matcher face calibrate` wrote.

    Raises
    ------
    ReferenceDataError
        When the file is absent or not a curve file.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ReferenceDataError(f"cannot read '{path}': {error}", remedy="give the path of a curve file") from error
    return parse_curves(text, origin=str(path))


def parse_curves(text: str, *, origin: str) -> FaceCurves:
    """Check and read the text of a curve file; `origin` names it in errors."""
    try:
        table = json.loads(text)
        if table["format"] != FORMAT:
            raise ValueError(f"format {table['format']}, expected {FORMAT}")
        pairs = {
            name: PairDistributions(
                _mixture(table["pairs"][name]["genuine"]), _mixture(table["pairs"][name]["impostor"])
            )
            for name in PAIRS
        }
        curves = FaceCurves(
            model_id=str(table["model_id"]),
            dim=int(table["dim"]),
            floor=float(table["floor_log10_lr"]),
            ceiling=float(table["ceiling_log10_lr"]),
            unknown_child_share=float(table["unknown_child_share"]),
            pairs=pairs,
            source=str(table["source"]),
            centring=_centring(table.get("centring"), int(table["dim"])),
            support=_support(table),
        )
        if not (curves.floor < 0.0 < curves.ceiling and 0.0 <= curves.unknown_child_share <= 1.0):
            raise ValueError("bounds must enclose 0 and the share of children lie in [0, 1]")
    except (ValueError, KeyError, TypeError) as error:
        raise ReferenceDataError(
            f"'{origin}' is not a face curve file: {error}", remedy="make a new one with `matcher face calibrate`"
        ) from error
    return curves


def curves_text(curves: FaceCurves) -> str:
    """Return the text of a curve file, readable again by `parse_curves`."""
    table: dict[str, object] = {
        "format": FORMAT,
        "model_id": curves.model_id,
        "dim": curves.dim,
        "source": curves.source,
        "floor_log10_lr": curves.floor,
        "ceiling_log10_lr": curves.ceiling,
        "unknown_child_share": curves.unknown_child_share,
        "pairs": {
            name: {
                "genuine": asdict(curves.pairs[name].genuine),
                "impostor": asdict(curves.pairs[name].impostor),
            }
            for name in PAIRS
        },
    }
    if curves.centring is not None:
        table["centring"] = {
            "photos": dict(zip(AGE_GROUPS, curves.centring.photos, strict=True)),
            "means": dict(zip(AGE_GROUPS, np.round(curves.centring.means, 7).tolist(), strict=True)),
        }
    if curves.support is not None:
        table["ceiling_support"] = support_table(curves.support)
    return json.dumps(table, indent=1, ensure_ascii=False) + "\n"


def _centring(table: Mapping[str, Mapping[str, list[float] | int]] | None, dim: int) -> Centring | None:
    if table is None:
        return None
    means = np.array([table["means"][group] for group in AGE_GROUPS], np.float64)
    if means.shape != (len(AGE_GROUPS), dim) or not np.isfinite(means).all():
        raise ValueError(f"centring needs {dim} finite numbers for each of {', '.join(AGE_GROUPS)}")
    photos = tuple(int(table["photos"][group]) for group in AGE_GROUPS)  # type: ignore[arg-type]
    return Centring(means, photos)


def _support(table: Mapping[str, object]) -> CeilingSupport | None:
    found = table.get("ceiling_support")
    if found is None:
        return None
    if not isinstance(found, Mapping):
        raise TypeError("'ceiling_support' is not a table")
    support = read_support(found)
    if not support.base <= support.ceiling == table["ceiling_log10_lr"]:
        raise ValueError("the support of the ceiling is that of another ceiling")
    return support


def _mixture(table: Mapping[str, list[float]]) -> Mixture:
    return Mixture(tuple(table["weight"]), tuple(table["mean"]), tuple(table["sd"]))
