"""Candidate lists of many cases over several processes, in order, the same lists as one process gives.

Compiling a case, re-scoring the best and putting them into words is Python, which one process runs one case at a time.
The index is mapped from files, so the processes share its pages; what each holds alone is what it prepares from the
vocabularies.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from matcher.errors import MatcherError
from matcher.leads.matcher import SHOWN, Matcher
from matcher.leads.reviewing import ListOptions
from matcher.llr import Language
from matcher.settings import Settings
from matcher.spawned import Crew
from matcher.types import CandidateList, Hypothesis
from matcher.uncollected import uncollected

LOT = 64
"""Cases a process takes at a time: one tile of the batch scan."""

LEAST_LOT = 16
"""Cases it takes at least: a tile takes a million records as long as two lists, whether it is full or not."""


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked for every case; the parameters of `Matcher.candidates`."""

    top: int = 50
    prior_in_database: float | None = None
    language: Language | None = "zh"
    hypothesis: Hypothesis = "self"
    alert_fpir: float | None = None
    options: ListOptions = SHOWN


def lists_of(
    opened: Matcher, probes: Sequence[str], question: Question, *, threads: int = 1
) -> Iterator[CandidateList]:
    """Yield the lists of some cases from one open workspace."""
    return opened.candidate_lists(
        probes,
        top=question.top,
        prior_in_database=question.prior_in_database,
        language=question.language,
        threads=threads,
        hypothesis=question.hypothesis,
        alert_fpir=question.alert_fpir,
        options=question.options,
    )


def lists_in_parallel(
    workspace: Path, probes: Sequence[str], question: Question, *, processes: int, settings: Settings | None = None
) -> Iterator[CandidateList]:
    """Yield the list of each case, in order, computed by several processes that each open the workspace.

    Parameters
    ----------
    workspace : Path
        Directory whose index is up to date; it must not change meanwhile.
    probes : sequence of str
        Case numbers.
    question : Question
        What is asked for each.
    processes : int
        How many.
    settings : Settings or None
        As of `Matcher.open`.

    Raises
    ------
    MatcherError
        As `Matcher.open` and `Matcher.candidate_lists` raise.
    """
    crew = Crew(processes, _open, (workspace, settings))
    for answered in crew.results(partial(_answer, question), _lots(probes, processes)):
        yield from answered


def _lots(probes: Sequence[str], processes: int) -> Iterator[list[str]]:
    """Yield cases in lots, smaller ones towards the end, so that the processes finish together.

    Guided self-scheduling: a lot is at most half of one process's share of what is left.
    Source: Polychronopoulos and Kuck, IEEE Transactions on Computers C-36 (1987).

    >>> [len(lot) for lot in _lots(["case"] * 300, 2)]
    [64, 59, 44, 33, 25, 18, 16, 16, 16, 9]
    """
    low = 0
    while low < len(probes):
        size = min(LOT, max(LEAST_LOT, (len(probes) - low) // (2 * processes)))
        yield list(probes[low : low + size])
        low += size


_opened: list[Matcher | MatcherError] = []
"""The workspace of a worker process, for as long as the process lives, or why it cannot be opened."""


def _open(workspace: Path, settings: Settings | None) -> None:
    try:
        _opened.append(Matcher.open(workspace, settings))
        # It lives as long as the process: no search for garbage need look through it again.
        gc.freeze()
    except MatcherError as error:  # raised here it would break the crew and not reach the caller
        _opened.append(error)


def _answer(question: Question, probes: list[str]) -> list[CandidateList]:
    opened = _opened[0]
    if isinstance(opened, MatcherError):
        raise opened
    with uncollected():
        answered = list(lists_of(opened, probes, question))
    gc.collect(0)  # the few cycles of a lot hold what was laid out for its lists
    return answered
