"""All endings in one pass against the scan of each ending by itself."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matcher.placenames.costs import Letter, SoundCosts
from matcher.placenames.ending_scan import ending_tree, scan_endings
from matcher.placenames.gazetteer import Gazetteer, NameList
from matcher.placenames.scan import scan_plainly

TEXTS = ("云阳县江口镇千丘村", "襄樊", "宣花五里□", "天峨县五福村民小组大队五福")


def check(names: NameList, costs: SoundCosts, text: str, cutoff: float) -> int:
    letters = [Letter(character) for character in text]
    lengths = range(1, len(letters) + 1)
    found = scan_endings(ending_tree(names), costs.of(letters, None), lengths=lengths, cutoff=cutoff)
    hits = 0
    for length in lengths:
        alone = costs.of(letters[-length:], None)
        expected = scan_plainly(names, alone.replace, alone.drop, alone.insert, cutoff=cutoff)
        near = np.flatnonzero(np.isfinite(expected))
        order = np.argsort(names.name_ids[near])
        assert found[length].ids.tolist() == names.name_ids[near][order].tolist()
        np.testing.assert_allclose(found[length].cost, expected[near][order], atol=1e-4)
        hits += near.size
    return hits


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("cutoff", [2.0, 6.5, 10.0])
def test_every_ending_finds_what_it_finds_alone(gazetteer: Gazetteer, text: str, cutoff: float) -> None:
    costs = SoundCosts(gazetteer.alphabet)
    assert check(gazetteer.names, costs, text, cutoff) > 0 or cutoff < 6.0
    check(gazetteer.upper_names, costs, text, cutoff)


@settings(derandomize=True, deadline=None, max_examples=25)
@given(text=st.text("云阳县千丘村江口河北宣化五福大里□家子", min_size=1, max_size=7), cutoff=st.floats(0.5, 9.0))
def test_any_text(text: str, cutoff: float) -> None:
    gazetteer = Gazetteer.sample()
    check(gazetteer.upper_names, SoundCosts(gazetteer.alphabet), text, cutoff)


def test_room_grows_with_what_is_found(gazetteer: Gazetteer, monkeypatch: pytest.MonkeyPatch) -> None:
    from matcher.placenames import ending_scan

    monkeypatch.setattr(ending_scan, "_FIRST_ROOM", 3)
    assert check(gazetteer.names, SoundCosts(gazetteer.alphabet), "五里村", 6.5) > 3


def test_the_tree_holds_every_name_once(gazetteer: Gazetteer) -> None:
    tree = ending_tree(gazetteer.names)
    named = tree.name[tree.name >= 0]
    assert sorted(named.tolist()) == list(range(gazetteer.names.shared.size))
    assert (tree.after > np.arange(tree.after.size)).all()
