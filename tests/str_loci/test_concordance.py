"""Two typings of one person, and of two."""

from __future__ import annotations

import pytest

from matcher.errors import InputError
from matcher.str_loci.concordance import concordance, merged
from matcher.types import StrProfile

FIRST = StrProfile("A1", {"TH01": (60, 93), "FGA": (220, 240), "vWA": (140, 180)})
AGAIN = StrProfile("A2", {"TH01": (60, 93), "FGA": (220, 220), "CSF1PO": (100, 110)})
OTHER = StrProfile("A3", {"TH01": (70, 93), "FGA": (210, 230)})


def test_concordance_tells_drop_out_from_another_person() -> None:
    same = concordance(FIRST, AGAIN)
    assert (same.compared, same.dropped, same.different, same.same_person) == (2, ("FGA",), (), True)
    swapped = concordance(FIRST, OTHER)
    assert swapped.different == ("FGA", "TH01")
    assert not swapped.same_person
    assert not concordance(FIRST, StrProfile("B", {"D3S1358": (150, 160)})).same_person


def test_two_kits_of_one_sample_are_joined_and_two_persons_are_not() -> None:
    joined = merged(AGAIN, FIRST)
    assert joined.genotypes == {"TH01": (60, 93), "FGA": (220, 240), "vWA": (140, 180), "CSF1PO": (100, 110)}
    with pytest.raises(InputError, match="differ at FGA, TH01"):
        merged(FIRST, OTHER)
