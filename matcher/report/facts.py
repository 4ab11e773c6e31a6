"""What a record says about its subject, as label and value, in the order in which an analyst asks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from matcher.llr import Language
from matcher.report.figures import days
from matcher.report.phrases import phrases
from matcher.types import CHANNEL_NAMES, SUBJECT, ChannelName, Subject, ToldName


@dataclass(frozen=True, slots=True)
class Fact:
    """One line of a record.

    Parameters
    ----------
    label : str
        What is told.
    values : tuple of str
        As told; never empty.
    """

    label: str
    values: tuple[str, ...]


def facts_of(subject: Subject, language: Language) -> tuple[Fact, ...]:
    """List what a record holds, photographs and free notes apart; absent evidence has no line."""
    text = phrases(language)
    lines = (
        (text["fact.name"], tuple(_name(name, language) for name in subject.own_names)),
        (text["fact.relatives"], tuple(_relative(name, language) for name in subject.relatives)),
        (text["fact.sex"], (text[f"sex.{subject.sex}"],) if subject.sex else ()),
        (text["fact.birth"], (birth_of(subject, language),) if subject.birth else ()),
        *_places(subject, language),
        (text["fact.accent"], (subject.accent,) if subject.accent else ()),
        (text["fact.height"], _height(subject, language)),
        (text["fact.dna"], tuple(_dna(subject, language))),
    )
    return tuple(Fact(label, values) for label, values in lines if values)


def birth_of(subject: Subject, language: Language) -> str:
    """Write the birth interval, marked when it was estimated; empty when unknown."""
    if subject.birth is None:
        return ""
    written = days(subject.birth, language)
    return phrases(language)["unit.about"].format(value=written) if subject.birth_estimated else written


def headline_of(subject: Subject, language: Language) -> tuple[str, ...]:
    """Return station and date of a record, what is known of them."""
    text = phrases(language)
    happened = f"{text[f'event.{subject.kind}']} {days(subject.event, language)}" if subject.event else ""
    return tuple(item for item in (subject.station or "", happened) if item)


def evidence_held(subject: Subject) -> tuple[ChannelName, ...]:
    """Name the channels for which a record holds something to compare."""
    typed = any(member.profile is not None for member in subject.pedigree)
    held: dict[ChannelName, bool] = {
        "face": bool(subject.photos),
        "name": bool(subject.names),
        "place": bool(subject.places),
        "dna": subject.profile is not None or typed,
        "demographics": any(item is not None for item in (subject.sex, subject.birth, subject.event)),
    }
    return tuple(channel for channel in CHANNEL_NAMES if held[channel])


def _name(name: ToldName, language: Language) -> str:
    """Write a name with where it comes from; told by the subject is the rule and goes without saying."""
    text = phrases(language)
    marks = [text[f"name_kind.{name.kind}"]] if name.kind != "told" else []
    if name.sound_only and "音" not in name.text:
        marks.append(text["name_kind.sound_only"])
    if not marks:
        return name.text
    inner = "，".join(marks) if language == "zh" else ", ".join(marks)
    return f"{name.text}（{inner}）" if language == "zh" else f"{name.text} ({inner})"


def _relative(name: ToldName, language: Language) -> str:
    """Write the name of a relative behind the relation."""
    relation = phrases(language)[f"name_kind.{name.kind}"]
    plain = _name(replace(name, kind="told"), language)
    return f"{relation}：{plain}" if language == "zh" else f"{relation}: {plain}"


def _places(subject: Subject, language: Language) -> Iterator[tuple[str, tuple[str, ...]]]:
    by_role: dict[str, list[str]] = {}
    for place in subject.places:
        by_role.setdefault(place.role, []).append(place.text)
    for role, places in by_role.items():
        yield phrases(language)[f"role.{role}"], tuple(places)


def _height(subject: Subject, language: Language) -> tuple[str, ...]:
    if subject.height_cm is None:
        return ()
    return (phrases(language)["unit.centimetres"].format(value=subject.height_cm),)


def _dna(subject: Subject, language: Language) -> Iterator[str]:
    text = phrases(language)
    if subject.profile is not None:
        sample, loci = subject.profile.sample_id, len(subject.profile.genotypes)
        yield text["unit.loci"].format(sample=sample, count=loci)
    relatives = sum(member.profile is not None and member.member != SUBJECT for member in subject.pedigree)
    if relatives:
        yield text["unit.relatives"].format(count=relatives)
