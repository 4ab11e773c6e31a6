"""Many told places resolved at once, over several processes where there are enough of them.

Each place is resolved by itself, so neither the order nor the number of processes changes what is found. Texts are
taken in the order of their characters: neighbours name the same county, which is then looked up once.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from matcher.placenames.gazetteer import Gazetteer
from matcher.placenames.resolve import Resolution, Resolver
from matcher.progress import Advance, untold
from matcher.spawned import Crew

LOT = 200
"""Texts a process takes at a time: half a second of work."""
WORTH_PROCESSES = 2000
"""Texts from which further processes pay: each costs two seconds until its gazetteer is laid out."""


@dataclass(frozen=True, slots=True)
class Workers:
    """Who resolves the told places of an index.

    Parameters
    ----------
    processes : int
        Most processes at work; 1 = the calling one.
    step : callable
        Told how many places were resolved since the last call.
    """

    processes: int = 1
    step: Advance = untold


ALONE = Workers()


def resolve_all(resolver: Resolver, texts: Iterable[str], workers: Workers) -> None:
    """Resolve normalised texts into the resolver's memory."""
    pending = sorted(texts)
    lots = [pending[low : low + LOT] for low in range(0, len(pending), LOT)]
    for lot, found in zip(lots, _resolved(resolver, lots, workers), strict=True):
        for text, resolution in zip(lot, found, strict=True):
            resolver.keep(text, resolution)
        workers.step(len(lot))


def _resolved(resolver: Resolver, lots: Sequence[list[str]], workers: Workers) -> Iterator[list[Resolution]]:
    """Return what each lot may mean, in order."""
    if workers.processes == 1 or len(lots) * LOT < WORTH_PROCESSES:
        return ([resolver.resolve(text) for text in lot] for lot in lots)
    return Crew(workers.processes, _open, (resolver.gazetteer.folder,)).results(_resolve, lots)


_opened: list[Resolver] = []
"""The resolver of a worker process, for as long as the process lives."""


def _open(gazetteer: Path) -> None:
    _opened.append(Resolver(Gazetteer.open(gazetteer)))


def _resolve(texts: list[str]) -> list[Resolution]:
    return [_opened[0].resolve(text) for text in texts]
