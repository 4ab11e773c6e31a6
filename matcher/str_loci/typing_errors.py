"""What can go wrong between a genotype and its record, so that no locus is ever impossible.

Two layers. Drop-out: a heterozygote shows one of its alleles with probability `drop_out`. Anything else (transcription,
null alleles, a wrong tube at one locus) happens with probability `typing_error` per genotype and then the comparison
says nothing: LR' = (1 - e) LR + e. Both keep the mean LR among unrelated persons at exactly 1.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matcher.errors import InputError
from matcher.str_loci.alleles import SILENT
from matcher.str_loci.locus_model import LocusModel

Float64 = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class TypingErrors:
    """Error rates of reference samples.

    Parameters
    ----------
    typing_error : float
        Probability that a genotype is wrong in some other way than drop-out. Westen et al., FSI: Genetics 10 (2014)
        55, found 19 discordant genotypes among 2,085 men typed with six kits (about 4e-4 per genotype); the default
        leaves room for transcription.
    drop_out : float
        Probability that a heterozygote shows one allele only. Fresh blood or saliva: rare; raise it for old bones.
    suspected_drop_out : float
        The same for an observation that the laboratory itself flags as possibly incomplete.
    """

    typing_error: float = 1e-3
    drop_out: float = 1e-3
    # A laboratory that flags a single peak saw it below its stochastic threshold, where either allele is lost about as
    # often as not; the value only needs the right order, since homozygotes explain most such peaks.
    suspected_drop_out: float = 0.5

    def __post_init__(self) -> None:
        """Refuse rates at which the locus would be impossible or say nothing."""
        if not (0.0 < self.typing_error < 1.0 and 0.0 <= self.drop_out < 1.0):
            raise InputError(f"error rates {self} are outside (0, 1)", remedy="use rates such as 0.001")

    def observed(self, model: LocusModel, probabilities: Float64) -> Float64:
        """Turn probabilities of genotypes into probabilities of what is seen, shape (..., G)."""
        heterozygous = model.first != model.second
        carried = np.eye(len(model.alleles))
        shows = (carried[model.first] + carried[model.second]) * np.where(heterozygous, self.drop_out / 2, 0.0)[:, None]
        seen: Float64 = probabilities * np.where(heterozygous, 1 - self.drop_out, 1.0)
        seen[..., np.flatnonzero(~heterozygous)] += probabilities @ shows
        if SILENT in model.alleles:
            # One peak and a silent allele look like a homozygote.
            hidden = np.flatnonzero((model.second == len(model.alleles) - 1) & heterozygous)
            seen[..., model.pair_index(model.first[hidden], model.first[hidden])] += seen[..., hidden]
            seen[..., hidden] = 0.0
        return seen

    def mixed(self, lr: Float64, *, samples: int | NDArray[np.int64]) -> Float64:
        """Let any of `samples` genotypes be in error, in which case the locus says nothing; log10 of the result."""
        error = 1.0 - (1.0 - self.typing_error) ** samples
        mixed: Float64 = np.log10((1.0 - error) * lr + error)
        return mixed

    def mixed_pair(self, joint: Float64, single: tuple[Float64, Float64], *, samples: tuple[int, int]) -> Float64:
        """Let genotypes at either of two linked loci be in error, which leaves the other locus; log10 of the result.

        Parameters
        ----------
        joint : ndarray of float64, shape (..., V1, V2)
            LR of both loci together.
        single : pair of ndarray of float64, shapes (..., V1) and (..., V2)
            LR of each alone.
        samples : pair of int
            Genotypes involved at each.
        """
        one, other = single[0][..., :, None], single[1][..., None, :]
        first, second = samples
        return self.mixed_pairs(joint, (one, other), samples=(np.array(first), np.array(second)))

    def mixed_pairs(
        self, joint: Float64, single: tuple[Float64, Float64], *, samples: tuple[NDArray[np.int64], NDArray[np.int64]]
    ) -> Float64:
        """Do as `mixed_pair` for LRs and numbers of genotypes that are broadcast against each other."""
        first, second = (1.0 - (1.0 - self.typing_error) ** count for count in samples)
        one, other = single
        whole = (1 - first) * ((1 - second) * joint + second * one) + first * ((1 - second) * other + second)
        mixed: Float64 = np.log10(whole)
        return mixed

    def behind(self, model: LocusModel, genotype: int) -> Float64:
        """Return the probability of each true genotype given that `genotype` is shown, shape (G,)."""
        first, second = model.first[genotype], model.second[genotype]
        shows = np.zeros(model.genotype_count)
        if first == second:
            shows[(model.first == first) | (model.second == first)] = self.drop_out / 2
            shows[genotype] = 1.0
            if SILENT in model.alleles:
                shows[(model.first == first) & (model.second == len(model.alleles) - 1)] = 1.0 - self.drop_out / 2
        else:
            shows[genotype] = 1.0
        joint = shows * model.hwe
        posterior: Float64 = joint / joint.sum()
        return posterior

    def same_person(self, model: LocusModel, genotype: int) -> Float64:
        """Return P(another sample of the person shows each genotype) / P(a stranger does), shape (G,).

        The mean over strangers is 1.
        """
        return ratio_of(self.observed(model, self.behind(model, genotype)), self.observed(model, model.hwe))


def ratio_of(above: Float64, below: Float64) -> Float64:
    """Divide two probabilities of what is seen; what is never seen (a silent allele beside another) says nothing."""
    above, below = np.broadcast_arrays(above, below)
    ratio: Float64 = np.divide(above, below, out=np.ones(above.shape), where=below > 0.0)
    return ratio


DEFAULT_ERRORS = TypingErrors()
