"""The fixed phrases of the outputs in the language asked for."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from types import MappingProxyType

from matcher.llr import Language
from matcher.types import ChannelEvidence, Lead, Part

_MOST_NAMED = 12
_ENDS = tuple("。！？；….!?;")


@cache
def phrases(language: Language) -> Mapping[str, str]:
    """Return every phrase by its key `section.name`.

    >>> phrases("en")["channel.face"]
    'Face'
    """
    tables = tomllib.loads(_data("phrases.toml"))
    return MappingProxyType(
        {
            f"{section}.{name}": wording[language]
            for section, entries in tables.items()
            for name, wording in entries.items()
        }
    )


@dataclass(frozen=True, slots=True)
class Term:
    """A notion explained to the reader; `key` is the same in both languages."""

    key: str
    name: str
    meaning: str


@cache
def glossary(language: Language) -> tuple[Term, ...]:
    """Return the terms in the order in which a reader meets them.

    >>> glossary("en")[3].name
    'log₁₀ LR'
    """
    entries = tomllib.loads(_data("glossary.toml"))["term"]
    return tuple(Term(entry["key"], entry[language], entry[f"{language}_meaning"]) for entry in entries)


def part_label(part: Part, language: Language) -> str:
    """Name the column that a part is about; a DNA locus keeps its own name.

    >>> part_label(Part("demographics", "birth", 0.1), "zh"), part_label(Part("dna", "TH01", 0.1), "zh")
    ('出生', 'TH01')
    """
    return phrases(language).get(f"part.{part.column}", part.column)


def prose(words: Sequence[str], language: Language) -> str:
    """Join the sentences of an explanation, each with its full stop and, in English, its capital letter.

    >>> prose(("性别相同", "出生年份重叠。"), "zh")
    '性别相同。出生年份重叠。'
    """
    end = phrases(language)["page.sentence_end"]
    gap = end.strip("。.")
    ended = [sentence if sentence.endswith(_ENDS) else sentence + end.rstrip() for sentence in words if sentence]
    if language == "en":
        ended = [sentence[0].upper() + sentence[1:] for sentence in ended]
    return gap.join(ended)


def missing_sentence(evidence: ChannelEvidence, language: Language) -> str:
    """Say which side lacks the material of a channel that was not compared.

    >>> missing_sentence(ChannelEvidence("dna", 0.0, "record_missing"), "zh")
    '记录无 DNA 分型，未比较'
    """
    text = phrases(language)
    return text[f"missing.{evidence.comparison}"].format(material=text[f"material.{evidence.channel}"])


def same_person(lead: Lead, language: Language) -> str:
    """Name the further records taken for the same person as a lead; empty when there is none."""
    if not lead.others:
        return ""
    text = phrases(language)
    records = named([other.record_id for other in lead.others], language)
    return text["lead.same_person"].format(count=len(lead.others), records=records)


def named(record_ids: Sequence[str], language: Language) -> str:
    """List case numbers, the first dozen of many."""
    text = phrases(language)
    shown = text["page.list"].join(record_ids[:_MOST_NAMED])
    return shown if len(record_ids) <= _MOST_NAMED else f"{shown} {text['lead.and_more']}"


def missing_summary(evidence: ChannelEvidence, language: Language) -> str:
    """Name a channel that was not compared and the side that lacks its material, in two words."""
    text = phrases(language)
    return text[f"missing_short.{evidence.comparison}"].format(channel=text[f"channel.{evidence.channel}"])


def _data(name: str) -> str:
    return (resources.files("matcher.report") / "data" / name).read_text("utf-8")
