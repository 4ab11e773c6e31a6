"""Splink 5 on the same records: name and place in characters and in pinyin, age, sex, height; no face, no DNA.

Configured as its users would: exact match with term frequencies, then exact pinyin, then Jaro-Winkler levels on
pinyin; u by random sampling, m by expectation maximisation under two blocking rules; every pair scored, so that
nothing is lost to blocking. Splink is a dependency of this comparison only (dependency group `peers`).
"""

from __future__ import annotations

import contextlib
import importlib.util
import io
import warnings
from collections.abc import Callable, Sequence
from importlib import import_module
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from bench.peer_fields import Fields, Float32, pinyin

SEED = 1
U_PAIRS = 2e6

_LEVELS = "splink.comparison_level_library"
_COMPARISONS = "splink.comparison_library"


def available() -> bool:
    """Tell whether Splink is installed."""
    return importlib.util.find_spec("splink") is not None


def splink_scores(fields: Fields, probes: Sequence[str]) -> Callable[[str], Float32]:
    """Score all pairs at once, as Splink does, and look a probe's up: log10 match weights, -1000 where none was scored.

    Parameters
    ----------
    fields : Fields
        All records.
    probes : sequence of str
        Case numbers of the open cases; they form the left table, everybody else the right one.
    """
    linker = _linker(fields, probes)
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")  # it warns of levels that no training pair reached
        _train(linker)
        predicted = linker.inference.predict(warning_mode="never")
    pairs = predicted.as_pyarrow_table()
    position = {record_id: row for row, record_id in enumerate(fields.record_ids)}
    ids = pa.array(fields.record_ids)
    one, other = (pc.index_in(pairs[name], ids).to_numpy() for name in ("unique_id_l", "unique_id_r"))
    is_probe = np.zeros(len(position), np.bool_)
    is_probe[[position[probe] for probe in probes]] = True
    probe_rows, records = np.where(is_probe[one], one, other), np.where(is_probe[one], other, one)
    order = np.argsort(probe_rows, kind="stable")
    probe_rows, records = probe_rows[order], records[order]
    weights = (pairs["match_weight"].to_numpy()[order] * np.log10(2.0)).astype(np.float32)

    def scores(probe: str) -> Float32:
        low, high = np.searchsorted(probe_rows, [position[probe], position[probe] + 1])
        values = np.full(len(position), -1000.0, np.float32)
        values[records[low:high]] = weights[low:high]
        return values

    return scores


def _linker(fields: Fields, probes: Sequence[str]) -> Any:
    splink = import_module("splink")

    settings = splink.SettingsCreator(
        link_type="link_only",
        comparisons=[
            _text_comparison("name"),
            _text_comparison("place"),
            _difference("birth_year", (1, 3, 7, 12)),
            _difference("height_cm", (2, 5, 10)),
            import_module(_COMPARISONS).ExactMatch("sex"),
        ],
        blocking_rules_to_generate_predictions=["1=1"],
        probability_two_random_records_match=1.0 / len(fields.record_ids),
        retain_matching_columns=False,
    )
    wanted = set(probes)
    left = [row for row, record_id in enumerate(fields.record_ids) if record_id in wanted]
    right = [row for row, record_id in enumerate(fields.record_ids) if record_id not in wanted]
    backend = splink_backend()
    tables = [backend.register(_table(fields, rows), dataset_display_name=name)
              for rows, name in ((left, "a_intakes"), (right, "b_gallery"))]  # fmt: skip
    return splink.Linker(tables, settings, log_level=40)


def splink_backend() -> Any:
    """Open an in-memory DuckDB for Splink."""
    return import_module("splink.backends.duckdb").DuckDBAPI()


def _table(fields: Fields, rows: Sequence[int]) -> pa.Table:
    names = [next(iter(fields.names[row]), None) for row in rows]
    places = [next(iter(fields.places[row]), None) for row in rows]
    return pa.table(
        {
            "unique_id": [fields.record_ids[row] for row in rows],
            "name": names,
            "name_pinyin": [pinyin(name) if name else None for name in names],
            "place": places,
            "place_pinyin": [pinyin(place) if place else None for place in places],
            "birth_year": pa.array(fields.birth_year[list(rows)], pa.float64(), from_pandas=True),
            "height_cm": pa.array(fields.height_cm[list(rows)], pa.float64(), from_pandas=True),
            "sex": [fields.sex[row] or None for row in rows],
        }
    )


def _text_comparison(column: str) -> Any:
    levels, comparisons = import_module(_LEVELS), import_module(_COMPARISONS)

    spelled = f"{column}_pinyin"
    return comparisons.CustomComparison(
        output_column_name=column,
        comparison_levels=[
            levels.NullLevel(column),
            levels.ExactMatchLevel(column, term_frequency_adjustments=True),
            levels.ExactMatchLevel(spelled, term_frequency_adjustments=True),
            levels.JaroWinklerLevel(spelled, 0.92),
            levels.JaroWinklerLevel(spelled, 0.85),
            levels.JaroWinklerLevel(spelled, 0.7),
            levels.ElseLevel(),
        ],
    )


def _difference(column: str, limits: Sequence[int]) -> Any:
    levels, comparisons = import_module(_LEVELS), import_module(_COMPARISONS)

    return comparisons.CustomComparison(
        output_column_name=column,
        comparison_levels=[
            levels.NullLevel(column),
            *(levels.AbsoluteDifferenceLevel(column, limit) for limit in limits),
            levels.ElseLevel(),
        ],
    )


def _train(linker: Any) -> None:
    block_on = import_module("splink").block_on
    linker.training.estimate_u_using_random_sampling(max_pairs=U_PAIRS, seed=SEED)
    for rule in (block_on("name_pinyin"), block_on("place_pinyin")):
        linker.training.estimate_parameters_using_expectation_maximisation(rule)
