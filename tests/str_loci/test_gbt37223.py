"""Laboratory practice: published tables, worked mismatches, and its distance from the full model."""

from __future__ import annotations

import math

import pytest

from matcher.errors import InputError
from matcher.str_loci.compare import KinshipOptions, compare_profiles
from matcher.str_loci.frequencies import LocusFrequencies, default_frequencies
from matcher.str_loci.gbt37223 import locus_index, practice_index
from matcher.str_loci.mutation import NO_MUTATION
from matcher.types import Genotype, StrProfile

P = {80: 0.1, 90: 0.2, 100: 0.3, 110: 0.25, 113: 0.15}
TABLE = LocusFrequencies("L", tuple(P), tuple(P.values()), 1000)
MU = 0.002

# child, alleged parent, other parent, expected index.
# Source: paternity index tables as in the programs that laboratories use (benzeph/pi), and their mutation examples
# (PI_v9): 16/16 x 15/15 = mu / (2 p16); 9/11 x 10/10 = (mu / 2)(p9 + p11) / (2 p9 p11); 9/10 x 8/8 = mu / (4 p9).
CASES: list[tuple[Genotype, Genotype, Genotype | None, float]] = [
    ((80, 80), (80, 80), None, 1 / 0.1),
    ((80, 90), (80, 80), None, 1 / (2 * 0.1)),
    ((80, 90), (80, 90), None, 0.3 / (4 * 0.1 * 0.2)),
    ((80, 80), (80, 80), (80, 90), 1 / 0.1),
    ((80, 80), (80, 100), (80, 90), 1 / (2 * 0.1)),
    ((80, 90), (80, 90), (80, 90), 1 / (0.1 + 0.2)),
    ((80, 90), (80, 100), (80, 90), 1 / (2 * (0.1 + 0.2))),
    ((90, 90), (80, 80), None, MU / (2 * 0.2)),
    ((90, 110), (100, 100), None, MU / 2 * (0.2 + 0.25) / (2 * 0.2 * 0.25)),
    ((90, 100), (80, 80), None, MU / (4 * 0.2)),
    ((100, 100), (80, 80), None, 0.1 * MU / (2 * 0.3)),
    ((90, 100), (80, 80), (100, 100), MU / 2 / 0.2),
]


@pytest.mark.parametrize(("child", "parent", "other", "expected"), CASES)
def test_published_indices(child: Genotype, parent: Genotype, other: Genotype | None, expected: float) -> None:
    found = locus_index("L", (child, parent, other), TABLE)
    assert found.index == pytest.approx(expected, rel=1e-12)
    assert found.consistent == (expected > 0.05)


def test_partial_repeats_have_no_rule() -> None:
    found = locus_index("L", ((113, 113), (80, 90), None), TABLE)
    assert found.index is None
    assert not found.consistent


def test_consistent_loci_equal_the_full_model_without_mutation() -> None:
    frequencies = default_frequencies()
    child: dict[str, Genotype] = {"FGA": (220, 240), "TH01": (70, 90), "D3S1358": (150, 160)}
    father: dict[str, Genotype] = {"FGA": (220, 230), "TH01": (60, 70), "D3S1358": (150, 150)}
    practice = practice_index(child, father, frequencies)
    options = KinshipOptions(mutation=NO_MUTATION)
    full = compare_profiles("parent-child", [StrProfile("c", child), StrProfile("f", father)], options)
    # The full model raises rare alleles to the minimum frequency and normalises; nothing else differs.
    assert practice.log10_cpi == pytest.approx(full.log10_lr, abs=0.02)
    assert practice.inconsistent == ()
    assert practice.rcp == pytest.approx(10**practice.log10_cpi / (1 + 10**practice.log10_cpi))


def test_three_inconsistent_loci_exclude() -> None:
    child: dict[str, Genotype] = {"FGA": (220, 240), "TH01": (70, 90), "D3S1358": (150, 160), "CSF1PO": (100, 100)}
    father: dict[str, Genotype] = {"FGA": (230, 250), "TH01": (60, 80), "D3S1358": (140, 170), "CSF1PO": (100, 110)}
    result = practice_index(child, father, default_frequencies())
    assert result.inconsistent == ("D3S1358", "FGA", "TH01")
    assert result.excludes
    assert result.log10_cpi < math.log10(MU) * 2


def test_nothing_in_common_is_refused() -> None:
    with pytest.raises(InputError, match="no common locus"):
        practice_index({"FGA": (220, 240)}, {"TH01": (60, 70)}, default_frequencies())
