"""Gates: what a run must reach, in `gates.toml`; a gate fails only where the interval leaves no doubt."""

from __future__ import annotations

import math
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.lines import Line
from bench.metrics import Interval
from bench.tables import grid
from matcher.errors import InputError


@dataclass(frozen=True, slots=True)
class Gate:
    """One requirement on one figure.

    Parameters
    ----------
    suite : str
        Recipe it belongs to.
    task, stratum, subset, method, figure : str
        Which figure; `method` may be a prefix, so that "best channel" fits whichever channel that is.
    at_least, at_most : float or None
        Bound; exactly one is given.
    why : str
        Where the bound comes from.
    """

    suite: str
    task: str
    stratum: str
    subset: str
    method: str
    figure: str
    at_least: float | None
    at_most: float | None
    why: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """A gate with the figure found; `found` is None when the run has no such figure, which fails the gate."""

    gate: Gate
    found: Interval | None

    @property
    def passed(self) -> bool:
        """Whether the bound is met, given the interval."""
        if self.found is None or math.isnan(self.found.value):
            return False
        if self.gate.at_least is not None:
            return self.found.high >= self.gate.at_least
        return self.gate.at_most is not None and self.found.low <= self.gate.at_most


def read_gates(path: Path) -> list[Gate]:
    """Read the gates.

    Raises
    ------
    InputError
        For a gate without exactly one bound or with unknown or missing keys.
    """
    gates = []
    for number, content in enumerate(tomllib.loads(path.read_text("utf-8")).get("gate", []), 1):
        bounds = {"at_least", "at_most"} & set(content)
        wanted = {"suite", "task", "stratum", "subset", "method", "figure", "why"}
        if len(bounds) != 1 or set(content) - bounds != wanted:
            raise InputError(
                f"{path.name}: gate {number} has the keys {sorted(content)}",
                remedy=f"give {', '.join(sorted(wanted))} and one of at_least, at_most",
            )
        gates.append(Gate(**{"at_least": None, "at_most": None, **content}))
    return gates


def judge(lines: Sequence[Line], gates: Sequence[Gate], *, suite: str) -> list[Verdict]:
    """Hold a run's figures against the gates of its suite."""
    return [Verdict(gate, _figure(lines, gate)) for gate in gates if gate.suite == suite]


def _figure(lines: Sequence[Line], gate: Gate) -> Interval | None:
    for line in lines:
        same = (line.task, line.stratum, line.subset) == (gate.task, gate.stratum, gate.subset)
        if same and line.method.startswith(gate.method):
            return line.figures.get(gate.figure)
    return None


def text(verdicts: Sequence[Verdict]) -> str:
    """Lay out the verdicts as a table."""
    rows = []
    for verdict in verdicts:
        gate, found = verdict.gate, verdict.found
        bound = f">= {gate.at_least:g}" if gate.at_least is not None else f"<= {gate.at_most:g}"
        shown = "absent" if found is None else f"{found.value:.3f} [{found.low:.3f} {found.high:.3f}]"
        name = f"{gate.task} / {gate.stratum} / {gate.subset} / {gate.method}"
        rows.append(["pass" if verdict.passed else "FAIL", name, gate.figure, shown, bound])
    return grid(["", "line", "figure", "found", "gate"], rows, markdown=False)
