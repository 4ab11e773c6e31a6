"""Reading STR tables: every value is stored or named in a reject."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matcher.errors import InputError, MatcherError
from matcher.str_loci.profiles import read_profiles
from matcher.str_loci.tables import read_rows


def rows(*cells: str) -> list[dict[str, str]]:
    """Build rows from `sample locus a1 a2 [a3]` strings; `_` = empty."""
    names = ("样本编号", "基因座", "等位基因1", "等位基因2", "等位基因3")
    return [dict(zip(names, ["" if part == "_" else part for part in cell.split()], strict=False)) for cell in cells]


def test_alleles_are_normalised() -> None:
    profiles, rejects = read_profiles(
        rows("S1 TH01 9.3 6", "S1 vWA １７ 14", "S1 PENTA_E 11 _", "S1 D21S11 30,2 29"), source="lab.csv"
    )
    assert rejects == []
    assert profiles[0].genotypes == {"TH01": (60, 93), "vWA": (140, 170), "PentaE": (110, 110), "D21S11": (290, 302)}


@pytest.mark.parametrize(
    ("cell", "reason"),
    [
        ("S1 FGA OL 22", "off_ladder"),
        ("S1 FGA >30 22", "off_ladder"),
        ("S1 FGA 22 23 24", "more_than_two_alleles"),
        ("S1 FGA abc 22", "bad_allele"),
        ("S1 FGA 220 22", "bad_allele"),
        ("S1 FGA silent 22", "bad_allele"),
        ("S1 Amelogenin X Y", "sex_marker"),
        ("S1 DYS391 10 _", "y_str"),
        ("S1 D99S9 10 11", "unknown_locus"),
        ("S1 FGA _ _", "no_result"),
        ("_ FGA 20 21", "no_sample"),
    ],
)
def test_what_is_not_a_genotype_is_rejected_with_its_reason(cell: str, reason: str) -> None:
    profiles, rejects = read_profiles(rows(cell, "S1 TH01 6 7"), source="lab.csv")
    assert [p.genotypes for p in profiles] == [{"TH01": (60, 70)}]
    assert [r.reason for r in rejects] == [reason]
    assert rejects[0].row == 2
    assert rejects[0].remedy


def test_contradicting_replicates_lose_the_locus_and_equal_ones_do_not() -> None:
    profiles, rejects = read_profiles(
        rows("S1 TH01 6 7", "S1 TH01 7 6", "S1 FGA 20 21", "S1 FGA 20 22", "S1 FGA 20 21"), source="lab.csv"
    )
    assert profiles[0].genotypes == {"TH01": (60, 70)}
    assert [(r.row, r.reason) for r in rejects] == [(5, "contradicting_genotypes"), (6, "contradicting_genotypes")]


def test_a_sample_without_any_usable_locus_is_named() -> None:
    profiles, rejects = read_profiles(rows("S1 FGA OL OL"), source="lab.csv")
    assert profiles == []
    assert [r.reason for r in rejects] == ["off_ladder", "empty_profile"]
    assert rejects[1].record_lost


def test_missing_columns_are_named() -> None:
    with pytest.raises(InputError, match=r"lab\.csv: no column for sample, allele_1"):
        read_profiles([{"locus": "FGA", "size": "3"}], source="lab.csv")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", "\t"])
def test_encodings_and_delimiters(tmp_path: Path, encoding: str, delimiter: str) -> None:
    path = tmp_path / "lab.csv"
    table = [["样本编号", "基因座", "等位基因1", "等位基因2"], ["血样1", "FGA", "20", "21"]]
    path.write_bytes("\r\n".join(delimiter.join(row) for row in table).encode(encoding))
    profiles, rejects = read_profiles(read_rows(path), source="lab.csv")
    assert [(p.sample_id, p.genotypes) for p in profiles] == [("血样1", {"FGA": (200, 210)})]
    assert rejects == []


@settings(max_examples=150, deadline=None, derandomize=True)
@given(st.binary(max_size=300) | st.text(max_size=200).map(lambda text: f"sample,locus,allele 1\n{text}".encode()))
def test_no_file_gives_a_traceback(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    path = tmp_path_factory.mktemp("fuzz") / "f.csv"
    path.write_bytes(content)
    try:
        profiles, _ = read_profiles(read_rows(path), source="f.csv")
    except MatcherError:
        return
    assert all(0 < a <= b for p in profiles for a, b in p.genotypes.values())
