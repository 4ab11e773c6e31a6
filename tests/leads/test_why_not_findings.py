"""Every column of a form that is evidence has its topic in `why-not`."""

from __future__ import annotations

from matcher.leads.why_not_findings import topic_of_target
from matcher.workspace.ingest.columns import meanings


def test_every_column_of_a_form_that_is_evidence_has_its_topic() -> None:
    silent = {"case_number", "kind", "station", "accent", "note", "place.found", "place.lost", "place.accent"}
    for meaning in meanings():
        assert (topic_of_target(meaning.target) is None) == (meaning.target in silent), meaning.target
