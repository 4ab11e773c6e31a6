"""Rules of the house that no linter knows."""

from __future__ import annotations

import ast
import tomllib
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

import matcher
from matcher.cli import COMMANDS, cli

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "matcher"
SOURCES = sorted(PACKAGE.rglob("*.py"))
TESTS = sorted((ROOT / "tests").rglob("*.py"))


def commands() -> Iterator[tuple[str, click.Command]]:
    """Yield every command with its full name."""
    context = click.Context(cli)
    for name in COMMANDS:
        command = cli.get_command(context, name)
        assert command is not None
        if isinstance(command, click.Group):
            for child in command.list_commands(context):
                found = command.get_command(context, child)
                assert found is not None
                yield f"{name} {child}", found
        else:
            yield name, command


@pytest.mark.parametrize("path", SOURCES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_modules_stay_small(path: Path) -> None:
    assert len(path.read_text("utf-8").splitlines()) <= 400


@pytest.mark.parametrize("path", SOURCES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_every_module_says_what_it_is(path: Path) -> None:
    tree = ast.parse(path.read_text("utf-8"))
    assert not tree.body or ast.get_docstring(tree)


@pytest.mark.parametrize("path", TESTS, ids=lambda p: str(p.relative_to(ROOT)))
def test_no_comparison_is_thrown_away(path: Path) -> None:
    """`pytest.approx(a, b)` or `a == b` as a statement of its own can never fail."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Expr):
            assert not isinstance(node.value, ast.Compare), f"{path}:{node.lineno}"
            called = node.value.func if isinstance(node.value, ast.Call) else None
            assert getattr(called, "attr", getattr(called, "id", "")) != "approx", f"{path}:{node.lineno}"


def described(path: Path, folder: Path, sources: str) -> bool:
    """Tell whether SOURCES.toml names a data file, or the folder below `data` that it lies in."""
    inside = path.relative_to(folder)
    return any(name in sources for name in (path.name, path.stem, *(f'"{part}/"' for part in inside.parts[:-1])))


def test_every_data_file_has_a_source() -> None:
    kinds = {".csv", ".json", ".npz", ".arrow", ".parquet"}
    missing = []
    for folder in PACKAGE.rglob("data"):
        listed = folder / "SOURCES.toml"
        sources = listed.read_text("utf-8") if listed.is_file() else ""
        tomllib.loads(sources)
        own = [path for path in folder.rglob("*") if path.is_file() and path.suffix in kinds]
        missing += [str(path.relative_to(ROOT)) for path in own if not described(path, folder, sources)]
    assert not missing


def test_the_facade_is_complete() -> None:
    assert set(matcher.__all__) == {*matcher._EXPORTS, "__version__"}
    for name in matcher.__all__:
        assert getattr(matcher, name) is not None


@pytest.mark.parametrize(("name", "command"), list(commands()), ids=lambda v: v if isinstance(v, str) else "")
def test_every_command_has_help_with_an_example(name: str, command: click.Command) -> None:
    assert command.help
    assert f"matcher {name.split()[0]}" in command.help, "help needs an example"
    for parameter in command.params:
        if isinstance(parameter, click.Option):
            assert parameter.help, f"{name} {parameter.name}"


@pytest.mark.parametrize(("name", "command"), list(commands()), ids=lambda v: v if isinstance(v, str) else "")
def test_every_command_speaks_json(name: str, command: click.Command) -> None:
    assert any("--json" in parameter.opts for parameter in command.params), name


@pytest.mark.parametrize("name", list(COMMANDS))
def test_every_command_is_mentioned_in_the_readme(name: str) -> None:
    assert f"matcher {name}" in (ROOT / "README.md").read_text("utf-8")


def test_no_pickle_and_no_eval() -> None:
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            called = node.func if isinstance(node, ast.Call) else None
            assert getattr(called, "id", "") not in {"eval", "exec"}, path
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import | ast.ImportFrom) else []
            assert "pickle" not in names, path
