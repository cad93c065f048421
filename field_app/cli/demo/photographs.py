"""Photographs every page of the desk, driven through its real widgets, without a screen."""

import os
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from field_app.actions.context import AppContext
from field_app.cli.demo.world import PINS, World
from field_app.domain.case import PaperState
from field_app.errors import UserError
from field_app.paths import DataFolder
from field_app.settings import load_settings, save_settings

SIZE = (1366, 728)
_PATIENCE_S = 30.0


class Photographer:
    """A window on a data folder, shown nowhere but on pictures."""

    def __init__(self, data: DataFolder, pictures: Path, *, theme: str = "light") -> None:
        os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
        from PySide6.QtWidgets import QApplication

        from field_app.domain.clock import SystemClock
        from field_app.ui import qt_messages
        from field_app.ui import theme as themes
        from field_app.ui.window import MainWindow

        app = QApplication.instance() or QApplication(["field-app"])
        if not isinstance(app, QApplication):
            raise TypeError("another kind of application runs here")
        qt_messages.install()
        themes.load_fonts()
        themes.apply(app, theme)
        self.app = app
        self._pictures = pictures
        self.window = MainWindow(AppContext(SystemClock(), data))
        self.window.resize(*SIZE)
        self.window.show()

    def until(self, true: Callable[[], bool]) -> None:
        """Let the window work until ``true`` and all its jobs are done."""
        end = time.monotonic() + _PATIENCE_S
        while not (true() and self.window.shell.jobs.idle()):
            self.app.processEvents()
            time.sleep(0.005)
            if time.monotonic() > end:
                raise UserError("界面没有按时完成。", "请再试一次。")
        self.app.processEvents()

    def take(self, name: str) -> None:
        """Save a picture of the window as it is."""
        self.app.processEvents()
        self.window.grab().save(str(self._pictures / f"{name}.png"))

    def log_in(self) -> None:
        """Choose both certificates, type both PINs, press the button."""
        login = self.window.login
        for index, (half, pin) in enumerate(zip(login.halves, PINS, strict=True), 1):
            half.choice.setCurrentIndex(index)
            half.pin.setText(pin)
        self.take("01-双人登录")
        login.enter.click()
        self.until(lambda: self.window.shell.session is not None)

    def close(self) -> None:
        """Close the window and let Qt take it apart now, not when the interpreter ends."""
        from PySide6.QtCore import QCoreApplication, QEvent

        self.window.close()
        self.window.deleteLater()
        self.app.processEvents()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)

    def go(self, page: str, name: str) -> None:
        self.window.go(page)
        self.until(lambda: True)
        self.take(name)


def take_photographs(world: World) -> None:
    """All pages in the light theme, and the desk in the other two."""
    camera = Photographer(world.laptop.data, world.pictures)
    window = camera.window
    camera.log_in()
    camera.go("today", "02-今日")
    camera.go("cases", "03-案件")
    camera.go("new", "04-新建检查")
    case = window.cases
    camera.until(lambda: case.table.rowCount() > 0)
    case.table.cellClicked.emit(0, 0)
    camera.until(lambda: window.desk.desk is not None)
    camera.take("05-办案台")
    _papers(camera)
    camera.go("sync", "08-同步")
    camera.go("settings", "09-设置")
    for theme in ("sunlight", "dark"):
        window.settings.themed.emit(theme)
        window.shell.settings = replace(window.shell.settings, theme=theme)
        camera.go("today", f"10-今日-{theme}")
    window.settings.themed.emit("light")
    camera.close()
    save_settings(world.laptop.data.settings,
                  replace(load_settings(world.laptop.data.settings), theme="light"))


def _papers(camera: Photographer) -> None:
    """A new draft beside its live paper, and an issued record."""
    window = camera.window
    desk = window.desk.desk
    if desk is None:
        return
    issued = [p for s in desk.steps for p in s.papers if p.state is PaperState.ISSUED]
    record = next(p for p in issued if p.form == "G2-02")
    window.desk.open_paper(record)
    camera.until(lambda: bool(window.desk.editor and window.desk.editor.view.pages))
    camera.take("06-已定稿的询问笔录")
    window.back()
    camera.until(lambda: window.desk.editor is None)
    step = next(s for s in desk.steps if s.step.kind == "reinspection")
    window.desk.choose(step.step.id)
    camera.until(lambda: True)
    camera.take("07-整改复查环节")
