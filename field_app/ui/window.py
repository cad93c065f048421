"""The main window: login, then rail, top bar, page and recording bar."""

from collections.abc import Callable

from PySide6.QtGui import QCloseEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QApplication,
    QButtonGroup,
    QFrame,
    QHBoxLayout,
    QMainWindow,
    QPushButton,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from field_app.actions.context import AppContext, Session
from field_app.actions.finish_recording import Recovered
from field_app.actions.log_in import log_out
from field_app.actions.overview import today
from field_app.domain.ids import CaseId
from field_app.settings import load_settings
from field_app.ui import theme
from field_app.ui.administration_page import AdministrationPage
from field_app.ui.cases_page import CasesPage, NewCasePage
from field_app.ui.desk_page import DeskPage
from field_app.ui.icons import icon
from field_app.ui.import_page import ImportPage
from field_app.ui.jobs import Jobs, Lane
from field_app.ui.lock_guard import LockGuard
from field_app.ui.login_page import LoginPage
from field_app.ui.media_doors import MediaDoors
from field_app.ui.media_page import MediaPage
from field_app.ui.messages import Banner, Messages
from field_app.ui.paper_back import PaperBack
from field_app.ui.parts import button
from field_app.ui.people_dialog import PeopleDialog
from field_app.ui.print_paper import PrintPaper
from field_app.ui.recording_desk import RecordingDesk
from field_app.ui.seal_flow import SealFlow
from field_app.ui.settings_page import SettingsPage
from field_app.ui.shell import Shell
from field_app.ui.shred_flow import ShredFlow
from field_app.ui.sign_dialog import SignOnScreen
from field_app.ui.sync_page import SyncPage
from field_app.ui.today_page import TodayPage
from field_app.ui.top_bar import TopBar

NAV = (("today", "今日"), ("cases", "案件"), ("media", "音像"), ("import", "导入"), ("sync", "同步"),
       ("settings", "设置"))
_LOGIN, _WORK = 0, 1  # places in the root


class MainWindow(QMainWindow):
    """Everything an officer sees. Made by ``field_app.app``."""

    def __init__(self, context: AppContext) -> None:
        super().__init__()
        self.setWindowTitle("现场执法工作站")
        self.resize(1366, 728)
        self.banner = Banner()
        jobs = Jobs(self)
        self.shell = Shell(context, jobs, Messages(self.banner),
                           load_settings(context.data.settings))
        jobs.failed.connect(self.shell.messages.error)
        self.shell.open_case = self.open_case
        self.shell.go = self.go
        self.login = LoginPage(self.shell)
        self.today = TodayPage(self.shell)
        self.cases = CasesPage(self.shell)
        self.new = NewCasePage(self.shell)
        self.desk = DeskPage(self.shell)
        self.importing = ImportPage(self.shell)
        self.sync = SyncPage(self.shell)
        self.settings = SettingsPage(self.shell)
        self.administration = AdministrationPage(self.shell)
        self.top = TopBar()
        self.recording = RecordingDesk(self.shell, lambda: self.desk)
        self.sealing = SealFlow(self.shell, self)
        self.shredding = ShredFlow(self.shell, self)
        self.media = MediaDoors(self.shell, self)
        self.player = self.media.player
        self.printing = PrintPaper(self.shell, self)
        self.paper_back = PaperBack(self.shell, self)
        self.signing = SignOnScreen(self.shell, self)
        self.pages = QStackedWidget()
        for page in (self.today, self.cases, self.new, self.desk, self.media.page, self.importing,
                     self.sync, self.settings):
            self.pages.addWidget(page)
        self.nav: dict[str, QPushButton] = {}
        self.root = QStackedWidget()
        self.root.addWidget(self.login)
        self.root.addWidget(self._frame())
        self.setCentralWidget(self.root)
        self._connect()
        self._colour_icons(self.shell.settings.theme)
        self.guard = LockGuard(
            self.shell, self.root, busy=lambda: self._busy,
            recording=lambda: self.recording.running, save=self._save, leave=self.leave)
        self.login.look()

    def _frame(self) -> QWidget:
        frame = QWidget()
        frame.setObjectName("ground")
        outer = QVBoxLayout(frame)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(0)
        middle = QHBoxLayout()
        middle.setSpacing(0)
        work = QVBoxLayout()
        work.setSpacing(0)
        holder = QVBoxLayout()
        holder.setContentsMargins(16, 8, 16, 0)
        holder.addWidget(self.banner)
        work.addLayout(holder)
        work.addWidget(self.pages, 1)
        middle.addWidget(self._rail())
        middle.addLayout(work, 1)
        outer.addWidget(self.top)
        outer.addLayout(middle, 1)
        outer.addWidget(self.recording.bar)
        return frame

    def _rail(self) -> QWidget:
        rail = QFrame()
        rail.setObjectName("rail")
        rail.setFixedWidth(116)
        column = QVBoxLayout(rail)
        column.setContentsMargins(8, 12, 8, 12)
        column.setSpacing(4)
        group = QButtonGroup(rail)
        for name, words in NAV:
            made = button(words, "nav")
            made.setCheckable(True)
            made.clicked.connect(lambda _=False, n=name: self.go(n))
            group.addButton(made)
            column.addWidget(made)
            self.nav[name] = made
        column.addStretch(1)
        return rail

    def _connect(self) -> None:
        self.login.logged_in.connect(self._logged_in)
        self.top.locked.connect(self.lock)
        self.top.people.connect(self._people)
        self.desk.seal.connect(self.sealing.start)
        self.desk.play.connect(self.player.start)
        self.desk.printed.connect(self.printing.start)
        self.desk.print_step.connect(self.printing.start_step)
        self.desk.print_log.connect(self.printing.log)
        self.desk.paper_back.connect(self.paper_back.start)
        self.paper_back.changed.connect(self.desk.refresh)
        self.desk.sign.connect(self.signing.start)
        self.signing.closed.connect(self.desk.show_signed)
        self.desk.blank_forms.connect(self.printing.blank_forms)
        self.settings.printers.test.connect(self.printing.test_page)
        self.settings.printers.blank.connect(self.printing.blank_forms)
        self.sealing.sealed.connect(self.desk.refresh)
        self.desk.import_media.connect(lambda: self.go("import"))
        self.importing.changed.connect(self.desk.refresh)
        self.media.changed.connect(self.desk.refresh)
        self.desk.media.connect(self._case_media)
        self.today.retention.connect(self._retention)
        self.sync.finished.connect(self._synced)
        self.sync.shred.connect(self.shredding.start)
        self.shredding.shredded.connect(self.sync.refresh)
        self.settings.themed.connect(self._retheme)
        self.settings.administer.connect(self._administer)
        self.login.administer.connect(self._administer)
        self.administration.left.connect(self._administered)
        self.recording.changed.connect(self.desk.refresh)
        keys: tuple[tuple[str, Callable[[], object]], ...] = (
            ("F9", self.recording.toggle), ("F8", self.recording.mark),
            ("F2", self.recording.photo), ("Ctrl+L", self.lock),
            ("Ctrl+N", lambda: self.go("new")), ("Ctrl+I", lambda: self.go("import")), ("Ctrl+F", self._find),
            ("Ctrl+P", self._print), ("Ctrl+Return", self._issue))
        QShortcut(QKeySequence("Escape"), self).activated.connect(self._escape)
        for key, call in keys:
            QShortcut(QKeySequence(key), self).activated.connect(
                lambda c=call: c() if self._at_work else None)

    def go(self, page: str) -> None:
        """Show one of the pages by name."""
        if self.shell.session is None:
            return
        self.shell.messages.clear()
        pages: dict[str, QWidget] = {
            "today": self.today, "cases": self.cases, "new": self.new, "media": self.media.page,
            "import": self.importing,
            "sync": self.sync, "settings": self.settings}
        if page in self.nav:
            self.nav[page].setChecked(True)
        if page == "new":
            self.new.clear()
        shown = pages[page]
        if isinstance(shown, TodayPage | CasesPage | MediaPage | ImportPage | SyncPage | SettingsPage):
            shown.refresh()
        self.pages.setCurrentWidget(shown)

    def open_case(self, case: CaseId) -> None:
        """Show a case's desk."""
        self.shell.messages.clear()
        self.nav["cases"].setChecked(True)
        self.pages.setCurrentWidget(self.desk)
        self.desk.open(case)

    def _case_media(self, case: CaseId) -> None:
        """The recordings of the case at work."""
        self.media.page.want(case)
        self.go("media")

    def _retention(self) -> None:
        """From 今日 to the list of what is kept how long."""
        self.go("media")
        self.media.show_retention()

    def _administer(self) -> None:
        """The district's certificates stand beside the login and beside 设置: no officer's login."""
        place = self.root if self.shell.session is None else self.pages
        place.addWidget(self.administration)
        place.setCurrentWidget(self.administration)

    def _escape(self) -> None:
        if self.root.currentWidget() is self.administration:
            self._administered()
        elif self._at_work:
            self.back()

    def _administered(self) -> None:
        if self.administration.busy:
            return
        self.administration.close_authority()
        if self.shell.session is None:
            self.root.setCurrentIndex(_LOGIN)
            self.login.look()
        else:
            self.go("settings")

    def back(self) -> None:
        """Esc: one level up."""
        if self.pages.currentWidget() is self.desk:
            if not self.desk.back():
                self.go("cases")
        elif self.pages.currentWidget() is self.new:
            self.go("cases")
        elif self.pages.currentWidget() is self.administration:
            self._administered()

    def _find(self) -> None:
        self.go("cases")
        self.cases.search.setFocus()

    def _print(self) -> None:
        editor = self.desk.editor
        if editor is not None and editor.print_.isVisible():
            editor.print_.click()

    def _issue(self) -> None:
        editor = self.desk.editor
        if editor is not None and editor.issue.isVisible():
            editor.issue.click()

    def _logged_in(self, session: Session, recovered: Recovered) -> None:
        self.shell.session = session
        self.top.show_session(session)
        self.root.setCurrentIndex(_WORK)
        self.go("today")
        told = []
        if recovered.clips:
            names = "、".join(c.number for c in recovered.clips)
            told.append(f"上次没有正常结束的录音录像已恢复：{names}。请核对缺少的时段。")
        if told or recovered.problems:
            self.shell.messages.note("\n".join([*told, *recovered.problems]))
        self._synced()
        self.guard.begin(_WORK)

    def _synced(self) -> None:
        session = self.shell.session
        if session is not None:
            self.shell.jobs.run(Lane.STORE, lambda: today(session), done=lambda found:
                                self.top.show_synced(found.last_receipt, found.clock, found.behind))

    def _retheme(self, name: str) -> None:
        app = QApplication.instance()
        if isinstance(app, QApplication):
            theme.apply(app, name)
        self._colour_icons(name)

    def _colour_icons(self, name: str) -> None:
        colour = theme.THEMES.get(name, theme.THEMES["light"]).action
        for page, made in self.nav.items():
            made.setIcon(icon(page, colour))
        self.top.lock.setIcon(icon("lock", colour))

    def _people(self) -> None:
        """Who is at work may change within a shift; what is typed is saved first."""
        if self._busy:
            self.shell.messages.note("正在录制、打印、导入或者报送，结束后才能变更在场人员。")
            return
        self._save()
        dialog = PeopleDialog(self.shell, self)
        dialog.changed.connect(self._people_changed)
        dialog.exec()

    def _people_changed(self, session: Session) -> None:
        self.shell.session = session
        self.top.show_session(session)

    @property
    def _at_work(self) -> bool:
        return self.shell.session is not None and not self.guard.locked

    @property
    def _busy(self) -> bool:
        """Whether something runs that a log-out would cut."""
        return (self.recording.running or self.printing.busy or self.importing.busy
                or self.media.busy or self.administration.busy or self.sync.sending)

    def _save(self) -> None:
        if self.desk.editor is not None:
            self.desk.editor.save()
        self.media.hide_all()
        self.administration.close_authority()

    def lock(self) -> None:
        """Hide everything; either officer goes on with the own PIN."""
        self.guard.lock("asked")

    def leave(self) -> None:
        """End the session: keys are forgotten, both officers must log in again."""
        session = self.shell.session
        if session is None:
            return
        if self.recording.running:
            self._say("正在录制，停止录制后才能退出登录。")
            return
        if self.importing.busy:
            self._say("正在导入，导入结束或停止后才能退出登录。")
            return
        if self.sync.sending:
            self._say("正在报送，报送结束或停止后才能退出登录。")
            return
        self._save()
        self.importing.put_away()
        self.printing.put_away()
        self.media.put_away()
        self.desk.choose_nothing()
        self.guard.end()
        self.top.stop()
        self.root.setCurrentIndex(_LOGIN)
        self.login.look()
        self.shell.session, self.shell.cards = None, ()
        self.shell.jobs.run(Lane.STORE, lambda: log_out(session))

    def _say(self, text: str) -> None:
        if self.guard.locked:
            self.guard.page.refusal.setText(text)
        else:
            self.shell.messages.note(text)

    def closeEvent(self, event: QCloseEvent) -> None:
        if self.recording.running and not self.shell.messages.ask(
                "正在录制，现在关闭吗？", "关闭会先停止并保存录制。", yes="停止录制并关闭"):
            event.ignore()
            return
        if self.importing.busy and not self.shell.messages.ask(
                "正在导入，现在关闭吗？", "已导入的文件完好；下次登录后可以继续导入其余的。",
                yes="停止导入并关闭"):
            event.ignore()
            return
        self.importing.stop()
        self.sync.stop()
        self.recording.stop_now()
        self.guard.end()
        self._save()
        self.media.put_away()
        session, self.shell.session = self.shell.session, None
        self.top.stop()
        self.recording.close()
        self.shell.jobs.wait()  # Sending still writes to the store, which log-out closes.
        if session is not None:
            self.shell.jobs.run(Lane.STORE, lambda: log_out(session))
        self.shell.jobs.wait()
        event.accept()
