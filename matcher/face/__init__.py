"""Faces: from a photograph to an embedding, and from a cosine to a calibrated likelihood ratio. See METHOD.md.

Names below load their module when first used, so that importing the package loads no image library.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matcher.face.ageing import FaceSpace, draw_latents, draw_photos, make_face_space
    from matcher.face.calibration import FaceCurves, default_curves, read_curves
    from matcher.face.channel import FaceChannel, face_channel
    from matcher.face.decode import check_photo
    from matcher.face.engine import FaceEngine
    from matcher.face.models import build_models, model_cards
    from matcher.face.reading import FaceReading, FileReading
    from matcher.face.search import FaceIndex, update_index, write_index

_HOMES = {
    "FaceChannel": "channel",
    "FaceCurves": "calibration",
    "FaceEngine": "engine",
    "FaceIndex": "search",
    "FaceReading": "reading",
    "FaceSpace": "ageing",
    "FileReading": "reading",
    "build_models": "models",
    "check_photo": "decode",
    "default_curves": "calibration",
    "draw_latents": "ageing",
    "draw_photos": "ageing",
    "face_channel": "channel",
    "make_face_space": "ageing",
    "model_cards": "models",
    "read_curves": "calibration",
    "update_index": "search",
    "write_index": "search",
}

__all__ = [
    "FaceChannel",
    "FaceCurves",
    "FaceEngine",
    "FaceIndex",
    "FaceReading",
    "FaceSpace",
    "FileReading",
    "build_models",
    "check_photo",
    "default_curves",
    "draw_latents",
    "draw_photos",
    "face_channel",
    "make_face_space",
    "model_cards",
    "read_curves",
    "update_index",
    "write_index",
]


def __getattr__(name: str) -> object:
    """Import the module that owns a public name."""
    if name not in _HOMES:
        raise AttributeError(f"module 'matcher.face' has no attribute '{name}'")
    return getattr(importlib.import_module(f"matcher.face.{_HOMES[name]}"), name)
