from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.face.align import TEMPLATE, similarity_transform


def by_svd(source: np.ndarray, target: np.ndarray) -> np.ndarray:
    """The general solution of Umeyama (1991), with a singular value decomposition."""
    a, b = source - source.mean(0), target - target.mean(0)
    u, s, vt = np.linalg.svd(b.T @ a / len(a))
    sign = np.diag([1.0, np.sign(np.linalg.det(u @ vt))])
    rotation = u @ sign @ vt
    scale = np.trace(np.diag(s) @ sign) / (a**2).sum() * len(a)
    return np.column_stack([scale * rotation, target.mean(0) - scale * rotation @ source.mean(0)])


@given(st.floats(0.05, 20.0), st.floats(-3.1, 3.1), st.floats(-500, 500), st.floats(-500, 500), st.integers(0, 2**31))
def test_closed_form_equals_the_general_solution(scale: float, angle: float, x: float, y: float, seed: int) -> None:
    noise = np.random.default_rng(seed).normal(0, 2, (5, 2))
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    source = scale * np.array(TEMPLATE) @ turn.T + [x, y] + scale * noise
    np.testing.assert_allclose(
        similarity_transform(source, np.array(TEMPLATE)), by_svd(source, np.array(TEMPLATE)), rtol=1e-6, atol=1e-6
    )


def test_one_point_has_no_orientation() -> None:
    with pytest.raises(ValueError, match="one point"):
        similarity_transform(np.ones((5, 2)), np.array(TEMPLATE))
