"""Recipes are complete, checked, and say where each number comes from."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from matcher.errors import InputError
from matcher.synthetic.files import write_json
from matcher.synthetic.recipe import Recipe, load_recipe, plain

RECIPES = Path(__file__).parents[2] / "datasets-synthetic" / "recipes"
NAMES = sorted(path.name for path in RECIPES.glob("*.toml"))
WORLDS = [name for name in NAMES if name != "common.toml"]


@pytest.mark.parametrize("name", NAMES)
def test_every_parameter_carries_a_source_or_says_that_it_has_none(name: str) -> None:
    lines = (RECIPES / name).read_text("utf-8").splitlines()
    for number, line in enumerate(lines):
        if not re.match(r"[\w.]+ = ", line) or line.startswith(("title", "extends")):
            continue
        comment = line.partition(" # ")[2] or (lines[number - 1] if lines[number - 1].startswith("# ") else "")
        assert len(comment) > 8, f"{name}:{number + 1} has no source: {line}"


@pytest.mark.parametrize("name", WORLDS)
def test_recipes_load(name: str) -> None:
    recipe = load_recipe(RECIPES / name)
    assert recipe.world.gallery_records > 0
    for table in (*recipe.telling.name.values(), *recipe.telling.place.values(), recipe.stations.encodings):
        assert sum(table.values()) == pytest.approx(1.0)


def test_a_recipe_lays_its_keys_over_what_it_extends(recipe: Recipe) -> None:
    assert recipe.traces.repeat_maximum == 8
    assert recipe.traces.repeat_exponent == load_recipe(RECIPES / "s.toml").traces.repeat_exponent


def test_a_recipe_can_be_written_as_json(recipe: Recipe, tmp_path: Path) -> None:
    write_json(tmp_path / "recipe.json", plain(recipe))
    content = json.loads((tmp_path / "recipe.json").read_text("utf-8"))
    assert content["world"]["today"] == "2026-06-30"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("heard_exactly = 0.35", "heard_exactly = true"), "telling.*heard_exactly.*True.*a number is expected"),
        (("heard_exactly = 0.35", "heard_exactly = -0.1"), "telling.heard_exactly: -0.1.*cannot be negative"),
        (("heard_exactly = 0.35", "overheard = 0.35"), "key 'heard_exactly' is missing.*keys of this table"),
        (("[dna]", "[gene]"), "key 'dna' is missing"),
        (('"AGCU EX22"', '"AGCU EX99"'), "kit_share: 'AGCU EX99'.*known kits: .*Goldeneye 20A"),
        (("generations = 4", "generations = 4.5"), "generations: 4.5.*a int is expected"),
        (("founder_birth_years = [1885, 1955]", "founder_birth_years = [1885]"), "a list of 2 is expected"),
    ],
)
def test_mistakes_in_a_recipe_are_named(tmp_path: Path, change: tuple[str, str], message: str) -> None:
    text = (RECIPES / "common.toml").read_text("utf-8").replace(*change)
    (tmp_path / "common.toml").write_text(text, "utf-8")
    world = tmp_path / "w.toml"
    world.write_text((RECIPES / "micro.toml").read_text("utf-8"), "utf-8")
    with pytest.raises(InputError, match=message):
        load_recipe(world)


def test_a_missing_recipe_and_a_circle_are_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"nothing.toml: cannot be read.*tiny.toml"):
        load_recipe(tmp_path / "nothing.toml")
    (tmp_path / "round.toml").write_text('extends = "round.toml"', "utf-8")
    with pytest.raises(InputError, match="extends itself"):
        load_recipe(tmp_path / "round.toml")
