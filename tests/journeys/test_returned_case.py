"""A case that headquarters gave back: told, mended, sealed again, sent again, green again; all at the desk."""

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from PySide6.QtCore import Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QInputDialog, QLabel, QPushButton, QWidget

from field_app.actions.case_desk import case_desk
from field_app.actions.context import Session
from field_app.actions.log_in import log_out
from field_app.actions.seal_case import seal_case
from field_app.actions.send_cases import exchange
from field_app.cli import main
from field_app.cli.demo import hq_process
from field_app.cli.demo.photographs import Photographer
from field_app.cli.demo.world import HOST, PINS, World
from field_app.domain.case import Case, PaperState
from field_app.settings import load_settings, save_settings
from field_app.ui.pin_dialog import PinDialog
from tests.journeys.test_sending import with_paper

WHY = "现场检查笔录缺见证人签名"


@pytest.fixture
def address(world: World) -> Iterator[str]:
    with hq_process.running(world.headquarters, host=HOST) as port:
        yield f"https://{HOST}:{port}"


@pytest.fixture
def returned(world: World, session: Session, new_case: Callable[[Session], Case], address: str) -> Case:
    """Sent, received, and given back; this laptop does not know yet."""
    case = new_case(session)
    with_paper(session, case)
    seal_case(session, case.id, world.both())
    exchange(session, address)
    assert main(["headquarters", "send", "return", case.package, "--reason", WHY, "--by", "法制审核 陈静",
                 "--folder", str(world.headquarters)]) == 0
    settings = world.laptop.data.settings
    save_settings(settings, replace(load_settings(settings), headquarters=address))
    log_out(session)
    return case


@pytest.fixture
def officer(world: World, returned: Case) -> Iterator[Photographer]:
    made = Photographer(world.laptop.data, world.pictures)
    made.log_in()
    yield made
    made.close()


def _says(page: QWidget, words: str) -> bool:
    return any(words in label.text() for label in page.findChildren(QLabel) if label.isVisible())


def _press(place: QWidget, words: str) -> None:
    [found] = [b for b in place.findChildren(QPushButton) if b.text() == words and b.isVisible()]
    QTest.mouseClick(found, Qt.MouseButton.LeftButton)


def _sync(officer: Photographer, words: str) -> None:
    officer.window.go("sync")
    officer.until(officer.window.sync.send.isEnabled)
    QTest.mouseClick(officer.window.sync.send, Qt.MouseButton.LeftButton)
    officer.until(lambda: _says(officer.window.sync, words))


def _answered(officer: Photographer) -> None:
    """Both PINs, or the reason that is asked for, typed as soon as the window is there."""
    def look() -> None:
        dialog = QApplication.activeModalWidget()
        if dialog is None or not dialog.isActiveWindow() or dialog.focusWidget() is None:
            QTimer.singleShot(20, officer.window, look)
        elif isinstance(dialog, PinDialog):
            for pin in PINS:
                QTest.keyClicks(dialog.focusWidget(), pin)
                QTest.keyClick(dialog.focusWidget(), Qt.Key.Key_Return)
        elif isinstance(dialog, QInputDialog):
            dialog.setTextValue("本机没有摄像头，已用执法记录仪录制")
            QTest.keyClick(dialog.focusWidget(), Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)

    QTimer.singleShot(0, officer.window, look)


def test_a_returned_case_is_mended_and_green_again(officer: Photographer, returned: Case) -> None:
    window, page = officer.window, officer.window.desk
    _sync(officer, f"退回理由：{WHY}（法制审核 陈静）")
    assert _says(window.sync, "已退回") and "见上面的“总部下发”" in window.banner.text
    window.open_case(returned.id)
    officer.until(lambda: page.desk is not None and page.shared.isVisible())
    assert _says(page.shared, WHY) and _says(page.head, "已退回")
    session = window.shell.officers
    (record,) = case_desk(session, returned.id).step("inspection").papers
    page.open_paper(record)
    officer.until(lambda: page.editor is not None and bool(page.editor.view.pages))
    assert page.editor is not None
    page.editor.more.make_correction("补写见证情况")
    officer.until(lambda: page.editor is not None and page.editor.paper.state is PaperState.DRAFT
                  and bool(page.editor.view.pages))
    editor = page.editor
    assert editor.form.focus("party_opinion")
    QTest.keyClicks(window.focusWidget(), "1")
    window.activateWindow()
    officer.until(window.isActiveWindow)
    _answered(officer)
    QTest.keyClick(window.focusWidget(), Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    officer.until(lambda: editor.paper.state is PaperState.ISSUED)
    assert page.shared.isVisible(), "the reason stays in sight until the case is sealed anew"
    _answered(officer)
    _press(page.head, "封存报送")
    officer.until(lambda: _says(page.head, "已封存"))
    assert not page.shared.isVisible() and "同步" in window.banner.text
    _sync(officer, "总部已签收，回执已保存。")
    window.open_case(returned.id)
    officer.until(lambda: page.desk is not None)
    assert _says(page.head, "总部已签收") and not page.shared.isVisible()
