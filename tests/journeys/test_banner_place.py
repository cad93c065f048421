"""A banner that comes or goes brings no other button under a finger that is about to press."""


import pytest
from PySide6.QtCore import QPoint
from PySide6.QtWidgets import QAbstractButton, QWidget

from field_app.actions.open_case import NewCase, open_case
from field_app.cli.demo.photographs import Photographer
from field_app.errors import UserError
from field_app.ui.nav_rail import NAV
from field_app.ui.window import MainWindow

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
    window, banner = officer.window, officer.window.banner
    messages = window.shell.messages
    messages.clear()
    officer.until(lambda: True)
    seen = 0
    for comes in (True, False):
        before = _buttons(window)
        messages.error(_REFUSED) if comes else messages.clear()
        officer.until(lambda: True)
        for button, at in before.items():
            met = _met(window, at)
            assert met is None or met is button or banner.isAncestorOf(met), (
                f"{where}: {button.text()} became {met.text()}")
            seen += met is button
    assert seen > 10, where


def test_no_button_takes_the_place_of_another(officer: Photographer) -> None:
    window = officer.window
    for name in [*(name for name, _words in NAV), "new", "import"]:
        window.go(name)
        _look(officer, name)
    case = open_case(window.shell.officers, NewCase(
        cause="日常检查", matter="", place="车间", party={"name": "演练公司"}))
    window.open_case(case.id)
    officer.until(lambda: window.desk.desk is not None)
    _look(officer, "desk")
    window.desk.step.start_paper.emit("G1-04")
    officer.until(lambda: window.desk.editor is not None and bool(window.desk.editor.view.pages))
    editor = window.desk.editor
    assert editor is not None
    place = editor.issue.mapTo(window, QPoint(0, 0))
    window.shell.messages.error(_REFUSED)
    officer.take("banner")
    assert editor.issue.mapTo(window, QPoint(0, 0)) == place, "定稿 stays where it is"
    assert window.banner.isVisible() and window.banner.y() >= window.pages.geometry().bottom()
    _look(officer, "paper")
