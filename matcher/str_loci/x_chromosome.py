"""X-chromosomal loci: women have two alleles, men one; a father gives his X to daughters only.

A man's missing second allele is written as one more allele, `Y`, which never mutates. With it the autosomal peeling
holds as it is: a man is `a/Y`, hands `a` (perhaps mutated) to a daughter and `Y` to a son. Only the tables of the
locus model differ, and everybody's states are confined to what the sex allows. All probabilities are given the sexes.

Source: Elston & Stewart, Human Heredity 21 (1971) 523, section on sex linkage.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from matcher.errors import InputError
from matcher.str_loci.alleles import format_allele
from matcher.str_loci.locus_model import LocusModel, lumped
from matcher.str_loci.pedigree import FounderConvention, Pedigree, reduced
from matcher.str_loci.peeling import States, likelihood
from matcher.types import Genotype, Sex

Float64 = NDArray[np.float64]

Y = -2
"""Stands in the place of a man's second allele; last of all alleles."""


def x_model(model: LocusModel) -> LocusModel:
    """Extend an autosomal locus model by `Y`, so that it describes the X chromosome."""
    n = len(model.alleles) + 1
    first, second = np.triu_indices(n)
    p = np.append(model.frequencies, 1.0)
    man = (second == n - 1) & (first < n - 1)
    woman = second < n - 1
    hwe = np.where(woman, np.where(first == second, 1.0, 2.0) * p[first] * p[second], np.where(man, p[first], 0.0))
    male, female = (_with_y(matrix) for matrix in (model.male, model.female))
    to_daughter = np.append(model.frequencies, 0.0)
    return LocusModel(
        (*model.alleles, Y),
        p,
        male,
        female,
        first.astype(np.intp),
        second.astype(np.intp),
        hwe,
        # Given the sex of the child nothing is halved: a daughter gets his X for certain, a son his Y.
        np.where(man[:, None], male[first] + male[second], 0.0),
        np.where(woman[:, None], (female[first] + female[second]) / 2, 0.0),
        p,
        to_daughter,
    )


def x_likelihood(
    pedigree: Pedigree,
    model: LocusModel,
    genotypes: Mapping[str, Genotype],
    sexes: Mapping[str, Sex],
    *,
    founders: FounderConvention = "pruned",
) -> float:
    """Return P(typings at an X-chromosomal locus | pedigree, sexes).

    Parameters
    ----------
    pedigree : Pedigree
        Any pedigree.
    model : LocusModel
        The locus as if it were autosomal.
    genotypes : mapping of str to Genotype
        Typed persons; a man shows one allele, written twice.
    sexes : mapping of str to Sex
        Everybody who is typed or a parent.

    Raises
    ------
    InputError
        For a typed person of unknown sex, or a man with two alleles.
    """
    typed = {name: genotype for name, genotype in genotypes.items() if name in pedigree.names}
    narrow = x_model(lumped(model, (allele for genotype in typed.values() for allele in genotype)))
    kept = reduced(pedigree, typed.keys(), founders)
    men = np.flatnonzero((narrow.second == len(narrow.alleles) - 1) & (narrow.first < len(narrow.alleles) - 1))
    women = np.flatnonzero(narrow.second < len(narrow.alleles) - 1)
    states = {}
    for person, name in enumerate(kept.names):
        sex = sexes.get(name) or _sex_as_parent(kept, person)
        if name in typed:
            states[name] = _observed(narrow, name, typed[name], sex)
        else:
            # A person of unknown sex is a typed one or nobody's parent, and the latter is left out above.
            states[name] = States.one_of(men if sex == "male" else women)
    return float(likelihood(kept, narrow, states)[0])


def _observed(model: LocusModel, name: str, genotype: Genotype, sex: Sex | None) -> States:
    if sex is None:
        raise InputError(f"the sex of '{name}' is not given", remedy="X-chromosomal loci need everybody's sex")
    if sex == "female":
        return States.one_of(model.observed(genotype))
    if genotype[0] != genotype[1]:
        shown = "/".join(map(format_allele, genotype))
        raise InputError(f"'{name}' is male and shows {shown}", remedy="a man has one allele of an X-chromosomal locus")
    return States.one_of(np.array([model.index((genotype[0], Y))]))


def _sex_as_parent(pedigree: Pedigree, person: int) -> Sex | None:
    if person in pedigree.fathers:
        return "male"
    return "female" if person in pedigree.mothers else None


def _with_y(matrix: Float64) -> Float64:
    n = len(matrix) + 1
    wider = np.zeros((n, n))
    wider[: n - 1, : n - 1] = matrix
    wider[n - 1, n - 1] = 1.0
    return wider
