"""Tiles of probes against the scan for one probe and against exact values."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pytest

from matcher.engine import tile_scan, tile_tables
from matcher.engine.channel import Plan
from matcher.engine.compiled import Compiled
from matcher.engine.exact import exact_totals, leaders
from matcher.engine.gallery import Gallery
from matcher.engine.products import float_product
from matcher.engine.search import Search, readable_shortlist
from matcher.engine.shortlist import ScanProbe, Shortlist
from matcher.engine.terms import AnyOf, Lookup
from matcher.engine.tile_scan import TileScanner
from tests.engine.conftest import GENOTYPES, LOCI, NAMES, TIED, gallery_of, probe_of, table

RECORDS, COUNT = 6000, 20
GALLERY = gallery_of(RECORDS)
COMPILED = Compiled.of(GALLERY)
PROBES = [probe_of(GALLERY, seed, photos=seed % 4, excluded=seed * 7 if seed % 3 else None) for seed in range(30)]


def best(gallery: Gallery, probe: ScanProbe, count: int = COUNT) -> list[int]:
    """List the best by exact scores of every record."""
    totals = exact_totals(probe.plans, gallery, np.arange(len(gallery)), probe.combination)
    if probe.excluded is not None:
        totals[probe.excluded] = -np.inf
    return np.argsort(-totals, kind="stable")[:count].tolist()


def listed(gallery: Gallery, probe: ScanProbe, found: Shortlist, count: int = COUNT) -> list[int]:
    totals = exact_totals(probe.plans, gallery, found.rows, probe.combination)
    kept = leaders(totals, count)
    return found.rows[kept][np.argsort(-totals[kept], kind="stable")][:count].tolist()


def several(probes: Sequence[ScanProbe], **options: int) -> list[Shortlist | None]:
    return COMPILED.tiles.scan(probes, COUNT, COMPILED.space(), **options)


@pytest.mark.parametrize("size", [1, 9, 30])
def test_every_list_is_the_exact_list(size: int) -> None:
    for probe, found in zip(PROBES[:size], several(PROBES[:size]), strict=True):
        assert found is not None
        assert (np.diff(found.rows) > 0).all()
        assert listed(GALLERY, probe, found) == best(GALLERY, probe)


def test_scores_and_sums_agree_with_the_scan_for_one() -> None:
    for probe, found in zip(PROBES, several(PROBES), strict=True):
        alone = COMPILED.one(probe, COUNT)
        assert found is not None
        assert alone is not None
        common, ours, theirs = np.intersect1d(found.rows, alone.rows, return_indices=True)
        assert common.shape[0] >= COUNT
        np.testing.assert_allclose(found.scores[ours], alone.scores[theirs], atol=2e-3)
        assert found.log10_sum == pytest.approx(alone.log10_sum, abs=5e-4)
        assert found.eligible == alone.eligible == RECORDS - (probe.excluded is not None)


def test_sums_agree_with_exact_values() -> None:
    for probe, found in zip(PROBES[:8], several(PROBES[:8]), strict=True):
        totals = exact_totals(probe.plans, GALLERY, np.arange(RECORDS), probe.combination)
        if probe.excluded is not None:
            totals[probe.excluded] = -np.inf
        assert found is not None
        corrected = found.corrected_log10_sum(exact_totals(probe.plans, GALLERY, found.rows, probe.combination))
        assert corrected == pytest.approx(math.log10(np.sum(10.0**totals)), abs=2e-3)


@pytest.mark.parametrize(("block", "threads"), [(64, 1), (1000, 2), (2048, 2)])
def test_blocks_and_threads_do_not_matter(block: int, threads: int) -> None:
    for reference, found in zip(several(PROBES), several(PROBES, block=block, threads=threads), strict=True):
        assert reference is not None
        assert found is not None
        np.testing.assert_array_equal(found.rows, reference.rows)
        np.testing.assert_array_equal(found.scores, reference.scores)
        assert found.log10_sum == pytest.approx(reference.log10_sum, abs=1e-12)


def test_a_probe_does_not_notice_who_shares_its_tile() -> None:
    for number in (0, 7, 29):
        alone = several([PROBES[number]])[0]
        among = several(PROBES)[number]
        assert alone is not None
        assert among is not None
        np.testing.assert_array_equal(alone.rows, among.rows)
        np.testing.assert_array_equal(alone.scores, among.scores)
        assert alone.log10_sum == pytest.approx(among.log10_sum, abs=1e-12)


def test_the_integer_product_may_be_any(monkeypatch: pytest.MonkeyPatch) -> None:
    floats = TileScanner(COMPILED.layout, COMPILED.curves, float_product).scan(PROBES[:9], COUNT, COMPILED.space())
    for first, second in zip(several(PROBES[:9]), floats, strict=True):
        assert first is not None
        assert second is not None
        np.testing.assert_array_equal(first.scores, second.scores)


def test_a_full_tile_and_more_come_back_in_order() -> None:
    search = Search(GALLERY, compiled=True)
    many = [probe_of(GALLERY, seed, photos=1) for seed in range(70)]
    found = list(search.best_of_each(iter(many), COUNT, expected=70, threads=2))
    assert len(found) == 70
    for number in (0, 63, 64, 69):
        assert listed(GALLERY, many[number], found[number]) == best(GALLERY, many[number])


def test_tables_longer_than_a_stretch_of_codes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Some lanes have no table, and tables of several columns begin and end within a stretch."""
    sparse = [
        ScanProbe(probe.plans[number % 3 :], probe.excluded, probe.combination) for number, probe in enumerate(PROBES)
    ]
    reference = several(sparse)
    monkeypatch.setattr(tile_tables, "_CODES", 32)
    for first, second in zip(reference, several(sparse), strict=True):
        assert first is not None
        assert second is not None
        np.testing.assert_array_equal(first.scores, second.scores)


def test_space_is_used_again_without_a_trace() -> None:
    space = COMPILED.space()
    reference = several(PROBES[:9])
    COMPILED.tiles.scan(PROBES[9:], COUNT, space)
    for first, second in zip(reference, COMPILED.tiles.scan(PROBES[:9], COUNT, space), strict=True):
        assert first is not None
        assert second is not None
        np.testing.assert_array_equal(first.scores, second.scores)


def test_a_probe_that_ties_everybody_is_listed_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tile_scan, "_ROOM", 3 * tile_scan.BLOCK)
    silent = ScanProbe([], combination=TIED)
    sex_only = ScanProbe([Plan("demographics", (Lookup("sex", np.array([0.0, 0.3, -1.0])),), -2.0, 2.0)], 4, TIED)
    tile = [silent, sex_only, *PROBES[:8]]
    found = several(tile)
    assert found[0] is None
    assert found[2] is not None
    answered = list(Search(GALLERY, compiled=True).best_of_each(tile, COUNT, expected=10))
    assert listed(GALLERY, silent, answered[0]) == list(range(COUNT))
    assert listed(GALLERY, sex_only, answered[1]) == best(GALLERY, sex_only)


def test_tables_beyond_the_usual_reach_keep_their_precision() -> None:
    rng = np.random.default_rng(3)
    # Terms that cancel, two over each column: what each says beyond the bounds matters.
    far = table(rng, GENOTYPES, spread=15.0)
    wide = Plan("dna", tuple(Lookup(LOCI[n], far * (1 - 2 * n)) for n in (0, 0, 1, 1)), -2.0, 3.0)
    usual = PROBES[1]
    first, second = COMPILED.tiles.scan([ScanProbe([wide], combination=TIED), usual], RECORDS, COMPILED.space())
    assert first is not None
    assert second is not None
    assert first.rows.shape == (RECORDS,)
    np.testing.assert_allclose(first.scores, exact_totals([wide], GALLERY, np.arange(RECORDS), TIED), atol=3e-3)
    alone = COMPILED.tiles.scan([usual], RECORDS, COMPILED.space())[0]
    assert alone is not None
    np.testing.assert_array_equal(second.scores, alone.scores)


def test_a_probe_beyond_float32_is_answered_by_the_readable_scan() -> None:
    far = np.full(NAMES, -50.0)
    far[0], far[3] = 0.0, 40.0
    probe = ScanProbe([Plan("name", (AnyOf("name", far),), -60.0, 45.0)], combination=TIED)
    tile = [probe, *PROBES[:8]]
    assert several(tile)[0] is None
    answered = next(Search(GALLERY, compiled=True).best_of_each(tile, COUNT, expected=9))
    assert listed(GALLERY, probe, answered) == best(GALLERY, probe)
    assert answered.log10_sum == pytest.approx(readable_shortlist(GALLERY, probe, COUNT).log10_sum)


def test_a_gallery_smaller_than_the_list_is_listed_whole() -> None:
    small = gallery_of(12)
    found = Compiled.of(small).several([probe_of(small, s, excluded=3) for s in range(9)], COUNT, COMPILED.space())
    for short in found:
        assert short is not None
        assert short.rows.tolist() == [row for row in range(12) if row != 3]


def test_probes_that_tie_different_channels_do_not_share_a_tile() -> None:
    plain = ScanProbe(PROBES[0].plans)
    with pytest.raises(ValueError, match="tie the same channels"):
        several([plain, PROBES[1]])
    assert several([plain])[0] is not None


def test_without_a_tie_a_tile_lists_the_plain_sum() -> None:
    plain = [ScanProbe(probe.plans, probe.excluded) for probe in PROBES[:9]]
    for probe, found in zip(plain, several(plain), strict=True):
        assert found is not None
        assert listed(GALLERY, probe, found) == best(GALLERY, probe)
