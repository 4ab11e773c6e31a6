"""What is believed before any record is looked at: is the person in this database, and are his kin.

A prior belongs to a stratum of cases, never to all of them: almost every fresh arrival is identified, most
long-stayers are not. The stratum follows from the case's own data; both can be overridden.
"""

from __future__ import annotations

from matcher.types import Hypothesis, Stratum, Subject

LONG_STAY_DAYS = 90
"""Source: 民政部、公安部《关于加强生活无着流浪乞讨人员身份查询和照料安置工作的意见》(民发〔2015〕158号): persons whose
identity is still unknown after three months are long-stayers and are to be settled."""

PRIOR_IN_DATABASE: dict[Stratum | None, float] = {"fresh": 0.9, "long_stayer": 0.35, None: 0.35}
"""Prior probability that a case's person has a record here. Source: almost all fresh arrivals are identified within
days; the drives for long-stayers that stations published identified 23 % at first, 32 % (95 of 300), and 35 % with
later means. Who was identified had been on record, so these are lower limits, of which the highest is taken. A case
whose length of stay is not known is treated with the smaller of the two: a wrong lead costs more than a late one."""

RELATED_RECORDS: dict[Hypothesis, float] = {"sibling": 0.03, "parent_child": 0.03}
"""Records about a sibling, and about a parent or child, of a case's person, expected in a database. Knob, no source: of
the order of one case in thirty; brothers and sisters lost together and lost parents of lost children are known from the
stations' reports, their share is not."""


def stratum_of(probe: Subject, as_of_day: int | None) -> Stratum | None:
    """Tell from the day a person came to the station whether it is a fresh arrival or a long-stayer.

    Parameters
    ----------
    probe : Subject
        The case.
    as_of_day : int or None
        Today, in days since 1970-01-01; None = not known.

    Returns
    -------
    Stratum or None
        None for a case without a day of arrival, or one whose partial date leaves it open.

    >>> from matcher.types import DayInterval
    >>> stratum_of(Subject("A", "intake", event=DayInterval(20000, 20000)), 20010)
    'fresh'
    """
    if as_of_day is None or probe.event is None or probe.kind == "missing":
        return None
    if as_of_day - probe.event.latest > LONG_STAY_DAYS:
        return "long_stayer"
    return "fresh" if as_of_day - probe.event.earliest <= LONG_STAY_DAYS else None


def prior_in_database(stratum: Stratum | None) -> float:
    """Return the prior of a stratum."""
    return PRIOR_IN_DATABASE[stratum]


def prior_of_hypothesis(hypothesis: Hypothesis, in_database: float) -> float:
    """Return the prior that a record of this sort is in the database at all."""
    return in_database if hypothesis == "self" else RELATED_RECORDS[hypothesis]
