"""Calibration of the DNA LRs on simulated families: mutation, drop-out, typing errors, swapped samples, linked loci.

Related and unrelated pairs are drawn gene by gene (the two linked loci with recombination), typed with errors, and
evaluated with the tables of the search. A sample is swapped with a stranger's at a stated rate, as the floor of the
channel assumes.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bench.dna_rows import Row
from bench.dna_worlds import KIT_19, founder_alleles, shown_genotypes
from bench.lr_metrics import cllr, cllr_min
from matcher.str_loci.compare import KinshipOptions
from matcher.str_loci.linkage import LINKED_LOCI, RECOMBINATION
from matcher.str_loci.linked_families import VectorTables
from matcher.str_loci.locus_compiler import LocusRules
from matcher.str_loci.locus_model import LocusModel
from matcher.str_loci.patterns import RelativePattern
from matcher.str_loci.pedigree import NOBODY, Pedigree
from matcher.str_loci.relations import relation_pedigree
from matcher.str_loci.typing_errors import TypingErrors
from matcher.types import SUBJECT, Genotype

Float64 = NDArray[np.float64]
Indices = NDArray[np.intp]

RELATIONS = ("direct", "parent-child", "full-sibling", "half-sibling", "grandparent", "trio", "two siblings")
FEWER = {"trio": 5, "two siblings": 5}
"""Relations with two typed relatives need a table for every pair of genotypes: fewer families are drawn."""


CHUNK = 2000
"""Typings tabulated at once."""


@dataclass(frozen=True, slots=True)
class World:
    """One relation: the pedigree with the subject first, who of it is typed, and what inheritance is.

    Parameters
    ----------
    pedigree : Pedigree
        Person 0 is the subject.
    typed : tuple of int
        Typed relatives; for the direct comparison the subject itself.
    options : KinshipOptions
        Frequencies, mutation and the error rates of the simulated laboratory, which are those of the tables.
    """

    pedigree: Pedigree
    typed: tuple[int, ...]
    options: KinshipOptions

    @classmethod
    def of(cls, relation: str, options: KinshipOptions) -> World:
        """Build the world of a relation."""
        if relation == "direct":
            return cls(Pedigree(("0",), (NOBODY,), (NOBODY,)), (0,), options)
        if relation == "two siblings":
            rows = [("f", None, None), ("m", None, None)]
            children = [(name, "f", "m") for name in (SUBJECT, "kin", "kin2")]
            pedigree = Pedigree.of([*rows, *children])
        else:
            pedigree = relation_pedigree("both-parents" if relation == "trio" else relation)
        order = sorted(range(len(pedigree)), key=lambda person: pedigree.names[person] != SUBJECT)
        position = {person: new for new, person in enumerate(order)} | {NOBODY: NOBODY}
        turned = Pedigree(
            tuple(map(str, range(len(order)))),
            tuple(position[pedigree.fathers[person]] for person in order),
            tuple(position[pedigree.mothers[person]] for person in order),
        )
        typed = tuple(position[person] for person, name in enumerate(pedigree.names) if name.startswith("kin"))
        return cls(turned, typed, options)

    def rules(self, locus: str) -> LocusRules:
        """Return how a locus is evaluated."""
        options = self.options
        return LocusRules(options.frequencies[locus], options.mutation, options.errors, options.founders)

    @property
    def direct(self) -> bool:
        """Tell whether two samples of one person are compared."""
        return self.typed == (0,)

    def single(self, drawn: _Drawn, subject: Indices) -> Float64:
        """Return the log10 LR of one locus for each case, shape (N,)."""
        rules = self.rules(drawn.locus)
        model = rules.model()
        typings, which = np.unique(np.stack(drawn.kin, axis=1), axis=0, return_inverse=True)
        if self.direct:
            table = np.stack([rules.own_logs(model, int(one))[0] for (one,) in typings])
            return np.asarray(table[which, subject])
        logs = np.empty(len(subject))
        order = np.argsort(which, kind="stable")
        bounds = np.searchsorted(which[order], np.arange(0, len(typings) + CHUNK, CHUNK))
        for number, low in enumerate(range(0, len(typings), CHUNK)):
            ratios = rules.hypothesis_table(model, self._patterns(model, typings[low : low + CHUNK]), "self")
            rows = order[bounds[number] : bounds[number + 1]]
            chosen = ratios[which[rows] - low, subject[rows]]
            logs[rows] = rules.errors.mixed(chosen, samples=1 + len(self.typed))
        return logs

    def together(self, drawn: tuple[_Drawn, _Drawn], subject: tuple[Indices, Indices]) -> Float64:
        """Return the log10 LR of two linked loci for each case, shape (N,)."""
        if self.direct:
            return self.single(drawn[0], subject[0]) + self.single(drawn[1], subject[1])
        rules = self.rules(drawn[0].locus), self.rules(drawn[1].locus)
        tables = VectorTables(rules, (rules[0].model(), rules[1].model()))
        sides = []
        for number, (locus, shown) in enumerate(zip(drawn, subject, strict=True)):
            model = tables.models[number]
            typings, which = np.unique(np.stack(locus.kin, axis=1), axis=0, return_inverse=True)
            patterns = self._patterns(model, typings)
            kept = tables.kept((patterns[0], patterns[0]))
            raw = np.stack([tables.table(number, kept, pattern) for pattern in patterns])
            seen = rules[number].errors.observed(model, raw)[which, :, shown]
            stranger = rules[number].errors.observed(model, model.hwe)[shown]
            sides.append((seen / stranger[:, None], raw.sum(axis=2)[which]))
        (one, left), (other, right) = sides
        kernel = tables.vectors(kept).kernel
        total, both, first, second = (
            np.einsum("pr,rs,ps->p", a, kernel, b, optimize=True)
            for a, b in ((left, right), (one, other), (one, right), (left, other))
        )
        single = (first / total)[:, None], (second / total)[:, None]
        samples = 1 + len(self.typed), 1 + len(self.typed)
        return rules[0].errors.mixed_pair((both / total)[:, None, None], single, samples=samples)[:, 0, 0]

    def _patterns(self, model: LocusModel, typings: Indices) -> list[RelativePattern]:
        genotypes = model.genotypes()
        shown: list[list[Genotype | None]] = [[None] * len(self.pedigree) for _ in typings]
        for row, typing in zip(shown, typings, strict=True):
            for person, number in zip(self.typed, typing, strict=True):
                row[person] = genotypes[int(number)]
        return [RelativePattern(self.pedigree, tuple(row)) for row in shown]


LABORATORY = TypingErrors(typing_error=1e-3, drop_out=1e-2)
SWAP = 0.005


def calibration_rows(count: int) -> list[Row]:
    """Cllr and its calibration part for related and unrelated cases."""
    options, rows = KinshipOptions(errors=LABORATORY), []
    for relation in RELATIONS:
        genuine, impostor = simulated_ratios(relation, count, options, swap=SWAP)
        # A swapped sample makes a related case unrelated: the floor of the channel, log10 LR >= log10(swap rate).
        related, strangers = (np.log10((1 - SWAP) * 10.0**values + SWAP) for values in (genuine, impostor))
        loss = cllr(related, strangers)
        calibration = loss - cllr_min(related, strangers)
        rows.append(Row("calibration", f"{relation}, {len(genuine)} cases: Cllr", loss, "bits"))
        rows.append(Row("calibration", f"{relation}: Cllr_cal", calibration, "bits", at_most=0.01))
    return rows


def simulated_ratios(
    relation: str, count: int, options: KinshipOptions, *, swap: float, seed: int = 5
) -> tuple[Float64, Float64]:
    """Draw related and unrelated cases and return their log10 LRs; a related sample is swapped at the given rate."""
    world, rng = World.of(relation, options), np.random.default_rng(seed)
    count //= FEWER.get(relation, 1)
    swapped = rng.random(count) < swap
    genuine, impostor = np.zeros(count), np.zeros(count)
    linked = {*LINKED_LOCI, *LINKED_LOCI.values()} & {*KIT_19}
    for locus in (locus for locus in KIT_19 if locus not in linked):
        drawn = _Drawn.of(rng, world, locus, swapped, _routes(rng, world.pedigree, count))
        genuine += world.single(drawn, drawn.true)
        impostor += world.single(drawn, drawn.false)
    for pair in LINKED_LOCI.items():
        routes = _routes(rng, world.pedigree, count)
        first = _Drawn.of(rng, world, pair[0], swapped, routes)
        second = _Drawn.of(rng, world, pair[1], swapped, _recombined(rng, routes))
        genuine += world.together((first, second), (first.true, second.true))
        impostor += world.together((first, second), (first.false, second.false))
    return genuine, impostor


Routes = dict[tuple[int, bool], Indices]
"""Which of the parent's two alleles each (child, from the father) received, shape (N,) each."""


@dataclass(frozen=True, slots=True)
class _Drawn:
    """Genotype numbers shown at one locus, shape (N,) each: the typed relatives, the true person, a stranger."""

    locus: str
    kin: tuple[Indices, ...]
    true: Indices
    false: Indices

    @classmethod
    def of(
        cls, rng: np.random.Generator, world: World, locus: str, swapped: NDArray[np.bool_], routes: Routes
    ) -> _Drawn:
        model, errors = world.rules(locus).model(), world.options.errors
        people = _gene_drop(rng, model, world.pedigree, routes, len(swapped))
        strangers = [founder_alleles(rng, model, len(swapped)) for _ in range(2)]
        kin = tuple(shown_genotypes(rng, model, people[person], errors) for person in world.typed)
        true = np.where(swapped[:, None], strangers[0], people[0])
        return cls(
            locus, kin, shown_genotypes(rng, model, true, errors), shown_genotypes(rng, model, strangers[1], errors)
        )


def _routes(rng: np.random.Generator, pedigree: Pedigree, count: int) -> Routes:
    return {
        (child, paternal): rng.integers(0, 2, count)
        for child in range(len(pedigree))
        for paternal in (True, False)
        if not pedigree.is_founder(child)
    }


def _recombined(rng: np.random.Generator, routes: Routes) -> Routes:
    return {meiosis: route ^ (rng.random(len(route)) < RECOMBINATION) for meiosis, route in routes.items()}


def _gene_drop(
    rng: np.random.Generator, model: LocusModel, pedigree: Pedigree, routes: Routes, count: int
) -> dict[int, Indices]:
    """Draw the allele positions of everybody, (N, 2) each, along given routes with mutation."""
    people: dict[int, Indices] = {}
    while len(people) < len(pedigree):
        for person in range(len(pedigree)):
            parents = pedigree.fathers[person], pedigree.mothers[person]
            if person in people or not {*parents} <= people.keys() | {NOBODY}:
                continue
            if pedigree.is_founder(person):
                people[person] = founder_alleles(rng, model, count)
                continue
            handed = []
            for parent, paternal in zip(parents, (True, False), strict=True):
                allele = people[parent][np.arange(count), routes[person, paternal]]
                cumulative = np.cumsum(model.male if paternal else model.female, axis=1)[allele]
                handed.append((rng.random(count)[:, None] > cumulative).sum(axis=1))
            people[person] = np.minimum(np.stack(handed, axis=1), len(model.alleles) - 1)
    return people
