"""What a relative is to the subject, in words, read off the pedigree."""

from __future__ import annotations

from collections.abc import Sequence

from matcher.llr import Language
from matcher.types import SUBJECT, PedigreeMember

_WORDS: dict[str, tuple[str, str, str, str]] = {
    # relation: Chinese male, female or unknown; English male, female or unknown
    "parent": ("父亲", "母亲", "father", "mother"),
    "child": ("儿子", "女儿", "son", "daughter"),
    "full_sibling": ("同胞兄弟", "同胞姐妹", "full brother", "full sister"),
    "half_sibling": ("半同胞兄弟", "半同胞姐妹", "half brother", "half sister"),
    "grandparent": ("祖父或外祖父", "祖母或外祖母", "grandfather", "grandmother"),
    "grandchild": ("孙子或外孙", "孙女或外孙女", "grandson", "granddaughter"),
    "uncle": ("叔伯舅", "姑姨", "uncle", "aunt"),
    "nephew": ("侄子或外甥", "侄女或外甥女", "nephew", "niece"),
    "spouse": ("子女之父", "子女之母", "father of the child", "mother of the child"),
    "other": ("亲属", "亲属", "relative", "relative"),
}
_UNKNOWN_SEX: dict[str, tuple[str, str]] = {
    "child": ("子女", "child"),
    "full_sibling": ("全同胞", "full sibling"),
    "half_sibling": ("半同胞", "half sibling"),
    "grandchild": ("孙辈", "grandchild"),
    "uncle": ("父母的同胞", "parent's sibling"),
    "nephew": ("同胞的子女", "sibling's child"),
}


def kin_term(members: Sequence[PedigreeMember], member: str, language: Language) -> str:
    """Name a member by relation and sex."""
    relation = relation_to_subject(members, member)
    by_name = {m.member: m for m in members}
    sex = by_name[member].sex
    if sex is None:
        fathers = {m.father for m in members}
        mothers = {m.mother for m in members}
        sex = "male" if member in fathers else "female" if member in mothers else None
    if sex is None and relation in _UNKNOWN_SEX:
        return _UNKNOWN_SEX[relation][0 if language == "zh" else 1]
    return _WORDS[relation][(0 if language == "zh" else 2) + (sex == "female")]


def relation_to_subject(members: Sequence[PedigreeMember], member: str) -> str:
    """Return the key of the nearest relation: parent, child, full_sibling, ... or other."""
    parents = {m.member: frozenset({m.father, m.mother} - {None}) for m in members}
    mine, theirs = parents.get(SUBJECT, frozenset()), parents[member]
    if member in mine:
        return "parent"
    if SUBJECT in theirs:
        return "child"
    shared = len(mine & theirs)
    if shared:
        return "full_sibling" if shared == 2 else "half_sibling"
    if any(member in parents[str(parent)] for parent in mine):
        return "grandparent"
    if any(SUBJECT in parents[str(parent)] for parent in theirs):
        return "grandchild"
    if any(theirs and theirs == parents[str(parent)] for parent in mine):
        return "uncle"
    if any(mine and mine == parents[str(parent)] for parent in theirs):
        return "nephew"
    children = [name for name, own in parents.items() if SUBJECT in own]
    return "spouse" if any(member in parents[child] for child in children) else "other"
