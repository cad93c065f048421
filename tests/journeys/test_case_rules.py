"""A warning of the case's rules takes an officer's reason, a block takes none; both leave a trace."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QInputDialog

from field_app.actions.context import Session
from field_app.actions.fill_document import (
    PaperNeedsReason,
    PaperNotReady,
    find_problems,
    issue_paper,
    save_draft,
    start_paper,
)
from field_app.actions.open_case import NewCase, open_case
from field_app.actions.pass_warning import passed_warnings
from field_app.cli.demo.day import sample_answers
from field_app.cli.demo.photographs import Photographer
from field_app.cli.demo.world import World
from field_app.domain.case import Case, PaperRecord, PaperState
from field_app.domain.reasons import Level
from field_app.storage import cases, events, papers


def draft(session: Session, case: Case, form: str, **change: Any) -> PaperRecord:
    with session.begin() as tx:
        step = cases.steps(tx, case.id)[0]
    made = start_paper(session, case.id, step.id, form)
    return save_draft(session, made.id, sample_answers(form) | change)


def test_a_reason_lets_a_warning_pass(
        session: Session, new_case: Callable[[Session], Case]) -> None:
    case = new_case(session)
    paper = draft(session, case, "G2-14")  # its notice of custody is not on this desk
    (warning,) = [r for r in find_problems(session, paper, paper.answers) if r.rule == "EV-09"]
    assert warning.level is Level.WARN and "先行登记保存的日期" in warning.text
    for empty in ("", "  \n"):
        with pytest.raises(PaperNeedsReason) as refused:
            issue_paper(session, paper.id, reason=empty)
        assert [r.rule for r in refused.value.reasons] == ["EV-09"]
    with session.begin() as tx:
        assert papers.get(tx, paper.id).state is PaperState.DRAFT
    issued = issue_paper(session, paper.id, reason=" 通知书在纸质卷内，5月14日登记保存 ")
    assert issued.state is PaperState.ISSUED
    with session.begin() as tx:
        told = [e.members() for e in events.of_case(tx, case.id)]
    assert [e["body"]["rule"] for e in told if e["typ"] == "warning_passed"] == ["EV-09"]
    (trace,) = passed_warnings(session, case.id)
    assert trace.holds and (trace.passed.rule, trace.passed.about) == ("EV-09", paper.id)
    assert trace.passed.reason == "通知书在纸质卷内，5月14日登记保存"


def test_no_reason_lets_a_block_pass(
        session: Session, new_case: Callable[[Session], Case]) -> None:
    case = new_case(session)
    paper = draft(session, case, "G3-15")
    with pytest.raises(PaperNotReady) as refused:
        issue_paper(session, paper.id, reason="情况特殊")
    assert not isinstance(refused.value, PaperNeedsReason)
    assert "DC-01" in [r.rule for r in refused.value.reasons]
    with session.begin() as tx:
        assert papers.get(tx, paper.id).state is PaperState.DRAFT


@pytest.fixture
def window(world: World) -> Iterator[Photographer]:
    world.pictures.mkdir(exist_ok=True)
    made = Photographer(world.laptop.data, world.pictures)
    made.log_in()
    yield made
    made.close()


def test_the_editor_asks_for_the_reason(window: Photographer) -> None:
    session = window.window.shell.session
    assert session is not None
    record = sample_answers("G1-04")
    case = open_case(session, NewCase(
        cause="安全生产日常检查", matter="安全生产监督检查", place=str(record["check_place"]),
        party=dict(record["PARTY"])))
    paper = draft(session, case, "G2-14")
    desk = window.window.desk
    desk.open(case.id)
    window.until(lambda: desk.desk is not None)
    desk.open_paper(paper)
    editor = desk.editor
    assert editor is not None
    window.until(lambda: bool(editor.view.pages))
    asked: list[str] = []

    def answer() -> None:
        dialog = QApplication.activeModalWidget()
        if isinstance(dialog, QInputDialog):
            asked.append(dialog.labelText())
            dialog.setTextValue("通知书在纸质卷内")
            dialog.accept()

    looking = QTimer()
    looking.timeout.connect(answer)
    looking.start(20)
    editor.issue.click()
    window.until(lambda: editor.paper.state is PaperState.ISSUED)
    looking.stop()
    assert len(asked) == 1 and "先行登记保存" in asked[0] and "第五十六条" in asked[0]
    assert [t.passed.reason for t in passed_warnings(session, case.id)] == ["通知书在纸质卷内"]
