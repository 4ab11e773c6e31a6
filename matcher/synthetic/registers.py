"""Case numbers and laboratory numbers: provisional within a block, final when all blocks are drawn.

A final number is the running number of a register that all blocks share, so it cannot be known while a block is drawn.
Until then records and samples bear provisional numbers in a form that occurs nowhere else, which are replaced in the
text that was written with them: no block has to be drawn twice.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matcher.synthetic.people import year_of
from matcher.synthetic.streams import Streams

_PROVISIONAL = re.compile(r"\{([RS])(-?)(\d+)\}")
_FIRST_SAMPLE = 100_001


def provisional_record(position: int) -> str:
    """Write the provisional case number of a block's record; like a final one it has a dash that clerks may leave out.

    >>> provisional_record(12)
    '{R-0000012}'
    """
    return f"{{R-{position:07d}}}"


def provisional_sample(position: int) -> str:
    """Write the provisional laboratory number of a block's tube.

    >>> provisional_sample(12)
    '{S0000012}'
    """
    return f"{{S{position:07d}}}"


@dataclass(frozen=True, slots=True)
class Entries:
    """What the registers need to know of a block: station, day and lot of each record, number of tubes."""

    stations: NDArray[np.int64]
    days: NDArray[np.int64]
    lots: NDArray[np.float64]
    tubes: int

    @classmethod
    def of(cls, places: Sequence[tuple[int, int]], lots: Sequence[float], tubes: int) -> Entries:
        """Note (station, day) and lot of each record."""
        stations, days = np.array(places, np.int64).reshape(-1, 2).T
        return cls(stations, days, np.array(lots, np.float64), tubes)


@dataclass(frozen=True, slots=True)
class Numbers:
    """Final numbers of one block, by position.

    Parameters
    ----------
    records, samples : sequence of str
        Case numbers and laboratory numbers.
    """

    records: Sequence[str]
    samples: Sequence[str]

    def put_into(self, text: str) -> str:
        """Replace every provisional number of a text.

        >>> Numbers(["AB01-2020-0001"], ["D0100001"]).put_into("{R-0000000} {R0000000} {S0000000}")
        'AB01-2020-0001 AB0120200001 D0100001'
        """
        return _PROVISIONAL.sub(self._final, text)

    def _final(self, found: re.Match[str]) -> str:
        kind, dash, position = found.groups()
        if kind == "S":
            return self.samples[int(position)]
        number = self.records[int(position)]
        return number if dash else number.replace("-", "")


@dataclass(frozen=True, slots=True)
class Registers:
    """Numbers of all records and samples of a world, block by block.

    Parameters
    ----------
    entries : tuple of Entries
        What was numbered.
    records : tuple of ndarray of int64
        Running number of each record within its station and year.
    samples : tuple of ndarray of int64
        Lot of each tube among all.
    """

    entries: tuple[Entries, ...]
    records: tuple[NDArray[np.int64], ...]
    samples: tuple[NDArray[np.int64], ...]

    def numbers(self, block: int, codes: Mapping[int, str]) -> Numbers:
        """Write the numbers of a block; `codes` are the prefixes of the stations by their number."""
        entries = self.entries[block]
        places = zip(entries.stations.tolist(), entries.days.tolist(), self.records[block].tolist(), strict=True)
        records = [f"{codes[station]}-{year_of(day)}-{number:04d}" for station, day, number in places]
        return Numbers(records, [f"D{number + _FIRST_SAMPLE:07d}" for number in self.samples[block].tolist()])


def number_all(streams: Streams, entries: Sequence[Entries]) -> Registers:
    """Give running numbers by station and year in order of day, ties by lot; laboratory numbers by lot.

    The running number of a record thus tells nothing but the day, whichever block it came from.
    """
    stations, days, lots = (
        np.concatenate([getattr(part, name) for part in entries]) for name in ("stations", "days", "lots")
    )
    known, where = np.unique(days, return_inverse=True)
    years = np.array([year_of(day) for day in known.tolist()], np.int64)[where]
    order = np.lexsort((lots, days, stations))
    group = stations[order] * 10_000 + years[order]
    first = np.flatnonzero(np.r_[True, group[1:] != group[:-1]]) if len(group) else np.zeros(0, np.int64)
    sizes = np.diff(np.r_[first, len(group)])
    numbers = np.empty(len(group), np.int64)
    numbers[order] = np.arange(len(group)) - np.repeat(first, sizes) + 1
    tubes = streams.of("sample_numbers").permutation(sum(part.tubes for part in entries)).astype(np.int64)
    record_ends = np.cumsum([len(part.days) for part in entries])[:-1]
    tube_ends = np.cumsum([part.tubes for part in entries])[:-1]
    return Registers(tuple(entries), tuple(np.split(numbers, record_ends)), tuple(np.split(tubes, tube_ends)))
