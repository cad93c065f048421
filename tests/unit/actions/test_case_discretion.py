"""Amounts within their tier, one act once, leniency, lists of major decisions, what officers tell."""

import copy
import json
import tomllib
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from field_app.domain.case import PaperRecord, PaperState
from field_app.domain.clock import CHINA
from field_app.domain.ids import CaseId, DocumentId, StepId
from field_app.domain.reasons import Level
from field_app.domain.workdays import shipped_calendar
from field_app.paths import RESOURCES
from field_app.rules.case.case_facts import Around
from field_app.rules.case.case_findings import case_findings
from field_app.rules.catalogue import Catalogue, CatalogueMatter, read_catalogue
from field_app.rules.checks.decision import Fined
from field_app.rules.circumstances import Told, circumstances

B, W = Level.BLOCK, Level.WARN
DAY = date(2026, 6, 18)
RAW = tomllib.loads((RESOURCES / "training" / "catalogue.toml").read_text("utf-8"))
CATALOGUE = read_catalogue(RAW)
NONE = Told(denied=frozenset(circumstances()))
UNIT, PERSON = "91999999MAYL0001XU", "110101199003077758"


def matter(code: str) -> CatalogueMatter:
    found = CATALOGUE.matter(code, DAY)
    assert found is not None
    return found


def around(code: str = "演练-消防-0002", told: Told = NONE, *, catalogue: Catalogue | None = CATALOGUE,
           **more: Any) -> Around:
    return Around(told, catalogue, matter(code), opened=DAY, **more)


def sample(form: str, **change: Any) -> dict[str, Any]:
    made: dict[str, Any] = json.loads(
        (RESOURCES / "training" / "answers" / f"{form}.json").read_text("utf-8"))
    return copy.deepcopy(made) | change


def issued(form: str, number: str, *, day: int = 1, **change: Any) -> PaperRecord:
    at = datetime(2026, 6, day, 9, tzinfo=CHINA)
    return PaperRecord(DocumentId(number), CaseId("c"), StepId("s"), form, 1, "", form,
                       PaperState.ISSUED, sample(form, **change), at, number=number, issued=at)


def found(form: str, where: Around, *papers: PaperRecord, **change: Any) -> dict[str, Level]:
    reasons = case_findings(form, sample(form, **change), papers, today=DAY,
                            calendar=shipped_calendar(), around=where)
    assert all(r.text and r.remedy for r in reasons)
    # The gravest of each rule's findings.
    return {r.rule: r.level for r in sorted(reasons, key=lambda r: r.level is Level.BLOCK)}


def fine(yuan: int) -> dict[str, Any]:
    return {"penalties": [{"kind": "罚款", "amount": yuan * 100}]}


@pytest.mark.parametrize(("yuan", "grade", "level"), [
    (5_000, "", None), (50_000, "", None),          # both ends of the statute: 5,000 to 50,000
    (4_999, "", B), (50_001, "", B),                # outside the statute never passes
    (10_000, "较轻", None), (15_001, "较轻", W),    # outside the tier that the report names
    (14_000, "较重", W), (30_000, "较重", None)])
def test_a_fine_keeps_to_statute_and_tier(yuan: int, grade: str, level: Level | None) -> None:
    report = issued("G2-27", "终1", discretion={"grade": grade} if grade else None)
    for form in ("G3-01", "G3-15"):
        assert found(form, around(), report, **fine(yuan)).get("DC-11") == level


def test_citizens_have_tiers_of_their_own_and_traders_count_as_citizens() -> None:
    for kind, level in (("公民", None), ("个体工商户", None), ("法人", B)):
        party = sample("G3-01")["PARTY"] | {"party_type": kind}
        assert found("G3-01", around(), PARTY=party, **fine(400)).get("DC-11") == level


def test_without_a_catalogue_nobody_judges_amounts() -> None:
    assert "DC-11" not in found("G3-01", around(catalogue=None), **fine(9_999_999))


def fined(first: date | None, **change: Any) -> Fined:
    return replace(Fined(UNIT, matter("演练-消防-0002").name, first, first, "D9-2025-0001"), **change)


@pytest.mark.parametrize(("earlier", "level"), [
    ((), None), ((fined(date(2026, 5, 14)),), B), ((fined(date(2025, 5, 14)),), None),
    ((fined(None),), W), ((fined(date(2026, 5, 14), matter="另一事项"),), None),
    ((fined(date(2026, 5, 14), party="另一人"),), None)])
def test_the_same_act_is_fined_once(earlier: tuple[Fined, ...], level: Level | None) -> None:
    filed = issued("G1-09", "立1", occur_at="2026-05-14T09:20:00+08:00")
    assert found("G3-15", around(fined=earlier), filed).get("DC-07") == level


def test_who_is_not_penalised_and_who_is_lightened() -> None:
    def told(*names: str) -> Around:
        return around(told=Told(frozenset(names), frozenset(circumstances()) - frozenset(names)))

    assert found("G3-15", told("slight", "corrected", "harmless"))["DC-09"] is B
    assert found("G3-15", told("no_fault"))["DC-09"] is B
    assert found("G3-15", told("first_offence", "corrected", "slight"))["DC-09"] is W
    assert found("G3-15", told("removed"))["DC-10"] is W
    assert "DC-10" not in found("G3-15", told("removed", "lightened"))
    child = sample("G3-15")["PARTY"] | {"party_type": "公民", "id_type": "身份证",
                                        "id_no": "110101201401011236"}
    filed = issued("G1-09", "立1", occur_at="2026-05-14T09:20:00+08:00")
    assert found("G3-15", around(), filed, PARTY=child)["DC-09"] is B  # twelve years old


def test_gains_told_are_gains_taken() -> None:
    rows = [{"kind": "没收违法所得", "amount": 30_000}, {"kind": "罚款", "amount": 600_000}]
    notice = issued("G3-01", "告1", penalties=rows)
    assert found("G3-15", around(), notice, **fine(6_000))["DC-08"] is W
    assert "DC-08" not in found("G3-15", around(), notice, penalties=rows)


def test_major_decisions_are_reviewed_and_discussed() -> None:
    large = fine(50_000)
    assert found("G3-15", around(), **large)["LR-02"] is W
    assert "LR-02" not in found("G3-15", around(), issued("G3-11", "审1"), **large)
    assert "LR-02" not in found("G3-15", around(), **fine(49_999))
    assert "CD-01" not in found("G3-15", around(), **large)
    assert found("G3-15", around(), **fine(100_000))["CD-01"] is B


def test_what_was_reviewed_is_what_is_decided() -> None:
    notice = issued("G3-01", "告1", day=5, penalty_law=sample("G3-15")["penalty_law"], **fine(6_000))
    review = issued("G3-11", "审1", day=15)
    assert "LR-03" not in found("G3-15", around(), notice, review, **fine(6_000))
    assert found("G3-15", around(), notice, review, **fine(7_000))["LR-03"] is W


def test_a_reviewer_has_begun_early_or_is_qualified() -> None:
    number = sample("G3-11")["reviewer"]["cert_no"]

    def roster(**row: Any) -> Around:
        rows = [r for r in RAW["tables"]["officer"] if r["cert_no"] != number]
        base = RAW["tables"]["officer"][0] | {"cert_no": number, "reviewer": True} | row
        tables = {**RAW["tables"], "officer": [*rows, base]}
        return around(catalogue=read_catalogue({**RAW, "tables": tables}))

    assert found("G3-11", roster(review_since="2020-03-01"))["PE-09"] is B
    assert "PE-09" not in found("G3-11", roster(review_since="2017-12-31"))
    assert "PE-09" not in found("G3-11", roster(review_since="2020-03-01", qualification="A2019"))


def test_a_law_younger_than_the_act_is_compared() -> None:
    law = ["《中华人民共和国行政处罚法》第五十一条"]
    for occurred, level in (("2021-07-14", W), ("2021-07-15", None)):
        filed = issued("G1-09", "立1", occur_at=f"{occurred}T09:20:00+08:00")
        assert found("G3-15", around(), filed, penalty_law=law, violated_law=law).get("DC-06") == level


def test_what_is_not_told_is_asked_before_the_decision() -> None:
    silent = around(told=Told())
    assert {"TR-01", "LR-01", "CD-01"} <= found("G3-15", silent).keys()
    assert found("G1-09", silent)["CF-04"] is W
    assert found("G2-21", silent)["CM-08"] is W
    assert not {"TR-01", "LR-01"} & found("G3-15", around()).keys()


def told_yes(*names: str, no: tuple[str, ...] = ()) -> Around:
    return around(told=Told(frozenset(names), frozenset(no)))


def test_circumstances_speak() -> None:
    assert found("G1-14", told_yes("disputed"))["AU-08"] is W
    assert "AU-08" not in found("G1-14", told_yes("disputed", "public_safety"))
    assert found("G1-09", told_yes("outside"))["CF-04"] is W
    assert found("G3-15", told_yes("crime_suspected"))["TR-01"] is W
    assert "TR-01" not in found("G3-15", told_yes("crime_suspected"), issued("G3-21", "移1"))
    assert found("G3-15", told_yes("official_suspected"))["TR-05"] is W
    assert found("G3-15", told_yes("fixed_monitor"))["EV-08"] is W            # not told whether
    assert found("G3-15", told_yes("fixed_monitor", no=("monitor_legal",)))["EV-08"] is B
    reviewed = ("monitor_legal", "monitor_technical", "monitor_published")
    assert "EV-08" not in found("G3-15", told_yes("fixed_monitor", *reviewed))
    assert found("G2-27", told_yes("foreign_language"))["EV-06"] is W
    assert "EV-06" not in found("G2-27", told_yes("foreign_language", "translated"))
    assert found("G2-21", told_yes("goods_needed", no=("goods_unrelated",)))["CM-08"] is W
    assert found("G3-15", told_yes("public_interest"))["LR-01"] is B          # due, not reviewed


def test_an_entrustment_that_ended_yesterday_lets_nothing_out() -> None:
    code = "演练-林业-0002"
    rows = [dict(r) for r in RAW["tables"]["entrustment"]]

    def ending(day: date) -> Around:
        changed = [r | {"valid_to": day.isoformat()} if code in r["matters"] else r for r in rows]
        catalogue = read_catalogue({**RAW, "tables": {**RAW["tables"], "entrustment": changed}})
        return Around(NONE, catalogue, matter(code), opened=DAY)

    decided = {"decided_at": DAY.isoformat()}
    assert "AU-03" not in found("G3-15", ending(DAY), **decided)
    assert found("G3-15", ending(DAY - timedelta(days=1)), **decided)["AU-03"] is B


def test_how_often_an_enterprise_is_inspected() -> None:
    days = tuple(date(2026, month, 2) for month in (1, 2, 3, 4))
    plan = {"plan_start": "2026-06-18T09:00:00+08:00", "check_type": "日常检查", "over_reason": ""}
    assert found("G1-01", around(inspected=days), **plan) == {"IN-04": W}
    assert found("G1-01", around(inspected=days[:3]), **plan) == {}
    assert found("G1-01", around(inspected=(date(2026, 6, 1),)), **plan) == {"IN-06": W}
    exempt = plan | {"check_type": "线索核查"}
    assert found("G1-01", around(inspected=days), **exempt) == {"IN-04": W}   # no reason written
    assert found("G1-01", around(inspected=days), **exempt | {"over_reason": "群众举报"}) == {}


@pytest.mark.parametrize("bad", [None, 0, "", "x", [], {}, [None], "2026-13-45", "9999-12-31"])
@pytest.mark.parametrize("form", ["G1-01", "G1-02", "G3-01", "G3-11", "G3-14", "G3-15", "G3-21"])
def test_any_answers_are_taken_with_all_around(form: str, bad: Any) -> None:
    everything = around(told=Told(frozenset(circumstances())), inspected=(DAY,),
                        fined=(fined(DAY),))
    papers = [issued(f, "号1", **dict.fromkeys(sample(f), bad))
              for f in ("G1-09", "G2-21", "G2-27", "G3-01", "G3-11")]
    every = dict.fromkeys(sample(form), bad)
    for answers in (every, {}, sample(form)):
        case_findings(form, answers, papers, today=DAY, calendar=shipped_calendar(),
                      around=everything)


def test_an_auxiliary_stands_in_no_officers_column() -> None:
    helper = frozenset({"YL50015600199"})
    for form, column in (("G1-04", "officers"), ("G4-02", "servers"), ("G1-09", "handlers")):
        rows = copy.deepcopy(sample(form)[column])
        assert "PE-05" not in found(form, around(auxiliaries=helper), **{column: rows})
        rows[1]["cert_no"] = "YL50015600199"
        assert found(form, around(auxiliaries=helper), **{column: rows})["PE-05"] is B
    host = sample("G3-09")["host"] | {"cert_no": "YL50015600199"}
    assert found("G3-09", around(auxiliaries=helper), host=host)["PE-05"] is B
