"""From a day in a case to the account that a clerk has to write down."""

from __future__ import annotations

import numpy as np

from matcher.phonetic.regions import region_name
from matcher.synthetic.clerks import Account
from matcher.synthetic.recipe import Recipe
from matcher.synthetic.sources import Sources
from matcher.synthetic.streams import Streams
from matcher.synthetic.telling import tell_name, tell_place
from matcher.synthetic.traces import Trace
from matcher.types import DAYS_PER_YEAR

# Conditions in the order of the recipe-free remarks; they carry no identity.
_REMARKS = ("身体一般", "精神异常", "智力障碍", "聋哑", "记忆力差", "行动不便", "言语不清", "")


def give_account(recipe: Recipe, sources: Sources, streams: Streams, trace: Trace) -> Account:
    """Draw what is told and seen on the day of a record; samples are added by the laboratory's side."""
    rng = streams.of("accounts", *trace.key)
    telling, person, ability = recipe.telling, trace.person, trace.ability
    name = tell_name(streams.of("told_name", *trace.key), sources, person, telling, ability)
    place = tell_place(streams.of("told_place", *trace.key), sources, person, telling, ability)
    contradicts = bool(place.text) and rng.random() < telling.contradicts.get(ability, 0.0)
    second = sources.places.home(streams.of("second_place", *trace.key)).text if contradicts else ""
    report = trace.kind == "missing"
    spoken = name.level in {"full", "given", "surname"}
    accent = region_name(person.home.region, "zh") if person.home.region else ""
    return Account(
        record_id=trace.record_id,
        kind=trace.kind,
        person=person,
        day=trace.case.loss_day if report else trace.day,
        name=name,
        nickname=person.nickname if report and rng.random() < telling.nickname_reported else "",
        place=place,
        second_place=second,
        found="" if report else _near(rng, sources, trace),
        lost=person.household.text if report and rng.random() < 0.5 else "",
        birth_known=bool(rng.random() < recipe.stations.birth_date_known[ability]),
        accent=f"{accent}口音" if accent and not report and rng.random() < telling.accent_recorded else "",
        sound_marked=bool(spoken and rng.random() < telling.sound_mark),
        samples={},
        remarks="" if report else str(rng.choice(_REMARKS)),
    )


def _near(rng: np.random.Generator, sources: Sources, trace: Trace) -> str:
    return sources.places.elsewhere(rng, trace.station.place, 3).text


def photo_day(recipe: Recipe, streams: Streams, trace: Trace) -> int | None:
    """Draw the day on which the photograph of a record was taken; None = the record has none.

    A station takes its own on the day; a family brings one from some years before the loss.
    """
    rng = streams.of("photo_day", *trace.key)
    if rng.random() >= recipe.faces.has_photo[trace.ability]:
        return None
    if trace.kind != "missing":
        return trace.day
    years = rng.exponential(recipe.faces.report_photo_years_before)
    youngest = trace.person.birth_day + int(DAYS_PER_YEAR)
    return max(youngest, trace.case.loss_day - int(years * DAYS_PER_YEAR))
