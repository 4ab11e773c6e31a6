"""Storing subjects with all they hold at once: record, profiles, embeddings."""

from __future__ import annotations

from collections.abc import Sequence

from matcher.errors import UsageError
from matcher.types import Subject
from matcher.workspace import photos, records, samples
from matcher.workspace.databases import Databases
from matcher.workspace.values import EmbeddedPhoto, RecordEntry


def put_subjects(db: Databases, subjects: Sequence[Subject]) -> None:
    """Store subjects within a write.

    Raises
    ------
    UsageError
        When a case number belongs to another record, or a profile contradicts the stored one of its sample.
    """
    profiles = {
        profile.sample_id: profile
        for subject in subjects
        for profile in (subject.profile, *(member.profile for member in subject.pedigree))
        if profile is not None and profile.genotypes
    }
    outcomes = records.put(db.identity, [RecordEntry(s) for s in subjects], import_key=None)
    taken = [s.record_id for s, outcome in zip(subjects, outcomes, strict=True) if outcome.startswith("other")]
    if taken:
        raise UsageError(f"case number '{taken[0]}' belongs to another record", remedy="use a unique number")
    if "conflict" in samples.put(db, list(profiles.values())):
        raise UsageError("a profile contradicts the stored one of its sample", remedy="check the sample names")
    photos.put_embedded(db, [EmbeddedPhoto(s.record_id, photo) for s in subjects for photo in s.photos])
