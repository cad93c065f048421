"""Photographs every page of the desk, driven through its real widgets, without a screen."""

import os
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from field_app.actions.context import AppContext
from field_app.cli.demo import card
from field_app.cli.demo.day import sample_answers
from field_app.cli.demo.moving_picture import moving_picture
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
        self.pictures = pictures
        self.window = MainWindow(AppContext(SystemClock(), data))
        # Photographs are taken in silence.
        self.window.shell.settings = replace(self.window.shell.settings, alarm="off")
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
        self.window.grab().save(str(self.pictures / f"{name}.png"))

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
    _at_work(camera)
    _plan_card(camera, world)
    camera.go("media", "13-音像")
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


def _plan_card(camera: Photographer, world: World) -> None:
    """A recorder's card in the middle of the visit, its plan made."""
    page = camera.window.importing
    began = camera.window.shell.officers.at - timedelta(minutes=1)
    card.body_worn(world.root / "card", began=began, pieces=3)
    camera.window.go("import")
    page.choose(world.root / "card")
    page.start()
    camera.until(lambda: page.plan is not None)
    camera.take("12-从记录仪导入")


def _at_work(camera: Photographer) -> None:
    """A second visit in the middle: recording runs, the record is half typed."""
    window = camera.window
    with moving_picture() as address:
        window.shell.settings = replace(window.shell.settings, camera=address, microphone="")
        window.go("new")
        sample = sample_answers("G1-04")
        window.new.kind.setCurrentText("个体工商户")
        window.new.name.setText("演练乡桐梓小吃店（演练）")
        window.new.place.setText(str(sample["PARTY"]["addr"]))
        window.new.cause.setText("燃气安全日常检查")
        window.new.matter.setText("对在不具备安全条件的场所使用、储存燃气的行政处罚")
        window.new.matter.returnPressed.emit()
        camera.until(lambda: window.desk.desk is not None
                     and window.desk.desk.case.cause.startswith("燃气"))
        window.recording.toggle()
        camera.until(lambda: window.shell.recording is not None)
        window.desk.step.start_paper.emit("G1-04")
        camera.until(lambda: bool(window.desk.editor and window.desk.editor.view.pages))
        _type_findings(camera)
        window.recording.show()
        camera.take("07-边录边填现场检查笔录")
        window.recording.toggle()
        camera.until(lambda: not window.recording.running)
        window.back()
        camera.until(lambda: window.desk.editor is None)
        camera.take("07-办理中的环节")
        _play(camera)


def _type_findings(camera: Photographer) -> None:
    from PySide6.QtWidgets import QPlainTextEdit

    editor = camera.window.desk.editor
    if editor is None:
        return
    editor.form.focus("check_findings")
    box = camera.window.focusWidget()
    if isinstance(box, QPlainTextEdit):
        box.setPlainText("厨房内放有液化石油气钢瓶2只，1只在用，用橡胶软管与灶具连接，软管长约2.5米，"
                         "中间有接头；没有安装可燃气体报警装置。")
    camera.until(lambda: editor.saved.text().startswith("已保存"))
    editor.view.light("check_findings")


def _play(camera: Photographer) -> None:
    """The clip just recorded, in the player."""
    window = camera.window
    desk = window.desk.desk
    if desk is None:
        return
    window.player.start(desk.steps[0].clips[0])
    dialog = window.player.dialog
    if dialog is None:
        return
    camera.until(lambda: True)
    dialog.grab().save(str(camera.pictures / "11-播放.png"))
    dialog.close()


def _papers(camera: Photographer) -> None:
    """A new draft beside its live paper, and an issued record."""
    window = camera.window
    desk = window.desk.desk
    if desk is None:
        return
    window.desk.choose(desk.step("inquiry").step.id)
    issued = [p for s in desk.steps for p in s.papers if p.state is PaperState.ISSUED]
    record = next((p for p in issued if p.form == "G2-02"), issued[0])
    window.desk.open_paper(record)
    camera.until(lambda: bool(window.desk.editor and window.desk.editor.view.pages))
    camera.take("06-已定稿的询问笔录")
    window.back()
    camera.until(lambda: window.desk.editor is None)
