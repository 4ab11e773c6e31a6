"""Questions from files: a query profile in a named relation, or a family with one missing member."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from matcher.errors import InputError
from matcher.str_loci.json_fields import JsonField
from matcher.str_loci.loci import find_locus
from matcher.str_loci.observations import observation_code, plain_genotype, read_observation
from matcher.str_loci.pedigree import Pedigree
from matcher.str_loci.query import Query
from matcher.str_loci.reference_cases import SEXES
from matcher.str_loci.relations import relation_pedigree
from matcher.types import SUBJECT, PedigreeMember, Sex, StrProfile

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
    family = JsonField.of_text(text, source=source, remedy="see `matcher dna search --help`")
    rows, typed = _family(family)
    return Query(family["pedigree"].located(lambda: Pedigree.of(row[:3] for row in rows)), typed)


def members_of_family(row: Mapping[str, object], *, source: str) -> tuple[str, list[PedigreeMember]]:
    """Read a family of a database, as `read_family` with an `id`; observations that are no genotype are left out."""
    family = JsonField(dict(row), source)
    rows, typed = _family(family)
    family["pedigree"].located(lambda: Pedigree.of(row[:3] for row in rows))
    members = []
    for name, father, mother, sex in rows:
        genotypes = {locus: pair for locus, code in typed.get(name, {}).items() if (pair := plain_genotype(code))}
        profile = StrProfile(name, genotypes) if genotypes else None
        members.append(PedigreeMember(name, father, mother, sex, profile))
    return family["id"].text(), members


_Row = tuple[str, str | None, str | None, Sex | None]


def _family(family: JsonField) -> tuple[list[_Row], dict[str, dict[str, str]]]:
    """Read pedigree rows and typings with the missing person named `subject`."""
    missing = family["missing"].text()

    def renamed(field: JsonField) -> str | None:
        return None if field.value is None else SUBJECT if field.text() == missing else field.text()

    rows: list[_Row] = []
    for row in family["pedigree"].rows():
        cells = row.rows()
        if len(cells) < 3 or (name := renamed(cells[0])) is None:
            raise row.error("is no person", "give pedigree rows [id, father, mother, sex]")
        sex = SEXES.get(str(cells[3].value).lower()) if len(cells) > 3 else None
        rows.append((name, renamed(cells[1]), renamed(cells[2]), sex))
    if all(name != SUBJECT for name, *_ in rows):
        raise family["missing"].error("has no row: no 'subject'", "give the missing person a row in the pedigree")
    typed = {
        SUBJECT if name == missing else name: _observations(loci) for name, loci in family["typed"].members().items()
    }
    if SUBJECT in typed:
        raise family["typed"].error(f"the missing person '{missing}' is typed", "leave the missing person untyped")
    return rows, typed


def _observations(loci: JsonField) -> dict[str, str]:
    found = {}
    for name, pair in loci.members().items():
        locus = find_locus(name)
        if locus is None:
            raise InputError(f"{pair.where}: locus '{name}' is unknown", remedy="use names such as D3S1358 or Penta E")
        if pair.value is not None and locus.kind == "autosomal":
            texts = pair.value.split("/") if isinstance(pair.value, str) else [cell.text() for cell in pair.rows()]
            found[locus.name] = pair.located(partial(read_observation, texts))
    return found
