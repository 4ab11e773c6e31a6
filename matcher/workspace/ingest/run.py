"""One run of ingest: forms, photographs, laboratory table, embeddings, in this order."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import partial

from matcher.errors import MatcherError
from matcher.workspace.ingest.forms import ingest_form
from matcher.workspace.ingest.photo_files import ingest_folder
from matcher.workspace.ingest.profiles import ingest_str_table
from matcher.workspace.ingest.rejects_file import write_rejects
from matcher.workspace.ingest.request import FileSummary, IngestReport, IngestRequest, IngestSettings
from matcher.workspace.store import Workspace

Step = Callable[[], Iterator[FileSummary]]


def ingest(workspace: Workspace, request: IngestRequest, settings: IngestSettings, *, dry_run: bool) -> IngestReport:
    """Read everything that was asked for into a workspace.

    A file that cannot be read at all is reported as an error and does not keep the others from being read. What was
    committed stays when a run is stopped; repeating the run stores only what is missing.

    Parameters
    ----------
    workspace : Workspace
        Open for writing.
    request : IngestRequest
        Files.
    settings : IngestSettings
        Channels' knowledge, caps, progress.
    dry_run : bool
        True does everything but leaves the workspace as it was.
    """
    files: list[FileSummary] = []
    errors: list[MatcherError] = []
    with ExitStack() as stack:
        if dry_run:
            stack.enter_context(workspace.rehearsal())
        for step in _steps(workspace, request, settings):
            try:
                files.extend(step())
            except MatcherError as error:
                errors.append(error)
    if not dry_run:
        write_rejects(workspace)
    return IngestReport(tuple(files), tuple(errors))


def _steps(workspace: Workspace, request: IngestRequest, settings: IngestSettings) -> Iterator[Step]:
    for path in request.forms:
        yield partial(ingest_form, workspace, path, request, settings)
    if request.photos is not None:
        yield partial(ingest_folder, workspace, request.photos, settings)
    for path in request.str_tables:
        yield partial(ingest_str_table, workspace, path, settings)
    if request.embeddings is not None:
        from matcher.workspace.ingest.embeddings import ingest_embeddings  # Arrow is heavy and seldom needed

        yield partial(ingest_embeddings, workspace, request.embeddings, settings)
