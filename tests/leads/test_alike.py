"""Which records of a list are worth comparing: faces, names and profiles, each against a slow twin or by hand."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations

import numpy as np

from matcher.leads.alike import ALIKE_COSINE, SHARED_CHARACTERS, alike
from matcher.types import Subject, ToldName
from tests.contract.conftest import full_subject, world
from tests.leads.conftest import prepared_gallery


def likeness_by_hand(one: Subject, other: Subject) -> bool:
    if any(float(x.vector @ y.vector) >= ALIKE_COSINE for x in one.photos for y in other.photos):
        return True
    letters = [[{c for c in name.text if c.isalpha()} - {"音"} for name in s.own_names] for s in (one, other)]
    if any(len(x & y) >= SHARED_CHARACTERS for x in letters[0] for y in letters[1]):
        return True
    if one.profile is None or other.profile is None:
        return False
    x, y = one.profile.genotypes, other.profile.genotypes
    common = x.keys() & y.keys()
    return bool(common) and sum(x[locus] == y[locus] for locus in common) >= 0.8 * len(common)


def test_likeness_is_that_of_every_pair_by_hand() -> None:
    subjects = world(40)
    found = alike(subjects, prepared_gallery(subjects).gallery)
    expected = [
        (one, other)
        for one, other in combinations(range(len(subjects)), 2)
        if likeness_by_hand(subjects[one], subjects[other])
    ]
    assert expected, "the world holds some that are alike"
    assert found == expected


def test_a_mark_and_a_surname_make_no_like_name() -> None:
    bare = replace(full_subject("A", np.random.default_rng(1), "rescue"), photos=(), profile=None, pedigree=())
    subjects = [
        replace(bare, record_id="A", names=(ToldName("王建国(音)"),)),
        replace(bare, record_id="B", names=(ToldName("王小明（音）"), ToldName("李建国"))),
        replace(bare, record_id="C", names=(ToldName("王芳(音)"),)),
        replace(bare, record_id="D", names=()),
    ]
    assert alike(subjects, prepared_gallery(subjects).gallery) == [(0, 1)]
    assert alike(subjects[:1], prepared_gallery(subjects).gallery) == []
