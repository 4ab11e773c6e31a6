"""Order of events: a person cannot be found before going missing, nor go missing before being born.

Only a contradiction says much. With P(contradiction | same person) = `DATE_ERROR` (a mistyped date) and
P(contradiction | different persons) = `CONTRADICTING_SHARE`, both outcomes follow and their mean under different
persons is 1.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from matcher.types import DayInterval, RecordKind, Subject

DATE_ERROR = 0.01
"""Share of dates wrong enough to reverse an order of events. Knob, no source."""
CONTRADICTING_SHARE = 0.05
"""Share of unrelated pairs whose dates contradict each other. Knob, no source: most intakes are compared with
records that are older than themselves."""

LOG10_LR_CONSISTENT: float = math.log10((1.0 - DATE_ERROR) / (1.0 - CONTRADICTING_SHARE))
LOG10_LR_CONTRADICTING: float = math.log10(DATE_ERROR / CONTRADICTING_SHARE)


@dataclass(frozen=True, slots=True)
class Moment:
    """When a record's event happened, and of which sort it is."""

    kind: RecordKind
    event: DayInterval


class Moments(NamedTuple):
    """Many moments as arrays.

    Parameters
    ----------
    missing : ndarray of bool, shape (V,)
        Whether somebody is missed; else somebody was met.
    earliest, latest : ndarray of int64, shape (V,)
        Days of the events.
    """

    missing: NDArray[np.bool_]
    earliest: NDArray[np.int64]
    latest: NDArray[np.int64]

    @classmethod
    def of(cls, moments: Sequence[Moment]) -> Moments:
        """Lay out moments."""
        days = np.array([(item.event.earliest, item.event.latest) for item in moments], np.int64).reshape(-1, 2)
        return cls(np.array([item.kind == "missing" for item in moments], bool), days[:, 0], days[:, 1])


def log10_lrs(probe: Moment, probe_birth: DayInterval | None, records: Moments) -> NDArray[np.float64]:
    """Return the log10 LR of the order of events with each of many records: `log10_lr` of `consistent`, shape (V,)."""
    if probe.kind == "missing":
        ordered, never = ~records.missing, records.latest < probe.event.earliest
        certain = records.earliest >= probe.event.latest
    else:
        ordered, never = records.missing, probe.event.latest < records.earliest
        if probe_birth is not None:
            never = never | (records.latest < probe_birth.earliest)
        certain = probe.event.earliest >= records.latest
    told = np.where(never, LOG10_LR_CONTRADICTING, np.where(certain, LOG10_LR_CONSISTENT, 0.0))
    return np.where(ordered, told, 0.0)


def consistent(probe: Moment, probe_birth: DayInterval | None, record: Moment) -> bool | None:
    """Tell whether the two records can be about one person in time.

    Parameters
    ----------
    probe, record : Moment
        Events of the two records.
    probe_birth : DayInterval or None
        Birth interval of the probe; None = unknown.

    Returns
    -------
    bool or None
        None when the pair has no order that must hold (two rescues) or the intervals leave it open.
    """
    if (probe.kind == "missing") == (record.kind == "missing"):
        return None
    missing, found = (probe.event, record.event) if probe.kind == "missing" else (record.event, probe.event)
    if found.latest < missing.earliest:
        return False
    if probe_birth is not None and record.kind == "missing" and record.event.latest < probe_birth.earliest:
        return False
    return True if found.earliest >= missing.latest else None


def log10_lr(*, order: bool | None) -> float:
    """Return the log10 LR of an order of events; 0 when it is open."""
    if order is None:
        return 0.0
    return LOG10_LR_CONSISTENT if order else LOG10_LR_CONTRADICTING


def moment_of(subject: Subject) -> Moment | None:
    """Return the moment of a subject's record; None when its date is not known."""
    return None if subject.event is None else Moment(subject.kind, subject.event)
