"""Files of a world: long tables come in parts that hold whole samples."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from matcher.synthetic import files


def test_a_long_laboratory_table_comes_in_parts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "_PROFILE_ROWS", 5)
    block = [(f"D{number}", {"FGA": (200, 210), "TH01": (60, 93)}) for number in range(2)]
    with files.open_tables(tmp_path) as tables:
        for number in range(3):
            tables.write_profiles((f"{number}{sample}", genotypes) for sample, genotypes in block)
    rows = {}
    for path in sorted(tmp_path.glob("profiles*.csv")):
        header, *rows[path.name] = list(csv.reader(path.read_text("utf-8-sig").splitlines()))
        assert header == ["样本编号", "基因座", "等位基因1", "等位基因2"]
    assert {name: len(part) for name, part in rows.items()} == {
        "profiles.csv": 4, "profiles-2.csv": 4, "profiles-3.csv": 4
    }  # fmt: skip
    assert rows["profiles-3.csv"][-1] == ["2D1", "TH01", "6", "9.3"]
