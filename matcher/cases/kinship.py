"""DNA of one new sample against one record, in the numbers of the list: the value a confirmation rests on."""

from __future__ import annotations

import math

from matcher.engine.channel import Channel
from matcher.engine.columns import Vocabulary
from matcher.engine.scan import exact_parts
from matcher.errors import InputError
from matcher.subjects import evidence_of
from matcher.types import StrProfile, Subject


def kinship_log10_lr(channel: Channel, case: Subject, record: Subject, sample: StrProfile) -> float:
    """Compare a sample of the case's person with the record's own profile and typed relatives, and with nothing else.

    Parameters
    ----------
    channel : Channel
        The DNA channel; its bounds apply, as in the list.
    case : Subject
        Whose case number and sex are taken; its stored profile is not.
    record : Subject
        The other side of the hit.
    sample : StrProfile
        The new sample.

    Returns
    -------
    float
        log10 LR that the sample is the record's person, against an unrelated person.

    Raises
    ------
    InputError
        When the two sides have no locus to compare.
    """
    vocabularies = {column.name: Vocabulary() for column in channel.columns}
    codes = channel.encode(evidence_of([record]), vocabularies)
    plan = channel.prepare(vocabularies).compile(Subject(case.record_id, case.kind, sex=case.sex, profile=sample))
    parts = exact_parts(plan, codes, 0) if plan is not None else ()
    if not parts:
        raise InputError(
            f"sample '{sample.sample_id}' and record '{record.record_id}' have no locus in common",
            remedy="ingest profiles of the record's person or relatives, typed with a common kit",
        )
    return math.fsum(part.log10_lr for part in parts)
