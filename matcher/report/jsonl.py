"""Candidate lists as JSON lines: one list per line, in a versioned schema that ships with the package.

Numbers are written with the shortest digits that read back to the same float64, so a round trip loses nothing.
The schema is `matcher/report/data/candidates.schema.json`.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

from matcher.errors import InputError
from matcher.llr import Language
from matcher.outputs import output_file
from matcher.report.json_schema import faults
from matcher.types import (
    Adjustment,
    CandidateList,
    ChannelEvidence,
    HypothesisShare,
    Lead,
    Part,
    PersonRecord,
    Suppression,
)

SCHEMA_VERSION = 2

_SURROGATE = re.compile("[\ud800-\udfff]")


def _fields(value: object) -> dict[str, object]:
    """Return the fields of one of the values that make up a list, as they are: `asdict` would copy all below them."""
    if not is_dataclass(value):
        raise TypeError(f"a {type(value).__name__} has no place in a candidate list")
    return {field.name: getattr(value, field.name) for field in fields(value)}


_ENCODER = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"), default=_fields)


@dataclass(frozen=True, slots=True)
class CandidateFile:
    """Candidate lists as read from a file.

    Parameters
    ----------
    language : {"zh", "en"} or None
        Language of the words; None for a file without lists.
    lists : tuple of CandidateList
        In the order of the file.
    """

    language: Language | None
    lists: tuple[CandidateList, ...]


@cache
def candidate_schema() -> Mapping[str, Any]:
    """Return the JSON schema of one line."""
    text = (resources.files("matcher.report") / "data" / "candidates.schema.json").read_text("utf-8")
    schema: Mapping[str, Any] = json.loads(text)
    return schema


def write_candidates(path: Path, lists: Iterable[CandidateList], *, language: Language) -> int:
    """Write candidate lists, one per line, and return how many; the file appears whole or not at all.

    Parameters
    ----------
    path : Path
        File to write or replace.
    lists : iterable of CandidateList
        Read once, written in order.
    language : {"zh", "en"}
        Language of the words in the lists.

    Raises
    ------
    UsageError
        When the place cannot be written to.
    """
    written = 0
    with output_file(path) as temporary, temporary.open("w", encoding="utf-8", newline="\n") as file:
        for candidates in lists:
            file.write(candidate_line(candidates, language=language))
            file.write("\n")
            written += 1
    return written


def candidate_line(candidates: CandidateList, *, language: Language) -> str:
    """Return one list as one line of JSON, without the line end."""
    leads = [{"calibrated": candidates.calibrated, **_fields(lead)} for lead in candidates.leads]
    head = {"schema_version": SCHEMA_VERSION, "language": language}
    own = {name: value for name, value in _fields(candidates).items() if name != "leads"}
    text = _ENCODER.encode({**head, **own, "leads": leads})
    # Half of a UTF-16 pair, as damaged input holds it, has no UTF-8 form; its JSON escape reads back as it was.
    return _SURROGATE.sub(lambda match: f"\\u{ord(match[0]):04x}", text)


def read_candidates(path: Path) -> CandidateFile:
    """Read what `write_candidates` wrote.

    Raises
    ------
    InputError
        When the file cannot be read, or a line is not JSON, breaks the schema or has another schema version; the
        message names file, line and field.
    """
    try:
        with path.open(encoding="utf-8", newline="\n") as file:
            lines = [(number, _parse(path, number, line)) for number, line in enumerate(file, 1) if line.strip()]
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror}", remedy="run `matcher match` first") from error
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: is not UTF-8 text", remedy="give a file that `matcher match` wrote") from error
    languages = {document["language"] for _, document in lines}
    if len(languages) > 1:
        raise InputError(f"{path}: mixes languages {sorted(languages)}", remedy="keep one file per language")
    return CandidateFile(
        language=languages.pop() if languages else None, lists=tuple(_list_of(document) for _, document in lines)
    )


def _parse(path: Path, number: int, line: str) -> dict[str, Any]:
    """Parse and check one line."""
    try:
        document = json.loads(line, parse_constant=_refuse, parse_float=_finite, parse_int=_bounded)
    except (ValueError, RecursionError) as error:
        raise InputError(f"{path}:{number}: is not JSON: {error}", remedy="write the file again") from error
    version = document.get("schema_version") if isinstance(document, dict) else None
    if version != SCHEMA_VERSION:
        raise InputError(
            f"{path}:{number}: schema version {version!r}, this matcher reads {SCHEMA_VERSION}",
            remedy="run `matcher match` again with this version",
        )
    fault = next(_line_faults(document), None)
    if fault is not None:
        raise InputError(f"{path}:{number}: {fault}", remedy="write the file again; it was changed by hand or damaged")
    checked: dict[str, Any] = document
    return checked


def _line_faults(document: dict[str, Any]) -> Iterator[str]:
    """Yield what breaks the schema, then what a schema cannot say."""
    schema = candidate_schema()
    yield from faults(document, schema, root=schema)
    for position, lead in enumerate(document["leads"]):
        for field in ("calibrated", "probe_id"):
            if lead[field] != document[field]:
                yield f"leads[{position}].{field}: {lead[field]!r} differs from the list's {document[field]!r}"


def _refuse(text: str) -> float:
    raise ValueError(f"{text[:20]} is no number of ours")


def _finite(text: str) -> float:
    """Read a float; a literal such as 1e999 would silently become infinity."""
    number = float(text)
    return number if math.isfinite(number) else _refuse(text)


def _bounded(text: str) -> int | float:
    """Read an integer that fits 64 bits; a longer one could not even become a float."""
    return int(text) if len(text) <= 18 else _refuse(text)


def _list_of(document: dict[str, Any]) -> CandidateList:
    return CandidateList(
        probe_id=document["probe_id"],
        gallery_size=document["gallery_size"],
        prior_in_database=float(document["prior_in_database"]),
        nobody=float(document["nobody"]),
        expected_wrong=float(document["expected_wrong"]),
        calibrated=document["calibrated"],
        leads=tuple(_lead_of(lead) for lead in document["leads"]),
        hypothesis=document["hypothesis"],
        kin=float(document["kin"]),
        stratum=document["stratum"],
        fusion=document["fusion"],
        alert_log10_lr=None if document["alert_log10_lr"] is None else float(document["alert_log10_lr"]),
        suppressed=tuple(Suppression(**item) for item in document["suppressed"]),
        learned_from=document["learned_from"],
    )


def _lead_of(document: dict[str, Any]) -> Lead:
    return Lead(
        probe_id=document["probe_id"],
        record_id=document["record_id"],
        rank=document["rank"],
        log10_lr=float(document["log10_lr"]),
        posterior=float(document["posterior"]),
        channels=tuple(_channel_of(channel) for channel in document["channels"]),
        adjustments=tuple(
            Adjustment(item["kind"], tuple(item["channels"]), float(item["log10_lr"]))
            for item in document["adjustments"]
        ),
        hypotheses=tuple(
            HypothesisShare(item["hypothesis"], float(item["log10_lr"]), float(item["posterior"]))
            for item in document["hypotheses"]
        ),
        others=tuple(
            PersonRecord(item["record_id"], float(item["log10_lr"]), float(item["posterior"]))
            for item in document["others"]
        ),
    )


def _channel_of(document: dict[str, Any]) -> ChannelEvidence:
    return ChannelEvidence(
        channel=document["channel"],
        log10_lr=float(document["log10_lr"]),
        comparison=document["comparison"],
        parts=tuple(Part(part["channel"], part["column"], float(part["log10_lr"])) for part in document["parts"]),
        words=tuple(document["words"]),
    )
