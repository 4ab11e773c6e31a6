"""Paternal lines by Y-STR: steps, distance, exclusion."""

from __future__ import annotations

import math

import pytest

from matcher.errors import InputError
from matcher.str_loci.loci import loci
from matcher.str_loci.y_lineage import AVERAGE_RATE, compare_haplotypes, mutation_rates, read_haplotype

KIT = [locus.name for locus in loci("y")][:20]
SAME = dict.fromkeys(KIT, (140,))


def test_equal_haplotypes_never_exclude() -> None:
    result = compare_haplotypes(SAME, SAME, transmissions=1)
    assert (result.loci, result.steps, result.tail, result.excluded) == (20, {}, 1.0, False)


def test_expected_steps_grow_with_the_distance() -> None:
    rate = sum(mutation_rates().get(locus, AVERAGE_RATE) for locus in KIT)
    assert 0.05 < rate < 0.15
    for transmissions in (1, 2, 5):
        assert compare_haplotypes(SAME, SAME, transmissions=transmissions).expected == pytest.approx(
            rate * transmissions
        )


def test_one_step_is_a_mutation_and_four_are_another_line() -> None:
    one = compare_haplotypes(SAME, SAME | {KIT[0]: (150,)}, transmissions=1)
    assert one.steps == {KIT[0]: 1}
    assert one.tail == pytest.approx(1 - math.exp(-one.expected))
    assert not one.excluded
    four = compare_haplotypes(SAME, SAME | dict.fromkeys(KIT[:4], (150,)), transmissions=2)
    assert sum(four.steps.values()) == 4
    assert four.excluded


def test_duplicated_loci_and_partial_repeats() -> None:
    assert compare_haplotypes({"DYS385": (110, 140)}, {"DYS385": (110, 150)}, transmissions=1).steps == {"DYS385": 1}
    assert compare_haplotypes({"DYS385": (110,)}, {"DYS385": (110, 110)}, transmissions=1).steps == {}
    assert compare_haplotypes({"DYS458": (170,)}, {"DYS458": (172,)}, transmissions=1).steps == {"DYS458": 1}


def test_reading_keeps_y_loci_only() -> None:
    assert read_haplotype({"dys389 i": "13", "Amel": "X,Y", "FGA": "20"}) == {"DYS389I": (130,)}
    with pytest.raises(InputError, match="repeat number"):
        read_haplotype({"DYS391": "OL"})


def test_nothing_in_common_is_refused() -> None:
    with pytest.raises(InputError, match="0 common Y loci"):
        compare_haplotypes({"DYS391": (100,)}, {"DYS393": (130,)}, transmissions=1)
