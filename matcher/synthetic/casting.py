"""Which persons of a world lend their records to the real photographs: adults of the right sex, found again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from matcher.synthetic.photographs import PORTRAITS, Portrait
from matcher.synthetic.traces import Trace
from matcher.types import DAYS_PER_YEAR

_ADULT_YEARS = 18.0
_OLDEST_YEARS = 75.0


def cast(traces: Sequence[Trace]) -> list[tuple[Portrait, Trace, Trace]]:
    """Pair each portrait with an open case and one gallery record of the same person.

    Parameters
    ----------
    traces : sequence of Trace
        All records of the world.

    Returns
    -------
    list of (Portrait, Trace, Trace)
        Portrait, gallery record, intake; fewer than there are portraits when the world has too few such cases.
    """
    by_person: dict[int, list[Trace]] = {}
    for trace in traces:
        by_person.setdefault(trace.person.person, []).append(trace)
    free = [trace for trace in traces if trace.kind == "intake" and _earlier(trace, by_person) is not None]
    free.sort(key=lambda trace: trace.case.case)
    pairs = []
    for portrait in PORTRAITS:
        intake = next((t for t in free if t.person.sex == portrait.sex), None)
        gallery = _earlier(intake, by_person) if intake is not None else None
        if intake is not None and gallery is not None:
            free.remove(intake)
            pairs.append((portrait, gallery, intake))
    return pairs


def _earlier(intake: Trace, by_person: Mapping[int, Sequence[Trace]]) -> Trace | None:
    """Return the gallery record of the person whose face would still be the same: an admission, else a report."""
    if not _adult(intake, intake.day):
        return None
    mates = [t for t in by_person[intake.person.person] if t.kind != "intake" and _adult(t, _photographed(t))]
    return max(mates, key=lambda t: (t.kind == "rescue", t.day, t.record_id), default=None)


def _photographed(trace: Trace) -> int:
    return trace.case.loss_day if trace.kind == "missing" else trace.day


def _adult(trace: Trace, day: int) -> bool:
    return _ADULT_YEARS <= (day - trace.person.birth_day) / DAYS_PER_YEAR <= _OLDEST_YEARS
