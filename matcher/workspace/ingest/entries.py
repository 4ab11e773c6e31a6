"""One row of a form to one record: every cell is stored, kept as a note, or named in a reject."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

from matcher.types import (
    DayInterval,
    NameKind,
    PlaceRole,
    RecordKind,
    Reject,
    Sex,
    Subject,
    ToldName,
    ToldPlace,
)
from matcher.workspace.ingest.ages import birth_interval, parse_age
from matcher.workspace.ingest.columns import CASE_NUMBER, NOTE, ColumnPlan, UsedColumn
from matcher.workspace.ingest.dates import parse_date
from matcher.workspace.ingest.form import Form, FormContext, first, short_text
from matcher.workspace.ingest.pedigrees import AT_MOST, pedigree_of
from matcher.workspace.ingest.quantities import parse_height, parse_sex
from matcher.workspace.ingest.statements import parse_names, parse_places, parse_samples, split_files
from matcher.workspace.ingest.text import UnreadableValueError, is_text, plain, shortened
from matcher.workspace.values import Origin, RecordEntry

LUNAR_NOTE = {"event": "农历日期", "birth": "农历出生日期"}
"""Headers of the notes that keep a lunar date as it was written."""

LONGEST_CASE_NUMBER = 64
_CASE_NUMBER = re.compile(r"[^\x00-\x1f\x7f]+")

_WORDS_BY_KIND: tuple[tuple[RecordKind, tuple[str, ...]], ...] = (
    ("intake", ("intake", "待甄别", "在站", "滞留", "长期滞留", "求助")),
    ("rescue", ("rescue", "救助", "救助记录", "已离站", "历史救助")),
    ("missing", ("missing", "走失", "失踪", "寻亲", "寻人")),
)
_KINDS = {word: kind for kind, words in _WORDS_BY_KIND for word in words}
_EVENT_TARGETS: dict[RecordKind, tuple[str, ...]] = {
    "intake": ("admitted",),
    "rescue": ("admitted",),
    "missing": ("missing_date",),
}


@dataclass(frozen=True, slots=True)
class ReadRow:
    """What a row came to; `entry` is None when the row was rejected.

    Parameters
    ----------
    record_id : str or None
        Case number, where it could be read.
    entry : RecordEntry or None
        The record.
    photo_files : tuple of (str, str)
        Header and file name of photographs named in the row.
    rejects : tuple of Reject
        What was left out.
    placeholders : int
        Names that say that the name is not known.
    """

    record_id: str | None
    entry: RecordEntry | None
    photo_files: tuple[tuple[str, str], ...]
    rejects: tuple[Reject, ...]
    placeholders: int


def read_row(context: FormContext, row: int, cells: Sequence[str]) -> ReadRow:
    """Read one row of a form.

    Parameters
    ----------
    context : FormContext
        The form.
    row : int
        1-based row as a spreadsheet shows it.
    cells : sequence of str
        In the order of the file's columns; a short row lacks its last cells.
    """
    form = Form(context, row, cells)
    if not is_text("".join(cells)):
        form.cells = [cell if is_text(cell) else "" for cell in cells]
        form.rejects += _no_text(context, row, cells)
    width = len(context.plan.columns)
    if any(cell.strip() for cell in cells[width:]):
        remedy = 'a cell holds the separator: put quotation marks ("...") around it'
        return _lost(form, None, None, "too_many_cells", remedy, str(len(cells)))
    record_id = _case_number(form)
    if isinstance(record_id, ReadRow):
        return record_id
    kind = _kind(form)
    return ReadRow(record_id, _entry(form, record_id, kind), _photo_files(form), tuple(form.rejects), form.placeholders)


def covered_fields(plan: ColumnPlan, station: str | None) -> frozenset[str]:
    """Name the record fields that a form has columns for; it leaves the others alone."""
    targets = {column.target for column in plan.columns}
    fields = {f"note.{column.header}" for column in plan.columns}
    fields |= {target for target in targets if target.startswith("place.")}
    fields |= {f"name.{kind}" for kind in ("told", "registered")} if "name" in targets else set()
    fields |= {target for target in targets if target.startswith("name.")}
    fields |= {target for target in ("sex", "accent", "station") if target in targets}
    fields |= {"station"} if station else set()
    if targets & {"birth", "age", "age_guessed"}:
        fields |= {"birth", f"note.{LUNAR_NOTE['birth']}"}
    if targets & {"admitted", "missing_date"}:
        fields |= {"event", f"note.{LUNAR_NOTE['event']}"}
    fields |= {"height_cm"} if "height" in targets else set()
    fields |= {"samples"} if any(target.startswith("sample.") for target in targets) else set()
    return frozenset(fields)


def _entry(form: Form, record_id: str, kind: RecordKind) -> RecordEntry:
    event = _event(form, kind)
    birth, estimated = _birth(form, event)
    sex: Sex | None = first(form, ("sex",), parse_sex)
    names, name_origins = _names(form, kind)
    places, place_origins = _places(form)
    profile, pedigree = pedigree_of(_samples(form), sex)
    station, accent = short_text(form, "station") or form.context.station, short_text(form, "accent")
    height = first(form, ("height",), parse_height)
    for column in form.context.plan.of(NOTE):
        if text := form.cell(column):
            form.note(column, text)
    subject = Subject(
        record_id=record_id, kind=kind, station=station, sex=sex, birth=birth, birth_estimated=estimated, event=event,
        height_cm=height, accent=accent, names=names, places=places, profile=profile, pedigree=pedigree,
        notes=tuple(form.notes),
    )  # fmt: skip
    return RecordEntry(subject, form.context.fields, form.row, name_origins, place_origins)


def _case_number(form: Form) -> str | ReadRow:
    for column in form.context.plan.of(CASE_NUMBER):
        text = unicodedata.normalize("NFKC", form.cell(column)).strip()
        if not text:
            continue
        if len(text) > LONGEST_CASE_NUMBER or not _CASE_NUMBER.fullmatch(text):
            remedy = f"use at most {LONGEST_CASE_NUMBER} characters in one line"
            return _lost(form, None, column, "bad_case_number", remedy, text)
        return text
    header = form.context.plan.of(CASE_NUMBER)[0]
    return _lost(form, None, header, "missing_case_number", "give every row its case number", "")


def _lost(
    form: Form, record_id: str | None, column: UsedColumn | None, reason: str, remedy: str, value: str
) -> ReadRow:  # fmt: skip
    reject = Reject(
        form.context.source, form.row, column.header if column else None, shortened(value), reason, remedy,
        record_lost=True,
    )  # fmt: skip
    return ReadRow(record_id, None, (), (reject,), 0)


def _kind(form: Form) -> RecordKind:
    for column in form.context.plan.of("kind"):
        if text := form.cell(column):
            if found := _KINDS.get(plain(text).casefold()):
                return found
            form.reject(column, text, "bad_kind", f"use one of {', '.join(_KINDS)}; --kind was taken instead")
    return form.context.kind


def _event(form: Form, kind: RecordKind) -> DayInterval | None:
    event = first(form, _EVENT_TARGETS[kind], lambda text: _date(form, text, "event"))
    for column in form.context.plan.of("admitted", "missing_date"):
        if column.target not in _EVENT_TARGETS[kind] and (text := form.cell(column)):
            form.note(column, text)
    return event


def _date(form: Form, text: str, what: str) -> DayInterval:
    reading = parse_date(text, today=form.context.today)
    if reading.lunar:
        form.notes.append((LUNAR_NOTE[what], shortened(text)))
    return reading.interval


def _birth(form: Form, event: DayInterval | None) -> tuple[DayInterval | None, bool]:
    """Read a birth date, or else an age on the day of the event."""
    birth = first(form, ("birth",), lambda text: _date(form, text, "birth"))
    if birth is not None and event is not None and birth.earliest > event.latest:
        column = form.context.plan.of("birth")[0]
        form.reject(column, form.cell(column), "born_after_event", "the birth date lies after the event; check both")
        birth = None
    estimated = False
    for column in form.context.plan.of("age", "age_guessed"):
        text = form.cell(column)
        if not text:
            continue
        if birth is not None:
            form.note(column, text)
            continue
        try:
            birth, estimated = _birth_from_age(text, event, guessed=column.target == "age_guessed", form=form)
        except UnreadableValueError as error:
            form.reject(column, text, error.reason, error.remedy)
    return birth, estimated


def _birth_from_age(
    text: str, event: DayInterval | None, *, guessed: bool, form: Form
) -> tuple[DayInterval, bool]:  # fmt: skip
    if re.search(r"\d{4}|[一二三四五六七八九〇零]{4}|\d{2}年", plain(text)):
        return _date(form, text, "birth"), guessed  # "1965年生" in the column of ages
    age = parse_age(text)
    if event is None:
        raise UnreadableValueError("age_without_date", "an age needs its day: fill in the date of the event")
    return birth_interval(age, event), age.estimated or guessed


def _names(form: Form, kind: RecordKind) -> tuple[tuple[ToldName, ...], tuple[Origin, ...]]:
    names: dict[tuple[str, str], tuple[ToldName, Origin]] = {}
    for column in form.context.plan.about("name"):
        text = form.cell(column)
        own_kind = ("registered" if kind == "missing" else "told") if column.target == "name" else column.target[5:]
        found, placeholders = parse_names(
            text, cast(NameKind, own_kind), is_placeholder=form.context.is_placeholder
        )  # fmt: skip
        form.placeholders += placeholders if text else _was_nothing(form, column)
        if text and not found and not placeholders:
            form.reject(column, text, "bad_name", "use at most 60 characters a name; separate several by 、")
        for name in found:
            names.setdefault((name.text, name.kind), (name, Origin(column.header)))
    return tuple(name for name, _ in names.values()), tuple(origin for _, origin in names.values())


def _was_nothing(form: Form, column: UsedColumn) -> int:
    """Count a cell that was filled with words for nothing (不详)."""
    return int(bool(column.position < len(form.cells) and form.cells[column.position].strip()))


def _places(form: Form) -> tuple[tuple[ToldPlace, ...], tuple[Origin, ...]]:
    places: dict[tuple[str, str], tuple[ToldPlace, Origin]] = {}
    for column in form.context.plan.about("place"):
        text = form.cell(column)
        if not text:
            continue
        found, nothing = parse_places(text, cast(PlaceRole, column.target[6:]))
        if not found and not nothing:
            form.reject(column, text, "bad_place", "use at most 200 characters a place; separate several by 、")
        for place in found:
            places.setdefault((place.text, place.role), (place, Origin(column.header)))
    return tuple(place for place, _ in places.values()), tuple(origin for _, origin in places.values())


def _samples(form: Form) -> dict[str, tuple[str, ...]]:
    samples: dict[str, tuple[str, ...]] = {}
    for column in form.context.plan.about("sample"):
        text = form.cell(column)
        if not text:
            continue
        relation = column.target[7:]
        found = tuple(dict.fromkeys((*samples.get(relation, ()), *parse_samples(text))))
        most = AT_MOST.get(relation, len(found))
        if len(found) > most:
            form.reject(column, text, "too_many_samples", f"at most {most} here; the first {most} were taken")
        samples[relation] = found[:most]
    return samples


def _photo_files(form: Form) -> tuple[tuple[str, str], ...]:
    return tuple(
        (column.header, name) for column in form.context.plan.of("photo") for name in split_files(form.cell(column))
    )


def _no_text(context: FormContext, row: int, cells: Sequence[str]) -> list[Reject]:
    remedy = "the cell holds characters that are no text (control characters or half of a pair); type it again"
    return [
        Reject(
            context.source, row, column.header, shortened(cells[column.position]), "not_text", remedy, record_lost=False
        )
        for column in context.plan.columns
        if column.position < len(cells) and not is_text(cells[column.position])
    ]
