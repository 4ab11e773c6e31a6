"""Lines of result tables: what they are called and what they hold."""

from __future__ import annotations

from dataclasses import dataclass

from bench.metrics import Interval

Row = dict[str, object]

STRATA = ("fresh", "long_stayer")
CHANNELS = ("face", "name", "place", "dna", "demographics")
PEERS = ("hand_weights", "splink")
COMBINED = ("product", "text")
METHODS = ("fused", *COMBINED, *CHANNELS, *PEERS)


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a result table.

    Parameters
    ----------
    task, stratum, subset, method : str
        What was measured on whom: `subset` is `all` or a named part of the stratum.
    figures : mapping of str to Interval
        Figures by name; a plain number has equal ends.
    """

    task: str
    stratum: str
    subset: str
    method: str
    figures: dict[str, Interval]


def plain(value: float, trials: int) -> Interval:
    """Wrap a number that has no interval."""
    return Interval(value, value, value, trials)
