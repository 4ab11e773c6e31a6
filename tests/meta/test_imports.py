"""What importing costs, and what it must never bring in."""

from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = ("numpy", "pyarrow", "faiss", "onnx", "onnxruntime", "cv2", "insightface", "numba", "pypinyin", "PIL", "jinja2")
NETWORK = ("socket", "ssl", "http.client", "urllib.request", "asyncio", "requests", "urllib3")


def loaded_after(statement: str) -> set[str]:
    report = "print('\\n'.join(sys.modules), file=sys.stderr)"
    code = f"import sys\ntry:\n    {statement}\nexcept SystemExit:\n    pass\n{report}"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(done.stderr.split())


@pytest.mark.parametrize(
    "statement",
    [
        "import matcher",
        "from matcher.cli import main; sys.argv = ['matcher', '--help']; main()",
        "from matcher.cli import main; sys.argv = ['matcher', '--version']; main()",
    ],
)
def test_help_and_import_load_nothing_heavy(statement: str) -> None:
    assert loaded_after(statement).isdisjoint({*HEAVY, *NETWORK})


def test_every_command_explains_itself_without_heavy_libraries() -> None:
    statement = (
        "from matcher.cli import COMMANDS, cli\n"
        "    import click\n"
        "    for name in COMMANDS: cli.get_command(click.Context(cli), name)"
    )
    assert loaded_after(statement).isdisjoint(HEAVY)


def test_the_library_imports_no_network_module_of_its_own() -> None:
    """Third parties may import sockets; our own modules must not name them (import-linter holds the same)."""
    import ast
    from pathlib import Path

    import matcher

    for path in Path(matcher.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            assert not {name for name in names if name in NETWORK or name.split(".")[0] in ("requests", "socket")}, path
