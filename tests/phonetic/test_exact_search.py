"""The fast search equals the full scan on a drawn gallery, whatever the query; and does not depend on row order."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matcher.phonetic import name_kernels, transcribed
from matcher.phonetic.bulk_names import table_of_texts
from matcher.phonetic.confusion import SPEECH_REGIONS
from matcher.phonetic.factors import likelihood_ratios_compiled
from matcher.phonetic.grouped import grouped
from matcher.phonetic.name_index import NameIndex, build_index
from matcher.phonetic.name_model import compile_name, likelihood_ratios
from matcher.phonetic.name_table import TrueName, build_name_table, table_of_one, true_name, true_name_of
from matcher.phonetic.population import default_model
from matcher.phonetic.sampling import draw_name, mishear
from matcher.phonetic.search import best_names, full_scan, search_index
from matcher.phonetic.written import understand

EXTRA = ["欧阳洪芝", "司马义·买买提", "阿迪力·买买提", "才让卓玛", "图雅", "王某某", "老王", "山江", "wang shanjiang",
         "王山江(音)", "李玉□", "阿依古丽", "马海", "张伟明远", "无名氏", "救助3号", "诸葛亮", "□□明"]  # fmt: skip
QUERIES = ["王山江", "山江", "王江", "欧阳芝", "李强幼", "小芳", "芳芳", "老王", "王某某", "wang shanjiang",
           "Shanjiang Wang", "chan tai man", "Ch'en Ta-ming", "江山王", "王□江", "阿地里·麦麦提", "才仁珠玛", "图娅",
           "丽", "张伟明远", "赵(音)", "诸葛凉"]  # fmt: skip


def pairs(seed: int, count: int) -> list[tuple[int, str]]:
    rng = np.random.default_rng(seed)
    return list(enumerate([draw_name(rng) for _ in range(count)] + EXTRA * 2))


@pytest.fixture(scope="module")
def index() -> NameIndex:
    return build_index(pairs(1, 5000))


def assert_same(index: NameIndex, text: str, top: int, region: str | None = None) -> None:
    query = compile_name(understand(text), default_model(), region)
    if query is None:
        return
    numbers, ratios = best_names(index, query, top)
    expected, oracle = full_scan(index, query, top)
    np.testing.assert_allclose(ratios, oracle, rtol=1e-9)
    assert numbers.tolist() == expected.tolist(), text


@pytest.mark.parametrize("top", [1, 7, 100, 10_000])
@pytest.mark.parametrize("text", QUERIES)
def test_equal_to_the_full_scan(index: NameIndex, text: str, top: int) -> None:
    assert_same(index, text, top)


@settings(max_examples=60, derandomize=True, deadline=None)
@given(st.integers(0, 2**32 - 1), st.sampled_from([None, "chuanyu", "yue", "standard", "child"]))
def test_equal_to_the_full_scan_on_misheard_names(seed: int, region: str | None) -> None:
    rng = np.random.default_rng(seed)
    small = build_index(pairs(seed % 3, 300))
    assert_same(small, mishear(rng, draw_name(rng), region), 20, region)


@pytest.mark.parametrize("text", QUERIES)
def test_compiled_scoring_equals_the_readable_one(index: NameIndex, text: str) -> None:
    query = compile_name(understand(text), default_model(), "wu")
    assert query is not None
    slow = likelihood_ratios(query, index.table)
    fast = likelihood_ratios_compiled(query, index.table, *grouped(index.table))
    np.testing.assert_allclose(fast, slow, rtol=1e-10)


def test_row_order_does_not_matter() -> None:
    rows = pairs(2, 500)
    forward, backward = build_index(rows), build_index(rows[::-1])
    for text in QUERIES:
        first = [(hit.name, hit.log10_lr, sorted(hit.ids)) for hit in search_index(forward, text, top=30)]
        second = [(hit.name, hit.log10_lr, sorted(hit.ids)) for hit in search_index(backward, text, top=30)]
        assert first == second


def test_ties_put_the_commoner_name_first() -> None:
    index = build_index([(1, "曹美甲"), (2, "曹美珍"), (3, "曹美珍"), (4, "曹美兰")])
    hits = search_index(index, "曹美□", top=3)
    assert hits[0].log10_lr == pytest.approx(hits[1].log10_lr, abs=1e-9)
    assert hits[0].name == "曹美珍"


def test_short_way_takes_names_apart_as_the_long_way() -> None:
    rng = np.random.default_rng(8)
    for name in [draw_name(rng) for _ in range(3000)] + EXTRA + QUERIES:
        assert true_name_of(name) == true_name(understand(name)), name


def test_table_of_one_name_is_the_table_of_a_list_of_one() -> None:
    rng = np.random.default_rng(9)
    names = [true_name_of(name) for name in [draw_name(rng) for _ in range(300)] + EXTRA + QUERIES]
    for name in (name for name in names if isinstance(name, TrueName)):
        one, expected = table_of_one(name), build_name_table([name])
        for field in ("surnames", "givens", "surname_of", "given_of"):
            np.testing.assert_array_equal(getattr(one, field), getattr(expected, field), err_msg=str(name))
        for slot in ("surname_slot", "given_slot"):
            assert getattr(one, slot).elements == getattr(expected, slot).elements
            assert getattr(one, slot).role == getattr(expected, slot).role
        assert not len(one.transcribed.rows)


def test_loops_know_the_number_of_regions() -> None:
    assert len(SPEECH_REGIONS) == name_kernels.REGIONS


def test_many_names_are_taken_apart_as_one_by_one() -> None:
    rng = np.random.default_rng(8)
    texts = (
        [draw_name(rng) for _ in range(3000)] + EXTRA + QUERIES + ["", "\ud800王", "王\x00", "😀", "Иван", "老王老王"]
    )
    slow, fast = build_name_table(true_name_of(text) for text in texts), table_of_texts(texts)
    assert fast.surname_slot.elements == slow.surname_slot.elements
    assert fast.given_slot.elements == slow.given_slot.elements
    for part in ("surnames", "givens", "surname_of", "given_of"):
        np.testing.assert_array_equal(getattr(fast, part), getattr(slow, part), err_msg=part)
    np.testing.assert_array_equal(fast.transcribed.rows, slow.transcribed.rows)
    assert fast.transcribed.elements == slow.transcribed.elements


def test_forward_kernel_equals_its_twin() -> None:
    rng = np.random.default_rng(9)
    emission, noise = rng.random((5, 7)), rng.random(5) * 0.1
    codes, starts = transcribed.rows_of([[0, 3, 2], [6], [1, 1, 4, 5, 2]])
    fast = transcribed.prefix_probabilities(emission, noise, (codes, starts))
    for row in range(3):
        slow = transcribed.forward(emission[:, codes[starts[row] : starts[row + 1]]], noise)
        np.testing.assert_allclose(fast[row], slow, rtol=1e-12)


def test_histogram_orders_bounds() -> None:
    bounds = np.array([0.5, 1.0, 1.9, 2.0, -1.0, 0.0], np.float32)
    counts = np.zeros(1024, np.int64)
    name_kernels.bound_histogram(bounds.view(np.int32), counts)
    assert counts.sum() == 4
    keys = [int(np.float32(value).view(np.int32)) >> 21 for value in (0.5, 1.0, 1.9, 2.0)]
    assert keys == sorted(keys)
