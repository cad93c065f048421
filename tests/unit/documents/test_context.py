"""What templates are given: dates, money, ages, lists and blanks as papers write them."""

from typing import Any

import pytest

from field_app.documents.context import PaperFacts, build_context, copies_text
from field_app.documents.marks import marked, number_of, unmarked
from field_app.documents.values import Printed
from field_app.forms import Field, FormDefinition, Kind, Need, load_form


def context(form_id: str, answers: dict[str, Any], *, draft: bool = False) -> dict[str, Any]:
    return build_context(load_form(form_id), answers, PaperFacts(draft=draft))[0]


def text(value: Any) -> str:
    return unmarked(str(value))


def test_dates_moments_and_ages() -> None:
    made = context("G2-02", {"start_at": "2026-05-14T09:05:00+08:00", "inq_birth": "1986-05-15"})
    assert text(made["start_at"]) == "2026年5月14日9时05分"
    assert text(made["start_at"]["day"]) == "2026年5月14日"
    assert text(made["start_at"]["clock"]) == "9时05分"
    assert text(made["inq_birth"]) == "1986年5月15日"
    assert text(made["inq_birth"]["age"]) == "39"


def test_moments_are_told_in_china_time() -> None:
    made = context("G2-02", {"start_at": "2026-05-14T01:05:00+00:00"})
    assert text(made["start_at"]) == "2026年5月14日9时05分"


def test_lists_choices_and_groups() -> None:
    answers = {"officers": [{"name": "甲", "cert_no": "1"}, {"name": "乙", "cert_no": "2"}],
               "recuse_reply": "申请", "av_refs": ["音1", "音2"], "PARTY": {"name": "某店"}}
    made = context("G1-04", answers)
    assert [text(o["name"]) for o in made["officers"]] == ["甲", "乙"]
    assert text(made["officers"]["joined"]) == "甲、乙"
    assert text(made["av_refs"]) == "音1、音2"
    assert [(text(o["box"]), text(o["label"])) for o in made["recuse_reply"]["options"]] == [
        ("□", "不申请"), ("■", "申请")]
    assert made["recuse_reply"] == "申请" and made["recuse_reply"] != "不申请"
    assert text(made["PARTY"]) == "某店"


def test_gender_and_birth_follow_from_the_citizen_number() -> None:
    made = context("G1-04", {"PARTY": {"id_type": "身份证", "id_no": "999999198604123111"}})
    assert text(made["PARTY"]["gender"]) == "男"
    assert text(made["PARTY"]["birth"]) == "1986年4月12日"
    bad = context("G1-04", {"PARTY": {"id_type": "身份证", "id_no": "999999198604123112"}})
    assert not bad["PARTY"]["gender"]


def test_blanks_on_drafts_words_on_finished_papers() -> None:
    draft, done = context("G2-02", {}, draft=True), context("G2-02", {})
    assert text(draft["place"]).isspace() and not draft["place"]
    assert text(done["place"]) == ""
    assert "年" in text(draft["inq_birth"])
    assert text(done["inq_unit"]) == "无"
    assert len(draft["officers"]) == 2 and len(done["officers"]) == 0
    assert len(draft["qa"]) == 1
    assert text(context("G1-15", {})["unit_rep_sign"]).isspace(), "signed by hand after printing"
    assert text(context("G1-15", {})["REMEDY"]["recon_days"]) == "60"


def test_false_is_false_and_still_prints() -> None:
    made = context("G1-15", {"REMEDY": {"recon_first": False}})
    assert not made["REMEDY"]["recon_first"] and text(made["REMEDY"]["recon_first"]) == "否"


def test_money_is_told_in_figures_and_words() -> None:
    field = Field("fine", "罚款", Kind.MONEY, Need.REQUIRED)
    base = load_form("G4-02")
    form = FormDefinition(**{**base.__dict__, "fields": (field,)})
    made = build_context(form, {"fine": 500_000_50}, PaperFacts())[0]
    assert text(made["fine"]) == "500,000.50元"
    assert text(made["fine"]["words"]) == "人民币伍拾万元伍角整"


def test_signatures_told_after_printing_are_printed() -> None:
    assert text(context("G4-02", {"signed_by": {"name": "甲", "at": "x"}})["signed_by"]) == "甲"
    assert text(context("G4-02", {"signed_by": "乙"})["signed_by"]) == "乙"


def test_long_text_is_given_by_paragraph() -> None:
    made = context("G1-04", {"check_findings": "一。\n\n  二。  \n三。"})
    assert [text(line) for line in made["check_findings"]["lines"]] == ["一。", "二。", "三。"]


def test_copies_are_told() -> None:
    assert copies_text(load_form("G1-04")) == "本文书一式两份：一份入卷，一份交当事人。"
    assert copies_text(load_form("G2-02")) == "本文书一式一份：一份入卷。"


def test_marks_lead_back_to_paths() -> None:
    made, paths = build_context(load_form("G1-04"), {"PARTY": {"name": "甲"}}, PaperFacts())
    shown = str(made["PARTY"]["name"])
    number = number_of(shown[0])
    assert number is not None and paths[number] == "PARTY.name"
    assert shown == marked("甲", number) and unmarked(shown) == "甲"
    assert number_of("甲") is None


def test_imitated_marks_and_unprintable_characters_never_reach_the_paper() -> None:
    made = context("G2-02", {"place": "a\U000f0001b\x00c\ud800d\ue000"}, draft=True)
    assert text(made["place"]) == "abcd"
    assert len(str(made["place"])) == 6


def test_a_value_shows_nothing_of_itself_but_its_parts() -> None:
    value = Printed("甲", 0, answered=True, parts={"lines": []})
    with pytest.raises(KeyError):
        value["_raw"]
