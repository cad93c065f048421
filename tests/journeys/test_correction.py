"""An issued record is corrected: the old one void and kept, the new one shows what changed."""

from collections.abc import Callable

import pypdfium2
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from field_app.actions.case_desk import case_desk
from field_app.actions.case_photos import signed_sheets
from field_app.actions.context import Session
from field_app.actions.correct_record import correct_record, may_correct, may_write_anew, write_anew
from field_app.actions.fill_document import PaperNeedsReason, issue_paper, paper_files, save_draft, start_paper
from field_app.actions.log_in import log_out
from field_app.actions.number_document import void_numbers
from field_app.actions.paper_history import paper_history
from field_app.actions.procedure_facts import case_now
from field_app.actions.seal_blob import seal_blob
from field_app.actions.seal_case import check_sealing
from field_app.cli.demo.day import sample_answers, typed
from field_app.cli.demo.photographs import Photographer
from field_app.cli.demo.world import World
from field_app.domain.case import Case, PaperRecord, PaperState, StepState
from field_app.domain.ids import new_id
from field_app.domain.signed import FoundBy, SignedPage
from field_app.errors import UserError
from field_app.storage import cases, papers, signed
from field_app.ui.step_rail import debt_words


@pytest.fixture
def record(session: Session, new_case: Callable[[Session], Case]) -> PaperRecord:
    case = new_case(session)
    step = case_desk(session, case.id).step("inspection").step
    paper = start_paper(session, case.id, step.id, "G1-04")
    answers = typed(paper.answers, sample_answers("G1-04")) | {"av_refs": ["执法记录仪-07"]}
    save_draft(session, paper.id, answers)
    return issue_paper(session, paper.id)


def test_a_record_is_corrected_in_sight(session: Session, record: PaperRecord) -> None:
    with pytest.raises(UserError, match="理由"):
        correct_record(session, record.id, " ")
    new = correct_record(session, record.id, "人数记错")
    assert new.corrects == record.id and new.state is PaperState.DRAFT
    assert not may_correct(new)
    changed = str(new.answers["check_findings"]).replace("4名工人", "6名工人")
    assert changed != new.answers["check_findings"]
    save_draft(session, new.id, {**new.answers, "check_findings": changed})
    issued = issue_paper(session, new.id)
    assert issued.number != record.number
    assert [v.number for v in void_numbers(session)] == [record.number]
    with pypdfium2.PdfDocument(paper_files(session, issued, why="viewed")[0]) as pdf:
        text = "".join("".join(page.get_textpage().get_text_range().split()) for page in pdf)
    assert "46名工人" in text  # 4 is struck, 6 stands beside it
    assert text.count("更正处签名捺印") == 1
    with pytest.raises(UserError, match="已定稿的笔录"):
        correct_record(session, record.id, "再改一次")
    assert paper_files(session, record, why="viewed")[0].startswith(b"%PDF")


def test_a_correction_that_changes_nothing_is_asked_about(session: Session, record: PaperRecord) -> None:
    """Not refused: the record before it is void, so that one pressed by mistake has to be issued as it is."""
    new = correct_record(session, record.id, "按错了")
    with pytest.raises(PaperNeedsReason, match="没有任何改动"):
        issue_paper(session, new.id)
    assert issue_paper(session, new.id, reason="原笔录无误").state is PaperState.ISSUED


def _ordered(session: Session, case: Case) -> PaperRecord:
    """An order issued in a step that is done since."""
    step = case_desk(session, case.id).step("rectification").step
    paper = start_paper(session, case.id, step.id, "G1-15")
    save_draft(session, paper.id, typed(paper.answers, sample_answers("G1-15")))
    issued = issue_paper(session, paper.id)
    with session.begin() as tx:
        cases.set_step(tx, step.id, StepState.DONE, at=session.at, outcome="served")
    return issued


def test_an_order_is_written_anew_from_what_it_said(
        session: Session, new_case: Callable[[Session], Case]) -> None:
    case = new_case(session)
    old = _ordered(session, case)
    assert may_write_anew(old) and not may_correct(old)
    with pytest.raises(UserError, match="理由"):
        write_anew(session, old.id, " ")
    new = write_anew(session, old.id, "期限写错")
    assert (new.state, new.answers, new.corrects, new.number) == (PaperState.DRAFT, old.answers, None, "")
    assert not may_write_anew(new)
    step = case_desk(session, case.id).step("rectification")
    assert [d.key for d in step.lost] == [d.key for d in step.debts if "G1-15" in (d.key, *d.forms)]
    issued = issue_paper(session, new.id)
    assert issued.number != old.number and [v.number for v in void_numbers(session)] == [old.number]
    assert not case_desk(session, case.id).step("rectification").lost
    # From a void one too, which stays as it is.
    again = write_anew(session, old.id)
    assert again.answers == old.answers and again.id != new.id
    with session.begin() as tx:
        assert papers.get(tx, old.id).state is PaperState.VOID


def _proved(session: Session, order: PaperRecord) -> PaperRecord:
    """The proof that this order was served."""
    paper = start_paper(session, order.case, order.step, "G4-02")
    save_draft(session, paper.id, typed(paper.answers, sample_answers("G4-02")) | {
        "docs": [{"title": order.title, "no": order.number}]})
    return issue_paper(session, paper.id)


def test_the_proof_of_a_void_order_does_not_prove_the_new_one(
        session: Session, new_case: Callable[[Session], Case]) -> None:
    case = new_case(session)
    old = _ordered(session, case)

    def owed() -> set[str]:
        return {d.key for d in case_desk(session, case.id).step("rectification").lost}

    def served() -> bool:
        with session.begin() as tx:
            return "G1-15" in case_now(session, tx, case).facts.served

    proof = _proved(session, old)
    assert served() and not owed()
    new = issue_paper(session, write_anew(session, old.id, "期限写错").id)
    assert not served() and len(owed()) == 1
    assert "欠1份" in debt_words(case_desk(session, case.id).step("rectification"))[0]
    again = _proved(session, new)
    assert served() and not owed() and again.number != proof.number
    with session.begin() as tx:  # What was handed over before stays proved on the file.
        assert papers.get(tx, proof.id).state is PaperState.ISSUED


def test_a_record_in_force_is_corrected_not_written_anew(session: Session, record: PaperRecord) -> None:
    with pytest.raises(UserError, match="更正"):
        write_anew(session, record.id, "记错")


def test_a_void_order_of_a_finished_step_is_not_a_dead_end(
        world: World, session: Session, new_case: Callable[[Session], Case]) -> None:
    case = new_case(session)
    _ordered(session, case)
    log_out(session)
    desk = Photographer(world.laptop.data, world.pictures)
    try:
        desk.log_in()
        page = desk.window.desk
        desk.window.open_case(case.id)
        desk.until(lambda: page.desk is not None)
        assert page.desk is not None
        order = next(p for p in page.desk.step("rectification").papers if p.form == "G1-15")
        page.open_paper(order)
        desk.until(lambda: page.editor is not None)
        editor = page.editor
        assert editor is not None
        assert editor.isAncestorOf(desk.window.focusWidget()), "the keys are on the page, not in the top bar"
        assert "作废重做" in editor.saved.text()
        assert editor.more.anew.text() == "作废重做" and editor.more.anew.isVisible()
        assert not editor.more.correct.isVisible()
        editor.more.make_void("期限写错")
        desk.until(lambda: editor.paper.state is PaperState.VOID)
        assert editor.more.anew.text() == "照此重做" and "照此重做" in editor.saved.text()
        desk.until(lambda: "文书作废后欠1份" in "".join(
            debt_words(step)[0] for step in page.desk.steps if step.rule.kind == "rectification")
            if page.desk is not None else False)
        editor.more.anew.trigger()
        desk.until(lambda: page.editor is not None and page.editor.paper.state is PaperState.DRAFT)
        assert page.editor is not None and page.editor.paper.answers == order.answers
        desk.until(lambda: page.editor is not None and page.editor.form.isAncestorOf(desk.window.focusWidget()))
        assert "已照原来的内容另起一份" in desk.window.banner._text.text()
    finally:
        desk.close()


def test_both_versions_of_a_record_lead_to_each_other(
        world: World, session: Session, record: PaperRecord) -> None:
    """The void one says why and what counts now, and offers no third; its signed pages are still seen."""
    new = correct_record(session, record.id, "人数记错")
    save_draft(session, new.id, {**new.answers, "check_findings": f"{new.answers['check_findings']}无其他。"})
    issued = issue_paper(session, new.id)
    with session.begin() as tx:
        old = papers.get(tx, record.id)
        scan = seal_blob(session, tx, cases.get(tx, record.case), b"\xff\xd8", kind="signed_scan",
                         name="a.jpg", mime="image/jpeg").id
        signed.add_page(tx, SignedPage(new_id(), record.id, 1, scan, scan, 1, FoundBy.HAND, 99, session.at))
    came, told = paper_history(session, issued), paper_history(session, old)
    assert came.before is not None and came.before.id == old.id and came.void is None
    assert told.after is not None and told.after.id == issued.id
    assert "人数记错" in told.words and issued.number in told.words
    assert [sheet.blob for sheet in signed_sheets(session, old)] == [scan] and not signed_sheets(session, issued)
    log_out(session)
    desk = Photographer(world.laptop.data, world.pictures)
    try:
        desk.log_in()
        page = desk.window.desk
        desk.window.office.open_paper(old)
        desk.until(lambda: page.editor is not None and page.editor.history.isVisible())
        editor = page.editor
        assert editor is not None and not editor.more.anew.isVisible() and not editor.back_.isVisible()
        QTest.mouseClick(editor.history.other, Qt.MouseButton.LeftButton)
        desk.until(lambda: page.editor is not None and page.editor.paper.id == issued.id
                   and page.editor.history.isVisible())
        assert page.editor is not None and page.editor.history.other.text() == f"打开{old.number}"
    finally:
        desk.close()


def test_a_draft_begun_by_mistake_is_put_away_and_keeps_what_was_typed(
        world: World, session: Session, new_case: Callable[[Session], Case]) -> None:
    case = new_case(session)
    step = case_desk(session, case.id).steps[0].step.id
    draft = start_paper(session, case.id, step, "G1-04")
    save_draft(session, draft.id, {**draft.answers, "check_findings": "写过的字"})
    with pytest.raises(UserError, match="还没有定稿"):
        check_sealing(session, case.id)
    log_out(session)
    desk = Photographer(world.laptop.data, world.pictures)
    try:
        desk.log_in()
        now, page = desk.window.shell.officers, desk.window.desk
        desk.window.office.open_paper(draft)
        desk.until(lambda: page.editor is not None and bool(page.editor.view.pages))
        editor = page.editor
        assert editor is not None and editor.more.button.isVisible() and editor.more.void.text() == "作废草稿"
        editor.more.make_void("开错了文书")
        desk.until(lambda: page.editor is editor and editor.paper.state is PaperState.VOID)
        desk.until(lambda: "开错了文书" in editor.history.words.whole)
        check_sealing(now, case.id)
        assert void_numbers(now) == []  # It never had a number.
        editor.more.anew.trigger()
        desk.until(lambda: page.editor is not None and page.editor.paper.state is PaperState.DRAFT)
        assert page.editor is not None and page.editor.form.answers()["check_findings"] == "写过的字"
    finally:
        desk.close()
