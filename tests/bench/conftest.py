"""A small set of raw results made by hand."""

from __future__ import annotations

import pyarrow as pa
import pytest

from bench.tasks import RawResults


def _probe(name: str, stratum: str, **other: object) -> dict[str, object]:
    row: dict[str, object] = {
        "probe_id": name, "person": 1, "stratum": stratum, "photo": "adult_adult", "photo_gap_years": 1.0,
        "told_name": "full", "told_place": "full", "mate_name": True, "mate_place": True, "dna": "none",
        "hard_sets": ["none_of_these"], "causes": ["own name misheard"], "designed": "",
        "mated": True, "solvable": True, "mates": 1, "nobody": 0.1,
        "top_posterior": 0.8, "person_posterior": 0.9, "top_is_mate": True, "top_is_kin": False,
        "alerted": True, "alert_is_mate": True, "cpu_seconds": 0.1, "scan_seconds": 0.01,
    }  # fmt: skip
    return row | other


@pytest.fixture
def results() -> RawResults:
    """Four fresh cases (one not in the gallery) and one long-stayer; two methods."""
    probes = [
        _probe("a", "fresh"), _probe("b", "fresh"),
        _probe("c", "fresh", person=2, top_is_mate=False, top_posterior=0.4, alert_is_mate=False),
        _probe("d", "fresh", person=3, mated=False, solvable=False, top_is_mate=False, top_posterior=0.2, nobody=0.7,
               alerted=False, alert_is_mate=False),
        _probe("e", "long_stayer", photo="adult_child", hard_sets=["told_nothing"]),
    ]  # fmt: skip
    place = [
        ("a", "fused", 1.0, 5.0, 1.0), ("b", "fused", 1.0, 4.0, 1.5), ("c", "fused", 12.0, 1.0, 3.0),
        ("d", "fused", None, None, 2.0), ("e", "fused", 3.0, 2.0, 2.5),
        ("a", "face", 2.0, 1.0, 2.0), ("b", "face", 1.0, 4.0, 0.5), ("d", "face", None, None, 0.1),
        ("e", "face", 60.5, -1.0, 2.0),
    ]  # fmt: skip
    placements = [
        {"probe_id": p, "method": m, "rank": r, "mate_value": v, "best_other": o, "mean_lr_strangers": 1.0}
        for p, m, r, v, o in place
    ]
    pairs = [
        {"probe_id": "a", "method": "face", "how": "mate", "log10_lr": 1.0},
        {"probe_id": "a", "method": "face", "how": "random", "log10_lr": -1.0},
        {"probe_id": "a", "method": "face", "how": "hard", "log10_lr": 2.0},
    ]
    leads = [
        {"probe_id": p, "rank": n, "posterior": v, "right": r, "alert": a}
        for p, n, v, r, a in [
            ("a", 1, 0.9, True, True), ("a", 2, 0.05, False, False), ("b", 1, 0.8, True, True),
            ("c", 1, 0.6, False, True), ("c", 2, 0.1, True, False), ("d", 1, 0.2, False, False),
            ("e", 1, 0.8, True, False),
        ]
    ]  # fmt: skip
    run = {
        "recipe": "by-hand.toml",
        "seed": 1,
        "probes": 5,
        "open_cases": 5,
        "gallery_records": 100,
        "cpu_seconds": {"score": 1.0},
    }
    return RawResults(run, *(pa.Table.from_pylist(rows) for rows in (probes, placements, leads, pairs)))
