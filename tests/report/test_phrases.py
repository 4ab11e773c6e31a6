from __future__ import annotations

import string
import tomllib
from importlib import resources
from typing import get_args

import pytest

from matcher.llr import Language
from matcher.phonetic.channel import COLUMNS
from matcher.report.phrases import glossary, missing_sentence, missing_summary, phrases, prose
from matcher.types import CHANNEL_NAMES, ChannelEvidence, Comparison, NameKind, PlaceRole, RecordKind, Sex

DATA = resources.files("matcher.report") / "data"


def test_every_phrase_stands_in_both_languages() -> None:
    tables = tomllib.loads((DATA / "phrases.toml").read_text("utf-8"))
    wrong = [
        f"{section}.{key}"
        for section, entries in tables.items()
        for key, wording in entries.items()
        if set(wording) != {"zh", "en"}
    ]
    assert tables
    assert not wrong


def test_both_languages_fill_in_the_same_fields() -> None:
    chinese, english = phrases("zh"), phrases("en")

    def fields(text: str) -> set[str]:
        return {name for _, name, _, _ in string.Formatter().parse(text) if name}

    assert {key: fields(text) for key, text in chinese.items()} == {key: fields(text) for key, text in english.items()}


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_closed_set_has_its_words(language: str) -> None:
    text = phrases("zh" if language == "zh" else "en")
    needed = {
        "channel": CHANNEL_NAMES,
        "material": CHANNEL_NAMES,
        "kind": get_args(RecordKind),
        "event": get_args(RecordKind),
        "sex": get_args(Sex),
        "name_kind": get_args(NameKind),
        "role": get_args(PlaceRole),
        "missing": [c for c in get_args(Comparison) if c != "compared"],
        "missing_short": [c for c in get_args(Comparison) if c != "compared"],
    }
    assert not [
        f"{section}.{key}" for section, keys in needed.items() for key in keys if f"{section}.{key}" not in text
    ]


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_column_of_names_has_its_word(language: Language) -> None:
    text = phrases(language)
    assert [column.name for column in COLUMNS if f"part.{column.name}" not in text] == []


def test_missing_evidence_names_its_side() -> None:
    assert missing_sentence(ChannelEvidence("face", 0.0, "probe_missing"), "zh") == "本案无照片，未比较"
    assert missing_sentence(ChannelEvidence("face", 0.0, "record_missing"), "zh") == "记录无照片，未比较"
    assert missing_summary(ChannelEvidence("dna", 0.0, "both_missing"), "en") == "DNA (both)"


def test_the_glossary_has_distinct_terms_in_both_languages() -> None:
    chinese, english = glossary("zh"), glossary("en")
    assert [term.key for term in chinese] == [term.key for term in english]
    assert len({term.key for term in chinese}) == len(chinese) > 0
    assert all(term.name and term.meaning for term in (*chinese, *english))


@pytest.mark.parametrize(
    ("words", "chinese", "english"),
    [
        ((), "", ""),
        (("a", "b."), "a。b.", "A. B."),
        (("一。", "二"), "一。二。", "一。 二."),
        (("", "三！"), "三！", "三！"),
    ],
)
def test_sentences_are_ended_and_joined(words: tuple[str, ...], chinese: str, english: str) -> None:
    assert (prose(words, "zh"), prose(words, "en")) == (chinese, english)
