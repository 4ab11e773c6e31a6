"""Work shared among fresh processes, its results in order; only so many pieces ahead that results do not pile up."""

from __future__ import annotations

import multiprocessing
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass
from typing import Any, TypeVar

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
        """Yield the result of each piece, in order, whichever process worked on it."""
        # A fresh interpreter: forking a process whose numerical libraries run threads can deadlock.
        fresh = multiprocessing.get_context("spawn")
        with ProcessPoolExecutor(self.processes, fresh, self.opening, self.arguments) as pool:
            running: deque[Future[Result]] = deque()
            try:
                for piece in pieces:
                    if len(running) == self.processes * _WAITING:
                        yield running.popleft().result()
                    running.append(pool.submit(work, piece))
                while running:
                    yield running.popleft().result()
            finally:
                for future in running:
                    future.cancel()
