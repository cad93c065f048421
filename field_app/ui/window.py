"""The main window: login, then rail, top bar, page and recording bar."""

from PySide6.QtCore import Signal
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import QHBoxLayout, QMainWindow, QVBoxLayout, QWidget

from field_app.actions.context import AppContext, Session
from field_app.actions.finish_recording import Recovered
from field_app.actions.log_in import log_out
from field_app.actions.overview import today
from field_app.actions.whereabouts import forget
from field_app.domain.ids import CaseId
from field_app.settings import load_settings
from field_app.ui.administration_page import AdministrationPage
from field_app.ui.cases_page import CasesPage, NewCasePage
from field_app.ui.desk_keys import DeskKeys
from field_app.ui.desk_page import DeskPage
from field_app.ui.dresser import Dresser
from field_app.ui.help_window import HelpWindow
from field_app.ui.import_page import ImportPage
from field_app.ui.jobs import Jobs, Lane
from field_app.ui.language import tr
from field_app.ui.laws_page import LawsPage
from field_app.ui.lock_guard import LockGuard
from field_app.ui.login_page import LoginPage
from field_app.ui.media_doors import MediaDoors
from field_app.ui.media_page import MediaPage
from field_app.ui.messages import Banner, Messages
from field_app.ui.nav_rail import WITHIN, NavRail
from field_app.ui.office_pages import OfficePages
from field_app.ui.paper_back import PaperBack
from field_app.ui.papers_page import PapersPage
from field_app.ui.parts import OneOf
from field_app.ui.people_dialog import PeopleDialog
from field_app.ui.place_keeper import PlaceKeeper
from field_app.ui.plan_page import PlanPage
from field_app.ui.print_paper import PrintPaper
from field_app.ui.recording_desk import RecordingDesk
from field_app.ui.seal_flow import SealFlow
from field_app.ui.settings_page import SettingsPage
from field_app.ui.shell import Shell
from field_app.ui.shred_flow import ShredFlow
from field_app.ui.sign_dialog import SignOnScreen
from field_app.ui.statistics_page import StatisticsPage
from field_app.ui.sync_page import SyncPage
from field_app.ui.today_page import TodayPage
from field_app.ui.top_bar import TopBar
from field_app.ui.turns import begin_turn
from field_app.ui.waiting import ask

LOGIN, WORK = 0, 1  # places in the root
# Pages that read what they show anew whenever they are shown.
_READS = (TodayPage | CasesPage | PlanPage | PapersPage | LawsPage | StatisticsPage | MediaPage | ImportPage
          | SyncPage | SettingsPage)


class MainWindow(QMainWindow):
    """Everything an officer sees. Made by ``field_app.ui.desk``. ``spoken``: a language was chosen."""

    spoken = Signal(str)

    def __init__(self, context: AppContext, jobs: Jobs | None = None) -> None:
        """``jobs``: those of the window that this one replaces, so that work goes on in its order."""
        super().__init__()
        self.setWindowTitle(tr("现场执法工作站"))
        self.resize(1366, 728)
        self.banner = Banner()
        jobs = jobs or Jobs()
        jobs.setParent(self)
        self.shell = Shell(context, jobs, Messages(self.banner),
                           load_settings(context.data.settings))
        jobs.failed.connect(self.shell.messages.error)
        self.shell.screens.setParent(self)
        self.shell.screens.moved.connect(lambda: self.shell.messages.note(
            tr("办案窗口原来所在的屏幕断开了，已移到这块屏幕上；填的内容都在。")))
        self.shell.open_case = self.open_case
        self.shell.go = self.go
        self.login = LoginPage(self.shell)
        self.today = TodayPage(self.shell)
        self.cases = CasesPage(self.shell)
        self.new = NewCasePage(self.shell)
        self.desk = DeskPage(self.shell)
        self.office = OfficePages(self.shell, self, desk=self.desk, new=self.new,
                                  printing=lambda: self.printing)
        self.importing = ImportPage(self.shell)
        self.sync = SyncPage(self.shell)
        self.settings = SettingsPage(self.shell)
        self.came_from = "today"  # The page that was left for 设置.
        self.administration = AdministrationPage(self.shell)
        self.administration.setParent(self)  # It goes with the window, wherever it was shown, if ever.
        self.administration.hide()
        self.top = TopBar(self.shell)
        self.recording = RecordingDesk(self.shell, lambda: self.desk)
        self.sealing = SealFlow(self.shell, self)
        self.shredding = ShredFlow(self.shell, self)
        self.media = MediaDoors(self.shell, self)
        self.player = self.media.player
        self.printing = PrintPaper(self.shell, self)
        self.paper_back = PaperBack(self.shell, self)
        self.signing = SignOnScreen(self.shell, self)
        self.pages = OneOf()
        for page in (self.today, self.cases, self.new, self.desk, *self.office.named.values(),
                     self.media.page, self.importing, self.sync, self.settings):
            self.pages.addWidget(page)
        self.rail = NavRail()
        self.rail.chosen.connect(self.go)
        self.nav = self.rail.buttons
        self.dresser = Dresser(self.shell, self, redraw=self._redraw)
        self.root = OneOf()
        self.root.addWidget(self.login)
        self.root.addWidget(self._frame())
        self.setCentralWidget(self.root)
        self._connect()
        self.guard = LockGuard(
            self.shell, self.root, busy=lambda: self.busy,
            recording=lambda: self.recording.running, save=self.save,
            leave=lambda asked: self.leave(asked=asked))
        self.keeper = PlaceKeeper(self.shell, self, page=lambda: self.place, desk=self.desk, new=self.new)
        self.keys = DeskKeys(self)
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
        holder.setContentsMargins(16, 0, 16, 8)
        self.banner.lie_in(holder, self.pages, within={page: page.for_messages for page in (
            self.desk, self.office.papers, self.office.laws, self.importing)})
        work.addWidget(self.pages, 1)
        work.addLayout(holder)
        middle.addWidget(self.rail)
        middle.addLayout(work, 1)
        outer.addWidget(self.top)
        outer.addLayout(middle, 1)
        outer.addWidget(self.recording.bar)
        return frame

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
        self.today.opened.connect(self.office.open_paper)
        self.sync.finished.connect(self.show_synced)
        self.sync.shred.connect(self.shredding.start)
        self.sync.address.clicked.connect(self.settings.open_at_address)
        self.shredding.shredded.connect(self.sync.refresh)
        self.settings.administer.connect(self._administer)
        self.login.administer.connect(self._administer)
        self.administration.left.connect(self.leave_administration)
        self.recording.changed.connect(self.desk.refresh)
        self.settings.themed.connect(self.dresser.dress)
        self.settings.spoken.connect(self.spoken)
        self.login.spoken.connect(self.spoken)
        self.dresser.worn.connect(self.settings.show_look)

    def _redraw(self) -> None:
        """What is drawn in the theme's colours, of the page in sight."""
        shown = self.pages.currentWidget()
        if self.shell.session is None:
            return
        if shown is self.desk:
            self.desk.refresh()
        elif isinstance(shown, _READS) and not isinstance(shown, SettingsPage):
            shown.refresh()

    @property
    def place(self) -> str:
        """The name of the page in sight, as the manual and the keeper of places know it."""
        shown = self.root.currentWidget()
        if shown is self.login:
            return "login"
        if shown is self.administration or self.pages.currentWidget() is self.administration:
            return "administration"
        return next((name for name, page in self._pages().items()
                     if page is self.pages.currentWidget()), "desk")

    @property
    def help(self) -> HelpWindow:
        """The manual, the keys, the rules."""
        return self.keys.help

    def _pages(self) -> dict[str, QWidget]:
        return {"today": self.today, "cases": self.cases, "new": self.new, **self.office.named,
                "media": self.media.page, "import": self.importing, "sync": self.sync,
                "settings": self.settings}

    def go(self, page: str) -> None:
        """Show one of the pages by name."""
        if self.shell.session is None:
            return
        self.shell.messages.clear()
        pages = self._pages()
        if page == "settings" and self.place not in ("settings", "administration"):
            self.came_from = self.place
        self.nav[WITHIN.get(page, page)].setChecked(True)
        if page == "new":
            self.new.clear()
        shown = pages[page]
        begin_turn()
        if isinstance(shown, _READS):
            shown.refresh()
        self.pages.setCurrentWidget(shown)
        if (search := {"cases": self.cases.search, **self.office.searched}.get(page)) is not None:
            search.setFocus()
        elif page in self.nav:
            self.nav[page].setFocus()  # Seen where one is; Tab goes on into the page.

    def leave_settings(self) -> None:
        """To the page that was left for 设置, as it stood and with the cursor where it was."""
        pages = {**self._pages(), "desk": self.desk}
        self.shell.messages.clear()
        self.nav[WITHIN.get(self.came_from, self.came_from)].setChecked(True)
        shown = pages[self.came_from]
        if isinstance(shown, _READS):
            shown.refresh()
        self.pages.setCurrentWidget(shown)
        if (cursor := shown.focusWidget()) is not None:
            cursor.setFocus()

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

    def leave_administration(self) -> None:
        """To the login, or to 设置."""
        if self.administration.busy:
            return
        self.administration.close_authority()
        if self.shell.session is None:
            self.root.setCurrentIndex(LOGIN)
            self.login.look()
        else:
            self.go("settings")

    def _logged_in(self, session: Session, recovered: Recovered) -> None:
        self.shell.session = session
        self.top.show_session(session)
        self.root.setCurrentIndex(WORK)
        self.go("today")
        told = []
        if recovered.clips:
            names = tr("、").join(c.number for c in recovered.clips)
            told.append(tr("上次没有正常结束的录音录像已恢复：{names}。请核对缺少的时段。", names=names))
        self.keeper.begin([*told, *recovered.problems])
        self.show_synced()
        self.guard.begin(WORK)

    def show_synced(self) -> None:
        """What headquarters last confirmed, on the top bar."""
        session = self.shell.session
        if session is not None:
            self.shell.jobs.run(Lane.STORE, lambda: today(session), done=lambda found:
                                self.top.show_synced(found.last_receipt, found.clock, found.behind))

    def _people(self) -> None:
        """Who is at work may change within a shift; what is typed is saved first."""
        if self.busy:
            self.shell.messages.note(tr("正在录制、打印、导入或者报送，结束后才能变更在场人员。"))
            return
        self.save()
        dialog = PeopleDialog(self.shell, self)
        dialog.changed.connect(self._people_changed)
        ask(dialog)

    def _people_changed(self, session: Session) -> None:
        self.shell.session = session
        self.top.show_session(session)

    @property
    def at_work(self) -> bool:
        """Whether officers are logged in and the desk is not locked."""
        return self.shell.session is not None and not self.guard.locked

    @property
    def busy(self) -> bool:
        """Whether something runs that a log-out would cut."""
        return (self.recording.running or self.printing.busy or self.importing.busy
                or self.media.busy or self.administration.busy or self.sync.sending)

    def save(self) -> None:
        """Put everything typed in safety and hide what lies beside the window."""
        if self.desk.editor is not None:
            self.desk.editor.save()
            self.desk.editor.hide_party()
        self.media.hide_all()
        self.administration.close_authority()

    def lock(self) -> None:
        """Hide everything; either officer goes on with the own PIN."""
        self.guard.lock("asked")

    def leave(self, *, asked: bool = True) -> None:
        """End the session: keys are forgotten, both officers must log in again. When nobody ``asked``
        for it, the next login begins where this one stood."""
        session = self.shell.session
        if session is None:
            return
        if self.recording.running:
            self._say(tr("正在录制，停止录制后才能退出登录。"))
            return
        if self.importing.busy:
            self._say(tr("正在导入，导入结束或停止后才能退出登录。"))
            return
        if self.sync.sending:
            self._say(tr("正在报送，报送结束或停止后才能退出登录。"))
            return
        self.save()
        self.keeper.look()
        self.keeper.end()
        self.importing.put_away()
        self.printing.put_away()
        self.media.put_away()
        self.office.put_away()
        self.desk.choose_nothing()
        self.guard.end()
        self.top.stop()
        self.root.setCurrentIndex(LOGIN)
        self.login.look()
        self.shell.session, self.shell.cards = None, ()
        self.shell.jobs.run(Lane.STORE, lambda: self._log_out(session, asked=asked))

    @staticmethod
    def _log_out(session: Session, *, asked: bool) -> None:
        if asked:
            forget(session)
        log_out(session)

    def _say(self, text: str) -> None:
        if self.guard.locked:
            self.guard.page.refusal.setText(text)
        else:
            self.shell.messages.note(text)

    def closeEvent(self, event: QCloseEvent) -> None:
        if self.recording.running and not self.shell.messages.ask(
                tr("正在录制，现在关闭吗？"), tr("关闭会先停止并保存录制。"), yes=tr("停止录制并关闭")):
            event.ignore()
            return
        if self.importing.busy and not self.shell.messages.ask(
                tr("正在导入，现在关闭吗？"), tr("已导入的文件完好；下次登录后可以继续导入其余的。"),
                yes=tr("停止导入并关闭")):
            event.ignore()
            return
        self.importing.stop()
        self.sync.stop()
        self.recording.stop_now()
        self.guard.end()
        self.keeper.end()
        self.save()
        self.media.put_away()
        session, self.shell.session = self.shell.session, None
        self.top.stop()
        self.recording.close()
        self.shell.jobs.wait()  # Sending still writes to the store, which log-out closes.
        if session is not None:
            self.shell.jobs.run(Lane.STORE, lambda: self._log_out(session, asked=True))
        self.shell.jobs.close()
        event.accept()
