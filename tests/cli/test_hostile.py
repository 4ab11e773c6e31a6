"""What careless or hostile arguments give: one line that says what to do, never a traceback."""

from __future__ import annotations

import signal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner

from matcher.cli import cli, main
from matcher.errors import MatcherError

PROFILES = "sample,locus,allele 1,allele 2\nS1,TH01,7,9.3\nS2,TH01,7,7\n"
PEDIGREE = """{"pedigree": [["a", "f", "m", "male"], ["f", null, null, "male"], ["m", null, null, "female"]],
 "missing": "a", "typed": {"f": {"TH01": ["7", "9.3"]}}}"""


@pytest.fixture(autouse=True)
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("profiles.csv").write_text(PROFILES, "utf-8")
    Path("family.json").write_text(PEDIGREE, "utf-8")
    Path("no-cases.json").write_text('{"cases": []}', "utf-8")
    Path("intakes.csv").write_text("编号,姓名\nA1,王五\n", "utf-8")
    pq.write_table(pa.table({"sample_id": ["S1", "S2"], "TH01": ["7/9.3", "7/7"]}), "database.parquet")
    nobody = pa.array([], pa.string())
    pq.write_table(pa.table({"sample_id": nobody, "TH01": nobody}), "empty.parquet")


@pytest.mark.parametrize(
    ("arguments", "code", "problem"),
    [
        ("init .", 5, "'.' is the place you stand in"),
        ("demo -o out", 2, "no recipe 'datasets-synthetic/recipes/tiny.toml' here"),
        ("match -w ws -o nowhere/leads", 2, "'nowhere' is no directory to write to"),
        ("match -w ws -o .", 2, "'.' names no file"),
        ("report leads.jsonl -w ws -o nowhere/leads.html", 2, "'nowhere' is no directory to write to"),
        ("calibrate -w ws --report nowhere/it.html", 2, "'nowhere' is no directory to write to"),
        ("decide A1 M1 confirm --reviewer \u200b -w ws", 2, "nobody is named"),
        ("dna power --pedigree family.json --seed -1", 2, "-1 is not in the range"),
        ("dna power --pedigree family.json --alpha nan", 2, "nan is no number"),
        ("dna blind --database database.parquet --threshold nan", 2, "nan is no number"),
        ("dna compare S1 S2 -p profiles.csv --prior nan", 2, "nan is no number"),
        ("dna compare S1 S2 -p profiles.csv --population intakes.csv", 3, "no column 'locus'"),
        ("dna families --database empty.parquet --query profiles.csv --sample S1", 3, "holds no profile"),
        ("dna convert -p profiles.csv --output x.xml --laboratory \x01", 2, "a control character"),
        ("dna convert -p profiles.csv --output family.json", 2, "'family.json' exists"),
        ("dna convert -p profiles.csv --output nowhere/x.xml", 2, "'nowhere' is no directory to write to"),
    ],
)
def test_one_line_says_what_is_wrong(arguments: str, code: int, problem: str) -> None:
    result = CliRunner().invoke(cli, arguments.split(" "))
    if isinstance(result.exception, MatcherError):
        assert (result.exception.exit_code, problem in str(result.exception)) == (code, True), str(result.exception)
    else:
        assert (result.exit_code, problem in result.output) == (code, True), result.output


def test_a_file_without_cases_is_not_passed_over_in_silence() -> None:
    result = CliRunner().invoke(cli, ["dna", "lr", "--cases", "no-cases.json"])
    assert (result.exit_code, result.stderr) == (0, "no-cases.json holds no case\n")


def test_what_the_system_refuses_is_no_defect(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A workspace below a file, a full disk, a right that is missing: all of them reach the user as one line."""

    def refused() -> None:
        raise NotADirectoryError(20, "Not a directory", "intakes.csv/home")

    monkeypatch.delenv("MATCHER_DEBUG", raising=False)
    monkeypatch.setattr(signal, "signal", lambda *_: None)  # the handlers of the test run stay
    monkeypatch.setattr(cli, "main", lambda **_options: refused())
    with pytest.raises(SystemExit, match="1"):
        main()
    said = capsys.readouterr().err
    assert said.startswith("matcher: 'intakes.csv/home': Not a directory -> check that the place exists")
    assert said.count("\n") == 1
