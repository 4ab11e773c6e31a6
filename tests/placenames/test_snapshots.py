from __future__ import annotations

from matcher.placenames.bureau import Snapshot, add_snapshot
from matcher.placenames.snapshots import FormerPlace, add_followed, follow
from matcher.placenames.sources import Division
from matcher.placenames.tree import NO_ROW, Draft


def snapshot(year: int, streets: dict[str, str], villages: dict[str, str]) -> Snapshot:
    return Snapshot(
        f"{year}",
        year,
        {
            "cities": [("5107", "绵阳市", "51")],
            "areas": [("510725", "梓潼县", "5107")],
            "streets": [(code, name, "510725") for code, name in streets.items()],
            "villages": [(code, name, code[:9]) for code, name in villages.items()],
        },
    )


OLD = snapshot(
    2018,
    {"510725100": "文昌镇", "510725201": "梓棉乡", "510725202": "老庙乡", "510725203": "孤山乡"},
    {
        "510725100201": "东街村委会",
        "510725201201": "黎明村委会",
        "510725201202": "红旗村委会",
        "510725201203": "光辉村委会",
        "510725202201": "石牛村委会",
        "510725203201": "无踪村委会",
    },
)
NEW = snapshot(
    2020,
    {"510725100": "文昌镇", "510725105": "石牛镇"},
    {
        "510725100201": "东街村委会",
        "510725105201": "黎明村村委会",
        "510725105202": "红旗村村委会",
        "510725100209": "光辉村村委会",
        "510725105203": "石牛村村委会",
    },
)


def by_name(places: tuple[FormerPlace, ...]) -> dict[str, FormerPlace]:
    return {place.name: place for place in places}


def test_a_merged_township_is_followed_by_its_villages() -> None:
    found = by_name(follow([OLD, NEW]).places)
    # Two of its three villages went to 510725105, one to 510725100: both have a share of at least three tenths.
    assert found["梓棉乡"].successors == ("510725105", "510725100")
    assert found["老庙乡"].successors == ("510725105",)
    assert (found["老庙乡"].how, found["老庙乡"].last_year) == ("flow", 2018)


def test_a_township_that_left_no_trace_stays_unknown() -> None:
    found = by_name(follow([OLD, NEW]).places)
    assert (found["孤山乡"].successors, found["孤山乡"].how) == ((), "unknown")
    assert "无踪村委会" not in found


def test_a_chain_of_years_leads_to_the_newest() -> None:
    newest = snapshot(2021, {"510725100": "文昌镇", "510725105": "新石牛镇"}, dict(NEW_VILLAGES))
    found = by_name(follow([OLD, NEW, newest]).places)
    assert found["老庙乡"].successors == ("510725105",)
    assert found["石牛镇"].how == "same-code"
    assert (found["梓棉乡"].first_year, found["梓棉乡"].last_year) == (2018, 2018)


NEW_VILLAGES = [(code, name) for code, name, _above in NEW.tables["villages"]]


def test_a_draft_learns_former_names_and_former_townships() -> None:
    draft = Draft()
    rows: dict[str, int] = {}
    for division in (
        Division(1, "510000", "", "四川省"),
        Division(2, "510700", "510000", "绵阳市"),
        Division(3, "510725", "510700", "梓潼县"),
    ):
        rows[division.code] = draft.add(division, rows.get(division.parent, NO_ROW), "mca")
    more = {"510725105208": "红星村委会", "510725105209": "红卫村委会"}
    newer = snapshot(2020, dict(NEW_STREETS), {**dict(NEW_VILLAGES), **more})
    known = add_snapshot(draft, newer, rows)
    more = {"510725201204": "红星村委会", "510725201205": "红卫村委会"}
    older = snapshot(2018, dict(OLD_STREETS), {**dict(OLD_VILLAGES), **more})
    add_followed(draft, follow([older, newer]), known)
    former = draft.name.index("梓棉乡")
    assert draft.successors[former] == (known["510725105"],)
    stray = known["510725100209"]
    assert [draft.name[row] for row in draft.former_parents[stray]] == ["梓棉乡"]
    assert draft.how[draft.name.index("孤山乡")] == "unknown"


OLD_STREETS = [(code, name) for code, name, _above in OLD.tables["streets"]]
OLD_VILLAGES = [(code, name) for code, name, _above in OLD.tables["villages"]]
NEW_STREETS = [(code, name) for code, name, _above in NEW.tables["streets"]]
