"""A banner that comes or goes brings no other button under a finger that is about to press."""


import pytest
from PySide6.QtCore import QPoint
from PySide6.QtWidgets import QAbstractButton, QScrollArea, QWidget

from field_app.actions.open_case import NewCase, open_case
from field_app.cli.demo.photographs import Photographer
from field_app.domain.signed import Outcome
from field_app.errors import UserError
from field_app.ui.nav_rail import NAV
from field_app.ui.window import MainWindow
from tests.journeys.desk_walk import begin_paper

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints", extend=True)
_REFUSED = UserError("还有必填的内容没有填写，不能定稿。" * 4, "请补填标红的几处。")


def _met(window: QWidget, at: QPoint) -> QAbstractButton | None:
    """The button that a press at a place would meet."""
    met: QWidget | None = window.childAt(at)
    while met is not None and not isinstance(met, QAbstractButton):
        met = met.parentWidget()
    return met


def _buttons(window: MainWindow) -> dict[QAbstractButton, QPoint]:
    places = {b: b.mapTo(window, b.rect().center()) for b in window.findChildren(QAbstractButton) if b.isVisible()}
    return {b: at for b, at in places.items() if _met(window, at) is b and not window.banner.isAncestorOf(b)}


def _look(officer: Photographer, where: str) -> None:
    """At the top of what scrolls and at its end, a banner comes and goes."""
    window, banner = officer.window, officer.window.banner
    messages = window.shell.messages
    seen = 0
    for at_end in (False, True):
        messages.clear()
        officer.until(lambda: True)
        for comes in (True, False):
            if at_end:
                _to_the_end(officer)
            before = _buttons(window)
            stood = {button: button.mapTo(window, QPoint(0, 0)).y() for button in before}
            messages.error(_REFUSED) if comes else messages.clear()
            officer.until(lambda: True)
            for button, at in before.items():
                met = _met(window, at)
                words = button.text() or button.accessibleName()
                assert met is None or met is button or banner.isAncestorOf(met), (
                    f"{where}: {words} became {met.text() or met.accessibleName()}")
                assert button.mapTo(window, QPoint(0, 0)).y() == stood[button], f"{where}: {words} moved"
                seen += met is button
    assert seen > 10, where


def _to_the_end(officer: Photographer) -> None:
    for area in officer.window.findChildren(QScrollArea):
        if area.isVisible():
            area.verticalScrollBar().setValue(area.verticalScrollBar().maximum())
    officer.until(lambda: True)


@pytest.mark.parametrize("size", [
    (1366, 728), pytest.param((1024, 700), marks=pytest.mark.soak)])
def test_no_button_takes_the_place_of_another(officer: Photographer, size: tuple[int, int]) -> None:
    window = officer.window
    window.resize(*size)
    for name in [*(name for name, _words in NAV), "new", "import"]:
        window.go(name)
        _look(officer, name)
    case = open_case(window.shell.officers, NewCase(
        cause="日常检查", matter="", place="车间", party={"name": "演练公司"}))
    window.open_case(case.id)
    officer.until(lambda: window.desk.desk is not None)
    assert window.desk.desk is not None
    for step in window.desk.desk.steps:
        window.desk.choose(step.step.id)
        officer.until(lambda: True)
        _look(officer, step.rule.title)
    window.desk.open_circumstances()
    officer.until(lambda: bool(window.desk.circumstances.questions))
    _look(officer, "circumstances")
    window.keys.back()
    window.desk.step.start_paper.emit("G1-04")
    officer.until(lambda: window.desk.editor is not None and bool(window.desk.editor.view.pages))
    editor = window.desk.editor
    assert editor is not None
    place = editor.issue.mapTo(window, QPoint(0, 0))
    window.shell.messages.error(_REFUSED)
    officer.take("banner")
    assert editor.issue.mapTo(window, QPoint(0, 0)) == place, "定稿 stays where it is"
    assert window.banner.isVisible() and window.banner.y() >= window.desk.stack.geometry().bottom()
    _look(officer, "paper")


def test_the_buttons_of_a_signature_stay_under_the_hand(officer: Photographer) -> None:
    """Below them a message lifted 撤回签名 to where 确定签名 had been."""
    window = officer.window
    begin_paper(officer).sign_.click()
    officer.until(lambda: window.signing.dialog is not None and window.signing.dialog.desk is not None)
    dialog = window.signing.dialog
    assert dialog is not None
    buttons = [dialog.undo, dialog.clear, dialog.accept_it, dialog.refuse, dialog.absent, dialog.withdraw, dialog.done_]
    for comes in (True, False):
        before = [button.mapTo(dialog, QPoint(0, 0)) for button in buttons]
        dialog.messages.error(_REFUSED) if comes else dialog.messages.clear()
        officer.until(lambda: True)
        assert [button.mapTo(dialog, QPoint(0, 0)) for button in buttons] == before
    dialog.read.setChecked(True)
    dialog.record(Outcome.REFUSED, "", "")
    officer.until(dialog.banner.isVisible)
    dialog.close()
