"""Procedures and rules are data; each finding names its law."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from field_app.domain.case import StepState
from field_app.domain.clock import CHINA
from field_app.domain.people import Officer, Role
from field_app.domain.reasons import Level
from field_app.domain.workdays import shipped_calendar
from field_app.forms import list_forms, load_form
from field_app.rules.capacity import may_make
from field_app.rules.officers import may_act, may_open_case
from field_app.rules.procedure import in_force, names, offered, procedure, read_procedure
from field_app.rules.procedure_debts import (
    available,
    before_closing,
    blocked,
    debts,
    may_end,
    why_not,
)
from field_app.rules.procedure_model import Need, StepRule
from field_app.rules.procedure_state import Facts, Run, standing
from field_app.rules.procedure_timers import timers
from field_app.rules.procedure_words import explain
from field_app.rules.table import RulesBroken, read_rules, rules

NOW = datetime(2026, 5, 14, 9, 30, tzinfo=CHINA)
TODAY = NOW.date()


def officer(number: str, role: Role = Role.QUALIFIED, *, days: int = 100) -> Officer:
    return Officer(
        name=f"官{number}", cert_no=number, agency="镇", unit="队", role=role,
        valid_from=NOW - timedelta(days=200), valid_to=NOW + timedelta(days=days),
        cert_sha256=number)


def test_two_valid_officers_may_act() -> None:
    assert may_act([officer("1"), officer("2")], at=NOW) == []


@pytest.mark.parametrize(("people", "found"), [
    ([officer("1")], ["PE-01"]),
    ([officer("1"), officer("1")], ["PE-01"]),
    ([officer("1"), officer("2", Role.AUXILIARY)], ["PE-05", "PE-01"]),
    ([officer("1"), officer("2", days=-1)], ["PE-03"])])
def test_who_may_not_act(people: list[Officer], found: list[str]) -> None:
    reasons = may_act(people, at=NOW)
    assert [r.rule for r in reasons] == found
    assert all(r.level is Level.BLOCK and r.basis and r.remedy for r in reasons)


def test_coercive_measures_are_not_entrusted() -> None:
    for form in ("G2-20", "G2-22", "G2-23", "G2-24", "G2-25"):
        (reason,) = may_make(form, capacity="委托")
        assert (reason.rule, reason.level) == ("AU-05", Level.BLOCK)
        assert may_make(form, capacity="赋权") == []
    assert may_make("G1-04", capacity="委托") == []


def test_stale_trust_stops_new_cases() -> None:
    month = timedelta(days=30)
    pair = [officer("1"), officer("2")]
    assert may_open_case(pair, at=NOW, trust_age=month, refuse_after=month) == []
    (reason,) = may_open_case(pair, at=NOW, trust_age=timedelta(days=31), refuse_after=month)
    assert reason.rule == "TRUST-30"


def facts(*runs: Run, triggers: frozenset[str] = frozenset(), **more: Any) -> Facts:
    return Facts(runs, TODAY, shipped_calendar(), triggers, **more)


def run(kind: str, outcome: str = "", *, turn: int = 0, issued: Iterable[str] = (),
        recorded: bool = False, hour: int = 9) -> Run:
    when = NOW.replace(hour=hour)
    return Run(kind, StepState.DONE if turn else StepState.NOW, outcome, turn, when,
               when if turn else None, frozenset(issued), recorded)


def kinds(steps: Iterable[StepRule]) -> set[str]:
    return {s.kind for s in steps}


def test_a_step_ends_only_when_it_owes_nothing() -> None:
    for made, key in ((procedure("inspection", 1), "done"), (procedure("inspection", 2), "served")):
        before = run("inspection", made.step("inspection").outcomes[0].key, turn=1)
        now = facts(before, run("rectification", issued=["G1-15"]))
        reasons = may_end(made, now, "rectification", key, titles={"G4-02": "送达回证"})
        assert [(r.where, r.level) for r in reasons] == [
            ("G4-02", Level.BLOCK), ("送达", Level.WARN)]
        assert "送达回证" in reasons[0].text
        assert "第八十七条" in reasons[0].basis
        paid = facts(before, run("rectification", issued=["G1-15", "G4-02"], recorded=True))
        assert may_end(made, paid, "rectification", key, titles={}) == []
        owed = debts(made, now, "rectification", titles={})
        assert [(d.kind, d.paid) for d in owed if d.need is not Need.MAY] == [
            ("paper", True), ("paper", False), ("recording", False)]


def test_steps_wait_for_those_before() -> None:
    made = procedure("inspection", 1)
    now = facts(run("inspection"))
    assert available(made, now) == []
    (reason,) = why_not(made, now, "reinspection")
    assert "责令限期整改" in reason.text
    after = facts(run("inspection", turn=1))
    assert kinds(available(made, after)) == {"rectification", "inquiry"}


def test_outcomes_choose_the_way() -> None:
    made = procedure("inspection", 2)
    assert kinds(available(made, facts(run("inspection", "clear", turn=1)))) == {
        "inquiry", "tell_result"}
    told = facts(run("inspection", "clear", turn=1), run("tell_result", "told", turn=2))
    assert kinds(available(made, told)) == {"inquiry", "inspection_archive"}
    assert [r.rule for r in before_closing(made, facts(run("inspection", "clear", turn=1)))] == [
        "IN-01"]
    (wait,) = [r for s, rs in blocked(made, facts(run("inspection", "clear", turn=1)))
               for r in rs if s.kind == "inspection_archive"]
    assert "告知检查结果" in wait.text


def test_work_done_anew_wipes_what_followed() -> None:
    made = procedure("inspection", 2)
    ran = [run("inspection", "rectify", turn=1), run("rectification", "served", turn=2),
           run("reinspection", "again", turn=3)]
    assert "rectification" in kinds(available(made, facts(*ran)))
    again = facts(*ran, run("rectification", "served", turn=4))
    assert "reinspection" not in standing(made, again).done
    assert "reinspection" in kinds(available(made, again))


def test_a_returned_case_forgets_the_review() -> None:
    made = procedure("ordinary", 1)
    ran = [run("filing", "filed", turn=1), run("investigation", "done", turn=2),
           run("investigation_end", "no_penalty", turn=3), run("legal_review", "passed", turn=4)]
    ready = facts(*ran, triggers=frozenset({"legal_review_due"}))
    assert "approval" in kinds(available(made, ready))
    returned = facts(*ran, run("approval", "more", turn=5), run("investigation", "done", turn=6),
                     run("investigation_end", "no_penalty", turn=7),
                     triggers=frozenset({"legal_review_due"}))
    assert "approval" not in kinds(available(made, returned))
    (reason,) = why_not(made, returned, "approval")
    assert (reason.rule, reason.level) == ("LR-01", Level.BLOCK)


def test_rights_run_before_the_decision() -> None:
    """Five workdays to plead after service; without service nothing begins (TM-06)."""
    made = procedure("ordinary", 1)
    ran = [run("filing", "filed", turn=1), run("investigation", "done", turn=2),
           run("investigation_end", "penalty", turn=3),
           run("notice", "told", turn=4, issued=["G3-01"])]
    (unserved,) = why_not(made, facts(*ran), "approval")
    assert (unserved.rule, "没有送达" in unserved.text) == ("DC-01", True)
    served = {"G3-01": NOW - timedelta(days=2)}
    (early,) = why_not(made, facts(*ran, served=served), "approval")
    assert "2026-05-20" in early.text  # 12 May served, 19 May the fifth workday.
    later = replace(facts(*ran, served=served), today=date(2026, 5, 20))
    assert why_not(made, later, "approval") == []
    waived = facts(*ran, run("waiver_of_rights", "waived", turn=5, issued=["G3-05"]), served=served)
    assert why_not(made, waived, "approval") == []


def test_reviewer_is_not_handler() -> None:
    made = procedure("ordinary", 1)
    ran = [run("filing", "filed", turn=1), run("investigation", "done", turn=2),
           run("investigation_end", "no_penalty", turn=3),
           run("legal_review", issued=["G3-11"])]
    told = {"G3-11": {"opinion": "同意", "reviewer": {"name": "甲"}}}
    due = frozenset({"legal_review_due"})
    same = facts(*ran, triggers=due, answers=told, handlers=frozenset({"甲", "乙"}))
    (reason,) = may_end(made, same, "legal_review", "passed", titles={})
    assert (reason.rule, reason.level) == ("PE-10", Level.BLOCK)
    other = facts(*ran, triggers=due, answers=told, handlers=frozenset({"乙"}))
    assert may_end(made, other, "legal_review", "passed", titles={}) == []


def test_leader_must_agree() -> None:
    made = procedure("ordinary", 1)
    for choice, found in (("不同意", ["CF-01"]), ("同意", [])):
        now = facts(run("lead", "file", turn=1), run("filing", issued=["G1-09"]),
                    answers={"G1-09": {"APPROVE": {"leader_opinion": {"choice": choice}}}})
        assert [r.rule for r in may_end(made, now, "filing", "filed", titles={})] == found
        assert may_end(made, now, "filing", "refused", titles={}) == []


def test_entrusted_bodies_do_not_seize() -> None:
    made = procedure("ordinary", 1)
    ran = [run("filing", "filed", turn=1), run("investigation")]
    assert "seizure_approval" in kinds(available(made, facts(*ran)))
    told = facts(*ran, triggers=frozenset({"entrusted"}))
    assert "seizure_approval" not in kinds(available(made, told))
    (reason,) = why_not(made, told, "seizure_approval")
    assert reason.rule == "AU-05"


def test_terms_run_and_stop() -> None:
    made = procedure("ordinary", 1)
    answers = {"G1-09": {"filed_at": "2026-05-06"}, "G2-12": {"start_at": "2026-05-12T10:00:00+08:00"}}
    ran = [run("filing", "filed", turn=1, issued=["G1-09"]), run("investigation"),
           run("preservation_approval", "approved", turn=2),
           run("preservation_act", "kept", turn=3, issued=["G2-12"])]
    now = facts(*ran, answers=answers)
    found = {t.term: t for t in timers(made, now, standing(made, now))}
    assert found["DC-05.decide"].due == date(2026, 8, 4)
    assert found["EV-09.dispose"].due == date(2026, 5, 21)
    assert found["EV-09.dispose"].days_left(TODAY) == 7
    assert "第五十六条" in found["EV-09.dispose"].text
    after = facts(*ran, run("preservation_disposal", "returned", turn=4), answers=answers)
    assert {t.term for t in timers(made, after, standing(made, after))} == {"DC-05.decide"}


def test_a_case_does_not_close_over_seized_goods() -> None:
    made = procedure("ordinary", 1)
    ran = [run("filing", "filed", turn=1), run("investigation", "done", turn=2),
           run("seizure_approval", "approved", turn=3), run("seizure_act", "taken", turn=4),
           run("investigation_end", "withdraw", turn=5), run("withdrawal", "withdrawn", turn=6)]
    assert [r.rule for r in before_closing(made, facts(*ran))] == ["CM-07"]
    released = facts(*ran, run("seizure_release", "released", turn=7))
    assert before_closing(made, released) == []


def test_every_step_is_explained_and_every_form_exists() -> None:
    titles = {f.form_id: f.title for f in list_forms()}
    for name in names():
        made = in_force(name, TODAY)
        for step in made.steps:
            told = explain(made, step.kind, titles=titles)
            assert len(told) >= 4 and all(told)
            forms = {f for p in step.papers for f in p.forms} | {a.form for a in step.approvals}
            assert forms <= titles.keys(), step.kind
        for step in made.steps:
            for one in step.approvals:
                form = load_form(one.form)
                assert form.field_at(one.field.removesuffix(".choice")) is not None, (step.kind, one)
            for person in step.people:
                assert load_form(person.form).field_at(person.field) is not None, person


def test_step_kinds_are_one_language() -> None:
    """A kind means the same step everywhere, so that a case can go from one to another."""
    meant: dict[str, str] = {}
    for name in names():
        for step in in_force(name, TODAY).steps:
            assert meant.setdefault(step.kind, step.title) == step.title


def test_cases_keep_their_version() -> None:
    assert in_force("inspection", TODAY).version == 2
    old = procedure("inspection", 1)
    assert [s.kind for s in old.steps] == ["inspection", "rectification", "inquiry", "reinspection"]
    with pytest.raises(RulesBroken):
        in_force("inspection", date(2020, 1, 1))
    assert [p.id for p in offered(TODAY)] == ["inspection", "summary", "ordinary", "soft"]


def test_every_rule_is_complete() -> None:
    for rule in rules().values():
        assert rule.text
        assert rule.remedy
        assert rule.confidence in "VPMI"
        assert rule.law or rule.confidence == "I"


def test_broken_data_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "1.toml"
    for text in ("", "format = 'x'", "format = 'le-rules/1'\nrule = [{id = 'A'}]", "[["):
        path.write_text(text)
        with pytest.raises(RulesBroken):
            read_rules(path)
        with pytest.raises(RulesBroken):
            read_procedure(path)
    path.write_text(
        "format = 'le-procedure/1'\nid = 'x'\nversion = 1\ntitle = 'x'\n"
        "effective_from = 2021-07-15\nsources = []\n"
        "[[step]]\nkind = 'b'\ntitle = 'b'\nafter = ['a']\nneed = 'must'\nhint = ''\n")
    with pytest.raises(RulesBroken, match="out of order"):
        read_procedure(path)
