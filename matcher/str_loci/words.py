"""Words for a comparison of DNA, Chinese and English; every number is counted from the typings or the parts."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from matcher.llr import Language
from matcher.str_loci.alleles import format_genotype, repeat_steps
from matcher.str_loci.kin_terms import kin_term
from matcher.types import SUBJECT, Genotype, Part, PedigreeMember, Subject

BOUNDED = "bounded"

STRONG_DISAGREEMENT = -1.0
"""Loci below this log10 LR are named one by one: ten times less likely under the stated relation."""


def describe_comparison(probe: Subject, record: Subject, parts: Sequence[Part], language: Language) -> tuple[str, ...]:
    """Put a comparison into sentences; none where no part speaks of DNA."""
    loci = [part for part in parts if part.column != BOUNDED]
    if not loci:
        return ()
    probe_own, record_own = _own(probe), _own(record)
    direct = [part for part in loci if all(x in probe_own and x in record_own for x in part.column.split("+"))]
    by_family = [part for part in loci if part not in direct]
    sentences = []
    if direct:
        sentences.append(_direct_sentence(direct, probe_own, record_own, language))
    if by_family:
        family = record if any(part.column in probe_own for part in by_family) else probe
        own = probe_own if family is record else record_own
        sentences += _family_sentences(by_family, own, family, language)
    sentences += [_bound_sentence(part, language) for part in parts if part.column == BOUNDED]
    return tuple(sentences)


def _count(parts: Sequence[Part]) -> int:
    """Count the loci; what two linked loci say together is no further locus."""
    return sum("+" not in part.column for part in parts)


def _own(subject: Subject) -> Mapping[str, Genotype]:
    return subject.profile.genotypes if subject.profile is not None else {}


def _direct_sentence(
    parts: Sequence[Part], probe: Mapping[str, Genotype], record: Mapping[str, Genotype], language: Language
) -> str:
    differing = [x.column for x in parts if "+" not in x.column and probe[x.column] != record[x.column]]
    total = math.fsum(part.log10_lr for part in parts)
    shown = "、".join(
        f"{locus} {format_genotype(probe[locus])}≠{format_genotype(record[locus])}" for locus in differing[:5]
    )
    more = "…" if len(differing) > 5 else ""
    if language == "zh":
        tail = f"，{len(differing)} 个不一致（{shown}{more}）" if differing else "，全部一致"
        return f"本人 DNA 直接比对：{_count(parts)} 个基因座{tail}；log10 LR {total:+.2f}"
    shown = shown.replace("、", ", ")
    tail = f"{len(differing)} differ ({shown}{more})" if differing else "all equal"
    return f"Own DNA compared directly: {_count(parts)} loci, {tail}; log10 LR {total:+.2f}"


def _family_sentences(
    parts: Sequence[Part], own: Mapping[str, Genotype], family: Subject, language: Language
) -> list[str]:
    typed = [m for m in family.pedigree if m.profile is not None and m.member != SUBJECT]
    terms = (kin_term(family.pedigree, m.member, language) for m in typed)
    total = math.fsum(part.log10_lr for part in parts)
    if language == "zh":
        sentences = [f"与家属（{'、'.join(terms)}）的 DNA 比对：{_count(parts)} 个基因座；log10 LR {total:+.2f}"]
    else:
        sentences = [f"DNA compared with relatives ({', '.join(terms)}): {_count(parts)} loci; log10 LR {total:+.2f}"]
    for member in typed:
        sentences += _parent_child_sentence(parts, own, family, member, language)
    weak = sorted((part for part in parts if part.log10_lr < STRONG_DISAGREEMENT), key=lambda part: part.log10_lr)
    if weak:
        shown = ", ".join(f"{part.column} {part.log10_lr:+.2f}" for part in weak[:5]) + ("…" if len(weak) > 5 else "")
        word = "不支持该关系的基因座：" if language == "zh" else "Loci that speak against the relation: "
        sentences.append(word + shown)
    return sentences


def _parent_child_sentence(
    parts: Sequence[Part],
    own: Mapping[str, Genotype],
    family: Subject,
    member: PedigreeMember,
    language: Language,
) -> list[str]:
    """Name the loci at which a parent or child shares no allele, with the smallest number of steps."""
    mine = next((m for m in family.pedigree if m.member == SUBJECT), None)
    if mine is None or (
        member.member not in (mine.father, mine.mother) and SUBJECT not in (member.father, member.mother)
    ):
        return []
    theirs = member.profile.genotypes if member.profile is not None else {}
    broken = [
        (part.column, min(repeat_steps(a, b) for a in own[part.column] for b in theirs[part.column]))
        for part in parts
        if part.column in theirs and part.column in own and not set(own[part.column]) & set(theirs[part.column])
    ]
    term = kin_term(family.pedigree, member.member, language)
    if not broken:
        return [
            f"与{term}各基因座均有共同等位基因"
            if language == "zh"
            else f"Shares an allele with the {term} at every locus"
        ]
    if language == "zh":
        shown = "、".join(f"{locus} 差 {steps:g} 步" for locus, steps in broken[:5]) + ("…" if len(broken) > 5 else "")
        return [f"与{term}有 {len(broken)} 个基因座无共同等位基因：{shown}"]
    shown = ", ".join(f"{locus} {steps:g} {'step' if steps == 1 else 'steps'}" for locus, steps in broken[:5]) + (
        "…" if len(broken) > 5 else ""
    )
    return [f"Shares no allele with the {term} at {len(broken)} loci: {shown}"]


def _bound_sentence(part: Part, language: Language) -> str:
    if language == "zh":
        side = "下限（样本调换或亲缘关系不实的可能）" if part.log10_lr > 0 else "上限（模型可检验的范围）"
        return f"DNA 证据按{side}收窄 {part.log10_lr:+.2f}"
    side = (
        "floor (samples may be swapped, relations untrue)" if part.log10_lr > 0 else "ceiling of what can be validated"
    )
    return f"DNA evidence limited by the {side}: {part.log10_lr:+.2f}"
