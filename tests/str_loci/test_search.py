"""Search of a database: tables against peeling, scan against its twin, the null distribution against a simulation."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from matcher.errors import InputError
from matcher.str_loci import scan_kernel
from matcher.str_loci.alleles import SILENT
from matcher.str_loci.compare import KinshipOptions, compare_profiles
from matcher.str_loci.compiled import CompiledQuery, compile_query
from matcher.str_loci.database import ProfileDatabase, encode_observations
from matcher.str_loci.frequencies import LocusFrequencies, default_frequencies
from matcher.str_loci.likelihood import LocusEvidence, locus_likelihood
from matcher.str_loci.linkage import RECOMBINATION, linked_likelihood
from matcher.str_loci.mutation import DEFAULT_MUTATION, NO_MUTATION
from matcher.str_loci.observations import observation_code
from matcher.str_loci.parquet import read_database
from matcher.str_loci.pedigree import Pedigree
from matcher.str_loci.query import Query
from matcher.str_loci.questions import read_family, relation_query, rival_queries
from matcher.str_loci.relations import relation_pedigree, unrelated
from matcher.str_loci.scan_kernel import ScanTables, best_rows, scan, scan_numpy
from matcher.str_loci.search import exact_sum, search, search_many, stack_tables
from matcher.str_loci.simulate import draw_pedigree, draw_profile
from matcher.str_loci.typing_errors import TypingErrors
from matcher.types import SUBJECT, Genotype, StrProfile

KIT = ("CSF1PO", "D12S391", "D13S317", "D3S1358", "FGA", "PentaE", "TH01", "vWA")
MODELS = {locus: default_frequencies()[locus].model(DEFAULT_MUTATION) for locus in KIT}
OPTIONS = KinshipOptions()


def observed(genotypes: dict[str, Genotype]) -> dict[str, str]:
    return {locus: observation_code(pair) for locus, pair in genotypes.items()}


@pytest.fixture(scope="module")
def world() -> dict[str, dict[str, Genotype]]:
    return draw_pedigree(np.random.default_rng(2), MODELS, relation_pedigree("both-parents"))


@pytest.fixture(scope="module")
def database(world: dict[str, dict[str, Genotype]]) -> ProfileDatabase:
    rng = np.random.default_rng(1)
    samples = {f"D{number:04d}": observed(draw_profile(rng, MODELS)) for number in range(1500)}
    samples["D0701"] = observed(world["subject"])
    for number in range(0, 1500, 7):
        samples[f"D{number:04d}"] = {k: v for k, v in samples[f"D{number:04d}"].items() if k not in ("FGA", "PentaE")}
    return encode_observations(samples)


def test_the_child_comes_first_and_parts_add_up(
    database: ProfileDatabase, world: dict[str, dict[str, Genotype]]
) -> None:
    query = Query(relation_pedigree("both-parents"), {"kin": observed(world["kin"]), "kin2": observed(world["kin2"])})
    result = search(database, query, OPTIONS, top=10)
    assert result.hits[0].sample_id == "D0701"
    assert result.hits[0].expected_false < 1e-3
    for hit in result.hits:
        assert hit.log10_lr == pytest.approx(sum(score.log10_lr for score in hit.loci), abs=1e-12)
    assert [hit.log10_lr for hit in result.hits] == sorted((hit.log10_lr for hit in result.hits), reverse=True)


def test_scan_equals_exact_sums(database: ProfileDatabase, world: dict[str, dict[str, Genotype]]) -> None:
    query = relation_query("half-sibling", StrProfile("k", world["kin"]))
    tables = compile_query(query, database.loci, database.observations, OPTIONS)
    assert tables.linked is not None
    scores = scan(database.codes, stack_tables(database, [tables]))[:, 0]
    for row in range(0, len(database), 50):
        assert scores[row] == pytest.approx(exact_sum(database, tables, row), abs=1e-4)


def test_compiled_loops_equal_the_twin(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scan_kernel, "COMPILE_FROM", 0)
    rng = np.random.default_rng(3)
    for loci in (3, 8, 21):
        codes = rng.integers(0, 30, (9000, loci)).astype(np.uint16)
        tables = rng.normal(size=(loci, 32, 5)).astype(np.float32)
        pair = rng.normal(size=(30, 30, 5)).astype(np.float32)
        for laid_out in (
            ScanTables(tables),
            ScanTables(tables, pair, 0, 2),
            ScanTables(tables[:, :, :1], pair[:, :, :1], 2, 1),
        ):
            expected = scan_numpy(codes, laid_out)
            np.testing.assert_allclose(scan(codes, laid_out), expected, atol=1e-4)
            for query, (rows, sums) in enumerate(best_rows(codes, laid_out, top=50)):
                np.testing.assert_allclose(sums, np.sort(expected[:, query])[::-1][:50], atol=1e-4)
                np.testing.assert_allclose(expected[rows, query], sums, atol=1e-4)


def test_many_questions_give_the_same_lists_as_one(
    database: ProfileDatabase, world: dict[str, dict[str, Genotype]]
) -> None:
    queries = [relation_query(r, StrProfile("k", world["kin"])) for r in ("direct", "parent-child", "full-sibling")]
    together = search_many(database, queries, OPTIONS, top=5)
    for query, found in zip(queries, together, strict=True):
        assert [hit.sample_id for hit in search(database, query, OPTIONS, top=5).hits] == [
            hit.sample_id for hit in found.hits
        ]


def test_rivals_tell_parent_from_sibling(database: ProfileDatabase, world: dict[str, dict[str, Genotype]]) -> None:
    parent = StrProfile("k", world["kin"])
    query, rivals = relation_query("parent-child", parent), rival_queries("parent-child", parent)
    result = search(database, query, OPTIONS, top=50, rivals=rivals)
    hit = next(hit for hit in result.hits if hit.sample_id == "D0701")
    assert hit.log10_lr > max(hit.alternatives.values())
    assert hit.alternatives["direct"] < 0


def test_linked_loci_count_together_in_the_scan(
    database: ProfileDatabase, world: dict[str, dict[str, Genotype]]
) -> None:
    sibling = StrProfile("k", world["subject"])
    result = search(database, relation_query("full-sibling", sibling), OPTIONS, top=30)
    hit = result.hits[0]
    assert [item.locus for item in hit.loci][-1] == "vWA+D12S391"
    profiles = [StrProfile("s", {k: tuple(map(int, v.split("/"))) for k, v in database.profile(701).items()}), sibling]
    compared = compare_profiles("full-sibling", profiles, OPTIONS)  # type: ignore[arg-type]
    assert hit.sample_id == "D0701"
    # The table of a search is normalised and allows for typing errors, the comparison is the bare ratio.
    assert hit.log10_lr == pytest.approx(compared.log10_lr, abs=0.05)
    parent = search(database, relation_query("parent-child", sibling), OPTIONS, top=3)
    assert "vWA" in parent.loci
    assert all(item.locus != "vWA+D12S391" for item in parent.hits[0].loci)


LINKED = ("vWA", "D12S391")


def linked_compiled(
    relation: str, typed: dict[str, dict[str, str]], entries: list[list[str]], options: KinshipOptions = OPTIONS
) -> CompiledQuery:
    return compile_query(Query(relation_pedigree(relation), typed), LINKED, entries, options)


@pytest.mark.parametrize("relation", ["full-sibling", "half-sibling", "grandparent", "avuncular", "first-cousin"])
@pytest.mark.parametrize("kin", [("140/180", "190/210"), ("170/", "180/183"), ("170/170", "200/")])
@pytest.mark.parametrize("theta", [0.0, 0.02])
def test_mean_lr_of_two_linked_loci_together_is_one(relation: str, kin: tuple[str, str], theta: float) -> None:
    options = KinshipOptions(theta=theta)
    compiled = linked_compiled(relation, {"kin": dict(zip(LINKED, kin, strict=True))}, [[""], [""]], options)
    assert compiled.linked is not None
    assert compiled.linked.null_probability.sum() == pytest.approx(1.0, abs=1e-12)
    mean = float(compiled.linked.null_probability @ 10**compiled.linked.null_log10_lr)
    assert mean == pytest.approx(1.0, abs=1e-12)


@pytest.mark.parametrize("relation", ["full-sibling", "half-sibling", "grandparent", "avuncular"])
def test_linked_tables_equal_the_joint_likelihood_of_the_pedigree(relation: str) -> None:
    """Without mutation no convention differs, so the sum of the three terms is the plain ratio of two pedigrees."""
    options = KinshipOptions(mutation=NO_MUTATION, errors=TypingErrors(1e-15, 0.0))
    entries = [["", "140/180", "140/170", "180/180"], ["", "190/210", "190/200", "210/210"]]
    typed = {"vWA": (140, 180), "D12S391": (190, 210)}
    compiled = linked_compiled(relation, {"kin": {"vWA": "140/180", "D12S391": "190/210"}}, entries, options)
    assert compiled.linked is not None
    models = tuple(default_frequencies()[locus].model(NO_MUTATION) for locus in LINKED)
    pedigree = relation_pedigree(relation)
    for one in (1, 2, 3):
        for other in (1, 2, 3):
            shown = [tuple(map(int, entries[n][code].split("/"))) for n, code in enumerate((one, other))]
            genotypes = tuple(
                {"kin": typed[locus], SUBJECT: genotype} for locus, genotype in zip(LINKED, shown, strict=True)
            )
            above, below = (
                linked_likelihood(side, models, genotypes, rho=RECOMBINATION)  # type: ignore[arg-type]
                for side in (pedigree, unrelated(pedigree))
            )
            total = compiled.tables[0].log10_lr[one] + compiled.tables[1].log10_lr[other]
            total += compiled.linked.log10_lr[one, other]
            assert 10**total == pytest.approx(above / below, rel=1e-9, abs=1e-14)
    assert (compiled.linked.log10_lr[0] == 0.0).all()
    assert (compiled.linked.log10_lr[:, 0] == 0.0).all()


def test_observations_without_evidence_have_no_joint_part() -> None:
    entries = [["", "140/180", "140/150/180", "~", "140/"], ["", "190/210", "900/910"]]
    compiled = linked_compiled("full-sibling", {"kin": {"vWA": "140/180", "D12S391": "190/210"}}, entries)
    assert compiled.linked is not None
    table = compiled.linked.log10_lr
    assert (table[[0, 2, 3]] == 0.0).all()
    assert (table[:, [0, 2]] == 0.0).all()  # an allele that no table has: the loci count as independent
    assert table[1, 1] != 0.0
    assert table[4, 1] != 0.0


def test_linked_loci_of_a_large_family_fall_back_to_one() -> None:
    children = [(f"c{number}", "f", "m") for number in range(7)]
    pedigree = Pedigree.of([("f", None, None), ("m", None, None), (SUBJECT, "f", "m"), *children])
    typed = {name: {"vWA": "140/180", "D12S391": "190/210"} for name, _, _ in children}
    compiled = compile_query(Query(pedigree, typed), LINKED, [["", "140/180"], ["", "190/210"]], OPTIONS)
    assert compiled.linked is not None
    assert compiled.linked.log10_lr[1, 1] == -compiled.tables[0].log10_lr[1]


def test_expected_false_hits_equal_a_simulation() -> None:
    """50,000 strangers, half of them typed at six loci only, drawn from the very model of the tables."""
    rng = np.random.default_rng(4)
    count = 50_000
    samples = {}
    columns = {}
    for locus, model in MODELS.items():
        weights = OPTIONS.errors.observed(model, model.hwe)
        columns[locus] = rng.choice(model.genotype_count, size=count, p=weights / weights.sum())
    genotypes = {locus: model.genotypes() for locus, model in MODELS.items()}
    for row in range(count):
        typed = KIT if row % 2 else KIT[:6]
        samples[f"S{row}"] = {locus: observation_code(genotypes[locus][columns[locus][row]]) for locus in typed}
    database = encode_observations(samples)
    kin = StrProfile("k", draw_profile(rng, MODELS))
    query = relation_query("full-sibling", kin)
    result = search(database, query, OPTIONS, top=1)
    tables = compile_query(query, database.loci, database.observations, OPTIONS)
    scores = scan_numpy(database.codes, stack_tables(database, [tables]))[:, 0]
    for threshold in (-2.0, -1.0, 0.0, 0.5, 1.0, 1.5, 2.0):
        expected = result.null.expected_above(threshold)
        assert abs((scores >= threshold).sum() - expected) < 5 * np.sqrt(expected) + 1, threshold
    assert result.null.expected_above(-99.0) == pytest.approx(count)
    assert result.null.expected_above(99.0) == 0.0


def test_threshold_is_where_a_tenth_of_a_stranger_is_expected(
    database: ProfileDatabase, world: dict[str, dict[str, Genotype]]
) -> None:
    result = search(database, relation_query("parent-child", StrProfile("k", world["kin"])), OPTIONS, top=1)
    assert result.null.expected_above(result.threshold) <= 0.1
    assert result.null.expected_above(result.threshold - 0.05) > 0.08


@pytest.mark.parametrize("relation", ["direct", "full-sibling"])
def test_mean_lr_over_observations_is_one(relation: str, world: dict[str, dict[str, Genotype]]) -> None:
    for code in ("220/240", "220/", "220/220"):
        query = (
            Query.same_person({"FGA": code})
            if relation == "direct"
            else Query(relation_pedigree(relation), {"kin": {"FGA": code}})
        )
        (table,) = compile_query(query, ["FGA"], [["", "220/240"]], OPTIONS).tables
        assert float(table.null_probability @ 10**table.null_log10_lr) == pytest.approx(1.0, abs=1e-12)


@pytest.mark.parametrize("relation", ["direct", "parent-child", "full-sibling", "child"])
def test_theta_in_the_tables_equals_the_ratio_of_pedigrees(relation: str) -> None:
    """Without mutation no convention differs, so the table is the plain ratio of two pedigrees."""
    options = KinshipOptions(mutation=NO_MUTATION, theta=0.03, errors=TypingErrors(1e-15, 0.0))
    pedigree = Pedigree.of([(SUBJECT, None, None)]) if relation == "direct" else relation_pedigree(relation)
    typed = {SUBJECT if relation == "direct" else "kin": {"FGA": "220/240"}}
    entries = ["", "220/240", "220/220", "230/240", "210/250"]
    (table,) = compile_query(Query(pedigree, typed), ["FGA"], [entries], options).tables
    model = default_frequencies()["FGA"].model(NO_MUTATION)
    for code, value in zip(entries[1:], table.log10_lr[1:], strict=True):
        low, high = (int(part) for part in code.split("/"))
        genotypes = {"kin": (220, 240), SUBJECT: (low, high)}
        h2 = Pedigree.of([("kin", None, None), (SUBJECT, None, None)]) if relation == "direct" else unrelated(pedigree)
        if relation == "direct":
            one = locus_likelihood(Pedigree.of([("kin", None, None)]), LocusEvidence("", model, genotypes), theta=0.03)
            h1_value = one if (low, high) == (220, 240) else 0.0
        else:
            h1_value = locus_likelihood(pedigree, LocusEvidence("", model, genotypes), theta=0.03)
        expected = h1_value / locus_likelihood(h2, LocusEvidence("", model, genotypes), theta=0.03)
        assert 10**value == pytest.approx(expected, rel=1e-9, abs=1e-14), code
    assert float(table.null_probability @ 10**table.null_log10_lr) == pytest.approx(1.0, abs=1e-12)


SILENT_TABLE = LocusFrequencies("FGA", (220, 230, 240, SILENT), (0.3, 0.4, 0.25, 0.05), 10_000)


@pytest.mark.parametrize("relation", ["direct", "parent-child", "full-sibling", "grandparent"])
@pytest.mark.parametrize("shown", ["220/220", "220/240"])
def test_silent_alleles_live_inside_the_table(relation: str, shown: str) -> None:
    """A homozygous father and a child homozygous for another allele may share a silent one."""
    options = KinshipOptions(frequencies={"FGA": SILENT_TABLE}, mutation=NO_MUTATION, errors=TypingErrors(1e-15, 0.0))
    model = SILENT_TABLE.model(NO_MUTATION)
    entries = ["", "220/220", "230/230", "220/230", "240/240"]
    pedigree = Pedigree.of([(SUBJECT, None, None)]) if relation == "direct" else relation_pedigree(relation)
    query = Query(pedigree, {SUBJECT if relation == "direct" else "kin": {"FGA": shown}})
    (table,) = compile_query(query, ["FGA"], [entries], options).tables
    low, high = (int(part) for part in shown.split("/"))
    for code, value in zip(entries[1:], table.log10_lr[1:], strict=True):
        genotype = tuple(int(part) for part in code.split("/"))
        evidence = LocusEvidence("", model, {"kin": (low, high), SUBJECT: genotype})  # type: ignore[dict-item]
        if relation == "direct":
            one = locus_likelihood(Pedigree.of([(SUBJECT, None, None)]), evidence)
            expected = 1.0 / one if code == shown else 0.0
        else:
            expected = locus_likelihood(pedigree, evidence) / locus_likelihood(unrelated(pedigree), evidence)
        assert 10**value == pytest.approx(expected, rel=1e-9, abs=1e-14), code
    assert float(table.null_probability @ 10**table.null_log10_lr) == pytest.approx(1.0, abs=1e-12)
    if relation == "parent-child" and shown == "220/220":
        assert 10 ** table.log10_lr[2] > 0.01


def test_a_flagged_peak_excludes_less_than_a_homozygote() -> None:
    entries = ["", "220/", "220/220", "230/250", "220/240/250", "~"]
    (table,) = compile_query(Query.same_person({"FGA": "220/240"}), ["FGA"], [entries], OPTIONS).tables
    values = dict(zip(entries, table.log10_lr, strict=True))
    assert values["220/"] > 0 > values["220/220"] > values["230/250"]
    assert values["220/240/250"] == values["~"] == values[""] == 0.0


def test_unseen_alleles_of_the_database_are_compared_at_the_floor() -> None:
    (table,) = compile_query(
        Query.same_person({"TH01": "55/70"}), ["TH01"], [["", "55/70", "52/70", "60/70"]], OPTIONS
    ).tables
    assert table.log10_lr[1] > 2 > 0 > table.log10_lr[2]
    assert table.log10_lr[3] < 0


def test_long_and_wide_parquet_hold_the_same_database(tmp_path: Path) -> None:
    long = pa.table(
        {
            "sample_id": ["A", "A", "B", "B", "A", "B"],
            "locus": ["TH01", "Penta E", "TH01", "PENTA_E", "AMEL", "D99"],
            "allele_1": ["9.3", "11", "6", "OL", "X", "1"],
            "allele_2": ["6", None, "6", "12", "Y", "2"],
        }
    )
    wide = pa.table(
        {
            "sample_id": ["A", "B"],
            "TH01": ["6/9.3", "6,6"],
            "Penta E": ["11", "OL/12"],
            "FGA": ["20/?", ""],
            "AMEL": ["X", "X"],
        }
    )
    pairs = pa.table(
        {
            "sample_id": ["A", "B"],
            "TH01_1": pa.array([60, 60], pa.int16()),
            "TH01_2": pa.array([93, 60], pa.int16()),
            "PentaE_1": [11.0, None],
            "PentaE_2": [11.0, None],
        }
    )
    for table in (long, wide, pairs):
        pq.write_table(table, tmp_path / "db.parquet")
        loaded = read_database(tmp_path / "db.parquet")
        assert list(loaded.database.sample_ids) == ["A", "B"]
        extra = {"FGA": "200/"} if table is wide else {}
        assert loaded.database.profile(0) == {"TH01": "60/93", "PentaE": "110/110"} | extra
        assert loaded.database.profile(1) == {"TH01": "60/60"}
    assert read_database(tmp_path / "db.parquet").unreadable == 0
    pq.write_table(long, tmp_path / "db.parquet")
    loaded = read_database(tmp_path / "db.parquet")
    assert loaded.unreadable == 1
    assert set(loaded.ignored_columns) == {"AMEL", "D99"}


def test_files_that_are_no_database_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "db.parquet"
    path.write_bytes(b"PAR1 nonsense")
    with pytest.raises(InputError, match="not a readable Parquet"):
        read_database(path)
    pq.write_table(pa.table({"x": [1]}), path)
    with pytest.raises(InputError, match="sample_id"):
        read_database(path)
    pq.write_table(pa.table({"sample_id": ["a"], "colour": ["red"]}), path)
    with pytest.raises(InputError, match="no column is an autosomal"):
        read_database(path)


def test_families_are_read_and_bad_ones_are_refused() -> None:
    good = {
        "pedigree": [["F", None, None, 1], ["M", None, None, 2], ["S", "F", "M", 2], ["MP", "F", "M", 1]],
        "missing": "MP",
        "typed": {"S": {"TH01": ["6", "9.3"]}},
    }
    query = read_family(json.dumps(good), source="f.json")
    assert query.typed == {"S": {"TH01": "60/93"}}
    assert "subject" in query.pedigree.names
    for broken, message in (
        ("{", "not JSON"),
        (json.dumps({}), "missing"),
        (json.dumps(good | {"typed": {"X": {}}}), "not in the pedigree"),
        (json.dumps(good | {"typed": {"MP": {"TH01": ["6", "7"]}}}), "is typed"),
        (json.dumps(good | {"typed": {"S": {"nowhere": ["6", "7"]}}}), "unknown"),
        (json.dumps(good | {"missing": "Z"}), "no 'subject'"),
    ):
        with pytest.raises(InputError, match=message):
            read_family(broken, source="f.json")
