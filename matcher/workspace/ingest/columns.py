"""What the headers of a form mean: the alias table, and matching it with the headers of one file."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib import resources

from matcher.errors import InputError
from matcher.workspace.ingest.encodings import unscrambled
from matcher.workspace.ingest.text import is_text, plain, shortened

CASE_NUMBER = "case_number"
NOTE = "note"
_NEAR_MISS = 74.0
"""Similarity (RapidFuzz ratio, 0-100) from which a known header is proposed: one wrong character in four is 75."""

_BRACKETS = re.compile(r"[(\[【<].*?[)\]】>]")
_SIGNS = re.compile(r"[\s*:_\-.·、,/\\#()\[\]【】<>]+")

# Only one column can answer these: two with the same header would leave it open which of them is meant.
_SINGLE = frozenset({CASE_NUMBER, "kind", "sex", "birth", "age", "age_guessed", "height", "station"})


@dataclass(frozen=True, slots=True)
class ColumnMeaning:
    """One target of the alias table.

    Parameters
    ----------
    target : str
        `case_number`, `kind`, `station`, `name`, `name.KIND`, `place.ROLE`, `sample.RELATION`, `photo`, `note`, ...
    headers : tuple of str
        Known spellings; the first is the usual one.
    doc, doc_zh : str
        What belongs there.
    """

    target: str
    headers: tuple[str, ...]
    doc: str
    doc_zh: str


@dataclass(frozen=True, slots=True)
class UsedColumn:
    """One column of a file: position in the row, header as written (made unique), and its target."""

    position: int
    header: str
    target: str


@dataclass(frozen=True, slots=True)
class ColumnPlan:
    """All columns of a file, those kept only as notes, and proposals for headers that look like a known one."""

    columns: tuple[UsedColumn, ...]
    proposals: tuple[tuple[str, str], ...]
    _found: dict[tuple[str, ...], tuple[UsedColumn, ...]] = field(default_factory=dict, repr=False, compare=False)
    """What was asked for before: every row asks the same."""

    def of(self, *targets: str) -> tuple[UsedColumn, ...]:
        """Return the columns with one of the targets, in file order."""
        found = self._found.get(targets)
        if found is None:
            found = self._found[targets] = tuple(column for column in self.columns if column.target in targets)
        return found

    def about(self, group: str) -> tuple[UsedColumn, ...]:
        """Return the columns whose target is of a group, such as `name` and `name.told` of `name`, in file order."""
        key = (group, "")
        found = self._found.get(key)
        if found is None:
            within = (column for column in self.columns if column.target.partition(".")[0] == group)
            found = self._found[key] = tuple(within)
        return found

    @property
    def unknown(self) -> tuple[str, ...]:
        """Headers without a known meaning."""
        return tuple(c.header for c in self.columns if c.target == NOTE and not is_known(c.header))


@cache
def meanings() -> tuple[ColumnMeaning, ...]:
    """Read the alias table."""
    text = resources.files("matcher.workspace").joinpath("data/columns.toml").read_text("utf-8")
    return tuple(
        ColumnMeaning(c["target"], tuple(c["headers"]), c["doc"], c["doc_zh"]) for c in tomllib.loads(text)["column"]
    )


def target_of(header: str) -> str | None:
    """Return what a header means; None when it is unknown.

    >>> target_of("姓 名(必填)"), target_of("Case Number"), target_of("年齡(目測)"), target_of("鞋码")
    ('name', 'case_number', 'age_guessed', None)
    """
    table = _targets()
    return table.get(_key(header)) or table.get(_key(_BRACKETS.sub("", plain(header))))


def is_known(header: str) -> bool:
    """Tell whether a header has a known meaning."""
    return target_of(header) is not None


def plan_columns(name: str, headers: Sequence[str]) -> ColumnPlan:
    """Match the headers of a file with the alias table.

    Raises
    ------
    InputError
        When no column holds the case number, the headers are mojibake, or a single-valued header stands twice.
    """
    unique = _made_unique(headers)
    columns = tuple(
        UsedColumn(position, header, target_of(original) or NOTE)
        for position, (header, original) in enumerate(zip(unique, headers, strict=True))
    )
    _check(name, headers, columns)
    unknown = [column.header for column in columns if column.target == NOTE and not is_known(column.header)]
    proposals = tuple((header, known) for header in unknown if (known := nearest(header)) is not None)
    return ColumnPlan(columns, proposals)


def nearest(header: str) -> str | None:
    """Propose the known header that an unknown one resembles; None when none is near."""
    from rapidfuzz import fuzz, process

    key = _key(header)
    choices = [known for known, target in _targets().items() if target != NOTE]
    found = process.extractOne(key, choices, scorer=fuzz.ratio, score_cutoff=_NEAR_MISS) if key else None
    return _spelling()[found[0]] if found else None


def _check(name: str, headers: Sequence[str], columns: Sequence[UsedColumn]) -> None:
    numbers = [column for column in columns if column.target == CASE_NUMBER]
    if not numbers:
        for header in headers:
            if is_text(header) and (meant := unscrambled(header, is_known)):
                raise InputError(
                    f"{name}: the header '{shortened(header)}' is '{meant}' read in a wrong encoding",
                    remedy="export the file again; saving it in another encoding does not mend it",
                )
        shown = ", ".join(shortened(header, 20) for header in headers[:8] if header) or "none"
        near = next((f"; is '{h}' the case number?" for h in headers if target_of(nearest(h) or "") == CASE_NUMBER), "")
        raise InputError(
            f"{name}: no column for the case number; headers found: {shown}{near}",
            remedy="name it 编号 or 'case number'; all headers: matcher ingest --explain-columns",
        )
    seen: dict[str, UsedColumn] = {}
    for column in columns:
        key = _key(headers[column.position])
        if key in seen and column.target in _SINGLE:
            raise InputError(
                f"{name}: the header '{headers[column.position]}' stands in columns {seen[key].position + 1} "
                f"and {column.position + 1}",
                remedy="rename or remove one of them",
            )
        seen.setdefault(key, column)


def _made_unique(headers: Sequence[str]) -> list[str]:
    """Give every column a header of its own: the second 备注 becomes 备注 (2), an empty one its number."""
    taken: dict[str, int] = {}
    unique = []
    for position, header in enumerate(headers, 1):
        base = shortened(header.strip(), 60) or f"第{position}列"
        taken[base] = taken.get(base, 0) + 1
        unique.append(base if taken[base] == 1 else f"{base} ({taken[base]})")
    return unique


@cache
def _targets() -> dict[str, str]:
    return {_key(header): meaning.target for meaning in meanings() for header in meaning.headers}


@cache
def _spelling() -> dict[str, str]:
    return {_key(header): header for meaning in meanings() for header in meaning.headers}


def _key(header: str) -> str:
    return _SIGNS.sub("", plain(header)).casefold()
