"""Work shared among fresh processes, its results in order; only so many pieces ahead that results do not pile up."""

from __future__ import annotations

import multiprocessing
import signal
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from typing import Any, TypeVar

from matcher.errors import MatcherError

Piece = TypeVar("Piece")
Result = TypeVar("Result")

_WAITING = 2
"""Pieces handed out ahead per process, so that none waits."""


@dataclass(frozen=True, slots=True)
class Crew:
    """Processes that each open what they need once.

    Parameters
    ----------
    processes : int
        How many.
    opening : callable
        Called in each process before any work; a function of a module, as the work is.
    arguments : tuple
        What it is called with.
    """

    processes: int
    opening: Callable[..., None]
    arguments: tuple[Any, ...]

    def results(self, work: Callable[[Piece], Result], pieces: Iterable[Piece]) -> Iterator[Result]:
        """Yield the result of each piece, in order, whichever process worked on it.

        Raises
        ------
        MatcherError
            When a process dies at its work; otherwise what the work raises.
        """
        # A fresh interpreter: forking a process whose numerical libraries run threads can deadlock.
        fresh = multiprocessing.get_context("spawn")
        with ProcessPoolExecutor(self.processes, fresh, _begin, (self.opening, self.arguments)) as pool:
            running: deque[Future[Result]] = deque()
            try:
                for piece in pieces:
                    if len(running) == self.processes * _WAITING:
                        yield running.popleft().result()
                    running.append(pool.submit(work, piece))
                while running:
                    yield running.popleft().result()
            except BrokenProcessPool as error:
                remedy = "repeat with --processes 1, or with more memory"
                raise MatcherError("a process died at its work: killed, or out of memory", remedy=remedy) from error
            finally:
                # Not each by itself: the pool stumbles over cancelled pieces when its processes die by Ctrl-C.
                pool.shutdown(cancel_futures=True)


def _begin(opening: Callable[..., None], arguments: tuple[Any, ...]) -> None:
    # Ctrl-C reaches every process of a terminal: these end in silence, and the calling one says what there is to say.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    opening(*arguments)
