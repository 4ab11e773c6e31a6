"""A station's own place list: what is read, where it goes, what is rejected and why."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
import xlsxwriter
from click.testing import CliRunner

from matcher.errors import InputError
from matcher.placenames.build import REJECTS_FILE, build_gazetteer
from matcher.placenames.gazetteer import Gazetteer
from matcher.placenames.own_list import read_own_list
from matcher.placenames.search import Searcher
from matcher.placenames.tables import Manifest

HEADERS = ["自然村", "省", "市", "县", "乡镇", "别名", "曾用名", "现名", "启用年份", "废止年份", "经度", "纬度", "备注"]
ROWS = [
    ["合房村", "重庆", "", "云阳县", "江口镇", "河坊、合坊", "", "", "", "", "108.9", "31.0", "某某"],
    ["永红大队", "河北", "张家口", "宣化区", "", "", "", "冶家村", "1966", "1983", "", "", ""],
    ["千丘", "重庆市", "", "云阳县", "江口镇", "", "", "", "", "", "", "", ""],
    ["千丘", "重庆市", "", "云阳县", "江口镇", "千邱坝", "", "", "", "", "", "", ""],
    ["朱马院", "", "", "诸成市", "", "", "", "", "", "", "", "", ""],
    ["新庄", "", "", "朝阳区", "", "", "", "", "", "", "", "", ""],
    ["张家湾", "重庆", "", "云阳", "没有镇", "", "", "", "", "", "", "", ""],
    ["李家湾", "", "", "", "", "", "", "", "", "", "", "", ""],
    ["", "重庆", "", "云阳", "", "", "", "", "", "", "", "", ""],
    ["no name", "重庆", "", "云阳", "", "", "", "", "", "", "", "", ""],
    ["王家坪", "重庆", "", "云阳", "", "", "", "", "解放前", "1949年", "31", "108", ""],
    ["王家坪", "重庆", "", "云阳", "", "", "", "", "", "", "", "", ""],
    ["沙沱", "重庆", "", "云阳", "", "", "", "", "", "", "", "", ""],
    ["朱马院", "山东", "潍坊", "诸城市", "", "", "", "", "", "", "", "", ""],
]
REJECTED = {
    (4, "already_listed", "千丘"),
    (6, "unknown_county", "诸成市"),
    (7, "ambiguous_county", "朝阳区"),
    (8, "unknown_township", "没有镇"),
    (9, "no_parent", ""),
    (10, "no_name", ""),
    (11, "unreadable_name", "no name"),
    (13, "already_listed", "王家坪"),
}


def as_csv(path: Path, rows: list[list[str]], encoding: str) -> Path:
    with path.open("w", encoding=encoding, newline="") as stream:
        csv.writer(stream).writerows([HEADERS, *rows])
    return path


def as_xlsx(path: Path, rows: list[list[str]]) -> Path:
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet()
        for number, row in enumerate([HEADERS, *rows]):
            sheet.write_row(number, 0, row)
    return path


def build(folder: Path, path: Path) -> tuple[Manifest, Gazetteer]:
    manifest, built = build_gazetteer(folder, own_lists=[path], counties=["130705", "500235"])
    assert built
    return manifest, Gazetteer.open(folder)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("own")
    build(folder / "g", as_csv(folder / "自然村.csv", ROWS, "gb18030"))
    return folder / "g"


@pytest.fixture(scope="module")
def own(folder: Path) -> Gazetteer:
    return Gazetteer.open(folder)


def found(own: Gazetteer, heard: str, scope: str | None = None) -> list[str]:
    return ["".join(own.path(item.gid)) for item in Searcher(own).search(heard, scope=scope, top=3)]


@pytest.mark.parametrize(
    ("heard", "scope", "path"),
    [
        ("和房村", "云阳", "重庆市云阳县江口镇合房村"),
        ("何方", "云阳", "重庆市云阳县江口镇合房村"),
        ("云阳县千丘坝", None, "重庆市云阳县江口镇千丘"),
        ("永宏大队", "宣化", "河北省张家口市宣化区冶家村"),
        # Clues of published stories whose places are in no list: with a list of one's own they are found.
        ("沙坨", "云阳", "重庆市云阳县沙沱"),
        ("祖马院", "山东", "山东省潍坊市诸城市朱马院"),
    ],
)
def test_imported_places_aliases_and_old_names_are_found_by_sound(
    own: Gazetteer, heard: str, scope: str | None, path: str
) -> None:
    assert found(own, heard, scope)[0].startswith(path)


def test_years_and_source_are_kept(own: Gazetteer) -> None:
    names = own.places.column("name").to_pylist()
    brigade, village = names.index("永红大队"), names.index("合房村")
    assert own.years(brigade) == (1966, 1983)
    assert own.how(brigade) == "former"
    assert own.name(own.successors(brigade)[0]) == "冶家村"
    assert own.source(village) == "own1"


def test_rejects_name_row_value_reason_and_remedy(folder: Path) -> None:
    with (folder / REJECTS_FILE).open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.reader(stream))[1:]
    lost = {(int(row[1]), row[4], row[3]) for row in rows if row[6].endswith("yes")}
    assert lost == REJECTED
    assert {row[4] for row in rows if row[6].endswith("no")} == {"bad_year"}
    assert all(row[5] for row in rows)


def test_the_manifest_counts_what_was_added_and_rejected(folder: Path) -> None:
    manifest = Gazetteer.open(folder).manifest
    text = dict(manifest.sources)["own1"]
    assert "自然村.csv; 5 places, 4 further names, 8 rows rejected" in text
    assert "columns not used: 经度、纬度、备注" in text
    assert manifest.counts["rejected rows of own lists"] == 8


def test_a_workbook_gives_the_same_places(tmp_path: Path) -> None:
    text = read_own_list(as_csv(tmp_path / "自然村.csv", ROWS, "utf-8-sig"))
    book = read_own_list(as_xlsx(tmp_path / "自然村.xlsx", ROWS))
    assert book.places == text.places
    assert [(item.row, item.reason) for item in book.rejects] == [(item.row, item.reason) for item in text.rejects]
    assert len(text.places) == len(ROWS) - 2


def test_headers_of_the_ministry_and_county_codes(tmp_path: Path) -> None:
    path = tmp_path / "export.csv"
    path.write_text(
        "standard_name,place_code,place_type,province_name,city_name,area_name,area,old_name\n"
        "后湾,500235100201001,农村居民点,重庆市,市辖区,云阳县,500235,老湾\n新设镇,,乡镇,重庆市,,云阳县,,\n",
        "utf-8",
    )
    manifest, gazetteer = build(tmp_path / "g", path)
    assert found(gazetteer, "老弯", "云阳")[0] == "重庆市云阳县后湾"
    assert "重庆市云阳县新设镇" in found(gazetteer, "新社镇", "云阳")
    # The long code of the place-name service is no code of a village.
    assert "2 places, 1 further names" in dict(manifest.sources)["own1"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (
            "县,乡镇\n云阳,江口\n".encode(),
            r"no column for the name of the place among: 县、乡镇 -> name one of the columns",
        ),
        ("自然村,县\n甲,乙\n".encode("utf-16"), r"text in UTF-16 -> save it as CSV UTF-8"),
        (b"\xff\xfe\xfa\x81", r"UTF-16"),
        (b"\x81\x20\xff\n", r"neither UTF-8 nor GBK"),
        (b"", r"empty -> export it again"),
        ("自然村,县\n甲庄,乙县\n".encode(), r"nothing of this list can be used \(row 2: unknown_county"),
    ],
)
def test_lists_that_cannot_be_used_are_refused(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "list.csv"
    path.write_bytes(content)
    with pytest.raises(InputError, match=message):
        build_gazetteer(tmp_path / "g", own_lists=[path], counties=["130705"])


def test_any_row_gives_a_place_or_a_reason(tmp_path: Path) -> None:
    strange = [["=1+1", *ROWS[0][1:]], ["村" * 90, *ROWS[0][1:]], ["😀庄", *ROWS[0][1:]], [*ROWS[0][:3], "、" * 500]]
    read = read_own_list(as_csv(tmp_path / "x.csv", strange, "utf-8"))
    assert len(read.places) + sum(item.record_lost for item in read.rejects) == len(strange)


def test_the_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from matcher.cli.gazetteer import gazetteer
    from matcher.placenames import build as building

    seen: dict[str, object] = {}

    def fake(folder: Path, **options: object) -> tuple[Manifest, bool]:
        seen.update(options)
        return Manifest("x", (("own1", "list"),), {"level 5": 1}), True

    monkeypatch.setattr(building, "build_gazetteer", fake)
    path = as_csv(tmp_path / "a.csv", ROWS, "utf-8")
    result = CliRunner().invoke(gazetteer, ["build", "--import", str(path)])
    assert result.exit_code == 0
    assert seen["own_lists"] == (path,)
