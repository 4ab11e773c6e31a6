"""What fusion and the competing hypotheses add to a lead, in words: adjustments, and whom a record is about."""

from __future__ import annotations

from collections.abc import Mapping

from matcher.llr import Language
from matcher.report.figures import percent, signed
from matcher.report.phrases import phrases
from matcher.types import Adjustment, Hypothesis, Lead


def adjustment_label(adjustment: Adjustment, language: Language) -> str:
    """Name an adjustment by its channels.

    >>> adjustment_label(Adjustment("tied", ("name", "place"), -0.4), "en")
    'Name and Place say it twice'
    """
    text = phrases(language)
    names = [text[f"channel.{channel}"] for channel in adjustment.channels]
    return text[f"adjustment.{adjustment.kind}"].format(first=names[0], second=names[-1])


def adjustment_reason(adjustment: Adjustment, language: Language) -> str:
    """Say why fusion adjusts."""
    return phrases(language)[f"adjustment.{adjustment.kind}_why"]


def likelier_relation(lead: Lead, listed: Hypothesis, language: Language) -> str:
    """Say that a record is likelier about somebody else than the list asks for; empty where it is not.

    >>> from matcher.types import HypothesisShare
    >>> shares = (HypothesisShare("self", 3.0, 0.1), HypothesisShare("sibling", 5.0, 0.8))
    >>> likelier_relation(Lead("A", "R", 1, 3.0, 0.1, (), (), shares), "self", "en")
    'More likely a sibling (80.0%) than the person (10.0%)'
    """
    best = max(lead.hypotheses, key=lambda share: share.posterior, default=None)
    if best is None or best.hypothesis == listed:
        return ""
    text = phrases(language)
    return text["relation.likelier"].format(
        kin=text[f"hypothesis.{best.hypothesis}"],
        share=percent(best.posterior),
        own=text[f"hypothesis.{listed}"],
        posterior=percent(next((s.posterior for s in lead.hypotheses if s.hypothesis == listed), lead.posterior)),
    )


def other_relations(others: Mapping[Hypothesis, float], language: Language) -> tuple[str, ...]:
    """Give the fused log10 LR of each other hypothesis.

    >>> other_relations({"sibling": 2.0}, "en")
    ('a sibling +2.00',)
    """
    text = phrases(language)
    return tuple(
        text["relation.other"].format(relation=text[f"hypothesis.{name}"], value=signed(value))
        for name, value in others.items()
    )
