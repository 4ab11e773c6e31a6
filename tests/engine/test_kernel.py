"""The compiled scan for one probe against the readable scan, its oracle."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.engine import kernel, storage
from matcher.engine.channel import Plan
from matcher.engine.compiled import Compiled
from matcher.engine.curve_tables import CurveTables
from matcher.engine.exact import exact_totals
from matcher.engine.gallery import Gallery
from matcher.engine.layout import layout_of
from matcher.engine.probe_scan import dense_gap, power_sum, representable, scan_probe
from matcher.engine.scan import FLOAT32_SLACK, scan, scan_tolerance
from matcher.engine.shortlist import ScanProbe
from matcher.engine.terms import AnyOf
from tests.engine.conftest import gallery_of, probe_of


@given(st.integers(0, 2**32 - 1), st.integers(1, 300), st.integers(0, 3))
def test_it_agrees_with_the_readable_scan(seed: int, records: int, photos: int) -> None:
    gallery = gallery_of(records, seed % 1000)
    probe = probe_of(gallery, seed, photos=photos)
    plans, combination = probe.plans, probe.combination
    layout, curves = layout_of(gallery), CurveTables()
    found = scan_probe(layout, probe, curves)
    gap = dense_gap(plans, layout, curves) + FLOAT32_SLACK
    np.testing.assert_allclose(found, scan(gallery, plans, combination), atol=gap + scan_tolerance(plans))
    np.testing.assert_allclose(found, exact_totals(plans, gallery, np.arange(records), combination), atol=gap)


def test_without_faces_only_float32_rounding_is_left() -> None:
    gallery = gallery_of(5000)
    plans = probe_of(gallery, 4, photos=0).plans
    found = scan_probe(layout_of(gallery), ScanProbe(plans), CurveTables())
    np.testing.assert_allclose(found, exact_totals(plans, gallery, np.arange(5000)), atol=2e-5)


def test_coarse_faces_are_far_better_than_their_bound() -> None:
    gallery = gallery_of(3000)
    plans = probe_of(gallery, 4).plans[-1:]
    found = scan_probe(layout_of(gallery), ScanProbe(plans), CurveTables())
    errors = np.abs(found - exact_totals(plans, gallery, np.arange(3000)))
    assert np.median(errors) < 0.01


@pytest.mark.parametrize(("block", "threads"), [(1, 1), (97, 1), (97, 2), (1 << 15, 2)])
def test_blocks_and_threads_change_no_bit(block: int, threads: int) -> None:
    gallery = gallery_of(1000)
    probe = probe_of(gallery, 9, photos=2)
    layout, curves = layout_of(gallery), CurveTables()
    reference = scan_probe(layout, probe, curves)
    np.testing.assert_array_equal(scan_probe(layout, probe, curves, block=block, threads=threads), reference)


def test_the_order_of_rows_changes_no_bit() -> None:
    from matcher.engine.assembly import take_rows

    gallery = gallery_of(700)
    order = np.random.default_rng(2).permutation(700)
    shuffled = Gallery(
        gallery.record_ids,
        {
            channel: {name: take_rows(column, order) for name, column in columns.items()}
            for channel, columns in gallery.codes.items()
        },
    )
    probe = probe_of(gallery, 9, photos=2)
    reference = scan_probe(layout_of(gallery), probe, CurveTables())
    np.testing.assert_array_equal(scan_probe(layout_of(shuffled), probe, CurveTables()), reference[order])


def test_a_stored_gallery_is_scanned_from_its_maps(tmp_path: Path) -> None:
    gallery = gallery_of(400)
    storage.write_gallery(tmp_path, gallery, {name: {} for name in gallery.codes})
    opened, _ = storage.read_gallery(tmp_path)
    plans = probe_of(gallery, 3, photos=2).plans
    reference = scan_probe(layout_of(gallery), ScanProbe(plans), CurveTables())
    np.testing.assert_array_equal(scan_probe(layout_of(opened), ScanProbe(plans), CurveTables()), reference)


def test_a_probe_that_says_nothing_scores_exactly_zero() -> None:
    gallery = gallery_of(50)
    assert (scan_probe(layout_of(gallery), ScanProbe([]), CurveTables()) == 0.0).all()


def test_records_without_evidence_score_exactly_zero() -> None:
    gallery = gallery_of(500)
    plans = probe_of(gallery, 3).plans
    found = scan_probe(layout_of(gallery), ScanProbe(plans), CurveTables())
    silent = exact_totals(plans, gallery, np.arange(500)) == 0.0
    assert silent.any()
    assert (found[silent] == 0.0).all()


def test_a_gallery_without_any_photo_or_record_is_scanned() -> None:
    for records in (0, 1):
        gallery = gallery_of(records, seed=3)
        scores = scan_probe(layout_of(gallery), probe_of(gallery, 3), CurveTables())
        assert scores.shape == (records,)


@given(st.lists(st.floats(-37, 37, width=32), min_size=1, max_size=40))
def test_powers_and_their_sum(values: list[float]) -> None:
    logs = np.array(values, np.float32)
    linear = np.empty_like(logs)
    kernel.powers(logs, linear)
    np.testing.assert_allclose(linear, 10.0 ** logs.astype(np.float64), rtol=6e-6)
    expected = np.sum(10.0 ** (logs.astype(np.float64) - 20.0))
    assert power_sum(logs, shift=20.0, block=7) == pytest.approx(expected, rel=1e-5, abs=1e-30)


def test_averages_beyond_float32_are_left_to_the_readable_scan() -> None:
    gallery = gallery_of(50)
    far = np.zeros(40)
    far[7] = -60.0
    plans = [Plan("name", (AnyOf("name", far),), -80.0, 3.0)]
    assert not representable(plans)
    assert Compiled.of(gallery).one(ScanProbe(plans), 5) is None
