"""Bring a face to the pose the recognisers were trained on: five landmarks onto five fixed points of 112 x 112."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

SIDE = 112
"""Side of the aligned crop in pixels."""

# Right eye, left eye, nose tip, right and left corner of the mouth (the person's right is the viewer's left).
# Source: Deng et al., ArcFace, CVPR 2019, the alignment template of its reference code for 112 x 112.
TEMPLATE: tuple[tuple[float, float], ...] = (
    (38.2946, 51.6963),
    (73.5318, 51.5014),
    (56.0252, 71.7366),
    (41.5493, 92.3655),
    (70.7299, 92.2041),
)


def similarity_transform(source: NDArray[np.float64], target: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the least-squares rotation, uniform scale and shift from `source` to `target`, in closed form.

    Robust estimators (LMEDS) throw away one of five landmarks and cost up to .09 cosine; the closed form does not.

    Parameters
    ----------
    source, target : ndarray of float64, shape (n, 2)
        Corresponding points; `source` must not be a single point.

    Returns
    -------
    ndarray of float64, shape (2, 3)
        Affine matrix M with target = M[:, :2] @ source + M[:, 2].

    Source: Umeyama, IEEE TPAMI 13 (1991) 376, equations 38-43, in two dimensions, where the singular value
    decomposition reduces to one angle.

    >>> similarity_transform(np.array([[0.0, 0.0], [1.0, 0.0]]), np.array([[1.0, 1.0], [1.0, 3.0]])).round(6) + 0.0
    array([[ 0., -2.,  1.],
           [ 2.,  0.,  1.]])
    """
    source_mean, target_mean = source.mean(axis=0), target.mean(axis=0)
    a, b = source - source_mean, target - target_mean
    spread = float((a * a).sum())
    if spread <= 0.0:
        raise ValueError("all landmarks are one point")
    cosine = float((a * b).sum()) / spread
    sine = float((a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0]).sum()) / spread
    rotation = np.array([[cosine, -sine], [sine, cosine]])
    return np.column_stack([rotation, target_mean - rotation @ source_mean])


def align(pixels: NDArray[np.uint8], landmarks: NDArray[np.float64]) -> NDArray[np.uint8]:
    """Cut out one face, shape (112, 112, 3), in the channel order of `pixels`.

    Parameters
    ----------
    pixels : ndarray of uint8, shape (height, width, 3)
        The photograph.
    landmarks : ndarray of float64, shape (5, 2)
        x, y in pixels, in the order of `TEMPLATE`.
    """
    matrix = similarity_transform(landmarks, np.array(TEMPLATE))
    return np.asarray(cv2.warpAffine(pixels, matrix, (SIDE, SIDE), flags=cv2.INTER_LINEAR), np.uint8)
