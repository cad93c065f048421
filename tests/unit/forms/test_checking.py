"""Every check passes on good answers and speaks, at the right place, when one thing is spoiled."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from field_app.domain.identity import citizen_check_character
from field_app.domain.reasons import Level, Reason
from field_app.forms import check_answers, list_forms, load_form
from field_app.forms.checks import CHECKS
from field_app.forms.definition import Field, FormDefinition

TODAY = date(2026, 11, 24)
Good = Callable[[str], dict[str, Any]]
CHILD = "99999920100301322"
CHILD_NO = CHILD + citizen_check_character(CHILD)


def check(form_id: str, answers: Any, **more: Any) -> list[Reason]:
    return check_answers(load_form(form_id), answers, today=TODAY, **more)


def spoiled(answers: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    """The answers with one place changed; ``...`` takes it away."""
    *way, last = [int(s) if s.isdigit() else s for s in path.split("/")]
    here: Any = answers
    for step in way:
        here = here[step]
    if value is ...:
        del here[last]
    else:
        here[last] = value
    return answers


@pytest.mark.parametrize("form_id", ["G1-04", "G1-15", "G2-02", "G4-02"])
def test_good_answers_have_no_reason_against_them(form_id: str, good: Good) -> None:
    assert check(form_id, good(form_id)) == []


SPOILED = [
    # form, place to spoil, value, where it is told, level, part of the text, check that tells it
    ("G1-04", "PARTY/uscc", "91999999MAYL0001X0", "PARTY.uscc", "block", "校验位", "credit_code"),
    ("G1-04", "PARTY/id_no", "91999999MAYL0001X0", "PARTY.id_no", "block", "校验位", "id_number"),
    ("G1-04", "PARTY/phone", "12345", "PARTY.phone", "block", "电话应为", "phone"),
    ("G1-04", "site_manager/id_no", "999999198604123112", "site_manager.id_no", "block",
     "校验位", "id_number"),
    ("G1-04", "end_at", "2026-05-14T09:40:00+08:00", "end_at", "block", "不晚于开始", "after_start"),
    ("G1-04", "end_at", "2026-05-16T09:40:00+08:00", "end_at", "warn", "24小时", "after_start"),
    ("G1-04", "start_at", "2027-05-14T09:40:00+08:00", "start_at", "warn", "晚于今天",
     "not_in_future"),
    ("G1-04", "officers/1", ..., "officers", "block", "少于两人", "two_officers"),
    ("G1-04", "officers/1/cert_no", "演练50015600101", "officers[1].cert_no", "block", "填了两次",
     "two_officers"),
    ("G1-04", "officers/0/valid_to", "2026-05-13", "officers[0].valid_to", "block", "到期",
     "two_officers"),
    ("G1-04", "officers/0/on_duty_in_quota", False, "officers[0].on_duty_in_quota", "block",
     "只能辅助", "two_officers"),
    ("G1-04", "cert_shown", False, "cert_shown", "block", "出示执法证件", "certificate_shown"),
    ("G1-04", "recuse_told", False, "recuse_told", "block", "回避", "recusal_told"),
    ("G1-04", "recuse_reply", "申请", "recuse_reply", "warn", "申请回避", "recusal_asked"),
    ("G2-02", "rights_told", False, "rights_told", "block", "告知权利义务", "rights_told"),
    ("G2-02", "confirm_text", "我看过了。", "confirm_text", "block", "属实", "says_true"),
    ("G2-02", "inq_gender", "女", "inq_gender", "block", "性别", "id_number"),
    ("G2-02", "inq_birth", "1986-04-13", "inq_birth", "block", "出生日期", "id_number"),
    ("G2-02", "inq_role", "委托代理人", "inq_role", "warn", "委托代理人", "agent_authorised"),
    ("G1-15", "problems/1/no", 1, "problems", "block", "重复", "problem_numbers"),
    ("G1-15", "problems/0/level", "特大隐患", "problems[0].level", "block", "隐患", "hazard_level"),
    ("G1-15", "problems/0/law", "安全生产法36条", "problems[0].law", "warn", "《", "law_reference"),
    ("G1-15", "order_items", [1, 9], "order_items[1]", "block", "没有这一项", "within_problems"),
    ("G1-15", "order_items", [1, 1], "order_items", "block", "重复", "within_problems"),
    ("G1-15", "deadline", "2026-05-14", "deadline", "block", "不晚于成文日期",
     "deadline_after_paper"),
    ("G1-15", "REMEDY/recon_org", "上级机关", "REMEDY.recon_org", "block", "具体机关",
     "named_body"),
    ("G1-15", "REMEDY/court", "有管辖权的人民法院", "REMEDY.court", "block", "具体机关",
     "named_court"),
    ("G1-15", "REMEDY/court", "重庆市武隆区人民政府", "REMEDY.court", "block", "不是人民法院",
     "named_court"),
    ("G1-15", "REMEDY/recon_days", 30, "REMEDY.recon_days", "block", "少于60日",
     "reconsideration_days"),
    ("G1-15", "REMEDY/sue_months", 3, "REMEDY.sue_months", "warn", "6个月", "litigation_months"),
    ("G1-15", "SEAL/seal_org", "别的机关", "SEAL.seal_org", "block", "不一致", "seal_of_agency"),
    ("G1-15", "officers", [{"name": n, "cert_no": n} for n in "甲乙丙"], "officers", "block",
     "两人以上", "exactly_two_officers"),
]


@pytest.mark.parametrize("row", SPOILED, ids=lambda row: f"{row[-1]}-{row[1]}")
def test_one_spoiled_answer_is_told(row: tuple[Any, ...], good: Good) -> None:
    form_id, place, value, where, level, text, name = row
    reasons = check(form_id, spoiled(good(form_id), place, value))
    told = [r for r in reasons if r.where == where and text in r.text]
    assert told, reasons
    assert told[0].level is Level(level)
    assert told[0].remedy and told[0].rule.startswith(f"{form_id}.")
    assert "[" not in told[0].rule
    assert name in CHECKS


def test_every_check_is_spoiled_here() -> None:
    here = {row[-1] for row in SPOILED} | {
        "guardian_present", "entrusting_agency", "witnessed_or_recorded", "after_announcement"}
    # The checks of one trade each have their own test module.
    common = ("people_checks", "paper_checks")
    assert here == {name for name, rule in CHECKS.items() if rule.__module__.endswith(common)}


def test_a_person_under_18_needs_a_guardian(good: Good) -> None:
    answers = good("G2-02") | {"inq_birth": "2010-03-01", "inq_gender": "女", "inq_idno": CHILD_NO}
    (reason,) = check("G2-02", answers)
    assert (reason.where, reason.level) == ("others", Level.BLOCK)
    assert "16周岁" in reason.text
    answers["others"] = [{"name": "任大喆（演练）", "relation": "监护人（父亲）"}]
    assert check("G2-02", answers) == []


def test_leaving_service_needs_a_reason_and_a_witness_or_a_recording(good: Good) -> None:
    answers = good("G4-02") | {"mode": "留置", "av_refs": []}
    found = {r.where: r for r in check("G4-02", answers)}
    assert set(found) == {"refuse_reason", "witnesses"}
    assert "第八十九条" in found["witnesses"].basis
    answers |= {"refuse_reason": "不肯签名", "av_refs": ["音像-1"]}
    assert check("G4-02", answers) == []
    answers |= {"av_refs": [], "witnesses": [{"name": "李见证", "unit": "村民委员会"}]}
    assert check("G4-02", answers) == []


@pytest.mark.parametrize(("mode", "field", "value"), [
    ("邮寄", "post_no", "EMS 演练1，2026-05-14签收"), ("电子", "e_channel", "2026-05-14T11:30:00+08:00"),
    ("公告", "announce_from", "2026-04-01")])
def test_other_modes_need_their_proof(mode: str, field: str, value: str, good: Good) -> None:
    answers = good("G4-02") | {"mode": mode}
    assert [r.where for r in check("G4-02", answers)] == [field]
    assert check("G4-02", answers | {field: value}) == []


def test_announcement_takes_thirty_days(good: Good) -> None:
    answers = good("G4-02") | {"mode": "公告", "announce_from": "2026-04-15"}
    (reason,) = check("G4-02", answers)
    assert reason.where == "served_at" and "2026-05-15" in reason.remedy
    answers["announce_from"] = "2026-04-14"
    assert check("G4-02", answers) == []


def test_an_entrusting_agency_is_named_with_its_entrustment(good: Good) -> None:
    answers = good("G1-15")
    answers["ENT"]["capacity"] = "委托"
    assert [r.where for r in check("G1-15", answers)] == ["ENT.entrusted_org", "ENT.entrust_ref"]
    answers["ENT"] |= {"entrusted_org": answers["ENT"]["agency_name"], "entrust_ref": "一号"}
    (reason,) = check("G1-15", answers)
    assert reason.where == "ENT.entrusted_org" and "相同" in reason.text


def test_who_must_be_identified_by_what(good: Good) -> None:
    answers = good("G1-04")
    for key in ("id_type", "id_no"):
        del answers["PARTY"][key]
    assert check("G1-04", answers) == []
    del answers["PARTY"]["uscc"]
    assert {r.where for r in check("G1-04", answers)} == {
        "PARTY.id_type", "PARTY.id_no", "PARTY.uscc"}
    answers["PARTY"]["legal_rep"] = ""
    assert "PARTY.legal_rep" in {r.where for r in check("G1-04", answers)}


def required_paths(fields: tuple[Field, ...], answers: dict[str, Any], path: str) -> list[str]:
    found = []
    for field in fields:
        if field.need.value != "R" or field.after_printing or field.key not in answers:
            continue
        found.append(f"{path}{field.key}")
        value = answers[field.key]
        if field.fields and isinstance(value, dict):
            found += required_paths(field.fields, value, f"{path}{field.key}/")
        if field.item is not None and field.item.fields:
            found += required_paths(field.item.fields, value[0], f"{path}{field.key}/0/")
    return found


@pytest.mark.parametrize("form_id", ["G1-04", "G1-15", "G2-02", "G4-02"])
@pytest.mark.parametrize("empty", [..., None, "", "  ", [], {}])
def test_every_required_answer_is_missed(form_id: str, empty: Any, good: Good) -> None:
    form: FormDefinition = load_form(form_id)
    paths = required_paths(form.fields, good(form_id), "")
    assert len(paths) > 10
    for path in paths:
        reasons = check(form_id, spoiled(good(form_id), path, empty))
        where = path.replace("/0/", "[0].").replace("/", ".")
        assert where in {r.where for r in reasons if r.level is Level.BLOCK}, path


@pytest.mark.parametrize(("place", "value"), [
    ("check_place", 5), ("check_place", ["甲"]), ("start_at", "2026-05-14"),
    ("start_at", "2026-05-14T09:40:00"), ("start_at", "2026-05-14 09:40:00+08:00"), ("start_at", 1),
    ("start_at", "2026-13-14T09:40:00+08:00"), ("cert_shown", "true"), ("cert_shown", 1),
    ("recuse_reply", "也许"), ("recuse_reply", ["申请"]), ("officers", {"name": "甲"}),
    ("officers", "甲"), ("issues", "一条"), ("issues", ["一条", ""]), ("issues", ["一条", None]),
    ("issues", [3]), ("PARTY", "公司"), ("PARTY", []), ("officers/0/valid_to", "20281231"),
    ("officers/0/valid_to", "2028-02-30"), ("site_manager", "甲"), ("av_refs", [{"no": 1}]),
    ("check_findings", "太短了"), ("check_place", "长" * 201), ("issues", ["长"] * 101),
    ("check_findings", "字" * 20_001)])
def test_wrong_shapes_and_sizes_are_refused(place: str, value: Any, good: Good) -> None:
    reasons = check("G1-04", spoiled(good("G1-04"), place, value))
    root = place.split("/", maxsplit=1)[0]
    assert any(r.where.startswith(root) and r.level is Level.BLOCK for r in reasons), reasons


@pytest.mark.parametrize(("path", "where"), [
    ("colour", "colour"), ("PARTY/nick", "PARTY.nick"), ("officers/0/rank", "officers[0].rank"),
    ("site_manager/mood", "site_manager.mood")])
def test_an_unknown_key_is_an_error_with_its_path(path: str, where: str, good: Good) -> None:
    reasons = check("G1-04", spoiled(good("G1-04"), path, "甲"))
    assert [(r.where, r.level) for r in reasons] == [(where, Level.BLOCK)]


def test_a_number_out_of_range_is_refused(good: Good) -> None:
    for value in (0, 100, True, "1", 1.5):
        reasons = check("G2-02", good("G2-02") | {"seq": value})
        assert [r.where for r in reasons] == ["seq"]


@pytest.mark.parametrize("answers", [None, [], "x", 5])
def test_answers_that_are_no_object_are_refused(answers: Any) -> None:
    (reason,) = check("G2-02", answers)
    assert reason.level is Level.BLOCK


def test_far_too_much_is_refused_at_once(good: Good) -> None:
    deep: Any = "x"
    for _ in range(50):
        deep = [deep]
    for huge in ({"qa": "x" * 500_000}, {"qa": deep}):
        (reason,) = check("G2-02", good("G2-02") | huge)
        assert "过长" in reason.text


def test_dangerous_characters_are_told_at_their_field(good: Good) -> None:
    answers = good("G2-02")
    answers["qa"][1]["a"] = "好\u202e的"
    (reason,) = check("G2-02", answers)
    assert reason.where == "qa[1].a" and "U+202E" in reason.text
    answers = good("G2-02") | {"place": "一\n二"}
    assert [r.where for r in check("G2-02", answers)] == ["place"]
    answers = good("G2-02") | {"place": "\u2f06楼"}
    assert "“二”" in check("G2-02", answers)[0].remedy


def test_a_character_without_a_glyph_is_told_when_fonts_are_asked(good: Good) -> None:
    answers = good("G2-02") | {"place": "甲乙"}
    reasons = check("G2-02", answers, missing_characters=lambda text: [c for c in text if c == "乙"])
    assert [r.where for r in reasons] == ["place"]
    assert "乙" in reasons[0].text


def test_what_comes_after_printing_is_never_missed_but_is_checked(good: Good) -> None:
    assert "SIGNREC" not in good("G1-04")
    refused = good("G1-04") | {"SIGNREC": {"refuse": True}}
    assert [r.where for r in check("G1-04", refused)] == ["SIGNREC.refuse_note"]
    signed = good("G1-04") | {"SIGNREC": {
        "page_signs": [{"page": 1, "signer": "甲", "sign": {"name": "甲"}}], "date": "2026-05-14"}}
    assert check("G1-04", signed) == []
    assert [r.where for r in check("G1-04", good("G1-04") | {"SIGNREC": {"date": "昨天"}})] == [
        "SIGNREC.date"]


def test_reasons_speak_chinese_without_a_full_stop_and_name_the_law(good: Good) -> None:
    reasons = check("G2-02", {})
    assert len(reasons) > 15
    for reason in reasons:
        assert not reason.text.endswith("。") and not reason.remedy.endswith("。")
    told = check("G1-04", spoiled(good("G1-04"), "officers/1", ...))
    assert told[0].basis == "《中华人民共和国行政处罚法》第四十二条第一款"
    assert all(summary.title for summary in list_forms())


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(
        st.sampled_from(["name", "no", "id_no", "party_type", "q", "a", "seal_at", "capacity"]),
        inner, max_size=4), max_leaves=12)
KEYS = sorted({field.key for summary in list_forms()
               for field in load_form(summary.form_id).fields} | {"x"})


@given(st.sampled_from(["G1-04", "G1-15", "G2-02", "G4-02"]),
       st.dictionaries(st.sampled_from(KEYS), JSON, max_size=12))
@settings(max_examples=150, deadline=None)
def test_no_answers_whatever_make_checking_fail(form_id: str, answers: dict[str, Any]) -> None:
    for reason in check(form_id, answers):
        assert reason.text and reason.rule
