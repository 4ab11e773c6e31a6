"""The lead sheet as a table: which columns it has, and the values of each row."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from matcher.llr import Language, verbal_scale
from matcher.report.batch import CaseView, ReportBatch
from matcher.report.facts import facts_of
from matcher.report.phrases import missing_summary, phrases, prose, same_person
from matcher.report.relations import likelier_relation
from matcher.types import CHANNEL_NAMES, Lead, Subject

Cell = str | int | float | None


@dataclass(frozen=True, slots=True)
class SheetColumn:
    """One column of the lead sheet.

    Parameters
    ----------
    key : str
        Name in the phrases; a channel's column has the channel's name.
    width : float
        In characters of the default font. Together they fit A4 across at three fifths of their size.
    format : str
        text | id | rank | log10 | total | share | photo | fill (left to the analyst).
    """

    key: str
    width: float
    format: str


COLUMNS = (
    SheetColumn("case", 11, "id"),
    SheetColumn("rank", 4.5, "rank"),
    SheetColumn("probe_photo", 8.5, "photo"),
    SheetColumn("record_photo", 8.5, "photo"),
    SheetColumn("record", 12, "id"),
    SheetColumn("kind", 8, "text"),
    SheetColumn("station", 10, "text"),
    SheetColumn("facts", 24, "text"),
    SheetColumn("log10_lr", 8, "total"),
    SheetColumn("verbal", 9.5, "text"),
    SheetColumn("posterior", 8.5, "share"),
    SheetColumn("nobody", 8.5, "share"),
    *(SheetColumn(channel, 7, "log10") for channel in CHANNEL_NAMES),
    SheetColumn("adjusted", 7, "log10"),
    SheetColumn("relation", 9, "text"),
    SheetColumn("lacking", 10, "text"),
    SheetColumn("words", 36, "text"),
    SheetColumn("decision", 9, "fill"),
    SheetColumn("remark", 8, "fill"),
)

_UNCALIBRATED = frozenset({"posterior", "nobody"})


@dataclass(frozen=True, slots=True)
class SheetRow:
    """One lead, or a case without leads.

    Parameters
    ----------
    probe_id : str
        The case.
    record_id : str or None
        The record; None for a case without leads.
    rank : int or None
        Place in the list; None for a case without leads.
    first : bool
        First row of its case.
    values : Mapping of str to Cell
        By column key; a key that is not here, None or "" is an empty cell.
    """

    probe_id: str
    record_id: str | None
    rank: int | None
    first: bool
    values: Mapping[str, Cell]


def sheet_rows(batch: ReportBatch) -> list[SheetRow]:
    """Lay out every lead of every case, most promising case first."""
    return [row for case in batch.most_promising_first() for row in _case_rows(case, batch.language)]


def heading_of(column: SheetColumn, language: Language, *, calibrated: bool) -> str:
    """Return the heading of a column; probabilities that are not calibrated say so."""
    text = phrases(language)
    section = "channel" if column.key in CHANNEL_NAMES else "column"
    heading = text[f"{section}.{column.key}"]
    if column.key in _UNCALIBRATED and not calibrated:
        return text["sheet.uncalibrated_column"].format(column=heading)
    return heading


def meaning_of(column: SheetColumn, language: Language) -> str:
    """Say what a column holds."""
    key = "channel" if column.key in CHANNEL_NAMES else column.key
    return phrases(language)[f"column_meaning.{key}"]


def _case_rows(case: CaseView, language: Language) -> list[SheetRow]:
    probe_id, nobody = case.probe.record_id, case.candidates.nobody
    if not case.candidates.leads:
        values: dict[str, Cell] = {
            "case": probe_id,
            "nobody": nobody,
            "words": phrases(language)["sheet.no_leads"],
        }
        return [SheetRow(probe_id, None, None, first=True, values=values)]
    return [
        SheetRow(
            probe_id,
            lead.record_id,
            lead.rank,
            first=position == 0,
            values={**_lead_values(lead, case, language), "nobody": nobody},
        )
        for position, lead in enumerate(case.candidates.leads)
    ]


def _lead_values(lead: Lead, case: CaseView, language: Language) -> dict[str, Cell]:
    text = phrases(language)
    record = case.records.get(lead.record_id)
    facts = _facts(record, language) if record else text["case.record_gone"]
    compared = [evidence for evidence in lead.channels if evidence.comparison == "compared"]
    absent = [evidence for evidence in lead.channels if evidence.comparison != "compared"]
    return {
        "case": lead.probe_id,
        "rank": lead.rank,
        "record": lead.record_id,
        "kind": text[f"kind.{record.kind}"] if record else "",
        "station": (record.station or "") if record else "",
        "facts": "\n".join(filter(None, (facts, same_person(lead, language)))),
        "log10_lr": lead.log10_lr,
        "verbal": verbal_scale(lead.log10_lr, language, case.candidates.hypothesis),
        "relation": likelier_relation(lead, case.candidates.hypothesis, language),
        "adjusted": math.fsum(item.log10_lr for item in lead.adjustments) if lead.adjustments else None,
        "posterior": lead.person_posterior,
        **{evidence.channel: evidence.log10_lr for evidence in compared},
        "lacking": "\n".join(missing_summary(evidence, language) for evidence in absent),
        "words": "\n".join(
            text["sheet.words"].format(
                channel=text[f"channel.{evidence.channel}"], words=prose(evidence.words, language)
            )
            for evidence in compared
        ),
    }


def _facts(record: Subject, language: Language) -> str:
    text = phrases(language)
    lines = [
        text["sheet.fact"].format(label=fact.label, values=text["page.list"].join(fact.values))
        for fact in facts_of(record, language)
    ]
    return text["sheet.fact_gap"].join(lines)
