"""Reading STR tables: every value is stored or named in a reject."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matcher.errors import InputError, MatcherError
from matcher.str_loci.codis import read_cmf, write_cmf
from matcher.str_loci.profiles import read_profiles
from matcher.str_loci.tables import profiles_of_text, read_profile_file, read_rows
from matcher.types import StrProfile

FRAGMENTS = (
    "sample", "locus", "allele 1", "allele 2", "Marker", "Sample Name", "TH01", "FGA", "Penta E", "9.3", "12", "OL",
    ">30", "１２", ",", "\t", "\n", "\r\n",
    '"', "S1", "S2", "", "\x00", "等位基因1", "样本编号", "-", "NaN", "1e9", "9" * 21,
)  # fmt: skip


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


def test_a_mixture_is_refused_as_a_whole() -> None:
    profiles, rejects = read_profiles(
        rows("S1 FGA 22 23 24", "S1 TH01 6 7 9", "S1 vWA 14 15", "S2 vWA 14 15"), source="lab.csv"
    )
    assert [p.sample_id for p in profiles] == ["S2"]
    assert [(r.value, r.reason) for r in rejects if r.record_lost] == [("S1", "mixture")]


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


@pytest.mark.parametrize(
    ("header", "message"),
    [
        ({"locus": "FGA", "size": "3"}, "no column for the sample"),
        ({"sample": "S", "locus": "FGA"}, "no column for all"),
    ],
)
def test_missing_columns_are_named(header: dict[str, str], message: str) -> None:
    with pytest.raises(InputError, match=rf"lab\.csv: {message}"):
        read_profiles([header], source="lab.csv")


def table(*lines: str) -> list[dict[str, str]]:
    header, *rows = (line.split("\t") for line in lines)
    return [dict(zip(header, row, strict=False)) for row in rows]


LAYOUTS = {
    "long": table("sample\tlocus\tallele 1\tallele 2", "S1\tTH01\t6\t9.3", "S1\tPenta E\t11\t", "S2\tTH01\t7\t7"),
    "genemapper": table(
        "Sample File\tSample Name\tPanel\tMarker\tDye\tAllele 1\tAllele 2\tAllele 3\tHeight 1",
        "f.fsa\tS1\tP\tTH01\tB\t6\t9.3\t\t800",
        "f.fsa\tS1\tP\tPenta E\tB\t11\t\t\t900",
        "g.fsa\tS2\tP\tTH01\tB\t7\t\t\t500",
    ),
    "allele a row": table(
        "Sample Name\tMarker\tAllele\tHeight",
        "S1\tTH01\t9.3\t5",
        "S1\tTH01\t6\t5",
        "S1\tPenta E\t11\t9",
        "S2\tTH01\t7\t3",
    ),
    "wide": table("样本编号\tTH01\tPenta_E\t备注", "S1\t6,9.3\t11\tx", "S2\t7/7\t\ty"),
    "wide pairs": table("sample\tTH01 1\tTH01 2\tPenta E 1\tPenta E 2", "S1\t6\t9,3\t11\t11", "S2\t7\t7\t\t"),
    "repeated headers": table("id\tTH01\tTH01 (2)\tPenta E\tPenta E (2)", "S1\t6\t9.3\t11\t11", "S2\t7\t7\t-\t-"),
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_layout_gives_the_same_profiles(layout: str) -> None:
    profiles, rejects = read_profiles(LAYOUTS[layout], source="lab.txt")
    assert rejects == []
    assert {p.sample_id: p.genotypes for p in profiles} == {
        "S1": {"TH01": (60, 93), "PentaE": (110, 110)},
        "S2": {"TH01": (70, 70)},
    }


def test_repeated_headers_of_a_file_are_told_apart(tmp_path: Path) -> None:
    path = tmp_path / "familias.txt"
    path.write_text("Person\tTH01\tTH01\nS1\t6\t9.3\n", "utf-8")
    profiles, _ = read_profile_file(path)
    assert profiles[0].genotypes == {"TH01": (60, 93)}


def test_codis_files_survive_a_round_trip(tmp_path: Path) -> None:
    profiles = [StrProfile("S1", {"TH01": (60, 93), "PentaE": (110, 110)}), StrProfile("样2", {"FGA": (220, 240)})]
    path = tmp_path / "cmf.xml"
    made = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    path.write_text(write_cmf(profiles, laboratory="LAB", category="Unidentified Person", made=made), "utf-8")
    again, rejects = read_profile_file(path)
    assert rejects == []
    assert again == profiles


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("<CODISImportFile><SPECIMEN>", "not well-formed"),
        ('<!DOCTYPE x [<!ENTITY a "b">]><CODISImportFile/>', "document type declaration"),
        ("<html></html>", "root element is 'html'"),
    ],
)
def test_other_xml_is_refused(text: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        read_cmf(text, source="x.xml")


def test_three_alleles_of_a_codis_locus_are_rejected() -> None:
    alleles = "".join(f"<ALLELE><ALLELEVALUE>{a}</ALLELEVALUE></ALLELE>" for a in (8, 9, 11))
    text = (
        "<CODISImportFile><SPECIMEN><SPECIMENID>S</SPECIMENID>"
        f"<LOCUS><LOCUSNAME>TPOX</LOCUSNAME>{alleles}</LOCUS></SPECIMEN></CODISImportFile>"
    )
    profiles, rejects = read_cmf(text, source="x.xml")
    assert profiles == []
    assert [r.reason for r in rejects] == ["more_than_two_alleles", "empty_profile"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", "\t"])
def test_encodings_and_delimiters(tmp_path: Path, encoding: str, delimiter: str) -> None:
    path = tmp_path / "lab.csv"
    table = [["样本编号", "基因座", "等位基因1", "等位基因2"], ["血样1", "FGA", "20", "21"]]
    path.write_bytes("\r\n".join(delimiter.join(row) for row in table).encode(encoding))
    profiles, rejects = read_profiles(read_rows(path), source="lab.csv")
    assert [(p.sample_id, p.genotypes) for p in profiles] == [("血样1", {"FGA": (200, 210)})]
    assert rejects == []


@settings(max_examples=400, deadline=None, derandomize=True)
@given(
    st.binary(max_size=300)
    | st.text(max_size=200).map(lambda text: f"sample,locus,allele 1\n{text}".encode())
    | st.text("<>/SPECIMNDLOUA &;!?[]\"='x159.", max_size=120).map(lambda text: f"<CODISImportFile>{text}".encode())
    | st.lists(st.sampled_from(FRAGMENTS), max_size=40).map(lambda parts: "".join(parts).encode())
)
def test_no_file_gives_a_traceback(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / "fuzz.csv"
    path.write_bytes(content)
    try:
        profiles, _ = read_profile_file(path)
    except MatcherError:
        return
    assert all(0 < a <= b < 1000 for p in profiles for a, b in p.genotypes.values())


def test_ten_thousand_damaged_files_give_profiles_or_one_error() -> None:
    """Bytes of good files are cut, doubled, swapped and overwritten; a locus is whole or absent, never half read."""
    rng = np.random.default_rng(1)
    whole = {"S1": {"TH01": (60, 93), "PentaE": (110, 110)}, "S2": {"TH01": (70, 70)}}
    good = [
        "\n".join("\t".join(row.values()) for row in [dict(zip(rows[0], rows[0], strict=True)), *rows])
        for rows in LAYOUTS.values()
    ]
    made = datetime(2026, 1, 1, tzinfo=UTC)
    good.append(write_cmf([StrProfile(k, v) for k, v in whole.items()], laboratory="L", category="C", made=made))
    stored = 0
    for number in range(10_000):
        text = good[number % len(good)]
        for _ in range(int(rng.integers(1, 4))):
            low, high = sorted(rng.integers(0, len(text) + 1, 2))
            noise = "".join(
                chr(int(code)) for code in rng.choice([0, 9, 10, 34, 44, 46, 49, 60, 65, 0x9999, 0x1F600], 3)
            )
            text = (text[:low] + noise + text[high:], text[:low] + text[low:high] * 2 + text[high:], text[:low])[
                int(rng.integers(3))
            ]
        try:
            profiles, _ = profiles_of_text(text, source="damaged")
        except MatcherError:
            continue
        stored += len(profiles)
        assert all(0 < a <= b < 1000 for profile in profiles for a, b in profile.genotypes.values())
    assert stored > 1000
