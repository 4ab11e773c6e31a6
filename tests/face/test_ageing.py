from __future__ import annotations

import numpy as np
import pytest

from matcher.face.ageing import LATENT_SIZE, Group, draw_latents, draw_photos, make_face_space
from matcher.face.calibration import default_curves


def pair_statistics(left: Group, right: Group, worlds: int = 3) -> dict[str, float]:
    """Average statistics of 1,005 persons over several worlds."""
    rows = []
    for seed in range(worlds):
        rng = np.random.default_rng(seed)
        space, latents = make_face_space(rng), draw_latents(rng, 1005)
        a, b = (draw_photos(space, latents, group, rng).astype(np.float64) for group in (left, right))
        cosines = a @ b.T
        genuine, others = np.diag(cosines), cosines[~np.eye(len(a), dtype=bool)]
        rows.append([genuine.mean(), genuine.std(), others.mean(), others.std(), tar(genuine, others, 1e-3)])
    return dict(zip(("genuine", "genuine_sd", "impostor", "impostor_sd", "tar"), np.mean(rows, axis=0), strict=True))


def tar(genuine: np.ndarray, impostor: np.ndarray, far: float) -> float:
    return float((genuine > np.quantile(impostor, 1 - far)).mean())


# genuine mean and sd, impostor mean and sd, TAR at FAR 1e-3 of the same cells measured on real photos.
REAL = {
    ("adult", "adult"): (0.608, 0.128, 0.098, 0.093, 0.944),
    ("child", "adult"): (0.332, 0.150, 0.073, 0.092, 0.439),
}


@pytest.mark.parametrize(("groups", "real"), list(REAL.items()))
def test_statistics_are_those_of_real_photos(groups: tuple[Group, Group], real: tuple[float, ...]) -> None:
    found = pair_statistics(*groups)
    assert found["genuine"] == pytest.approx(real[0], abs=0.015)
    assert found["genuine_sd"] == pytest.approx(real[1], abs=0.015)
    assert found["impostor"] == pytest.approx(real[2], abs=0.01)
    assert found["impostor_sd"] == pytest.approx(real[3], abs=0.015)
    assert found["tar"] == pytest.approx(real[4], abs=0.05)


def test_child_to_child_has_the_right_centre_and_a_known_light_tail() -> None:
    found = pair_statistics("child", "child")
    assert found["genuine"] == pytest.approx(0.450, abs=0.02)
    assert found["impostor"] == pytest.approx(0.140, abs=0.01)
    assert found["impostor_sd"] < 0.119


def test_curves_are_honest_on_synthetic_child_to_adult_pairs() -> None:
    """Average LR of different persons near 1: the generator and the curves describe the same world."""
    rng = np.random.default_rng(4)
    space, latents = make_face_space(rng), draw_latents(rng, 1500)
    child, adult = (draw_photos(space, latents, group, rng) for group in ("child", "adult"))
    cosines = (child.astype(np.float64) @ adult.T)[~np.eye(1500, dtype=bool)]
    curve = default_curves().curve("child", "adult")
    lrs = 10.0 ** np.interp(cosines, np.linspace(-1, 1, 401), curve.log10_lr)
    assert lrs.mean() == pytest.approx(1.0, abs=0.35)


def test_kin_resemble_each_other_as_told() -> None:
    rng = np.random.default_rng(6)
    space, latents = make_face_space(rng), draw_latents(rng, 2000)
    kin = draw_latents(rng, 2000, relatives=latents, kin_correlation=0.5)
    own, strangers = (
        draw_photos(space, latents, "adult", rng),
        draw_photos(space, draw_latents(rng, 2000), "adult", rng),
    )
    relatives = draw_photos(space, kin, "adult", rng)
    alike = float((own * relatives).sum(axis=1).mean())
    base = float((own * strangers).sum(axis=1).mean())
    self_again = float((own * draw_photos(space, latents, "adult", rng)).sum(axis=1).mean())
    assert (alike - base) / (self_again - base) == pytest.approx(0.5, abs=0.05)


def test_quality_moves_a_photo_towards_nobody() -> None:
    rng = np.random.default_rng(9)
    space, latents = make_face_space(rng), draw_latents(rng, 800)
    sharp = draw_photos(space, latents, "adult", rng, quality=np.ones(800))
    poor = draw_photos(space, latents, "adult", rng, quality=np.full(800, 0.3))
    again = draw_photos(space, latents, "adult", rng, quality=np.ones(800))
    assert (sharp * poor).sum(axis=1).mean() < (sharp * again).sum(axis=1).mean() - 0.2


def test_one_photo_at_a_time_and_repeatable() -> None:
    rng = np.random.default_rng(1)
    space = make_face_space(rng)
    latent = rng.standard_normal(LATENT_SIZE)
    first = space.photo(np.random.default_rng(5), latent, child=True)
    second = space.photo(np.random.default_rng(5), latent, child=True)
    assert first.shape == (128,)
    assert (first == second).all()
    assert np.linalg.norm(first) == pytest.approx(1.0, abs=1e-6)
