"""Which scan serves, and that the answer does not depend on it."""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from matcher.engine import search
from matcher.engine.exact import exact_totals, leaders
from matcher.engine.search import Search
from matcher.engine.shortlist import ScanProbe
from tests.engine.conftest import gallery_of, probe_of

GALLERY = gallery_of(900)


def names_listed(engine: Search, probe: ScanProbe, count: int = 15) -> list[str]:
    found = engine.best(probe, count)
    totals = exact_totals(probe.plans, GALLERY, found.rows, probe.combination)
    kept = leaders(totals, count)
    order = np.argsort(-totals[kept], kind="stable")[:count]
    return GALLERY.record_ids[found.rows[kept][order]].tolist()


@pytest.mark.parametrize("excluded", [None, 17])
def test_both_scans_list_the_same(excluded: int | None) -> None:
    for seed in range(12):
        probe = probe_of(GALLERY, seed, photos=seed % 3, excluded=excluded)
        compiled, readable = Search(GALLERY, compiled=True), Search(GALLERY, compiled=False)
        assert names_listed(compiled, probe) == names_listed(readable, probe)
        first, second = compiled.best(probe, 15), readable.best(probe, 15)
        exact = [exact_totals(probe.plans, GALLERY, found.rows, probe.combination) for found in (first, second)]
        sums = [found.corrected_log10_sum(totals) for found, totals in zip((first, second), exact, strict=True)]
        assert sums[0] == pytest.approx(sums[1], abs=3e-3)
        assert first.eligible == second.eligible


def test_batches_list_what_single_probes_list() -> None:
    probes = [probe_of(GALLERY, seed, photos=1) for seed in range(12)]
    for compiled in (True, False):
        engine = Search(GALLERY, compiled=compiled)
        batch = list(engine.best_of_each(iter(probes), 15, expected=12))
        for probe, found in zip(probes, batch, strict=True):
            alone = engine.best(probe, 15)
            assert set(alone.rows[np.argsort(-alone.scores)[:5]]) <= set(found.rows)


def test_threads_may_share_a_search() -> None:
    probes = [probe_of(GALLERY, seed, photos=1) for seed in range(10)]
    alone = [found.rows.tolist() for found in Search(GALLERY, compiled=True).best_of_each(probes, 15, expected=10)]
    shared = Search(GALLERY, compiled=True)

    def batch(_number: int) -> list[list[int]]:
        return [found.rows.tolist() for found in shared.best_of_each(probes, 15, expected=10, threads=2)]

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(batch, range(8))) == [alone] * 8


@pytest.mark.parametrize("missing", ["numba", "matcher.engine.kernel"])
def test_without_numba_the_readable_scan_serves(monkeypatch: pytest.MonkeyPatch, missing: str) -> None:
    _forget_compiled(monkeypatch)
    monkeypatch.setitem(sys.modules, missing, None)
    probe = probe_of(GALLERY, 3)
    engine = Search(GALLERY, compiled=True)
    assert engine.best(probe, 15).rows.tolist() == search.readable_shortlist(GALLERY, probe, 15).rows.tolist()
    assert not engine.is_compiled
    assert "numba cannot be imported" in str(search.compiled_scan_problem())


def test_without_a_place_for_compiled_code_the_readable_scan_serves(monkeypatch: pytest.MonkeyPatch) -> None:
    """numba says so with a RuntimeError when the first kernel is declared."""
    import numba

    def refuse(*_arguments: object, **_options: object) -> None:
        raise RuntimeError("cannot cache function: no locator available for file '<exec>'")

    _forget_compiled(monkeypatch)
    monkeypatch.setattr(numba, "njit", refuse)
    engine = Search(GALLERY, compiled=True)
    engine.best(probe_of(GALLERY, 3), 15)
    assert not engine.is_compiled
    assert "NUMBA_CACHE_DIR" in str(search.compiled_scan_problem())


def test_the_compiled_scan_can_be_used_here() -> None:
    assert search.compiled_scan_problem() is None


def _forget_compiled(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have everything that needs numba imported again."""
    own = {"compiled", "kernel", "jit", "probe_scan", "tile_scan", "tile_channel", "tile_tables"}
    for module in [name for name in sys.modules if name.startswith("matcher.engine.")]:
        if module.rpartition(".")[2] in own:
            monkeypatch.delitem(sys.modules, module)


def test_a_small_gallery_does_not_load_numba() -> None:
    engine = Search(GALLERY)
    engine.best(probe_of(GALLERY, 3), 15)
    list(engine.best_of_each([probe_of(GALLERY, 3)] * 3, 15, expected=3))
    assert not engine.is_compiled


def test_a_large_batch_does(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search, "MANY_PAIRS", 3 * len(GALLERY))
    engine = Search(GALLERY)
    list(engine.best_of_each([probe_of(GALLERY, 3)] * 3, 15, expected=3))
    assert engine.is_compiled


def test_many_single_probes_do_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search, "MANY_PAIRS", 3 * len(GALLERY))
    engine = Search(GALLERY)
    for loaded in (False, False, True):
        engine.best(probe_of(GALLERY, 3), 15)
        assert engine.is_compiled is loaded
