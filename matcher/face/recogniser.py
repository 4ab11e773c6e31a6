"""Which recogniser embeds the photos of a workspace: the one its curves were made for."""

from __future__ import annotations

from pathlib import Path

from matcher.errors import ReferenceDataError
from matcher.face.engine import FaceEngine
from matcher.face.models import DETECTOR, model_cards


def open_for(models_dir: Path, model_id: str) -> FaceEngine:
    """Open the recogniser with an identity, with the detector of its pack where it came with one.

    Raises
    ------
    ReferenceDataError
        When no known recogniser has it, or a model file is absent or not the expected one.
    """
    cards = model_cards(models_dir)
    names = [card.name for card in cards.values() if card.task == "embed" and card.model_id == model_id]
    if not names:
        raise ReferenceDataError(
            f"face curves are for the recogniser '{model_id}', which is not among the models in '{models_dir}'",
            remedy="add it with `matcher models add`, or remove face-curves.json to return to the built-in one",
        )
    detector = f"{names[0]}-det"
    return FaceEngine.open(models_dir, embedder=names[0], detector=detector if detector in cards else DETECTOR)
