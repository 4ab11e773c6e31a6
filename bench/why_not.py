"""Does `why-not` name what was really done? Its findings against the corruption log of synthetic worlds.

A miss is a case whose person is in the gallery and on no place of the list; the record asked about is the best placed
of that person's. Everything that was done to either record stands in the world's log, but most of it does not matter.
So each logged field is put right by itself - the true name, home, sex, age or date in place of what was written - and
the pair is compared again by the product: the field whose repair gains most is *the* cause of the miss. A miss where no
repair gains anything to speak of is nobody's fault and is counted apart. `why-not` sees none of this.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import numpy as np
import pyarrow.parquet as pq

from bench.metrics import wilson
from bench.tables import grid
from bench.tasks import Built
from bench.truth import read_truth
from matcher.engine.exact import exact_totals
from matcher.leads.matcher import Matcher
from matcher.leads.pairs import compile_plans
from matcher.leads.why_not import WhyNot, standing
from matcher.leads.why_not_findings import WORTH_SAYING, Cause, Finding, Topic
from matcher.types import DayInterval, Sex, Subject, ToldName, ToldPlace

Side = Literal["case", "record"]
_HALF_YEAR = 183

TOPIC_OF: Mapping[str, Topic] = {
    "name": "name", "nickname": "name", "home": "place", "sex": "sex", "age": "birth", "birth": "birth",
    "height": "height", "event": "event",
}  # fmt: skip
"""Logged fields that are evidence; accent and the places found and lost at are no topics of their own."""

_SILENT = frozenset({"omitted", "not_told"})
_ABSENT: frozenset[Cause] = frozenset({"missing", "rejected", "unusable"})
_PRESENT: frozenset[Cause] = frozenset({"contradicts", "weak", "unusable", "rejected"})
FIRST_FINDINGS = 3


@dataclass(frozen=True, slots=True)
class TrueCause:
    """The logged field whose repair gains most, in log10 LR; `causes` as the log names them."""

    side: Side
    field: str
    causes: frozenset[str]
    gain: float


@dataclass(frozen=True, slots=True)
class Answer:
    """One miss: what `why-not` said, and what was really done; `cause` None = no repair would have helped."""

    found: WhyNot
    stratum: str
    cause: TrueCause | None

    @property
    def place(self) -> int | None:
        """Place of the first finding that names the cause; None = none does."""
        return next(
            (n for n, item in enumerate(self.found.findings, 1) if self.cause and names(item, self.cause)), None
        )


def names(finding: Finding, cause: TrueCause) -> bool:
    """Tell whether a finding names a cause: the same side and topic, and the same sort of fault.

    An age that could not be read for want of its date is named by either.
    """
    topics = {TOPIC_OF[cause.field]} | ({"birth"} if cause.field == "event" else set())
    if finding.topic not in topics or finding.side not in {cause.side, "both"}:
        return False
    if "swapped_columns" in cause.causes:
        return True
    return finding.cause in (_ABSENT if cause.causes <= _SILENT else _PRESENT)


def ask(built: Built, *, rank: int) -> list[Answer]:
    """Ask `why-not` about every miss of a world.

    Parameters
    ----------
    built : Built
        World and workspace.
    rank : int
        Length of the list; beyond it is a miss.
    """
    truth, log = read_truth(built.world), _log(built.world)
    answers = []
    with Matcher.open(built.workspace) as matcher:
        for probe in matcher.cases("intake"):
            known = truth.probes.get(probe)
            if known is None or not known.mates:
                continue
            subject = matcher.subject(probe)
            places = {mate: standing(subject, mate, matcher.prepared)[0] for mate in sorted(known.mates)}
            best = min(places, key=lambda mate: places[mate])
            if places[best] > rank:
                found = matcher.why_not(probe, best, top=rank, language="en")
                answers.append(Answer(found, known.stratum, _cause(matcher, (probe, best), log)))
    return answers


def _cause(matcher: Matcher, pair: tuple[str, str], log: _Log) -> TrueCause | None:
    """Put each logged field right by itself and return the one that gains most."""
    causes = []
    for side, mine, other in (("case", *pair), ("record", *reversed(pair))):
        subject = matcher.subject(mine)
        before = _fused(matcher, subject, other)
        for field, done in log.fields(mine):
            gain = _fused(matcher, log.repaired(subject, field), other) - before
            causes.append(TrueCause("case" if side == "case" else "record", field, done, gain))
    best = max(causes, key=lambda cause: cause.gain, default=None)
    return best if best is not None and best.gain >= WORTH_SAYING else None


def _fused(matcher: Matcher, subject: Subject, record_id: str) -> float:
    """Compare a subject, repaired or not, with a stored record, by the product's own plans."""
    prepared = matcher.prepared
    row = prepared.gallery.position(record_id)
    assert row is not None
    plans = compile_plans(subject, prepared)
    return float(exact_totals(plans, prepared.gallery, np.array([row]), prepared.fusion.combination)[0])


@dataclass(frozen=True, slots=True)
class _Log:
    """Corruptions and truth by record; of heights, only those that were tampered with."""

    done: Mapping[str, Mapping[str, frozenset[str]]]
    people: Mapping[str, Mapping[str, object]]
    heights: Mapping[str, int]

    def fields(self, record_id: str) -> Iterable[tuple[str, frozenset[str]]]:
        """Return the fields of a record that were tampered with, and how."""
        return self.done.get(record_id, {}).items()

    def repaired(self, subject: Subject, field: str) -> Subject:
        """Put one field of a record right."""
        person = self.people[subject.record_id]
        topic = TOPIC_OF[field]
        if topic == "name":
            return replace(subject, names=(ToldName(str(person["name"])),))
        if topic == "place":
            kept = tuple(place for place in subject.places if place.role not in {"home", "household"})
            return replace(subject, places=(*kept, ToldPlace(str(person["home"]))))
        if topic == "sex":
            sex: Sex = "male" if person["sex"] == "male" else "female"
            return replace(subject, sex=sex)
        if topic == "height":
            return replace(subject, height_cm=self.heights[subject.record_id])
        day, born = int(str(person["day"])), int(str(person["birth_day"]))
        birth = DayInterval(born - _HALF_YEAR, born + _HALF_YEAR)
        if topic == "birth":
            return replace(subject, birth=birth)
        # Without the date an age on the form said nothing; with it, it does.
        return replace(subject, event=DayInterval(day, day), birth=subject.birth or birth)


def _log(world: Path) -> _Log:
    folder = world / "truth"
    done: dict[str, dict[str, set[str]]] = {}
    heights: dict[str, int] = {}
    for row in pq.read_table(folder / "corruptions.parquet").to_pylist():
        if row["field"] == "height":
            if not row["truth"]:  # of a child: no form asks for it, so nothing was displaced
                continue
            heights[row["record_id"]] = int(row["truth"])
        if row["field"] in TOPIC_OF:
            done.setdefault(row["record_id"], {}).setdefault(row["field"], set()).add(row["cause"])
    persons = {row["person"]: row for row in pq.read_table(folder / "persons.parquet").to_pylist()}
    records = pq.read_table(folder / "records.parquet", columns=["record_id", "person", "day"]).to_pylist()
    return _Log(
        {
            record_id: {field: frozenset(causes) for field, causes in fields.items()}
            for record_id, fields in done.items()
        },
        {row["record_id"]: persons[row["person"]] | {"day": row["day"]} for row in records},
        heights,
    )


def text(answers: Sequence[Answer], *, markdown: bool) -> str:
    """Lay out every miss and the share of causes named."""
    header = ["stratum", "case", "record", "rank", "what was done", "gain", "named at", "first finding"]
    rows = [_row(answer) for answer in sorted(answers, key=lambda item: (item.stratum, item.found.probe_id))]
    return "\n".join([grid(header, rows, markdown=markdown), "", *summary(answers)])


def summary(answers: Sequence[Answer]) -> Iterator[str]:
    """Yield the shares, with their 95 % Wilson intervals."""
    places = [answer.place for answer in answers if answer.cause is not None]
    yield f"misses: {len(answers)}; with an injected cause that matters: {len(places)}"
    for label, most in (("first finding", 1), (f"first {FIRST_FINDINGS} findings", FIRST_FINDINGS), ("anywhere", 99)):
        share = wilson(sum(place is not None and place <= most for place in places), len(places))
        yield f"cause named by the {label}: {share.value:.3f} [{share.low:.3f} {share.high:.3f}]"


def _row(answer: Answer) -> list[str]:
    found, cause = answer.found, answer.cause
    done = f"{cause.side} {cause.field} {'+'.join(sorted(cause.causes))}" if cause else "-"
    gain = f"{cause.gain:+.2f}" if cause else ""
    named = "" if cause is None else str(answer.place or "no")
    first = found.findings[0] if found.findings else None
    said = f"{first.side} {first.topic} {first.cause}" if first else "-"
    return [answer.stratum, found.probe_id, found.record_id, str(found.rank), done, gain, named, said]
