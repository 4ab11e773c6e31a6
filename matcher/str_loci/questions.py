"""Questions from files: a query profile in a named relation, or a family with one missing member."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from matcher.errors import InputError
from matcher.str_loci.loci import find_locus
from matcher.str_loci.observations import observation_code, read_observation
from matcher.str_loci.pedigree import Pedigree
from matcher.str_loci.query import Query
from matcher.str_loci.relations import RELATIONS, relation_pedigree
from matcher.types import SUBJECT, StrProfile

SEARCH_RELATIONS = ("direct", *(relation for relation in RELATIONS if relation != "both-parents"))

RIVALS = ("direct", "parent-child", "full-sibling", "half-sibling", "avuncular")
"""What two persons whose profiles agree may be to each other; grandparents and half siblings have one LR."""


def relation_query(relation: str, profile: StrProfile, *, mother: bool = False) -> Query:
    """Ask who in a database is the named relation's `subject` when this profile is the relative.

    `parent-child` takes the profile as the parent, `child` as the child; `direct` asks for the same person.
    """
    observations = {locus: observation_code(pair) for locus, pair in profile.genotypes.items()}
    if relation == "direct":
        return Query.same_person(observations)
    return Query(relation_pedigree(relation, mother=mother), {"kin": observations})


def rival_queries(relation: str, profile: StrProfile) -> dict[str, Query]:
    """Return the other explanations of an agreement between two persons."""
    return {name: relation_query(name, profile) for name in RIVALS if name != relation}


def read_family(text: str, *, source: str) -> Query:
    """Read a family: `{"pedigree": [[id, father, mother, sex], ...], "missing": id, "typed": {id: {locus: [a, b]}}}`.

    Raises
    ------
    InputError
        Naming what is missing or misused.
    """
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InputError(f"{source}: not JSON ({error})", remedy="see `matcher dna search --help`") from None
    try:
        missing = document["missing"]
        rows = [tuple(None if x is None else _renamed(x, missing) for x in row[:3]) for row in document["pedigree"]]
        pedigree = Pedigree.of((str(name), father, mother) for name, father, mother in rows)
        typed = {_renamed(name, missing): _observations(loci, source) for name, loci in document["typed"].items()}
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise InputError(
            f"{source}: lacks or misuses {error}", remedy="give pedigree rows [id, father, mother, sex], missing, typed"
        ) from None
    if SUBJECT in typed:
        raise InputError(
            f"{source}: the missing person '{missing}' is typed", remedy="leave the missing person untyped"
        )
    return Query(pedigree, typed)


def _renamed(name: object, missing: object) -> str:
    return SUBJECT if name == missing else str(name)


def _observations(loci: Mapping[str, Any], source: str) -> dict[str, str]:
    found = {}
    for name, pair in loci.items():
        locus = find_locus(name)
        if locus is None:
            raise InputError(f"{source}: locus '{name}' is unknown", remedy="use names such as D3S1358 or Penta E")
        if pair is not None and locus.kind == "autosomal":
            found[locus.name] = read_observation([str(allele) for allele in pair])
    return found
