"""What the keys of the desk do, on whatever page they are pressed."""

from functools import cached_property
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtGui import QKeySequence, QShortcut

from field_app.ui.help_window import HelpWindow
from field_app.ui.key_binder import bind, regions
from field_app.ui.nav_rail import NAV
from field_app.ui.next_thing import go_on

if TYPE_CHECKING:
    from field_app.ui.paper_editor import PaperEditor
    from field_app.ui.window import MainWindow


class DeskKeys(QObject):
    """Binds every key of ``shortcuts`` and Ctrl+1 to Ctrl+9; made once the window is whole."""

    def __init__(self, window: "MainWindow") -> None:
        super().__init__(window)
        self._window = window
        desk = window.recording
        bind(window, {
            "help": self._show_manual, "keys": self._show_keys, "next": self._next, "back": self.escape,
            "region": self._regions, "region_back": lambda: self._regions(back=True),
            "new": lambda: window.go("new"), "import": lambda: window.go("import"), "find": self._find,
            "lock": window.lock, "record": desk.toggle, "mark": desk.mark, "photo": desk.photo,
            "issue": self._issue, "print": self._print, "party": self._party, "add": self._add,
            "theme": window.dresser.other_theme, "larger": lambda: window.dresser.grow(1),
            "smaller": lambda: window.dresser.grow(-1),
            "normal": lambda: window.dresser.grow(0)}, at_work=lambda: window.at_work)
        for number, (name, _words) in enumerate(NAV, 1):
            keys = QShortcut(QKeySequence(f"Ctrl+{number}"), window)
            keys.activated.connect(lambda n=name: window.go(n) if window.at_work else None)

    def escape(self) -> None:
        """Esc: one level up, also where nobody is logged in."""
        if self._window.root.currentWidget() is self._window.administration:
            self._window.leave_administration()
        elif self._window.at_work:
            self.back()

    def back(self) -> None:
        """One level up from the page in sight."""
        window = self._window
        shown = window.pages.currentWidget()
        if shown is window.desk:
            if not window.desk.back():
                window.go("cases")
        elif shown is window.new:
            window.go("cases")
        elif shown is window.importing:
            window.go("media")
        elif shown is window.settings:
            window.leave_settings()
        elif shown is window.administration:
            window.leave_administration()

    @cached_property
    def help(self) -> HelpWindow:
        """Made when it is first asked for, so that the desk starts fast."""
        return HelpWindow(self._window)

    def _show_keys(self) -> None:
        self.help.show_keys()

    def _show_manual(self) -> None:
        window = self._window
        place = window.place
        if place == "desk" and window.desk.editor is not None:
            place = "paper"
        self.help.show_manual("lock" if window.guard.locked else place)

    def _next(self) -> None:
        window = self._window
        if window.pages.currentWidget() is not window.desk:
            window.go("new" if window.pages.currentWidget() is not window.new else "cases")
            return
        if told := go_on(window.desk):
            window.shell.messages.note(told)

    def _regions(self, *, back: bool = False) -> None:
        window = self._window
        regions((window.rail, window.pages, window.recording.bar, window.top), back=back)

    @property
    def _editor(self) -> "PaperEditor | None":
        """The paper in sight."""
        window = self._window
        return window.desk.editor if window.pages.currentWidget() is window.desk else None

    def _party(self) -> None:
        if (editor := self._editor) is not None:
            editor.show_party()

    def _add(self) -> None:
        if (editor := self._editor) is not None:
            editor.form.add_row(after=editor.field)

    def _find(self) -> None:
        self._window.go("cases")
        self._window.cases.search.setFocus()

    def _print(self) -> None:
        papers = self._window.office.papers
        if self._window.pages.currentWidget() is papers:
            papers.print_paper()
        elif (editor := self._editor) is not None and editor.print_.isVisible():
            editor.print_.click()

    def _issue(self) -> None:
        if (editor := self._editor) is not None and editor.issue.isVisible():
            editor.issue.click()
