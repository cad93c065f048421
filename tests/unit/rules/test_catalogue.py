"""The catalogue at a day: matters, capacities, tiers, entrustments, and what a check finds."""

import tomllib
from collections.abc import Callable
from copy import deepcopy
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from field_app.crypto.canonical import canonical, parse
from field_app.paths import RESOURCES
from field_app.rules.catalogue import (
    Catalogue,
    CatalogueBroken,
    amount_reasons,
    entrustment_reasons,
    read_catalogue,
    stored,
)
from field_app.rules.catalogue_checks import findings
from field_app.rules.catalogue_tables import TABLES, ValueRefused, read_day, read_yuan

RAW = tomllib.loads((RESOURCES / "training" / "catalogue.toml").read_text("utf-8"))
TODAY, OWN = date(2026, 11, 24), "重庆市武隆区演练乡人民政府"
KINDS = ("违法建设", "占道经营", "秸秆焚烧", "安全生产", "农村宅基地", "畜禽养殖污染", "森林防火",
         "垃圾", "河道", "小餐饮", "燃气", "校外托管")
Change = Callable[[dict[str, Any]], Any]


def changed(change: Change) -> Catalogue:
    raw = deepcopy(RAW)
    change(raw["tables"])
    return read_catalogue(raw)


def stops(change: Change) -> list[str]:
    return [str(f) for f in findings(changed(change)) if f.stops]


def row(tables: dict[str, Any], kind: str, **known: Any) -> dict[str, Any]:
    found: dict[str, Any] = next(
        r for r in tables[kind] if all(r[k] == v for k, v in known.items()))
    return found


def test_the_training_set_can_be_released_and_says_it_is_one() -> None:
    made = read_catalogue(RAW)
    assert made.training and "演练" in made.title and made.number == 0
    assert [f for f in findings(made) if f.stops] == []
    assert {k for k in TABLES if made.rows(k)} == set(TABLES)
    for kind in ("agency", "officer", "auxiliary"):
        assert all("演练" in r["name"] for r in made.rows(kind))


def test_the_training_set_covers_twelve_kinds_with_bases() -> None:
    matters = read_catalogue(RAW).matters_at(TODAY)
    assert {m.field for m in matters} >= set(KINDS)
    assert all(m.bases and all(b.citation.startswith("《") for b in m.bases) for m in matters)
    assert {m.capacity for m in matters} == {"法定", "赋权", "委托"}


def test_a_release_reads_back_the_same() -> None:
    made = read_catalogue(RAW)
    assert stored(read_catalogue(parse(canonical(stored(made))))) == stored(made)


def test_matters_go_by_the_day() -> None:
    made = read_catalogue(RAW)
    assert made.matters_at(date(2025, 6, 30)) == ()
    assert made.capacity("演练-燃气-0001", date(2025, 7, 1)) == "赋权"
    assert made.capacity("演练-应急-0001", date(2028, 6, 30)) == "委托"
    assert made.capacity("演练-应急-0001", date(2028, 7, 1)) is None
    assert made.capacity("没有的", TODAY) is None


def test_an_agency_acts_in_its_own_name_or_entrusted() -> None:
    made = read_catalogue(RAW)
    mine = {m.code: m for m in made.matters_of(OWN, TODAY)}
    assert "演练-林业-0001" in mine and "演练-林业-0002" not in mine  # entrusted to the station
    assert mine["演练-应急-0001"].agency.name != OWN
    assert mine["演练-应急-0001"].agency.reconsideration == "重庆市武隆区人民政府"
    assert made.matters_of("别的乡人民政府", TODAY) == ()


def test_a_changed_matter_has_its_row_for_each_time() -> None:
    def change(t: dict[str, Any]) -> None:
        old = row(t, "matter", code="演练-燃气-0001")
        old["valid_to"] = "2026-03-31"
        t["matter"].append({**old, "capacity": "法定", "valid_from": "2026-04-01",
                            "valid_to": ""})

    made = changed(change)
    assert [made.capacity("演练-燃气-0001", date(2026, m, 15)) for m in (3, 4)] == ["赋权", "法定"]
    assert [f for f in findings(made) if f.stops] == []


@pytest.mark.parametrize(("field", "value", "reason"), [
    ("published", "", "没有公布"), ("filed", "", "没有备案"), ("matters", ["演练-食品-0001"], "没有写明"),
    ("valid_to", "2026-01-31", "没有在有效期内"), ("from_agency", "演练市监局", "不一致")])
def test_an_entrustment_must_hold(field: str, value: Any, reason: str) -> None:
    made = changed(lambda t: row(t, "entrustment", code="演练委-01").update({field: value}))
    matter = made.matter("演练-应急-0001", TODAY)
    assert matter is not None and any(reason in r for r in entrustment_reasons(matter))
    assert made.capacity("演练-应急-0001", TODAY) is None


def test_amounts_are_held_to_tier_and_law() -> None:
    tiers = read_catalogue(RAW).tiers("演练-林业-0001", TODAY, party="公民")
    assert [(t.least, t.most) for t in tiers] == [
        (20_000, 80_000), (80_000, 180_000), (180_000, 300_000)]
    assert amount_reasons(tiers, 20_000, 1) == [] == amount_reasons(tiers, 300_000)
    assert amount_reasons(tiers, 19_999) == ["金额不在法定幅度内"]
    assert amount_reasons(tiers, 300_001, 3) == ["金额不在法定幅度内"]
    assert amount_reasons(tiers, 80_001, 1) == ["金额不在所选的裁量档次内"]
    assert amount_reasons((), 1) == []


def test_training_hours_and_days_off_are_told() -> None:
    made = read_catalogue(RAW)
    assert made.training_hours("演练50015600101", 2026) == (44, True)
    assert made.training_hours("演练50015600103", 2026) == (36, True)
    assert made.training_hours("演练50015600101", 2025) == (0, False)
    calendar = made.calendar()
    assert calendar.years == {2026} and not calendar.is_workday(date(2026, 10, 1))


FAULTS: list[tuple[str, Change, str]] = [
    ("overlap", lambda t: t["matter"].append(
        {**t["matter"][0], "valid_from": "2026-01-01"}), "时间重叠"),
    ("backwards", lambda t: t["officer"][0].update(valid_to="2020-01-01"), "失效日期早于"),
    ("agency", lambda t: t["matter"][0].update(agency="别处"), "在“机关”里没有"),
    ("basis", lambda t: t["basis"].remove(row(t, "basis", matter="演练-燃气-0001")), "没有执法依据"),
    ("letter", lambda t: row(t, "matter", code="演练-应急-0001").pop("entrustment"), "没有写委托书"),
    ("own", lambda t: row(t, "matter", code="演练-应急-0001").update(agency="演练乡"), "应当是委托机关"),
    ("force", lambda t: row(t, "matter", code="演练-应急-0001").update(type="行政强制"), "不得委托"),
    ("needless", lambda t: row(t, "matter", code="演练-燃气-0001").update(entrustment="演练委-01"),
     "不应写委托书"),
    ("two tiers", lambda t: t["tier"].remove(
        row(t, "tier", matter="演练-林业-0001", party="公民", order=3)), "应当为三至五档"),
    ("beyond", lambda t: row(t, "tier", matter="演练-林业-0001", party="公民", order=3).update(
        most=300_001), "超出法定幅度"),
    ("tiers meet", lambda t: row(t, "tier", matter="演练-林业-0001", party="公民", order=2).update(
        least=70_000), "金额重叠"),
    ("ranges", lambda t: row(t, "tier", matter="演练-林业-0001", party="公民", order=2).update(
        law_most=400_000), "法定幅度不一致"),
    ("both", lambda t: row(t, "tier", matter="演练-林业-0001", party="单位", order=2).update(
        party="不限"), "不能与"),
]


@pytest.mark.parametrize(("change", "words"), [f[1:] for f in FAULTS], ids=[f[0] for f in FAULTS])
def test_what_stops_a_release_is_found(change: Change, words: str) -> None:
    assert any(words in text for text in stops(change)), stops(change)


def test_holes_and_gaps_are_told_but_do_not_stop() -> None:
    def change(t: dict[str, Any]) -> None:
        old = row(t, "matter", code="演练-燃气-0001")
        old["valid_to"] = "2026-03-31"
        t["matter"].append({**old, "valid_from": "2026-05-01", "valid_to": ""})
        row(t, "tier", matter="演练-林业-0001", party="公民", order=2)["least"] = 90_000

    made = findings(changed(change))
    assert [f for f in made if f.stops] == []
    told = "\n".join(map(str, made))
    assert "2026-04-01至2026-04-30之间没有有效的行" in told and "与前一档之间有空档" in told


@pytest.mark.parametrize("change", [
    lambda raw: raw.update(format="le-catalogue/2"), lambda raw: raw.update(more=1),
    lambda raw: raw.update(number=-1), lambda raw: raw.update(training="yes"),
    lambda raw: raw["tables"].update(unknown=[]),
    lambda raw: raw["tables"]["matter"][0].update(capacity="自定"),
    lambda raw: raw["tables"]["matter"][0].update(extra="x"),
    lambda raw: raw["tables"]["matter"][0].pop("source"),
    lambda raw: raw["tables"]["tier"][0].update(least=-1),
    lambda raw: raw["tables"]["tier"][0].update(least=True),
    lambda raw: raw["tables"]["officer"][0].update(cert_to="2026-2-30"),
    lambda raw: raw["tables"]["officer"].append("x")])
def test_a_malformed_set_is_refused(change: Change) -> None:
    raw = deepcopy(RAW)
    change(raw)
    with pytest.raises(CatalogueBroken):
        read_catalogue(raw)


@given(st.integers(0, 9_999_999_99))
def test_money_is_read_to_the_fen(fen: int) -> None:
    assert read_yuan(f"{fen // 100}.{fen % 100:02}") == fen


@given(st.dates(date(1950, 1, 1), date(2100, 1, 1)))
def test_days_are_read_as_offices_write_them(day: date) -> None:
    for text in (day.isoformat(), f"{day.year}/{day.month}/{day.day}",
                 f"{day.year}年{day.month}月{day.day}日"):
        assert read_day(text) == day.isoformat()


@given(st.text(max_size=30))
def test_any_text_is_read_or_refused(text: str) -> None:
    for table in TABLES.values():
        for column in table.columns:
            try:
                column.read(text)
            except ValueRefused as error:
                assert str(error)
