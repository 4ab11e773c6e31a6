"""The catalogue: sources, checksums, sums, spellings."""

from __future__ import annotations

import hashlib
import tomllib
from importlib.resources import files

import pytest

from matcher.errors import InputError, ReferenceDataError
from matcher.str_loci.frequencies import (
    POPULATIONS,
    default_frequencies,
    population,
    read_frequencies,
)
from matcher.str_loci.loci import find_locus, kits, likely_kit, loci
from matcher.str_loci.mutation import DEFAULT_MUTATION

DATA = files("matcher.str_loci") / "data"
SOURCES = tomllib.loads((DATA / "SOURCES.toml").read_text("utf-8"))["file"]


def test_every_data_file_has_its_source_and_is_unchanged() -> None:
    present = {"kits.csv", "loci.csv", "y_mutation_rates.csv"} | {f"frequencies/{name}.csv" for name in POPULATIONS}
    assert {item["path"] for item in SOURCES} == present
    for item in SOURCES:
        content = DATA.joinpath(item["path"]).read_bytes()
        assert hashlib.sha256(content).hexdigest() == item["sha256"], item["path"]
        assert item["source"]
        assert item["licence"]
        assert item["qc"]


@pytest.mark.parametrize("name", POPULATIONS)
def test_frequencies_sum_to_one(name: str) -> None:
    for locus, table in population(name).items():
        assert sum(table.frequencies) == pytest.approx(1.0, abs=1e-9), locus
        assert find_locus(locus) is not None


def test_default_holds_the_loci_of_chinese_kits() -> None:
    autosomal = {locus.name for locus in loci("autosomal")}
    missing = (kits()["Goldeneye 20A"] | kits()["VeriFiler Plus"] | kits()["GlobalFiler"]) & autosomal
    assert missing <= default_frequencies().keys()


def test_rare_alleles_are_raised_to_five_counts() -> None:
    table = default_frequencies()["D3S1358"]
    model = table.model(DEFAULT_MUTATION, also=[125])
    assert table.minimum == pytest.approx(5 / 2016)
    assert model.frequencies.sum() == pytest.approx(1.0)
    assert model.frequencies.min() == pytest.approx(table.minimum, rel=0.03)
    assert 125 in model.alleles


def test_kits_are_recognised() -> None:
    assert likely_kit(kits()["AGCU EX22"]) == "AGCU EX22"
    assert likely_kit(["D3S1358", "not a locus"]) is None


def test_unknown_population_is_refused() -> None:
    with pytest.raises(ReferenceDataError, match="martian"):
        population("martian")


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ({"locus": "X", "allele": "9", "frequency": "1"}, "unknown"),
        ({"locus": "FGA", "allele": "9x", "frequency": "1"}, "repeat number"),
        ({"locus": "FGA", "allele": "9", "frequency": "many"}, "not a number"),
        ({"locus": "FGA", "allele": "9", "frequency": "1.5"}, "outside"),
        ({"locus": "FGA", "allele": "9", "frequency": "0.5"}, "sums to"),
    ],
)
def test_bad_frequency_tables_are_refused(row: dict[str, str], message: str) -> None:
    with pytest.raises(InputError, match=message):
        read_frequencies([row], source="own.csv")
