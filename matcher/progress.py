"""How far a long piece of work is: told to whoever asks, and to nobody where nobody does."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

Advance = Callable[[int], None]
"""Told the number of steps done since the last call."""

Progress = Callable[[str, int | None], AbstractContextManager[Advance]]
"""Opens a display: what is going on and the number of steps, None where it is not known."""


def untold(_steps: int) -> None:
    """Tell nobody."""


@contextmanager
def no_progress(_description: str, _total: int | None = None) -> Iterator[Advance]:
    """Show nothing."""
    yield untold
