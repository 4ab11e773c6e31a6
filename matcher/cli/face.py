"""`matcher face`: search and evaluate faces in photo folders, and fit curves to one's own."""

from __future__ import annotations

import click

from matcher.cli.face_calibrate import calibrate
from matcher.cli.face_eval import evaluate_folder
from matcher.cli.face_search import search


@click.group()
def face() -> None:
    """Search and evaluate faces in folders.

    \b
    Example:
      matcher face search --probes unknown/ --gallery known/ --top 50
    """


for _command in (search, evaluate_folder, calibrate):
    face.add_command(_command)
