"""Transcribed names: equivalents are strong, strangers are not, and the mean over the lexicon's own people is one."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

import numpy as np
import pytest

from matcher.phonetic import elements, transcribed
from matcher.phonetic.elements import (
    LANGUAGES,
    Language,
    character_shares,
    elements_by_language,
    forms_of,
    lexical_forms,
)
from matcher.phonetic.emission import WritingHabits
from matcher.phonetic.frequencies import cold_start
from matcher.phonetic.name_model import compile_name, likelihood_ratios, transcribed_ratios
from matcher.phonetic.name_query import NameQuery
from matcher.phonetic.name_table import TranscribedName, build_name_table, name_table_of, true_name_of
from matcher.phonetic.population import NameModel, default_model
from matcher.phonetic.written import understand


def log10_lr(query_text: str, name: str) -> float:
    query = compile_name(understand(query_text), default_model())
    assert query is not None
    return float(np.log10(likelihood_ratios(query, name_table_of([name]))[0]))


@pytest.mark.parametrize(
    ("told", "true"),
    [
        ("麦麦提", "买买提"), ("阿卜杜热合曼·阿迪力", "阿不都热合曼·阿地力"), ("次仁珠玛", "才让卓玛"),
        ("琪琪格", "其其格"),
        ("阿迪力", "阿迪力·买买提"), ("阿依古丽买买提", "阿依古丽·买买提"),
    ],
)  # fmt: skip
def test_equivalent_transcriptions(told: str, true: str) -> None:
    assert log10_lr(told, true) > 1.0
    assert log10_lr(told, true) > log10_lr(told, "尼加提·巴拉提") + 2.0


def test_names_are_taken_for_what_they_are() -> None:
    assert isinstance(true_name_of("阿迪力·买买提"), TranscribedName)
    assert isinstance(true_name_of("才让卓玛"), TranscribedName)
    assert not isinstance(true_name_of("马海"), TranscribedName)
    assert not isinstance(true_name_of("欧阳洪芝"), TranscribedName)


@pytest.fixture
def small_lexicon(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Keep a dozen elements of each language, so that every name can be enumerated."""
    cached = (
        elements.forms_of, elements.usual_forms, elements.transcription_shares, elements.lexical_forms,
        elements.character_shares, transcribed._lexical_rows,
    )  # fmt: skip
    cut = {
        code: tuple((share / sum(s for s, _ in rows[:12]), forms) for share, forms in rows[:12])
        for code, rows in elements.elements_by_language().items()
    }
    monkeypatch.setattr(elements, "elements_by_language", lambda: cut)
    monkeypatch.setattr(transcribed, "FROM_LEXICON", 1.0)
    for function in cached:
        function.cache_clear()
    yield
    for function in cached:
        function.cache_clear()


@pytest.mark.usefixtures("small_lexicon")
@pytest.mark.parametrize("told", ["才让卓玛", "阿迪力买买提", "图雅", "阿地里·麦麦提", "吐尔逊古力", "阿木古丽汗江"])
def test_mean_over_all_names_of_the_lexicon_is_one(told: str) -> None:
    query = compile_name(understand(told), NameModel(cold_start(), WritingHabits()))
    assert query is not None
    total = sum(language.share * mean_lr_of(query, language) for language in LANGUAGES)
    assert total == pytest.approx(query.transcribed_evidence / query.evidence, rel=1e-9)


def mean_lr_of(query: NameQuery, language: Language) -> float:
    """Average the LR over every name of a language."""
    shares = np.array(list(forms_of(language).values()))
    every = build_name_table([TranscribedName((form,)) for form in forms_of(language)])
    total = (1.0 - language.two_elements) * float(shares @ likelihood_ratios(query, every))
    first, second = (side.ravel() for side in np.indices((len(shares), len(shares))))
    for dotted, part in ((True, language.dotted), (False, 1.0 - language.dotted)):
        pairs = dataclasses.replace(
            every.transcribed,
            rows=np.arange(len(first)),
            first=first,
            second=second,
            dotted=np.full(len(first), dotted),
        )
        ratios = transcribed_ratios(query, dataclasses.replace(every, transcribed=pairs))
        total += language.two_elements * part * float((shares[first] * shares[second]) @ ratios)
    return total


def test_shares_sum_to_one() -> None:
    assert sum(lexical_forms().values()) == pytest.approx(1.0)
    assert sum(character_shares().values()) == pytest.approx(1.0)
    assert sum(language.share for language in LANGUAGES) == pytest.approx(1.0)
    every = (form for language in LANGUAGES for _, forms in elements_by_language()[language.code] for form in forms)
    assert all(2 <= len(form) <= 5 for form in every)
