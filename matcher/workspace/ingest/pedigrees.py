"""Sample numbers of relatives to a pedigree around the subject.

Assumptions, which a form cannot contradict: siblings are full siblings, children have one other parent, grandparents
without a side are the father's parents (autosomal markers do not tell sides apart). Sex does not matter to autosomal
markers either: a subject whose sex is unknown stands in the father's place of the children.
"""

from __future__ import annotations

from collections.abc import Mapping

from matcher.types import SUBJECT, PedigreeMember, Sex, StrProfile

Samples = Mapping[str, tuple[str, ...]]
"""Sample numbers by relation: own, father, mother, child, sibling, spouse, grandparent, maternal_grandparent."""

RELATIONS = ("own", "father", "mother", "child", "sibling", "spouse", "grandparent", "maternal_grandparent")
AT_MOST = {"own": 1, "father": 1, "mother": 1, "spouse": 1, "grandparent": 2, "maternal_grandparent": 2}


def pedigree_of(samples: Samples, sex: Sex | None) -> tuple[StrProfile | None, tuple[PedigreeMember, ...]]:
    """Return the subject's own (empty) profile and the pedigree; an empty pedigree when no relative has a sample.

    Profiles carry sample numbers only; their genotypes come from the laboratory's table.

    >>> own, members = pedigree_of({"own": ("S1",), "mother": ("M1",)}, "male")
    >>> [(m.member, m.father, m.mother, m.profile and m.profile.sample_id) for m in members]
    [('subject', 'father', 'mother', 'S1'), ('father', None, None, None), ('mother', None, None, 'M1')]
    """
    own = _profile(samples.get("own", ()), 0)
    if not any(samples.get(relation) for relation in RELATIONS if relation != "own"):
        return own, ()
    upward = any(
        samples.get(relation) for relation in ("father", "mother", "sibling", "grandparent", "maternal_grandparent")
    )
    father, mother = ("father", "mother") if upward else (None, None)
    members = [PedigreeMember(SUBJECT, father, mother, sex, own)]
    if upward:
        members += _parents(samples)
        members += [
            PedigreeMember(f"sibling-{n}", "father", "mother", None, StrProfile(sample, {}))
            for n, sample in enumerate(samples.get("sibling", ()), 1)
        ]
    members += _descendants(samples, sex)
    # A spouse without children tells nothing about the subject.
    return own, tuple(members) if len(members) > 1 else ()


def _parents(samples: Samples) -> list[PedigreeMember]:
    members = []
    sides: tuple[tuple[str, Sex, str], ...] = (
        ("father", "male", "grandparent"),
        ("mother", "female", "maternal_grandparent"),
    )
    for parent, sex, grand in sides:
        above = samples.get(grand, ())
        father, mother = (f"{parent}-father", f"{parent}-mother") if above else (None, None)
        members.append(PedigreeMember(parent, father, mother, sex, _profile(samples.get(parent, ()), 0)))
        if above:
            members.append(PedigreeMember(f"{parent}-father", None, None, "male", _profile(above, 0)))
            members.append(PedigreeMember(f"{parent}-mother", None, None, "female", _profile(above, 1)))
    return members


def _descendants(samples: Samples, sex: Sex | None) -> list[PedigreeMember]:
    children = samples.get("child", ())
    if not children:
        return []
    father, mother = ("partner", SUBJECT) if sex == "female" else (SUBJECT, "partner")
    partner_sex: Sex | None = None if sex is None else ("male" if sex == "female" else "female")
    partner = PedigreeMember("partner", None, None, partner_sex, _profile(samples.get("spouse", ()), 0))
    return [
        partner,
        *(
            PedigreeMember(f"child-{n}", father, mother, None, StrProfile(sample, {}))
            for n, sample in enumerate(children, 1)
        ),
    ]


def _profile(samples: tuple[str, ...], place: int) -> StrProfile | None:
    return StrProfile(samples[place], {}) if place < len(samples) else None
