"""Several processes write the world that one process writes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from matcher.settings import Settings
from matcher.synthetic.crew import drafts_by
from matcher.synthetic.files import hashes
from matcher.synthetic.recipe import Recipe, plain, restored
from matcher.synthetic.reference import open_sources
from matcher.synthetic.world import imagine_world
from matcher.synthetic.writing import write_world


def test_two_processes_write_the_bytes_of_one(recipe: Recipe, tmp_path: Path) -> None:
    blocks = replace(recipe, world=replace(recipe.world, blocks=3))
    settings = Settings(tmp_path / "home")
    world = imagine_world(blocks, open_sources(blocks, settings, seed=5), seed=5)
    one = write_world(world, tmp_path / "one")
    two = write_world(world, tmp_path / "two", drawing=drafts_by(2, settings))
    assert one.counts == two.counts
    assert hashes(tmp_path / "one") == hashes(tmp_path / "two")


def test_a_recipe_is_restored_with_its_rows_in_order(recipe: Recipe) -> None:
    again = restored(plain(recipe))
    assert again == recipe
    assert list(again.telling.name["fresh"]) == list(recipe.telling.name["fresh"])
