"""What a case's issued papers say against issuing another one, told by the training case's papers."""

import copy
import json
from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import pytest

from field_app.domain.case import PaperRecord, PaperState
from field_app.domain.clock import CHINA
from field_app.domain.ids import CaseId, DocumentId, StepId
from field_app.domain.reasons import Level
from field_app.domain.workdays import Calendar, shipped_calendar
from field_app.forms import list_forms, load_form
from field_app.paths import RESOURCES
from field_app.rules.case.case_facts import Around, day_in, moment_in
from field_app.rules.case.case_findings import JUDGED_FORMS, case_findings
from field_app.rules.circumstances import Told, circumstances

TODAY = date(2026, 7, 1)
NOW = datetime(2026, 7, 1, 9, tzinfo=CHINA)
Change = Callable[[dict[str, Any]], object]


def sample(form: str) -> dict[str, Any]:
    made: dict[str, Any] = json.loads(
        (RESOURCES / "training" / "answers" / f"{form}.json").read_text("utf-8"))
    return made


def issued(form: str, number: str, *, state: PaperState = PaperState.ISSUED,
           **answers: Any) -> PaperRecord:
    told = copy.deepcopy(sample(form)) | answers
    return PaperRecord(DocumentId(number), CaseId("c"), StepId("s"), form, 1, "", form, state, told,
                       NOW, number=number, issued=NOW)


def proof(of: PaperRecord, day: str) -> PaperRecord:
    return issued("G4-02", f"回{of.number}", docs=[{"title": of.title, "no": of.number}],
                  served_at=f"{day}T10:00:00+08:00")


# Every question answered with no, which stands against nothing.
SETTLED = Around(told=Told(denied=frozenset(circumstances())))


def against(form: str, papers: list[PaperRecord], change: Change = lambda a: None,
            calendar: Calendar | None = None, around: Around = SETTLED) -> list[tuple[str, Level]]:
    answers = copy.deepcopy(sample(form))
    change(answers)
    found = case_findings(form, answers, papers, today=TODAY,
                          calendar=calendar or shipped_calendar(), around=around)
    for reason in found:
        if reason.where:
            assert load_form(form).field_at(reason.where) is not None, reason
        assert reason.text and reason.remedy
    return [(r.rule, r.level) for r in found]


NOTICE = issued("G3-01", "告1", statement_due="2026-06-12")
BIG = issued("G3-02", "听告1")
SERVED = [NOTICE, proof(NOTICE, "2026-06-05")]
READY = [*SERVED, issued("G3-03", "陈1"), issued("G3-04", "核1"), issued("G3-11", "审1")]
SEIZED = issued("G2-21", "查1", start="2026-05-14", end="2026-06-12")
KEPT = issued("G2-12", "保1", start_at="2026-05-14T15:50:00+08:00")
B, W = Level.BLOCK, Level.WARN


def test_a_decision_after_notice_and_review_passes() -> None:
    assert against("G3-15", READY) == []
    assert against("G3-15", READY, lambda a: a.update(decided_at="2026-06-13")) \
        == [("LR-01", B)]  # reviewed on the 15th only
    assert against("G3-15", SERVED) == []


@pytest.mark.parametrize(("papers", "change", "rules"), [
    ([], {}, ["DC-01"]),
    ([NOTICE], {}, ["DC-01"]),                                            # never served
    ([NOTICE, proof(NOTICE, "2026-06-19")], {}, ["DC-01"]),               # served after
    ([*SERVED], {"decided_at": "2026-06-12"}, ["DC-01"]),                 # the last day to plead
    ([*SERVED, issued("G3-05", "弃1", at="2026-06-06T09:00:00+08:00")],
     {"decided_at": "2026-06-08"}, []),                                   # waived
    ([BIG, proof(BIG, "2026-06-05"), issued("G3-05", "弃1")],
     {"decided_at": "2026-06-08"}, ["DC-01"]),                            # the hearing was not waived
    ([*SERVED, issued("G3-03", "陈1")], {}, ["DC-03"]),
    ([*SERVED], {"penalties": [{"kind": "罚款", "amount": 5_000_000}]}, ["HR-02"]),
    ([*SERVED], {"penalties": [{"kind": "罚款", "amount": 4_999_999}]}, []),
    ([*SERVED], {"penalties": [{"kind": "吊销许可证件"}]}, ["HR-01", "CD-01"]),
    ([*SERVED, issued("G3-12", "讨1")], {"penalties": [{"kind": "吊销许可证件"}]}, ["HR-01"]),
    ([*SERVED, issued("G3-06", "听申1")], {}, ["HR-06"]),
    ([*SERVED, issued("G3-06", "听申1"), issued("G3-09", "听1"), issued("G3-10", "报1")],
     {"decided_at": "2026-06-26"}, ["LR-01"]),
    ([*SERVED, issued("G3-11", "审1", opinion="不同意"), issued("G3-09", "听1")],
     {"decided_at": "2026-06-26"}, ["LR-01"])])
def test_what_stands_against_a_decision(papers: list[PaperRecord], change: dict[str, Any],
                                        rules: list[str]) -> None:
    assert against("G3-15", papers, lambda a: a.update(change)) == [(rule, B) for rule in rules]


def test_void_papers_and_drafts_tell_nothing() -> None:
    gone = issued("G3-01", "告1", state=PaperState.VOID)
    draft = issued("G3-01", "", state=PaperState.DRAFT)
    assert against("G3-15", [gone, proof(gone, "2026-06-05"), draft]) == [("DC-01", B)]


def test_service_by_announcement_counts() -> None:
    announced = issued("G4-03", "公1", docs=["行政处罚事先告知书（告1）"], served_on="2026-06-05")
    assert against("G3-15", [NOTICE, announced]) == []


def test_nothing_is_served_before_it_is_made() -> None:
    order = issued("G1-15", "责1")
    docs = {"docs": [{"title": "指令书", "no": "责1"}]}
    made = order.answers["SEAL"]["seal_at"]
    assert against("G4-02", [order], lambda a: a.update(docs)) == []
    early = docs | {"served_at": f"{date.fromisoformat(made).replace(day=13)}T09:00:00+08:00"}
    assert against("G4-02", [order], lambda a: a.update(early)) == [("SV-02", B)]
    assert against("G4-02", [], lambda a: a.update(early)) == []  # another desk's paper


def test_electronic_service_needs_consent() -> None:
    assert against("G4-02", [], lambda a: a.update(mode="电子")) == [("SV-05", B)]
    refused = issued("G4-01", "址1", e_ok=False)
    assert against("G4-02", [refused], lambda a: a.update(mode="电子")) == [("SV-05", B)]
    agreed = issued("G4-01", "址1", e_ok=True)
    late = {"mode": "电子", "served_at": "2026-07-02T09:00:00+08:00"}
    assert against("G4-02", [agreed], lambda a: a.update(late)) == []


def test_a_hearing_is_told_seven_workdays_before() -> None:
    told = issued("G3-07", "听通1")
    assert against("G3-09", [told]) == [("HR-04", W)]  # no proof of service here: a reason is asked
    # 11 June to 24 June: Dragon Boat Festival (19 June) lies between; 12, 15-18, 22, 23.
    assert against("G3-09", [told, proof(told, "2026-06-11")]) == []
    assert against("G3-09", [told, proof(told, "2026-06-16")]) == [("HR-04", B)]


def test_the_reviewer_does_not_handle() -> None:
    filed = issued("G1-09", "立1")
    assert against("G3-11", [filed]) == []
    handler = filed.answers["handlers"][0]
    assert against("G3-11", [filed], lambda a: a.update(reviewer=handler)) == [("PE-10", B)]
    assert against("G3-11", [], lambda a: a.update(reviewer=handler)) == []


def test_custody_and_seizures() -> None:
    approval = issued("G2-11", "批1")
    assert against("G2-12", [approval]) == []
    assert against("G2-12", []) == [("EV-09", W)]
    assert against("G2-14", [KEPT], lambda a: a.update(origin="保1")) == []
    late = {"origin": "保1", "decided_at": "2026-05-26"}
    assert against("G2-14", [KEPT], lambda a: a.update(late)) == [("EV-09", W)]
    assert against("G2-14", []) == [("EV-09", W)]
    longer = issued("G2-20", "强审2", kind="延长")
    ours = {"origin": "查1", "new_end": "2026-07-12"}
    assert against("G2-24", [SEIZED, longer], lambda a: a.update(ours)) == []
    over = ours | {"new_end": "2026-07-13"}
    assert ("CM-05", B) in against("G2-24", [SEIZED, longer], lambda a: a.update(over))
    assert against("G2-24", [SEIZED], lambda a: a.update(ours)) == [("CM-05", W)]
    freed = {"origin": "查1", "decided_at": "2026-06-12"}
    assert against("G2-25", [SEIZED], lambda a: a.update(freed)) == []
    freed["decided_at"] = "2026-06-13"
    assert against("G2-25", [SEIZED], lambda a: a.update(freed)) == [("CM-07", W)]
    second = issued("G2-24", "延1", origin="查1", new_end="2026-07-10")
    assert against("G2-25", [SEIZED, second], lambda a: a.update(freed)) == []


def test_the_court_is_asked_in_time() -> None:
    decision, demand = issued("G3-15", "罚1"), issued("G4-07", "催1")
    papers = [decision, proof(decision, "2026-01-14"), demand, proof(demand, "2026-07-15")]

    def on(day: str) -> Change:
        return lambda a: a["SEAL"].update(seal_at=day)

    assert against("G4-13", papers, on("2026-07-30")) == []
    assert against("G4-13", papers, on("2026-07-29")) == [("EX-08", B)]
    assert against("G4-13", papers, on("2026-10-15")) == [("EX-09", B)]
    assert against("G4-13", [], on("2026-07-30")) == [("EX-08", W), ("EX-09", W)]
    parts = issued("G4-06", "分1", plan=[{"no": 1, "due": "2026-08-31"}])
    assert against("G4-13", [*papers, parts], on("2026-11-30")) == []


def test_force_at_night_or_on_a_holiday_takes_a_reason() -> None:
    assert against("G4-10", []) == []
    assert against("G4-10", [], lambda a: a.update(at="2026-07-28T22:00:00+08:00")) \
        == [("EX-12", W)]
    assert against("G4-09", [], lambda a: a.update(at="2026-10-01T10:00:00+08:00")) \
        == [("EX-12", W)]
    assert against("G4-10", [], calendar=Calendar()) == [("EX-12", W)]  # the year is not known


def test_nothing_personal_is_published() -> None:
    assert against("G5-07", []) == []
    person = issued("G3-14", "罚2", PARTY={"party_type": "公民", "name": "郑小演"})
    shown = sample("G5-07")["fields"] | {"target": "郑小演", "conclusion": "电话13800000002"}
    assert against("G5-07", [person], lambda a: a.update(fields=shown)) == [("PB-03", B)] * 2
    assert against("G5-07", [], lambda a: a.update(secret_check=False)) == [("PB-03", B)]


@pytest.mark.parametrize("form", sorted(JUDGED_FORMS))
@pytest.mark.parametrize("bad", [None, 0, "", "x", [], {}, [None], "2026-13-45", "9999-12-31",
                                 "2026-05-14T09:00:00", {"name": 3}])
def test_any_answers_are_taken(form: str, bad: Any) -> None:
    """Whatever stands in an answer, here or in the other papers, nothing crashes."""
    every = dict.fromkeys(sample(form), bad)
    papers = [issued(f.form_id, "号1", **dict.fromkeys(sample(f.form_id), bad)) for f in list_forms()]
    case_findings(form, every, papers, today=TODAY, calendar=shipped_calendar())
    case_findings(form, sample(form), papers, today=TODAY, calendar=shipped_calendar())
    case_findings(form, {}, [], today=TODAY, calendar=shipped_calendar())


def test_days_and_moments() -> None:
    assert day_in("2026-05-14T00:30:00+00:00") == date(2026, 5, 14)
    assert day_in("2026-05-14T23:30:00+00:00") == date(2026, 5, 15)
    assert day_in("2026-02-29") is None and day_in(5) is None
    assert moment_in("2026-05-14T09:00:00") is None and moment_in("2026-05-14") is None
