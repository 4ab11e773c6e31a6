"""Published stories of found families whose place is in the sample; the others need a village list or are in none."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from matcher.placenames.search import Searcher

STORIES = list(csv.DictReader(Path("tests/golden/place_stories.csv").read_text("utf-8").splitlines()))


@pytest.mark.parametrize("story", STORIES, ids=[story["heard"] for story in STORIES])
def test_the_home_is_among_the_first(searcher: Searcher, story: dict[str, str]) -> None:
    found = searcher.search(story["heard"], scope=story["scope"] or None, top=int(story["among"]))
    assert any(searcher.gazetteer.name(item.gid).startswith(story["home"]) for item in found)
