"""From opening the app to the first printed 责令限期整改指令书: at most 40 keys besides the text itself.

Every key goes through the real widgets to a real printer; nothing is clicked.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QInputMethodEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QInputDialog, QMenu, QWidget

from field_app.cli.demo.photographs import Photographer
from field_app.cli.demo.world import PINS, World
from field_app.domain.case import PaperState, StepState
from field_app.domain.clock import CHINA
from field_app.ui.print_dialog import PrintDialog

MOST = 40
_NOW = datetime.now(CHINA)  # as the officers' watch shows it
_TEXT: dict[str, str] = {
    "PARTY.id_no": "999999198604123111", "PARTY.addr": "重庆市武隆区演练乡桐麻村一组", "PARTY.service_addr": "同住所",
    "PARTY.phone": "13800000003", "site_manager.name": "冉某", "cert_confirm": "看清楚了，没有异议",
    "check_findings": "车间东侧圆锯机1台正在使用，锯片没有防护罩，锯片外露，旁边没有安全警示标志。",
    "party_opinion": "没有意见", "av_refs": "记录仪0001号",
    "issues": "圆锯机锯片没有防护罩"}
_KEYS: dict[str, Qt.Key] = {
    "PARTY.id_type": Qt.Key.Key_Down, "cert_shown": Qt.Key.Key_Space, "recuse_told": Qt.Key.Key_Space,
    "recuse_reply": Qt.Key.Key_Down}


class Counted:
    """An officer whose keys are counted; what he types as text is not."""

    def __init__(self, desk: Photographer) -> None:
        self.desk, self.window, self.keys = desk, desk.window, 0

    def key(self, key: Qt.Key, modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
        self.keys += 1
        place = QApplication.activePopupWidget() or QApplication.activeModalWidget()
        target = (place.focusWidget() or place) if place is not None else (
            self.window.focusWidget() or self.window)
        QTest.keyClick(target, key, modifier)
        self.desk.until(lambda: True)

    def text(self, words: str, *, into: QWidget | None = None) -> None:
        box = into or self.window.focusWidget()
        assert box is not None
        if words.isdecimal():
            QTest.keyClicks(box, words)
        else:
            event = QInputMethodEvent()
            event.setCommitString(words)
            QApplication.sendEvent(box, event)
        self.desk.until(lambda: True)

    def ctrl(self, key: Qt.Key) -> None:
        self.key(key, Qt.KeyboardModifier.ControlModifier)

    def fill(self, last: str) -> None:
        """F4 from one missing field to the next, each answered, up to the ``last``."""
        editor = self.window.desk.editor
        assert editor is not None
        for _ in range(30):
            self.key(Qt.Key.Key_F4)
            path = editor.field.split("[")[0]
            if path in _KEYS:
                self.key(_KEYS[path])
            elif path == "end_at":
                self.text(f"{_NOW + timedelta(minutes=38):%Y%m%d%H%M}")
            elif path == "deadline":
                self.text(f"{_NOW + timedelta(days=20):%Y%m%d}")
            else:
                self.text(_TEXT[path])
            if path == "check_findings":  # What was found is listed too: the order takes it from there.
                self.ctrl(Qt.Key.Key_J)
                assert editor.field == "issues[0]"
                self.text(_TEXT["issues"])
            if path == last:
                return
        raise AssertionError("the form is never complete")


def _answer_reason(counted: Counted, words: str) -> None:
    """Types the reason when the desk asks why, and lets it go with Ctrl+Enter."""
    def look() -> None:
        asked = QApplication.activeModalWidget()
        if not isinstance(asked, QInputDialog) or not asked.isActiveWindow() or asked.focusWidget() is None:
            QTimer.singleShot(20, look)
            return
        asked.setTextValue(words)
        counted.keys += 1
        QTest.keyClick(asked.focusWidget() or asked, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)

    QTimer.singleShot(0, look)


@pytest.fixture
def counted(world: World, printer: Any) -> Iterator[Counted]:
    desk = Photographer(world.laptop.data, world.pictures)
    desk.window.activateWindow()
    yield Counted(desk)
    desk.close()


def test_the_first_order_is_printed_within_forty_keys(counted: Counted, printer: Any) -> None:
    window, until = counted.window, counted.desk.until
    for half, pin in zip(window.login.halves, PINS, strict=True):
        assert window.focusWidget() is half.pin
        QTest.keyClicks(half.pin, pin)
        counted.key(Qt.Key.Key_Return)
    until(lambda: window.shell.session is not None)
    counted.ctrl(Qt.Key.Key_N)
    for number, words in enumerate(("演练木制品厂", "演练乡桐麻村", "安全生产日常检查", "监督检查")):
        counted.text(words)
        if number < 3:
            counted.key(Qt.Key.Key_Tab)
    counted.key(Qt.Key.Key_Return)
    until(lambda: window.desk.desk is not None)
    counted.key(Qt.Key.Key_F4)
    until(lambda: window.desk.editor is not None)
    counted.fill("party_opinion")
    editor = window.desk.editor
    assert editor is not None
    counted.ctrl(Qt.Key.Key_Return)
    until(lambda: editor.paper.state is PaperState.ISSUED)
    counted.key(Qt.Key.Key_F4)  # from the issued record to the end of the step
    counted.key(Qt.Key.Key_Down)
    _answer_reason(counted, "演练：没有录音录像")
    counted.key(Qt.Key.Key_Return)
    until(lambda: window.desk.desk is not None and window.desk.desk.steps[0].step.state is StepState.DONE)
    window.activateWindow()  # as every window manager does when a dialog closes
    until(window.isActiveWindow)
    counted.key(Qt.Key.Key_F4)  # to the step that orders
    assert window.desk.desk is not None
    assert window.desk.here == window.desk.desk.step("rectification").step.id
    counted.key(Qt.Key.Key_F4)  # begin it
    until(lambda: window.desk.desk is not None
          and window.desk.desk.step("rectification").step.state is StepState.NOW)
    counted.key(Qt.Key.Key_F4)
    assert isinstance(QApplication.activePopupWidget(), QMenu)
    counted.key(Qt.Key.Key_Return)  # which of the orders
    until(lambda: window.desk.editor is not None)
    counted.fill("deadline")
    order = window.desk.editor
    assert order is not None and order.paper.form == "G1-15"
    counted.ctrl(Qt.Key.Key_Return)
    until(lambda: order.paper.state is PaperState.ISSUED)
    counted.ctrl(Qt.Key.Key_P)
    until(lambda: isinstance(window.printing.dialog, PrintDialog)
          and window.printing.dialog.choice.print_.isEnabled())
    counted.key(Qt.Key.Key_Return)
    dialog = window.printing.dialog
    assert isinstance(dialog, PrintDialog)
    until(dialog.finish.isVisible)
    assert dialog.told.text() == "全部印出。"
    assert printer.received(1)
    print(f"{counted.keys} keys")
    assert counted.keys <= MOST
