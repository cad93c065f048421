"""The page of a case's circumstances: asked, judged, kept with reasons; a matter chosen on the way."""

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QInputDialog, QLabel

from field_app.actions.case_desk import case_desk, end_step
from field_app.actions.fill_document import issue_paper, save_draft, start_paper
from field_app.actions.open_case import NewCase, open_case
from field_app.cli.demo.day import sample_answers, typed
from field_app.cli.demo.photographs import Photographer
from field_app.cli.demo.world import World
from field_app.domain.ids import CaseId
from field_app.storage import cases
from field_app.ui.circumstances_page import CircumstancesPage, Question


@pytest.fixture
def desk(world: World) -> Iterator[tuple[Photographer, CaseId]]:
    window = Photographer(world.laptop.data, world.pictures)
    window.log_in()
    session = window.window.shell.officers
    record = sample_answers("G1-04")
    case = open_case(session, NewCase(
        cause="安全生产日常检查", matter="对生产经营单位安全生产状况的监督检查",
        place=str(record["check_place"]), party=dict(record["PARTY"])))
    step = case_desk(session, case.id).step("inspection").step
    draft = start_paper(session, case.id, step.id, "G1-04")
    save_draft(session, draft.id, typed(draft.answers, record) | {
        "av_refs": ["执法记录仪-07"], "PARTY": draft.answers["PARTY"]})
    issue_paper(session, draft.id)
    end_step(session, case.id, step.id, outcome="file", reason="本机没有摄像头")
    window.window.shell.open_case(case.id)
    window.until(lambda: window.window.desk.desk is not None)
    yield window, case.id
    window.close()


def question(page: CircumstancesPage, name: str) -> Question:
    return next(q for q in page.questions if q.asked.circumstance.name == name)


def test_answers_are_kept_and_what_hangs_on_a_yes_is_asked_next(
        desk: tuple[Photographer, CaseId]) -> None:
    window, case_id = desk
    page = window.window.desk.circumstances
    window.window.desk.open_circumstances()
    window.until(lambda: bool(page.questions))
    words = " ".join(w.text() for w in page.findChildren(QLabel))
    assert "两人签名有效" in words and "本机没有摄像头" in words and "应当告知听证权利" in words
    assert "monitor_legal" not in {q.asked.circumstance.name for q in page.questions}
    question(page, "fixed_monitor").choices[0].setChecked(True)
    page.keep.click()
    window.until(lambda: "还没有写理由" in window.window.banner.text)
    assert question(page, "fixed_monitor").said is True  # nothing typed is lost
    question(page, "fixed_monitor").reason.insert("村口固定监控录像")
    page.rest.click()
    QTest.keyClick(page, Qt.Key.Key_S, Qt.KeyboardModifier.ControlModifier)
    window.until(lambda: any(q.asked.circumstance.name == "monitor_legal" for q in page.questions))
    with window.window.shell.officers.begin() as tx:
        case = cases.get(tx, case_id)
    assert case.marks == {"fixed_monitor": "村口固定监控录像"} and "disputed" in case.denied
    window.take("案件情形")
    assert window.window.desk.back() and window.window.desk.stack.currentWidget() is not page


def test_a_penalty_needs_a_matter_that_gives_the_power(desk: tuple[Photographer, CaseId]) -> None:
    window, _ = desk
    asked: list[str] = []

    def answer() -> None:
        dialog = QApplication.activeModalWidget()
        if isinstance(dialog, QInputDialog):
            asked.append(dialog.labelText())
            assert all("检查" not in m[:6] for m in dialog.comboBoxItems())
            dialog.setTextValue(next(m for m in dialog.comboBoxItems() if "安全出口" in m))
            dialog.accept()

    looking = QTimer()
    looking.timeout.connect(answer)
    looking.start(20)
    window.window.desk.rail.taken_on.emit("ordinary")
    window.until(lambda: window.window.desk.desk is not None
                 and window.window.desk.desk.case.procedure == "ordinary")
    looking.stop()
    assert window.window.desk.desk is not None
    assert "安全出口" in window.window.desk.desk.case.matter
    assert len(asked) == 1 and "不能据此处罚" in asked[0]
