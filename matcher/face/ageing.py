"""Synthetic face embeddings that age: a generator fitted to measured statistics, for populations without real faces.

A photo of person k in age group c is

    x = mu_c + g * identity_kc + sqrt(max(1 - |mu_c|^2 - g^2 T_c, .03)) * w,    embedding = x / |x|
    identity_adult = sqrt(T_a) u,    identity_child = sqrt(T_c) (rho_k u + sqrt(1 - rho_k^2) v)

with u (what stays for life), v (what only the child had) and w (the photo) normal with power-law spectra, rho_k the
age continuity of the person and g the quality of the photo. The two scale mixtures (rho, g) are needed: without them
the tails are far too light. Constants: fitted for this project to cosines of SFace 2021dec on the Large Age-Gap
database (Bianco, Pattern Recognition Letters 90 (2017) 36); validation in METHOD.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Float64 = NDArray[np.float64]
Group = Literal["child", "adult"]

DIM = 128
LATENT_SIZE = 2 * DIM + 1
"""Standard normal numbers that describe one person: directions of u, directions of v, age continuity."""

MODEL_ID = "sface-2021dec-128"
"""Recogniser whose statistics the embeddings have."""

KIN_CORRELATION = 0.3
"""Knob: correlation of the latent numbers of close relatives. No measurement stands behind this value."""

_MEAN_LENGTH: Mapping[Group, float] = {"adult": 0.315, "child": 0.374}
_MEAN_COSINE = 0.618
_IDENTITY_TRACE: Mapping[Group, float] = {"adult": 0.509, "child": 0.310}
_CONTINUITY_SCALE = 0.259
_CONTINUITY_SD = 0.308
_QUALITY_SPREAD: Mapping[Group, float] = {"adult": 0.150, "child": 0.349}
_QUALITY_SHAPE = 2.5
_MIN_QUALITY = 0.05
_MIN_PHOTO_VARIANCE = 0.03
_SPECTRUM_U = 0.72
_SPECTRUM_V = 0.94
_SPECTRUM_W: Mapping[Group, float] = {"adult": 0.43, "child": 0.56}


@dataclass(frozen=True, slots=True)
class FaceSpace:
    """The fixed directions of one synthetic world; all its embeddings must come from the same one.

    Parameters
    ----------
    means : mapping of group to ndarray of float64, shape (128,)
        Mean embedding of each age group.
    life, childhood : ndarray of float64, shape (128, 128)
        Square roots of the covariances of u and v, unit trace.
    noise : mapping of group to ndarray of float64, shape (128, 128)
        As above, for w of each age group.
    """

    means: Mapping[Group, Float64]
    life: Float64
    childhood: Float64
    noise: Mapping[Group, Float64]

    @property
    def model_id(self) -> str:
        """Recogniser whose vectors these are."""
        return MODEL_ID

    @property
    def latent_size(self) -> int:
        """Numbers that describe one person's face."""
        return LATENT_SIZE

    def photo(self, rng: np.random.Generator, latent: Float64, *, child: bool) -> NDArray[np.float32]:
        """Draw the embedding, shape (128,), of one photo of a person with `latent`, shape (257,)."""
        vector: NDArray[np.float32] = draw_photos(self, latent[None, :], "child" if child else "adult", rng)[0]
        return vector


def make_face_space(rng: np.random.Generator) -> FaceSpace:
    """Draw the directions of a synthetic world."""
    first, second = _orthonormal(rng)[:2]
    sine = float(np.sqrt(1.0 - _MEAN_COSINE**2))
    means: dict[Group, Float64] = {
        "adult": _MEAN_LENGTH["adult"] * first,
        "child": _MEAN_LENGTH["child"] * (_MEAN_COSINE * first + sine * second),
    }
    life, childhood = _covariance_root(_SPECTRUM_U, rng), _covariance_root(_SPECTRUM_V, rng)
    noise: dict[Group, Float64] = {group: _covariance_root(_SPECTRUM_W[group], rng) for group in ("adult", "child")}
    return FaceSpace(means, life, childhood, noise)


def draw_latents(
    rng: np.random.Generator,
    count: int,
    *,
    relatives: Float64 | None = None,
    kin_correlation: float = KIN_CORRELATION,
) -> Float64:
    """Draw what makes persons look like themselves, shape (count, 257), standard normal.

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of randomness.
    count : int
        Number of persons.
    relatives : ndarray of float64, shape (count, 257), or None
        Latents of persons to resemble, one each.
    kin_correlation : float
        Knob in [0, 1): correlation with the relative.
    """
    latents = rng.standard_normal((count, LATENT_SIZE))
    if relatives is None:
        return latents
    return kin_correlation * relatives + float(np.sqrt(1.0 - kin_correlation**2)) * latents


def draw_photos(
    space: FaceSpace,
    latents: Float64,
    group: Group,
    rng: np.random.Generator,
    *,
    quality: Float64 | None = None,
) -> NDArray[np.float32]:
    """Draw the embedding of one photo of each person, shape (n, 128), L2-normalised.

    Parameters
    ----------
    space : FaceSpace
        The synthetic world.
    latents : ndarray of float64, shape (n, 257)
        Persons; repeat rows for several photos of one.
    group : {"child", "adult"}
        Age group when the photos are taken.
    rng : numpy.random.Generator
        Source of randomness.
    quality : ndarray of float64, shape (n,), or None
        g of each photo, 1 = average; None = drawn from the fitted, left-skewed distribution.
    """
    count, trace = len(latents), _IDENTITY_TRACE[group]
    if quality is None:
        skewed = (_QUALITY_SHAPE - rng.gamma(_QUALITY_SHAPE, size=count)) / np.sqrt(_QUALITY_SHAPE)
        quality = np.maximum(_MIN_QUALITY, 1.0 + _QUALITY_SPREAD[group] * skewed)
    mean = space.means[group]
    rest = np.sqrt(np.maximum(1.0 - mean @ mean - quality**2 * trace, _MIN_PHOTO_VARIANCE))
    noise = rng.standard_normal((count, DIM)) @ space.noise[group]
    raw = mean + (quality * np.sqrt(trace))[:, None] * _identity(space, latents, group) + rest[:, None] * noise
    return np.asarray(raw / np.linalg.norm(raw, axis=1, keepdims=True), np.float32)


def _identity(space: FaceSpace, latents: Float64, group: Group) -> Float64:
    """Return u of an adult, rho u + sqrt(1 - rho^2) v of a child, shape (n, 128)."""
    life = latents[:, :DIM] @ space.life
    if group == "adult":
        return life
    scale = float(np.sqrt(_IDENTITY_TRACE["child"] * _IDENTITY_TRACE["adult"]))
    age = np.clip(1.0 + _CONTINUITY_SD * latents[:, -1], 0.05, scale / _CONTINUITY_SCALE)
    rho = np.clip(_CONTINUITY_SCALE * age / scale, 0.0, 0.98)[:, None]
    childhood = latents[:, DIM : 2 * DIM] @ space.childhood
    return np.asarray(rho * life + np.sqrt(1.0 - rho**2) * childhood, np.float64)


def _orthonormal(rng: np.random.Generator) -> Float64:
    basis, _ = np.linalg.qr(rng.standard_normal((DIM, DIM)))
    return np.asarray(basis, np.float64)


def _covariance_root(power: float, rng: np.random.Generator) -> Float64:
    """Return A with A.T @ A a random covariance of unit trace and eigenvalues i ** -power."""
    spectrum = np.arange(1, DIM + 1, dtype=np.float64) ** -power
    return np.asarray(np.sqrt(spectrum / spectrum.sum())[:, None] * _orthonormal(rng), np.float64)
