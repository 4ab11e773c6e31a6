"""Every record of a world: whose it is, when and where it was made, and the case number it bears.

Case numbers follow the station's own running number by day, as in a real register, so they tell nothing about who
belongs to whom.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from matcher.synthetic.journeys import Case
from matcher.synthetic.people import Person
from matcher.synthetic.recipe import Recipe
from matcher.synthetic.stations import Network, Station
from matcher.synthetic.streams import Streams
from matcher.types import RecordKind

SECOND_ENTRY = 1_000_000
"""Added to the index of an admission that was entered a second time."""


@dataclass(frozen=True, slots=True)
class Trace:
    """One record before anything is written.

    Parameters
    ----------
    case : Case
        The story it belongs to.
    person : Person
        Whom it is about.
    kind : RecordKind
        Sort of record.
    index : int
        Number within the case; 0 is the intake of an open case, from `SECOND_ENTRY` on records entered twice.
    day : int
        Day of admission, or of the report.
    station : Station
        Who wrote it.
    ability : str
        Row of the recipe's tables of telling.
    record_id : str
        Case number.
    """

    case: Case
    person: Person
    kind: RecordKind
    index: int
    day: int
    station: Station
    ability: str
    record_id: str = ""

    @property
    def key(self) -> tuple[int, int]:
        """Stream indices of everything drawn for this record."""
        return self.case.case, self.index


def lay_out(
    recipe: Recipe, streams: Streams, cases: Sequence[Case], people: Mapping[int, Person], stations: Sequence[Station],
    reports: Station,
) -> list[Trace]:  # fmt: skip
    """Turn cases into records without numbers, in order of case and day; admissions entered twice come last."""
    network = Network.of(stations)
    traces: list[Trace] = []
    for case in cases:
        person = people[case.person]
        days: list[tuple[RecordKind, int]] = [("intake", case.found_day)] if case.open else []
        days += [("rescue", day) for day in case.rescue_days] + [("missing", day) for day in case.report_days]
        index = 0 if case.open else 1
        for kind, day in days:
            traces.append(_trace(recipe, streams, Trace(case, person, kind, index, day, reports, ""), network))
            index += 1
    return [*traces, *_entered_twice(recipe, streams, traces)]


def _trace(recipe: Recipe, streams: Streams, trace: Trace, network: Network) -> Trace:
    rng = streams.of("admission", *trace.key)
    if trace.kind == "missing":
        return replace(trace, ability="report")
    station = network.admitting(rng, trace.person, recipe.stations.home_province_catchment)
    resolved = rng.random() < recipe.traces.resolved[trace.case.stratum]
    told = "silent" if trace.case.designed == "told_nothing" else trace.case.stratum
    ability = told if trace.kind == "intake" else "resolved" if resolved else "passing"
    return replace(trace, station=station, ability=ability)


def _entered_twice(recipe: Recipe, streams: Streams, traces: Sequence[Trace]) -> list[Trace]:
    """Find the admissions that a station entered a second time, as a record of its own."""
    share = recipe.stations.entered_twice
    return [
        replace(trace, index=trace.index + SECOND_ENTRY)
        for trace in traces
        if trace.kind == "rescue" and streams.of("entered_twice", *trace.key).random() < share
    ]
