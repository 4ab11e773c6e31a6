"""Output files appear whole or not at all, and only where they can."""

from __future__ import annotations

from pathlib import Path

import pytest

from matcher.errors import UsageError
from matcher.outputs import output_file, require_place


def test_a_failure_leaves_the_old_file_and_no_litter(tmp_path: Path) -> None:
    target = tmp_path / "out.jsonl"
    target.write_text("old", "utf-8")

    def fail_half_way() -> None:
        with output_file(target) as temporary:
            temporary.write_text("new", "utf-8")
            raise RuntimeError("half way")

    with pytest.raises(RuntimeError, match="half way"):
        fail_half_way()
    assert target.read_text("utf-8") == "old"
    assert list(tmp_path.iterdir()) == [target]


def test_the_old_file_stands_until_the_new_one_is_whole(tmp_path: Path) -> None:
    target = tmp_path / "out.jsonl"
    target.write_text("old", "utf-8")
    with output_file(target) as temporary:
        temporary.write_text("new", "utf-8")
        assert target.read_text("utf-8") == "old"
    assert target.read_text("utf-8") == "new"
    assert list(tmp_path.iterdir()) == [target]
    assert target.stat().st_mode & 0o077 == 0


def test_a_place_that_cannot_be_written_is_named_with_a_remedy(tmp_path: Path) -> None:
    absent = output_file(tmp_path / "no-such-directory" / "out.html")
    with pytest.raises(UsageError, match=r"no-such-directory.* -> choose an existing directory"):
        absent.__enter__()


@pytest.mark.parametrize(
    ("place", "problem"), [("", "names no file"), (".", "names no file"), ("no/leads", "no directory to write to")]
)
def test_a_place_is_refused_before_the_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str, problem: str
) -> None:
    monkeypatch.chdir(tmp_path)
    require_place(Path("leads"))
    with pytest.raises(UsageError, match=problem):
        require_place(Path(place))
