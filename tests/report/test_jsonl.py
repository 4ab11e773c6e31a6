from __future__ import annotations

import copy
import json
import math
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matcher.errors import InputError
from matcher.report.batch import ReportBatch
from matcher.report.json_schema import faults
from matcher.report.jsonl import SCHEMA_VERSION, candidate_line, candidate_schema, read_candidates, write_candidates
from matcher.types import (
    CHANNEL_NAMES,
    CandidateList,
    ChannelEvidence,
    Comparison,
    Lead,
    Part,
    PersonRecord,
    Suppression,
)

# Any text at all: unpaired surrogates, which damaged input holds, and line separators that are no line ends in JSON.
ANY_TEXT = st.text(st.characters(exclude_categories=()), max_size=12)
ANY_ID = st.text(st.characters(exclude_categories=()), min_size=1, max_size=8)
FINITE = st.floats(allow_nan=False, allow_infinity=False)
SHARE = st.floats(0.0, 1.0)
PARTS = st.builds(Part, st.sampled_from(CHANNEL_NAMES), ANY_TEXT, FINITE)
CHANNELS = st.builds(
    ChannelEvidence,
    st.sampled_from(CHANNEL_NAMES),
    FINITE,
    st.sampled_from(get_args(Comparison)),
    st.lists(PARTS, max_size=2).map(tuple),
    st.lists(ANY_TEXT, max_size=2).map(tuple),
)


@st.composite
def candidate_lists(draw: st.DrawFn) -> CandidateList:
    probe = draw(ANY_ID)
    leads = st.builds(
        Lead, st.just(probe), ANY_ID, st.integers(1, 1000), FINITE, SHARE, st.lists(CHANNELS, max_size=3).map(tuple)
    )
    others = st.lists(st.builds(PersonRecord, ANY_ID, FINITE, SHARE), max_size=2).map(tuple)
    listed = tuple(replace(lead, others=draw(others)) for lead in draw(st.lists(leads, max_size=3)))
    suppressed = draw(st.lists(st.builds(Suppression, ANY_ID, ANY_ID, ANY_ID, ANY_ID), max_size=2).map(tuple))
    return CandidateList(
        probe, draw(st.integers(0, 10**9)), draw(SHARE), draw(SHARE), draw(FINITE), draw(st.booleans()), listed,
        suppressed=suppressed, learned_from=draw(st.integers(0, 10**6)),
    )  # fmt: skip


@given(candidates=candidate_lists())
def test_a_line_is_what_copying_every_field_would_write(candidates: CandidateList) -> None:
    document = json.loads(candidate_line(candidates, language="zh"))
    copied = asdict(candidates)
    copied["leads"] = [{"calibrated": candidates.calibrated, **lead} for lead in copied["leads"]]
    expected = {"schema_version": SCHEMA_VERSION, "language": "zh", **copied}
    assert json.dumps(document) == json.dumps({name: expected[name] for name in document})
    assert document.keys() == expected.keys()


def test_only_values_of_a_list_are_written() -> None:
    strange = CandidateList("P", 1, 0.5, 0.5, 0.0, False, (), stratum=object())  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="a object has no place in a candidate list"):
        candidate_line(strange, language="zh")


@given(st.lists(candidate_lists(), max_size=3))
@settings(derandomize=True, deadline=None, max_examples=60)
def test_a_round_trip_loses_nothing(lists: list[CandidateList]) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "leads.jsonl"
        assert write_candidates(path, lists, language="en") == len(lists)
        read = read_candidates(path)
    assert read.lists == tuple(lists)
    assert read.language == ("en" if lists else None)


@given(candidate_lists())
@settings(derandomize=True, deadline=None, max_examples=60)
def test_whatever_is_written_keeps_the_schema(candidates: CandidateList) -> None:
    document = json.loads(candidate_line(candidates, language="zh"))
    assert list(faults(document, candidate_schema(), root=candidate_schema())) == []


def test_floats_come_back_bit_by_bit(tmp_path: Path) -> None:
    value = math.nextafter(0.1, 1.0)
    written = CandidateList("A", 1, value, 5e-324, -0.0, False)
    path = tmp_path / "leads.jsonl"
    write_candidates(path, [written], language="zh")
    (read,) = read_candidates(path).lists
    assert [x.hex() for x in (read.prior_in_database, read.nobody, read.expected_wrong)] == [
        value.hex(), (5e-324).hex(), (-0.0).hex(),
    ]  # fmt: skip


def test_every_list_and_every_lead_says_that_it_is_not_calibrated(batch: ReportBatch, tmp_path: Path) -> None:
    path = tmp_path / "leads.jsonl"
    write_candidates(path, [case.candidates for case in batch.cases], language="zh")
    documents = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    assert [document["schema_version"] for document in documents] == [SCHEMA_VERSION] * 3
    assert all(document["calibrated"] is False for document in documents)
    leads = [lead for document in documents for lead in document["leads"]]
    assert leads
    assert all(lead["calibrated"] is False for lead in leads)


def test_chinese_stays_readable(batch: ReportBatch) -> None:
    case = next(case for case in batch.cases if case.probe.record_id == "A0012")
    assert "王兴江" in candidate_line(case.candidates, language="zh")


def test_infinity_is_refused_when_writing() -> None:
    with pytest.raises(ValueError, match="JSON compliant"):
        candidate_line(CandidateList("A", 1, 0.3, 1.0, math.inf, False), language="zh")


def first(document: dict[str, Any]) -> dict[str, Any]:
    lead: dict[str, Any] = document["leads"][0]
    return lead


def mutations() -> list[tuple[str, Callable[[dict[str, Any]], object], str]]:
    return [
        ("rank", lambda d: first(d).update(rank="first"), "leads[0].rank: 'first' is not of type integer"),
        ("zero", lambda d: first(d).update(rank=0), "leads[0].rank: 0 is below 1"),
        ("posterior", lambda d: first(d).update(posterior=1.5), "leads[0].posterior: 1.5 is above 1"),
        ("channel", lambda d: first(d)["channels"][0].update(channel="gait"), "leads[0].channels[0].channel: 'gait'"),
        ("gone", lambda d: d.pop("nobody"), "field 'nobody' is missing"),
        ("extra", lambda d: d.update(verdict="same"), "unknown field 'verdict'"),
        ("claim", lambda d: first(d).update(calibrated=True), "leads[0].calibrated: True differs"),
        ("other", lambda d: first(d).update(probe_id="B"), "leads[0].probe_id: 'B' differs"),
        ("newer", lambda d: d.update(schema_version=3), "schema version 3, this matcher reads 2"),
        ("bool", lambda d: d.update(schema_version=True), "schema version True, this matcher reads 2"),
    ]  # fmt: skip


@pytest.mark.parametrize(("name", "change", "message"), mutations(), ids=lambda v: v if isinstance(v, str) else "")
def test_a_changed_file_is_refused_with_line_and_field(
    name: str, change: Callable[[dict[str, Any]], object], message: str, batch: ReportBatch, tmp_path: Path
) -> None:
    case = next(case for case in batch.cases if case.probe.record_id == "A0012")
    good = json.loads(candidate_line(case.candidates, language="zh"))
    bad = copy.deepcopy(good)
    change(bad)
    path = tmp_path / "leads.jsonl"
    path.write_text(f"{json.dumps(good)}\n{json.dumps(bad)}\n", "utf-8")
    with pytest.raises(InputError) as raised:
        read_candidates(path)
    assert f"leads.jsonl:2: {message}" in str(raised.value)
    assert " -> " in str(raised.value)


@pytest.mark.parametrize(
    "line",
    ["{", "[]", "null", '"text"', '{"schema_version": NaN}', '{"schema_version": 1e999}', "[" * 100_000,
     '{"schema_version": ' + "9" * 400 + "}"],
)  # fmt: skip
def test_what_is_not_a_candidate_list_is_refused(line: str, tmp_path: Path) -> None:
    path = tmp_path / "leads.jsonl"
    path.write_text(line + "\n", "utf-8")
    with pytest.raises(InputError, match=r"leads\.jsonl:1: "):
        read_candidates(path)


def test_other_bytes_and_other_places_are_named(tmp_path: Path) -> None:
    path = tmp_path / "leads.jsonl"
    path.write_bytes("姓名\n".encode("gbk"))
    with pytest.raises(InputError, match="is not UTF-8"):
        read_candidates(path)
    with pytest.raises(InputError, match="cannot be read"):
        read_candidates(tmp_path / "absent.jsonl")


def test_languages_do_not_mix(tmp_path: Path) -> None:
    one = CandidateList("A", 1, 0.3, 1.0, 0.0, False)
    path = tmp_path / "leads.jsonl"
    path.write_text(f"{candidate_line(one, language='zh')}\n{candidate_line(one, language='en')}\n", "utf-8")
    with pytest.raises(InputError, match="mixes languages"):
        read_candidates(path)


def test_the_schema_knows_the_closed_sets_of_the_types() -> None:
    definitions = candidate_schema()["$defs"]
    assert definitions["channel_name"]["enum"] == list(CHANNEL_NAMES)
    assert definitions["channel"]["properties"]["comparison"]["enum"] == list(get_args(Comparison))
