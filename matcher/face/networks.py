"""What a detector network says about a canvas: anchors above a score, as boxes and landmarks in canvas pixels."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from matcher.face.sessions import Float32, open_session

MIN_SCORE = 0.6
"""A face below this detector score is not taken; the usual thresholds of both networks lie between .5 and .9."""

STRIDES = (8, 16, 32)

Float64 = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Anchors:
    """Anchors above `MIN_SCORE`, overlapping ones included.

    Parameters
    ----------
    scores : ndarray of float32, shape (n,)
        Confidence in [0, 1].
    boxes : ndarray of float64, shape (n, 4)
        x, y, width, height in canvas pixels.
    points : ndarray of float64, shape (n, 5, 2)
        Right eye, left eye, nose tip, right and left mouth corner in canvas pixels.
    """

    scores: Float32
    boxes: Float64
    points: Float64


class Network(Protocol):
    """A detector network; safe to share between threads."""

    def find(self, canvas: NDArray[np.uint8]) -> Anchors:
        """Look at a BGR canvas whose sides are multiples of 32."""


class Yunet:
    """YuNet: anchor-free, one cell an anchor, BGR pixels as they are.

    Source: Wu, Peng, Yu, Machine Intelligence Research 20 (2023) 656: score = sqrt(cls * obj), centre = (cell +
    offset) * stride, size = exp(log size) * stride, landmark = (cell + offset) * stride.
    """

    def __init__(self, model: Path) -> None:
        self._session = open_session(model)
        self._outputs = [f"{head}_{stride}" for stride in STRIDES for head in ("cls", "obj", "bbox", "kps")]

    def find(self, canvas: NDArray[np.uint8]) -> Anchors:
        """Look at a BGR canvas whose sides are multiples of 32."""
        blob = np.ascontiguousarray(canvas.transpose(2, 0, 1)[None], np.float32)
        raw = dict(zip(self._outputs, self._session.run(self._outputs, {"input": blob}), strict=True))
        found = []
        for stride in STRIDES:
            cls, objectness = (np.clip(raw[f"{head}_{stride}"][0, :, 0], 0, 1) for head in ("cls", "obj"))
            score = np.sqrt(cls * objectness)
            kept = np.flatnonzero(score >= MIN_SCORE)
            cells = _cells(kept, canvas.shape[1] // stride)
            box = raw[f"bbox_{stride}"][0][kept].astype(np.float64)
            size = np.exp(box[:, 2:]) * stride
            corner = (cells + box[:, :2]) * stride - size / 2
            offsets = raw[f"kps_{stride}"][0][kept].astype(np.float64).reshape(-1, 5, 2)
            found.append(Anchors(score[kept], np.hstack([corner, size]), (cells[:, None, :] + offsets) * stride))
        return _joined(found)


class Scrfd:
    """SCRFD with landmarks, as in the InsightFace packs: two anchors a cell, RGB, (pixel - 127.5) / 128.

    Source: Guo et al., Sample and Computation Redistribution for Efficient Face Detection, ICLR 2022; outputs are
    scores, then distances to the four sides, then landmark offsets, each for strides 8, 16, 32, in units of the stride.
    """

    def __init__(self, model: Path) -> None:
        self._session = open_session(model)
        self._input = self._session.get_inputs()[0].name
        outputs = [item.name for item in self._session.get_outputs()]
        if len(outputs) != 9:
            raise ValueError(f"{len(outputs)} outputs, an SCRFD network with landmarks has 9")
        self._outputs = outputs

    def find(self, canvas: NDArray[np.uint8]) -> Anchors:
        """Look at a BGR canvas whose sides are multiples of 32."""
        pixels = (canvas[:, :, ::-1].astype(np.float32) - np.float32(127.5)) / np.float32(128.0)
        blob = np.ascontiguousarray(pixels.transpose(2, 0, 1)[None])
        # Some exports keep a batch dimension, some do not.
        raw = [np.asarray(item).reshape(-1, item.shape[-1]) for item in self._session.run(None, {self._input: blob})]
        found = []
        for place, stride in enumerate(STRIDES):
            score = raw[place][:, 0]
            kept = np.flatnonzero(score >= MIN_SCORE)
            cell_count = (canvas.shape[0] // stride) * (canvas.shape[1] // stride)
            centres = _cells(kept // max(1, len(score) // cell_count), canvas.shape[1] // stride) * stride
            sides = raw[place + 3][kept].astype(np.float64) * stride
            boxes = np.hstack([centres - sides[:, :2], sides[:, :2] + sides[:, 2:]])
            offsets = raw[place + 6][kept].astype(np.float64).reshape(-1, 5, 2) * stride
            found.append(Anchors(score[kept], boxes, centres[:, None, :] + offsets))
        return _joined(found)


def _cells(indices: NDArray[np.int64], columns: int) -> Float64:
    """Return (column, row) of cells in reading order, shape (n, 2)."""
    return np.column_stack([indices % columns, indices // columns]).astype(np.float64)


def _joined(found: list[Anchors]) -> Anchors:
    return Anchors(
        np.concatenate([item.scores for item in found]),
        np.concatenate([item.boxes for item in found]),
        np.concatenate([item.points for item in found]),
    )
