"""What a clerk writes can be read again, and every departure from the truth is logged."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

from matcher.synthetic.accounts import give_account, photo_day
from matcher.synthetic.block import Block, draw_block
from matcher.synthetic.clerks import Account, fill_in, write_date
from matcher.synthetic.recipe import Recipe
from matcher.synthetic.sources import Sources
from matcher.synthetic.streams import Streams
from matcher.synthetic.telling import Corruption, place_words, short_place, tell_name, tell_place
from matcher.synthetic.traces import Trace
from matcher.synthetic.world import World, imagine_world


@pytest.fixture(scope="module")
def world(larger: Recipe, sources: Sources) -> World:
    return imagine_world(larger, sources, seed=3)


@pytest.fixture(scope="module")
def block(world: World) -> Block:
    return draw_block(world, 0)


def _forms(world: World, block: Block) -> Iterator[tuple[Trace, Account, dict[str, str], list[Corruption]]]:
    for trace in block.traces:
        account = give_account(world.recipe, world.sources, world.streams, trace)
        rng = world.streams.of("clerks", *trace.key)
        cells, slips = fill_in(rng, world.sources, trace.station, world.recipe.stations, account)
        yield trace, account, cells, slips


def test_forms_keep_to_the_headers_of_their_station(world: World, block: Block) -> None:
    for trace, _, cells, _ in _forms(world, block):
        assert set(cells) <= set(trace.station.headers.values())
        assert cells[trace.station.headers["record_id"]] == trace.record_id


def test_neighbouring_cells_change_places_in_a_few_rows(sources: Sources, larger: Recipe) -> None:
    often = replace(larger, stations=replace(larger.stations, swapped_columns=0.5))
    world = imagine_world(often, sources, seed=3)
    filled = _forms(world, draw_block(world, 0))
    swapped = [[s for s in slips if s.cause == "swapped_columns"] for *_, slips in filled]
    assert 0.3 < np.mean([bool(slips) for slips in swapped]) < 0.5  # two empty cells change nothing
    for slips in filter(None, swapped):
        one, other = slips
        assert (one.truth, one.written) == (other.written, other.truth)
        assert "record_id" not in {one.field, other.field}


def test_every_departure_from_the_truth_is_logged(world: World, block: Block) -> None:
    for trace, account, cells, slips in _forms(world, block):
        logged = {slip.field for slip in slips}
        headers, person = trace.station.headers, trace.person
        name = cells.get(headers["name"], "").removesuffix(trace.station.sound_mark)
        if name not in {person.name, world.sources.names.traditional(person.name)}:
            assert "name" in logged, (trace.record_id, name)
        if cells.get(headers["sex"]) != ("男" if person.sex == "male" else "女"):
            assert "sex" in logged
        if (
            cells.get(headers["home"], "") not in {person.household.text, person.home.text}
            and not trace.station.traditional
        ):
            assert "home" in logged
        if not cells.get(headers["event"]):
            assert "event" in logged
        assert account.record_id == trace.record_id


def test_wrong_sex_happens_at_the_rate_of_the_recipe(world: World, block: Block) -> None:
    wrong = sum(any(slip.cause == "wrong_sex" for slip in slips) for *_, slips in _forms(world, block))
    expected = world.recipe.stations.wrong_sex * len(block.traces)
    assert abs(wrong - expected) < 4 * np.sqrt(expected)


def test_guessed_ages_are_heaped(world: World, block: Block) -> None:
    ages = [
        int("".join(filter(str.isdigit, cells[trace.station.headers["age"]])))
        for trace, _, cells, _ in _forms(world, block)
        if trace.station.age_style == "plain"
        and (cells.get(trace.station.headers["age"]) or "").isdigit()
        and cells.get(trace.station.headers["age"])
        and trace.kind != "missing"
    ]
    assert np.mean([age % 5 == 0 for age in ages]) > 0.4


def test_names_nobody_knows_are_placeholders_or_empty_or_of_the_stations_making(world: World, block: Block) -> None:
    for trace, account, cells, slips in _forms(world, block):
        if account.name.text:
            continue
        text = cells.get(trace.station.headers["name"], "")
        if any(slip.cause == "swapped_columns" for slip in slips):
            continue
        made_up = any(slip.cause == "station_given" for slip in slips)
        assert made_up or text in {"", "无名氏", "不详", "未知", "某某", "无名男", "无名女"} or text.startswith("救助")


@pytest.mark.parametrize(
    ("style", "text"),
    [("dash", "2019-03-05"), ("dot", "2019.3.5"), ("slash", "2019/3/5"), ("han", "2019年3月5日"),
     ("han_short", "19年3月"), ("compact", "20190305")],
)  # fmt: skip
def test_date_styles(style: str, text: str) -> None:
    assert write_date(17960, style) == text


def test_telling_a_name_by_level(world: World, block: Block) -> None:
    telling = world.recipe.telling
    person = block.traces[0].person
    exact = replace(telling, heard_exactly=1.0)
    expected = {
        "registered": (person.name, ()), "full": (person.name, ()), "given": (person.given, ("fragment",)),
        "surname": (person.surname, ("fragment",)), "nickname": (person.nickname, ("nickname",)),
        "none": ("", ("not_told",)),
    }  # fmt: skip
    for level, (text, causes) in expected.items():
        told = tell_name(np.random.default_rng(1), world.sources, person, replace(exact, name={"x": {level: 1.0}}), "x")
        assert (told.text, told.level, told.causes) == (text, level, causes)


def test_telling_a_place_by_level(world: World, block: Block) -> None:
    person = next(t.person for t in block.traces if t.person.home != t.person.household)
    exact = replace(world.recipe.telling, heard_exactly=1.0, old_place_name=0.0, place_is_lie={})
    for level, text in (("registered", person.household.text), ("full", person.home.text), ("none", "")):
        told = tell_place(
            np.random.default_rng(1), world.sources, person, replace(exact, place={"x": {level: 1.0}}), "x"
        )
        assert told.text == text


def test_place_words() -> None:
    names = ("安徽省", "阜阳市", "临泉县", "宋集镇", "大王庄村")
    rng = np.random.default_rng(1)
    nothing = dict.fromkeys(("province", "prefecture", "county", "township"), 0.0)
    assert place_words(rng, names, "county", nothing) == ["安徽省", "临泉县"]
    assert place_words(rng, names, "some", nothing) == ["大王庄村"]
    assert place_words(rng, names, "some", dict.fromkeys(nothing, 1.0)) == ["安徽", "阜阳", "临泉", "宋集", "大王庄村"]
    assert short_place("大王庄村") == "大王庄"


def test_a_family_brings_an_old_photo_and_a_station_takes_its_own(world: World, block: Block) -> None:
    for trace in block.traces:
        day = photo_day(world.recipe, world.streams, trace)
        if day is None:
            continue
        if trace.kind == "missing":
            assert trace.person.birth_day < day <= max(trace.case.loss_day, trace.person.birth_day + 366)
        else:
            assert day == trace.day


def test_what_is_told_does_not_depend_on_other_concerns(
    larger: Recipe, sources: Sources, world: World, block: Block
) -> None:
    other = replace(larger, dna=replace(larger.dna, sample_swap=0.5), faces=replace(larger.faces, drift_per_decade=0.3))
    again = draw_block(imagine_world(other, sources, seed=3), 0)
    assert [t.record_id for t in again.traces] == [t.record_id for t in block.traces]
    streams = Streams(3)
    for trace in block.traces[:50]:
        one = give_account(world.recipe, sources, streams, trace)
        assert one == give_account(other, sources, streams, trace)
