"""Words for a kinship LR: the ENFSI steps, and the thresholds of Chinese laboratory practice beside them.

Source: ENFSI Guideline for Evaluative Reporting in Forensic Science (2015); GB/T 37223-2018 as laboratories apply it
(cumulative index of at least 10,000 supports, below 0.0001 rejects, in between more loci are needed).
"""

from __future__ import annotations

from matcher.llr import Language, verbal_scale

SUPPORTS, REJECTS = 4.0, -4.0
"""log10 of the cumulative index at which practice supports or rejects a relation."""


def kinship_words(log10_lr: float, language: Language) -> str:
    """Say what a kinship LR amounts to; a finding from a database search needs more than this (see METHOD.md).

    >>> kinship_words(4.3, "en")
    'very strong support for the stated relation; practice: supports (CPI >= 10,000)'
    >>> kinship_words(1.2, "zh")
    '中等支持所述亲缘关系；鉴定惯例：不足以下结论，应增加基因座'
    """
    words = verbal_scale(log10_lr, language, "relation")
    return (
        f"{words}；鉴定惯例：{_practice_zh(log10_lr)}"
        if language == "zh"
        else f"{words}; practice: {_practice_en(log10_lr)}"
    )


def _practice_zh(log10_lr: float) -> str:
    if log10_lr >= SUPPORTS:
        return "支持（累积亲权指数不低于 10000）"
    return "不支持（累积亲权指数低于 0.0001）" if log10_lr < REJECTS else "不足以下结论，应增加基因座"


def _practice_en(log10_lr: float) -> str:
    if log10_lr >= SUPPORTS:
        return "supports (CPI >= 10,000)"
    return "rejects (CPI < 0.0001)" if log10_lr < REJECTS else "inconclusive, type more loci"
