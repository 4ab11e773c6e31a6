"""Which records of a list resemble each other enough to ask whether they are one person.

A common village and age is what neighbours and brothers have too, so a pair needs evidence of the person's own: two
faces, two names or two profiles. Likeness only chooses whom to ask; the answer is `matcher.leads.mutual`'s.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations

import numpy as np

from matcher.engine.assembly import take_rows
from matcher.engine.columns import DenseColumn
from matcher.engine.gallery import Gallery
from matcher.types import Genotype, Subject, ToldName

ALIKE_COSINE = 0.50
"""Cosine from which two photographs are worth comparing for this. Knob: saves comparisons. Of the pairs that a cosine
between .40 and .50 would add to a list of 75 among 100,000 records, 28, one in 250 is the same person."""

SHARED_CHARACTERS = 2
"""Characters that two names share before they are worth comparing. Knob, as above: misheard names join by faces."""

SAME_GENOTYPES = 0.8
"""Share of common loci with equal genotypes from which two profiles are worth comparing. Knob, as above; full siblings
share a quarter to a half."""

Places = tuple[int, int]
"""Places of two leads in a list, the lower one first."""


def alike(subjects: Sequence[Subject], gallery: Gallery) -> list[Places]:
    """Return the pairs of places with two like faces, two like names or two like profiles, ascending.

    Parameters
    ----------
    subjects : sequence of Subject
        Records of the gallery, in the order of the list.
    gallery : Gallery
        Their photographs are read from its codes.
    """
    found = {*_like_faces(subjects, gallery), *_like_names(subjects)}
    typed = [(place, subject.profile.genotypes) for place, subject in enumerate(subjects) if subject.profile]
    found.update((one, other) for (one, x), (other, y) in combinations(typed, 2) if _like_profiles(x, y))
    return sorted(found)


def _like_profiles(one: Mapping[str, Genotype], other: Mapping[str, Genotype]) -> bool:
    common = one.keys() & other.keys()
    return bool(common) and sum(one[locus] == other[locus] for locus in common) >= SAME_GENOTYPES * len(common)


def _like_names(subjects: Sequence[Subject]) -> Iterator[Places]:
    """Yield the pairs of places of which any two names share enough characters."""
    bits: dict[str, int] = {}
    written = [
        [sum(bits.setdefault(letter, 1 << len(bits)) for letter in _letters(name)) for name in subject.own_names]
        for subject in subjects
    ]
    for one, other in combinations(range(len(subjects)), 2):
        if any((x & y).bit_count() >= SHARED_CHARACTERS for x in written[one] for y in written[other]):
            yield one, other


def _letters(name: ToldName) -> frozenset[str]:
    return frozenset(filter(str.isalpha, name.text)) - {"音"}


def _like_faces(subjects: Sequence[Subject], gallery: Gallery) -> Iterator[Places]:
    """Yield the pairs of places of which any two photographs are alike."""
    rows = np.searchsorted(gallery.record_ids, np.array([subject.record_id for subject in subjects], np.str_))
    for column in gallery.codes["face"].values():
        if isinstance(column, DenseColumn):
            own = take_rows(column, rows)
            assert isinstance(own, DenseColumn)
            vectors = np.asarray(own.vectors, np.float32)
            owners = np.repeat(np.arange(len(subjects)), np.diff(own.offsets))
            one, other = (owners[found].tolist() for found in np.nonzero(vectors @ vectors.T >= ALIKE_COSINE))
            yield from ((x, y) for x, y in zip(one, other, strict=True) if x < y)
