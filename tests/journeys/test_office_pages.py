"""检查计划, 文书, 法规与事项, 统计: each worked by keys alone, from the rail to what comes of it."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from openpyxl import load_workbook
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from field_app.actions.case_desk import case_desk
from field_app.actions.catalogues import today
from field_app.actions.context import Session
from field_app.actions.fill_document import start_paper
from field_app.actions.law_lookup import Kind
from field_app.actions.machine_state import MachineState
from field_app.actions.open_case import NewCase, open_case
from field_app.actions.plan import PlanFacts, PlanState, add_plan, plan_of
from field_app.cli.demo.day import sample_answers
from field_app.cli.demo.photographs import Photographer
from field_app.domain.case import Case
from field_app.media.battery import Battery
from field_app.ui.plan_dialog import PlanDialog
from tests.journeys.test_board import begin, end, fill

FIRE = "消防安全检查"


def press(officer: Photographer, *keys: Qt.Key, ctrl: bool = False, at: QWidget | None = None) -> None:
    for key in keys:
        QTest.keyClick(at or officer.window.focusWidget() or officer.window, key,
                       Qt.KeyboardModifier.ControlModifier if ctrl else Qt.KeyboardModifier.NoModifier)
        officer.app.processEvents()
    officer.until(lambda: True)


def type_(officer: Photographer, text: str, at: QWidget | None = None) -> None:
    target = at or officer.window.focusWidget()
    for char in text:  # QTest types what stands on a keyboard; Chinese comes from an input method.
        QTest.sendKeyEvent(QTest.KeyAction.Click, target, Qt.Key.Key_unknown, char,
                           Qt.KeyboardModifier.NoModifier)
    QTest.qWait(200)
    officer.until(lambda: True)


def page(officer: Photographer, number: int) -> None:
    officer.window.activateWindow()
    officer.until(officer.window.isActiveWindow)
    press(officer, Qt.Key(Qt.Key.Key_0.value + number), ctrl=True, at=officer.window)


def opened(officer: Photographer) -> Case:
    session = officer.window.shell.officers
    case = open_case(session, NewCase("日常检查", FIRE, "桐麻村", {"name": "演练公司", "party_type": "法人"}))
    start_paper(session, case.id, case_desk(session, case.id).step("inspection").step.id, "G1-04")
    return case


def test_an_inspection_is_planned_and_begun_by_keys(officer: Photographer) -> None:
    window, plan = officer.window, officer.window.office.plan
    page(officer, 3)
    assert window.place == "plan" and "安排检查" in plan.empty.text()
    plan.search.setFocus()
    type_(officer, "没有这样的")
    assert plan.shown == [] and "换一个字" in plan.empty.text()
    plan.search.clear()
    plan._edit(None)
    officer.until(lambda: True)
    (dialog,) = plan.findChildren(PlanDialog)
    press(officer, Qt.Key.Key_Return, ctrl=True, at=dialog)
    assert "还没有填写检查对象" in dialog.refusal.text() and dialog.isVisible()
    dialog.name.setFocus()
    type_(officer, "演练乡凤凰岭农家乐", dialog.name)
    dialog.matter.setText(FIRE)
    dialog.matter.setFocus()
    press(officer, Qt.Key.Key_Return, at=dialog)
    assert dialog.matters.count() == 1 and dialog.matter.text() == ""
    press(officer, Qt.Key.Key_Return, ctrl=True, at=dialog)
    assert plan.findChildren(PlanDialog) == []
    window.activateWindow()
    officer.until(window.isActiveWindow)
    plan.search.setFocus()
    type_(officer, "凤凰")
    assert len(plan.shown) == 1
    press(officer, Qt.Key.Key_Down)
    assert plan.table.hasFocus()
    press(officer, Qt.Key.Key_Return)
    assert window.place == "new" and window.new.name.text() == "演练乡凤凰岭农家乐"
    assert window.new.cause.text() == f"日常检查：{FIRE}" and window.new.matter.text() == FIRE
    window.new.place.setText("凤凰岭村")
    press(officer, Qt.Key.Key_Return, at=window.new.place)
    assert window.desk.desk is not None
    (begun,) = [p for p in plan_of(window.shell.officers).lines if p.state is PlanState.BEGUN]
    assert begun.case == window.desk.desk.case.id


def test_what_is_overdue_stands_above_a_reinspection_that_has_time(
        officer: Photographer, new_case: Callable[[Session], Case]) -> None:
    session, plan = officer.window.shell.officers, officer.window.office.plan
    case = new_case(session)
    fill(session, case, "inspection", "G1-04", av_refs=["执法记录仪-07"])
    end(session, case, "inspection", outcome="rectify")
    begin(session, case, "rectification")
    fill(session, case, "rectification", "G1-15")
    day = today(session)
    for name, last in (("演练乡白云采石场", 20), ("演练乡凤凰岭农家乐", -2)):
        add_plan(session, PlanFacts(name, "个体工商户", matters=(FIRE,), kind="日常检查"),
                 day - timedelta(days=40), day + timedelta(days=last))
    page(officer, 3)
    told = [(plan.table.words(n, 0), plan.table.words(n, 1)) for n in range(plan.table.count())]
    assert told == [("逾期", "演练乡凤凰岭农家乐"), ("待复查", case.party_name), ("待检查", "演练乡白云采石场")]


def test_nothing_of_a_plan_stays_in_sight_at_the_lock(officer: Photographer) -> None:
    window, plan = officer.window, officer.window.office.plan
    page(officer, 3)
    plan._edit(None)
    assert plan.dialog is not None
    plan.dialog.name.setText("演练乡凤凰岭农家乐")
    window.lock()
    officer.until(lambda: window.guard.locked)
    assert [w for w in QApplication.topLevelWidgets() if w.isVisible() and w is not window] == []
    window.guard.page.unlocked.emit()
    officer.until(lambda: True)
    assert plan.dialog.isVisible() and plan.dialog.name.text() == "演练乡凤凰岭农家乐"  # nothing typed is lost
    window.leave()
    officer.until(lambda: window.shell.session is None)
    assert [plan.dialog, plan.shown, plan.table.count()] == [None, [], 0]


def test_a_reinspection_leads_to_its_step(officer: Photographer) -> None:
    window, session = officer.window, officer.window.shell.officers
    case = open_case(session, NewCase("日常检查", FIRE, "桐麻村", dict(sample_answers("G1-04")["PARTY"])))
    fill(session, case, "inspection", "G1-04", av_refs=["执法记录仪-07"])
    end(session, case, "inspection", "rectify")
    begin(session, case, "rectification")
    fill(session, case, "rectification", "G1-15")
    page(officer, 3)
    assert window.office.plan.table.words(0, 4) == "整改复查"
    press(officer, Qt.Key.Key_Return, at=window.office.plan.table)
    officer.until(lambda: window.desk.desk is not None)
    desk = window.desk.desk
    assert desk is not None and desk.case.id == case.id
    assert window.desk.here == desk.step("reinspection").step.id


def test_a_paper_is_found_and_opened_at_its_place(officer: Photographer) -> None:
    window, papers, case = officer.window, officer.window.office.papers, opened(officer)
    page(officer, 4)
    assert papers.search.hasFocus() and len(papers.shown) == 1
    type_(officer, "询")
    assert papers.shown == [] and "换一个字" in papers.count.text() and not papers.open_.isEnabled()
    press(officer, Qt.Key.Key_Backspace)
    type_(officer, "检查笔录")
    assert papers.table.count() == 1
    press(officer, Qt.Key.Key_Down, Qt.Key.Key_Return)
    officer.until(lambda: window.desk.editor is not None)
    assert window.desk.editor is not None and window.desk.editor.paper.form == "G1-04"
    assert window.desk.desk is not None and window.desk.desk.case.id == case.id
    assert not papers.print_.isEnabled()  # a draft is not printed


def test_an_article_is_found_copied_and_a_matter_begins_a_case(officer: Photographer) -> None:
    window, laws = officer.window, officer.window.office.laws
    page(officer, 6)
    assert laws.search.hasFocus() and {f.kind for f in laws.shown} == set(Kind)
    type_(officer, "四十二条 处罚法")
    press(officer, Qt.Key.Key_Down)
    assert laws.told is not None and "不得少于两人" in laws.text.toPlainText()
    laws.copy.setFocus()
    press(officer, Qt.Key.Key_Space)
    assert QApplication.clipboard().text() == "《中华人民共和国行政处罚法》第四十二条"
    laws.search.setFocus()
    laws.search.clear()
    type_(officer, FIRE)
    press(officer, Qt.Key.Key_Down)
    laws.new.setFocus()
    press(officer, Qt.Key.Key_Space)
    assert window.place == "new" and window.new.matter.text() == FIRE


def test_counts_are_shown_for_a_span_and_exported(officer: Photographer, tmp_path: Path) -> None:
    window, page_ = officer.window, officer.window.office.statistics
    opened(officer)
    page(officer, 8)
    officer.until(lambda: page_.counted is not None)
    assert page_.counted is not None and page_.table is not None
    assert page_.counted.table("按月").total[0] == 1 and page_.table.count() == 13
    page_.tabs.setFocus()
    press(officer, Qt.Key.Key_Right, Qt.Key.Key_Right, Qt.Key.Key_Right)
    assert page_.table.count() == 2 and page_.table.words(0, 0) == FIRE
    assert FIRE in page_.chart.accessibleName()
    page_.period.setFocus()
    press(officer, Qt.Key.Key_End)
    page_._choose()
    assert page_.first.isEnabled()
    page_.export_to(tmp_path / "统计.xlsx")
    officer.until((tmp_path / "统计.xlsx").exists)
    assert load_workbook(tmp_path / "统计.xlsx").sheetnames[0] == "按月"
    assert "已导出" in window.banner.text


def test_the_rail_leads_everywhere_and_import_stands_within_recordings(officer: Photographer) -> None:
    window = officer.window
    assert [b.text() for b in window.nav.values()] == [
        "今日", "案件", "检查计划", "文书", "音像", "法规与事项", "同步", "统计", "设置"]
    press(officer, Qt.Key.Key_I, ctrl=True, at=window)
    assert window.place == "import" and window.nav["media"].isChecked()
    press(officer, Qt.Key.Key_Escape, at=window)
    assert window.place == "media"


def test_the_top_bar_shows_faces_disk_and_battery(officer: Photographer) -> None:
    top = officer.window.top
    assert [f.isVisible() for f in top.faces] == [True, True]
    assert all(f.has_photo for f in top.faces)
    officer.until(lambda: "磁盘剩余" in top.told.whole)
    assert top.told.whole.startswith("还没有同步过")
    top.show_machine(MachineState(5 << 30, None))
    assert not top.battery.isVisible()
    for percent, charging, tone in ((80, False, "plain"), (20, False, "soon"), (9, False, "stop"), (9, True, "plain")):
        top.show_machine(MachineState(5 << 30, Battery(percent, charging)))
        assert top.battery.isVisible() and top.battery.property("tone") == tone
        assert f"{percent}%" in top.battery.text()
