from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from matcher.face.cache import ReadingCache
from matcher.face.engine import FaceEngine
from matcher.face.reading import FaceReading


@pytest.fixture
def photos(tmp_path: Path, astronaut: NDArray[np.uint8], encode: Callable[..., bytes]) -> list[Path]:
    """A photo, a copy of it under another name, and a file that is no photo."""
    paths = [tmp_path / name for name in ("a.jpg", "b.jpg", "c.jpg")]
    for path in paths[:2]:
        path.write_bytes(encode(astronaut, ".jpg"))
    paths[2].write_bytes(b"text")
    return paths


def test_a_cached_reading_equals_a_new_one(engine: FaceEngine, photos: list[Path], tmp_path: Path) -> None:
    cache = ReadingCache(tmp_path / "cache", engine.model_id)
    first, second = (list(engine.read_many(photos, cache=cache, threads=n)) for n in (1, 2))
    assert len(list((tmp_path / "cache").rglob("*.json"))) == 2, "equal content is one entry"
    for old, new in zip(first, second, strict=True):
        assert old.sha256 == new.sha256
        if isinstance(old.outcome, FaceReading):
            assert isinstance(new.outcome, FaceReading)
            assert (old.outcome.vector == new.outcome.vector).all()
            assert new.outcome.measures == old.outcome.measures
            assert (new.outcome.caveats, new.outcome.box) == (old.outcome.caveats, old.outcome.box)
        else:
            assert new.outcome == old.outcome == "not_an_image"


def test_readings_really_come_from_the_cache(
    engine: FaceEngine, photos: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache = ReadingCache(tmp_path / "cache", engine.model_id)
    expected = [item.outcome for item in engine.read_many(photos[2:], cache=cache)]
    monkeypatch.setattr(FaceEngine, "read", lambda _self, _data: pytest.fail("read again"))
    assert [item.outcome for item in engine.read_many(photos[2:], cache=cache)] == expected


def test_another_model_or_a_damaged_entry_is_not_used(engine: FaceEngine, photos: list[Path], tmp_path: Path) -> None:
    cache = ReadingCache(tmp_path / "cache", engine.model_id)
    reading = engine.read_file(photos[0], cache=cache)
    assert ReadingCache(tmp_path / "cache", "another").get(reading.sha256) is None
    entry = next((tmp_path / "cache").rglob("*.json"))
    for damage in ("", "{", "[]", '{"vector": 3}', "null"):
        entry.write_text(damage, "utf-8")
        assert cache.get(reading.sha256) is None
