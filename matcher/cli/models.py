"""`matcher models`: build, list and verify model files."""

from __future__ import annotations

import click

from matcher.cli.options import emit_json, json_option
from matcher.settings import Settings


@click.group()
def models() -> None:
    """Build, list and verify model files. Nothing is ever downloaded.

    \b
    Examples:
      matcher models build
      matcher models list
    """


@models.command()
@json_option
def build(as_json: bool) -> None:  # noqa: FBT001 - click passes options by name
    """Build the model files from the installed packages that ship the weights; does nothing when they are ready.

    \b
    Example:
      matcher models build
    """
    from matcher.face.models import build_models

    directory = Settings.from_environment().models
    outcomes = list(build_models(directory))
    if as_json:
        emit_json([{"name": card.name, "file": card.built_file, "built": worked} for card, worked in outcomes])
        return
    for card, worked in outcomes:
        click.echo(f"{card.name}: {'built' if worked else 'ready'} ({directory / card.built_file}), {card.licence}")


@models.command("list")
@json_option
def list_models(as_json: bool) -> None:  # noqa: FBT001 - click passes options by name
    """Show the card of every known model: task, licence, provenance, limits, state.

    \b
    Example:
      matcher models list --json
    """
    from dataclasses import asdict

    from matcher.face.models import model_cards, model_state

    directory = Settings.from_environment().models
    states = [(card, model_state(card, directory)) for card in model_cards().values()]
    if as_json:
        emit_json([{**asdict(card), "state": state} for card, state in states])
        return
    for card, state in states:
        click.echo(f"{card.name} [{state}] {card.title}")
        for label, value in (
            ("model id", card.model_id),
            ("file", f"{directory / card.built_file}, sha256 {card.built_sha256}"),
            ("licence", card.licence),
            ("provenance", card.provenance),
            ("training data", card.training_data),
            ("limits", card.limits),
        ):
            click.echo(f"  {label}: {value}")


@models.command()
@json_option
def verify(as_json: bool) -> None:  # noqa: FBT001 - click passes options by name
    """Check every model file against its sha256; exits with 7 when one is missing or wrong.

    \b
    Example:
      matcher models verify
    """
    from matcher.face.models import model_cards, model_path, model_state

    directory = Settings.from_environment().models
    cards = model_cards().values()
    if as_json:
        emit_json([{"name": card.name, "state": model_state(card, directory)} for card in cards])
    for card in cards:
        path = model_path(card, directory)
        if not as_json:
            click.echo(f"{card.name}: {path} is {card.built_sha256}, {card.licence}")
