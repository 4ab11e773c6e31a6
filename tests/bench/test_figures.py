"""Figures from raw results made by hand."""

from __future__ import annotations

import json
import math
import random
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench import tables
from bench.figures import lines, old_photo, told_little
from bench.lines import Line
from bench.misses import missed
from bench.rows import highest
from bench.scoring import placement
from bench.tasks import RawResults, keep, pooled, read


def _line(results: RawResults, task: str, stratum: str, method: str, subset: str = "all") -> Line:
    return next(
        line
        for line in lines(results)
        if (line.task, line.stratum, line.method, line.subset) == (task, stratum, method, subset)
    )


def test_hit_rates_count_mated_cases_of_one_stratum(results: RawResults) -> None:
    fused = _line(results, "leads", "fresh", "fused").figures
    assert (fused["hit@1"].value, fused["hit@10"].value, fused["hit@50"].value) == (2 / 3, 2 / 3, 1.0)
    assert fused["hit@1"].trials == 3
    assert fused["mrr"].value == pytest.approx((1 + 1 + 1 / 12) / 3)
    assert _line(results, "leads", "long_stayer", "fused").figures["hit@1"].trials == 1


def test_a_case_without_evidence_for_a_channel_counts_as_not_found(results: RawResults) -> None:
    face = _line(results, "leads", "fresh", "face").figures
    assert face["hit@1"].value == 1 / 3
    assert face["hit@50"].value == 2 / 3


def test_open_set_errors_say_when_too_few_cases_are_absent(results: RawResults) -> None:
    found = _line(results, "leads", "fresh", "fused").figures["fnir@fpir0.01"]
    assert math.isnan(found.value)
    assert found.trials == 1
    assert "1<100" in tables.text(list(lines(results)))


def test_calibration_of_the_top_of_the_list(results: RawResults) -> None:
    figures = _line(results, "calibration", "fresh", "fused").figures
    # Bins [.8, .9): two cases, both right; [.4, .5): one, wrong; [.2, .3): one, wrong.
    assert figures["top1_ece"].value == pytest.approx((2 * 0.2 + 0.4 + 0.2) / 4)
    assert figures["nobody_when_absent"].value == pytest.approx(0.7)
    assert figures["unsolvable_share"].value == 0.0


def test_alerts_have_both_errors(results: RawResults) -> None:
    figures = _line(results, "calibration", "fresh", "fused").figures
    assert (figures["alert_fpir"].value, figures["alert_fpir"].trials) == (0.0, 1)
    assert (figures["alert_fnir"].value, figures["alert_fnir"].trials) == (1 / 3, 3)


def test_wrong_leads_are_counted_among_those_that_somebody_acts_on(results: RawResults) -> None:
    first = _line(results, "wrong leads", "fresh", "first leads").figures
    # Promised .9, .8, .6 and .2; the last two were wrong.
    assert first["wrong_expected"].value == pytest.approx(0.1 + 0.2 + 0.4 + 0.8)
    assert first["wrong_actual"].value == 2.0
    assert first["ratio"].value == pytest.approx(0.75)
    # The absent case may be drawn alone or not at all: the interval is wide, and reaches infinity.
    assert first["ratio"].low < 0.75 < first["ratio"].high
    tenth = _line(results, "wrong leads", "fresh", "posterior >= .1").figures
    assert (tenth["leads"].value, tenth["wrong_actual"].value) == (5.0, 2.0)
    # Two records of the right person that stand apart are one lead, and share one promise.
    lead = {"probe_id": "a", "rank": 3, "posterior": 0.1, "right": True, "alert": True}
    more = replace(results, leads=pa.concat_tables([results.leads, pa.Table.from_pylist([lead])]))
    apart = _line(more, "wrong leads", "fresh", "posterior >= .1").figures
    assert (apart["leads"].value, apart["shown_apart"].value) == (5.0, 1.0)
    assert apart["wrong_expected"].value == pytest.approx(tenth["wrong_expected"].value - 0.1)
    alerts = _line(results, "wrong leads", "fresh", "alert lists").figures
    assert (alerts["leads"].value, alerts["wrong_actual"].value) == (3.0, 1.0)
    assert _line(results, "wrong leads", "long_stayer", "posterior >= .5").figures["wrong_actual"].value == 0.0


@pytest.mark.parametrize(
    ("name", "place", "expected"),
    [("none", "none", True), ("surname", "county", True), ("full", "none", False), ("given", "village", False)],
)
def test_who_told_little(name: str, place: str, expected: bool) -> None:
    assert told_little({"told_name": name, "told_place": place}) is expected


def test_old_photos_need_a_known_gap() -> None:
    assert [old_photo({"photo_gap_years": gap}) for gap in (None, 3.0, 12.0)] == [False, False, True]


def test_channel_costs(results: RawResults) -> None:
    face = _line(results, "channels", "fresh", "face").figures
    assert face["cllr_random"].value == pytest.approx(math.log2(1.1))
    assert face["cllr_hard"].value == pytest.approx((math.log2(1.1) + math.log2(101)) / 2)
    assert face["cllr_min_hard"].value == pytest.approx(1.0)


def test_strata_are_never_pooled(results: RawResults) -> None:
    assert {line.stratum for line in lines(results) if line.task != "cost"} == {"fresh", "long_stayer"}


def test_costs_are_quantiles_and_sums(results: RawResults) -> None:
    cost = _line(results, "cost", "both strata", "fused").figures
    assert cost["list_p50_cpu_ms"].value == pytest.approx(100.0)
    assert cost["total_cpu_s"].value == 1.0


def test_subsets_follow_the_hard_sets(results: RawResults) -> None:
    assert _line(results, "leads", "long_stayer", "fused", "told nothing").figures["hit@10"].value == 1.0
    assert not [ln for ln in lines(results) if ln.subset == "told nothing" and ln.stratum == "fresh"]


def test_misses_name_their_causes(results: RawResults) -> None:
    found = missed(results, rank=2)
    assert [(miss.probe_id, miss.rank) for miss in found] == [("c", 12.0), ("e", 3.0)]
    assert [miss.nearest_channel for miss in found] == ["none", "face 60.5"]
    assert "own name misheard" in tables.misses(found, markdown=False)
    assert tables.misses([], markdown=False) == "nobody was missed"


def test_raw_results_come_back_as_they_were(results: RawResults, tmp_path: Path) -> None:
    keep(results, tmp_path / "kept")
    again = read(tmp_path / "kept")
    assert again.run == results.run
    assert again.probes.equals(results.probes)
    assert [line.figures for line in lines(again)].__repr__() == [line.figures for line in lines(results)].__repr__()


def test_tables_show_every_line_and_json_is_json(results: RawResults) -> None:
    computed = list(lines(results))
    shown = tables.text(computed)
    assert "leads: fresh" in shown
    assert "0.67 [0.21 0.94]" in shown
    assert tables.text(computed, markdown=True).count("|") > 100
    assert len(json.loads(tables.as_json(computed))) == len(computed)


@pytest.mark.parametrize(
    ("values", "mates", "others", "rank"),
    [
        ([3, 2, 1], [1, 0, 0], [0, 1, 1], 1.0),
        ([3, 2, 1], [0, 0, 1], [1, 1, 0], 3.0),
        ([0, 0, 0, 0], [1, 0, 0, 0], [0, 1, 1, 1], 2.5),  # one mate among three equals: 1 + 3/2
        ([0, 0, 0, 0], [1, 1, 0, 0], [0, 0, 1, 1], 1 + 2 / 3),  # first of two mates among two equals
        ([5, 1, 9], [0, 1, 0], [1, 0, 0], 2.0),  # the third record is the probe itself
    ],
)
def test_placement_by_hand(values: list[float], mates: list[int], others: list[int], rank: float) -> None:
    own = np.flatnonzero(~np.array(others, bool))
    place = placement(np.array(values, float), np.flatnonzero(mates), own)
    assert place.rank == pytest.approx(rank)


def test_placement_equals_the_mean_over_random_orders() -> None:
    rng = np.random.default_rng(1)
    values = rng.integers(0, 3, 9).astype(float)
    mates = np.array([1, 1, 0, 0, 0, 0, 0, 0, 0], bool)
    ranks = []
    for _ in range(4000):
        order = np.lexsort((rng.random(9), -values))
        ranks.append(1 + int(np.flatnonzero(mates[order])[0]))
    # Rank counts other persons only, so a second mate never pushes the first down.
    own = np.flatnonzero(mates)
    assert placement(values, own, own).rank == pytest.approx(np.mean(ranks), abs=0.1)


@given(st.lists(st.integers(0, 4), min_size=1, max_size=40), st.integers(1, 12), st.randoms(use_true_random=False))
@settings(derandomize=True, max_examples=80, deadline=None)
def test_the_highest_rows_are_those_of_a_stable_sort(values: list[int], count: int, lot: random.Random) -> None:
    scores = np.array(values, np.float32)
    rows = np.array(sorted(lot.sample(range(len(values)), lot.randint(0, len(values)))), np.int64)
    expected = rows[np.argsort(-scores[rows], kind="stable")[:count]]
    assert highest(scores, rows, count).tolist() == expected.tolist()


def test_pooled_runs_keep_cases_and_persons_of_each_world_apart(results: RawResults) -> None:
    both = pooled([results, results])
    assert (both.run["probes"], both.run["recipe"], both.run["gallery_records"]) == (10, "by-hand.toml", 100)
    assert len(set(both.probes["probe_id"].to_pylist())) == 10
    assert len(set(both.probes["person"].to_pylist())) == 2 * len(set(results.probes["person"].to_pylist()))
    one, two = (_line(run, "leads", "fresh", "fused").figures["hit@1"] for run in (results, both))
    assert (two.value, two.trials) == (one.value, 2 * one.trials)
    assert pooled([results]) is results
