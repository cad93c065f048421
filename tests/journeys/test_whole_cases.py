"""Three cases from lead to archive through the real actions, each telling all that it owed."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest

from field_app.actions.board import board
from field_app.actions.case_desk import (
    Desk,
    DeskStep,
    StepNotReady,
    begin_step,
    case_desk,
    continue_case,
    end_step,
)
from field_app.actions.circumstances import Answer, asked_of, tell_circumstances
from field_app.actions.context import AppContext, Session
from field_app.actions.fill_document import (
    PaperNotReady,
    issue_paper,
    save_draft,
    start_paper,
)
from field_app.actions.log_in import log_in, log_out
from field_app.actions.open_case import NewCase, open_case
from field_app.actions.pass_warning import passed_warnings
from field_app.cli.demo.day import sample_answers, typed
from field_app.cli.demo.world import World
from field_app.domain.case import Case, PaperRecord, StepState
from field_app.domain.clock import CHINA, Moment, SystemClock
from field_app.rules.procedure_model import Need
from field_app.storage import events

EXITS = "对占用、堵塞、封闭疏散通道、安全出口的行政处罚"
HEAPS = "对违反村镇环境卫生和村容镇貌管理规定，乱堆粪便、垃圾、柴草、杂物拒不改正的行政处罚"
NO_CAMERA = "本机没有摄像头，已用执法记录仪录制"


class Calendar:
    """A clock that is set forward: days pass, nothing else changes."""

    def __init__(self) -> None:
        self._real = SystemClock()
        self.ahead = timedelta(0)

    def now(self) -> Moment:
        real = self._real.now()
        return Moment(real.wall + self.ahead, real.mono_ms, real.boot)


@dataclass
class Play:
    """One case played step by step; ``owed`` lists each paper and recording with its law."""

    session: Session
    clock: Calendar
    case: Case
    desk: Desk
    owed: list[tuple[str, str, str, str]] = field(default_factory=list)
    numbers: dict[str, str] = field(default_factory=dict)

    def here(self, kind: str) -> DeskStep:
        return self.desk.step(kind)

    def begin(self, kind: str) -> DeskStep:
        if self.here(kind).step.state is not StepState.NOW:
            self.desk = begin_step(self.session, self.case.id, self.here(kind).step.id)
        return self.here(kind)

    def fill(self, kind: str, form: str, **changes: Any) -> PaperRecord:
        """A paper with the training answers, what is known kept, and ``changes`` typed over it."""
        draft = start_paper(self.session, self.case.id, self.here(kind).step.id, form)
        answers = typed(draft.answers, sample_answers(form))
        answers |= {k: v for k, v in draft.answers.items()
                    if k in ("PARTY", "PARTYREF", "addressee", "party", "target", "case_no")}
        if form == "G4-02":
            answers["docs"] = changes.pop("docs", answers.get("docs"))
        save_draft(self.session, draft.id, answers | changes)
        try:
            issued = issue_paper(self.session, draft.id,
                                 reason=NO_CAMERA if form == "G2-02" else "")
        except PaperNotReady as error:
            raise AssertionError([(form, r.where, r.rule, r.text) for r in error.reasons]) from error
        self.numbers[form] = issued.number
        return issued

    def serve(self, kind: str, *forms: str) -> None:
        """A proof of service that names these papers."""
        now = self.session.at.astimezone(CHINA).replace(microsecond=0)
        docs = [{"title": p.title, "no": p.number} for s in self.desk_now().steps for p in s.papers
                if p.form in forms and p.number]
        self.fill(kind, "G4-02", docs=docs, served_at=now.isoformat(), mode="直接")

    def desk_now(self) -> Desk:
        self.desk = case_desk(self.session, self.case.id)
        return self.desk

    def end(self, kind: str, outcome: str, reason: str = NO_CAMERA) -> None:
        """End a step; what it owed is noted first, and nothing it must have may be missing."""
        here = self.desk_now().step(kind)
        label = here.rule.outcome(outcome).label
        for debt in here.debts:
            mine = not debt.outcomes or label in debt.outcomes
            if debt.need is not Need.MAY and mine:
                self.owed.append((here.rule.title, debt.kind, debt.text, debt.basis))
                assert debt.paid or debt.need is not Need.MUST or debt.kind == "recording"
        self.desk = end_step(self.session, self.case.id, here.step.id, outcome=outcome,
                             reason=reason)

    def tell(self, **said: bool) -> None:
        """Answer the questions about the case that stand before a decision; the rest is no."""
        asked = {a.circumstance.name for a in asked_of(self.session, self.case.id)
                 if a.circumstance.forms}
        tell_circumstances(self.session, self.case.id, {
            name: Answer(said.get(name, False), "演练") for name in asked | said.keys()})

    def at(self, *, days: int = 0, hours: float = 0) -> str:
        """A moment by the case's clock, as papers write it."""
        when = self.session.at.astimezone(CHINA).replace(microsecond=0, second=0)
        return (when + timedelta(days=days, hours=hours)).isoformat()

    def days(self, count: int) -> None:
        self.clock.ahead += timedelta(days=count)


@pytest.fixture
def play(world: World) -> Iterator[Any]:
    clock = Calendar()
    session = log_in(AppContext(clock, world.laptop.data), *world.both())

    def start(procedure: str, first: str = "", matter: str = EXITS) -> Play:
        record = sample_answers("G1-04")
        case = open_case(session, NewCase(
            cause="堵塞安全出口", matter=matter,
            place=str(record["check_place"]), party=dict(record["PARTY"]), procedure=procedure,
            first=first))
        return Play(session, clock, case, case_desk(session, case.id))

    yield start
    log_out(session)


def whole(case: Play, *, papers: set[str], recordings: set[str]) -> None:
    """The case is over; what it owed is what the law asks of it, each with its basis."""
    assert case.desk_now().ended == "已归档"
    assert {text for _, kind, text, _ in case.owed if kind == "paper"} >= papers
    assert {text.partition("录音录像")[0] for _, kind, text, _ in case.owed
            if kind == "recording"} == recordings
    assert all(basis for _, _, _, basis in case.owed)
    assert not any(s.can_begin for s in case.desk.steps)
    assert board(case.session, case=case.case.id) == ()
    with case.session.begin() as tx:
        assert events.first_break(tx) is None
        told = [e.members() for e in events.of_case(tx, case.case.id)]
    traces = passed_warnings(case.session, case.case.id)
    assert len(traces) == len([e for e in told if e["typ"] == "warning_passed"])
    assert all(t.holds and t.passed.reason and t.passed.rule for t in traces)


def archive(case: Play, kind: str) -> None:
    case.begin(kind)
    for form in ("G5-02", "G5-03", "G5-04", "G5-06"):
        case.fill(kind, form)
    case.end(kind, "archived")


def test_inspection_with_rectification_and_no_penalty(play: Any) -> None:
    case = play("inspection", "lead")
    case.fill("lead", "G1-08")
    case.fill("lead", "G1-01")
    case.fill("lead", "G1-02")
    case.end("lead", "inspect")
    case.begin("inspection")
    case.fill("inspection", "G1-04", av_refs=["执法记录仪-07"])
    case.end("inspection", "rectify")
    case.begin("tell_result")
    case.fill("tell_result", "G1-06")
    case.end("tell_result", "told")
    case.begin("rectification")
    case.fill("rectification", "G1-15")
    case.serve("rectification", "G1-15")
    case.end("rectification", "served")
    (due,) = [i for i in board(case.session, case=case.case.id) if i.kind == "due"]
    assert "复查" in due.title and due.days is not None and due.days > 0
    case.begin("reinspection")
    case.fill("reinspection", "G1-16")
    case.end("reinspection", "fixed")
    archive(case, "inspection_archive")
    whole(case, papers={"案件来源（线索）登记表", "责令限期整改指令书》或者《责令改正通知书》或者《现场处理措施决定书",
                        "送达回证", "整改复查意见书", "案卷封面"},
          recordings={"现场检查", "送达", "复查"})


def test_summary_penalty(play: Any) -> None:
    case = play("summary", "lead", HEAPS)
    case.fill("lead", "G1-08")
    case.end("lead", "inspect")
    case.begin("inspection")
    case.fill("inspection", "G1-04", av_refs=["执法记录仪-07"])
    case.end("inspection", "summary")
    case.begin("summary_scene")
    case.end("summary_scene", "penalty")
    case.begin("summary_decision")
    case.fill("summary_decision", "G3-14")
    case.end("summary_decision", "later")
    due = {i.title for i in board(case.session, case=case.case.id) if i.kind == "due"}
    assert any("备案" in t for t in due) and any("缴纳罚款" in t for t in due)
    case.begin("summary_filing")
    case.end("summary_filing", "filed")
    case.begin("publication")
    case.fill("publication", "G5-07")
    case.end("publication", "published")
    case.begin("summary_payment")
    case.fill("summary_payment", "G4-04")
    case.end("summary_payment", "paid")
    case.begin("close")
    case.fill("close", "G5-01")
    case.end("close", "closed")
    archive(case, "archive")
    whole(case, papers={"当场行政处罚决定书", "结案审批表", "执法决定信息公示表", "卷内备考表"},
          recordings={"现场检查", "口头告知、陈述申辩", "当场处罚"})


def test_ordinary_penalty_with_hearing(play: Any) -> None:
    case = play("inspection")
    case.fill("inspection", "G1-04", av_refs=["执法记录仪-07"])
    case.end("inspection", "file")
    assert case.desk.continues == (("ordinary", "行政处罚（普通程序）"),)
    case.desk = continue_case(case.session, case.case.id, "ordinary")
    case.begin("filing")
    case.tell()
    case.fill("filing", "G1-09")
    case.end("filing", "filed")
    case.begin("investigation")
    case.begin("inquiry")
    case.days(1)
    case.fill("inquiry", "G2-02", av_refs=["执法记录仪-08"])
    case.end("inquiry", "done")
    for form in ("G2-19", "G2-06", "G4-01"):
        case.fill("investigation", form)
    case.end("investigation", "done")
    case.begin("investigation_end")
    case.fill("investigation_end", "G2-27")
    case.end("investigation_end", "penalty_hearing")
    case.begin("notice")
    term = case.at(days=7)[:10]
    intended = {"penalties": [{"kind": "罚款", "amount": 50_000_00}],
                "penalty_law": ["《中华人民共和国消防法》第六十条第一款第（三）项"]}
    case.fill("notice", "G3-02", statement_due=term, hearing_due=term, **intended)
    case.serve("notice", "G3-02")
    case.end("notice", "told")
    with pytest.raises(StepNotReady) as early:
        case.begin("approval")  # The term to plead still runs, and to ask for a hearing.
    assert any("还不到时候" in r.text for r in early.value.reasons)
    case.begin("hearing_request")
    case.fill("hearing_request", "G3-06")
    case.end("hearing_request", "accepted")
    case.begin("hearing_notice")
    case.fill("hearing_notice", "G3-07", at=case.at(days=13))
    case.serve("hearing_notice", "G3-07")
    case.fill("hearing_notice", "G3-08")
    case.end("hearing_notice", "notified")
    with pytest.raises(StepNotReady, match="第六十四条") as early:
        case.begin("hearing_session")
    assert early.value.code == "HR-04"
    case.days(13)
    case.begin("hearing_session")
    case.fill("hearing_session", "G3-09", start_at=case.at(), end_at=case.at(hours=1))
    case.end("hearing_session", "held")
    case.begin("hearing_report")
    case.fill("hearing_report", "G3-10")
    case.end("hearing_report", "reported")
    with pytest.raises(StepNotReady, match="法制审核"):
        case.begin("approval")  # After a hearing it is reviewed first.
    case.begin("legal_review")
    case.fill("legal_review", "G3-11", reviewed_at=case.at()[:10])
    case.end("legal_review", "passed")
    case.begin("approval")
    case.fill("approval", "G3-13", penalties=intended["penalties"])
    case.end("approval", "penalty")
    case.begin("decision")
    with pytest.raises(AssertionError, match="LR-03"):
        case.fill("decision", "G3-15", decided_at=case.at()[:10])  # other than what was reviewed
    case.fill("decision", "G3-15", decided_at=case.at()[:10], **intended)
    case.end("decision", "made")
    case.begin("service")
    case.serve("service", "G3-15")
    case.end("service", "handed")
    case.begin("publication")
    case.fill("publication", "G5-07")
    case.end("publication", "published")
    case.begin("execution")
    case.fill("execution", "G4-04")
    case.end("execution", "paid")
    case.begin("close")
    case.fill("close", "G5-01")
    case.end("close", "closed")
    archive(case, "archive")
    whole(case, papers={"立案审批表", "询问笔录", "案件调查终结报告", "行政处罚听证告知书", "听证申请书",
                        "行政处罚听证通知书", "听证笔录", "听证报告", "重大执法决定法制审核意见书",
                        "行政处罚决定审批表", "行政处罚决定书", "送达回证", "结案审批表", "案卷封面"},
          recordings={"现场检查", "询问", "告知", "听证会", "送达"})


def test_a_block_is_never_passed_and_a_warning_leaves_its_trace(play: Any) -> None:
    case = play("inspection")
    step = case.here("inspection").step.id
    for _ in range(2):
        with pytest.raises(StepNotReady) as error:
            end_step(case.session, case.case.id, step, outcome="rectify", reason="领导同意先办")
        assert error.value.code == "IN-07"
    assert case.desk_now().step("inspection").step.state is StepState.NOW
    case.fill("inspection", "G1-04", av_refs=["执法记录仪-07"])
    with pytest.raises(StepNotReady):
        end_step(case.session, case.case.id, step, outcome="rectify", reason="  ")
    case.end("inspection", "rectify", "摄像头损坏")
    with case.session.begin() as tx:
        told = [e.members() for e in events.of_case(tx, case.case.id)]
    (trace,) = passed_warnings(case.session, case.case.id)
    assert trace.holds and (trace.passed.rule, trace.passed.about, trace.passed.reason) \
        == ("RC-01", "inspection", "摄像头损坏")
    assert "摄像头损坏" not in str([e["body"] for e in told])  # the log goes to other cases' readers too
    assert [e["actors"] for e in told if e["typ"] == "warning_passed"] == [list(case.session.actors)]
