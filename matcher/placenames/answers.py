"""Search answers for people and for machines: path, weight, tie group, and in words why a place is proposed."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from matcher.errors import InputError, MatcherError, UsageError
from matcher.llr import Language
from matcher.phonetic.confusion import SPEECH_REGIONS
from matcher.phonetic.normalise import UNKNOWN_CHARACTER
from matcher.phonetic.regions import region_of_accent
from matcher.placenames.gazetteer import Gazetteer
from matcher.placenames.names import folded, place_readings
from matcher.placenames.search import Candidate, Searcher

# Names of dialect groups that other tables use, for the regions of the sound model.
_GROUPS = {
    "xinan": "chuanyu",
    "lanyin": "gan_ning_qing_xin",
    "jilu": "jilu_jiaoliao",
    "jiaoliao": "jilu_jiaoliao",
    "hakka": "kejia",
}


@dataclass(frozen=True, slots=True)
class Answer:
    """One proposed place.

    Parameters
    ----------
    code : str or None
        6, 9 or 12 digits; None when the lists give none.
    name : str
        Current name.
    path : tuple of str
        Names from the province down to the place.
    level : int
        1 province ... 5 village.
    log10_lr : float
        As in `Candidate`.
    tie_group : int
        As in `Candidate`.
    why : tuple of str
        What fits and how, one sentence each.
    """

    code: str | None
    name: str
    path: tuple[str, ...]
    level: int
    log10_lr: float
    tie_group: int
    why: tuple[str, ...]

    def as_json(self) -> dict[str, object]:
        """Return the fields of the batch contract."""
        return {
            "code": self.code,
            "name": self.name,
            "path": list(self.path),
            "level": self.level,
            "log10_lr": round(self.log10_lr, 4),
            "tie_group": self.tie_group,
            "why": list(self.why),
        }


def answers(gazetteer: Gazetteer, candidates: Iterable[Candidate], language: Language = "zh") -> tuple[Answer, ...]:
    """Put candidates into words."""
    return tuple(
        Answer(
            code=gazetteer.code(item.gid) or None,
            name=gazetteer.name(item.gid),
            path=gazetteer.path(item.gid),
            level=int(gazetteer.level[item.gid]),
            log10_lr=item.log10_lr,
            tie_group=item.tie_group,
            why=_why(gazetteer, item, language),
        )
        for item in candidates
    )


def region_for(dialect: str | None) -> str | None:
    """Return the region of the sound model that a dialect option means; None for none.

    Raises
    ------
    UsageError
        When it means no region.

    >>> region_for("四川"), region_for("wu"), region_for("hakka")
    ('chuanyu', 'wu', 'kejia')
    """
    if dialect is None or not dialect.strip():
        return None
    word = dialect.strip()
    region = _GROUPS.get(word.lower()) or (word.lower() if word.lower() in SPEECH_REGIONS else region_of_accent(word))
    if region is None:
        known = ", ".join((*SPEECH_REGIONS, *_GROUPS))
        raise UsageError(
            f"dialect '{word[:40]}' is not known", remedy=f"use words such as 四川, 粤语, or one of {known}"
        )
    return region


def search_batch(
    searcher: Searcher, requests: Iterable[tuple[int, Mapping[str, object]]], *, top: int, language: Language = "zh"
) -> Iterator[dict[str, object]]:
    """Answer requests one by one, in their order.

    Parameters
    ----------
    searcher : Searcher
        The searcher.
    requests : iterable of (line number, object)
        Objects with `query` and, optionally, `id`, `scope` and `dialect`.
    top : int
        At most this many candidates each.

    Yields
    ------
    dict
        `id` and `candidates`; where nothing is close there are none and `unknown` is true; a request that cannot be
        answered has none and says why in `error`.
    """
    for number, request in requests:
        identity = request.get("id", number)
        try:
            query, scope, dialect = (_text(request, field) for field in ("query", "scope", "dialect"))
            found = searcher.search(query or "", scope=scope, region=region_for(dialect), top=top)
        except MatcherError as error:
            yield {"id": identity, "candidates": [], "error": str(error)}
            continue
        yield answer_json(identity, answers(searcher.gazetteer, found, language))


def answer_json(identity: object, listed: Sequence[Answer]) -> dict[str, object]:
    """Return one object of the batch contract; `unknown` says that nothing in the lists is close."""
    found: dict[str, object] = {"id": identity, "candidates": [item.as_json() for item in listed]}
    return found if listed else found | {"unknown": True}


def _text(request: Mapping[str, object], field: str) -> str | None:
    value = request.get(field)
    if value is None or isinstance(value, str):
        return value
    raise InputError(
        f"field '{field}': {json.dumps(value, ensure_ascii=False)[:40]} is no text", remedy="give a string"
    )


def _why(gazetteer: Gazetteer, item: Candidate, language: Language) -> tuple[str, ...]:
    chinese = language == "zh"
    borne = str(gazetteer.places.column("core")[item.via])
    kind = agreement(item.heard, borne, language)
    sentences = [f"“{item.heard}”与“{borne}”{kind}" if chinese else f"'{item.heard}' and '{borne}': {kind}"]
    if item.via != item.gid and gazetteer.how(item.via):
        sentences.append(former_words(gazetteer, item.via, language))
    elif item.via != item.gid:
        inner = gazetteer.name(item.via)
        sentences.append(
            f"辖有{inner},旧乡镇之名常存于村" if chinese else f"contains {inner}; old townships live on as villages"
        )
    for words, above in item.around:
        if above >= 0:
            name = gazetteer.name(above)
            sentences.append(f"上级“{words}”合于{name}" if chinese else f"'{words}' fits {name} above it")
        else:
            sentences.append(f"“{words}”与其上级不合" if chinese else f"'{words}' fits no place above it")
    if gazetteer.how(item.gid) == "unknown":
        sentences.append("旧地名,现属不详" if chinese else "a former place; what took its place is not known")
    return tuple(sentences)


def former_words(gazetteer: Gazetteer, via: int, language: Language) -> str:
    """Say that a row is a former name: which, when, and how its successor is known."""
    first, last = gazetteer.years(via)
    years = f"{first or ''}-{last or ''}"
    name, how, source = gazetteer.name(via), gazetteer.how(via), gazetteer.source(via)
    if language == "zh":
        return f"旧名{name}({years}),沿革依据:{how}/{source}"
    return f"formerly {name} ({years}); successor by {how}/{source}"


def agreement(heard: str, borne: str, language: Language) -> str:
    """Name the kind of agreement between what was heard and a listed name.

    >>> agreement("云虎", "云湖", "en"), agreement("云湖", "云湖", "zh"), agreement("云湖", "云福", "en")
    ('same sound', '同名', 'similar')
    """
    written = folded(borne)
    if heard == written:
        return "同名" if language == "zh" else "same name"
    if UNKNOWN_CHARACTER in heard:
        return "相合(有缺字)" if language == "zh" else "fits, with a forgotten character"
    same_length = len(heard) == len(written)
    if same_length and all(_sound_alike(one, other) for one, other in zip(heard, written, strict=True)):
        return "同音" if language == "zh" else "same sound"
    return "相近" if language == "zh" else "similar"


def _sound_alike(one: str, other: str) -> bool:
    if one == "~":
        return True
    sounds, others = ({item.syllable_code for item in place_readings(character)} for character in (one, other))
    return bool(sounds & others)
