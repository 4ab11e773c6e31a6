"""Index generations: incremental equals full, stale is refused, a killed process loses nothing."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import multiprocessing
import os
import signal
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from matcher.demographics.channel import DemographicsChannel, demographics_channel
from matcher.engine import generation, storage
from matcher.engine.channel import Compiler
from matcher.engine.columns import Vocabulary
from matcher.engine.scan import scan
from matcher.errors import StaleIndexError
from matcher.schema import Evidence
from matcher.subjects import evidence_of
from matcher.types import DayInterval, Subject

CHANNELS = (demographics_channel(),)
PROBE = Subject("P", "intake", sex="male", birth=DayInterval(-3000, -2700), event=DayInterval(15000, 15000))


@dataclasses.dataclass
class Changed:
    changed: Sequence[str]


@dataclasses.dataclass
class MemorySource:
    """A source in memory: subjects with the sequence number of their last change."""

    subjects: dict[str, tuple[int, Subject]]
    last: int
    store_id: str = "store"
    read: list[str] = dataclasses.field(default_factory=list)

    def snapshot(self) -> contextlib.AbstractContextManager[None]:
        return contextlib.nullcontext()

    def seq(self) -> int:
        return self.last

    def record_ids(self) -> list[str]:
        return sorted(self.subjects)

    def changes(self, after_seq: int) -> Changed:
        return Changed([key for key, (seq, _) in self.subjects.items() if seq > after_seq])

    def evidence(self, record_ids: Sequence[str]) -> Evidence:
        self.read += record_ids
        return evidence_of([self.subjects[key][1] for key in record_ids])


def source(count: int = 30) -> MemorySource:
    subjects = {f"R{i:03d}": (1, subject(f"R{i:03d}", i)) for i in range(count)}
    return MemorySource(subjects, 1)


def subject(record_id: str, number: int) -> Subject:
    born = -4000 + number * 100
    return Subject(record_id, "rescue", sex=("male", "female")[number % 2], birth=DayInterval(born, born + 50))


def scores(indexes: Path, origin: MemorySource) -> dict[str, float]:
    opened = generation.open_current(indexes, origin, CHANNELS)
    compiler = CHANNELS[0].prepare(opened.vocabularies["demographics"])
    plan = compiler.compile(PROBE)
    assert plan is not None
    return dict(zip(opened.gallery.record_ids.tolist(), scan(opened.gallery, [plan]).tolist(), strict=True))


def test_an_update_encodes_only_what_changed_and_equals_a_full_build(tmp_path: Path) -> None:
    origin = source()
    generation.update(tmp_path / "a", origin, CHANNELS)
    origin.subjects["R007"] = (2, subject("R007", 77))
    origin.subjects["R500"] = (3, subject("R500", 3))
    del origin.subjects["R011"]
    origin.last, origin.read = 4, []
    report = generation.update(tmp_path / "a", origin, CHANNELS)
    assert origin.read == ["R007", "R500"]
    assert report.encoded == {"demographics": 2}
    generation.update(tmp_path / "b", origin, CHANNELS)
    assert scores(tmp_path / "a", origin) == scores(tmp_path / "b", origin)
    assert "R011" not in scores(tmp_path / "a", origin)


def test_nothing_to_do_is_reported_and_touches_nothing(tmp_path: Path) -> None:
    origin = source()
    generation.update(tmp_path, origin, CHANNELS)
    before = (tmp_path / "CURRENT").read_text()
    assert generation.update(tmp_path, origin, CHANNELS).unchanged
    assert (tmp_path / "CURRENT").read_text() == before


def test_erased_values_leave_the_vocabulary_and_the_disk(tmp_path: Path) -> None:
    origin = source()
    origin.subjects["R999"] = (1, Subject("R999", "missing", event=DayInterval(-77777, -77777)))
    generation.update(tmp_path, origin, CHANNELS)
    assert any(b"-77777" in path.read_bytes() for path in tmp_path.rglob("*.arrow"))
    del origin.subjects["R999"]
    origin.last = 2
    generation.update(tmp_path, origin, CHANNELS)
    assert not any(b"-77777" in path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())


def test_a_new_channel_version_encodes_everything(tmp_path: Path) -> None:
    origin = source()
    generation.update(tmp_path, origin, CHANNELS)
    report = generation.update(tmp_path, origin, [DemographicsChannel(version="next")])
    assert report.encoded == {"demographics": 30}


def test_a_lock_that_the_system_refuses_is_not_taken_for_another_process(tmp_path: Path) -> None:
    (tmp_path / "lock.sqlite").mkdir()
    with pytest.raises(OSError, match="unable to open"):
        generation.update(tmp_path, source(), CHANNELS)


@pytest.mark.parametrize("case", ["absent", "behind", "other store", "other version", "other format"])
def test_an_index_that_does_not_fit_is_refused_with_the_remedy(tmp_path: Path, case: str) -> None:
    origin = source()
    channels = CHANNELS
    if case != "absent":
        generation.update(tmp_path, origin, CHANNELS)
    if case == "behind":
        origin.last = 2
    if case == "other store":
        origin.store_id = "another"
    if case == "other version":
        channels = (DemographicsChannel(version="next"),)
    if case == "other format":
        manifest = tmp_path / (tmp_path / "CURRENT").read_text() / "manifest.json"
        manifest.write_text(json.dumps(json.loads(manifest.read_text()) | {"format_version": 99}))
    with pytest.raises(StaleIndexError, match="matcher index"):
        generation.open_current(tmp_path, origin, channels)


def test_verify_names_the_damaged_file(tmp_path: Path) -> None:
    origin = source()
    generation.update(tmp_path, origin, CHANNELS)
    opened = generation.open_current(tmp_path, origin, CHANNELS)
    assert generation.verify(opened) == ()
    target = opened.directory / "record_ids.npy"
    target.write_bytes(target.read_bytes()[:-1] + b"\x01")
    assert generation.verify(opened) == ("record_ids.npy",)


def test_two_updates_at_once_are_refused_not_mixed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    origin = source()
    write_gallery = storage.write_gallery

    def meanwhile(*arguments: Any) -> None:
        with pytest.raises(StaleIndexError, match="another process"):
            generation.update(tmp_path, origin, CHANNELS)
        write_gallery(*arguments)

    monkeypatch.setattr(storage, "write_gallery", meanwhile)
    generation.update(tmp_path, origin, CHANNELS)
    assert len(scores(tmp_path, origin)) == 30


def _update_until_killed(indexes: Path, started: Path) -> None:
    """Publish one generation after another."""
    origin = source(300)
    for step in range(2, 10_000):
        origin.last = step
        origin.subjects["R001"] = (step, subject("R001", step))
        generation.update(indexes, origin, CHANNELS)
        started.touch()


def test_kill_at_any_moment_leaves_a_valid_generation(tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    context = multiprocessing.get_context("spawn")
    indexes, started = tmp_path / "indexes", tmp_path / "started"
    for _ in range(4):
        started.unlink(missing_ok=True)
        process = context.Process(target=_update_until_killed, args=(indexes, started))
        process.start()
        while not started.exists():
            time.sleep(0.02)
        time.sleep(float(rng.uniform(0, 0.15)))
        assert process.pid is not None
        os.kill(process.pid, signal.SIGKILL)
        process.join()
        origin = source(300)
        origin.last = json.loads((indexes / (indexes / "CURRENT").read_text() / "manifest.json").read_text())["seq"]
        opened = generation.open_current(indexes, origin, CHANNELS)
        assert generation.verify(opened) == ()
        assert len(opened.gallery) == 300
        origin.last += 100_000
        origin.subjects["R001"] = (origin.last, subject("R001", 5))
        generation.update(indexes, origin, CHANNELS)
        assert len(list(indexes.glob("g*"))) == 1


@dataclasses.dataclass(frozen=True)
class KeepingChannel(DemographicsChannel):
    """A channel that keeps the length of its vocabulary, and says what it was restored from."""

    def tabulate(self, vocabularies: Mapping[str, Vocabulary]) -> dict[str, np.ndarray]:
        sizes = np.array([len(vocabularies[column.name]) for column in self.columns])
        return {**super().tabulate(vocabularies), "sizes": sizes}

    def restore(self, vocabularies: Mapping[str, Vocabulary], tables: Mapping[str, np.ndarray]) -> Compiler:
        assert tables["sizes"].tolist() == [len(vocabularies[column.name]) for column in self.columns]
        return super().restore(vocabularies, tables)


def test_kept_tables_are_those_of_the_generation(tmp_path: Path) -> None:
    origin = source()
    generation.update(tmp_path, origin, [KeepingChannel()])
    origin.subjects["R900"] = (2, subject("R900", 300))
    origin.last = 2
    generation.update(tmp_path, origin, [KeepingChannel()])
    opened = generation.open_current(tmp_path, origin, [KeepingChannel()])
    assert any(name.endswith("tables/sizes.npy") for name in opened.manifest.files)
    kept, plain = opened.compiler(KeepingChannel()), CHANNELS[0].prepare(opened.vocabularies["demographics"])
    first, second = kept.compile(PROBE), plain.compile(PROBE)
    assert first is not None
    assert second is not None
    np.testing.assert_array_equal(first.terms[0].table, second.terms[0].table)  # type: ignore[union-attr]
