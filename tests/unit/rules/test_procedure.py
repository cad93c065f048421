"""Procedures and rules are data; each finding names its law."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from field_app.domain.case import Step, StepState
from field_app.domain.clock import CHINA
from field_app.domain.ids import CaseId, StepId
from field_app.domain.people import Officer, Role
from field_app.domain.reasons import Level
from field_app.rules.capacity import may_make
from field_app.rules.officers import may_act, may_open_case
from field_app.rules.procedure import debts, may_begin, may_end, procedure, read_procedure
from field_app.rules.table import RulesBroken, read_rules, rules

NOW = datetime(2026, 5, 14, 9, 30, tzinfo=CHINA)


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


def test_a_step_ends_only_when_it_owes_nothing() -> None:
    step = procedure("inspection", 1).step("rectification")
    titles = {"G1-15": "责令限期整改指令书", "G4-02": "送达回证"}
    reasons = may_end(step, issued_forms={"G1-15"}, recorded=False, titles=titles)
    assert [(r.where, r.level) for r in reasons] == [
        ("G4-02", Level.BLOCK), ("送达", Level.WARN)]
    assert "送达回证" in reasons[0].text
    assert may_end(step, issued_forms={"G1-15", "G4-02"}, recorded=True, titles=titles) == []
    owed = debts(step, issued_forms={"G1-15"}, recorded=False, titles=titles)
    assert [(d.kind, d.paid) for d in owed] == [
        ("paper", True), ("paper", False), ("recording", False)]


def test_steps_wait_for_those_before() -> None:
    made = procedure("inspection", 1)
    steps = [Step(StepId(s.kind), CaseId("c"), s.kind, i, StepState.NOW)
             for i, s in enumerate(made.steps)]
    assert may_begin(made, "inspection", steps) == []
    (reason,) = may_begin(made, "reinspection", steps)
    assert "责令限期整改" in reason.text


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
        "[[step]]\nkind = 'b'\ntitle = 'b'\nafter = ['a']\nneed = 'must'\nhint = ''\n")
    with pytest.raises(RulesBroken, match="out of order"):
        read_procedure(path)
