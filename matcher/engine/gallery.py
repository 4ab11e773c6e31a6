"""A gallery in memory: the codes of all channels for the same records, and the order that breaks ties."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matcher.engine.columns import ColumnCodes
from matcher.types import ChannelName


@dataclass(frozen=True, slots=True)
class Gallery:
    """Encoded records, ready to be scanned.

    Parameters
    ----------
    record_ids : ndarray of str, shape (N,)
        Case numbers, ascending: the position is the tie-breaker.
    codes : mapping of channel name to mapping of column name to ColumnCodes
        All columns have N records.

    Raises
    ------
    ValueError
        When ids do not ascend or a column has another length.
    """

    record_ids: NDArray[np.str_]
    codes: Mapping[ChannelName, Mapping[str, ColumnCodes]]

    def __post_init__(self) -> None:
        """Check order and lengths: the scan relies on both."""
        ids = self.record_ids
        if ids.shape[0] > 1 and not bool(np.all(ids[:-1] < ids[1:])):
            raise ValueError("record ids must ascend and be unique")
        for channel, columns in self.codes.items():
            for name, column in columns.items():
                if len(column) != ids.shape[0]:
                    raise ValueError(f"column {channel}/{name} has {len(column)} records, expected {ids.shape[0]}")

    def __len__(self) -> int:
        """Count the records."""
        return int(self.record_ids.shape[0])

    def position(self, record_id: str) -> int | None:
        """Return the position of a record, or None."""
        place = int(np.searchsorted(self.record_ids, record_id))
        return place if place < len(self) and self.record_ids[place] == record_id else None
