"""Several processes give the lists of one."""

from __future__ import annotations

from pathlib import Path

import pytest

from matcher.errors import InputError, StaleIndexError
from matcher.leads import parallel
from matcher.leads.indexing import update_index
from matcher.leads.matcher import Matcher
from matcher.leads.parallel import Question, lists_in_parallel, lists_of
from matcher.leads.registry import open_channels
from matcher.settings import Settings
from matcher.workspace.store import Workspace
from tests.contract.conftest import world

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def station(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("parallel") / "ws"
    with Workspace.create(path) as workspace:
        workspace.put_subjects(world(60))
        update_index(workspace, open_channels(Settings.from_environment(), path))
    return path


def test_lists_and_their_order_are_those_of_one_process(station: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parallel, "LEAST_LOT", 3)
    question = Question(top=5, language="en")
    with Matcher.open(station) as opened:
        probes = opened.cases("intake")
        expected = list(lists_of(opened, probes, question))
    assert len(probes) > 10
    found = list(lists_in_parallel(station, probes, question, processes=2))
    assert [item.probe_id for item in found] == probes
    for one, other in zip(found, expected, strict=True):
        assert [lead.record_id for lead in one.leads] == [lead.record_id for lead in other.leads]
        assert [lead.channels for lead in one.leads] == [lead.channels for lead in other.leads]
        # The rest of the database is summed in single precision, in lots of another make-up.
        assert one.nobody == pytest.approx(other.nobody, rel=0.01)


def test_an_error_of_a_process_is_the_users(station: Path) -> None:
    with pytest.raises(InputError, match="no record 'X1'"):
        list(lists_in_parallel(station, ["X1"], Question(), processes=1))


def test_a_workspace_that_a_process_cannot_open_is_the_users_error(tmp_path: Path) -> None:
    with Workspace.create(tmp_path / "bare") as workspace:
        workspace.put_subjects(world(3))
    with pytest.raises(StaleIndexError, match=r"no index.* -> run: matcher index"):
        list(lists_in_parallel(tmp_path / "bare", ["R0001"], Question(), processes=1))
