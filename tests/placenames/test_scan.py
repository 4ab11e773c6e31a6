from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from matcher.placenames.costs import Letter, QueryCosts, SoundCosts
from matcher.placenames.ending_scan import ending_tree, scan_endings
from matcher.placenames.gazetteer import Gazetteer, NameList
from matcher.placenames.names import shared_prefixes
from matcher.placenames.scan import scan_plainly

LETTERS = "abcd"


def name_list(names: list[str]) -> NameList:
    ordered = sorted(set(names))
    codes = np.array([LETTERS.index(c) for name in ordered for c in name], np.uint16)
    offsets = np.concatenate([[0], np.cumsum([len(name) for name in ordered])]).astype(np.int32)
    return NameList(
        codes, offsets, np.array(shared_prefixes(ordered), np.uint8), np.arange(len(ordered), dtype=np.int32)
    )


def scan(names: NameList, costs: QueryCosts, *, cutoff: float) -> np.ndarray:
    """The costs of the whole text as the one pass over all endings finds them, by row of the list."""
    whole = costs.insert.size
    near = scan_endings(ending_tree(names), costs, lengths=[whole], cutoff=cutoff)[whole]
    found = np.full(names.name_ids.max() + 1, np.inf, np.float32)
    found[near.ids] = near.cost
    return found[names.name_ids]


@settings(derandomize=True, deadline=None, max_examples=150)
@given(
    names=st.lists(st.text(LETTERS, min_size=1, max_size=6), min_size=1, max_size=30),
    query=st.integers(1, 5),
    seed=st.integers(0, 2**31),
    cutoff=st.sampled_from([0.5, 1.5, 3.0, 1e9]),
)
def test_shared_columns_give_what_plain_comparison_gives(
    names: list[str], query: int, seed: int, cutoff: float
) -> None:
    rng = np.random.default_rng(seed)
    replace = rng.uniform(0, 2, (query, len(LETTERS))).astype(np.float32)
    drop = rng.uniform(0, 2, len(LETTERS)).astype(np.float32)
    insert = rng.uniform(0, 2, query).astype(np.float32)
    listed = name_list(names)
    fast = scan(listed, QueryCosts(replace, drop, insert), cutoff=cutoff)
    slow = scan_plainly(listed, replace, drop, insert, cutoff=cutoff)
    np.testing.assert_allclose(fast, slow, rtol=1e-5)


@settings(derandomize=True, deadline=None, max_examples=150)
@given(seed=st.integers(0, 2**31))
def test_elements_that_may_be_left_out_cheaply_reach_no_cell_of_another_name(seed: int) -> None:
    rng = np.random.default_rng(seed)
    query = int(rng.integers(3, 6))
    listed = name_list(["".join(rng.choice(list(LETTERS), int(rng.integers(1, 6)))) for _ in range(12)])
    replace = rng.uniform(0, 3, (query, len(LETTERS))).astype(np.float32)
    drop = rng.uniform(0, 2, len(LETTERS)).astype(np.float32)
    insert = rng.choice([0.1, 3.0], query).astype(np.float32)
    fast = scan(listed, QueryCosts(replace, drop, insert), cutoff=2.0)
    slow = scan_plainly(listed, replace, drop, insert, cutoff=2.0)
    np.testing.assert_allclose(fast, slow, rtol=1e-5)


def test_the_real_names_agree_with_the_oracle(gazetteer: Gazetteer) -> None:
    costs = SoundCosts(gazetteer.alphabet).of([Letter(c) for c in "云湖"], None)
    fast = scan(gazetteer.names, costs, cutoff=6.0)
    slow = scan_plainly(gazetteer.names, costs.replace, costs.drop, costs.insert, cutoff=6.0)
    np.testing.assert_allclose(fast, slow, rtol=1e-5)
    assert np.isfinite(fast).sum() >= 3


def test_names_of_surroundings_keep_their_shared_beginnings(gazetteer: Gazetteer) -> None:
    upper = gazetteer.upper_names
    texts = ["".join(map(chr, upper.codes[a:b])) for a, b in zip(upper.offsets, upper.offsets[1:], strict=False)]
    assert texts == sorted(texts)
    assert upper.shared.tolist() == shared_prefixes(texts)
