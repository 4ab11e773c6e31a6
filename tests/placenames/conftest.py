"""The sample gazetteer that ships with the package, opened once."""

from __future__ import annotations

import pytest

from matcher.placenames.gazetteer import Gazetteer
from matcher.placenames.search import Searcher


@pytest.fixture(scope="session")
def gazetteer() -> Gazetteer:
    return Gazetteer.sample()


@pytest.fixture(scope="session")
def searcher(gazetteer: Gazetteer) -> Searcher:
    return Searcher(gazetteer)
