"""Mutation models: probability that a parent's allele i reaches the child as allele j.

Rows are parental alleles and sum to 1. All matrices run over the alleles of one frequency table in its order, with
an optional silent allele last that neither arises nor mutates. A parameter may differ between father and mother.

Source: Simonsson & Mostad, FSI: Genetics 23 (2016) 217 (stationary models); Egeland, Kling & Mostad, Relationship
Inference with Familias and R (2016), ch. 5 (equal, proportional, stepwise, extended stepwise); Dawid, Mortera &
Pascali, FSI 124 (2001) 55 (stationary stepwise).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from matcher.errors import InputError
from matcher.str_loci.alleles import SILENT

Float64 = NDArray[np.float64]
MutationKind = Literal["none", "equal", "proportional", "stepwise", "onestep", "dawid"]
MUTATION_KINDS: tuple[MutationKind, ...] = ("none", "equal", "proportional", "stepwise", "onestep", "dawid")


@dataclass(frozen=True, slots=True)
class SexRates:
    """A parameter for transmissions from fathers and from mothers."""

    male: float = 0.0
    female: float = 0.0

    def __post_init__(self) -> None:
        """Refuse what is not a probability."""
        if not (0.0 <= self.male <= 1.0 and 0.0 <= self.female <= 1.0):
            raise InputError(f"mutation parameter {self} is outside [0, 1]", remedy="give rates such as 0.002")


@dataclass(frozen=True, slots=True)
class MutationModel:
    """A named model with its parameters.

    Parameters
    ----------
    kind : MutationKind
        `stepwise` with `rate2` > 0 is the extended stepwise model of Familias.
    rate : SexRates
        Probability of a mutation per transmission (for `stepwise`: of whole-repeat steps).
    step_range : SexRates
        Ratio between the probabilities of k + 1 and k steps (`stepwise`, `dawid`).
    rate2 : SexRates
        Probability of mutating into another microvariant group (`stepwise`).
    stationary : bool
        Apply the PM transformation, which keeps the allele frequencies and the expected rate.
    """

    kind: MutationKind = "none"
    rate: SexRates = SexRates()
    step_range: SexRates = SexRates(0.1, 0.1)
    rate2: SexRates = SexRates()
    stationary: bool = False

    def matrix(self, alleles: Sequence[int], frequencies: Float64, *, parent: Literal["male", "female"]) -> Float64:
        """Tabulate the model over one locus, shape (n, n), for transmissions from fathers or from mothers.

        Parameters
        ----------
        alleles : sequence of int
            Tenths of a repeat, ascending; `SILENT` may stand last.
        frequencies : ndarray of float64, shape (n,)
            Allele frequencies, sum 1.
        parent : {"male", "female"}
            Whose rates to use.

        Raises
        ------
        InputError
            When the rate is too large for these alleles, so that a probability leaves [0, 1].
        """
        rate, step = getattr(self.rate, parent), getattr(self.step_range, parent)
        visible = len(alleles) - (SILENT in alleles)
        result = np.eye(len(alleles))
        if self.kind == "none" or visible < 2:
            return result
        p = frequencies[:visible]
        if self.kind == "dawid" and any(allele % 10 for allele in alleles[:visible]):
            raise InputError("mutation model 'dawid' knows whole repeats only", remedy="use stepwise with rate2")
        if self.kind == "equal":
            block = _with_diagonal(np.full((visible, visible), rate / (visible - 1)))
        elif self.kind == "proportional":
            block = _proportional(p, rate)
        elif self.kind == "stepwise":
            block = _stepwise(np.asarray(alleles[:visible]), rate, step, getattr(self.rate2, parent))
        elif self.kind == "onestep":
            block = _onestep(np.asarray(alleles[:visible]), rate)
        else:
            block = _dawid(np.asarray(alleles[:visible]), p, rate, step)
        if self.stationary:
            block = _stabilised(block, p / p.sum())
        if block.min() < -1e-12 or block.max() > 1 + 1e-12:
            raise InputError(
                f"mutation model '{self.kind}' with rate {rate} leaves [0, 1] on this allele table",
                remedy="lower the rate or choose another model",
            )
        result[:visible, :visible] = block
        return result


NO_MUTATION = MutationModel()

# GB/T 37223 practice, as three independent open codes of Chinese laboratories apply it: 0.002 per transmission from
# the father, 0.0005 from the mother of a trio, a tenth for each further step; rate2 as in the worked examples of
# Egeland, Kling & Mostad (2016).
DEFAULT_MUTATION = MutationModel(
    "stepwise", SexRates(0.002, 0.0005), step_range=SexRates(0.1, 0.1), rate2=SexRates(1e-5, 1e-5)
)


def _with_diagonal(off_diagonal: Float64) -> Float64:
    """Set the diagonal so that every row sums to 1."""
    matrix = off_diagonal.copy()
    np.fill_diagonal(matrix, 0.0)
    np.fill_diagonal(matrix, 1.0 - matrix.sum(axis=1))
    return matrix


def _proportional(p: Float64, rate: float) -> Float64:
    # With a silent allele the visible frequencies are renormalised and the factor is divided by their sum, so that
    # the expected rate over all transmissions, silent ones included, is `rate`.
    total = p.sum()
    f = p / total
    factor = rate / (f * (1.0 - f)).sum() / total
    return _with_diagonal(np.tile(factor * f, (len(f), 1)))


def _stepwise(alleles: NDArray[np.int64], rate: float, step: float, rate2: float) -> Float64:
    """Build the extended stepwise matrix: geometric steps within a microvariant group, `rate2` across groups."""
    group = alleles % 10
    same = group[:, None] == group[None, :]
    steps = np.abs(alleles[:, None] - alleles[None, :]) // 10
    within = np.where(same & (steps > 0), float(step) ** steps if step > 0 else (steps == 1).astype(float), 0.0)
    sums = within.sum(axis=1, keepdims=True)
    within = np.divide(rate * within, sums, out=np.zeros_like(within), where=sums > 0)
    others = (~same).sum(axis=1, keepdims=True)
    across = np.where(same, 0.0, np.divide(rate2, others, out=np.zeros(others.shape), where=others > 0))
    return _with_diagonal(within + across)


def _onestep(alleles: NDArray[np.int64], rate: float) -> Float64:
    """Share `rate` between the neighbours one repeat away, as many as the table holds."""
    neighbour = (np.abs(alleles[:, None] - alleles[None, :]) == 10).astype(np.float64)
    counts = neighbour.sum(axis=1, keepdims=True)
    return _with_diagonal(np.divide(rate * neighbour, counts, out=np.zeros_like(neighbour), where=counts > 0))


def _dawid(alleles: NDArray[np.int64], p: Float64, rate: float, step: float) -> Float64:
    """Build the stationary stepwise matrix K r^|i-j| / p_i with K giving the expected rate."""
    steps = np.abs(alleles[:, None] - alleles[None, :]) / 10
    weights = np.where(steps > 0, step**steps, 0.0)
    return _with_diagonal(rate / weights.sum() * weights / p[:, None])


def _stabilised(matrix: Float64, p: Float64) -> Float64:
    """Rescale the off-diagonal rows so that p is stationary and the expected rate is kept (PM transformation)."""
    n = len(p)
    rate = 1.0 - float((p * np.diag(matrix)).sum())
    if not (np.diag(matrix) < 1.0).all():
        if (matrix == np.eye(n)).all():
            return matrix
        raise InputError(
            "an allele of this table never mutates, so that no rescaling is stationary",
            remedy="give a rate between microvariants (rate2), or leave the transformation out",
        )
    # One balance equation follows from the others; the sum takes its place.
    equations = matrix.T - np.eye(n)
    equations[-1] = 1.0
    stationary = np.linalg.solve(equations, np.append(np.zeros(n - 1), 1.0))
    scale = stationary / p
    scale *= rate / (p * scale * (1.0 - np.diag(matrix))).sum()
    off_diagonal = matrix * scale[:, None]
    return _with_diagonal(off_diagonal)
