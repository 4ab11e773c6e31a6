"""The whole path by hand: a GBK form and a folder of photographs, from init to explain."""

from __future__ import annotations

import importlib.metadata
import json
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

pytestmark = pytest.mark.slow

INTAKES = """编号,姓名,性别,目测年龄,口音,入站日期,老家,随身物品
A0012,王山江(音),男,约50,四川口音,2026-03-02,金堂县,"布包,钥匙"
A0013,无名氏,女,目测50岁左右,,2026年3月5日,,
A0014,李秀英,女,33,,2026-02-31,湖南衡阳,
"""
MISSING = """编号,姓名,性别,出生日期,走失日期,户籍地,父亲样本
M2001,王兴江,男,1975-06,19年3月,四川省成都市金堂县,
M2002,李秀英,女,1993,2018-11-20,湖南省衡阳市,F-77
M2003,柯林斯,女,1976,2020-01-01,,
"""


def matcher(*arguments: str, code: int = 0, cwd: Path | None = None) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "matcher", *arguments], capture_output=True, text=True, check=False, cwd=cwd
    )
    assert done.returncode == code, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    return done.stdout if code == 0 else done.stderr


@pytest.fixture(scope="module")
def station(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with everything a station would have, and the workspace made from it."""
    root = tmp_path_factory.mktemp("station")
    (root / "intakes.csv").write_bytes(INTAKES.encode("gbk"))
    (root / "missing.csv").write_text(MISSING, "utf-8-sig")
    (root / "profiles.csv").write_text(
        "样本编号,基因座,等位基因1,等位基因2\nF-77,D3S1358,15,16\nF-77,TH01,7,9.3\n", "gb18030"
    )
    photos = root / "photos"
    photos.mkdir()
    astronaut = Path(str(importlib.metadata.distribution("scikit-image").locate_file("skimage/data/astronaut.png")))
    with Image.open(astronaut) as image:
        image.convert("RGB").save(photos / "M2003.jpg", quality=92)
        image.convert("L").resize((380, 380)).save(photos / "A0013.jpg", quality=60)
    (photos / "A0012.jpg").write_bytes((photos / "M2003.jpg").read_bytes()[:3000])
    (photos / "A0014.jpg").write_text("not a photograph")
    (photos / "X9999.jpg").write_bytes((photos / "M2003.jpg").read_bytes())
    work = str(root / "ws")
    matcher("init", work)
    first = matcher(
        "ingest", str(root / "intakes.csv"), "--kind", "intake", "--photos", str(photos), "-w", work, "--json"
    )
    (root / "first.json").write_text(first, "utf-8")
    arguments = ("--kind", "missing", "--photos", str(photos), "--str", str(root / "profiles.csv"), "-w", work)
    matcher("ingest", str(root / "missing.csv"), *arguments)
    matcher("index", "-w", work)
    matcher("match", "-w", work, "-o", str(root / "leads"))
    matcher("report", str(root / "leads.jsonl"), "-w", work)
    return root


def lists(station: Path) -> dict[str, dict[str, object]]:
    lines = (station / "leads.jsonl").read_text("utf-8").splitlines()
    return {item["probe_id"]: item for item in map(json.loads, lines)}


def test_every_intake_has_its_list_with_the_right_person_first(station: Path) -> None:
    found = lists(station)
    assert set(found) == {"A0012", "A0013", "A0014"}
    assert found["A0012"]["leads"][0]["record_id"] == "M2001"
    assert found["A0013"]["leads"][0]["record_id"] == "M2003"
    assert found["A0014"]["leads"][0]["record_id"] == "M2002"
    assert all(item["calibrated"] and item["fusion"] for item in found.values())


def test_the_face_was_really_compared(station: Path) -> None:
    best = lists(station)["A0013"]["leads"][0]
    face = next(channel for channel in best["channels"] if channel["channel"] == "face")
    assert face["comparison"] == "compared"
    assert face["log10_lr"] > 2


def test_explain_adds_up_and_equals_the_list(station: Path) -> None:
    printed = json.loads(matcher("explain", "A0013", "M2003", "-w", str(station / "ws"), "--json"))
    assert sum(c["log10_lr"] for c in printed["channels"]) == pytest.approx(printed["log10_lr"], abs=1e-9)
    assert printed["log10_lr"] == pytest.approx(lists(station)["A0013"]["leads"][0]["log10_lr"], abs=1e-9)
    assert "log10" in matcher("explain", "A0013", "M2003", "-w", str(station / "ws"), "--language", "en")


def test_bad_values_are_rejected_with_reasons_not_lost(station: Path) -> None:
    rejects = (station / "ws" / "rejects.csv").read_text("utf-8-sig")
    assert "2026-02-31" in rejects
    assert "X9999" in rejects
    counts = json.loads((station / "first.json").read_text("utf-8").splitlines()[0])
    assert counts


def test_repeating_everything_changes_nothing(station: Path) -> None:
    work = str(station / "ws")
    before = (station / "ws" / "indexes" / "CURRENT").read_text()
    matcher("ingest", str(station / "intakes.csv"), "--kind", "intake", "-w", work)
    assert json.loads(matcher("index", "-w", work, "--json"))["unchanged"]
    assert (station / "ws" / "indexes" / "CURRENT").read_text() == before


def test_the_report_is_one_file_with_the_portraits(station: Path) -> None:
    page = (station / "leads.html").read_text("utf-8")
    assert "data:image/jpeg" in page
    assert "http://" not in page.replace("http://www.w3.org", "")
    english = station / "leads-en.html"
    matcher("report", str(station / "leads.jsonl"), "-w", str(station / "ws"), "--language", "en", "-o", str(english))
    assert "fusion model" in english.read_text("utf-8").lower()


def test_single_questions_are_answered(station: Path) -> None:
    names = matcher("names", "search", "王山江", "-w", str(station / "ws"), "--json")
    assert "王兴江" in names
    assert "灌县" in matcher("places", "search", "灌县", "--json")


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("match", "-w", "nowhere"), 5, "matcher init"),
        (("index", "-w", "nowhere"), 5, "matcher init"),
        (("match", "-w", "{ws}", "--case", "Z1"), 3, "no record 'Z1'"),
        (("report", "absent.jsonl", "-w", "{ws}"), 3, "absent.jsonl"),
        (("match", "-w", "{ws}", "--prior", "1.5"), 2, "prior"),
        (("nonsense",), 2, "nonsense"),
    ],
)
def test_mistakes_are_answered_in_one_line(station: Path, arguments: tuple[str, ...], code: int, words: str) -> None:
    filled = [argument.format(ws=station / "ws") for argument in arguments]
    assert words in matcher(*filled, code=code, cwd=station)


def test_a_missing_model_is_named_with_its_remedy(
    station: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MATCHER_HOME", str(tmp_path / "empty"))
    assert "matcher gazetteer build" in matcher("index", "-w", str(station / "ws"), code=7)
    assert "matcher models build" in matcher("doctor", code=7) + matcher_output("doctor")


def matcher_output(*arguments: str) -> str:
    return subprocess.run(
        [sys.executable, "-m", "matcher", *arguments], capture_output=True, text=True, check=False
    ).stdout


def test_a_stale_index_is_refused_with_the_remedy(station: Path) -> None:
    extra = station / "extra.csv"
    extra.write_text("编号,姓名\nA0099,张三\n", "utf-8")
    work = str(station / "ws")
    matcher("ingest", str(extra), "--kind", "intake", "-w", work)
    assert "matcher index" in matcher("match", "-w", work, code=6)
    matcher("index", "-w", work)
