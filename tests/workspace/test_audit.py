"""The audit chain shows every alteration."""

import sqlite3

import pytest

from matcher.workspace import audit
from matcher.workspace.store import Workspace
from tests.workspace.conftest import full_subject


def tamper(workspace: Workspace, *statements: str) -> None:
    db = sqlite3.connect(workspace.path / "identity.sqlite", isolation_level=None)
    db.execute("DROP TRIGGER audit_is_final")
    db.execute("DROP TRIGGER audit_is_kept")
    for statement in statements:
        db.execute(statement)
    db.close()


@pytest.fixture
def audited(workspace: Workspace) -> Workspace:
    workspace.put_subjects([full_subject("A1"), full_subject("B1"), full_subject("C1")])
    workspace.decide("A1", "B1", judgement="reject", reviewer="李")
    workspace.decide("A1", "C1", judgement="confirm", reviewer="王")
    workspace.erase("B1")
    return workspace


def test_an_untouched_chain_is_sound(audited: Workspace) -> None:
    check = audited.verify_audit()
    assert check.problem is None
    assert check.entries == 4
    assert [(e.n, e.actor, e.action) for e in audited.audit_entries()] == [
        (1, "tester", "create"),
        (2, "李", "decide"),
        (3, "王", "decide"),
        (4, "tester", "erase"),
    ]
    assert check.head == audited.audit_entries()[-1].hash


def test_the_log_names_nobody(audited: Workspace) -> None:
    text = "".join(entry.detail for entry in audited.audit_entries())
    assert "王江山" not in text
    assert "六安" not in text


@pytest.mark.parametrize(
    ("statements", "problem"),
    [
        (("UPDATE audit SET actor = '赵' WHERE n = 2",), "entry 2 was altered"),
        (("UPDATE audit SET at = '2000' WHERE n = 4",), "entry 4 was altered"),
        (("DELETE FROM audit WHERE n = 2",), "entry 2 is missing"),
        (("DELETE FROM audit WHERE n = 4",), "4 entries were written, 3 are there"),
        (("DELETE FROM audit WHERE n = 2", "UPDATE audit SET n = n - 1 WHERE n > 2"), "entry 2 was altered"),
        (("UPDATE audit SET n = 9 WHERE n = 2", "UPDATE audit SET n = 2 WHERE n = 3",
          "UPDATE audit SET n = 3 WHERE n = 9"), "entry 2 was altered"),
    ],
)  # fmt: skip
def test_edits_removals_and_reordering_show(audited: Workspace, statements: tuple[str, ...], problem: str) -> None:
    tamper(audited, *statements)
    found = audited.verify_audit().problem
    assert found is not None
    assert problem in found


def test_time_is_utc_to_the_second() -> None:
    assert audit.now().endswith("+00:00")
    assert len(audit.now()) == 25
