"""Every refusal says in Chinese what happened and what to do, and loses nothing."""

import sqlite3
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from field_app.actions import administer, take_bundle
from field_app.actions.case_desk import OutcomeNotChosen, StepNotReady, begin_step, case_desk, end_step
from field_app.actions.context import AppContext, Session
from field_app.actions.fill_document import (
    PaperNotReady,
    issue_paper,
    save_draft,
    start_paper,
)
from field_app.actions.find_cards import find_cards
from field_app.actions.log_in import CardAndPin, log_in, log_out
from field_app.actions.number_document import void_paper
from field_app.actions.open_case import NewCase, open_case
from field_app.actions.overview import list_cases, today
from field_app.actions.record_step import Devices, start_recording
from field_app.cli.demo.day import sample_answers, typed
from field_app.cli.demo.world import AGENCY, CA_WORDS, HQ_UNIT, OFFICERS, UNIT, World
from field_app.credentials.authority import AnyAuthority
from field_app.domain.case import Case, PaperState, StepState
from field_app.domain.clock import Moment, SystemClock
from field_app.domain.people import Role
from field_app.errors import UserError
from field_app.storage import cases, numbers, papers

MakeCase = Callable[[Session], Case]
PIN = "演练口令-000000"


class Later:
    """A clock some days ahead of the machine's: the days pass, nothing else changes."""

    def __init__(self, days: float) -> None:
        self._clock = SystemClock()
        self._ahead = timedelta(days=days)

    def now(self) -> Moment:
        real = self._clock.now()
        return Moment(real.wall + self._ahead, real.mono_ms, real.boot)


def refused(world: World, first: CardAndPin, second: CardAndPin) -> UserError:
    with pytest.raises(UserError) as error:
        log_in(world.laptop, first, second)
    assert error.value.what
    assert error.value.remedy
    assert not world.laptop.data.store.exists()  # Nothing was opened.
    return error.value


def issue(world: World, name: str, number: str, **more: object) -> CardAndPin:
    """A new officer's card, and a new bundle in which he is known."""
    authority = administer.open_ca(world.root / "ca", CA_WORDS)
    officer = administer.NewOfficer(name=name, number=number, agency=AGENCY, unit=UNIT)
    path = administer.issue_officer(
        world.laptop, authority, world.cards, replace(officer, **more), PIN)  # type: ignore[arg-type]
    bundle(world, authority)
    return CardAndPin(path, PIN)


def bundle(world: World, authority: AnyAuthority) -> None:
    recipient = administer.headquarters_recipient(world.headquarters, HQ_UNIT)
    administer.make_bundle(world.laptop, authority, world.headquarters, world.root / "bundle",
                           recipients=[recipient], agency={"name": AGENCY, "training": True})
    authority.save_register(world.root / "ca")
    take_bundle.import_bundle(world.laptop, world.root / "bundle")


def test_wrong_pin_names_the_officer(world: World) -> None:
    first, second = world.both()
    error = refused(world, first, replace(second, pin="错"))
    assert error.code == "login.wrong_pin"
    assert "第二名执法人员" in error.what


def test_one_certificate_twice(world: World) -> None:
    first, _ = world.both()
    assert refused(world, first, first).code == "login.same_certificate"
    copy = world.cards / "copy.p12"
    copy.write_bytes((world.cards / f"{OFFICERS[0]}.p12").read_bytes())
    assert refused(world, first, CardAndPin(copy, first.pin)).code == "login.same_certificate"


def test_auxiliary_cannot_be_one_of_two(world: World) -> None:
    helper = issue(world, "丙（演练）", "F-003", role=Role.AUXILIARY)
    error = refused(world, world.both()[0], helper)
    assert error.code == "login.auxiliary"
    assert "辅助人员" in error.what
    told = next(c for c in find_cards(world.laptop, world.cards) if c.officer.cert_no == "F-003")
    assert "辅助人员" in told.problem  # Said before any PIN is typed.


def test_expired_certificate_says_since_when(world: World) -> None:
    short = issue(world, "丁（演练）", "A-004", days=1)
    later = replace(world, laptop=AppContext(Later(2), world.laptop.data))
    error = refused(later, world.both()[0], short)
    assert error.code == "login.expired"
    assert "日过期" in error.what


def test_revoked_certificate(world: World) -> None:
    authority = administer.open_ca(world.root / "ca", CA_WORDS)
    administer.withdraw_officer(world.laptop, authority, "YL50015600102")
    bundle(world, authority)
    error = refused(world, *world.both())
    assert error.code == "login.revoked"
    assert "王大㙦" in error.what


def test_new_officer_is_known_after_the_next_login_of_two_known(world: World) -> None:
    newcomer = issue(world, "戊（演练）", "A-005")
    assert refused(world, world.both()[0], newcomer).code == "login.not_enrolled"
    log_out(log_in(world.laptop, *world.both()))
    log_out(log_in(world.laptop, world.both()[0], newcomer))


def test_not_a_key_file(world: World) -> None:
    junk = world.cards / "photo.p12"
    junk.write_bytes(b"\xff\xd8 not a key")
    assert refused(world, world.both()[0], CardAndPin(junk, "1")).code == "login.not_a_key"


def test_store_of_a_newer_version_is_left_alone(world: World) -> None:
    session = log_in(world.laptop, *world.both())
    with session.begin() as tx:
        tx.connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    log_out(session)
    before = world.laptop.data.store.read_bytes()
    with pytest.raises(UserError) as error:
        log_in(world.laptop, *world.both())
    assert error.value.code == "store.newer"
    assert world.laptop.data.store.read_bytes() == before


def test_store_swapped_for_another(world: World, tmp_path: Path) -> None:
    log_out(log_in(world.laptop, *world.both()))
    world.laptop.data.store.unlink()
    for beside in world.laptop.data.root.glob("store.db-*"):
        beside.unlink()
    with sqlite3.connect(world.laptop.data.store) as other:
        other.execute("CREATE TABLE x (y)")
    with pytest.raises(UserError) as error:
        log_in(world.laptop, *world.both())
    assert error.value.code == "store.key"


def test_old_trust_stops_new_cases_but_not_old_ones(world: World, new_case: MakeCase) -> None:
    session = log_in(world.laptop, *world.both())
    case = new_case(session)
    log_out(session)
    later = log_in(AppContext(Later(31), world.laptop.data), *world.both())
    with pytest.raises(UserError, match="信任包") as error:
        new_case(later)
    assert error.value.code == "TRUST-30"
    start_paper(later, case.id, case_desk(later, case.id).steps[0].step.id, "G1-04")
    assert any(n.serious for n in today(later).notices)
    log_out(later)


def test_case_needs_its_facts(session: Session) -> None:
    for new in (NewCase(cause="", matter="", place="村", party={"name": "甲"}),
                NewCase(cause="查", matter="", place=" ", party={"name": "甲"}),
                NewCase(cause="查", matter="", place="村", party={"name": ""}),
                NewCase(cause="查" * 201, matter="", place="村", party={"name": "甲"})):
        with pytest.raises(UserError):
            open_case(session, new)
    assert list_cases(session) == []


def test_missing_and_false_answers(session: Session, new_case: MakeCase) -> None:
    case = new_case(session)
    step = case_desk(session, case.id).step("inspection").step
    begin_step(session, case.id, step.id)
    paper = start_paper(session, case.id, step.id, "G1-04")
    with pytest.raises(PaperNotReady) as error:
        issue_paper(session, paper.id)
    assert {"end_at", "check_findings"} <= {r.where for r in error.value.reasons}
    inquiry = next(s for s in case_desk(session, case.id).steps if s.step.kind == "inquiry")
    record = start_paper(session, case.id, inquiry.step.id, "G2-02")
    answers = typed(record.answers, sample_answers("G2-02"))
    answers |= {"inq_idno": answers["inq_idno"][:-1] + ("0" if answers["inq_idno"][-1] != "0" else "1"),
                "av_refs": ["x"]}
    save_draft(session, record.id, answers)
    with pytest.raises(PaperNotReady) as error:
        issue_paper(session, record.id)
    (wrong,) = [r for r in error.value.reasons if r.where == "inq_idno"]
    assert "校验" in wrong.text
    with session.begin() as tx:
        kept = papers.get(tx, record.id)
    assert kept.state is PaperState.DRAFT
    assert kept.answers == answers  # Nothing typed was lost.


def test_a_second_inquiry_begins_when_it_does(session: Session, new_case: MakeCase) -> None:
    case = new_case(session)
    step = case_desk(session, case.id).step("inquiry").step
    held = session.at - timedelta(hours=2)
    with session.begin() as tx:
        cases.set_step(tx, step.id, StepState.NOW, at=held)
    first = start_paper(session, case.id, step.id, "G2-02")
    assert datetime.fromisoformat(first.answers["start_at"]) == held.replace(second=0, microsecond=0)
    save_draft(session, first.id, first.answers | {"end_at": (held + timedelta(minutes=30)).isoformat()})
    second = start_paper(session, case.id, step.id, "G2-02")
    began = datetime.fromisoformat(second.answers["start_at"])
    assert timedelta(0) <= session.at - began < timedelta(minutes=2), "not at the first one's time"


def test_character_without_glyph_is_told(session: Session, new_case: MakeCase) -> None:
    case = new_case(session)
    step = case_desk(session, case.id).step("inspection").step
    paper = start_paper(session, case.id, step.id, "G1-04")
    answers = typed(paper.answers, sample_answers("G1-04")) | {"av_refs": ["x"]}
    save_draft(session, paper.id, answers | {"check_place": "车间𓀀"})
    with pytest.raises(PaperNotReady) as error:
        issue_paper(session, paper.id)
    assert any("𓀀" in r.text for r in error.value.reasons)


def test_step_does_not_end_while_it_owes(session: Session, new_case: MakeCase) -> None:
    case = new_case(session)
    desk = case_desk(session, case.id)
    with pytest.raises(StepNotReady) as error:
        end_step(session, case.id, desk.step("inspection").step.id, outcome="rectify")
    assert "现场检查笔录" in error.value.what
    assert "第五十五条" in error.value.what
    with pytest.raises(StepNotReady, match="现场检查"):
        begin_step(session, case.id, desk.step("rectification").step.id)


def test_missing_recording_takes_a_reason(session: Session, new_case: MakeCase) -> None:
    case = new_case(session)
    step = case_desk(session, case.id).step("inspection").step
    paper = start_paper(session, case.id, step.id, "G1-04")
    save_draft(session, paper.id, typed(
        paper.answers, sample_answers("G1-04")) | {"av_refs": ["执法记录仪-07"]})
    issue_paper(session, paper.id)
    with pytest.raises(StepNotReady):
        end_step(session, case.id, step.id, outcome="rectify")
    with pytest.raises(OutcomeNotChosen, match="发现问题，责令整改"):
        end_step(session, case.id, step.id, reason="摄像头故障")
    desk = end_step(session, case.id, step.id, outcome="rectify", reason="摄像头故障，已用执法记录仪录制")
    assert desk.step("inspection").step.reason.startswith("摄像头故障")


def test_officers_are_not_in_two_records_at_once(session: Session, new_case: MakeCase) -> None:
    for refused_ in (False, True):
        case = new_case(session)
        step = case_desk(session, case.id).step("inspection").step
        paper = start_paper(session, case.id, step.id, "G1-04")
        save_draft(session, paper.id, typed(
            paper.answers, sample_answers("G1-04")) | {"av_refs": ["执法记录仪-07"]})
        if not refused_:
            assert issue_paper(session, paper.id).state is PaperState.ISSUED
            continue
        with pytest.raises(PaperNotReady) as error:
            issue_paper(session, paper.id)
        assert error.value.code == "PE-11"
        assert "张喆堃" in error.value.what


def test_camera_that_never_opens(session: Session, new_case: MakeCase) -> None:
    case = new_case(session)
    step = case_desk(session, case.id).step("inspection").step
    with pytest.raises(UserError) as error:
        start_recording(session, case.id, step.id, Devices(str(session.context.data.root / "no.mp4"), None))
    assert error.value.code == "camera.none"
    assert case_desk(session, case.id).steps[0].clips == ()
    assert list(session.context.data.media.iterdir()) == []
    with pytest.raises(UserError):
        start_recording(session, case.id, step.id, Devices(None, None))


def test_void_paper_keeps_its_number_on_record(session: Session, new_case: MakeCase) -> None:
    case = new_case(session)
    step = case_desk(session, case.id).step("inspection").step
    paper = start_paper(session, case.id, step.id, "G1-04")
    save_draft(session, paper.id, typed(
        paper.answers, sample_answers("G1-04")) | {"av_refs": ["执法记录仪-07"]})
    issued = issue_paper(session, paper.id)
    with pytest.raises(UserError, match="理由"):
        void_paper(session, paper.id, " ")
    assert void_paper(session, paper.id, "当事人名称写错").state is PaperState.VOID
    again = start_paper(session, case.id, step.id, "G1-04")
    save_draft(session, again.id, typed(
        again.answers, sample_answers("G1-04")) | {"av_refs": ["执法记录仪-07"]})
    assert issue_paper(session, again.id).number != issued.number
    with session.begin() as tx:
        (void,) = numbers.voids(tx)
    assert (void.number, void.reason) == (issued.number, "当事人名称写错")


def test_used_up_block_keeps_the_draft(world: World, new_case: MakeCase) -> None:
    """One number is reserved for this laptop: the second order waits as a draft."""
    authority = administer.open_ca(world.root / "ca", CA_WORDS)
    recipient = administer.headquarters_recipient(world.headquarters, HQ_UNIT)
    blocks = [{"series": "演应急责改", "year": SystemClock().now().wall.year, "first": 31,
               "last": 31, "device": "D001"}]
    administer.make_bundle(
        world.laptop, authority, world.headquarters, world.root / "bundle",
        recipients=[recipient],
        agency={"name": AGENCY, "training": True, "area": "演", "word": "应急", "number_blocks": blocks})
    take_bundle.import_bundle(world.laptop, world.root / "bundle")
    session = log_in(world.laptop, *world.both())
    case = new_case(session)
    step = case_desk(session, case.id).step("rectification").step
    drafts = [start_paper(session, case.id, step.id, "G1-15") for _ in range(2)]
    for draft in drafts:
        answers = {**draft.answers, **sample_answers("G1-15"), "officers": draft.answers["officers"],
                   "check_ref": "D001-1"}
        save_draft(session, draft.id, answers)
    assert issue_paper(session, drafts[0].id).number.endswith("〕31号")
    with pytest.raises(UserError, match="号段") as error:
        issue_paper(session, drafts[1].id)
    assert error.value.code == "number.used_up"
    with session.begin() as tx:
        assert papers.get(tx, drafts[1].id).state is PaperState.DRAFT
    log_out(session)


def test_issued_paper_is_never_changed(session: Session, new_case: MakeCase) -> None:
    case = new_case(session)
    step = case_desk(session, case.id).step("inspection").step
    paper = start_paper(session, case.id, step.id, "G1-04")
    save_draft(session, paper.id, typed(
        paper.answers, sample_answers("G1-04")) | {"av_refs": ["执法记录仪-07"]})
    issued = issue_paper(session, paper.id)
    with pytest.raises(UserError):
        save_draft(session, issued.id, {})
    with pytest.raises(UserError):
        issue_paper(session, issued.id)


def test_what_is_known_flows_from_paper_to_paper(session: Session, new_case: MakeCase) -> None:
    """Inspection -> order -> re-inspection: party, problems, number and term are typed once."""
    case = new_case(session)
    steps = {s.step.kind: s.step.id for s in case_desk(session, case.id).steps}
    record = start_paper(session, case.id, steps["inspection"], "G1-04")
    save_draft(session, record.id, typed(
        record.answers, sample_answers("G1-04")) | {"av_refs": ["执法记录仪-07"]})
    record = issue_paper(session, record.id)
    order = start_paper(session, case.id, steps["rectification"], "G1-15")
    assert order.answers["check_ref"] == record.number
    assert [p["text"] for p in order.answers["problems"]] == record.answers["issues"]
    assert order.answers["PARTY"]["name"] == case.party_name
    save_draft(session, order.id, typed(order.answers, sample_answers("G1-15")))
    order = issue_paper(session, order.id)
    opinion = start_paper(session, case.id, steps["reinspection"], "G1-16")
    assert opinion.answers["origin_doc"] == order.number
    assert opinion.answers["orig_deadline"] == order.answers["deadline"]
    assert [i["item"] for i in opinion.answers["items_result"]] == [
        p["text"] for p in order.answers["problems"]]
    proof = start_paper(session, case.id, steps["rectification"], "G4-02")
    assert proof.answers["docs"] == [{"title": order.title, "no": order.number}]
