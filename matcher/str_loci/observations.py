"""What a laboratory reports at a locus, as one canonical code, and how probable it is under each true genotype.

`140/150` two alleles; `140/140` a homozygote; `140/` one peak whose partner may have dropped out; `~` no peak at all
of a sample that worked (both alleles silent); `140/150/160` three alleles. Codes do not depend on frequencies, so one
encoded database serves any population table. A tri-allelic pattern is kept and compared at LR 1: its cause (somatic or
inherited duplication) is not known, and a false exclusion would be worse.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from matcher.errors import InputError
from matcher.str_loci.alleles import parse_allele
from matcher.str_loci.locus_model import LocusModel
from matcher.str_loci.peeling import States
from matcher.str_loci.typing_errors import TypingErrors
from matcher.types import Genotype

Float64 = NDArray[np.float64]

NO_PEAK = "~"


def observation_code(alleles: Sequence[int], *, may_have_dropped: bool = False) -> str:
    """Write an observation in its canonical form.

    Parameters
    ----------
    alleles : sequence of int
        Distinct alleles seen, in tenths; none = no peak.
    may_have_dropped : bool
        One allele was seen and a second one may have been lost.

    >>> observation_code([150, 140]), observation_code([140]), observation_code([140], may_have_dropped=True)
    ('140/150', '140/140', '140/')
    """
    distinct = sorted(set(alleles))
    if not distinct:
        return NO_PEAK
    if len(distinct) == 1:
        return f"{distinct[0]}/" if may_have_dropped else f"{distinct[0]}/{distinct[0]}"
    return "/".join(map(str, distinct))


UNCERTAIN_MARKS = ("?", "F", "*")
"""How tables write that a second allele may have been lost, in the place of that allele."""


def read_observation(parts: Sequence[str]) -> str:
    """Read the alleles of one locus as written; a mark such as `?` flags a possible drop-out.

    Raises
    ------
    InputError
        For an allele that is not a repeat number.

    >>> read_observation(["15", "?"]), read_observation(["9.3", "6"]), read_observation([])
    ('150/', '60/93', '')
    """
    texts = [part.strip() for part in parts if part.strip()]
    flagged = any(text.upper() in UNCERTAIN_MARKS for text in texts)
    alleles = [parse_allele(text) for text in texts if text.upper() not in UNCERTAIN_MARKS]
    return observation_code(alleles, may_have_dropped=flagged) if alleles else ""


def observed_alleles(code: str) -> tuple[int, ...]:
    """Return the alleles that an observation shows."""
    return tuple(int(part) for part in code.split("/") if part and part != NO_PEAK)


def is_comparable(code: str) -> bool:
    """Tell whether an observation carries evidence; three alleles and no peak do not."""
    return code != NO_PEAK and code.count("/") == 1


def observation_states(model: LocusModel, code: str, errors: TypingErrors) -> States:
    """Return the true genotypes behind an observation of a relative, with P(observation | genotype).

    Raises
    ------
    InputError
        For an observation that is not comparable.
    """
    if not is_comparable(code):
        raise InputError(f"observation {code!r} is not a genotype", remedy="leave the locus out")
    alleles = observed_alleles(code)
    if not code.endswith("/"):
        return States.one_of(model.observed((alleles[0], alleles[-1])))
    position = model.position(alleles[0])
    carrying = np.flatnonzero((model.first == position) | (model.second == position))
    homozygous = model.first[carrying] == model.second[carrying]
    weights = np.where(homozygous, 1.0, errors.suspected_drop_out / 2)
    return States(carrying[None, :], weights[None, :])


def observation_probabilities(
    model: LocusModel, genotypes: Float64, codes: Sequence[str], errors: TypingErrors
) -> Float64:
    """Return the probability of each observation when true genotypes have these probabilities: (..., G) to (..., V).

    Observations that are not comparable get NaN. Alleles must be in the model.
    """
    seen = errors.observed(model, genotypes)
    result = np.full((*genotypes.shape[:-1], len(codes)), np.nan)
    plain = [number for number, code in enumerate(codes) if is_comparable(code) and not code.endswith("/")]
    pairs = np.array([observed_alleles(codes[number]) for number in plain], np.int64).reshape(-1, 2)
    position = {allele: number for number, allele in enumerate(model.alleles)}
    low, high = (np.array([position[int(a)] for a in column], np.intp) for column in pairs.T)
    result[..., plain] = seen[..., model.pair_index(low, high)]
    for number, code in enumerate(codes):
        if is_comparable(code) and code.endswith("/"):
            states = observation_states(model, code, errors)
            result[..., number] = genotypes[..., states.genotypes[0]] @ states.weights[0]
    return result


def plain_genotype(code: str) -> Genotype | None:
    """Return the genotype of an unambiguous observation, else None."""
    if not is_comparable(code) or code.endswith("/"):
        return None
    alleles = observed_alleles(code)
    return alleles[0], alleles[-1]
