"""The report as the template sees it: finished text, bar ends and picture numbers, nothing to decide."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from matcher.llr import Language, verbal_scale
from matcher.report.batch import CaseView, ReportBatch
from matcher.report.facts import Fact, evidence_held, facts_of, headline_of
from matcher.report.figures import count, percent, signed
from matcher.report.html.bars import Bar, Segment, bar_of, shares_of
from matcher.report.html.photos import PhotoSheet
from matcher.report.phrases import missing_sentence, named, part_label, phrases, prose, same_person
from matcher.report.relations import adjustment_label, adjustment_reason, likelier_relation, other_relations
from matcher.types import CHANNEL_NAMES, Adjustment, CandidateList, ChannelEvidence, Lead, Part, Subject

_FOLDED_FROM = 160
_UNPRINTED_FROM = 1_200
"""Lengths of a note, in characters: a third of a screen, and a third of a sheet of paper."""

_SHOWN_IN_FULL = 3
_SHOWN_IN_FULL_FROM = 0.01
"""Leads beyond the third and below one in a hundred are one line each, with both photographs and the total: nothing is
left out, since uncalibrated posteriors must not hide anybody, but the eye stays on what to check first."""


@dataclass(frozen=True, slots=True)
class Row:
    """One channel of a lead; `bar` is None where nothing was compared, and `words` then says who lacks what."""

    label: str
    bar: Bar | None
    value: str
    words: str
    parts: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Picture:
    """A thumbnail by its number on the sheet, or a placeholder (None) with its `note`; `alt` is what is read aloud."""

    number: int | None
    alt: str
    note: str


@dataclass(frozen=True, slots=True)
class LeadPage:
    """One lead; a `brief` one is a line that opens."""

    anchor: str
    rank: int
    record_id: str
    kind: str
    headline: tuple[str, ...]
    facts: tuple[Fact, ...] | None
    photo: Picture
    rows: tuple[Row, ...]
    adjustments: tuple[Row, ...]
    likelier: str
    others: tuple[str, ...]
    same_person: str
    total: Bar
    value: str
    verbal: str
    posterior: str
    calibrated: bool
    brief: bool


@dataclass(frozen=True, slots=True)
class Note:
    """A free note; one of some length is folded behind its `opening`, a `long` one is printed as its opening only."""

    label: str
    text: str
    opening: str | None
    long: bool


@dataclass(frozen=True, slots=True)
class CasePage:
    """One case with its leads."""

    number: int
    anchor: str
    record_id: str
    kind: str
    headline: tuple[str, ...]
    facts: tuple[Fact, ...]
    notes: tuple[Note, ...]
    photo: Picture
    held: tuple[str, ...]
    lacking: tuple[str, ...]
    shares: tuple[Segment, ...]
    nobody: str
    kin: str
    asked: str
    alerts: str
    expected_wrong: str
    searched: tuple[str, ...]
    empty: str
    calibrated: bool
    leads: tuple[LeadPage, ...]


def case_pages(batch: ReportBatch, sheet: PhotoSheet) -> tuple[CasePage, ...]:
    """Lay out every case, most promising first."""
    ordered = batch.most_promising_first()
    return tuple(_case(case, number, batch.language, sheet) for number, case in enumerate(ordered, 1))


def _case(case: CaseView, number: int, language: Language, sheet: PhotoSheet) -> CasePage:
    text = phrases(language)
    held = evidence_held(case.probe)
    candidates = case.candidates
    anchor = f"case-{number}"
    return CasePage(
        number=number,
        anchor=anchor,
        record_id=case.probe.record_id,
        kind=text[f"kind.{case.probe.kind}"],
        headline=headline_of(case.probe, language),
        facts=facts_of(case.probe, language),
        notes=tuple(_notes(case.probe.notes)),
        photo=_picture(case.probe.record_id, case.probe, language, sheet),
        held=tuple(text[f"channel.{channel}"] for channel in held),
        lacking=tuple(text[f"channel.{channel}"] for channel in CHANNEL_NAMES if channel not in held),
        shares=shares_of([lead.person_posterior for lead in candidates.leads], candidates.nobody),
        nobody=percent(candidates.nobody),
        kin=percent(candidates.kin) if candidates.kin else "",
        asked=_asked(candidates, language),
        alerts=_alerts(candidates, language),
        expected_wrong=text["case.expected_wrong"].format(
            listed=len(candidates.leads), wrong=f"{candidates.expected_wrong:.1f}"
        ),
        searched=_searched(candidates, language),
        empty=text["case.no_leads_text"].format(gallery=count(candidates.gallery_size)),
        calibrated=candidates.calibrated,
        leads=tuple(_lead(lead, case, f"{anchor}-{lead.rank}", language, sheet) for lead in candidates.leads),
    )


def _searched(candidates: CandidateList, language: Language) -> tuple[str, ...]:
    text = phrases(language)
    return (
        text["case.searched"].format(gallery=count(candidates.gallery_size)),
        text["case.prior"].format(prior=percent(candidates.prior_in_database)),
        *((text[f"case.stratum_{candidates.stratum}"],) if candidates.stratum else ()),
        *((text["case.learned"].format(cases=count(candidates.learned_from)),) if candidates.learned_from else ()),
        *((_suppressed(candidates, language),) if candidates.suppressed else ()),
    )


def _suppressed(candidates: CandidateList, language: Language) -> str:
    records = named([item.record_id for item in candidates.suppressed], language)
    return phrases(language)["case.suppressed"].format(count=count(len(candidates.suppressed)), records=records)


def _asked(candidates: CandidateList, language: Language) -> str:
    """Say what a list asks for, unless it is the person, which goes without saying."""
    text = phrases(language)
    if candidates.hypothesis == "self":
        return ""
    return text["relation.asked"].format(relation=text[f"hypothesis.{candidates.hypothesis}"])


def _alerts(candidates: CandidateList, language: Language) -> str:
    if candidates.alert_log10_lr is None:
        return ""
    return phrases(language)["case.alerts"].format(
        threshold=signed(candidates.alert_log10_lr), count=len(candidates.alerts)
    )


def _notes(notes: tuple[tuple[str, str], ...]) -> Iterator[Note]:
    for label, text in notes:
        opening = f"{text[:60]}…" if len(text) > _FOLDED_FROM else None
        yield Note(label, text, opening, long=len(text) > _UNPRINTED_FROM)


def _lead(lead: Lead, case: CaseView, anchor: str, language: Language, sheet: PhotoSheet) -> LeadPage:
    record = case.records.get(lead.record_id)
    return LeadPage(
        anchor=anchor,
        rank=lead.rank,
        record_id=lead.record_id,
        kind=phrases(language)[f"kind.{record.kind}"] if record else "",
        headline=headline_of(record, language) if record else (),
        facts=facts_of(record, language) if record else None,
        photo=_picture(lead.record_id, record, language, sheet),
        rows=tuple(_row(evidence, language) for evidence in lead.channels),
        adjustments=tuple(_adjustment(item, language) for item in lead.adjustments),
        likelier=likelier_relation(lead, case.candidates.hypothesis, language),
        others=other_relations(
            {s.hypothesis: s.log10_lr for s in lead.hypotheses if s.hypothesis != case.candidates.hypothesis}, language
        ),
        same_person=same_person(lead, language),
        total=bar_of(lead.log10_lr),
        value=signed(lead.log10_lr),
        verbal=verbal_scale(lead.log10_lr, language, case.candidates.hypothesis),
        posterior=percent(lead.person_posterior),
        calibrated=case.candidates.calibrated,
        brief=lead.rank > _SHOWN_IN_FULL and _shown_for(lead) < _SHOWN_IN_FULL_FROM,
    )


def _picture(record_id: str, subject: Subject | None, language: Language, sheet: PhotoSheet) -> Picture:
    """Return a record's thumbnail, or say whether it has no photograph or only none that could be shown here."""
    text = phrases(language)
    number = sheet.number_of(record_id)
    if number is not None:
        return Picture(number, text["case.photo_of"].format(record=record_id), "")
    if subject is not None and not subject.photos:
        return Picture(None, text["case.photo_absent"].format(record=record_id), text["case.no_photo"])
    return Picture(None, text["case.photo_not_here"].format(record=record_id), text["case.photo_elsewhere"])


def _row(evidence: ChannelEvidence, language: Language) -> Row:
    label = phrases(language)[f"channel.{evidence.channel}"]
    if evidence.comparison != "compared":
        return Row(label, None, "—", missing_sentence(evidence, language), ())
    parts = tuple(_part(part, language) for part in evidence.parts)
    return Row(
        label,
        bar_of(evidence.log10_lr),
        signed(evidence.log10_lr),
        prose(evidence.words, language),
        parts if len(parts) > 1 else (),
    )


def _shown_for(lead: Lead) -> float:
    """Return the posterior that a lead is shown in full for: that of the likeliest relation."""
    return max([lead.person_posterior, *(share.posterior for share in lead.hypotheses)])


def _adjustment(item: Adjustment, language: Language) -> Row:
    reason = adjustment_reason(item, language)
    return Row(adjustment_label(item, language), bar_of(item.log10_lr), signed(item.log10_lr), reason, ())


def _part(part: Part, language: Language) -> tuple[str, str]:
    return part_label(part, language), signed(part.log10_lr)
