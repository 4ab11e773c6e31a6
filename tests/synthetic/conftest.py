"""Small sources of names, places, loci and faces, so that the generator's own logic is tested without the channels."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest

from matcher.synthetic.recipe import Recipe, load_recipe
from matcher.synthetic.sources import Float32, Float64, Home, Sources
from matcher.types import Genotype, Sex

RECIPES = Path(__file__).parents[2] / "datasets-synthetic" / "recipes"

_PROVINCES = {"安徽省": "jianghuai", "四川省": "chuanyu", "广东省": "yue"}


@dataclass(frozen=True)
class FewNames:
    def surname(self, rng: np.random.Generator) -> str:
        return str(rng.choice(list("王李张刘陈")))

    def given(self, rng: np.random.Generator, sex: Sex) -> str:
        characters = list("伟强军建国") if sex == "male" else list("芳娜秀英敏")
        return "".join(rng.choice(characters, int(rng.integers(1, 3))))

    def misheard(self, rng: np.random.Generator, name: str, region: str) -> str:
        return name[:-1] + str(rng.choice(list("维蔷均")))

    def traditional(self, text: str) -> str:
        return text.replace("张", "張")


@dataclass(frozen=True)
class FewPlaces:
    def home(self, rng: np.random.Generator) -> Home:
        return self._under(rng, ())

    def elsewhere(self, rng: np.random.Generator, home: Home, shared: int) -> Home:
        return self._under(rng, home.levels[:shared])

    def misheard(self, rng: np.random.Generator, text: str, region: str) -> str:
        return text[:-1] + "儿"

    def _under(self, rng: np.random.Generator, kept: tuple[str, ...]) -> Home:
        province = kept[0] if kept else str(rng.choice(list(_PROVINCES)))
        drawn = (
            province,
            f"{province[0]}城市",
            *(f"{c}{s}" for c, s in zip(rng.choice(list("东西南北"), 3), "县镇村", strict=True)),
        )
        levels = (*kept, *drawn[len(kept) :])
        return Home("340000", levels, tuple("" for _ in levels), _PROVINCES[province])


@dataclass(frozen=True)
class FewLoci:
    def founder(self, rng: np.random.Generator) -> Mapping[str, Genotype]:
        pairs = {locus: sorted(rng.integers(8, 16, 2).tolist()) for locus in ("D3S1358", "TH01", "FGA", "vWA", "TPOX")}
        return {locus: (10 * low, 10 * high) for locus, (low, high) in pairs.items()}

    def child(
        self, rng: np.random.Generator, father: Mapping[str, Genotype], mother: Mapping[str, Genotype]
    ) -> Mapping[str, Genotype]:
        drawn = {
            locus: sorted((father[locus][int(rng.integers(2))], mother[locus][int(rng.integers(2))]))
            for locus in father
        }
        return {locus: (low, high) for locus, (low, high) in drawn.items()}


@dataclass(frozen=True)
class FewFaces:
    model_id: str = "test-model"
    latent_size: int = 6

    def photo(self, rng: np.random.Generator, latent: Float64, *, child: bool) -> Float32:
        vector = latent * (0.5 if child else 1.0) + 0.1 * rng.standard_normal(6)
        return (vector / np.linalg.norm(vector)).astype(np.float32)


@pytest.fixture(scope="session")
def sources() -> Sources:
    """Sources with five surnames, three provinces and five loci."""
    return Sources(FewNames(), FewPlaces(), FewLoci(), FewFaces(), {"test": "1"})


@pytest.fixture(scope="session")
def recipe() -> Recipe:
    """The smallest recipe of the repository."""
    return load_recipe(RECIPES / "micro.toml")


@pytest.fixture(scope="session")
def larger(recipe: Recipe) -> Recipe:
    """A recipe large enough for shares to show."""
    return replace(recipe, world=replace(recipe.world, gallery_records=1500, intakes=200))
