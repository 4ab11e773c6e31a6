"""One pair's evidence as lines of plain text for a terminal, adding up to the total.

Bars and rules are ASCII: in a Chinese Windows console the block and box characters may take two columns each, and
would pull the table apart; a GBK pipe has no subscript digits and no true minus.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from matcher.llr import Language, verbal_scale
from matcher.report.facts import facts_of, headline_of
from matcher.report.figures import signed
from matcher.report.html.bars import AXIS_LIMIT
from matcher.report.phrases import missing_sentence, part_label, phrases
from matcher.report.relations import adjustment_label, other_relations
from matcher.report.text import columns_wide, printable
from matcher.types import Adjustment, ChannelEvidence, Hypothesis, Part, Subject

_LABEL = 12
_HALF_AXIS = 12
_VALUE = 8
_NARROWEST = 60
_PLAIN = str.maketrans({"−": "-", "₁": "1", "₀": "0"})


def explanation_lines(
    probe: Subject,
    record: Subject,
    channels: Sequence[ChannelEvidence],
    *,
    log10_lr: float,
    language: Language,
    adjustments: Sequence[Adjustment] = (),
    others: Mapping[Hypothesis, float] | None = None,
    width: int = 100,
) -> list[str]:
    """Lay out who is compared, each channel with its bar, parts and words, and the total.

    Parameters
    ----------
    probe, record : Subject
        The two sides.
    channels : sequence of ChannelEvidence
        One entry per channel, also for those with nothing to compare.
    log10_lr : float
        The fused log10 LR of the pair, as the ranking uses it; shown, not summed here.
    language : {"zh", "en"}
        Language of labels.
    adjustments : sequence of Adjustment
        What fusion took off; with the channels they add up to the total.
    others : mapping of Hypothesis to float or None
        Fused log10 LRs of what else the record's subject may be to the probe.
    width : int
        Columns of the terminal; words are wrapped to it. Less than 60 is taken as 60.

    Returns
    -------
    list of str
        Lines without line ends and without control characters.
    """
    text = phrases(language)
    room = max(width, _NARROWEST)
    rule = "-" * room
    lines = [*_side(probe, "case.probe", room, language), *_side(record, "case.record", room, language), rule]
    lines.append(_row(text["lead.evidence"], _axis(text["lead.against"], text["lead.for"]), text["lead.value"]))
    for evidence in channels:
        lines.extend(_channel(evidence, room, language))
    for adjustment in adjustments:
        lines.append(_row("", bar_text(adjustment.log10_lr), signed(adjustment.log10_lr)))
        lines[-1] += f"  {adjustment_label(adjustment, language)}"
    lines.append(rule)
    lines.append(
        _row(text["lead.total"], bar_text(log10_lr), signed(log10_lr)) + "  " + verbal_scale(log10_lr, language)
    )
    if others:
        weighed = [
            f"{text['relation.weighed']}{text['page.separator']}{item}" for item in other_relations(others, language)
        ]
        lines.extend(_fill(weighed, room, indent=0))
    lines.append("")
    lines.extend(_wrap(f"{text['page.lead_only']}{text['page.separator']}{text['page.lead_only_text']}", room))
    return [line.translate(_PLAIN) for line in lines]


def bar_text(log10_lr: float) -> str:
    """Draw a log10 LR as characters left or right of a zero line, on the axis of the HTML report.

    A weight that is not zero has at least one character; one beyond the axis ends in an arrow head.

    >>> bar_text(3.0)
    '            |######      '
    >>> bar_text(-9.0)
    '<###########|            '
    """
    drawn = min(abs(log10_lr), AXIS_LIMIT)
    length = max(round(_HALF_AXIS * drawn / AXIS_LIMIT), int(signed(log10_lr) != "0.00"))
    bar = "#" * length
    if log10_lr < 0:
        bar = "<" + bar[1:] if drawn < abs(log10_lr) else bar
        return f"{bar:>{_HALF_AXIS}}|{'':{_HALF_AXIS}}"
    bar = bar[1:] + ">" if drawn < abs(log10_lr) else bar
    return f"{'':{_HALF_AXIS}}|{bar:<{_HALF_AXIS}}"


def _side(subject: Subject, label: str, room: int, language: Language) -> Iterator[str]:
    """Say who one side is: a line of heading, then its facts."""
    text = phrases(language)
    heading = (f"{text[label]} {subject.record_id}", text[f"kind.{subject.kind}"], *headline_of(subject, language))
    yield from _wrap(text["page.separator"].join(heading), room)
    facts = [f"{fact.label} {text['page.list'].join(fact.values)}" for fact in facts_of(subject, language)]
    yield from _fill(facts, room, indent=2)


def _channel(evidence: ChannelEvidence, room: int, language: Language) -> Iterator[str]:
    """Lay out one channel: the bar, the parts where there are several, the words."""
    label = phrases(language)[f"channel.{evidence.channel}"]
    if evidence.comparison != "compared":
        yield _row(label, _axis("", ""), "—") + "  " + missing_sentence(evidence, language)
        return
    yield _row(label, bar_text(evidence.log10_lr), signed(evidence.log10_lr))
    if len(evidence.parts) > 1:
        yield from _fill([_part(part, language) for part in evidence.parts], room, indent=4)
    for sentence in evidence.words:
        yield from _wrap(sentence, room, indent=4)


def _part(part: Part, language: Language) -> str:
    return f"{part_label(part, language)} {signed(part.log10_lr)}"


def _axis(against: str, for_: str) -> str:
    return _pad(against, _HALF_AXIS - 1, right=True) + " |" + _pad(f" {for_}", _HALF_AXIS)


def _row(label: str, bar: str, value: str) -> str:
    return f"{_pad(label, _LABEL)}{bar}{_pad(value, _VALUE, right=True)}"


def _pad(text: str, columns: int, *, right: bool = False) -> str:
    """Fill with blanks to a number of terminal columns, which Python's own padding counts in characters."""
    blanks = " " * max(0, columns - columns_wide(text))
    return blanks + text if right else text + blanks


def _fill(items: Sequence[str], room: int, *, indent: int) -> Iterator[str]:
    """Put as many items on a line as it holds; only an item longer than a line is broken."""
    line = ""
    for item in items:
        longer = f"{line}  {item}" if line else item
        if line and columns_wide(printable(longer)) > room - indent:
            yield from _wrap(line, room, indent=indent)
            longer = item
        line = longer
    yield from _wrap(line, room, indent=indent)


def _wrap(text: str, room: int, *, indent: int = 0) -> Iterator[str]:
    """Break text into lines of at most `room` columns: at a blank where there is one, else between characters."""
    line = " " * indent
    for word in _breakable(printable(text).replace("\n", " ").replace("\t", " ")):
        if columns_wide(line) + columns_wide(word.rstrip()) > room and line.strip():
            yield line.rstrip()
            line = " " * indent
        line += word if line.strip() else word.lstrip()
    if line.strip():
        yield line.rstrip()


def _breakable(text: str) -> Iterator[str]:
    """Yield the pieces between which a line may end: Latin words with their blank, and single wide characters."""
    piece = ""
    for character in text:
        wide = columns_wide(character) > 1
        if wide and piece:
            yield piece
            piece = ""
        piece += character
        if wide or character == " ":
            yield piece
            piece = ""
    if piece:
        yield piece
