"""Aligned faces to unit vectors, by any recogniser with one image input and one vector output."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from matcher.face.models import ModelCard
from matcher.face.sessions import Float32, open_session


class Embedder:
    """A recogniser in onnxruntime; safe to share between threads."""

    def __init__(self, model: Path, card: ModelCard) -> None:
        self.card = card
        self._session = open_session(model)
        self._input = self._session.get_inputs()[0].name

    def embed(self, crop: NDArray[np.uint8]) -> tuple[Float32, float]:
        """Embed one aligned BGR crop.

        One crop a call: on a CPU a batch costs as much for each face and ten times the memory.

        Returns
        -------
        vector : ndarray of float32, shape (dim,)
            L2-normalised.
        clarity : float
            Length of the raw output as a share of that of a clear face; 1 where the model's card does not know that.
        """
        pixels = crop[:, :, ::-1] if self.card.channel_order == "RGB" else crop
        blob = (pixels.astype(np.float32) - np.float32(self.card.mean)) / np.float32(self.card.std)
        blob = np.ascontiguousarray(blob.transpose(2, 0, 1)[None])
        raw = np.asarray(self._session.run(None, {self._input: blob})[0], np.float32).reshape(-1)
        length = float(np.linalg.norm(raw))
        clarity = length / self.card.clear_length if self.card.clear_length else 1.0
        return np.asarray(raw / np.float32(length), np.float32), clarity
