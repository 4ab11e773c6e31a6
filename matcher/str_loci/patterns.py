"""What a record shows at one locus, as one canonical string: its own genotype, or its typed relatives around it.

`140/150` is the subject's own genotype (alleles in tenths). `~1,2,;,,140/150;,,` is a pedigree, one person after the
other as `father,mother,genotype`; person 0 is the subject. Persons who cannot matter are left out and the order is
canonical, so that equal evidence has one string, whatever names and order the record gave its relatives.
"""

from __future__ import annotations

from collections.abc import Sequence, Set
from dataclasses import dataclass
from functools import lru_cache

from matcher.str_loci.linkage import linkage_matters
from matcher.str_loci.pedigree import NOBODY, Pedigree, reduced
from matcher.types import SUBJECT, Genotype, PedigreeMember

_MARK = "~"
SEPARATOR = "|"
"""Stands between what an entry of two linked loci shows at each of them."""


@dataclass(frozen=True, slots=True)
class RelativePattern:
    """Typed relatives of a subject at one locus.

    Parameters
    ----------
    pedigree : Pedigree
        Persons named by their position; "0" is the subject.
    genotypes : tuple of (Genotype or None)
        One per person; the subject's is None.
    """

    pedigree: Pedigree
    genotypes: tuple[Genotype | None, ...]

    @property
    def typed(self) -> dict[str, Genotype]:
        """Genotypes by person."""
        return {str(person): g for person, g in enumerate(self.genotypes) if g is not None}

    @property
    def shape(self) -> tuple[tuple[int, ...], tuple[int, ...], tuple[bool, ...]]:
        """What patterns of one kind have in common: parents, and who is typed."""
        return self.pedigree.fathers, self.pedigree.mothers, tuple(g is not None for g in self.genotypes)

    @property
    def linkage_matters(self) -> bool:
        """Tell whether two linked loci would be dependent here."""
        return linkage_matters(self.pedigree, self.typed.keys())


def own_entry(genotype: Genotype) -> str:
    """Write the subject's own genotype."""
    return f"{genotype[0]}/{genotype[1]}"


def parse_own(entry: str) -> Genotype | None:
    """Read an own genotype; None when the entry is about relatives."""
    if entry.startswith(_MARK):
        return None
    low, high = entry.split("/")
    return int(low), int(high)


def relatives_entry(members: Sequence[PedigreeMember], locus: str) -> str:
    """Write what the typed relatives show about the subject at one locus; empty = nothing.

    Parameters
    ----------
    members : sequence of PedigreeMember
        The pedigree around the subject; a profile of the subject itself is not looked at.
    locus : str
        Canonical name.
    """
    typed = _typed(members, locus)
    skeleton = _skeleton(tuple((m.member, m.father, m.mother) for m in members), frozenset(typed)) if typed else None
    if skeleton is None:
        return ""
    near, colours = skeleton
    shown = [typed.get(name) for name in near.names]
    return _write(near, tuple(g or () for g in shown), tuple("" if g is None else own_entry(g) for g in shown), colours)


def linked_entry(members: Sequence[PedigreeMember], loci: tuple[str, str]) -> str:
    """Write what the typed relatives show at two linked loci, each person once; empty = one locus shows nothing.

    A typed person between the subject and others does not hide them here: the phase of his two loci is not known.
    """
    first, second = (_typed(members, locus) for locus in loci)
    rows = tuple((m.member, m.father, m.mother) for m in members)
    if not first or not second or all(name != SUBJECT for name, _, _ in rows):
        return ""
    pedigree = reduced(Pedigree.of(rows), first.keys() | second.keys() | {SUBJECT}, "explicit")
    shown = [(first.get(name), second.get(name)) for name in pedigree.names]
    colours = _ranks([(name != SUBJECT,) for name in pedigree.names])
    texts = tuple(",".join("" if g is None else own_entry(g) for g in pair) for pair in shown)
    return _write(
        pedigree, tuple(tuple(g or () for g in pair) for pair in shown), texts, tuple(_refined(pedigree, colours))
    )


def _typed(members: Sequence[PedigreeMember], locus: str) -> dict[str, Genotype]:
    return {
        m.member: m.profile.genotypes[locus]
        for m in members
        if m.profile is not None and locus in m.profile.genotypes and m.member != SUBJECT
    }


@lru_cache(maxsize=4096)
def _skeleton(
    rows: tuple[tuple[str, str | None, str | None], ...], typed: frozenset[str]
) -> tuple[Pedigree, tuple[int, ...]] | None:
    """Reduce a pedigree to the subject's neighbourhood and colour it by structure; once for all its loci."""
    if not any(name == SUBJECT for name, _, _ in rows):
        return None
    near = _neighbourhood(reduced(Pedigree.of(rows), typed | {SUBJECT}, "explicit"), typed)
    if not typed & set(near.names):
        return None
    colours = _ranks([(name != SUBJECT, name not in typed) for name in near.names])
    return near, tuple(_refined(near, colours))


@lru_cache(maxsize=1 << 14)
def parse_entry(entry: str) -> tuple[RelativePattern, ...]:
    """Read back what `relatives_entry` or `linked_entry` wrote: one pedigree with the typings of each locus."""
    rows = [row.split(",") for row in entry.removeprefix(_MARK).split(";")]
    fathers, mothers = (tuple(int(row[i]) if row[i] else NOBODY for row in rows) for i in (0, 1))
    pedigree = Pedigree(tuple(map(str, range(len(rows)))), fathers, mothers)
    return tuple(RelativePattern(pedigree, tuple(_genotype(row[i]) for row in rows)) for i in range(2, len(rows[0])))


def parse_relatives(entry: str) -> RelativePattern:
    """Read back what `relatives_entry` wrote."""
    (pattern,) = parse_entry(entry)
    return pattern


def parse_linked(entry: str) -> tuple[RelativePattern, RelativePattern]:
    """Read back what `linked_entry` wrote."""
    first, second = parse_entry(entry)
    return first, second


def own_pattern(genotype: Genotype) -> RelativePattern:
    """Return the pattern of a subject who is typed itself and has nobody around."""
    return RelativePattern(Pedigree(("0",), (NOBODY,), (NOBODY,)), (genotype,))


def _genotype(text: str) -> Genotype | None:
    low, _, high = text.partition("/")
    return (int(low), int(high)) if text else None


def _neighbourhood(pedigree: Pedigree, typed: Set[str]) -> Pedigree:
    """Keep what the subject's genotype depends on: families reached without passing a typed person."""
    families = list(pedigree.families())
    reached_families: set[int] = set()
    reached = {pedigree.names.index(SUBJECT)}
    stack = list(reached)
    while stack:
        person = stack.pop()
        for number, (father, mother, children) in enumerate(families):
            members = {father, mother, *children} - {NOBODY}
            if person not in members or number in reached_families:
                continue
            reached_families.add(number)
            stack += [member for member in members - reached if pedigree.names[member] not in typed]
            reached |= members
    kept_births = {child for number in reached_families for child in families[number][2]}
    cut = Pedigree(
        pedigree.names,
        tuple(father if child in kept_births else NOBODY for child, father in enumerate(pedigree.fathers)),
        tuple(mother if child in kept_births else NOBODY for child, mother in enumerate(pedigree.mothers)),
    )
    return cut.without(set(range(len(cut))) - reached)


_Key = tuple[object, ...]


@lru_cache(maxsize=1 << 16)
def _write(pedigree: Pedigree, keys: tuple[_Key, ...], texts: tuple[str, ...], structure: tuple[int, ...]) -> str:
    """Write persons in canonical order; `keys` order those whom the structure leaves equal, `texts` are shown."""
    order = _canonical_order(pedigree, keys, structure)
    position = {person: str(new) for new, person in enumerate(order)} | {NOBODY: ""}
    return _MARK + ";".join(
        f"{position[pedigree.fathers[person]]},{position[pedigree.mothers[person]]},{texts[person]}" for person in order
    )


def _canonical_order(pedigree: Pedigree, keys: Sequence[_Key], structure: tuple[int, ...]) -> list[int]:
    """Order persons by what they are to each other first and by genotype second, the subject in front.

    Colour refinement; persons that it leaves equal are told apart one at a time, which is harmless where they are
    interchangeable.
    """
    colours = list(structure)
    if len(set(colours)) < len(colours):
        colours = _refined(pedigree, _ranks([(c, key) for c, key in zip(colours, keys, strict=True)]))
    while len(set(colours)) < len(colours):
        tied = min(c for c in colours if colours.count(c) > 1)
        chosen = colours.index(tied)
        colours = _refined(pedigree, _ranks([(c, person != chosen) for person, c in enumerate(colours)]))
    return sorted(range(len(colours)), key=colours.__getitem__)


def _refined(pedigree: Pedigree, colours: list[int]) -> list[int]:
    """Split colours by the colours of parents and children until nothing changes."""
    while True:
        signature = [
            (
                colours[person],
                _colour(colours, pedigree.fathers[person]),
                _colour(colours, pedigree.mothers[person]),
                tuple(sorted(colours[child] for child in pedigree.children(person))),
            )
            for person in range(len(pedigree))
        ]
        refined = _ranks(signature)
        if len(set(refined)) == len(set(colours)):
            return refined
        colours = refined


def _colour(colours: list[int], person: int) -> int:
    return NOBODY if person == NOBODY else colours[person]


def _ranks(keys: Sequence[tuple[object, ...]]) -> list[int]:
    rank = {key: position for position, key in enumerate(sorted(set(keys)))}
    return [rank[key] for key in keys]
