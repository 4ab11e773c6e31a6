"""Distributions of cosines: small normal mixtures, of one person and of two, on a grid."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Float64 = NDArray[np.float64]

GRID: Float64 = np.linspace(-1.0, 1.0, 401)
"""Cosines at which distributions and curves are tabulated."""

MIN_SD = 0.03
"""Narrower mixtures would leave parts of the grid without any probability in float64."""


@dataclass(frozen=True, slots=True)
class Mixture:
    """Normal mixture over cosines: `weight` sums to 1, `mean` in cosines, `sd` at least `MIN_SD`."""

    weight: tuple[float, ...]
    mean: tuple[float, ...]
    sd: tuple[float, ...]

    def __post_init__(self) -> None:
        """Refuse what is not a distribution."""
        if not len(self.weight) == len(self.mean) == len(self.sd) or not self.weight:
            raise ValueError("weight, mean and sd need the same length, at least one")
        if abs(math.fsum(self.weight) - 1.0) > 1e-6 or min(self.weight) < 0.0 or min(self.sd) < MIN_SD:
            raise ValueError(f"weights must sum to 1 and each sd be at least {MIN_SD}")

    def on_grid(self) -> Float64:
        """Return the probability of each cell of `GRID`, shape (401,), summing to 1."""
        density = np.zeros_like(GRID)
        for weight, mean, sd in zip(self.weight, self.mean, self.sd, strict=True):
            density += weight / sd * np.exp(-0.5 * ((GRID - mean) / sd) ** 2)
        return np.asarray(density / density.sum(), np.float64)

    @property
    def total_mean(self) -> float:
        """Mean of the whole mixture."""
        return math.fsum(w * m for w, m in zip(self.weight, self.mean, strict=True))

    @property
    def total_sd(self) -> float:
        """Standard deviation of the whole mixture."""
        second = math.fsum(w * (s * s + m * m) for w, m, s in zip(self.weight, self.mean, self.sd, strict=True))
        return math.sqrt(second - self.total_mean**2)


@dataclass(frozen=True, slots=True)
class PairDistributions:
    """Cosines of one pair of age groups: of the same person, and of two persons."""

    genuine: Mixture
    impostor: Mixture


def attenuate(pair: PairDistributions, reliability: float) -> Mixture:
    """Weaken the genuine distribution for a photo whose embedding keeps only a share of its direction.

    With `x' = r x + sqrt(1 - r^2) n` and n a direction of nobody in particular, a genuine cosine becomes r times
    itself plus sqrt(1 - r^2) times an impostor's deviation: r = 1 changes nothing, r -> 0 gives the impostors.
    """
    centre, spread = pair.impostor.total_mean, pair.impostor.total_sd
    return Mixture(
        weight=pair.genuine.weight,
        mean=tuple(centre + reliability * (mean - centre) for mean in pair.genuine.mean),
        sd=tuple(math.sqrt((reliability * sd) ** 2 + (1.0 - reliability**2) * spread**2) for sd in pair.genuine.sd),
    )
