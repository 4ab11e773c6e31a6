"""Transcribed names: equivalents are strong, strangers are not, and the mean over the lexicon's own people is one."""

from __future__ import annotations

import dataclasses
import itertools

import numpy as np
import pytest

from matcher.phonetic import transcribed
from matcher.phonetic.elements import character_shares, lexical_forms, lexicon
from matcher.phonetic.emission import WritingHabits
from matcher.phonetic.frequencies import cold_start
from matcher.phonetic.name_model import (
    NameModel,
    compile_name,
    default_model,
    likelihood_ratios,
    transcribed_ratios,
)
from matcher.phonetic.name_table import TranscribedName, build_name_table, name_table_of, true_name_of
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


@pytest.mark.parametrize("told", ["才让卓玛", "阿迪力买买提", "图雅", "阿地里·麦麦提"])
def test_mean_over_all_names_of_the_lexicon_is_one(told: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transcribed, "FROM_LEXICON", 1.0)
    query = compile_name(understand(told), NameModel(cold_start(), WritingHabits()))
    assert query is not None
    forms, shares = list(lexical_forms()), np.array(list(lexical_forms().values()))
    count = len(forms)
    every = build_name_table([TranscribedName((form,)) for form in forms])
    first, second = np.divmod(np.arange(count * count), count)
    total = (1.0 - transcribed.TWO_ELEMENTS) * float(shares @ likelihood_ratios(query, every))
    for dotted, part in ((True, transcribed.DOTTED_SHARE), (False, 1.0 - transcribed.DOTTED_SHARE)):
        pairs = dataclasses.replace(
            every.transcribed,
            rows=np.arange(len(first)),
            first=first,
            second=second,
            dotted=np.full(len(first), dotted),
        )
        ratios = transcribed_ratios(query, dataclasses.replace(every, transcribed=pairs))
        total += transcribed.TWO_ELEMENTS * part * float((shares[first] * shares[second]) @ ratios)
    assert total == pytest.approx(query.transcribed_evidence / query.evidence, rel=1e-9)


def test_shares_sum_to_one() -> None:
    assert sum(lexical_forms().values()) == pytest.approx(1.0)
    assert sum(character_shares().values()) == pytest.approx(1.0)
    every = itertools.chain.from_iterable(element.forms for element in lexicon())
    assert all(2 <= len(form) <= 5 for form in every)
