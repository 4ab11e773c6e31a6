"""The demographics channel: recorded sex, birth interval, height, and the order of events in time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from matcher.demographics import birth, height, sex, timeline
from matcher.demographics.birth import BirthStatement, BirthStatements
from matcher.demographics.height import HeightStatement
from matcher.demographics.timeline import Moment, Moments
from matcher.engine.channel import Background, Channel, Column, Compiler, Plan
from matcher.engine.columns import ColumnCodes, SingleColumn, Vocabulary
from matcher.engine.terms import Lookup, Term
from matcher.llr import Language
from matcher.schema import Evidence
from matcher.types import ChannelName, DayInterval, Hypothesis, Part, RecordKind, Sex, Subject

NAME: ChannelName = "demographics"
COLUMNS = (
    Column("sex", "single", "Recorded sex"),
    Column("birth", "single", "Birth interval in years, marked when it comes from a guessed age"),
    Column("height", "single", "Sex and height in centimetres of a proven adult"),
    Column("event", "single", "Kind of record and days of its event"),
)

FLOOR, CEILING = -4.0, 3.0
"""The most that the terms say together under their error rates is about -4.5 and, of somebody very tall or small, +3.5;
bounded a little below, so that a clerk's errors alone cannot bury a lead that face or DNA carry, nor make one."""

_EPOCH = date(1970, 1, 1).toordinal()


@dataclass(frozen=True, slots=True)
class DemographicsChannel:
    """Sex, birth interval, height and time compatibility; stateless. See METHOD.md for the models and their sources."""

    name: ChannelName = NAME
    version: str = "2"
    columns: tuple[Column, ...] = COLUMNS

    def encode(self, evidence: Evidence, vocabularies: Mapping[str, Vocabulary]) -> dict[str, ColumnCodes]:
        """Encode sex, birth years, an adult's height and event of every record."""
        records = evidence.records.to_pydict()
        births, events = (_intervals(records, name) for name in ("birth", "event"))
        born = zip(births, records["birth_estimated"], strict=True)
        met = zip(records["kind"], events, strict=True)
        statures = zip(records["sex"], records["height_cm"], births, events, strict=True)
        values = {
            "sex": [value or "" for value in records["sex"]],
            "birth": ["" if days is None else _birth_value(days, estimated=guessed) for days, guessed in born],
            "height": [_height_value(*stature) for stature in statures],
            "event": ["" if days is None else f"{kind}:{days.earliest}:{days.latest}" for kind, days in met],
        }
        return {name: SingleColumn(vocabularies[name].intern_all(values[name])) for name in values}

    def prepare(self, vocabularies: Mapping[str, Vocabulary]) -> Compiler:
        """Parse every distinct statement and moment."""
        return self.restore(vocabularies, self.tabulate(vocabularies))

    def tabulate(self, vocabularies: Mapping[str, Vocabulary]) -> dict[str, NDArray[np.generic]]:
        """Parse every distinct statement and moment, as arrays to be kept with the codes."""
        births = BirthStatements.of([_birth_of(value) for value in vocabularies["birth"].values[1:]])
        moments = Moments.of([moment_of_value(value) for value in vocabularies["event"].values[1:]])
        return {**births._asdict(), **moments._asdict()}

    def restore(self, vocabularies: Mapping[str, Vocabulary], tables: Mapping[str, NDArray[np.generic]]) -> Compiler:
        """Do as `prepare` from what `tabulate` made of the same vocabularies."""
        arrays = cast(dict[str, Any], tables)
        return DemographicsCompiler(
            sexes=tuple(cast(Sex, value) for value in vocabularies["sex"].values[1:]),
            births=BirthStatements(*(arrays[name] for name in BirthStatements._fields)),
            heights=tuple(_height_of(value) for value in vocabularies["height"].values[1:]),
            moments=Moments(*(arrays[name] for name in Moments._fields)),
        )

    def describe(self, probe: Subject, record: Subject, parts: Sequence[Part], language: Language) -> tuple[str, ...]:
        """Say for each compared column what agrees or contradicts."""
        words = {
            "sex": _sex_words(probe, record, language),
            "birth": _birth_words(probe, record, language),
            "height": _height_words(probe, record, language),
            "event": _event_words(parts, language),
        }
        return tuple(words[part.column] for part in parts if part.column in words)


@dataclass(frozen=True, slots=True)
class DemographicsCompiler:
    """The channel made ready for one gallery.

    Parameters
    ----------
    sexes : tuple of Sex
        Vocabulary of `sex`, without the missing code.
    births : BirthStatements
        Vocabulary of `birth`, without the missing code.
    heights : tuple of HeightStatement
        Vocabulary of `height`, without the missing code.
    moments : Moments
        Vocabulary of `event`, without the missing code.
    """

    sexes: tuple[Sex, ...]
    births: BirthStatements
    heights: tuple[HeightStatement, ...]
    moments: Moments

    def compile(self, probe: Subject, hypothesis: Hypothesis = "self") -> Plan | None:
        """Make one look-up table per field that the probe has.

        Siblings, parents and children are of either sex and height and go missing at any time: of them only the birth
        year tells.
        """
        terms: list[Term] = []
        if probe.sex is not None and hypothesis == "self":
            terms.append(Lookup("sex", _table([sex.log10_lr(probe.sex, value) for value in self.sexes])))
        statement = statement_of(probe)
        if statement is not None:
            terms.append(Lookup("birth", _table(birth.log10_lrs(statement, self.births, hypothesis))))
        if hypothesis == "self" and (stated := height_of(probe)) is not None:
            terms.append(Lookup("height", _table(height.log10_lrs(stated, self.heights))))
        moment = timeline.moment_of(probe)
        if moment is not None and hypothesis == "self":
            # A guessed age is too uncertain to say that somebody was not born yet.
            known_birth = None if probe.birth_estimated else probe.birth
            terms.append(Lookup("event", _table(timeline.log10_lrs(moment, known_birth, self.moments))))
        return Plan(NAME, tuple(terms), FLOOR, CEILING) if terms else None

    def backgrounds(self, probe: Subject, hypothesis: Hypothesis = "self") -> tuple[Background, ...]:
        """Enumerate both sexes, years stated exactly and by guess, heights by stated sex, and both orders of events."""
        found: list[Background] = []
        if probe.sex is not None and hypothesis == "self":
            shares = np.array([sex.background(value) for value in sex.SEXES])
            ratios = np.array([sex.log10_lr(probe.sex, value) for value in sex.SEXES])
            found.append(Background("sex", shares, ratios))
        statement = statement_of(probe)
        if statement is not None:
            found += [_birth_background(statement, hypothesis, estimated=estimated) for estimated in (False, True)]
        if hypothesis == "self" and (stated := height_of(probe)) is not None:
            found += [_height_background(stated, stated_sex) for stated_sex in (*sex.SEXES, None)]
        if timeline.moment_of(probe) is not None and hypothesis == "self":
            share = timeline.CONTRADICTING_SHARE
            ratios = np.array([timeline.log10_lr(order=True), timeline.log10_lr(order=False)])
            found.append(Background("event", np.array([1.0 - share, share]), ratios))
        return tuple(found)


def demographics_channel() -> Channel:
    """Return the demographics channel."""
    return DemographicsChannel()


def statement_of(subject: Subject) -> BirthStatement | None:
    """Return a subject's birth interval as the model reads it; None when unknown."""
    if subject.birth is None:
        return None
    first, last = _year(subject.birth.earliest), _year(subject.birth.latest)
    return BirthStatement.clipped(first, last, estimated=subject.birth_estimated)


def height_of(subject: Subject) -> int | None:
    """Return the stated height of a subject in centimetres; None unless the dates prove that it is an adult's."""
    return subject.height_cm if height.adult(subject.birth, subject.event) else None


def _birth_background(statement: BirthStatement, hypothesis: Hypothesis, *, estimated: bool) -> Background:
    stated_year = birth.population() @ birth.statement_error(estimated=estimated)
    years = range(birth.FIRST_YEAR, birth.LAST_YEAR + 1)
    ratios = [birth.log10_lr(statement, BirthStatement(year, year, estimated), hypothesis) for year in years]
    return Background("birth", stated_year, np.array(ratios))


def _height_background(stated: int, record_sex: Sex | None) -> Background:
    every = range(height.SHORTEST_CM, height.TALLEST_CM + 1)
    ratios = height.log10_lrs(stated, [HeightStatement(value, record_sex) for value in every])
    return Background("height", height.stated_at_large(record_sex), ratios)


def _table(values: Sequence[float] | NDArray[np.float64]) -> NDArray[np.float64]:
    return np.concatenate([[0.0], np.asarray(values, np.float64)])


def _year(day: int) -> int:
    return date.fromordinal(min(max(_EPOCH + day, 1), date.max.toordinal())).year


def _intervals(records: Mapping[str, Sequence[Any]], name: str) -> list[DayInterval | None]:
    days = zip(records[f"{name}_earliest"], records[f"{name}_latest"], strict=True)
    return [None if first is None else DayInterval(first, last) for first, last in days]


def _birth_value(days: DayInterval, *, estimated: bool) -> str:
    statement = BirthStatement.clipped(_year(days.earliest), _year(days.latest), estimated=estimated)
    return f"{statement.first}:{statement.last}:{'estimated' if estimated else 'stated'}"


def _birth_of(value: str) -> BirthStatement:
    first, last, mark = value.split(":")
    return BirthStatement(int(first), int(last), mark == "estimated")


def _height_value(
    stated_sex: Sex | None, height_cm: int | None, birth_days: DayInterval | None, event_days: DayInterval | None
) -> str:
    if height_cm is None or not height.adult(birth_days, event_days):
        return ""
    return f"{stated_sex or ''}:{height_cm}"


def _height_of(value: str) -> HeightStatement:
    stated_sex, centimetres = value.split(":")
    return HeightStatement(int(centimetres), cast(Sex, stated_sex) if stated_sex else None)


def moment_of_value(value: str) -> Moment:
    """Read a value of the `event` column."""
    kind, first, last = value.split(":")
    return Moment(cast(RecordKind, kind), DayInterval(int(first), int(last)))


def _sex_words(probe: Subject, record: Subject, language: Language) -> str:
    same = probe.sex == record.sex
    if language == "zh":
        return "性别一致" if same else "登记性别不同(可能为登记差错)"
    return "same recorded sex" if same else "recorded sex differs (may be a clerk's error)"


def _birth_words(probe: Subject, record: Subject, language: Language) -> str:
    ours, theirs = _years_text(probe, language), _years_text(record, language)
    return f"出生年份: {ours} / {theirs}" if language == "zh" else f"birth year: {ours} / {theirs}"


def _height_words(probe: Subject, record: Subject, language: Language) -> str:
    ours, theirs = probe.height_cm, record.height_cm
    return f"身高: {ours} / {theirs} 厘米" if language == "zh" else f"height: {ours} / {theirs} cm"


def _years_text(subject: Subject, language: Language) -> str:
    statement = statement_of(subject)
    if statement is None:
        return "-"
    span = str(statement.first) if statement.first == statement.last else f"{statement.first}-{statement.last}"
    if not statement.estimated:
        return span
    return f"{span}(估计)" if language == "zh" else f"{span} (estimated)"


def _event_words(parts: Sequence[Part], language: Language) -> str:
    value = next((part.log10_lr for part in parts if part.column == "event"), 0.0)
    if language == "zh":
        return "时间先后相符" if value > 0 else "时间先后矛盾(走失晚于发现,或早于出生)"
    return "dates are compatible" if value > 0 else "dates contradict (lost after found, or before birth)"
