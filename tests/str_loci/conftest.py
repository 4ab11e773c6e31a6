"""A slow oracle for pedigree likelihoods, and small models to run it on."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import product

from matcher.str_loci.locus_model import LocusModel
from matcher.str_loci.pedigree import NOBODY, Pedigree
from matcher.str_loci.relations import relation_pedigree
from matcher.types import Genotype, PedigreeMember, StrProfile, Subject


def missing_report(record_id: str, relation: str, relative: StrProfile) -> Subject:
    """A missing report whose one typed relative stands in the named relation."""
    pedigree = relation_pedigree(relation)
    names = (*pedigree.names, None)
    members = tuple(
        PedigreeMember(
            name, names[pedigree.fathers[i]], names[pedigree.mothers[i]], None, relative if name == "kin" else None
        )
        for i, name in enumerate(pedigree.names)
    )
    return Subject(record_id, "missing", pedigree=members)


def brute_force(pedigree: Pedigree, model: LocusModel, typed: Mapping[str, Genotype], theta: float = 0.0) -> float:
    """Sum over every ordered genotype of everybody: the definition of the likelihood, without any cleverness."""
    n = len(model.alleles)
    ordered = list(product(range(n), repeat=2))
    choices = []
    for name in pedigree.names:
        if name in typed:
            low, high = (model.position(allele) for allele in typed[name])
            choices.append(sorted({(low, high), (high, low)}))
        else:
            choices.append(ordered)
    return sum(_probability(pedigree, model, world, theta) for world in product(*choices))


def _probability(pedigree: Pedigree, model: LocusModel, world: tuple[tuple[int, int], ...], theta: float) -> float:
    probability = 1.0
    urn = [0.0] * len(model.alleles)
    for person in range(len(pedigree)):
        father, mother = pedigree.fathers[person], pedigree.mothers[person]
        for parent, matrix, allele in (
            (father, model.male, world[person][0]),
            (mother, model.female, world[person][1]),
        ):
            if parent == NOBODY:
                drawn = sum(urn)
                share = urn[allele] * theta + (1 - theta) * float(model.frequencies[allele])
                probability *= share / (1 + (drawn - 1) * theta)
                urn[allele] += 1
            else:
                probability *= float(matrix[world[parent][0], allele] + matrix[world[parent][1], allele]) / 2
    return probability
