"""Photographs every page of the desk, driven through its real widgets, without a screen."""

import os
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from field_app.actions.catalogues import today
from field_app.actions.context import AppContext, Session
from field_app.actions.plan import PlanFacts, add_plan
from field_app.actions.take_plan import take_plan
from field_app.cli.demo import card
from field_app.cli.demo.day import sample_answers
from field_app.cli.demo.moving_picture import moving_picture
from field_app.cli.demo.world import PINS, World
from field_app.domain.case import PaperState
from field_app.domain.ids import new_id
from field_app.errors import UserError
from field_app.paths import DataFolder
from field_app.protocol.orders import Order, OrderKind
from field_app.protocol.plan_order import InspectionPlan, PlannedLine
from field_app.settings import load_settings, save_settings

if TYPE_CHECKING:
    from PySide6.QtWidgets import QDialog, QWidget

    from field_app.ui.window import MainWindow

SIZE = (1366, 728)
_PATIENCE_S = 60.0
_LOOK_MS, _LOOK_AT_ALL_MS = 5, 12


class Photographer:
    """A window on a data folder, shown nowhere but on pictures."""

    def __init__(self, data: DataFolder, pictures: Path, *, theme: str = "light",
                 language: str = "zh", size: tuple[int, int] = SIZE, percent: int = 100) -> None:
        os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
        from PySide6.QtWidgets import QApplication

        from field_app.domain.clock import SystemClock
        from field_app.ui import qt_messages
        from field_app.ui import theme as themes
        from field_app.ui.desk import Desk
        from field_app.ui.language import speak

        app = QApplication.instance() or QApplication(["field-app"])
        if not isinstance(app, QApplication):
            raise TypeError("another kind of application runs here")
        qt_messages.install()
        speak(language)
        themes.load_fonts()
        themes.apply(app, theme, percent)
        self.app = app
        self.pictures = pictures
        self.desk = Desk(AppContext(SystemClock(), data))
        # Photographs are taken in silence.
        self.window.shell.settings = replace(self.window.shell.settings, alarm="off")
        self.window.resize(*size)
        self.window.show()
        self.until(lambda: True)  # The keys that are plugged in are shown.

    @property
    def window(self) -> "MainWindow":
        """The window in use; another language makes a new one."""
        return self.desk.window

    def until(self, true: Callable[[], bool]) -> None:
        """Let the window work until ``true`` and all its jobs are done; in a loop of events as the program
        runs one: what was to be deleted goes, and nothing sleeps while something is to be done."""
        from PySide6.QtCore import QEventLoop, QTimer

        end, failed, loop, again = time.monotonic() + _PATIENCE_S, list[Exception](), QEventLoop(), QTimer()

        def look() -> None:
            try:
                ready = true() and self.window.shell.jobs.idle()
                if not (ready and self._whole()):
                    again.setInterval(_LOOK_AT_ALL_MS if ready else _LOOK_MS)  # Looking at all takes long itself.
                    if time.monotonic() <= end:
                        return
                    raise UserError("界面没有按时完成。", "请再试一次。")
            except Exception as error:
                failed.append(error)
            loop.quit()

        again.timeout.connect(look)
        settled = False
        while not settled:
            again.start(_LOOK_MS)
            loop.exec()
            again.stop()
            if failed:
                raise failed[0]
            self.app.processEvents()  # What was shown just now is laid out and painted, or goes on to build more;
            self.app.sendPostedEvents()  # what a timer of that round put in is laid out as well.
            settled = self.window.shell.jobs.idle() and self._whole()

    def _whole(self) -> bool:
        """Whether nothing is still being built."""
        from field_app.ui.slices import Slices

        return not any(each.pending for each in self.window.findChildren(Slices))

    def take(self, name: str) -> None:
        """Save a picture of the window as it is."""
        self.app.processEvents()
        self.window.grab().save(str(self.pictures / f"{name}.png"))

    def dialog(self, dialog: "QDialog", name: str, *, close: bool = True) -> None:
        """Save a picture of a window beside the main one, then close it."""
        dialog.show()
        self.until(lambda: True)
        dialog.grab().save(str(self.pictures / f"{name}.png"))
        if close:
            dialog.close()
            self.until(lambda: True)

    def snap(self, widget: "QWidget", name: str) -> None:
        """A picture of a window that stays."""
        self.until(lambda: True)
        widget.grab().save(str(self.pictures / f"{name}.png"))

    def bottom(self, page: "QWidget", name: str) -> None:
        """A picture of a long page's end."""
        from PySide6.QtWidgets import QScrollArea

        for area in page.findChildren(QScrollArea):
            area.verticalScrollBar().setValue(area.verticalScrollBar().maximum())
        self.take(name)

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


def take_photographs(world: World, *, size: tuple[int, int] = SIZE, theme: str = "light",
                     language: str = "zh", percent: int = 100) -> None:
    """Every page and window of the desk in one look; the settings are left as they were."""
    before = load_settings(world.laptop.data.settings)
    save_settings(world.laptop.data.settings, replace(before, cards=str(world.cards), theme=theme,
                                                      language=language, scale=str(percent)))
    camera = Photographer(world.laptop.data, world.pictures, theme=theme, language=language, size=size,
                          percent=percent)
    try:
        _visit(camera, world)
    finally:
        camera.window.recording.stop_now()  # Nobody is there to be asked whether it may be cut.
        camera.close()
        save_settings(world.laptop.data.settings, before)


def _visit(camera: Photographer, world: World) -> None:
    window = camera.window
    window.login.administer.emit()
    camera.take("16-证书管理")
    window.keys.escape()
    camera.log_in()
    camera.go("today", "02-今日")
    camera.go("cases", "03-案件")
    camera.go("new", "04-新建案件")
    camera.until(lambda: bool(window.cases.table.cases))
    window.cases.table.chosen.emit(window.cases.table.cases[-1])
    camera.until(lambda: window.desk.desk is not None)
    camera.take("05-办案台")
    window.desk.open_circumstances()
    camera.until(lambda: bool(window.desk.circumstances.questions))
    camera.take("15-案件情形")
    window.keys.back()
    _issued(camera)
    _at_work(camera)
    _plan_card(camera, world)
    _office(camera)
    camera.go("media", "13-音像")
    _windows_of_media(camera)
    camera.go("sync", "08-同步")
    camera.go("settings", "09-设置")
    camera.bottom(window.settings, "09-设置-下部")
    _windows(camera)
    window.help.show_manual("desk")
    camera.dialog(window.help, "32-说明", close=False)
    window.help.show_keys()
    camera.dialog(window.help, "33-快捷键", close=False)
    window.help.show_rule("IN-09")
    camera.dialog(window.help, "34-规则与依据")
    window.lock()
    camera.until(lambda: window.guard.locked)
    camera.take("14-已锁定")


def _office(camera: Photographer) -> None:
    """The pages beside the case in hand, with a plan in them."""
    from field_app.ui.papers_page import NumbersDialog
    from field_app.ui.plan_dialog import PlanDialog

    window = camera.window
    _plan_inspections(window.shell.officers)
    camera.go("plan", "17-检查计划")
    camera.dialog(PlanDialog(window.shell, window), "37-安排检查")
    camera.go("papers", "18-文书")
    camera.dialog(NumbersDialog(window.shell, window), "38-文号")
    window.go("laws")
    window.office.laws.search.setText("堵塞 消防")
    camera.until(lambda: 0 < len(window.office.laws.shown) < 20 and window.office.laws.told is not None)
    camera.take("19-法规与事项")
    camera.go("statistics", "39-统计")


def _plan_inspections(session: Session) -> None:
    """Some lines of each kind, headquarters' among them."""
    day = today(session)
    told = InspectionPlan("演练年度检查计划", (PlannedLine(
        "演练-1", "武隆区演练乡桐麻沟木制品有限公司（演练）", "法人", "91999999MAYL0001XU", "演练乡桐麻村一组18号",
        ("对生产经营单位安全生产状况的监督检查", "消防安全检查"), "日常检查", day, day + timedelta(days=90)),))
    order = Order(new_id(), OrderKind.PLAN, session.header.device, "演练区司法局（演练）", session.at)
    take_plan(session, order, told.to_json(), "")
    for name, place, kind, first, last in (
            ("演练乡凤凰岭农家乐（演练）", "演练乡凤凰岭村二组", "日常检查", -40, -2),
            ("演练乡白云采石场（演练）", "演练乡白云村", "专项检查", -5, 20)):
        add_plan(session, PlanFacts(name, "个体工商户", place, matters=("消防安全检查",), kind=kind),
                 day + timedelta(days=first), day + timedelta(days=last))


def _windows(camera: Photographer) -> None:
    """The windows that ask or list something."""
    from field_app.ui.blank_forms import BlankFormsDialog
    from field_app.ui.forms_dialog import FormsDialog
    from field_app.ui.keys_here import both_keys
    from field_app.ui.language import tr
    from field_app.ui.law_picker import LawPicker
    from field_app.ui.people_dialog import PeopleDialog
    from field_app.ui.pin_dialog import PinDialog

    window = camera.window
    camera.dialog(PeopleDialog(window.shell, window), "26-在场人员")
    camera.dialog(FormsDialog(window), "27-文书与依据")
    camera.dialog(BlankFormsDialog(window), "28-空白文书")
    camera.dialog(LawPicker(window), "29-选法条")
    asked: list[PinDialog] = []
    both_keys(window.shell, lambda cards: asked.append(
        PinDialog(window, cards, tr("封存案件{local_no}", local_no="D001-2026-0001"))))
    camera.until(lambda: bool(asked))
    camera.dialog(asked[0], "30-两人确认")


def _windows_of_media(camera: Photographer) -> None:
    window = camera.window
    window.media.show_retention()
    camera.until(lambda: True)
    if window.media.retention is not None:
        camera.dialog(window.media.retention, "24-保存期限", close=False)
    window.media.hide_all()
    desk = window.media.page.desk
    if desk is not None and desk.visits:
        window.media.exports.start(desk.visits[0].clips[0])
        camera.until(lambda: window.media.exports.dialog is not None)
        if window.media.exports.dialog is not None:
            camera.dialog(window.media.exports.dialog, "25-导出")


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
        window.new.kind.setCurrentIndex(window.new.kind.findData("个体工商户"))
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
        _sign(camera)
        window.keys.back()
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
    camera.until(lambda: editor.saved.text().startswith(("已保存", "Saved")))
    editor.view.light("check_findings")


def _sign(camera: Photographer) -> None:
    """The draft on the screen, to be signed there."""
    window = camera.window
    editor = window.desk.editor
    if editor is None:
        return
    editor.sign_.click()
    camera.until(lambda: window.signing.dialog is not None and window.signing.dialog.desk is not None)
    if window.signing.dialog is not None:
        camera.dialog(window.signing.dialog, "20-屏幕签名")


def _play(camera: Photographer) -> None:
    """The clip just recorded, in the player, and the window that lets it belong to another step."""
    from field_app.actions.tie_recording import tie_steps
    from field_app.ui.tie_dialog import TieDialog

    window = camera.window
    desk = window.desk.desk
    if desk is None:
        return
    clip = desk.steps[0].clips[0]
    camera.dialog(TieDialog(window, clip, tie_steps(desk.case, [s.step for s in desk.steps])), "31-改归环节")
    window.player.start(clip)
    dialog = window.player.dialog
    if dialog is not None:
        camera.until(lambda: True)
        camera.dialog(dialog, "11-播放")


def _issued(camera: Photographer) -> None:
    """An issued record, and what is done with it."""
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
    if window.desk.editor is None:
        return
    window.desk.editor.show_party()
    party = window.desk.editor.party
    if party is not None:
        camera.snap(party, "35-给当事人看")
        party.larger()
        camera.snap(party, "36-给当事人看-大字")
        party.close()
    window.printing.start(record)
    camera.until(lambda: window.printing.dialog is not None)
    if window.printing.dialog is not None:
        camera.dialog(window.printing.dialog, "21-打印")
    window.printing.log(desk.case.id)
    camera.until(lambda: window.printing.dialog is not None)
    if window.printing.dialog is not None:
        camera.dialog(window.printing.dialog, "22-打印记录")
    window.paper_back.start(record)
    camera.until(lambda: True)
    if window.paper_back.dialog is not None:
        camera.dialog(window.paper_back.dialog, "23-拍回签字件")
    window.keys.back()
    camera.until(lambda: window.desk.editor is None)
