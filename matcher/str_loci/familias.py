"""Files of the Familias program (`.fam`, version 3): persons, pedigrees, genotypes, frequencies, mutation parameters.

The format is one value a line, text in quotation marks, truth values between hash signs, persons and alleles by number:
persons (name, ..., sex, genotypes), known relations, pedigrees with relations of their own, loci (rates, models, range,
rate2, alleles with frequencies). What is certain is read; files with a silent allele, twins, a disaster section or a
stationary stepwise model are refused with the reason, since those parts are not publicly documented.

Source: the file `paternity.fam` and the reader of pedFamilias 0.2.5 (Vigeland), as descriptions of the format.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from matcher.errors import InputError
from matcher.str_loci.alleles import genotype_of, parse_allele
from matcher.str_loci.likelihood import LocusEvidence
from matcher.str_loci.locus_model import LocusModel, locus_model
from matcher.str_loci.mutation import MutationKind, MutationModel, SexRates
from matcher.str_loci.pedigree import Pedigree
from matcher.str_loci.reference_cases import Case, Chromosome, Hypothesis
from matcher.types import Genotype, Sex

FIRST_LINE = '"Output from Familias'
LARGEST_COUNT = 10_000
"""Persons, relations, loci or alleles beyond which a count is taken for damage."""

_THETA = re.compile(r"Theta/Kinship/Fst:\s*([0-9.eE+-]+)")
_REMEDY = "export the case from Familias 3 again"
_MODELS: dict[int, MutationKind] = {0: "equal", 1: "proportional", 2: "stepwise", 4: "stepwise"}


@dataclass(slots=True)
class _Lines:
    """The lines of a file, read one after the other."""

    lines: list[str]
    source: str
    at: int = 0

    def text(self, what: str) -> str:
        if self.at >= len(self.lines):
            raise InputError(f"{self.source}: ends before {what}", remedy=_REMEDY)
        self.at += 1
        return self.lines[self.at - 1].strip().strip('"')

    def value(self, what: str, read: Callable[[str], float]) -> float:
        text = self.text(what).split("\t")[0]
        try:
            return read(text)
        except ValueError:
            raise self.error(f"{what} is {text[:30]!r}, not a number") from None

    def count(self, what: str, largest: int = LARGEST_COUNT) -> int:
        found = int(self.value(what, int))
        if not 0 <= found <= largest:
            raise self.error(f"{what} is {found}, not 0 to {largest}")
        return found

    def error(self, message: str) -> InputError:
        return InputError(f"{self.source}:{self.at} {message}", remedy=_REMEDY)


@dataclass(slots=True)
class _Family:
    """Persons with the parents known so far; `numbers` are allele positions by locus number."""

    names: list[str] = field(default_factory=list)
    sexes: list[Sex] = field(default_factory=list)
    numbers: list[dict[int, tuple[int, int]]] = field(default_factory=list)
    parents: dict[int, dict[Sex, int]] = field(default_factory=dict)

    def extended(self, lines: _Lines) -> _Family:
        """Read further untyped women and men, and relations (parent, child)."""
        women, men = lines.count("number of further women"), lines.count("number of further men")
        extra = [f"extra {len(self.names) + number + 1}" for number in range(women + men)]
        sexes: list[Sex] = ["female" if number < women else "male" for number in range(women + men)]
        found = _Family([*self.names, *extra], [*self.sexes, *sexes], [*self.numbers, *({} for _ in extra)])
        found.parents = {child: dict(of_child) for child, of_child in self.parents.items()}
        for _ in range(lines.count("number of relations")):
            if "Direct" in (text := lines.text("parent")):
                raise lines.error("twins are not read: the format is not documented")
            lines.at -= 1
            parent, child = (lines.count(what, len(found.names) - 1) for what in ("parent", "child"))
            if found.parents.setdefault(child, {}).setdefault(found.sexes[parent], parent) != parent:
                raise lines.error(f"'{found.names[child]}' has two parents of one sex ({text})")
        return found

    def hypothesis(self) -> Hypothesis:
        """Build the pedigree; a parent who is not named is a person of his own."""
        rows: list[tuple[str, str | None, str | None]] = []
        added: list[tuple[str, str | None, str | None]] = []
        for number, name in enumerate(self.names):
            known = {sex: self.names[parent] for sex, parent in self.parents.get(number, {}).items()}
            for sex in ("male", "female"):
                if known and sex not in known:
                    known[sex] = f"unnamed {'father' if sex == 'male' else 'mother'} of {name}"
                    added.append((known[sex], None, None))
            rows.append((name, known.get("male"), known.get("female")))
        return Hypothesis(Pedigree.of([*rows, *added]), dict(zip(self.names, self.sexes, strict=True)))


def read_familias(text: str, *, source: str) -> list[Case]:
    """Read a file as cases: every pedigree but the last against the last.

    Raises
    ------
    InputError
        For a file that is damaged, holds a part that is not read, or has fewer than two pedigrees.
    """
    if "[DVI]" in text:
        raise InputError(f"{source}: holds a disaster section (DVI)", remedy="export the pedigrees as a kinship case")
    lines = _Lines(text.splitlines(), source, 3)
    lines.at -= 1
    lines.text("version")
    if lines.text("number of persons") != "":
        lines.at -= 1
    persons = _persons(lines)
    if (found := lines.text("known relations")) != "Known relations":
        raise lines.error(f"is {found[:30]!r}, not the known relations")
    known = persons.extended(lines)
    pedigrees = []
    for _ in range(lines.count("number of pedigrees", 100)):
        lines.count("number of the pedigree")
        pedigrees.append((lines.text("name of the pedigree"), known.extended(lines).hypothesis()))
    if len(pedigrees) < 2:
        raise lines.error(f"there are {len(pedigrees)} pedigrees; two are needed to compare")
    info = lines.text("database line")
    if info.startswith("#TRUE#"):
        raise lines.error("results computed by Familias are not read; save the case before computing")
    theta = float(match[1]) if (match := _THETA.search(info)) else 0.0
    loci: tuple[tuple[Chromosome, LocusEvidence], ...] = tuple(("autosome", one) for one in _loci(lines, persons))
    name, last = pedigrees[-1]
    return [Case(f"{source}: {title} / {name}", one, last, loci, theta) for title, one in pedigrees[:-1]]


def _persons(lines: _Lines) -> _Family:
    family = _Family()
    for _ in range(lines.count("number of persons")):
        family.names.append(lines.text("name of a person"))
        for what in ("child mark", "year of birth", "dropout mark"):
            lines.text(what)
        family.sexes.append("male" if lines.text("sex") == "#TRUE#" else "female")
        numbers: dict[int, tuple[int, int]] = {}
        for _ in range(lines.count("number of genotypes")):
            first, second, locus = (lines.count(what) for what in ("allele", "allele", "locus"))
            numbers[locus] = first, second
        family.numbers.append(numbers)
    return family


def _loci(lines: _Lines, persons: _Family) -> list[LocusEvidence]:
    count = lines.count("number of loci")
    if lines.text("name of the database") == "#TRUE#":
        lines.text("name of the database")
    found = []
    for number in range(count):
        name, alleles, model = _locus(lines)
        genotypes: dict[str, Genotype] = {}
        for person, numbers in zip(persons.names, persons.numbers, strict=True):
            if number in numbers:
                if max(numbers[number]) >= len(alleles):
                    raise lines.error(f"'{person}' has an allele beyond the table of {name}")
                genotypes[person] = genotype_of(*(alleles[i] for i in numbers[number]))
        found.append(LocusEvidence(name, model, genotypes))
    return found


def _locus(lines: _Lines) -> tuple[str, list[int], LocusModel]:
    name = lines.text("name of a locus")

    def pair(what: str) -> SexRates:
        female, male = (lines.value(f"{what} of {name}", float) for _ in range(2))
        return SexRates(male, female)

    rate = pair("mutation rate")
    kinds = {lines.count(f"mutation model of {name}", 4) for _ in range(2)}
    lines.count(f"number of alleles of {name}")
    step, rate2 = pair("mutation range"), pair("second mutation rate")
    if lines.text("silent allele") == "#TRUE#":
        raise lines.error(f"{name} has a silent allele, which is not read")
    lines.text("silent frequency")
    count = lines.count(f"number of alleles of {name}")
    table = [(parse_allele(lines.text("allele")), lines.value("frequency", float)) for _ in range(count)]
    kind = _MODELS.get(min(kinds)) if len(kinds) == 1 else None
    plain = kinds == {2}
    if kind is None or (plain and len({allele % 10 for allele, _ in table}) > 1):
        raise lines.error(
            f"the mutation model {sorted(kinds)} of {name} is not read; use equal, proportional or extended"
        )
    mutation = MutationModel(kind, rate, step, SexRates() if kinds != {4} else rate2)
    ordered = sorted(table)
    return name, [a for a, _ in table], locus_model((a for a, _ in ordered), (p for _, p in ordered), mutation)
