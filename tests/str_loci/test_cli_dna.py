"""`matcher dna compare`: output, JSON and errors, as a user sees them."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import xlsxwriter

LAB = """样本编号,基因座,等位基因1,等位基因2
S1,D3S1358,15,16
S1,TH01,9,9.3
S1,vWA,14,17
S1,D12S391,18,19
S2,D3S1358,15,
S2,TH01,9.3,9.3
S2,vWA,14,17
S2,D12S391,18,18
S3,D3S1358,16,17
S3,TH01,9,7
"""


@pytest.fixture
def lab(tmp_path: Path) -> Path:
    path = tmp_path / "lab.csv"
    path.write_text(LAB, "gb18030")
    return path


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "matcher", "dna", *arguments], capture_output=True, text=True, check=False
    )


def test_trio_as_json(lab: Path) -> None:
    done = run("compare", "S1", "S2", "S3", "-p", str(lab), "-r", "trio", "--mutation", "none", "--json")
    assert done.returncode == 0, done.stderr
    document = json.loads(done.stdout)
    by_locus = {item["locus"]: item for item in document["loci"]}
    assert set(by_locus) == {"D3S1358", "TH01"}
    # Father 9.3/9.3, mother 7/9, child 9/9.3: LR = 1 / p(9.3); the table says .0372 + floor rules.
    assert 10 ** by_locus["TH01"]["log10_lr"] == pytest.approx(1 / 0.0341, rel=0.15)
    assert document["log10_lr"] == pytest.approx(sum(item["log10_lr"] for item in document["loci"]))


def test_table_for_people(lab: Path) -> None:
    done = run("compare", "S1", "S2", "-p", str(lab), "-r", "full-sibling", "--language", "en")
    assert done.returncode == 0, done.stderr
    assert "linked: given its partner" in done.stdout
    assert "total" in done.stdout


def test_posterior_for_a_stated_prior(lab: Path) -> None:
    done = run("compare", "S1", "S2", "-p", str(lab), "-r", "parent-child", "--prior", "0.5", "--json")
    document = json.loads(done.stdout)
    assert document["posterior"] == pytest.approx(1 / (1 + 10 ** -document["log10_lr"]))
    assert document["gbt37223"]["rcp"] == pytest.approx(1 / (1 + 10 ** -document["gbt37223"]["log10_cpi"]))


def test_workbooks_are_read_like_tables(tmp_path: Path, lab: Path) -> None:
    path = tmp_path / "lab.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet()
        for number, line in enumerate(LAB.splitlines()):
            sheet.write_row(number, 0, line.split(","))
    from_book = run("compare", "S1", "S2", "-p", str(path), "--json")
    assert from_book.returncode == 0, from_book.stderr
    assert json.loads(from_book.stdout) == json.loads(run("compare", "S1", "S2", "-p", str(lab), "--json").stdout)


def test_a_laboratory_brings_its_own_frequencies(tmp_path: Path, lab: Path) -> None:
    own = tmp_path / "own.csv"
    own.write_text("locus,allele,frequency,alleles_sampled\nTH01,9,0.5,2000\nTH01,9.3,0.5,2000\n", "utf-8")
    arguments = ("compare", "S1", "S2", "-p", str(lab), "-r", "parent-child", "--mutation", "none", "--json")
    document = json.loads(run(*arguments, "--population", str(own)).stdout)
    by_locus = {item["locus"]: item["log10_lr"] for item in document["loci"]}
    assert by_locus["TH01"] == pytest.approx(math.log10(1 / (2 * 0.5)), abs=1e-12)
    own.write_text("locus,allele,frequency\nTH01,9,0.5\n", "utf-8")
    assert "sums to 0.5000" in run(*arguments, "--population", str(own)).stderr


def test_unknown_sample_is_one_line_with_what_there_is(lab: Path) -> None:
    done = run("compare", "S1", "S9", "-p", str(lab))
    assert done.returncode == 3
    assert done.stderr.strip() == "matcher: no sample 'S9' in the files -> samples there: S1, S2, S3"


def test_wrong_number_of_samples(lab: Path) -> None:
    done = run("compare", "S1", "-p", str(lab))
    assert done.returncode == 3
    assert "compares 2 profiles, got 1" in done.stderr


def test_importing_the_command_loads_nothing_heavy() -> None:
    code = "import sys, matcher.cli.dna; print([m for m in ('numpy', 'pyarrow', 'numba') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_lr_writes_one_line_a_case() -> None:
    golden = Path(__file__).parents[1] / "golden" / "str_pedigree_cases.json"
    done = run("lr", "--cases", str(golden), "--founders", "explicit", "--json")
    assert done.returncode == 0, done.stderr
    lines = {item["id"]: item for item in map(json.loads, done.stdout.splitlines())}
    cases = json.loads(golden.read_text("utf-8"))["cases"]
    assert lines.keys() == {case["id"] for case in cases}
    first = next(case for case in cases if case["id"] == "duo-004")
    for locus, (h1, h2) in zip(lines["duo-004"]["loci"], first["expected"]["forrel"], strict=True):
        assert locus["lr"] == pytest.approx(h1 / h2, rel=1e-12)


def test_lr_of_a_broken_file_is_one_line(tmp_path: Path) -> None:
    path = tmp_path / "cases.json"
    path.write_text('{"cases": [{"id": "a"}]}')
    done = run("lr", "--cases", str(path))
    assert done.returncode == 3
    assert "case 'a'" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.fixture
def database(tmp_path: Path) -> Path:
    path = tmp_path / "db.parquet"
    rows = [line.split(",") for line in LAB.splitlines()[1:]]
    names = ("sample_id", "locus", "allele_1", "allele_2")
    pq.write_table(pa.table({name: [row[i] for row in rows] for i, name in enumerate(names)}), path)
    return path


def test_search_by_relation(lab: Path, database: Path) -> None:
    arguments = ["search", "--query", str(lab), "--sample", "S1", "--database", str(database)]
    done = run(*arguments, "--relation", "direct", "--top", "2", "--json")
    assert done.returncode == 0, done.stderr
    document = json.loads(done.stdout)
    assert document["hits"][0]["sample"] == "S1"
    assert len(document["hits"]) == 2
    assert document["profiles"] == 3
    first = document["hits"][0]
    assert first["log10_lr"] == pytest.approx(sum(item["log10_lr"] for item in first["loci"]))
    assert run(*arguments, "--relation", "full-sibling").stdout.count("\n") == 5


def test_search_by_pedigree(tmp_path: Path, database: Path) -> None:
    family = {
        "pedigree": [["F", None, None, 1], ["M", None, None, 2], ["MP", "F", "M", 1]],
        "missing": "MP",
        "typed": {"F": {"TH01": ["9.3", "9.3"], "D3S1358": ["15", "15"]}, "M": {"TH01": ["9", "7"]}},
    }
    path = tmp_path / "family.json"
    path.write_text(json.dumps(family))
    done = run("search", "--pedigree", str(path), "--database", str(database), "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["hits"][0]["sample"] == "S1"


def test_blind_lists_pairs(database: Path) -> None:
    done = run("blind", "--database", str(database), "--relation", "parent-child", "--threshold", "0", "--json")
    assert done.returncode == 0, done.stderr
    pairs = [json.loads(line) for line in done.stdout.splitlines()]
    assert {(pair["first"], pair["second"]) for pair in pairs} >= {("S1", "S2")}
    assert run("blind", "--database", str(database), "--new", "S9").returncode == 2


def test_search_needs_one_question(database: Path) -> None:
    done = run("search", "--database", str(database))
    assert done.returncode == 2
    assert "either --query or --pedigree" in done.stderr


def test_power_advises_whom_to_sample(tmp_path: Path) -> None:
    family = {
        "pedigree": [["F", None, None, 1], ["M", None, None, 2], ["MP", "F", "M", 1]],
        "missing": "MP",
        "typed": {"F": {"TH01": ["9.3", "9.3"], "D3S1358": ["15", "15"]}},
    }
    path = tmp_path / "family.json"
    path.write_text(json.dumps(family))
    done = run("power", "--pedigree", str(path), "--records", "100", "--json")
    assert done.returncode == 0, done.stderr
    document = json.loads(done.stdout)
    assert document["threshold_log10_lr"] == pytest.approx(3.0)
    assert {item["relatives"][-1] for item in document["further"]} == {"M", "further full sibling"}
    assert "clears it" in run("power", "--pedigree", str(path)).stdout
    assert "unknown" in run("power", "--pedigree", str(path), "--kit", "none").stderr


FAMILIES = [
    {
        "id": f"F{number}",
        "pedigree": [["F", None, None, 1], ["M", None, None, 2], ["S", "F", "M", 2], ["MP", "F", "M", 1]],
        "missing": "MP",
        "typed": {"S": {"TH01": alleles, "D3S1358": ["15", "16"], "vWA": ["14", "17"], "D12S391": ["18", "19"]}},
    }
    for number, alleles in enumerate((["9", "9.3"], ["6", "7"], ["9.3", "?"]))
]


@pytest.fixture
def families(tmp_path: Path) -> Path:
    path = tmp_path / "families.jsonl"
    path.write_text("\n".join(json.dumps(one) for one in FAMILIES), "utf-8")
    return path


def test_families_are_ranked_for_one_profile(tmp_path: Path, lab: Path, families: Path) -> None:
    query = ["families", "--query", str(lab), "--sample", "S1"]
    done = run(*query, "--families", str(families), "--json")
    assert done.returncode == 0, done.stderr
    hits = [json.loads(line) for line in done.stdout.splitlines()]
    assert hits[0]["family"] == "F0"
    assert len(hits) == 3
    assert hits[0]["log10_lr"] > hits[1]["log10_lr"]
    assert 0.0 < hits[0]["expected_false"] <= hits[1]["expected_false"] <= 3.0
    written = run("families", "--families", str(families), "--write-store", str(tmp_path / "store"))
    assert written.returncode == 0, written.stderr
    stored = run(*query, "--store", str(tmp_path / "store"))
    assert stored.returncode == 0, stored.stderr
    assert stored.stdout.splitlines()[0].startswith("1\tF0\t")


def test_lone_relatives_are_a_database_of_families(lab: Path, database: Path) -> None:
    done = run("families", "--query", str(lab), "--sample", "S1", "--database", str(database), "--json")
    assert done.returncode == 0, done.stderr
    assert {json.loads(line)["family"] for line in done.stdout.splitlines()} == {"S1", "S2", "S3"}


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("{", "families.jsonl:2: not JSON"),
        (json.dumps({**FAMILIES[0], "missing": "X"}), "families.jsonl:2.missing"),
        (json.dumps({**FAMILIES[0], "typed": {"S": {"TH01": ["x", "7"]}}}), "families.jsonl:2.typed.S.TH01"),
    ],
)
def test_a_bad_family_is_named(families: Path, lab: Path, row: str, message: str) -> None:
    families.write_text(json.dumps(FAMILIES[0]) + "\n" + row, "utf-8")
    done = run("families", "--query", str(lab), "--sample", "S1", "--families", str(families))
    assert done.returncode == 3
    assert message in done.stderr


def test_families_need_one_source(lab: Path, families: Path) -> None:
    assert run("families", "--query", str(lab)).returncode == 2
    assert run("families", "--families", str(families)).returncode == 2
    assert run("families", "--query", str(lab), "--store", "/nowhere", "--sample", "S1").returncode == 6


Y_TABLE = """sample,locus,allele 1,allele 2
A,DYS391,10,
A,DYS385,11,14
A,DYS390,24,
B,DYS391,11,
B,DYS385,11,14
B,DYS390,24,
C,DYS391,14,
C,DYS390,20,
D,TH01,6,7
"""


def test_y_haplotypes_are_ranked_by_steps(tmp_path: Path) -> None:
    path = tmp_path / "y.csv"
    path.write_text(Y_TABLE, "utf-8")
    done = run("y", "A", "-p", str(path), "--transmissions", "2", "--json")
    assert done.returncode == 0, done.stderr
    first, second = (json.loads(line) for line in done.stdout.splitlines())
    assert (first["sample"], first["steps"], first["excluded"]) == ("B", 1, False)
    assert (second["sample"], second["steps"], second["excluded"]) == ("C", 8, True)
    assert "not excluded" in run("y", "A", "B", "-p", str(path)).stdout
    missing = run("y", "D", "-p", str(path))
    assert missing.returncode == 3
    assert "no Y haplotype of 'D'" in missing.stderr


def test_check_finds_replicates_and_duplicates(tmp_path: Path) -> None:
    loci = ("CSF1PO", "D13S317", "D16S539", "D18S51", "D21S11", "D3S1358", "D5S818", "D7S820", "FGA")
    header = "sample," + ",".join(loci)
    first, second = tmp_path / "a.csv", tmp_path / "b.csv"
    row = ",".join(f'"{10 + i},{11 + i}"' for i in range(9))
    first.write_text(f"{header}\nS1,{row}\nS2,{row}\n", "utf-8")
    swapped = ",".join(f'"{10 + i},{12 + i}"' for i in range(9))
    second.write_text(f"{header}\nS1,{swapped}\n", "utf-8")
    done = run("check", "-p", str(first), "-p", str(second), "--json")
    assert done.returncode == 0, done.stderr
    document = json.loads(done.stdout)
    assert [item["loci"] for item in document["samples"]] == [9, 9, 9]
    (replicate,) = document["replicates"]
    assert replicate["sample"] == "S1"
    assert not replicate["same_person"]
    assert len(replicate["different"]) == 9
    assert document["duplicates"] == [{"first": "S1", "second": "S2", "compared": 9}]
    text = run("check", "-p", str(first), "-p", str(second)).stdout
    assert "NOT ONE PERSON" in text


def test_convert_writes_what_can_be_read_again(tmp_path: Path, lab: Path) -> None:
    for form, name in (("cmf", "out.xml"), ("csv", "out.csv")):
        path = tmp_path / name
        done = run("convert", "-p", str(lab), "--to", form, "--output", str(path), "--json")
        assert done.returncode == 0, done.stderr
        assert json.loads(done.stdout)["profiles"] == 3
        assert "<SPECIMENID>S1</SPECIMENID>" in path.read_text("utf-8") or form == "csv"
        again = run("compare", "S1", "S2", "-p", str(path), "--json")
        assert json.loads(again.stdout) == json.loads(run("compare", "S1", "S2", "-p", str(lab), "--json").stdout)
        assert run("convert", "-p", str(lab), "--to", form, "--output", str(path)).returncode == 2


def test_familias_files_are_cases(tmp_path: Path) -> None:
    path = tmp_path / "x.fam"
    path.write_text('"Output from Familias, version 3.3.1"\n"DO NOT EDIT!"\n3.3.1\n""\nmany\n', "utf-8")
    done = run("lr", "--cases", str(path))
    assert done.returncode == 3
    assert "x.fam:5 number of persons is 'many', not a number" in done.stderr


def test_lr_goes_on_after_a_bad_case(tmp_path: Path) -> None:
    golden = json.loads((Path(__file__).parents[1] / "golden" / "str_pedigree_cases.json").read_text("utf-8"))
    good = golden["cases"][0]
    path = tmp_path / "cases.json"
    path.write_text(json.dumps({**golden, "cases": [{**good, "id": "bad", "theta": "x"}, good]}))
    done = run("lr", "--cases", str(path), "--json")
    assert done.returncode == 3
    bad, answered = (json.loads(line) for line in done.stdout.splitlines())
    assert bad["id"] == "bad"
    assert "theta" in bad["error"]
    assert answered["id"] == good["id"]
    assert answered["loci"]
