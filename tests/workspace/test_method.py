"""METHOD.md says what the code does: tables, limits and columns are compared with it."""

import re
import sqlite3
from dataclasses import fields
from pathlib import Path

from matcher.workspace import migrations
from matcher.workspace.ingest.limits import DEFAULT_LIMITS

METHOD = Path(migrations.__file__).with_name("METHOD.md")


def overview() -> str:
    """Describe every table of both files, from the comments that SQLite keeps with them."""
    lines = []
    for name, schema in (("identity.sqlite", migrations.IDENTITY), ("biometrics.sqlite", migrations.BIOMETRICS)):
        db = sqlite3.connect(":memory:", isolation_level=None)
        migrations.upgrade(db, schema)
        lines += [f"### `{name}`, version {schema.version}", ""]
        for (sql,) in db.execute(
            "SELECT sql FROM sqlite_master WHERE sql LIKE 'CREATE TABLE%' AND name NOT LIKE 'sqlite%' ORDER BY rowid"
        ).fetchall():
            lines += table(sql)
        db.close()
    return "\n".join(lines)


def table(sql: str) -> list[str]:
    head, *rest = sql.splitlines()
    name, doc = re.fullmatch(r"CREATE TABLE (\w+) \(\s*-- (.*)", head).groups()  # type: ignore[union-attr]
    lines = [f"**{name}** - {doc}", ""]
    for line in rest:
        found = re.match(r"  ([a-z_0-9]+) (TEXT|INTEGER|REAL|BLOB)[^-]*(?:-- (.*))?$", line)
        if found:
            lines.append(f"* `{found[1]}` {found[2].lower()}" + (f" - {found[3]}" if found[3] else ""))
    return [*lines, ""]


def test_the_tables_are_those_of_the_code() -> None:
    text = METHOD.read_text("utf-8")
    found = re.search(r"<!-- tables -->\n(.*)<!-- end of tables -->", text, re.DOTALL)
    assert found is not None
    assert found[1].strip() == overview().strip()


def test_every_limit_is_named() -> None:
    text = METHOD.read_text("utf-8")
    for field in fields(DEFAULT_LIMITS):
        value = getattr(DEFAULT_LIMITS, field.name)
        shown = f"{value // 2**20} MiB" if field.name.endswith("bytes") else f"{value:,}"
        assert f"| `{field.name}` | {shown} |" in text, field.name
