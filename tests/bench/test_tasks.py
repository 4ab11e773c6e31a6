"""The bench's whole path on the smallest world: commands in, raw results out, in agreement with the product's lists."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from importlib.resources import as_file, files
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from bench.figures import lines
from bench.tasks import Built, Plan, RawResults, build, built_before, measure, sampled
from bench.truth import Owners, read_truth
from matcher.errors import InputError
from matcher.leads.matcher import Matcher

RECIPE = Path(__file__).parents[2] / "datasets-synthetic" / "recipes" / "micro.toml"

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """An installation whose gazetteer is the sample that the package ships."""
    path = tmp_path_factory.mktemp("home")
    with as_file(files("matcher.placenames").joinpath("data/sample")) as sample:
        shutil.copytree(sample, path / "gazetteer")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MATCHER_HOME", str(path))
        yield path


@pytest.fixture(scope="module")
def built(home: Path, tmp_path_factory: pytest.TempPathFactory) -> Built:
    return build(RECIPE, 7, tmp_path_factory.mktemp("run") / "r")


@pytest.fixture(scope="module")
def measured(built: Built) -> RawResults:
    return measure(built, Plan("micro.toml", 7))


def test_every_open_case_is_measured_by_every_method(measured: RawResults, built: Built) -> None:
    truth = read_truth(built.world)
    assert measured.run["probes"] == measured.probes.num_rows == len(truth.probes) == 12
    assert measured.run["gallery_records"] == len(truth.owners)
    methods = set(measured.placements.column("method").to_pylist())
    assert {"fused", "face", "name", "place", "demographics", "hand_weights"} <= methods


def test_nothing_is_lost_on_the_way_in(built: Built) -> None:
    """Everything a world holds must arrive: one reject and the bench would measure something else."""
    path = built.workspace / "rejects.csv"
    rejects = path.read_text("utf-8-sig").splitlines()[1:] if path.exists() else []
    corruptions = pq.read_table(built.world / "truth" / "corruptions.parquet").to_pylist()
    swapped = {row["record_id"] for row in corruptions if row["cause"] == "swapped_columns"}
    # A guessed age without a date of the event says nothing; the product says so, and is right. So it is about cells
    # that changed places.
    left = [line for line in rejects if "age_without_date" not in line and not any(case in line for case in swapped)]
    assert left == []


def test_ranks_agree_with_the_lists_that_the_product_shows(measured: RawResults, built: Built) -> None:
    truth = read_truth(built.world)
    ranks = {row["probe_id"]: row["rank"] for row in measured.placements.to_pylist() if row["method"] == "fused"}
    compared = 0
    with Matcher.open(built.workspace) as matcher:
        for probe_id, probe in truth.probes.items():
            listed = [lead.record_id for lead in matcher.candidates(probe_id, top=1000).leads]
            if not probe.mated:
                assert ranks[probe_id] is None
                continue
            place = next(i for i, record in enumerate(listed) if record in probe.mates)
            others = [record for record in listed[:place] if truth.owners[record] != probe.person]
            assert ranks[probe_id] == pytest.approx(len(others) + 1, abs=0.51)
            compared += 1
    assert compared >= 3


def test_the_right_person_is_usually_first(measured: RawResults) -> None:
    hits = [
        line.figures["hit@10"]
        for line in lines(measured)
        if line.method == "fused" and line.subset == "all" and line.task == "leads"
    ]
    assert np.average([hit.value for hit in hits], weights=[hit.trials for hit in hits]) > 0.6


def test_the_truth_never_reaches_the_workspace(built: Built) -> None:
    manifest = json.loads((built.world / "MANIFEST.json").read_text("utf-8"))
    assert any(name.startswith("truth/") for name in manifest["sha256"])
    for database in built.workspace.glob("*.sqlite"):
        content = database.read_bytes()
        for word in (b"long_stayer", b"told_nothing", b"misheard"):
            assert word not in content


def test_a_sample_of_cases_is_the_same_every_time_and_gives_the_same_rows(measured: RawResults, built: Built) -> None:
    plan = Plan("micro.toml", 7, cases=3, peers=False)
    few = measure(built_before(built.world.parent), plan)
    assert (few.run["probes"], few.run["open_cases"]) == (3, 12)
    assert few.probes["probe_id"].to_pylist() == list(sampled(measured.probes["probe_id"].to_pylist(), plan))
    ranks = {(row["probe_id"], row["method"]): row["rank"] for row in measured.placements.to_pylist()}
    for row in few.placements.to_pylist():
        assert row["rank"] == ranks[row["probe_id"], row["method"]]
    assert "hand_weights" not in few.placements["method"].to_pylist()


def test_every_case_done_is_told(built: Built) -> None:
    done: list[int] = []
    measure(built, Plan("micro.toml", 7, cases=2, peers=False), tick=done.append)
    assert done == [1, 1]


def test_rows_of_a_probe_are_those_that_the_truth_names(built: Built) -> None:
    truth = read_truth(built.world)
    with Matcher.open(built.workspace) as matcher:
        ids = [str(record_id) for record_id in matcher.prepared.gallery.record_ids]
        owners = Owners(matcher.prepared.gallery, truth)
    for probe in truth.probes.values():
        view = owners.view(probe)
        own = {record_id for record_id in ids if truth.owners[record_id] == probe.person}
        assert {ids[row] for row in view.mates} == probe.mates
        assert {ids[row] for row in view.own} == own
        assert {ids[row] for row in view.related} == own | ((probe.kin | truth.swapped) & set(ids))


def test_what_is_not_a_world_is_said(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="does not hold a world"):
        built_before(tmp_path)
